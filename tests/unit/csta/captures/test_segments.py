"""The TCP segment in a packet, behind every link layer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csta.captures import Packet, segment_of
from tests.unit.csta.captures.packets import APPLICATION, SWITCH, ethernet, tcp

V6 = ("2001:db8::7", 1040), ("2001:db8::9", 50123)


def packet(data: bytes, link_type: int) -> Packet:
    return Packet(1.0, link_type, data, len(data))


@pytest.mark.parametrize("ends", [(SWITCH, APPLICATION), V6])
@pytest.mark.parametrize(
    ("link_type", "before"),
    [(101, b""), (12, b""), (228, b""), (0, b"\x02\x00\x00\x00"), (108, b"\x00\x00\x00\x02")],
)
def test_ip_is_found_behind_short_link_layers(ends: tuple[tuple[str, int], ...], link_type: int, before: bytes) -> None:
    found = segment_of(packet(before + tcp(ends[0], ends[1], 7, b"data", ack=9), link_type))
    assert found is not None
    host = ends[0][0] if "." in ends[0][0] else f"[{ends[0][0]}]"
    assert (found.source, found.source_port, found.sequence, found.acknowledged) == (f"{host}:1040", 1040, 7, 9)
    assert (found.data, found.missing) == (b"data", 0)


@pytest.mark.parametrize("ends", [(SWITCH, APPLICATION), V6])
def test_ip_is_found_behind_the_long_ones(ends: tuple[tuple[str, int], ...]) -> None:
    ip = tcp(ends[0], ends[1], 7, b"data")
    kind = b"\x86\xdd" if ip[0] >> 4 == 6 else b"\x08\x00"
    for data, link_type in (
        (ethernet(ip), 1),
        (ethernet(ip, vlan=True), 1),
        (bytes(14) + kind + ip, 113),
        (kind + bytes(18) + ip, 276),
    ):
        found = segment_of(packet(data, link_type))
        assert found is not None
        assert found.data == b"data"


def test_padding_of_the_link_layer_is_no_data() -> None:
    found = segment_of(packet(ethernet(tcp(SWITCH, APPLICATION, 1)) + bytes(6), 1))
    assert found is not None
    assert found.data == b""


def test_what_the_capture_cut_off_is_counted() -> None:
    whole = tcp(SWITCH, APPLICATION, 1, b"0123456789")
    found = segment_of(packet(whole[:-4], 101))
    assert found is not None
    assert (found.data, found.missing) == (b"012345", 4)


def test_a_length_of_nought_means_all_of_it() -> None:
    whole = bytearray(tcp(SWITCH, APPLICATION, 1, b"offloaded"))
    whole[2:4] = b"\x00\x00"
    found = segment_of(packet(bytes(whole), 101))
    assert found is not None
    assert found.data == b"offloaded"


def test_extension_headers_of_ipv6_are_passed() -> None:
    plain = tcp(*V6, 1, b"data")
    extended = (
        plain[:4]
        + (len(plain) - 40 + 8).to_bytes(2, "big")
        + b"\x00"
        + plain[7:40]
        + b"\x06\x00"
        + bytes(6)
        + plain[40:]
    )
    found = segment_of(packet(extended, 101))
    assert found is not None
    assert found.data == b"data"


def test_other_things_are_no_segment() -> None:
    whole = tcp(SWITCH, APPLICATION, 1, b"data")
    udp = whole[:9] + b"\x11" + whole[10:]
    fragment = whole[:6] + b"\x20\x00" + whole[8:]
    for data, link_type in (
        (udp, 101),
        (fragment, 101),
        (b"\x50" + whole[1:], 101),
        (b"", 101),
        (bytes(12) + b"\x08\x06" + bytes(28), 1),
        (whole, 147),
    ):
        assert segment_of(packet(data, link_type)) is None


@given(st.binary(max_size=120), st.sampled_from([0, 1, 12, 101, 108, 113, 276]))
def test_any_bytes_are_a_segment_or_none(data: bytes, link_type: int) -> None:
    segment_of(packet(data, link_type))


@given(st.data())
def test_a_damaged_packet_is_a_segment_or_none(data: st.DataObject) -> None:
    whole = bytearray(ethernet(tcp(SWITCH, APPLICATION, 1, b"data")))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    segment_of(packet(bytes(whole[: data.draw(st.integers(0, len(whole)))]), 1))
