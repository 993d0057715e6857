"""Our tone pairs heard by somebody else's detector, and theirs by ours (libspandsp, where it is installed)."""

import ctypes
import ctypes.util
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from media_service.signal.tones import dtmf, to_pcm
from tests.unit.media_service.signal.twins import Digits, both_digits, noisy, pieces, samples_of

DIGITS = "0123456789*#ABCD159D"


@pytest.fixture(scope="module")
def spandsp() -> Any:
    name = ctypes.util.find_library("spandsp")
    if name is None:
        pytest.skip("libspandsp is not installed")
    library = ctypes.CDLL(name)
    library.dtmf_tx_init.restype = library.dtmf_rx_init.restype = ctypes.c_void_p
    library.dtmf_tx_init.argtypes = library.dtmf_rx_init.argtypes = [ctypes.c_void_p] * 3
    library.dtmf_tx_put.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    library.dtmf_tx.argtypes = library.dtmf_rx.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    library.dtmf_rx_get.restype = ctypes.c_size_t
    library.dtmf_rx_get.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    library.dtmf_tx_free.argtypes = library.dtmf_rx_free.argtypes = [ctypes.c_void_p]
    return library


@pytest.mark.parametrize("milliseconds", [45, 70, 100])
def test_our_digits_are_heard_by_spandsp(spandsp: Any, milliseconds: int) -> None:
    receiver = spandsp.dtmf_rx_init(None, None, None)
    for digit in DIGITS:
        for piece in pieces(dtmf(digit, milliseconds) + bytes(2 * 8 * 60)):
            spandsp.dtmf_rx(receiver, piece, len(piece) // 2)
    room = ctypes.create_string_buffer(128)
    length = spandsp.dtmf_rx_get(receiver, room, 127)
    spandsp.dtmf_rx_free(receiver)
    assert room.raw[:length].decode() == DIGITS


@both_digits
@pytest.mark.parametrize("ratio", [90.0, 15.0])
def test_digits_of_spandsp_are_heard(spandsp: Any, make: Callable[[], Digits], ratio: float) -> None:
    sender = spandsp.dtmf_tx_init(None, None, None)
    spandsp.dtmf_tx_put(sender, DIGITS.encode(), len(DIGITS))
    room = ctypes.create_string_buffer(2 * 160)
    sound = b""
    while length := spandsp.dtmf_tx(sender, room, 160):
        sound += room.raw[: 2 * length]
    spandsp.dtmf_tx_free(sender)

    feed = make()
    heard = noisy(np.random.default_rng(2), np.concatenate([samples_of(sound), np.zeros(800)]), ratio)
    assert "".join(feed(piece) for piece in pieces(to_pcm(heard))) == DIGITS
