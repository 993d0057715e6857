"""What every real engine must do, on loopback: one suite for the native core and its twin in Python."""

import os
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
    MediaEngine,
    Playlist,
    Recording,
    Stream,
)
from sip.dtmf import digit_packets
from tests.fakes.listening import RtpListener, match
from tests.unit.media_service.driving import drive, pause, until
from tests.unit.media_service.engine.engines import (
    MENU,
    NUMBER,
    PROMPTS,
    UDP,
    Maker,
    WithEngine,
    ends,
    likeness,
    stream_to,
)

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("encoding", [Encoding.PCMU, Encoding.PCMA])
def test_prompts_are_heard_one_after_the_other_without_a_gap(with_engine: WithEngine, encoding: Encoding) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far, encoding))
        await pause(reactor, 0.1)
        engine.play("a", Playlist((NUMBER, MENU)), "one")
        await until(reactor, lambda: events)
        await pause(reactor, 0.1)
        assert ends(events) == [("one", True)]

    with RtpListener() as far:
        with_engine(story)
    expected = read_wav(NUMBER.read_bytes()) + read_wav(MENU.read_bytes())
    assert match(far.linear(), expected).score > 0.97
    assert far.lost() == 0
    assert {arrival.packet.payload_type for arrival in far.arrivals} == {0 if encoding is Encoding.PCMU else 8}


def test_stop_is_heard_at_once_and_told(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((PROMPTS / "hold_music.wav",), loop=True), "music")
        await pause(reactor, 0.3)
        engine.stop("a")
        await until(reactor, lambda: events)
        assert ends(events) == [("music", False)]
        count = len(far.arrivals)
        await until(reactor, lambda: len(far.arrivals) > count + 5)
        assert far.arrivals[-1].packet.payload == b"\xff" * 160

    with RtpListener() as far:
        with_engine(story)


def test_a_file_that_cannot_be_played_is_told_and_disturbs_nothing(with_engine: WithEngine, tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"no sound")

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((MENU, tmp_path / "bad.wav")), "bad")
        (ended,) = await until(reactor, lambda: events)
        assert (ended.finished, ended.token) == (False, "bad")
        assert "bad.wav: not a RIFF/WAVE file" in ended.detail
        engine.play("a", Playlist((NUMBER,)), "good")
        await until(reactor, lambda: ("good", True) in ends(events))

    with RtpListener() as far:
        with_engine(story)


def test_digits_travel_both_ways(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
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


def test_two_bridged_ports_carry_speech_and_digits_between_two_codecs(with_engine: WithEngine, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        addresses = {name: await engine.open(name) for name in ("far-1", "leg-1", "leg-2", "far-2")}
        for one, other, encoding in (("far-1", "leg-1", Encoding.PCMU), ("far-2", "leg-2", Encoding.PCMA)):
            engine.connect(one, stream_to(addresses[other], encoding))
            engine.connect(other, stream_to(addresses[one], encoding))
        engine.bridge("leg-1", "leg-2")
        engine.record("far-2", Recording(tmp_path / "two.wav"))
        engine.record("far-1", Recording(tmp_path / "one.wav"))
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
    assert likeness(tmp_path / "two.wav", MENU) > 0.95
    assert likeness(tmp_path / "one.wav", PROMPTS / "invalid.wav") > 0.95


def test_a_closed_far_end_and_garbage_do_not_stop_the_stream(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
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


def test_ports_run_out_and_come_back(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        opened = [await engine.open(name) for name in "ab"]
        assert len({address.port for address in opened}) == 2
        assert all(address.port % 2 == 0 for address in opened)
        with pytest.raises(EngineError, match="no UDP port is free"):
            await engine.open("c")
        engine.close("a")
        assert await engine.open("c") == opened[0]

    with_engine(story, range(42400, 42404))


def test_wrong_commands_are_refused_at_once(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        with pytest.raises(EngineError, match="open already"):
            await engine.open("a")
        stream = Stream(Address("127.0.0.1", 4000), Encoding.PCMU, 0, None)
        for command in (
            lambda: engine.play("b", Playlist((MENU,)), "t"),
            lambda: engine.play("a", Playlist(()), "t"),
            lambda: engine.play("a", Playlist((Path("a\0b"),)), "t"),
            lambda: engine.record("a", Recording(Path("\udcff"))),
            lambda: engine.bridge("a", "a"),
            lambda: engine.connect("a", Stream(Address("phone.example", 4000), Encoding.PCMU, 0, None)),
            lambda: engine.connect("a", Stream(Address("127.0.0.1", 0), Encoding.PCMU, 0, None)),
            lambda: engine.send_digits("a", "1", "t"),
        ):
            with pytest.raises(EngineError):
                command()
        engine.connect("a", stream)
        engine.connect("a", Stream(stream.remote, Encoding.PCMU, 0, 101))
        with pytest.raises(EngineError, match="no digits"):
            engine.send_digits("a", "1x", "t")
        with pytest.raises(EngineError, match="nothing is being recorded"):
            await engine.stop_recording("a")
        engine.close("a")
        engine.close("a")
        assert events == []

    with_engine(story)


def test_nothing_is_heard_of_a_closed_port_also_when_its_name_is_used_again(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
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


def test_a_flood_at_one_port_does_not_disturb_another(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
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


def test_a_port_is_not_bound_where_the_machine_is_not(make: Maker) -> None:
    async def told(reactor: AsyncioSelectorReactor) -> None:
        engine = make(reactor, "192.0.2.1", UDP)
        await engine.start(lambda event: None)
        with pytest.raises(EngineError, match=r"192\.0\.2\.1 \(Cannot assign"):
            await engine.open("a")
        await engine.shutdown()

    drive(told)


def test_recordings_are_finished_when_a_port_is_closed(with_engine: WithEngine, tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        addresses = [await engine.open(name) for name in "ab"]
        engine.connect("a", stream_to(addresses[1]))
        engine.connect("b", stream_to(addresses[0]))
        engine.record("b", Recording(tmp_path / "b.wav"))
        engine.play("a", Playlist((NUMBER,)), "t")
        await until(reactor, lambda: events)
        await pause(reactor, 0.1)
        engine.close("b")

    with_engine(story)
    assert likeness(tmp_path / "b.wav", NUMBER) > 0.97


def test_a_changed_prompt_is_heard_without_a_restart(with_engine: WithEngine, tmp_path: Path) -> None:
    file = tmp_path / "p.wav"
    file.write_bytes(write_wav(read_wav(NUMBER.read_bytes())))

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
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


def test_hosts_and_ranges_that_cannot_work_are_refused(make: Maker) -> None:
    for host, udp in (("localhost", UDP), ("127.0.0.1", range(5, 6)), ("127.0.0.1", range(2, 9, 2))):
        with pytest.raises(EngineError):
            make(None, host, udp)
