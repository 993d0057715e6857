"""The door to one media service, as the voice channel uses it."""

from typing import Any

import msgspec
import pytest
import structlog
from twisted.internet.task import Clock as Ticks

from cti_server.channels.voice import media
from cti_server.settings import MediaServiceSettings
from cti_server.vocabulary.ids import DeviceNumber, SecretId
from media_service.control.messages import Port, Quality, ServiceChanged, Session, Welcome

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Now:
    def now(self) -> float:
        return 100.0


class Client:
    """A control client that is connected and says what a test says."""

    address = "paper"
    connected = True

    def __init__(self, *_: object) -> None:
        pass


def service(monkeypatch: pytest.MonkeyPatch) -> media.MediaService:
    monkeypatch.setattr(media, "ControlClient", Client)
    made = media.MediaService(
        reactor=Ticks(),  # type: ignore[arg-type] - nothing is connected
        client_name="cti",
        settings=MediaServiceSettings(name="media-1"),
        clock=Now(),  # type: ignore[arg-type] - the time is always the same
        keep=lambda _contact, _digits: SecretId("a-secret"),
        masked_for=lambda _verb: None,
    )
    made.welcomed(Any, welcome())
    return made


def welcome(*, draining: bool = False) -> Welcome:
    ports = (Port("7001", registered=True), Port("7002", registered=True))
    return Welcome(version=2, service="media-1", ports=ports, sessions=(), free=2, draining=draining)


def test_a_service_that_drains_has_no_free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    one = service(monkeypatch)
    both = [DeviceNumber("7001"), DeviceNumber("7002")]
    assert one.free_ports(both) == both
    one.service_changed(Any, ServiceChanged(free=2, draining=True))
    assert one.free_ports(both) == []
    one.service_changed(Any, ServiceChanged(free=2, draining=False))
    assert one.free_ports(both) == both
    one.welcomed(Any, welcome(draining=True))
    assert one.free_ports(both) == [], "as it says to those who come later"


def arrived(trace: str) -> Session:
    return Session("s", "7001", "answered", "7201", "7000", "x@y", 1.5, traceparent=trace)


@pytest.mark.parametrize(("said", "known"), [(TRACE, TRACE), ("", ""), ("00-nonsense", ""), ("x" * 10_000, "")])
def test_a_callers_trace_is_known_of_arrivals_and_surveys(
    monkeypatch: pytest.MonkeyPatch, said: str, known: str
) -> None:
    one = service(monkeypatch)
    one.session_arrived(Any, arrived(said))
    assert [(each.session.session, each.traceparent) for each in one.surveyed({})] == [("s", known)]
    one.welcomed(Any, msgspec.structs.replace(welcome(), sessions=(arrived(said),)))
    assert [each.traceparent for each in one.surveyed({})] == [known]


def test_figures_of_a_call_are_kept_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    one = service(monkeypatch)
    with structlog.testing.capture_logs() as lines:
        one.quality(Any, Quality("s", "7001", 12.0, 600, 598, 2, 0, 0.0012, mos=4.3))
    assert [(line["event"], line["session"], line["lost"], line["mos"]) for line in lines] == [
        ("call quality", "s", 2, 4.3)
    ]
