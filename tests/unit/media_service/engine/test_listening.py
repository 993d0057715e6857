import random
import struct
from pathlib import Path

import numpy as np

from media_service.codecs.g711 import linear_from_mu_law, mu_law_from_linear
from media_service.codecs.wav import read_wav
from sip.dtmf import digit_packets
from sip.rtp import RtpPacket
from tests.fakes.listening import Arrival, RtpListener, loudness, match

PROMPTS = Path(__file__).resolve().parents[4] / "prompts" / "en"
MENU = read_wav((PROMPTS / "menu.wav").read_bytes())


def through_g711(linear: bytes) -> bytes:
    return linear_from_mu_law(mu_law_from_linear(linear))


def test_a_prompt_is_found_where_it_is() -> None:
    heard = bytes(16000) + through_g711(MENU) + bytes(3000)
    found = match(heard, PROMPTS / "menu.wav")
    assert abs(found.offset - 1.0) < 0.001
    assert found.score > 0.98


def test_a_prompt_with_losses_and_quiet_noise_is_still_found() -> None:
    chance = random.Random(3)
    heard = bytearray(through_g711(MENU))
    for start in range(0, len(heard) - 320, 3200):
        heard[start : start + 320] = bytes(320)
    noisy = np.frombuffer(heard, "<i2") + np.array([chance.randint(-150, 150) for _ in range(len(heard) // 2)], "<i2")
    assert match(noisy.astype("<i2"), MENU).score > 0.85


def test_other_prompts_silence_and_noise_are_not_taken_for_it() -> None:
    for name in ("welcome", "invalid", "hold_music", "caller_speech"):
        assert match(PROMPTS / f"{name}.wav", MENU, seconds=2.0).score < 0.3
    assert match(bytes(100_000), MENU).score < 0.1
    chance = random.Random(3)
    noise = struct.pack("<60000h", *(chance.randint(-9000, 9000) for _ in range(60000)))
    assert match(noise, MENU).score < 0.3


def test_a_part_is_found_when_the_rest_was_not_heard() -> None:
    heard = bytes(800) + through_g711(MENU)[: 2 * 8000]
    assert match(heard, MENU).score == 0.0
    found = match(heard, MENU, start=0.2, seconds=0.6)
    assert abs(found.offset - 0.25) < 0.001
    assert found.score > 0.98


def test_loudness() -> None:
    assert loudness(bytes(100)) == 0.0
    assert loudness(b"") == 0.0
    assert 1500 < loudness(MENU) < 5000


def arrival(at: float, sequence: int, timestamp: int, ssrc: int = 1, payload_type: int = 0) -> Arrival:
    return Arrival(at, RtpPacket(payload_type, sequence, timestamp, ssrc, b"\x80" * 160), ("127.0.0.1", 1))


def test_gaps_losses_and_lateness_are_counted() -> None:
    with RtpListener() as listener:
        listener.arrivals = [
            arrival(0.0, 65535, 0),
            arrival(0.02, 0, 160),
            arrival(0.08, 3, 640),
            arrival(0.09, 2, 480),
        ]
        listener.arrivals.append(arrival(0.1, 100, 0, ssrc=2))
    assert abs(listener.longest_gap() - 0.06) < 1e-9
    assert listener.late() == 1
    assert listener.lost() == 1
    linear = listener.linear()
    assert len(linear) == 320 * 6
    assert linear[640:960] == bytes(320)
    assert linear[:640].count(b"\0\0") == 0


def test_it_hears_real_packets_with_the_kernels_times() -> None:
    with RtpListener() as far, RtpListener() as near:
        for packet in digit_packets("5", payload_type=101, ssrc=9, sequence=1, timestamp=0):
            near.send(packet.serialise(), far.host, far.port)
        near.send(b"garbage", far.host, far.port)
        near.send(RtpPacket(8, 8, 160, 9, b"\xd5" * 160).serialise(), far.host, far.port)
        assert far.wait(8)
    assert far.digits() == "5"
    assert far.garbage == [b"garbage"]
    assert far.lost() == 0
    assert 0 <= far.longest_gap() < 1
