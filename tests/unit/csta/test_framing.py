import pytest

from csta.codec.framing import Frame, XmlHeaderFramer, encode_frame
from csta.errors import FrameError, FrameTooLargeError, SessionError

ONE = encode_frame(7, b"<a/>")
TWO = encode_frame(9999, "<b>é</b>".encode())


def frames(decoder: XmlHeaderFramer) -> list[Frame]:
    found = []
    while (frame := decoder.next_frame()) is not None:
        found.append(frame)
    return found


def test_header_is_byte_exact() -> None:
    assert ONE == b"\x00\x00\x00\x0c0007<a/>"


def test_length_counts_bytes_not_characters() -> None:
    # "é" is two bytes in UTF-8: the length of existing stacks that count characters is one short here.
    assert TWO[:8] == b"\x00\x00\x00\x119999"
    assert len(TWO) == 0x11


@pytest.mark.parametrize("size", [1, 2, 3, 7, 11, 1000])
def test_frames_come_out_however_the_bytes_arrive(size: int) -> None:
    stream = ONE + TWO + ONE
    decoder = XmlHeaderFramer()
    found = []
    for start in range(0, len(stream), size):
        decoder.feed(stream[start : start + size])
        found += frames(decoder)
    assert found == [Frame(7, b"<a/>"), Frame(9999, "<b>é</b>".encode()), Frame(7, b"<a/>")]
    decoder.end()


def test_frame_followed_by_the_beginning_of_the_next() -> None:
    decoder = XmlHeaderFramer()
    decoder.feed(ONE + TWO[:9])
    assert frames(decoder) == [Frame(7, b"<a/>")]
    decoder.feed(TWO[9:])
    assert [frame.invoke_id for frame in frames(decoder)] == [9999]


@pytest.mark.parametrize("size", [255, 256, 32767, 32768, 65527])
def test_lengths_around_the_traps_of_one_byte_and_signed_numbers(size: int) -> None:
    payload = b"x" * size
    decoder = XmlHeaderFramer()
    decoder.feed(encode_frame(0, payload))
    assert frames(decoder) == [Frame(0, payload)]


def test_longest_frame_is_sent_and_a_longer_one_refused() -> None:
    assert encode_frame(1, b"x" * 65527)[:4] == b"\x00\x00\xff\xff"
    with pytest.raises(FrameTooLargeError, match="65536"):
        encode_frame(1, b"x" * 65528)


def test_longer_frame_is_accepted_as_32_bit_length() -> None:
    payload = b"x" * 70_000
    decoder = XmlHeaderFramer()
    decoder.feed((70_008).to_bytes(4, "big") + b"0003" + payload + ONE)
    assert frames(decoder) == [Frame(3, payload), Frame(7, b"<a/>")]


@pytest.mark.parametrize("invoke_id", [-1, 10_000])
def test_invoke_id_outside_of_four_digits_is_refused(invoke_id: int) -> None:
    with pytest.raises(SessionError, match="invoke ID"):
        encode_frame(invoke_id, b"")


@pytest.mark.parametrize(
    ("garbage", "reason"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "is text"),
        (b"\x26\x80\x33\x60\x31", "ASN.1 framing"),
        (b"\x00\x00\x00\x07", "less than its header"),
        (b"\x00\x00\x00\x00", "less than its header"),
        (b"\xff\xff\xff\xff", "no frame's header"),
        (b"\x00\x20\x00\x00", "exceeds the limit"),
        (b"\x00\x00\x00\x10 123<a/>", "not four digits"),
        (b"\x00\x00\x00\x0c" + "١٢".encode() + b"<a/>", "not four digits"),
    ],
)
def test_garbage_is_told_apart(garbage: bytes, reason: str) -> None:
    decoder = XmlHeaderFramer()
    decoder.feed(garbage)
    with pytest.raises(FrameError, match=reason):
        decoder.next_frame()
    # The place in the stream is lost: what follows is not looked at.
    decoder.feed(ONE)
    assert decoder.next_frame() is None


def test_garbage_is_found_with_its_first_bytes_not_after_waiting_for_more() -> None:
    decoder = XmlHeaderFramer()
    for byte in b"GET":
        decoder.feed(bytes([byte]))
        assert decoder.next_frame() is None
    decoder.feed(b" ")
    with pytest.raises(FrameError):
        decoder.next_frame()


def test_end_in_the_middle_of_a_frame() -> None:
    decoder = XmlHeaderFramer()
    decoder.feed(ONE[:9])
    assert decoder.next_frame() is None
    with pytest.raises(FrameError, match="9 bytes into it"):
        decoder.end()
