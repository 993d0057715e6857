"""What is found of a machine, on machines that are made up."""

import resource
from pathlib import Path

import pytest

from media_service import machine
from media_service.engine.errors import EngineError
from media_service.engine.interface import Capabilities, Encoding, SrtpProfile
from media_service.engine_choice import EngineKind
from media_service.machine import look
from program.findings import Finding

SNMP = (
    "Ip: Forwarding\nIp: 1\nUdp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 9 8 7 6 5\nUdpLite: A\n"
)


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rmem_default").write_text("212992\n")
    (tmp_path / "rmem_max").write_text("4194304\n")
    (tmp_path / "range").write_text("32768\t60999\n")
    (tmp_path / "snmp").write_text(SNMP)
    monkeypatch.setattr(machine, "_CORE", tmp_path)
    monkeypatch.setattr(machine, "_LOCAL_PORTS", tmp_path / "range")
    monkeypatch.setattr(machine, "_COUNTS", tmp_path / "snmp")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(machine, "_PROCESSES", tmp_path)
    return tmp_path


def found(
    what: str, engine: EngineKind = EngineKind.PURE, calls: int | None = None, udp: range | None = None
) -> Finding:
    (one,) = [finding for finding in look(engine, calls, udp) if finding.what == what]
    return one


def test_a_good_machine_has_nothing_bad(system: Path) -> None:
    assert [str(one) for one in look(EngineKind.PURE, 100, range(21_000, 21_200)) if not one.good] == []


@pytest.mark.parametrize(("octets", "good"), [("212992", True), ("65536", True), ("65535", False)])
def test_what_a_socket_holds(system: Path, octets: str, good: bool) -> None:
    (system / "rmem_default").write_text(octets)
    assert found("UDP buffers").good is good
    assert octets in found("UDP buffers").text


def test_datagrams_that_were_dropped_are_counted(system: Path) -> None:
    assert found("UDP drops").text.startswith("5 ")


@pytest.mark.parametrize(
    "text", ["", "Udp: RcvbufErrors\n", "Udp: InDatagrams\nUdp: 1\n", "Udp: RcvbufErrors\nUdp: x\n"]
)
def test_counts_that_are_not_there_say_nothing(system: Path, text: str) -> None:
    (system / "snmp").write_text(text)
    assert [one for one in look(EngineKind.PURE) if one.what == "UDP drops"] == []


def test_another_system_has_no_such_files(system: Path) -> None:
    for name in ("rmem_default", "rmem_max", "range", "snmp"):
        (system / name).unlink()
    assert "does not say" in found("UDP buffers").text
    assert {one.what for one in look(EngineKind.PURE, 1, range(2000, 2010))} & {"UDP drops", "RTP ports"} == set()


@pytest.mark.parametrize(("calls", "good"), [(None, True), (1920, True), (1921, False)])
def test_each_call_needs_two_descriptors(system: Path, calls: int | None, good: bool) -> None:
    assert found("descriptors", calls=calls).good is good  # (4096 - 256) / 2 = 1920
    assert "1920" in found("descriptors", calls=calls).text


def test_no_limit_is_enough(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, resource.RLIM_INFINITY))
    assert found("descriptors", calls=10**6) == Finding("descriptors", good=True, text="without a limit (ulimit -Hn)")


@pytest.mark.parametrize(
    ("udp", "good"),
    [
        (range(21_000, 21_200), True),
        (range(32_000, 32_768), True),
        (range(32_000, 32_769), False),
        (range(60_999, 61_010), False),
        (range(61_000, 61_010), True),
        (range(20_000, 65_000), False),
    ],
)
def test_rtp_ports_are_apart_from_those_that_the_system_gives_out(system: Path, udp: range, good: bool) -> None:
    assert found("RTP ports", udp=udp).good is good


def test_a_core_says_what_it_was_built_without(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_service.engine_choice.native_fault", lambda: "")
    monkeypatch.setattr(machine, "native_fault", lambda: "")
    monkeypatch.setattr(machine, "describe", lambda _: "native (C core)")
    poor = Capabilities((Encoding.PCMU, Encoding.PCMA, Encoding.L16), (), "")
    monkeypatch.setattr(machine, "_native_capabilities", lambda: poor)
    text = found("codecs", EngineKind.AUTO).text
    assert "no SRTP; without G722, opus, SRTP (install libspandsp-dev libopus-dev libsrtp2-dev and pkg-config" in text
    rich = Capabilities(tuple(Encoding), (SrtpProfile.AEAD_AES_128_GCM,), "")
    monkeypatch.setattr(machine, "_native_capabilities", lambda: rich)
    assert found("codecs", EngineKind.AUTO).text == "PCMU, PCMA, G722, opus, L16; SRTP AEAD_AES_128_GCM"


def test_no_core_is_told_with_its_reason(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media_service.engine_choice.native_fault", lambda: "never built")
    monkeypatch.setattr(machine, "native_fault", lambda: "never built")
    core = found("native core", EngineKind.AUTO)
    assert core.good  # the service runs all the same
    assert "not built: never built" in core.text
    with pytest.raises(EngineError, match="never built"):
        look(EngineKind.NATIVE)


def process(system: Path, number: int, command: str, *levels: int) -> None:
    """A process with threads at these nice values; the name of a thread may hold anything."""
    (system / str(number)).mkdir()
    (system / str(number) / "cmdline").write_bytes(command.replace(" ", "\0").encode())
    for thread, level in enumerate(levels, number):
        (system / str(number) / "task" / str(thread)).mkdir(parents=True)
        stat = f"{thread} (a) b) S 1 {number} 0 0 -1 0 0 0 0 0 0 0 0 0 20 {level} 3 0 99\n"
        (system / str(number) / "task" / str(thread) / "stat").write_text(stat)


def test_the_priority_of_services_that_run_is_that_of_their_nicest_thread(system: Path) -> None:
    process(system, 71, "/opt/callwright/bin/callwright-media --config x.yaml", 0, -10, 5)
    process(system, 9, "python3 -m media_service --config x.yaml", 0)
    process(system, 12, "python3 -m media_service --doctor", 19)
    process(system, 13, "less callwright-media.log --config", 19)
    process(system, 14, "python3 -m media_service --config late.yaml", 10)
    process(system, 15, "python3 -m media_service --config gone.yaml")
    findings = [one for one in look(EngineKind.PURE) if one.what == "priority"]
    assert [(one.good, one.text.partition(";")[0]) for one in findings] == [
        (True, "process 9 moves packets at nice 0"),
        (False, "process 14 moves packets at nice 10"),
        (True, "process 71 moves packets at nice -10"),
    ]
    assert ["Nice=-10" in one.text for one in findings] == [True, True, False]


@pytest.mark.parametrize(
    ("user", "limit", "said", "advised"),
    [
        (0, 0, "at nice -10,", False),
        (1000, 0, "at nice 0,", True),
        (1000, 25, "at nice -5,", False),
        (1000, resource.RLIM_INFINITY, "at nice -10,", False),
    ],
)
def test_where_no_service_runs_it_is_what_the_user_may_ask_for(
    system: Path, monkeypatch: pytest.MonkeyPatch, user: int, limit: int, said: str, advised: bool
) -> None:
    monkeypatch.setattr(machine.os, "geteuid", lambda: user)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert said in found("priority").text
    assert ("Nice=-10" in found("priority").text) is advised
