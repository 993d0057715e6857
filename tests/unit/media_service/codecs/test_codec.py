"""Every encoding: there and back, what it refuses, and how it is found by name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_service.codecs import opus
from media_service.codecs.codec import codec_for, codecs_available
from media_service.codecs.errors import CodecError
from media_service.signal.tones import Tone, pcm

NAMES = ["PCMU", "PCMA", "G722", "opus", "L16"]


def needs(name: str) -> None:
    if name not in codecs_available():
        pytest.skip(f"{name} is not there")


@pytest.mark.parametrize("name", NAMES)
def test_sound_comes_back(name: str) -> None:
    needs(name)
    encoder, decoder = codec_for(name), codec_for(name)
    rate = encoder.rate
    sent = pcm(Tone((440.0, 1000.0), (), 1.0), rate)
    frame = 2 * rate // 50
    payloads = [encoder.encode(sent[at : at + frame]) for at in range(0, len(sent), frame)]
    if encoder.frame_octets is not None:
        assert {len(payload) for payload in payloads} == {encoder.frame_octets}
    heard = np.frombuffer(b"".join(map(decoder.decode, payloads)), dtype="<i2").astype(float)
    original = np.frombuffer(sent, dtype="<i2").astype(float)
    assert len(heard) == len(original)
    window = original[rate // 4 : rate // 2]

    def alike(late: int) -> float:
        part = heard[rate // 4 + late : rate // 2 + late]
        return float(window @ part / np.sqrt((window @ window) * (part @ part)))

    assert max(map(alike, range(200))) > 0.98  # at the delay of the codec


@pytest.mark.parametrize(
    ("name", "rate", "clock"), [("PCMA", 8000, 8000), ("G722", 16000, 8000), ("opus", 16000, 48000)]
)
def test_rates(name: str, rate: int, clock: int) -> None:
    needs(name)
    assert (codec_for(name).rate, codec_for(name).clock_rate) == (rate, clock)


def test_g_722_speaks_what_g_711_cannot() -> None:
    codec = codec_for("G722")
    heard = np.frombuffer(codec.decode(codec.encode(pcm(Tone((5500.0,), (), 0.5), 16000))), dtype="<i2")
    spectrum = np.abs(np.fft.rfft(heard[2000:6000].astype(float)))
    assert abs(spectrum.argmax() * 4 - 5500) <= 8


def test_l16_is_big_endian() -> None:
    assert codec_for("L16").encode(b"\x34\x12") == b"\x12\x34"
    assert codec_for("L16").decode(b"\x12\x34") == b"\x34\x12"


@pytest.mark.parametrize(
    ("name", "wrong"), [("PCMA", bytes(3)), ("L16", bytes(3)), ("G722", bytes(6)), ("opus", bytes(322))]
)
def test_lengths_that_an_encoding_cannot_have(name: str, wrong: bytes) -> None:
    needs(name)
    with pytest.raises(CodecError):
        codec_for(name).encode(wrong)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("L16", b"x"), ("G722", bytes(5000)), ("opus", b""), ("opus", bytes(9000)), ("opus", b"\xff" * 100)],
)
def test_payloads_that_are_none(name: str, wrong: bytes) -> None:
    needs(name)
    with pytest.raises(CodecError):
        codec_for(name).decode(wrong)


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=60)
@given(payloads=st.lists(st.binary(max_size=400), max_size=5))
def test_garbage_is_decoded_or_refused(name: str, payloads: list[bytes]) -> None:
    needs(name)
    codec = codec_for(name)
    for payload in payloads:
        try:
            assert len(codec.decode(payload)) % 2 == 0
        except CodecError:
            continue
    frame = bytes(2 * codec.rate // 50)
    assert len(codec.decode(codec.encode(frame))) == len(frame)  # and the stream goes on


def test_encodings_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CodecError, match="G729"):
        codec_for("G729")
    monkeypatch.setattr(opus, "available", lambda: False)
    assert "opus" not in codecs_available()
    with pytest.raises(CodecError, match="not installed"):
        codec_for("opus")


def test_opus_is_told_absent_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    opus.available.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    try:
        assert not opus.available()
    finally:
        opus.available.cache_clear()
