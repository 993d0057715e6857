"""What a kind of value looks like in BER: its tags, and closures that read and write it; the simple kinds.

A form is made once for each kind. A reader gets the octets of the whole message and where its contents begin and end,
so that nothing is copied on the way down; a writer returns a whole element.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Final

from csta.codec.ber.tlv import (
    BIT_STRING,
    CONSTRUCTED,
    INTEGER,
    NULL,
    OCTET_STRING,
    BadValueError,
    bit_octets,
    bits,
    identifier,
    integer,
    integer_octets,
    joined,
    length_octets,
    octets_of,
    only,
)
from csta.errors import EncodeError
from csta.messages.base import ForeignTag
from csta.schema import kinds as k
from csta.words import Word

BOOLEAN: Final = 0x01
ENUMERATED: Final = 0x0A
IA5_STRING: Final = 0x16

_MAX_FINDINGS: Final = 20
_MAX_BIT_OCTETS: Final = 64
_MAX_REMEMBERED: Final = 9
_MAX_UNKNOWN: Final = 32
"""No later edition of the standard adds so many bits to one string."""


@dataclass(slots=True)
class Reading:
    """What one message's reading needs and gathers: the device normaliser, the depth limit, the findings."""

    normalise: Callable[[str], str]
    max_depth: int
    root: str = ""
    findings: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Gather one line for the log; repetitions and endless lists are cut."""
        if len(self.findings) < _MAX_FINDINGS and text not in self.findings:
            self.findings.append(text)


Read = Callable[[bytes, int, int, Reading], Any]
"""Returns the value of the contents between two places, or raises `BadValueError`."""
Write = Callable[[Any], bytes]
"""Returns the octets of a value, or raises `EncodeError`."""

Other = Callable[[bytes, int, int, int], Any]
"""Returns the value of an element of any tag: the octets, its identifier, where its contents begin and end."""


@dataclass(frozen=True, slots=True)
class Implicit:
    """How a kind's contents are read and written below a tag that stands instead of its own.

    ``pieces`` reads them in the constructed form, where the kind is a string.
    """

    constructed: bool
    read: Read
    write: Write
    pieces: Read | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A kind in BER: ``readers`` of its contents by identifier, ``write`` for the whole element.

    ``older`` are the readers of CSTA I and II, which stand back where a tag could be both. ``implicit`` is None for a
    CHOICE, which no implicit tag can replace. ``other`` reads whatever has another tag, where anything may stand.
    """

    readers: Mapping[int, Read]
    write: Write
    implicit: Implicit | None = None
    older: Mapping[int, Read] = field(default_factory=dict)
    other: Other | None = None


@cache
def wrapper(identifier_: int) -> Callable[[bytes], bytes]:
    """The function that puts an identifier and a length before contents."""
    head = octets_of(identifier_)
    heads = tuple(head + length_octets(length) for length in range(128))

    def wrap(content: bytes) -> bytes:
        length = len(content)
        return (heads[length] if length < 128 else head + length_octets(length)) + content

    return wrap


def primitive(identifier_: int, read: Read, write: Write) -> Form:
    """The form of a kind with one universal tag."""
    wrap = wrapper(identifier_)
    return Form(
        {identifier_: read}, lambda value: wrap(write(value)), Implicit(constructed=False, read=read, write=write)
    )


def string(identifier_: int, read: Callable[[bytes, Reading], Any], write: Write, *received: int) -> Form:
    """The form of a kind that is a string, which BER allows to come in pieces; ``received`` are other tags for it."""

    def read_whole(data: bytes, start: int, stop: int, reading: Reading) -> Any:  # noqa: ANN401 - as its kind says
        return read(data[start:stop], reading)

    def read_pieces(data: bytes, start: int, stop: int, reading: Reading) -> Any:  # noqa: ANN401 - as its kind says
        return read(joined(data, start, stop, reading.max_depth), reading)

    wrap = wrapper(identifier_)
    readers = dict.fromkeys((identifier_, *received), read_whole)
    return Form(
        {**readers, **{tag | CONSTRUCTED: read_pieces for tag in readers}},
        lambda value: wrap(write(value)),
        Implicit(constructed=False, read=read_whole, write=write, pieces=read_pieces),
    )


def constructed(identifier_: int, read: Read, write: Write) -> Form:
    """The form of a kind that is a SEQUENCE."""
    wrap = wrapper(identifier_)
    return Form(
        {identifier_: read}, lambda value: wrap(write(value)), Implicit(constructed=True, read=read, write=write)
    )


def tagged(form: Form, class_: int, number: int, *, explicit: bool) -> Form:
    """A form below a tag; around a CHOICE the tag is always explicit (X.680 31.2.7)."""
    implicit = form.implicit
    if implicit is None or explicit:
        return constructed(identifier(class_, number, constructed=True), one_of(form), form.write)
    outer = identifier(class_, number, constructed=implicit.constructed)
    readers = {outer: implicit.read}
    if implicit.pieces is not None:
        readers[identifier(class_, number, constructed=True)] = implicit.pieces
    wrap = wrapper(outer)
    write = implicit.write
    return Form(readers, lambda value: wrap(write(value)), implicit)


def one_of(form: Form) -> Read:
    """The reader of contents that are one whole element of a form."""
    readers = {**form.older, **form.readers}
    other = form.other

    def read(data: bytes, start: int, stop: int, reading: Reading) -> Any:  # noqa: ANN401 - as its kind says
        found = only(data, start, stop, reading.max_depth)
        reader = readers.get(found.identifier)
        if reader is None and other is not None:
            return other(data, found.identifier, found.start, found.stop)
        if reader is None:
            raise BadValueError(f"holds an element {found.identifier:02X}, which has no place there")
        return reader(data, found.start, found.stop, reading)

    return read


def foreign(data: bytes, identifier_: int, start: int, stop: int) -> ForeignTag:
    """Keep an element as it is."""
    return ForeignTag(octets_of(identifier_), data[start:stop])


def write_foreign(element: ForeignTag) -> bytes:
    """Write a kept element again."""
    return element.identifier + length_octets(len(element.content)) + element.content


def text_form(kind: k.Text) -> Form:
    """IA5String, or OCTET STRING with UTF-8 in it."""
    code = "utf-8" if kind.octets else "ascii"
    limit = kind.limit

    def read(content: bytes, reading: Reading) -> str:
        # The sender's limits are the standard's; a longer text does no harm, within the frame's limit.
        if not content or len(content) > 16 * limit:
            raise BadValueError(f"is a text of {len(content)} octets, not within 1..{16 * limit}")
        try:
            return content.decode(code)
        except UnicodeDecodeError:
            reading.note(f"a text in {reading.root} that is not {code.upper()}, taken for ISO 8859-1")
            return content.decode("latin-1")

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is not str or not 0 < len(value) <= limit:
            raise EncodeError(f"{value!r} is no text of 1 to {limit} characters")
        try:
            return bytes(value.encode(code))
        except UnicodeEncodeError:
            raise EncodeError(f"{value!r} has characters that are not {code.upper()}") from None

    return string(OCTET_STRING if kind.octets else IA5_STRING, read, write)


def hex_octets(value: Any, limit: int) -> bytes:  # noqa: ANN401 - whatever the field holds
    """An identifier's octets, which are hexadecimal digits in Python.

    Raises:
        EncodeError: It is something else.
    """
    try:
        octets = bytes.fromhex(value)
    except (TypeError, ValueError):
        octets = b""
    if not octets or 2 * len(octets) != len(value) or len(value) > limit:
        raise EncodeError(f"{value!r} is no identifier of 1 to {limit // 2} octets as hexadecimal digits")
    return octets


def identifier_form(kind: k.Identifier) -> Form:
    """OCTET STRING, in Python its hexadecimal digits."""
    limit = kind.limit

    def read(content: bytes, _reading: Reading) -> str:
        if not content or len(content) > 8 * limit:
            raise BadValueError(f"is an identifier of {len(content)} octets")
        return content.hex().upper()

    return string(OCTET_STRING, read, lambda value: hex_octets(value, limit))


def octets_form(kind: k.Octets | k.UserOctets) -> Form:
    """OCTET STRING."""
    limit = kind.limit

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is not bytes or len(value) > limit:
            # Octets may be a password, which no log is to show.
            raise EncodeError(f"a value of the type {type(value).__name__} is not octets, {limit} at most")
        return bytes(value)

    return string(OCTET_STRING, lambda content, _reading: content, write)


def nothing_form() -> Form:
    """NULL."""

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value is not True:
            raise EncodeError(f"{value!r} is not True")
        return b""

    return primitive(NULL, lambda _data, _start, _stop, _reading: True, write)


def boolean_form() -> Form:
    """BOOLEAN."""

    def read(data: bytes, start: int, stop: int, _reading: Reading) -> bool:
        if stop - start != 1:
            raise BadValueError(f"is a truth of {stop - start} octets")
        return data[start] != 0

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is not bool:
            raise EncodeError(f"{value!r} is neither true nor false")
        return b"\xff" if value else b"\x00"

    return primitive(BOOLEAN, read, write)


def integer_form(kind: k.Integer) -> Form:
    """INTEGER."""
    lowest, limit = kind.lowest, kind.limit

    def read(data: bytes, start: int, stop: int, _reading: Reading) -> int:
        value = integer(data, start, stop)
        if not lowest <= value <= limit:
            raise BadValueError(f"is {value}, not a number within {lowest}..{limit}")
        return value

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is not int or not lowest <= value <= limit:
            raise EncodeError(f"{value!r} is not a number within {lowest}..{limit}")
        return integer_octets(value)

    return primitive(INTEGER, read, write)


def enumerated_form(kind: k.Enumerated) -> Form:
    """ENUMERATED or INTEGER with the word's number."""
    words = kind.words
    by_number = {word.number: word for word in words if word.number is not None}
    octets = {word: integer_octets(number) for number, word in by_number.items()}

    def read(data: bytes, start: int, stop: int, reading: Reading) -> Word:
        number = data[start] if stop - start == 1 and data[start] < 0x80 else integer(data, start, stop)
        word = by_number.get(number)
        if word is None:
            reading.note(f"unknown number {number} of {words.__name__} in {reading.root}")
            return words.numbered(number)
        return word

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        found = octets.get(value) if value.__class__ is words else None
        if found is None:
            raise EncodeError(f"{value!r} is not a word of {words.__name__} that has a number")
        return found

    return primitive(INTEGER if kind.integer else ENUMERATED, read, write)


def flags_form(kind: k.Flags) -> Form:
    """BIT STRING, a bit for each word."""
    words = kind.words
    by_bit = {word.number: word for word in words if word.number is not None}

    # A word takes far more octets than a bit: those that a peer makes up are made once, and not many at a time.
    made_up = cache(words.numbered)

    def flags(content: bytes) -> tuple[frozenset[Word], str]:
        found = bits(content)
        unknown = sorted(found - by_bit.keys())
        if len(unknown) > _MAX_UNKNOWN:
            raise BadValueError(f"has {len(unknown)} unknown bits")
        return frozenset(by_bit.get(bit) or made_up(bit) for bit in found), ", ".join(map(str, unknown))

    remembered = lru_cache(maxsize=64)(flags)

    def read(content: bytes, reading: Reading) -> frozenset[Word]:
        if len(content) > _MAX_BIT_OCTETS:
            raise BadValueError(f"is a string of bits of {len(content)} octets")
        # What a peer makes up has many words; only what is short is worth its place.
        value, unknown = (remembered if len(content) <= _MAX_REMEMBERED else flags)(content)
        if unknown:
            reading.note(f"unknown bits {unknown} of {words.__name__} in {reading.root}")
        return value

    @lru_cache(maxsize=256)
    def octets(value: frozenset[Word]) -> bytes:
        return bit_octets(frozenset(by_word[word] for word in value))

    by_word = {word: bit for bit, word in by_bit.items()}

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is not frozenset or any(
            word.__class__ is not words or word not in by_word for word in value
        ):
            raise EncodeError(f"{value!r} is not a set of words of {words.__name__} that have a bit")
        return octets(value)

    return string(BIT_STRING, read, write)
