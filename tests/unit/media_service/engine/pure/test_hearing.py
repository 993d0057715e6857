import numpy as np

from media_service.engine.encodings import CODINGS, opus_samples
from media_service.engine.interface import Encoding
from media_service.engine.pure.hearing import Hearing

PCMU = CODINGS[Encoding.PCMU]
SOUND = (6000 * np.sin(np.arange(160 * 50) * 2 * np.pi * 400 / 8000)).astype("<i2").tobytes()


def payload(number: int, octets: int = 160) -> bytes:
    return PCMU.coder().encode(SOUND[2 * octets * number : 2 * octets * (number + 1)])


def pulled(hearing: Hearing, lost: set[int] = frozenset(), frames: int = 20, octets: int = 160) -> list[bytes | None]:
    """What is pulled, frame by frame, while packets come in time."""
    out: list[bytes | None] = []
    for number in range(frames):
        for each in range(160 // octets):
            sequence = number * 160 // octets + each
            if number not in lost:
                hearing.put(9, sequence, octets * sequence, payload(sequence, octets), 0.02 * number)
        out.append(hearing.pull(0.02 * number + 0.001))
    return out


def loudest(frame: bytes | None) -> int:
    return 0 if frame is None else int(np.abs(np.frombuffer(frame, "<i2")).max())


def test_it_waits_a_little_and_then_plays_without_a_gap() -> None:
    frames = pulled(Hearing(PCMU))
    silent = [frame is None for frame in frames]
    begin = silent.index(False)
    assert 1 <= begin <= 4
    assert not any(silent[begin:])
    heard = b"".join(frame or b"" for frame in frames)
    expected = PCMU.coder().decode(b"".join(payload(number) for number in range(20)))
    assert expected.startswith(heard[: 320 * 5])


def test_packets_of_ten_milliseconds_make_the_same_frames() -> None:
    frames = pulled(Hearing(PCMU), octets=80)
    heard = b"".join(frame or b"" for frame in frames)
    assert PCMU.coder().decode(b"".join(payload(number, 80) for number in range(40))).startswith(heard[: 320 * 5])


def test_a_loss_is_covered_ever_softer_and_then_silence() -> None:
    frames = pulled(Hearing(PCMU), lost={8, 9, 10, 11, 12, 13, 14, 15, 16})
    levels = [loudest(frame) for frame in frames]
    covered = [level for level in levels if 0 < level < 5000]
    assert covered == sorted(covered, reverse=True)
    assert 2 <= len(covered) <= 3
    assert frames[14] is None


def test_another_source_begins_anew() -> None:
    hearing = Hearing(PCMU)
    pulled(hearing)
    for number in range(10):
        hearing.put(10, 30000 + number, 7 + 160 * number, payload(number), 1.0 + 0.02 * number)
        last = hearing.pull(1.001 + 0.02 * number)
    assert loudest(last) > 5000


def test_garbage_and_endless_packets_are_passed_over() -> None:
    hearing = Hearing(CODINGS[Encoding.OPUS])
    for number, garbage in enumerate((b"\xff", b"\xff\xff" * 700, b"\x03\x3f" + bytes(90), b"\x00" * 9)):
        hearing.put(9, number, 960 * number, garbage, 0.02 * number)
    for number in range(20):
        hearing.pull(0.1 + 0.02 * number)
    wide = Hearing(PCMU)
    wide.put(9, 1, 0, bytes(60000), 0.0)
    assert wide.pull(0.1) is None


def test_the_length_of_an_opus_packet_is_in_its_first_octets() -> None:
    lengths = {0x00: 480, 0x08: 960, 0x18: 2880, 0x60: 480, 0x68: 960, 0x80: 120, 0x98: 960, 0x99: 1920}
    assert {first: opus_samples(bytes([first, 0])) for first in lengths} == lengths
    assert opus_samples(b"\x9b\x06") == 5760
    assert [opus_samples(wrong) for wrong in (b"", b"\x9b", b"\x9b\x00", b"\x9b\x07", b"\x1b\x3f")] == [0] * 5
