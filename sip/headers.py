"""Header fields in their order, found by name in any spelling, and the values with a structure of their own."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from sip.errors import SipSyntaxError
from sip.grammar import (
    Params,
    find_param,
    format_params,
    is_token,
    kept,
    parse_number,
    parse_params,
    quote,
    replace_param,
    split_commas,
    unquote,
)
from sip.uri import SipUri, split_host_port

# RFC 3261 7.3.3 and the IANA registry of compact forms.
COMPACT: Final = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
}
_USUAL: Final = (
    *COMPACT.values(), "Accept", "Accept-Encoding", "Accept-Language", "Alert-Info", "Allow", "Authorization", "CSeq",
    "Date", "Diversion", "Error-Info", "Expires", "History-Info", "Max-Forwards", "MIME-Version", "Min-Expires",
    "Min-SE", "P-Asserted-Identity", "P-Preferred-Identity", "Path", "Privacy", "Proxy-Authenticate",
    "Proxy-Authorization", "Proxy-Require", "Reason", "Record-Route", "Replaces", "Require", "Retry-After", "Route",
    "Server", "Service-Route", "Unsupported", "User-Agent", "Warning", "WWW-Authenticate",
)  # fmt: skip
_METHODS: Final = frozenset({"INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "UPDATE", "PRACK"})
"""Tokens for sure."""
_NO_ADDRESS: Final = re.compile(r'[ \t"<>]')
_NAMES: Final[dict[str, tuple[str, str]]] = {}
for _name in _USUAL:
    for _spelling in (_name, _name.lower(), _name.upper()):
        _NAMES[_spelling] = (_name.lower(), _name)
for _letter, _name in COMPACT.items():
    _NAMES[_letter] = _NAMES[_letter.upper()] = (_name.lower(), _name)
WELL_KNOWN: Final = frozenset(_NAMES)
"""Spellings of header names that need no further look."""


def name_of(raw: str) -> tuple[str, str]:
    """Return the key (lower case, long form) and the usual spelling of a header name."""
    known = _NAMES.get(raw)
    if known is None:
        lower = raw.lower()
        known = _NAMES.get(lower) or (lower, raw)
    return known


class Headers:
    """Header fields of one message: order and repetition kept, names without case, compact forms made long."""

    __slots__ = ("_items", "_keys")

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._keys: list[str] = []
        self._items: list[tuple[str, str]] = []
        for name, value in items:
            self.add(name, value)

    def add(self, name: str, value: str) -> None:
        """Append a field.

        Raises:
            ValueError: the name is no token, or the value holds a control character such as a line break.
        """
        known = _NAMES.get(name)
        key, spelled = known or name_of(name)
        if known is None and not is_token(spelled):
            raise ValueError(f"not a header name: {name!r}")
        if not value.isprintable() and any((ord(mark) < 32 and mark != "\t") or mark == "\x7f" for mark in value):
            raise ValueError(f"control character in the value of {name}")
        self._keys.append(key)
        self._items.append((spelled, value))

    def extend_parsed(self, fields: Iterable[tuple[str, str]]) -> None:
        """Append fields that the message parser has already checked."""
        for raw_name, value in fields:
            key, spelled = _NAMES.get(raw_name) or name_of(raw_name)
            self._keys.append(key)
            self._items.append((spelled, value))

    def append_parsed(self, raw_name: str, value: str) -> None:
        """Append a field that the message parser has already checked."""
        key, spelled = _NAMES.get(raw_name) or name_of(raw_name)
        self._keys.append(key)
        self._items.append((spelled, value))

    def get(self, name: str) -> str | None:
        """Return the first value, or ``None``."""
        key = (_NAMES.get(name) or name_of(name))[0]
        return self._items[self._keys.index(key)][1] if key in self._keys else None

    def all(self, name: str) -> list[str]:
        """Return the value of every field of that name, as written."""
        key = (_NAMES.get(name) or name_of(name))[0]
        count = self._keys.count(key)
        if count < 2:  # nearly always, and read dozens of times in a call
            return [self._items[self._keys.index(key)][1]] if count else []
        return [item[1] for known, item in zip(self._keys, self._items, strict=True) if known == key]

    def count(self, name: str) -> int:
        """Return how many fields of that name there are."""
        return self._keys.count((_NAMES.get(name) or name_of(name))[0])

    def picked(self, names: Iterable[str]) -> "Headers":
        """Return the fields of these names alone, in the order of the names."""
        other = Headers()
        for name in names:
            key = (_NAMES.get(name) or name_of(name))[0]
            if self._keys.count(key) == 1:
                other._items.append(self._items[self._keys.index(key)])
                other._keys.append(key)
            else:
                found = [item for known, item in zip(self._keys, self._items, strict=True) if known == key]
                other._items += found
                other._keys += [key] * len(found)
        return other

    def values(self, name: str) -> list[str]:
        """Return the values of all fields of that name, comma lists taken apart (RFC 3261 7.3.1)."""
        found = self.all(name)
        if not found:
            return found
        return split_commas(found[0]) if len(found) == 1 else [part for value in found for part in split_commas(value)]

    def seconds(self, name: str) -> int | None:
        """Return a time such as Retry-After or Expires, ``None`` where it is absent or cannot be read (20.33)."""
        digits = (self.get(name) or "").partition(";")[0].partition("(")[0].strip()
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None

    def set(self, name: str, value: str) -> None:
        """Replace all fields of that name by one, in the place of the first."""
        key, _ = name_of(name)
        place = self._keys.index(key) if key in self._keys else len(self._keys)
        self.remove(name)
        self.add(name, value)
        self._keys.insert(place, self._keys.pop())
        self._items.insert(place, self._items.pop())

    def replace_first(self, name: str, value: str) -> None:
        """Replace the first value of a list header, and leave the others (used for the topmost Via)."""
        key, spelled = name_of(name)
        place = self._keys.index(key)
        rest = split_commas(self._items[place][1])[1:]
        self._items[place] = (spelled, ", ".join([value, *rest]))

    def remove(self, name: str) -> None:
        """Remove all fields of that name; none is fine."""
        key = name_of(name)[0]
        while key in self._keys:
            place = self._keys.index(key)
            del self._keys[place]
            del self._items[place]

    def copy(self) -> "Headers":
        """Return a copy that may be changed."""
        other = Headers()
        other._keys, other._items = self._keys.copy(), self._items.copy()
        return other

    def __contains__(self, name: str) -> bool:
        return (_NAMES.get(name) or name_of(name))[0] in self._keys

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        return self._keys == other._keys and [v for _, v in self._items] == [v for _, v in other._items]

    __hash__ = None  # type: ignore[assignment]  # mutable, so it cannot be a key; the way the language says so

    def __repr__(self) -> str:
        return f"Headers({self._items!r})"


@dataclass(frozen=True)
class NameAddr:
    """A name-addr or addr-spec with header parameters: From, To, Contact, Route, P-Asserted-Identity.

    ``address`` is the URI as written, so that a remote target goes back exactly as it came.
    """

    address: str
    display: str = ""
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value (RFC 3261 20.10: without brackets, everything after a semicolon is a header parameter).

        Raises:
            SipSyntaxError: an unclosed quote or bracket, or no address.
        """
        text = text.strip()
        display = ""
        if text.startswith('"'):
            end = _closing_quote(text)
            display, text = unquote(text[: end + 1]), text[end + 1 :].lstrip()
            if not text.startswith("<"):
                raise SipSyntaxError("a quoted display name without an address in brackets")
        left = text.find("<")
        if left >= 0:
            right = text.find(">", left)
            if right < 0:
                raise SipSyntaxError("angle bracket not closed")
            display = display or text[:left].strip()
            address, tail = text[left + 1 : right].strip(), text[right + 1 :]
        else:
            address, mark, tail = text.partition(";")
            address, tail = address.strip(), mark + tail
        if ":" not in address or _NO_ADDRESS.search(address) is not None:
            raise SipSyntaxError(f"no address in {text[:60]!r}")
        return cls(address=address, display=display, params=parse_params(tail) if tail else ())

    def __str__(self) -> str:
        shown = f"{quote(self.display)} " if self.display else ""
        return f"{shown}<{self.address}>{format_params(self.params)}"

    @kept
    def uri(self) -> SipUri:
        """The address taken apart; raises `SipSyntaxError` for anything but sip, sips and tel."""
        return SipUri.parse(self.address)

    @property
    def tag(self) -> str:
        """The tag parameter, empty where there is none."""
        return find_param(self.params, "tag") or ""

    def param(self, name: str) -> str | None:
        """Return a header parameter, the empty text for a flag, ``None`` where it is absent."""
        return find_param(self.params, name)

    def with_tag(self, tag: str) -> Self:
        """Return the value with its tag set."""
        return type(self)(self.address, self.display, replace_param(self.params, "tag", tag))


def _closing_quote(text: str) -> int:
    position = 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == '"':
            return position
        position += 1
    raise SipSyntaxError("quote not closed")


@dataclass(frozen=True, slots=True)
class Via:
    """One Via value (RFC 3261 20.42, RFC 3581)."""

    transport: str
    host: str
    port: int | None = None
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one value.

        Raises:
            SipSyntaxError: not ``SIP/2.0/TRANSPORT host[:port];...``.
        """
        head, mark, tail = text.partition(";")
        parts = head.split()
        if len(parts) < 2 or parts[0].count("/") != 2:
            # White space is allowed around the slashes and the colon (RFC 3261 25.1: SLASH, COLON).
            parts = head.replace("/", " / ").replace(":", " : ", 1).split(None, 5)
            if len(parts) != 6 or parts[1] != "/" or parts[3] != "/":
                raise SipSyntaxError(f"Via cannot be read: {text[:60]!r}")
            parts = [f"{parts[0]}/{parts[2]}/{parts[4]}", parts[5]]
        if parts[0].count("/") != 2:
            raise SipSyntaxError(f"Via cannot be read: {text[:60]!r}")
        name, version, transport = parts[0].split("/")
        if (name != "SIP" and name.upper() != "SIP") or version != "2.0" or not is_token(transport):
            raise SipSyntaxError(f"Via of another protocol: {text[:60]!r}")
        host, port = split_host_port("".join(parts[1:]).replace(" ", ""))
        return cls(transport.upper(), host, port, parse_params(mark + tail) if mark else ())

    def __str__(self) -> str:
        place = self.host if self.port is None else f"{self.host}:{self.port}"
        return f"SIP/2.0/{self.transport} {place}{format_params(self.params)}"

    @property
    def branch(self) -> str:
        """The branch parameter, empty where there is none."""
        return find_param(self.params, "branch") or ""

    def param(self, name: str) -> str | None:
        """Return a parameter, the empty text for a flag, ``None`` where it is absent."""
        return find_param(self.params, name)

    def with_param(self, name: str, value: str | None) -> Self:
        """Return the value with a parameter set."""
        return type(self)(self.transport, self.host, self.port, replace_param(self.params, name, value))


@dataclass(frozen=True, slots=True)
class CSeq:
    """Sequence number and method (RFC 3261 20.16)."""

    number: int
    method: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value.

        Raises:
            SipSyntaxError: not a number below 2**31 and a method.
        """
        parts = text.split()
        if len(parts) != 2 or not (parts[1] in _METHODS or is_token(parts[1])):
            raise SipSyntaxError(f"CSeq cannot be read: {text[:40]!r}")
        return cls(parse_number(parts[0], what="CSeq", limit=2**31 - 1), parts[1])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"
