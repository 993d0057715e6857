"""Every encoding that an engine names: heard and sent, checked by coders of our own at the far end; transcoding."""

from itertools import pairwise
from pathlib import Path

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.codecs.codec import codec_for
from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    Encoding,
    EngineEvent,
    MediaEngine,
    Playlist,
    Recording,
    Stream,
    Tone,
)
from tests.fakes.listening import RtpListener, loudness
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.engines import WithEngine
from tests.unit.media_service.engine.far_end import FarEnd, amplitude, last, said, tone

pytestmark = pytest.mark.integration

PAYLOAD_TYPES = {
    Encoding.PCMU: 0,
    Encoding.PCMA: 8,
    Encoding.G722: 9,
    Encoding.OPUS: 111,
    Encoding.L16: 97,
}
STEPS = {Encoding.OPUS: 960}


def stream(far: RtpListener, encoding: Encoding) -> Stream:
    return Stream(Address(far.host, far.port), encoding, PAYLOAD_TYPES[encoding], 101)


def decoded(far: RtpListener, encoding: Encoding) -> bytes:
    """Everything that came, in its order, as PCM16 at the encoding's rate."""
    codec = codec_for(encoding)
    packets = [arrival.packet for arrival in far.arrivals if arrival.packet.payload_type == PAYLOAD_TYPES[encoding]]
    return b"".join(codec.decode(packet.payload) for packet in packets)


def test_this_machine_has_every_encoding(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        assert set(engine.capabilities().encodings) == set(Encoding)
        assert engine.capabilities().detail

    with_engine(story)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_what_is_played_is_heard_in_every_encoding(with_engine: WithEngine, encoding: Encoding) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream(far, encoding))
        await until(reactor, lambda: far.arrivals)
        engine.play("a", Playlist((Tone((440.0,), (), 0.5), Tone((1000.0,), (), 1.0))), "t")
        await until(reactor, lambda: events)

    with RtpListener() as far:
        with_engine(story)
    rate = codec_for(encoding).rate
    heard = decoded(far, encoding)
    assert amplitude(last(heard, 0.5, before=0.2, rate=rate), 1000.0, rate) > 4000
    assert far.lost() == 0
    steps = {
        (after.packet.timestamp - before.packet.timestamp) & 0xFFFFFFFF for before, after in pairwise(far.arrivals)
    }
    assert steps == {STEPS.get(encoding, 160)}


@pytest.mark.parametrize("encoding", list(Encoding))
def test_what_is_heard_in_every_encoding_is_recorded_and_transcoded(
    with_engine: WithEngine, tmp_path: Path, encoding: Encoding
) -> None:
    codec = codec_for(encoding)

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        await engine.open("b", beside="a")
        engine.connect("a", stream(far, encoding))
        engine.connect("b", stream(other, Encoding.PCMA))
        engine.bridge("a", "b")
        engine.record("a", Recording(file))
        await said(
            reactor,
            far.say(
                tone(1000, 1.4, rate=codec.rate),
                address,
                payload_type=PAYLOAD_TYPES[encoding],
                encode=codec.encode,
                octets=codec.rate // 25,
                step=STEPS.get(encoding, 160),
            ),
        )
        await engine.stop_recording("a")

    file = tmp_path / "a.wav"
    with FarEnd() as far, FarEnd() as other:
        with_engine(story)
    assert amplitude(last(other.linear(), 0.4, before=0.2), 1000) > 6000
    assert amplitude(last(file.read_bytes(), 0.4, before=0.2), 1000) > 6000


def test_wideband_stays_wide_from_one_encoding_to_the_other(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        await engine.open("b", beside="a")
        engine.connect("a", stream(far, Encoding.G722))
        engine.connect("b", stream(other, Encoding.OPUS))
        engine.bridge("a", "b")
        codec = codec_for("G722")
        await said(
            reactor, far.say(tone(6000, 1.4, rate=16000), address, payload_type=9, encode=codec.encode, octets=640)
        )

    with FarEnd() as far, FarEnd() as other:
        with_engine(story)
    assert amplitude(last(decoded(other, Encoding.OPUS), 0.4, before=0.2, rate=16000), 6000, 16000) > 3000


@pytest.mark.parametrize("encoding", [Encoding.G722, Encoding.OPUS, Encoding.L16])
def test_payloads_that_make_no_sense_are_silence_and_disturb_nothing(
    with_engine: WithEngine, encoding: Encoding
) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        await engine.open("b", beside="a")
        engine.connect("a", stream(far, encoding))
        engine.connect("b", stream(other, Encoding.PCMU))
        engine.bridge("a", "b")
        wrong = [b"\xff\xff\xff", b"\x03", b"\x00" * 1500, b"\x7f" * 3]
        await said(
            reactor,
            far.say(
                bytes(320 * 40), address, payload_type=PAYLOAD_TYPES[encoding], encode=lambda pcm: wrong[len(pcm) % 4]
            ),
        )
        await pause(reactor, 0.1)
        assert (await engine.figures("a")).received == 40

    with FarEnd() as far, FarEnd() as other:
        with_engine(story)
    assert other.lost() == 0
    assert len(other.arrivals) > 30
    assert loudness(other.linear()) < 20000


def test_an_encoding_that_the_engine_has_not_is_refused(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        for encoding in set(Encoding) - set(engine.capabilities().encodings):
            with pytest.raises(EngineError):
                engine.connect("a", Stream(Address("127.0.0.1", 4000), encoding, 97, None))

    with_engine(story)
