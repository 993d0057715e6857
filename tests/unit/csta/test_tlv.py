"""Tags, lengths and values: the forms that are understood, those that are refused."""

import pytest

from csta.codec.ber import tlv
from csta.codec.ber.tlv import BadValueError


@pytest.mark.parametrize(
    ("class_", "number", "constructed", "octets"),
    [
        (0, 16, True, "30"),
        (tlv.APPLICATION, 30, True, "7e"),
        (tlv.CONTEXT, 0, False, "80"),
        (tlv.CONTEXT, 31, True, "bf1f"),
        (tlv.CONTEXT, 201, False, "9f8149"),
    ],
)
def test_identifier(class_: int, number: int, constructed: bool, octets: str) -> None:
    identifier = tlv.identifier(class_, number, constructed=constructed)
    assert tlv.octets_of(identifier).hex() == octets
    assert tlv.is_constructed(identifier) is constructed
    found = tlv.only(bytes.fromhex(octets) + b"\x01\x00", 0, len(octets) // 2 + 2)
    assert found.identifier == identifier


@pytest.mark.parametrize(
    ("length", "octets"), [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"), (65536, "83010000")]
)
def test_lengths_are_as_short_as_can_be(length: int, octets: str) -> None:
    assert tlv.length_octets(length).hex() == octets


@pytest.mark.parametrize(
    "octets",
    ["0401aa", "048101aa", "04820001aa", "0484 00000001 aa", "04880000000000000001aa"],
)
def test_every_definite_length_is_understood(octets: str) -> None:
    data = bytes.fromhex(octets)
    found = tlv.only(data, 0, len(data))
    assert data[found.start : found.stop] == b"\xaa"


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("", "ends"),
        ("30", "ends"),
        ("3001", "1 octets where 0 are left"),
        ("04ff", "out of all bounds"),
        ("0489000000000000000001aa", "out of all bounds"),
        ("0484ffffffff", "4294967295 octets"),
        ("0488ffffffffffffffff", "octets where 0 are left"),
        ("0482", "cut off"),
        ("0480aa0000", "indefinite length in a primitive"),
        ("30800201", "where 0 are left"),
        ("3080", "ends"),
        ("308002010500", "ends"),
        ("1f", "cut off"),
        ("1f9f", "cut off"),
        ("1fff", "cut off"),
        ("1fffffffffffff0100", "out of all bounds"),
        ("0500 0500", "more than the one"),
    ],
)
def test_refused(octets: str, why: str) -> None:
    data = bytes.fromhex(octets)
    with pytest.raises(BadValueError, match=why):
        tlv.only(data, 0, len(data))


def test_indefinite_lengths_end_where_they_say() -> None:
    data = bytes.fromhex("3080 3080 0000 0201 05 0000 0500")
    outer, null = tlv.elements(data, 0, len(data))
    assert [found.identifier for found in tlv.elements(data, outer.start, outer.stop)] == [0x30, 0x02]
    assert null.identifier == tlv.NULL


def test_depth_of_indefinite_lengths_is_limited() -> None:
    data = b"\x30\x80" * 30 + b"\x00\x00" * 30
    assert tlv.only(data, 0, len(data)).identifier == tlv.SEQUENCE
    bomb = b"\x30\x80" * 100_000 + b"\x00\x00" * 100_000
    with pytest.raises(BadValueError, match="deeper than 32"):
        tlv.only(bomb, 0, len(bomb))


def test_strings_in_pieces() -> None:
    data = bytes.fromhex("0401aa 2405 0403bbccdd 2480 0401ee 0000")
    assert tlv.joined(data, 0, len(data)) == bytes.fromhex("aabbccddee")
    nested = b""
    for _ in range(40):
        nested = tlv.tlv(0x24, nested)
    with pytest.raises(BadValueError, match="too deep"):
        tlv.joined(nested, 0, len(nested))


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (0, "00"), (127, "7f"), (128, "0080"), (256, "0100"), (-1, "ff"), (-128, "80"), (-129, "ff7f"),
        (2**31 - 1, "7fffffff"), (-(2**31), "80000000"),
    ],
)  # fmt: skip
def test_integers(value: int, octets: str) -> None:
    data = bytes.fromhex(octets)
    assert tlv.integer_octets(value) == data
    assert tlv.integer(data, 0, len(data)) == value


def test_integers_out_of_bounds() -> None:
    assert tlv.integer(b"\x00\x00\x00\x05", 0, 4) == 5
    for octets in (b"", b"\x01" * 10):
        with pytest.raises(BadValueError, match="number of"):
            tlv.integer(octets, 0, len(octets))


@pytest.mark.parametrize(
    ("bits", "octets"), [(set(), "00"), ({0}, "0780"), ({1}, "0640"), ({3}, "0410"), ({7, 8}, "070180")]
)
def test_bits(bits: set[int], octets: str) -> None:
    assert tlv.bit_octets(frozenset(bits)).hex() == octets
    assert tlv.bits(bytes.fromhex(octets)) == bits


def test_bits_of_a_width() -> None:
    assert tlv.bit_octets(frozenset({3}), 16).hex() == "001000"
    assert tlv.bits(bytes.fromhex("06ffff")) == frozenset(range(10)), "unused bits do not count"


@pytest.mark.parametrize("octets", ["", "08ff", "01"])
def test_no_bits(octets: str) -> None:
    with pytest.raises(BadValueError, match="bits"):
        tlv.bits(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("text", "octets"),
    [("1.3.12.0.218", "2b0c00815a"), ("1.3.12.0.285", "2b0c00821d"), ("2.999.3", "883703"), ("0.39", "27")],
)
def test_object_identifiers(text: str, octets: str) -> None:
    assert tlv.object_identifier_octets(text).hex() == octets
    assert tlv.object_identifier(bytes.fromhex(octets)) == text


@pytest.mark.parametrize("text", ["", "1", "3.1", "1.40", "1.-2", "1.2.x"])
def test_no_object_identifiers(text: str) -> None:
    with pytest.raises(ValueError, match="no object identifier"):
        tlv.object_identifier_octets(text)


@pytest.mark.parametrize("octets", ["", "2b80", "80" * 65])
def test_no_octets_of_an_object_identifier(octets: str) -> None:
    with pytest.raises(BadValueError):
        tlv.object_identifier(bytes.fromhex(octets))
