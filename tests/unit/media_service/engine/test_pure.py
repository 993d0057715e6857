"""`PureEngine` with its real packet process and real sockets on loopback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.codecs.wav import read_wav, write_wav
from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    DigitReceived,
    DigitsSent,
    Encoding,
    EngineEvent,
    EngineFailed,
    PlayEnded,
    Playlist,
    Stream,
)
from media_service.engine.pure import PureEngine
from sip.dtmf import digit_packets
from sip.rtp import timestamp_difference
from tests.fakes.listening import Arrival, RtpListener, match
from tests.unit.media_service.driving import drive, pause, until

pytestmark = pytest.mark.integration

PROMPTS = Path(__file__).resolve().parents[4] / "prompts" / "en"
MENU, NUMBER = PROMPTS / "menu.wav", PROMPTS / "num_7.wav"
UDP = range(42000, 42400)

Story = Callable[[AsyncioSelectorReactor, PureEngine, list[EngineEvent]], Awaitable[None]]


def with_engine(story: Story, udp: range = UDP) -> None:
    async def told(reactor: AsyncioSelectorReactor) -> None:
        engine, events = PureEngine(reactor, "127.0.0.1", udp), []
        await engine.start(events.append)
        try:
            await story(reactor, engine, events)
        finally:
            await engine.shutdown()
        assert engine.process_id is None

    drive(told)


def stream_to(far: RtpListener | Address, encoding: Encoding = Encoding.PCMU, digits: int | None = 101) -> Stream:
    payload_type = 0 if encoding is Encoding.PCMU else 8
    return Stream(Address(far.host, far.port), encoding, payload_type, digits)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_prompts_are_heard_one_after_the_other_without_a_gap(encoding: Encoding) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far, encoding))
        await pause(reactor, 0.1)
        engine.play("a", Playlist((NUMBER, MENU)), "one")
        await until(reactor, lambda: events)
        await pause(reactor, 0.1)
        assert events == [PlayEnded("a", "one", finished=True)]

    with RtpListener() as far:
        with_engine(story)
    expected = read_wav(NUMBER.read_bytes()) + read_wav(MENU.read_bytes())
    assert match(far.linear(), expected).score > 0.97
    assert far.lost() == 0
    assert {arrival.packet.payload_type for arrival in far.arrivals} == {0 if encoding is Encoding.PCMU else 8}


def test_stop_is_heard_at_once_and_told() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((PROMPTS / "hold_music.wav",), loop=True), "music")
        await pause(reactor, 0.3)
        engine.stop("a")
        await until(reactor, lambda: events)
        assert events == [PlayEnded("a", "music", finished=False)]
        count = len(far.arrivals)
        await until(reactor, lambda: len(far.arrivals) > count + 5)
        assert far.arrivals[-1].packet.payload == b"\xff" * 160

    with RtpListener() as far:
        with_engine(story)


def test_a_file_that_cannot_be_played_is_told_and_disturbs_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"no sound")

    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((MENU, tmp_path / "bad.wav")), "bad")
        (ended,) = await until(reactor, lambda: events)
        assert (ended.finished, ended.token) == (False, "bad")
        assert "bad.wav: not a RIFF/WAVE file" in ended.detail
        engine.play("a", Playlist((NUMBER,)), "good")
        await until(reactor, lambda: PlayEnded("a", "good", finished=True) in events)

    with RtpListener() as far:
        with_engine(story)


def test_digits_travel_both_ways() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream_to(far))
        for packet in digit_packets("3", payload_type=101, ssrc=9, sequence=1, timestamp=0):
            far.send(packet.serialise(), address.host, address.port)
        engine.send_digits("a", "12#d", "sent")
        await until(reactor, lambda: DigitsSent("a", "sent") in events)
        (heard,) = [event for event in events if isinstance(event, DigitReceived)]
        assert (heard.port, heard.digit) == ("a", "3")
        assert abs(heard.at - far.arrivals[0].at) < 5

    with RtpListener() as far:
        with_engine(story)
    assert far.digits() == "12#D"


def test_two_bridged_ports_carry_speech_and_digits_between_two_codecs(tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        addresses = {name: await engine.open(name) for name in ("far-1", "leg-1", "leg-2", "far-2")}
        for one, other, encoding in (("far-1", "leg-1", Encoding.PCMU), ("far-2", "leg-2", Encoding.PCMA)):
            engine.connect(one, stream_to(addresses[other], encoding))
            engine.connect(other, stream_to(addresses[one], encoding))
        engine.bridge("leg-1", "leg-2")
        engine.record("far-2", tmp_path / "two.wav")
        engine.record("far-1", tmp_path / "one.wav")
        engine.play("far-1", Playlist((MENU,)), "x")
        engine.play("far-2", Playlist((PROMPTS / "invalid.wav",)), "y")
        await until(reactor, lambda: len(events) == 2)
        engine.send_digits("far-1", "5", "d")
        await until(reactor, lambda: DigitsSent("far-1", "d") in events)
        await engine.stop_recording("far-1")
        await engine.stop_recording("far-2")
        assert {(event.port, event.digit) for event in events if isinstance(event, DigitReceived)} == {
            ("leg-1", "5"),
            ("far-2", "5"),
        }
        figures = await engine.figures("leg-2")
        assert figures.lost == 0
        assert figures.received > 100

    with_engine(story)
    assert match(tmp_path / "two.wav", MENU).score > 0.95
    assert match(tmp_path / "one.wav", PROMPTS / "invalid.wav").score > 0.95


def test_a_closed_far_end_and_garbage_do_not_stop_the_stream() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        gone = RtpListener()
        target = stream_to(gone)
        with gone:
            address = await engine.open("a")
            engine.connect("a", target)
            await until(reactor, lambda: gone.arrivals)
        await pause(reactor, 0.2)  # nobody is there: the kernel answers with ICMP
        for garbage in (b"", b"x", b"\x80" * 11, b"\x80\x65" + bytes(11), os.urandom(1500)):
            far.send(garbage, address.host, address.port)
        engine.connect("a", stream_to(far))
        await until(reactor, lambda: len(far.arrivals) > 5)
        assert events == []

    with RtpListener() as far:
        with_engine(story)


def test_ports_run_out_and_come_back() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        opened = [await engine.open(name) for name in "ab"]
        assert len({address.port for address in opened}) == 2
        assert all(address.port % 2 == 0 for address in opened)
        with pytest.raises(EngineError, match="no UDP port is free"):
            await engine.open("c")
        engine.close("a")
        assert await engine.open("c") == opened[0]

    with_engine(story, range(42400, 42404))


def test_wrong_commands_are_refused_at_once() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        with pytest.raises(EngineError, match="open already"):
            await engine.open("a")
        stream = Stream(Address("127.0.0.1", 4000), Encoding.PCMU, 0, None)
        for command in (
            lambda: engine.play("b", Playlist((MENU,)), "t"),
            lambda: engine.play("a", Playlist(()), "t"),
            lambda: engine.play("a", Playlist((Path("a\0b"),)), "t"),
            lambda: engine.record("a", Path("\udcff")),
            lambda: engine.bridge("a", "a"),
            lambda: engine.connect("a", Stream(Address("phone.example", 4000), Encoding.PCMU, 0, None)),
            lambda: engine.connect("a", Stream(Address("127.0.0.1", 0), Encoding.PCMU, 0, None)),
            lambda: engine.send_digits("a", "1", "t"),
        ):
            with pytest.raises(EngineError):
                command()
        engine.connect("a", stream)
        with pytest.raises(EngineError, match="telephone events"):
            engine.send_digits("a", "1", "t")
        engine.connect("a", Stream(stream.remote, Encoding.PCMU, 0, 101))
        with pytest.raises(EngineError, match="no digits"):
            engine.send_digits("a", "1x", "t")
        with pytest.raises(EngineError, match="nothing is being recorded"):
            await engine.stop_recording("a")
        engine.close("a")
        engine.close("a")
        assert events == []

    with_engine(story)


def test_nothing_is_heard_of_a_closed_port_also_when_its_name_is_used_again() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((MENU,)), "old")
        engine.stop("a")
        engine.close("a")
        await engine.open("a")
        await pause(reactor, 0.1)
        assert events == []

    with RtpListener() as far:
        with_engine(story)


def test_the_end_of_the_packet_process_is_told_and_a_new_one_can_be_started() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        os.kill(engine.process_id, signal.SIGSTOP)
        waiting = engine.figures("a")
        os.kill(engine.process_id, signal.SIGKILL)
        with pytest.raises(EngineError, match="status -9"):
            await waiting
        (failed,) = await until(reactor, lambda: events)
        assert isinstance(failed, EngineFailed)
        with pytest.raises(EngineError, match="not open"):
            engine.stop("a")
        await engine.start(events.append)
        assert (await engine.open("a")).port in UDP

    with_engine(story)


def test_the_packet_process_outlives_ctrl_c_but_not_its_owner() -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        engine = PureEngine(reactor, "127.0.0.1", UDP)
        await engine.start(lambda event: None)
        process = engine.process_id
        os.kill(process, signal.SIGINT)
        os.kill(process, signal.SIGTERM)
        await engine.open("a")
        await engine.shutdown()
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)

    drive(story)


def stopped_for(seconds: float) -> list[Arrival]:
    """What the far end hears of music while the packet process is stopped for a while in its midst."""

    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((PROMPTS / "hold_music.wav",), loop=True), "music")
        await until(reactor, lambda: len(far.arrivals) > 10)
        assert engine.process_id
        os.kill(engine.process_id, signal.SIGSTOP)
        await pause(reactor, seconds)
        os.kill(engine.process_id, signal.SIGCONT)
        await pause(reactor, 0.5)

    with RtpListener() as far:
        with_engine(story)
    assert far.lost() == 0
    assert far.longest_gap() >= seconds - 0.03
    return far.arrivals


def media_time(arrivals: list[Arrival]) -> float:
    return timestamp_difference(arrivals[-1].packet.timestamp, arrivals[0].packet.timestamp) / 8000


def test_a_short_stop_is_made_up_for_packet_by_packet() -> None:
    arrivals = stopped_for(0.3)
    passed = arrivals[-1].at - arrivals[0].at
    assert abs(media_time(arrivals) - passed) < 0.06
    assert abs(len(arrivals) * 0.02 - passed) < 0.08


def test_a_long_stop_is_let_go_but_the_clock_of_the_stream_is_right() -> None:
    arrivals = stopped_for(1.0)
    passed = arrivals[-1].at - arrivals[0].at
    assert abs(media_time(arrivals) - passed) < 0.06
    assert len(arrivals) * 0.02 < passed - 0.7


def test_a_flood_at_one_port_does_not_disturb_another() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        flooded, _ = await engine.open("flooded"), await engine.open("a")
        engine.connect("flooded", Stream(Address("127.0.0.1", 9), Encoding.PCMU, 0, 101))
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((MENU,)), "t")
        while not events:
            for _ in range(200):
                flood.send(b"\x80\x00" + bytes(170), flooded.host, flooded.port)
            await pause(reactor, 0.002)

    with RtpListener() as far, RtpListener() as flood:
        with_engine(story)
    assert match(far.linear(), MENU).score > 0.97
    assert far.lost() == 0


OWNER = """
import sys
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from media_service.engine.pure import PureEngine
reactor = AsyncioSelectorReactor()
engine = PureEngine(reactor, "127.0.0.1", range(42000, 42400))
reactor.callWhenRunning(lambda: engine.start(print).addCallback(lambda _: print(engine.process_id, flush=True)))
reactor.run()
"""


def test_the_packet_process_ends_with_a_killed_owner() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        process = int(owner.stdout.readline())
        os.kill(process, 0)
        owner.kill()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{process}/cmdline").exists() and Path(f"/proc/{process}/cmdline").read_bytes():
        assert time.monotonic() < deadline, "the packet process lives on"
        time.sleep(0.02)


def test_a_port_is_not_bound_where_the_machine_is_not() -> None:
    async def told(reactor: AsyncioSelectorReactor) -> None:
        engine = PureEngine(reactor, "192.0.2.1", UDP)
        await engine.start(lambda event: None)
        with pytest.raises(EngineError, match=r"192\.0\.2\.1 \(Cannot assign"):
            await engine.open("a")
        await engine.shutdown()

    drive(told)


def test_recordings_are_finished_when_a_port_is_closed(tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        addresses = [await engine.open(name) for name in "ab"]
        engine.connect("a", stream_to(addresses[1]))
        engine.connect("b", stream_to(addresses[0]))
        engine.record("b", tmp_path / "b.wav")
        engine.play("a", Playlist((NUMBER,)), "t")
        await until(reactor, lambda: events)
        await pause(reactor, 0.1)
        engine.close("b")

    with_engine(story)
    assert match(tmp_path / "b.wav", NUMBER).score > 0.97


def test_a_changed_prompt_is_heard_without_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "p.wav"
    file.write_bytes(write_wav(read_wav(NUMBER.read_bytes())))

    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((file,)), "1")
        await until(reactor, lambda: events)
        file.write_bytes(MENU.read_bytes())
        engine.play("a", Playlist((file,)), "2")
        await until(reactor, lambda: len(events) == 2)
        await pause(reactor, 0.1)

    with RtpListener() as far:
        with_engine(story)
    assert match(far.linear(), MENU).score > 0.97


def test_hosts_and_ranges_that_cannot_work_are_refused() -> None:
    for host, udp in (("localhost", UDP), ("127.0.0.1", range(5, 6)), ("127.0.0.1", range(2, 9, 2))):
        with pytest.raises(EngineError):
            PureEngine(None, host, udp)
