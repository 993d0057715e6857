"""The pieces of RFC 3261 section 25.1 that all headers share: tokens, quoted strings, comma lists, parameters."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, TypeVar

from sip.errors import SipSyntaxError

Params = tuple[tuple[str, str | None], ...]
T = TypeVar("T")

TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
MAX_LIST_ITEMS: Final = 100
_SPECIAL: Final = re.compile(r'[,"<>\\]')
_PARAM: Final = re.compile(
    r"""[ \t]*;[ \t]*(?P<name>[^\s;=,"<>]+)"""
    r"""(?:[ \t]*=[ \t]*(?P<value>"(?:[^"\\]|\\.)*"|[^\s;,"<>]*))?[ \t]*""",
)


class kept(Generic[T]):  # noqa: N801 - used as a decorator, like the property it is
    """A property that is made at its first use and kept: `functools.cached_property` without that one's lock."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> T:
        value = self._make(instance)
        instance.__dict__[self._name] = value
        return value


def is_token(text: str) -> bool:
    """Tell whether ``text`` is a token of RFC 3261 25.1."""
    return TOKEN.fullmatch(text) is not None


def quote(text: str) -> str:
    """Write ``text`` as a quoted-string; control characters become spaces."""
    cleaned = "".join(" " if ord(letter) < 32 or letter == "\x7f" else letter for letter in text)
    return '"' + cleaned.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(text: str) -> str:
    """Read a quoted-string; text without quotes is returned as it is."""
    if len(text) >= 2 and text[0] == '"' and text[-1] == '"':
        inner = text[1:-1]
        return re.sub(r"\\(.)", r"\1", inner) if "\\" in inner else inner
    return text


def split_commas(text: str) -> list[str]:
    """Split a header value at its commas, not at those inside quotes or angle brackets (RFC 3261 7.3.1).

    Raises:
        SipSyntaxError: a quote or bracket is not closed, or there are more than ``MAX_LIST_ITEMS`` values.
    """
    if "," not in text:
        stripped = text.strip()
        return [stripped] if stripped else []
    parts: list[str] = []
    start = position = 0
    in_quotes = in_brackets = False
    while (match := _SPECIAL.search(text, position)) is not None:
        mark, position = match.group(), match.end()
        if mark == "\\":
            position += 1 if in_quotes else 0
        elif mark == '"' and not in_brackets:
            in_quotes = not in_quotes
        elif mark in "<>" and not in_quotes:
            in_brackets = mark == "<"
        elif mark == "," and not (in_quotes or in_brackets):
            parts.append(text[start : match.start()].strip())
            start = position
    if in_quotes or in_brackets:
        raise SipSyntaxError("quote or angle bracket not closed")
    parts.append(text[start:].strip())
    if len(parts) > MAX_LIST_ITEMS:
        raise SipSyntaxError(f"more than {MAX_LIST_ITEMS} values in one header")
    return [part for part in parts if part]


def parse_params(text: str) -> Params:
    """Read ``;name=value;flag`` into pairs; names in lower case, a flag has the value ``None``, quotes are kept.

    Raises:
        SipSyntaxError: something else stands between the parameters.
    """
    pairs: list[tuple[str, str | None]] = []
    position, end = 0, len(text)
    while position < end:
        match = _PARAM.match(text, position)
        if match is None:
            if not text[position:].strip(" \t;"):
                break  # a stray semicolon or white space at the end harms nobody
            raise SipSyntaxError(f"parameters cannot be read: {text[position : position + 40]!r}")
        pairs.append((match["name"].lower(), match["value"]))
        position = match.end()
    return tuple(pairs)


def format_params(params: Iterable[tuple[str, str | None]]) -> str:
    """Write parameters as they stand in a header."""
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in params)


def find_param(params: Params, name: str) -> str | None:
    """Return the value of a parameter, unquoted; the empty text for a flag, ``None`` where it is absent."""
    for key, value in params:
        if key == name:
            return value if value is not None and value[:1] != '"' else unquote(value or "")
    return None


def replace_param(params: Params, name: str, value: str | None) -> Params:
    """Return ``params`` with ``name`` set; it keeps its place where it was there before."""
    if any(key == name for key, _ in params):
        return tuple((key, value if key == name else old) for key, old in params)
    return (*params, (name, value))


def parse_number(text: str, *, what: str, limit: int = 2**32 - 1) -> int:
    """Read digits as a number.

    Raises:
        SipSyntaxError: not ASCII digits alone, or above ``limit``.
    """
    text = text.strip()
    if not text.isdigit() or not text.isascii() or len(text) > 20:
        raise SipSyntaxError(f"{what} is not a number: {text[:20]!r}")
    number = int(text)
    if number > limit:
        raise SipSyntaxError(f"{what} is above {limit}: {number}")
    return number
