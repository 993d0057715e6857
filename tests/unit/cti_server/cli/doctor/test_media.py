"""What doctor finds at media services: real control doors, and what else may answer at a port."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cti_server.cli.doctor import media as doctor_media
from cti_server.cli.doctor.media import ask, machine_findings, media_findings
from cti_server.settings import load_settings
from media_service.control.codec import Decoder, Kind, encode
from media_service.control.errors import FrameError
from media_service.control.messages import PROTOCOL_VERSION, FromService, Hello, Ping, Port, Refused, Session, Welcome
from program.findings import Finding

ROOT = Path(__file__).parents[5]
PORTS = (Port("7001", registered=True, session="7001-a"), Port("7002", registered=True))
SESSION = Session("7001-a", "7001", "answered", "7201", "7000", "c1", 1.0)
GOOD = Welcome(
    PROTOCOL_VERSION,
    "media-1",
    PORTS,
    (SESSION,),
    free=1,
    engine="native (C core)",
    encodings=("PCMU", "PCMA"),
    srtp=("AEAD_AES_128_GCM",),
)


@contextmanager
def door(*answers: FromService | bytes) -> Iterator[int]:
    """A port where one client is greeted with ``answers``, and its connection closed then."""
    heard: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            peer, _ = listening.accept()
            with peer:
                heard.extend(Decoder(Kind.CLIENT).feed(peer.recv(65_536)))
                for answer in answers:
                    peer.sendall(answer if isinstance(answer, bytes) else encode(answer))

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)
    assert heard == [Hello(PROTOCOL_VERSION, "callwright doctor")]


def told(port: int, monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    settings = load_settings(ROOT / "config").settings
    assert settings is not None
    service = settings.media_services[0].model_copy(update={"host": "127.0.0.1", "port": port})
    monkeypatch.setattr(doctor_media, "machine_findings", lambda _: [])
    monkeypatch.setattr(doctor_media, "PATIENCE", 0.5)
    return list(media_findings(settings.model_copy(update={"media_services": (service,)})))


def test_a_service_says_what_it_is_and_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with door(Ping(), GOOD) as port:
        found = told(port, monkeypatch)
    assert all(one.good for one in found)
    assert [one.text for one in found] == [
        f"127.0.0.1:{port} answers as media-1, protocol {PROTOCOL_VERSION}",
        "native (C core); PCMU, PCMA; profiles of SRTP: 1",
        "2 of 2 ports registered, calls: 1, free: 1",
    ]


def test_ports_that_are_not_registered_are_bad_and_draining_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    away = tuple(Port(str(7001 + number), registered=number == 0) for number in range(8))
    with door(Welcome(PROTOCOL_VERSION, "media-1", away, (), free=1, draining=True)) as port:
        found = told(port, monkeypatch)
    assert [one.good for one in found] == [True, False]
    assert found[1].text == (
        "1 of 8 ports registered, calls: 0, free: 1; "
        "not registered: 7002, 7003, 7004, 7005, 7006 …; draining: new calls are refused"
    )


def test_a_trunk_has_no_ports_to_register(monkeypatch: pytest.MonkeyPatch) -> None:
    with door(Welcome(PROTOCOL_VERSION, "media-1", (), (), free=30)) as port:
        assert told(port, monkeypatch)[-1] == Finding("media-1", good=True, text="calls: 0, free: 30")


def test_this_machine_is_held_to_the_largest_service_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(ROOT / "config").settings
    assert settings is not None
    first = settings.media_services[0]
    small, large = Welcome(PROTOCOL_VERSION, "a", PORTS, ()), Welcome(PROTOCOL_VERSION, "b", (), (SESSION,), free=29)
    elsewhere = Welcome(PROTOCOL_VERSION, "c", (), (), free=5000)
    answers = {"127.0.0.1": small, "localhost": large, "192.0.2.1": elsewhere}
    services = tuple(first.model_copy(update={"name": host, "host": host}) for host in answers)
    asked: list[int] = []
    monkeypatch.setattr(doctor_media, "ask", lambda host, _port, _patience: answers[host])
    monkeypatch.setattr(doctor_media, "machine_findings", lambda calls: asked.append(calls) or [])
    list(media_findings(settings.model_copy(update={"media_services": services})))
    assert asked == [30]


def test_another_version_is_bad_whoever_notices_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with door(Welcome(99, "media-1", (), ())) as port:
        assert not told(port, monkeypatch)[0].good
    with door(Refused("version", "this service speaks version 99, not 2")) as port:
        (found,) = told(port, monkeypatch)
    assert not found.good
    assert "refuses: this service speaks version 99" in found.text


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", encode(GOOD)[:20]])
def test_what_is_no_media_service_is_told(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with door(answer) as port:
        (found,) = told(port, monkeypatch)
    assert not found.good
    assert "is no media service" in found.text


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        (found,) = told(taken.getsockname()[1], monkeypatch)
    assert not found.good
    assert "refused" in found.text


def test_who_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        ask("127.0.0.1", silent.getsockname()[1], 0.2)


def test_pings_alone_are_no_answer() -> None:
    with door(Ping(), Ping()) as port, pytest.raises(FrameError, match="closes"):
        ask("127.0.0.1", port, 1.0)


def test_the_media_services_own_look_is_taken_in() -> None:
    found = {one.what: one for one in machine_findings(7)}
    assert {"packet engine", "native core", "codecs", "descriptors"} <= found.keys()
    assert found["descriptors"].text.endswith("of 7")
    assert "native" in found["packet engine"].text or "pure" in found["packet engine"].text


def test_a_media_service_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "Traceback\nImportError: no numpy\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    assert list(machine_findings(0)) == [
        Finding("here", good=False, text="callwright-media --doctor: ImportError: no numpy")
    ]
    monkeypatch.undo()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (found,) = machine_findings(0)
    assert not found.good
