import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from media_service.engine.interface import (
    Address,
    Encoding,
    Format,
    PortFigures,
    Role,
    Srtp,
    SrtpProfile,
    Stream,
    Tone,
)
from media_service.engine.pure import frames

KEYS = Srtp(SrtpProfile.AES_CM_128_HMAC_SHA1_80, bytes(range(30)), bytes(range(30, 60)))
COMMANDS = [
    frames.Open(1, 2),
    frames.Connect(2, Stream(Address("127.0.0.1", 4000), Encoding.G722, 9, None, srtp=KEYS)),
    frames.Play(2, ("/a", Tone((425.0,), (0.5, 0.5), 2.0)), True, 1.5, "x"),
    frames.Record(2, "/a", Format.FLAC, True, False, True),
    frames.Join(2, "room", Role.WHISPERER, 3),
    frames.SendPacket(2, b"\0\1", Address("::1", 9)),
    frames.Shutdown(),
]


def test_commands_arrive_whole_and_byte_by_byte() -> None:
    stream = b"".join(map(frames.encode, COMMANDS))
    assert frames.CommandDecoder().feed(stream) == COMMANDS
    decoder = frames.CommandDecoder()
    assert [command for octet in stream for command in decoder.feed(bytes([octet]))] == COMMANDS


def test_reports_arrive() -> None:
    reports = [
        frames.Ready(),
        frames.Opened(1, 4000),
        frames.Digit(2, "#", 1.5),
        frames.Figures(3, PortFigures(4, 5, 6, 0.02)),
    ]
    assert frames.ReportDecoder().feed(b"".join(map(frames.encode, reports))) == reports


def test_a_frame_beyond_the_limit_is_a_fault() -> None:
    with pytest.raises(frames.FrameError, match="octets"):
        frames.CommandDecoder().feed(b"\xff\xff\xff\xff")


@given(st.binary(max_size=60))
@example(b"\x91\xa9\x00\x00\x00\x00\x00\x00\x00\x00\x80")  # text that is not UTF-8
def test_garbage_is_a_fault_and_nothing_else(body: bytes) -> None:
    try:
        frames.ReportDecoder().feed(len(body).to_bytes(4) + body)
    except frames.FrameError:
        return
    assert body  # an empty body is no message
