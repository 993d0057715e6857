"""The XML encoding of CSTA messages (ECMA-323): strict in writing, lenient in reading, and safe against hostile input.

No document type, no entities, no network; a limit on depth here, on size in the framing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from csta import failures
from csta.codec.schema import ERROR_ELEMENTS, ERROR_ROOT, shape_for_root, shape_of
from csta.codec.xml_read import BadValueError, Reading, children, foreign, read_elements, split_tag, text_of
from csta.codec.xml_write import write_elements
from csta.errors import EncodeError, MessageError
from csta.messages import ErrorResponse, Message, UnknownMessage
from csta.schema.kinds import NAMESPACE_STEM

ED4: Final = NAMESPACE_STEM + "ed4"
"""Namespace of ECMA-323's 4th edition, which OpenScape Voice speaks."""

MAX_DEPTH: Final = 32

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_EDITIONS: Final = frozenset(NAMESPACE_STEM + edition for edition in ("ed3", "ed4", "ed5", "ed6"))
_ENCODING: Final = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
# Encodings whose markup is ASCII, so that the look for a document type below cannot be fooled.
_ENCODINGS: Final = frozenset(
    {b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"iso-8859-15", b"windows-1252"}
)
_CATEGORIES: Final = {element: category for category, element in ERROR_ELEMENTS.items()}
_MAX_ERROR_WORD: Final = 128


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message and what was odd about it, one line each."""

    message: Message
    findings: tuple[str, ...] = ()


def encode(message: Message, namespace: str = ED4) -> bytes:
    """Return a message as XML in UTF-8, with its elements in the standard's order.

    Raises:
        EncodeError: A mandatory element is absent, a value does not fit, or the class of message is never sent.
    """
    if isinstance(message, ErrorResponse):
        root, body = ERROR_ROOT, _error_body(message)
    else:
        shape = shape_of(type(message))
        if shape is None:
            raise EncodeError(f"{type(message).__name__} is no message that can be sent")
        pieces: list[str] = []
        write_elements(shape.elements, shape.root, message, pieces)
        root, body = shape.root, "".join(pieces)
    content = f'<{root} xmlns="{namespace}">{body}</{root}>' if body else f'<{root} xmlns="{namespace}"/>'
    return (_DECLARATION + content).encode()


def _error_body(message: ErrorResponse) -> str:
    if not failures.is_known(message.category, message.value):
        raise EncodeError(f"{ERROR_ROOT}: {message.category}/{message.value} is no error of the standard")
    element = ERROR_ELEMENTS.get(message.category, message.category)
    return f"<{element}>{message.value}</{element}>" if message.value else f"<{element}/>"


def decode(data: bytes, normalise: Callable[[str], str] = str, max_depth: int = MAX_DEPTH) -> Decoded:
    """Return the message in ``data``; ``normalise`` brings device numbers into the dialect's normal form.

    A root element that is not known gives an `UnknownMessage`.

    Raises:
        MessageError: It is no XML, uses what is forbidden here, or lacks what the message cannot do without.
    """
    root = _parse(data)
    local, ours = split_tag(str(root.tag))
    reading = Reading(normalise, max_depth, local[:64])
    namespace = str(root.tag).rpartition("}")[0][1:]
    if namespace not in _EDITIONS:
        reading.note(f"namespace {namespace[:100]!r} of {reading.root} is none of ECMA-323 ed. 3 to 6")
    shape = shape_for_root(local) if ours else None
    try:
        message: Message
        if ours and local == ERROR_ROOT:
            message = _read_error(root, reading)
        elif shape is None:
            message = UnknownMessage(root=reading.root, element=foreign(root, reading))
        else:
            message = shape.type(**read_elements(shape.elements, shape.by_name, root, reading))
    except BadValueError as error:
        raise MessageError(f"{reading.root}: {error}", reading.root) from None
    return Decoded(message, tuple(reading.findings))


def _parse(data: bytes) -> etree._Element:
    # White space before the declaration and a terminating NUL come from C programs, and harm nothing.
    document = data.strip(b"\x00\t\r\n ")
    if not document:
        raise MessageError("an empty message")
    if b"\x00" in document:
        raise MessageError("binary data, not XML")
    declared = _ENCODING.match(document.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in _ENCODINGS:
        raise MessageError(f"the encoding {declared[1].decode('ascii')} is not accepted")
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        raise MessageError("a document type or entity, which no CSTA message has")
    try:
        root: etree._Element = etree.fromstring(document, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MessageError(f"not well-formed XML: {str(error)[:200]}") from None
    return root


def _parser() -> Any:  # noqa: ANN401 - lxml's parser classes have no public type
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _read_error(root: etree._Element, reading: Reading) -> ErrorResponse:
    for local, child in children(root):
        category = _CATEGORIES.get(local, local)
        value = text_of(child)
        if not failures.is_known(category, value):
            reading.note(f"unknown error {category[:_MAX_ERROR_WORD]}/{value[:_MAX_ERROR_WORD]}")
        return ErrorResponse(category=category[:_MAX_ERROR_WORD], value=value[:_MAX_ERROR_WORD])
    reading.note(f"{ERROR_ROOT} without an error")
    return ErrorResponse(category=failures.UNSPECIFIED)
