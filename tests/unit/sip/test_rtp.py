"""RTP packets byte for byte, extensions and padding, and arithmetic across the wrap."""

import pytest

from sip.errors import SipSyntaxError
from sip.rtp import RtpPacket, sequence_difference, timestamp_difference

PACKET = RtpPacket(8, 0x1234, 0x01020304, 0xDEADBEEF, b"\xd5\xd5", marker=True)
WIRE = bytes.fromhex("80881234 01020304 deadbeef d5d5")


def test_a_packet_is_written_and_read() -> None:
    assert PACKET.serialise() == WIRE
    assert RtpPacket.parse(WIRE) == PACKET


def test_sources_extension_and_padding() -> None:
    data = bytes.fromhex("b1081234 01020304 deadbeef 00000007 bede0001 aabbccdd 0102 000003")
    assert RtpPacket.parse(data) == RtpPacket(8, 0x1234, 0x01020304, 0xDEADBEEF, b"\x01\x02", csrcs=(7,))
    with_source = RtpPacket(0, 1, 2, 3, b"x", csrcs=(7, 8))
    assert RtpPacket.parse(with_source.serialise()) == with_source


@pytest.mark.parametrize(
    "data", ["", "80881234", "40881234 01020304 deadbeef", "81081234 01020304 deadbeef",
             "90081234 01020304 deadbeef bede", "90081234 01020304 deadbeef bede0009 00",
             "a0081234 01020304 deadbeef 05", "a0081234 01020304 deadbeef 00", "a0081234 01020304 deadbeef"],
)  # fmt: skip
def test_packets_cut_short_are_syntax_errors(data: str) -> None:
    with pytest.raises(SipSyntaxError):
        RtpPacket.parse(bytes.fromhex(data))


def test_differences_across_the_wrap() -> None:
    assert sequence_difference(2, 65534) == 4
    assert sequence_difference(65534, 2) == -4
    assert timestamp_difference(100, 2**32 - 60) == 160
    assert timestamp_difference(2**32 - 60, 100) == -160
