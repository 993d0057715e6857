"""From hostile bytes to a tree of elements: what is refused before parsing, names in namespaces, what is kept as found.

The parser is the standard library's expat: unlike libxml2 it keeps no names from one document to the next, so a peer
that sends ever new names does not fill the memory. It would follow internal entities, which is why no document type
gets as far as the parser.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from csta.errors import MessageError
from csta.messages.application_session import SESSION_NAMESPACE
from csta.messages.base import ForeignElement
from csta.schema.kinds import NAMESPACE_STEM

MAX_BYTES: Final = 1 << 22
MAX_TAGS: Final = 1 << 16
"""Limits on one document; a frame is shorter, and so is every message."""
_LARGE: Final = 1 << 14
_MAX_NAMESPACE: Final = 256
MAX_WORD: Final = 64
"""So much of a peer's odd text is shown in a report."""

ED4: Final = NAMESPACE_STEM + "ed4"
"""Namespace of ECMA-323's 4th edition, which OpenScape Voice speaks."""
EDITIONS: Final = (ED4, *(NAMESPACE_STEM + edition for edition in ("ed3", "ed5", "ed6")))

_PREFIXES: Final = (*(f"{{{namespace}}}" for namespace in (*EDITIONS, SESSION_NAMESPACE)), "")
_USUAL: Final = b'<?xml version="1.0" encoding="UTF-8"?>'
_ENCODING: Final = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
# Encodings whose markup is ASCII, so that the look for a document type cannot be fooled.
_ENCODINGS: Final = frozenset(
    {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"iso-8859-15", b"windows-1252"}
)
_MAX_FINDINGS: Final = 20

_T = TypeVar("_T")


class BadValueError(Exception):
    """An element's content does not fit its kind; raised and caught within the reader."""


class KeepAsExtraError(BadValueError):
    """The element is right, but has no place in a field; kept without a report."""


@dataclass(slots=True)
class Reading:
    """What one message's reading needs and gathers: the device normaliser, the depth limit, the findings."""

    normalise: Callable[[str], str]
    max_depth: int
    root: str
    findings: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Gather one line for the log; repetitions and endless lists are cut."""
        if len(self.findings) < _MAX_FINDINGS and text not in self.findings:
            self.findings.append(text)


def parse(data: bytes) -> Element:
    """Return the root element of a document; comments and processing instructions are passed over.

    Raises:
        MessageError: It is no well-formed XML, too large, has a document type or an encoding that is not accepted.
    """
    # White space before the declaration and a terminating NUL come from C programs, and harm nothing.
    document = data.strip(b"\x00\t\r\n ")
    if not document:
        raise MessageError("an empty message")
    if b"\x00" in document:
        raise MessageError("binary data, not XML")
    # A small one cannot exceed the limits by much.
    large = len(document) > _LARGE
    if large and _is_too_large(document):
        raise MessageError(f"a message of {len(document)} bytes with more than {MAX_TAGS} elements or attributes")
    if not document.startswith(_USUAL):
        _check_encoding(document)
    if b"<!" in document and (b"<!DOCTYPE" in document or b"<!ENTITY" in document):
        raise MessageError("a document type or entity, which no CSTA message has")
    # A parser serves one document.
    target = _ShortNamespaces() if large else None
    parser = XMLParser(target=target)  # noqa: S314 - there are no entities without a document type
    try:
        parser.feed(document)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        raise MessageError(f"not well-formed XML: {str(error)[:200]}") from None
    return root


def _check_encoding(document: bytes) -> None:
    declared = _ENCODING.match(document.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in _ENCODINGS:
        raise MessageError(f"the encoding {declared[1].decode('ascii')} is not accepted")


class _ShortNamespaces(TreeBuilder):
    """A tree whose namespaces have short names: the parser writes them before the name of every element."""

    def start_ns(self, _prefix: str, namespace: str) -> None:
        """Refuse a long one before it is used."""
        if len(namespace) > _MAX_NAMESPACE:
            raise MessageError(f"a namespace of {len(namespace)} characters, {namespace[:MAX_WORD]!r}...")


def _is_too_large(document: bytes) -> bool:
    return len(document) > MAX_BYTES or document.count(b"<") > 2 * MAX_TAGS or document.count(b"=") > MAX_TAGS


def split_tag(tag: str) -> tuple[str, bool]:
    """Return an element's local name and whether its namespace is CSTA's, of any edition, or none at all."""
    namespace, _, local = tag.rpartition("}")
    return local, not namespace or namespace[1:] == SESSION_NAMESPACE or namespace[1:].startswith(NAMESPACE_STEM)


class ByTag(dict[str, _T | None]):
    """Things by the local name of their element, found by its full tag, whichever edition's namespace that has.

    ``table[tag]`` gives None for an unknown element. The tags of known editions are all in the table, so that finding
    them is one look-up; others are taken apart.
    """

    __slots__ = ()

    def __init__(self, by_name: Mapping[str, _T]) -> None:
        super().__init__({prefix + name: thing for name, thing in by_name.items() for prefix in _PREFIXES})

    def __missing__(self, tag: str) -> _T | None:
        local, ours = split_tag(tag)
        return self.get(local) if ours else None


def text_of(element: Element) -> str:
    """An element's text without the white space around it."""
    return (element.text or "").strip()


def local_name(element: Element) -> str:
    """An element's name without its namespace, cut to what a report shows."""
    return split_tag(element.tag)[0][:MAX_WORD]


def foreign(element: Element, reading: Reading, depth: int = 0) -> ForeignElement:
    """Keep an element with all that is in it.

    Raises:
        MessageError: It is nested deeper than the limit.
    """
    if depth > reading.max_depth:
        raise MessageError(f"elements nested deeper than {reading.max_depth}", reading.root)
    children = tuple([foreign(child, reading, depth + 1) for child in element]) if len(element) else ()
    return ForeignElement(element.tag, text_of(element), tuple(element.items()), children)
