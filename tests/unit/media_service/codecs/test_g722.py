"""G.722 against somebody else's: what we encode libspandsp decodes, and the other way round."""

import ctypes
import ctypes.util
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from media_service.codecs.g722 import G722Codec
from media_service.signal.tones import Tone, pcm

SENT = pcm(Tone((440.0, 3000.0, 5500.0), (), 0.5, -16.0), 16000)


@pytest.fixture(scope="module")
def spandsp() -> Any:
    name = ctypes.util.find_library("spandsp")
    if name is None:
        pytest.skip("libspandsp is not installed")
    library = ctypes.CDLL(name)
    for make in (library.g722_encode_init, library.g722_decode_init):
        make.restype = ctypes.c_void_p
        make.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
    for turn in (library.g722_encode, library.g722_decode):
        turn.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
    for end in (library.g722_encode_free, library.g722_decode_free):
        end.argtypes = [ctypes.c_void_p]
    return library


def three_tones(sound: bytes) -> npt.NDArray[np.float64]:
    """Strength of the three tones that were sent, and of all that was not."""
    samples = np.frombuffer(sound, dtype="<i2")[2000:6000].astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(4000))) ** 2
    near = [slice(frequency // 4 - 5, frequency // 4 + 6) for frequency in (440, 3000, 5500)]
    strengths = [float(spectrum[part].sum()) for part in near]
    return np.array([*strengths, float(spectrum.sum()) - sum(strengths)])


def test_spandsp_decodes_what_we_encode(spandsp: Any) -> None:
    payload = G722Codec().encode(SENT)
    decoder = spandsp.g722_decode_init(None, 64000, 0)
    room = ctypes.create_string_buffer(4 * len(payload))
    samples = spandsp.g722_decode(decoder, room, payload, len(payload))
    spandsp.g722_decode_free(decoder)
    heard = three_tones(room.raw[: 2 * samples])
    assert samples == len(SENT) // 2
    assert heard[:3] == pytest.approx(three_tones(SENT)[:3], rel=0.15)
    assert heard[3] < 0.01 * heard[:3].sum()


def test_we_decode_what_spandsp_encodes(spandsp: Any) -> None:
    encoder = spandsp.g722_encode_init(None, 64000, 0)
    room = ctypes.create_string_buffer(len(SENT))
    octets = spandsp.g722_encode(encoder, room, SENT, len(SENT) // 2)
    spandsp.g722_encode_free(encoder)
    assert octets == len(SENT) // 4
    codec = G722Codec()
    frames = [room.raw[at : at + 160] for at in range(0, octets, 160)]
    heard = three_tones(b"".join(map(codec.decode, frames)))
    assert heard[:3] == pytest.approx(three_tones(SENT)[:3], rel=0.15)
    assert heard[3] < 0.01 * heard[:3].sum()
