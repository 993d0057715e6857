"""The framings of BER, whole and in pieces, and what each says of bytes that are not its own."""

import pytest

from csta import FrameError, FrameTooLargeError, Framing, encode_frame, framer_for
from csta.codec.framing import Framer, SniffingFramer, recognise
from csta.errors import SessionError

BER_FRAMINGS = [Framing.SIEMENS, Framing.LENGTH16, Framing.TPKT, Framing.BARE_BER]
framings = pytest.mark.parametrize("framing", BER_FRAMINGS)


def apdu(size: int = 5, tag: int = 0xA1) -> bytes:
    """A message of ROSE with so many bytes of content."""
    length = bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3, "big")
    return bytes([tag]) + length + bytes(size)


def taken(framer: Framer) -> list[bytes]:
    found = []
    while (frame := framer.next_frame()) is not None:
        assert frame.invoke_id is None
        found.append(frame.payload)
    return found


@framings
@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_frames_come_out_however_the_bytes_arrive(framing: Framing, size: int) -> None:
    framer = framer_for(framing)
    messages = [apdu(3), apdu(200), apdu(0), apdu(300, 0x61)]
    stream = b"".join(framer.frame(message) for message in messages)
    found = []
    for start in range(0, len(stream), size):
        framer.feed(stream[start : start + size])
        found += taken(framer)
    assert found == messages
    framer.end()


@framings
@pytest.mark.parametrize("size", [120, 250, 251, 255, 256, 32760, 32767, 32768, 65000])
def test_lengths_around_the_traps_of_one_byte_and_signed_numbers(framing: Framing, size: int) -> None:
    framer = framer_for(framing)
    framer.feed(framer.frame(apdu(size)))
    assert taken(framer) == [apdu(size)]


@framings
def test_limit_on_size(framing: Framing) -> None:
    sender, framer = framer_for(framing), framer_for(framing, 1000)
    framer.feed(sender.frame(apdu(2000)))
    with pytest.raises(FrameError, match="exceeds the limit of 1000"):
        framer.next_frame()
    framer.feed(sender.frame(apdu(1)))
    assert framer.next_frame() is None


@framings
def test_frames_that_no_peer_could_take_are_not_sent(framing: Framing) -> None:
    with pytest.raises(FrameTooLargeError):
        framer_for(framing).frame(apdu(2_000_000))


@framings
@pytest.mark.parametrize(
    ("garbage", "hint"),
    [
        (b"GET / HTTP/1.1", "is text"),
        (encode_frame(0, b"<a/>"), "XML's frames"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", "TLS"),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff", "no frame's header"),
    ],
)
def test_bytes_of_others_are_named(framing: Framing, garbage: bytes, hint: str) -> None:
    framer = framer_for(framing)
    framer.feed(garbage)
    with pytest.raises(FrameError, match=hint):
        framer.next_frame()


@pytest.mark.parametrize("ours", BER_FRAMINGS)
@pytest.mark.parametrize("theirs", BER_FRAMINGS)
def test_each_framing_tells_the_others_apart(ours: Framing, theirs: Framing) -> None:
    framer = framer_for(ours)
    framer.feed(framer_for(theirs).frame(apdu(40, 0x60)))
    if ours is theirs:
        assert framer.next_frame() is not None
        return
    with pytest.raises(FrameError, match=rf"framing \({theirs.value}\)"):
        framer.next_frame()


@framings
def test_end_in_the_middle_of_a_frame(framing: Framing) -> None:
    framer = framer_for(framing)
    framer.feed(framer.frame(apdu(40))[:-3])
    assert framer.next_frame() is None
    with pytest.raises(FrameError, match="in the middle of a frame"):
        framer.end()


# --- Siemens


def test_siemens_header_is_byte_exact() -> None:
    assert framer_for(Framing.SIEMENS).frame(b"\x60\x31" + bytes(0x31))[:5].hex() == "2680336031"


def test_siemens_pieces_are_joined_until_the_bit_says_complete() -> None:
    framer = framer_for(Framing.SIEMENS)
    message = apdu(100)
    framer.feed(b"\x26\x00\x0a" + message[:10] + b"\x26\x00\x00" + b"\x26\x00\x14" + message[10:30])
    assert framer.next_frame() is None
    rest = message[30:]
    framer.feed(b"\x26" + (0x8000 | len(rest)).to_bytes(2, "big") + rest + framer.frame(apdu(1)))
    assert taken(framer) == [message, apdu(1)]


def test_siemens_message_above_32767_bytes_goes_in_pieces() -> None:
    framer = framer_for(Framing.SIEMENS)
    message = apdu(70_000)
    framed = framer.frame(message)
    assert framed[:3] == b"\x26\x7f\xff"
    assert framed[32770:32773] == b"\x26\x7f\xff"
    assert len(framed) == len(message) + 9
    assert framed[65540] == 0x26
    assert framed[65541] & 0x80
    framer.feed(framed)
    assert taken(framer) == [message]


def test_siemens_pieces_without_end_are_limited_in_number_and_size() -> None:
    framer = framer_for(Framing.SIEMENS)
    framer.feed(b"\x26\x00\x01a" * 1000)
    with pytest.raises(FrameError, match="more than 128 pieces"):
        framer.next_frame()
    framer = framer_for(Framing.SIEMENS, 1000)
    framer.feed((b"\x26\x01\x00" + bytes(256)) * 10)
    with pytest.raises(FrameError, match="exceeds the limit"):
        framer.next_frame()


def test_siemens_end_between_pieces_is_told() -> None:
    framer = framer_for(Framing.SIEMENS)
    framer.feed(b"\x26\x00\x03abc")
    assert framer.next_frame() is None
    with pytest.raises(FrameError, match="3 bytes into it"):
        framer.end()


# --- TPKT


def test_tpkt_is_byte_exact() -> None:
    assert framer_for(Framing.TPKT).frame(apdu(3)).hex() == "03000009a103000000"


def test_data_tpdus_inside_of_tpkt_are_taken_and_answered_in_kind() -> None:
    framer = framer_for(Framing.TPKT)
    message = apdu(5)
    framer.feed(bytes.fromhex("0300000a 02f000") + message[:3] + bytes.fromhex("0300000b 02f080") + message[3:])
    assert taken(framer) == [message]
    assert framer.frame(message).hex() == "0300000e02f080" + message.hex()


def test_connection_request_of_iso_transport_is_named() -> None:
    framer = framer_for(Framing.TPKT)
    framer.feed(bytes.fromhex("0300000b06e00000000100"))
    with pytest.raises(FrameError, match="ISO transport connection"):
        framer.next_frame()


# --- bare BER


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_indefinite_lengths_are_followed_to_their_ends(size: int) -> None:
    message = bytes.fromhex("a180 020101 3080 0402abcd 3080 0000 1f8101 020000 0000 0000")
    stream = message + apdu(2)
    framer = framer_for(Framing.BARE_BER)
    found = []
    for start in range(0, len(stream), size):
        framer.feed(stream[start : start + size])
        found += taken(framer)
    assert found == [message, apdu(2)]


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        ("a180" + "3080" * 40, "within each other"),
        ("a180 0480", "primitive"),
        ("a185 0100000000", "a length of 5 bytes"),
        ("a1ff", "a length of 127 bytes"),
        ("a184 ffffffff", "exceeds the limit"),
        ("a180 3f8181818181818101", "a tag of more than"),
        ("a180 0484 7fffffff", "exceeds the limit"),
    ],
)
def test_hostile_lengths_are_refused_at_once(data: str, hint: str) -> None:
    framer = framer_for(Framing.BARE_BER)
    framer.feed(bytes.fromhex(data))
    with pytest.raises(FrameError, match=hint):
        framer.next_frame()


def test_endless_message_stops_at_the_limit_in_linear_time() -> None:
    framer = framer_for(Framing.BARE_BER, 200_000)
    framer.feed(b"\xa1\x80")
    for _ in range(49_999):
        framer.feed(b"\x04\x02ab")
        assert framer.next_frame() is None
    framer.feed(b"\x04\x02ab" * 2)
    with pytest.raises(FrameError, match="exceeds the limit"):
        framer.next_frame()


# --- sniffing


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("framing", [*BER_FRAMINGS, Framing.XML_HEADER])
def test_first_bytes_decide(framing: Framing, size: int) -> None:
    framer = SniffingFramer()
    with pytest.raises(SessionError, match="not known"):
        framer.frame(b"")
    payload = b"<a/>" if framing is Framing.XML_HEADER else apdu(49, 0x60)
    stream = framer_for(framing).frame(payload, 5) * 2
    found = []
    for start in range(0, len(stream), size):
        framer.feed(stream[start : start + size])
        while (frame := framer.next_frame()) is not None:
            found.append(frame.payload)
    assert found == [payload, payload]
    assert framer.found is framing
    assert framer.frame(payload, 5) == framer_for(framing).frame(payload, 5)
    framer.end()


def test_what_nobody_knows_is_refused_after_eight_bytes() -> None:
    framer = SniffingFramer()
    framer.feed(b"SSH-2.0")
    assert framer.next_frame() is None
    framer.feed(b"-")
    with pytest.raises(FrameError, match="is text"):
        framer.next_frame()
    framer.feed(apdu(1))
    assert framer.next_frame() is None


def test_recognition_of_xml_longer_than_64_kib() -> None:
    assert recognise((70_008).to_bytes(4, "big") + b"0003") is Framing.XML_HEADER
    assert recognise(b"\x01\x31\x60\x82") is Framing.LENGTH16
    assert recognise(b"") is None
