"""Tag, length and value: the building stones of BER (X.690), lenient in reading, definite and minimal in writing.

An identifier is given as one number, its octets read as big-endian: 0x30 a SEQUENCE, 0xA1 a constructed context tag 1,
0xBF1F a constructed context tag 31.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
EXTERNAL: Final = 0x28
SEQUENCE: Final = 0x30

CONSTRUCTED: Final = 0x20
APPLICATION: Final = 0x40
CONTEXT: Final = 0x80

MAX_DEPTH: Final = 32
"""How deep elements of indefinite length may be nested."""

_MAX_IDENTIFIER: Final = 4
_MAX_LENGTH_OCTETS: Final = 8
_MAX_INTEGER_OCTETS: Final = 9
_END_OF_CONTENTS: Final = b"\x00\x00"


_DOTTED: Final = re.compile(r"(?:[01]\.[123]?[0-9]|2\.[0-9]{1,9})(?:\.[0-9]{1,9})*\Z")


class BadValueError(Exception):
    """Octets that are no BER, or no value of the kind expected; raised and caught within the codec."""


class Header(NamedTuple):
    """Where an element stands: its identifier, where its contents begin and end, where the next begins and it does."""

    identifier: int
    start: int
    stop: int
    after: int
    begin: int


# A header is made for every element: this takes half the time of its class.
_new_header: Final = tuple.__new__


def identifier(class_: int, number: int, *, constructed: bool) -> int:
    """The identifier of a tag (X.690 8.1.2); ``class_`` is 0, APPLICATION or CONTEXT."""
    first = class_ | (CONSTRUCTED if constructed else 0)
    if number < 31:
        return first | number
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(0x80 | number & 0x7F)
    return int.from_bytes(bytes((first | 0x1F, *reversed(octets))), "big")


def octets_of(identifier_: int) -> bytes:
    """An identifier as its octets."""
    return identifier_.to_bytes((identifier_.bit_length() + 7) // 8 or 1, "big")


def is_constructed(identifier_: int) -> bool:
    """Whether an element of this identifier is made of elements."""
    return bool(octets_of(identifier_)[0] & CONSTRUCTED)


_SHORT_LENGTHS: Final = tuple(bytes((length,)) for length in range(128))


def length_octets(length: int) -> bytes:
    """A length in the definite, shortest form (X.690 10.1)."""
    if length < 128:
        return _SHORT_LENGTHS[length]
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def tlv(identifier_: int, content: bytes) -> bytes:
    """One element."""
    return octets_of(identifier_) + length_octets(len(content)) + content


def header(data: bytes, at: int, stop: int, max_depth: int = MAX_DEPTH) -> Header:
    """Read the header at ``at`` of an element that must end before ``stop``.

    Raises:
        BadValueError: It is cut off, longer than what it stands in, or has a length in the indefinite form without
            end, at a wrong place or nested deeper than ``max_depth``.
    """
    begin = at + 2
    # Almost every header is one octet of tag and one of length.
    if begin <= stop and data[at] & 0x1F != 0x1F and data[at + 1] < 0x80:
        end = begin + data[at + 1]
        if end > stop:
            raise BadValueError(f"has an element of {end - begin} octets where {stop - begin} are left")
        return _new_header(Header, (data[at], begin, end, end, at))
    found, begin, length = _header(data, at, stop)
    if length is None:
        end = _end_of_contents(data, begin, stop, max_depth)
        return Header(found, begin, end, end + 2, at)
    return Header(found, begin, begin + length, begin + length, at)


def _tag(data: bytes, at: int, stop: int) -> tuple[int, int]:
    """Identifier and where the length begins."""
    if at >= stop:
        raise BadValueError("ends before a tag")
    found = data[at]
    at += 1
    if found & 0x1F != 0x1F:
        return found, at
    for _ in range(_MAX_IDENTIFIER - 1):
        if at >= stop:
            break
        octet = data[at]
        found = found << 8 | octet
        at += 1
        if octet < 0x80:
            return found, at
    raise BadValueError("has a tag that is cut off or out of all bounds")


def _header(data: bytes, at: int, stop: int) -> tuple[int, int, int | None]:
    """Identifier, where the contents begin, their length or None where it is indefinite."""
    found, at = _tag(data, at, stop)
    if at >= stop:
        raise BadValueError("ends within a length")
    length = data[at]
    at += 1
    if length == 0x80:
        if not is_constructed(found):
            raise BadValueError("has an indefinite length in a primitive element")
        return found, at, None
    if length > 0x80:
        count = length & 0x7F
        if count > _MAX_LENGTH_OCTETS or at + count > stop:
            raise BadValueError("has a length that is cut off or out of all bounds")
        length = int.from_bytes(data[at : at + count], "big")
        at += count
    if length > stop - at:
        raise BadValueError(f"has an element of {length} octets where {stop - at} are left")
    return found, at, length


def _end_of_contents(data: bytes, at: int, stop: int, max_depth: int) -> int:
    """Where the contents of an element of indefinite length end, which begin at ``at`` (X.690 8.1.5)."""
    depth = 1
    while True:
        if data[at : at + 2] == _END_OF_CONTENTS and at + 2 <= stop:
            depth -= 1
            if not depth:
                return at
            at += 2
            continue
        _, begin, length = _header(data, at, stop)
        if length is not None:
            at = begin + length
            continue
        at = begin
        depth += 1
        if depth > max_depth:
            raise BadValueError(f"has elements nested deeper than {max_depth}")


def elements(data: bytes, start: int, stop: int, max_depth: int = MAX_DEPTH) -> Iterator[Header]:
    """The elements between ``start`` and ``stop``.

    Raises:
        BadValueError: They do not fill the space exactly.
    """
    while start < stop:
        found = header(data, start, stop, max_depth)
        yield found
        start = found.after


def only(data: bytes, start: int, stop: int, max_depth: int = MAX_DEPTH) -> Header:
    """The one element between ``start`` and ``stop``.

    Raises:
        BadValueError: There is none, or more than one.
    """
    found = header(data, start, stop, max_depth)
    if found.after != stop:
        raise BadValueError("holds more than the one element that has a place there")
    return found


def integer(data: bytes, start: int, stop: int) -> int:
    """The value of an INTEGER's or ENUMERATED's contents.

    Raises:
        BadValueError: There are no octets, or more than any number of CSTA has.
    """
    if not 0 < stop - start <= _MAX_INTEGER_OCTETS:
        raise BadValueError(f"is a number of {stop - start} octets")
    return int.from_bytes(data[start:stop], "big", signed=True)


def integer_octets(value: int) -> bytes:
    """The contents of an INTEGER, as short as can be (X.690 8.3)."""
    return value.to_bytes((value if value >= 0 else ~value).bit_length() // 8 + 1, "big", signed=True)


def joined(data: bytes, start: int, stop: int, max_depth: int = MAX_DEPTH) -> bytes:
    """The octets of a string in the constructed form: those of its pieces, one after the other (X.690 8.7.3).

    Raises:
        BadValueError: It is nested too deep, or is no BER.
    """
    if not max_depth:
        raise BadValueError("has pieces of a string nested too deep")
    return b"".join(
        joined(data, piece.start, piece.stop, max_depth - 1)
        if is_constructed(piece.identifier)
        else data[piece.start : piece.stop]
        for piece in elements(data, start, stop, max_depth)
    )


def bits(content: bytes) -> frozenset[int]:
    """The bits that are set in a BIT STRING's contents.

    Raises:
        BadValueError: There are no octets, or more unused bits than an octet has.
    """
    if not content or content[0] > 7 or (content[0] and len(content) == 1):
        raise BadValueError("is no string of bits")
    used = 8 * (len(content) - 1) - content[0]
    return frozenset(bit for bit in range(used) if content[1 + bit // 8] & 0x80 >> bit % 8)


def bit_octets(set_bits: frozenset[int], least: int = 0) -> bytes:
    """The contents of a BIT STRING of ``least`` bits at least, without zeros behind them (X.690 11.2.2)."""
    count = max(least, max(set_bits, default=-1) + 1)
    octets = bytearray(1 + (count + 7) // 8)
    octets[0] = -count % 8
    for bit in set_bits:
        octets[1 + bit // 8] |= 0x80 >> bit % 8
    return bytes(octets)


def object_identifier(content: bytes) -> str:
    """An OBJECT IDENTIFIER's contents as numbers with dots (X.690 8.19).

    Raises:
        BadValueError: It is cut off, empty or endless.
    """
    if not 0 < len(content) <= 64 or content[-1] & 0x80:
        raise BadValueError("is no object identifier")
    numbers = []
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if octet < 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def object_identifier_octets(text: str) -> bytes:
    """The contents of an OBJECT IDENTIFIER.

    Raises:
        ValueError: It is no object identifier.
    """
    if not _DOTTED.match(text):
        raise ValueError(f"{text!r} is no object identifier")
    first, second, *others = (int(number) for number in text.split("."))
    octets = bytearray()
    for number in (40 * first + second, *others):
        piece = [number & 0x7F]
        while number := number >> 7:
            piece.append(0x80 | number & 0x7F)
        octets += bytes(reversed(piece))
    return bytes(octets)
