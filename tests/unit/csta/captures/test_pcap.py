"""pcap and pcapng: every byte order and resolution, cut short, damaged."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csta.captures import CaptureError, read_packets
from tests.unit.csta.captures.packets import block, pcap, pcapng

PACKETS = [(1_700_000_000.25, b"first packet"), (1_700_000_001.5, b"second"), (1_700_000_001.500001, b"")]


def read(data: bytes) -> list[tuple[float, bytes]]:
    return [(packet.time, packet.data) for packet in read_packets(io.BytesIO(data))]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [False, True])
def test_every_form_of_pcap_is_read(order: str, nanoseconds: bool) -> None:
    found = read(pcap(PACKETS, order=order, nanoseconds=nanoseconds))
    assert [data for _, data in found] == [data for _, data in PACKETS]
    assert [time for time, _ in found] == pytest.approx([time for time, _ in PACKETS], abs=1e-6)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("resolution", [3, 6, 9])
def test_every_form_of_pcapng_is_read(order: str, resolution: int) -> None:
    found = read(pcapng(PACKETS[:2], order=order, resolution=resolution))
    assert [data for _, data in found] == [data for _, data in PACKETS[:2]]
    assert [time for time, _ in found] == pytest.approx([time for time, _ in PACKETS[:2]], abs=1e-6)


def test_resolution_may_be_a_power_of_two() -> None:
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3x", 9, 1, 0x80 | 10))
    packet = block(6, struct.pack("<IIIII", 0, 0, 512, 1, 1) + b"x")
    assert read(section + interface + packet) == [(0.5, b"x")]


def test_a_second_section_may_have_the_other_byte_order() -> None:
    assert read(pcapng(PACKETS[:1]) + pcapng(PACKETS[1:2], order=">")) == PACKETS[:2]


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_a_file_cut_short_ends_before_the_cut(make: type) -> None:
    whole = make(PACKETS[:2])
    for length in range(24, len(whole)):
        try:
            found = read(whole[:length])
        except CaptureError:
            continue  # within the first headers
        assert found == read(whole)[: len(found)]
        assert len(found) < 2


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "neither"),
        (b"PK\x03\x04 a zip file", "neither"),
        (pcap([])[:10], "ends in its header"),
        (pcap([]) + struct.pack("<IIII", 0, 0, 1 << 30, 1 << 30), "exceeds the limit"),
        (b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x00\x00\x00\x00" + bytes(16), "byte-order"),
        (pcapng([]) + struct.pack("<II", 6, 3), "a block of 3 bytes"),
        (pcapng([]) + struct.pack("<II", 6, 1 << 31), "a block of"),
        (pcapng([]) + block(1, b"abcd"), "too short"),
    ],
)
def test_what_is_damaged_is_told(data: bytes, text: str) -> None:
    with pytest.raises(CaptureError, match=text):
        read(data)


def test_a_packet_of_no_interface_is_passed_over() -> None:
    packet = block(6, struct.pack("<IIIII", 7, 0, 0, 1, 1) + b"x")
    assert read(pcapng(PACKETS[:1]) + packet) == PACKETS[:1]


@given(st.sampled_from([pcap(PACKETS), pcapng(PACKETS)]), st.data())
def test_damage_raises_nothing_else(whole: bytes, data: st.DataObject) -> None:
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(damaged))
    except CaptureError:
        return
