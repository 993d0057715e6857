"""RTCP packets, octet for octet and garbled, and the arithmetic of reports."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_service.signal.rtcp import (
    Description,
    Goodbye,
    ReceptionBlock,
    Report,
    RtcpError,
    SenderFacts,
    build,
    delay_since,
    interval,
    middle,
    ntp_time,
    parse,
    round_trip,
)

BLOCK = ReceptionBlock(0x22222222, 0.25, -2, 0x00010005, 77, 0xABCD0123, 65536)
REPORT = Report(0x11111111, SenderFacts(0x0123456789ABCDEF, 0x1000, 50, 8000), (BLOCK,))


def test_a_sender_report_octet_for_octet() -> None:
    data = build(REPORT, "a@b")
    assert data[:4] == bytes([0x81, 200, 0, 12])
    assert data[4:28] == bytes.fromhex("11111111 01234567 89abcdef 00001000 00000032 00001f40")
    assert data[28:52] == bytes.fromhex("22222222 40fffffe 00010005 0000004d abcd0123 00010000")
    assert data[52:] == bytes([0x81, 202, 0, 3]) + bytes.fromhex("11111111") + b"\1\3a@b" + bytes(3)


def test_what_is_written_is_read_again() -> None:
    assert parse(build(REPORT, "port-7@callwright", goodbye="done")) == (
        REPORT,
        Description(0x11111111, "port-7@callwright"),
        Goodbye((0x11111111,), "done"),
    )
    assert parse(build(Report(5, None, ()), "x", goodbye="")) == (
        Report(5, None, ()),
        Description(5, "x"),
        Goodbye((5,)),
    )


@given(st.integers(0, 255))
def test_every_name_fills_whole_words(length: int) -> None:
    data = build(Report(1, None, ()), "n" * length)
    assert len(data) % 4 == 0
    assert parse(data)[1] == Description(1, "n" * length)


def test_what_cannot_be_written() -> None:
    with pytest.raises(RtcpError, match="32 blocks"):
        build(Report(1, None, (BLOCK,) * 32), "x")
    with pytest.raises(RtcpError, match="256 octets"):
        build(Report(1, None, ()), "x" * 256)


def test_figures_out_of_range_are_kept_within() -> None:
    block = ReceptionBlock(1, 3.0, 1 << 30, 1 << 40, -5, 0, 0)
    report = parse(build(Report(1, None, (block,)), "x"))[0]
    assert isinstance(report, Report)
    assert report.blocks == (ReceptionBlock(1, 255 / 256, 0x7FFFFF, 0, 0, 0, 0),)


def test_blocks_of_other_types_are_passed_over() -> None:
    other = bytes([0x80, 207, 0, 1]) + b"XRXR"
    assert parse(other + build(REPORT, "x"))[0] == REPORT


def test_padding_is_left_out() -> None:
    report = bytes([0xA0, 201, 0, 2]) + struct.pack("!I", 9) + bytes([0, 0, 0, 4])
    assert parse(report) == (Report(9, None, ()),)


def test_of_a_garbled_packet_what_stands_before_the_fault_is_taken() -> None:
    good = build(Report(1, None, ()), "x")
    cut = build(REPORT, "y")[:-6]
    assert parse(good + cut)[:2] == parse(good)
    lying = bytes([0x85, 201, 0, 1]) + struct.pack("!I", 3)  # five blocks, and none is there
    assert parse(good + lying) == parse(good)


@pytest.mark.parametrize(
    "data", [b"", b"\x80", bytes(8), bytes([0x80, 0, 0, 1]) + bytes(8), bytes([0x40, 200, 0, 1, 0, 0, 0, 0])]
)
def test_what_is_no_rtcp_is_refused(data: bytes) -> None:
    with pytest.raises(RtcpError):
        parse(data)


@given(st.binary(max_size=200), st.sampled_from([200, 201, 202, 203, 204]), st.integers(0, 63))
def test_garbage_does_no_harm(body: bytes, kind: int, rest: int) -> None:
    packets = parse(bytes([0x80 | rest, kind, 0, len(body) // 4]) + body + bytes(8))
    assert len(packets) <= 32 * 31


@given(st.integers(0, 119), st.integers(0, 255))
def test_a_flipped_octet_does_no_harm(place: int, value: int) -> None:
    data = bytearray(build(REPORT, "some-name", goodbye="why"))
    data[place % len(data)] = value
    try:
        parse(bytes(data))
    except RtcpError:
        assert place % len(data) < 2


def test_round_trip_by_the_example_of_rfc_3550() -> None:
    # 6.4.1, figure 2: A = 0xb710:8000, LSR = 0xb705:2000, DLSR = 5.250 s, so 6.125 s
    block = ReceptionBlock(1, 0.0, 0, 0, 0, 0xB7052000, round(5.25 * 65536))
    now = ((0xB44D << 16 | 0xB710) + 0.5) - 2_208_988_800
    assert middle(ntp_time(now)) == 0xB7108000
    assert round_trip(block, now) == pytest.approx(6.125)


def test_round_trips_that_cannot_be() -> None:
    now = 1_700_000_000.0
    sent = middle(ntp_time(now))
    assert round_trip(ReceptionBlock(1, 0.0, 0, 0, 0, 0, 0), now) is None
    assert round_trip(ReceptionBlock(1, 0.0, 0, 0, 0, sent, 300), now) == 0.0
    assert round_trip(ReceptionBlock(1, 0.0, 0, 0, 0, (sent - 100 * 65536) % (1 << 32), 0), now) is None


def test_delay_since_and_ntp_time() -> None:
    assert delay_since(10.0, 11.5) == 98304
    assert delay_since(11.0, 10.0) == 0
    assert delay_since(0.0, 1e9) == (1 << 32) - 1
    assert ntp_time(0.0) == 2_208_988_800 << 32


def test_reports_are_some_five_seconds_apart() -> None:
    assert interval(0.0) == pytest.approx(2.5 / 1.21828)
    assert interval(1.0) == pytest.approx(7.5 / 1.21828)
    assert interval(0.5, first=True) == pytest.approx(2.5 / 1.21828)


def test_aiortc_reads_what_we_write_and_we_read_what_it_writes() -> None:
    theirs = pytest.importorskip("aiortc.rtp")
    sender, description, leaving = theirs.RtcpPacket.parse(build(REPORT, "name@host", goodbye=""))
    assert (sender.ssrc, sender.sender_info.ntp_timestamp, sender.sender_info.packet_count) == (
        REPORT.ssrc,
        0x0123456789ABCDEF,
        50,
    )
    (report,) = sender.reports
    assert (report.ssrc, report.fraction_lost, report.packets_lost, report.jitter) == (BLOCK.ssrc, 64, -2, 77)
    assert (report.lsr, report.dlsr) == (BLOCK.last_report, BLOCK.since)
    assert description.chunks[0].items == [(1, b"name@host")]
    assert leaving.sources == [REPORT.ssrc]

    info = theirs.RtcpReceiverInfo(7, 64, -2, 3, 4, 5, 6)
    data = bytes(theirs.RtcpRrPacket(ssrc=5, reports=[info]))
    data += bytes(theirs.RtcpSdesPacket(chunks=[theirs.RtcpSourceInfo(ssrc=5, items=[(1, b"abc"), (2, b"tool")])]))
    data += bytes(theirs.RtcpByePacket(sources=[5]))
    block = ReceptionBlock(7, 0.25, -2, 3, 4, 5, 6)
    assert parse(data) == (Report(5, None, (block,)), Description(5, "abc"), Goodbye((5,)))
