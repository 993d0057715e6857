"""Opus against FFmpeg's decoder, which aiortc brings along."""

import numpy as np
import numpy.typing as npt
import pytest

from media_service.codecs import opus
from media_service.codecs.opus import OpusCodec
from media_service.signal.tones import Tone, pcm

av = pytest.importorskip("av")
pytestmark = pytest.mark.skipif(not opus.available(), reason="Opus is not there")


def test_ffmpeg_decodes_what_we_encode() -> None:
    codec = OpusCodec()
    sent = pcm(Tone((440.0, 3000.0), (), 0.5), 16000)
    decoder = av.CodecContext.create("opus", "r")
    decoder.sample_rate = 48000
    decoder.layout = "mono"
    heard: list[npt.NDArray[np.float64]] = []
    for at in range(0, len(sent), 640):
        frames = decoder.decode(av.Packet(codec.encode(sent[at : at + 640])))
        heard.extend(frame.to_ndarray().astype(float)[0] for frame in frames)
    sound = np.concatenate(heard)
    assert len(sound) == pytest.approx(24000, abs=1000)
    spectrum = np.abs(np.fft.rfft(sound[6000:18000] * np.hanning(12000))) ** 2
    low, high = spectrum[105:116].sum(), spectrum[745:756].sum()
    assert min(low, high) > 0.3 * spectrum.sum()
    assert low + high > 0.95 * spectrum.sum()


@pytest.mark.parametrize("milliseconds", opus.MILLISECONDS)
def test_every_length_of_a_packet(milliseconds: int) -> None:
    codec = OpusCodec()
    frame = pcm(Tone((500.0,), (), milliseconds / 1000), 16000)
    assert len(codec.decode(codec.encode(frame))) == len(frame)
