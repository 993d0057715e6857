"""STUN messages as ICE uses them: read and written with integrity and fingerprint (RFC 8489)."""

import hashlib
import hmac
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address
from typing import Final
from zlib import crc32

from media_service.engine.interface import Address

COOKIE: Final = 0x2112A442
HEADER: Final = struct.Struct(">HHI12s")
MAX_MESSAGE: Final = 1500
MAX_ATTRIBUTES: Final = 32
_ATTRIBUTE: Final = struct.Struct(">HH")
_FINGERPRINT_XOR: Final = 0x5354554E
_INTEGRITY_LENGTH: Final = 20


class Kind(IntEnum):
    """Message types of the Binding method (RFC 8489 5)."""

    REQUEST = 0x0001
    INDICATION = 0x0011
    SUCCESS = 0x0101
    ERROR = 0x0111


class Attribute(IntEnum):
    """Attributes of STUN and ICE (RFC 8489 14, RFC 8445 16.1)."""

    USERNAME = 0x0006
    MESSAGE_INTEGRITY = 0x0008
    ERROR_CODE = 0x0009
    UNKNOWN_ATTRIBUTES = 0x000A
    XOR_MAPPED_ADDRESS = 0x0020
    PRIORITY = 0x0024
    USE_CANDIDATE = 0x0025
    SOFTWARE = 0x8022
    FINGERPRINT = 0x8028
    ICE_CONTROLLED = 0x8029
    ICE_CONTROLLING = 0x802A


UNDERSTOOD: Final = frozenset(Attribute)


class StunError(ValueError):
    """Octets that are no STUN message."""


@dataclass(frozen=True, slots=True)
class StunMessage:
    """A message as it came.

    ``attributes`` are those before the integrity, in order. ``integrity`` is the code that came with it (``None``:
    none), ``protected`` the octets that it protects. ``fingerprinted``: a right FINGERPRINT ended the message.
    """

    kind: Kind
    transaction: bytes
    attributes: tuple[tuple[int, bytes], ...]
    integrity: bytes | None = None
    protected: bytes = b""
    fingerprinted: bool = False

    def value(self, attribute: Attribute) -> bytes | None:
        """The first value of an attribute; ``None`` where it is not there."""
        return next((value for number, value in self.attributes if number == attribute), None)

    @property
    def unknown(self) -> tuple[int, ...]:
        """Attributes that must be understood (below 0x8000) and are not."""
        return tuple(number for number, _ in self.attributes if number < 0x8000 and number not in UNDERSTOOD)

    def is_by(self, password: str) -> bool:
        """Whether who sent it knows the password (RFC 8489 9.1.3)."""
        if self.integrity is None:
            return False
        return hmac.compare_digest(self.integrity, _integrity(password, self.protected))


def read(data: bytes) -> StunMessage:
    """Read a datagram.

    Raises:
        StunError: no STUN message, another method than Binding, broken lengths, a wrong fingerprint, over the limits.
    """
    kind, transaction = _read_header(data)
    attributes: list[tuple[int, bytes]] = []
    integrity, protected, fingerprinted = None, b"", False
    for at, number, value in _read_attributes(data):
        if fingerprinted:
            raise StunError("STUN attributes after the fingerprint")
        if number == Attribute.FINGERPRINT:
            if value != _fingerprint(data[:at]):
                raise StunError("wrong STUN fingerprint")
            fingerprinted = True
        elif integrity is None and number == Attribute.MESSAGE_INTEGRITY:
            if len(value) != _INTEGRITY_LENGTH:
                raise StunError("STUN integrity of a wrong length")
            # What follows is not protected: the length counts up to here (RFC 8489 14.5).
            integrity, protected = value, _with_length(data[:at], at + 4 + len(value) - HEADER.size)
        elif integrity is None:
            attributes.append((number, value))
    return StunMessage(kind, transaction, tuple(attributes), integrity, protected, fingerprinted)


def _read_header(data: bytes) -> tuple[Kind, bytes]:
    if not HEADER.size <= len(data) <= MAX_MESSAGE:
        raise StunError("no STUN message by its length")
    number, length, cookie, transaction = HEADER.unpack_from(data)
    if cookie != COOKIE or length % 4 or length != len(data) - HEADER.size:
        raise StunError("no STUN message by its header")
    if number not in Kind.__members__.values():
        raise StunError(f"STUN message of type 0x{number:04x}")
    return Kind(number), transaction


def _read_attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where each attribute begins, its number and value; the whole is a multiple of four, so heads are whole."""
    at, count = HEADER.size, 0
    while at < len(data):
        count += 1
        number, length = _ATTRIBUTE.unpack_from(data, at)
        value = data[at + 4 : at + 4 + length]
        if len(value) != length or count > MAX_ATTRIBUTES:
            raise StunError("a STUN attribute is longer than its message, or there are too many")
        yield at, number, value
        at += 4 + length + -length % 4


def write(
    kind: Kind, transaction: bytes, attributes: Sequence[tuple[int, bytes]], password: str | None = None
) -> bytes:
    """Write a message with fingerprint, and with integrity where there is a ``password``."""
    body = b"".join(
        _ATTRIBUTE.pack(number, len(value)) + value + bytes(-len(value) % 4) for number, value in attributes
    )
    data = HEADER.pack(kind, len(body), COOKIE, transaction) + body
    if password is not None:
        data = _with_length(data, len(data) + 4 + _INTEGRITY_LENGTH - HEADER.size)
        data += _ATTRIBUTE.pack(Attribute.MESSAGE_INTEGRITY, _INTEGRITY_LENGTH) + _integrity(password, data)
    data = _with_length(data, len(data) + 8 - HEADER.size)
    return data + _ATTRIBUTE.pack(Attribute.FINGERPRINT, 4) + _fingerprint(data)


def xor_address(address: Address, transaction: bytes) -> bytes:
    """The value of XOR-MAPPED-ADDRESS (RFC 8489 14.2)."""
    packed = ip_address(address.host.partition("%")[0]).packed
    mask = struct.pack(">I", COOKIE) + transaction
    family = 1 if len(packed) == 4 else 2
    host = bytes(one ^ other for one, other in zip(packed, mask, strict=False))
    return struct.pack(">BBH", 0, family, address.port ^ COOKIE >> 16) + host


def error_code(code: int, reason: str) -> bytes:
    """The value of ERROR-CODE (RFC 8489 14.8)."""
    return struct.pack(">HBB", 0, code // 100, code % 100) + reason.encode()


def _with_length(data: bytes, length: int) -> bytes:
    return data[:2] + struct.pack(">H", length) + data[4:]


def _integrity(password: str, data: bytes) -> bytes:
    return hmac.digest(password.encode(), data, hashlib.sha1)


def _fingerprint(data: bytes) -> bytes:
    return struct.pack(">I", crc32(data) ^ _FINGERPRINT_XOR)
