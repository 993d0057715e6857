"""STUN: the vectors of RFC 5769, round trips, and octets from anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_service.engine.interface import Address
from media_service.security import stun
from media_service.security.stun import Attribute, Kind, StunError

# RFC 5769 2.1: a request of user "evtj:h6vY" with the password below.
PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"
REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff"
    "80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf"
)
# RFC 5769 2.2 and 2.3: the answers over IPv4 and IPv6.
RESPONSE_4 = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000080001a147e112a643"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96"
)
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")


def test_the_published_request_is_read() -> None:
    message = stun.read(REQUEST)
    assert (message.kind, message.transaction, message.fingerprinted) == (Kind.REQUEST, TRANSACTION, True)
    assert message.value(Attribute.USERNAME) == b"evtj:h6vY"
    assert message.value(Attribute.PRIORITY) == bytes.fromhex("6e0001ff")
    assert message.value(Attribute.ICE_CONTROLLING) is None
    assert message.is_by(PASSWORD)
    assert not message.is_by(PASSWORD + "x")
    assert message.unknown == ()


def test_the_published_response_is_read_and_its_address_is_ours_too() -> None:
    message = stun.read(RESPONSE_4)
    assert message.is_by(PASSWORD)
    mapped = message.value(Attribute.XOR_MAPPED_ADDRESS)
    assert mapped == stun.xor_address(Address("192.0.2.1", 32853), TRANSACTION)


def test_an_ipv6_address_is_mapped_as_published() -> None:
    address = Address("2001:db8:1234:5678:11:2233:4455:6677", 32853)
    assert stun.xor_address(address, TRANSACTION) == bytes.fromhex("0002a1470113a9faa5d3f179bc25f4b5bed2b9d9")


@given(
    st.sampled_from(Kind),
    st.binary(min_size=12, max_size=12),
    st.lists(st.tuples(st.sampled_from([6, 0x20, 0x24, 0x25, 0x77, 0x8022]), st.binary(max_size=40)), max_size=8),
    st.none() | st.text(min_size=1, max_size=30),
)
def test_what_is_written_is_read_again(
    kind: Kind, transaction: bytes, attributes: list[tuple[int, bytes]], password: str | None
) -> None:
    message = stun.read(stun.write(kind, transaction, attributes, password))
    assert (message.kind, message.transaction, message.attributes) == (kind, transaction, tuple(attributes))
    assert message.fingerprinted
    assert message.is_by(password or "any") == (password is not None)
    assert message.unknown == tuple(number for number, _ in attributes if number == 0x77)


@given(st.integers(0, len(REQUEST) - 1), st.integers(1, 255))
def test_a_changed_octet_is_noticed(place: int, change: int) -> None:
    changed = bytearray(REQUEST)
    changed[place] ^= change
    try:
        message = stun.read(bytes(changed))
    except StunError:
        return
    assert not (message.is_by(PASSWORD) and message.fingerprinted)


@given(st.binary(max_size=200))
def test_octets_from_anywhere_are_read_or_refused(data: bytes) -> None:
    for octets in (data, REQUEST[:20] + data, REQUEST[: len(data)]):
        try:
            message = stun.read(octets)
        except StunError:
            continue
        assert len(message.attributes) <= stun.MAX_ATTRIBUTES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        REQUEST[:19],
        REQUEST + b"\0\0\0\0",
        b"\x00\x02" + REQUEST[2:],
        REQUEST[:4] + b"\0\0\0\0" + REQUEST[8:],
        stun.write(Kind.REQUEST, TRANSACTION, [(0x8022, b"")] * 40),
        stun.write(Kind.REQUEST, TRANSACTION, [(Attribute.MESSAGE_INTEGRITY, b"short")]),
        bytes(2000),
    ],
)
def test_broken_messages_are_refused(data: bytes) -> None:
    with pytest.raises(StunError):
        stun.read(data)


def test_nothing_follows_a_fingerprint() -> None:
    whole = stun.write(Kind.REQUEST, TRANSACTION, [])
    longer = whole[:2] + (len(whole) - 20 + 4).to_bytes(2) + whole[4:]
    with pytest.raises(StunError):
        stun.read(longer + b"\x80\x22\0\0")
