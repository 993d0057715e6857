"""The XML encoding of CSTA messages (ECMA-323): strict in writing, lenient in reading, and safe against hostile input.

No document type, no entities, no network; limits on size, depth and number of elements. What each message looks like
stands in its declaration; the codec compiles it at the first use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from csta.codec import table
from csta.codec.xml.failures import ERROR_ROOT, read_failure, write_failure
from csta.codec.xml.read import Fields, fields_reader
from csta.codec.xml.tree import (
    ED4,
    EDITIONS,
    MAX_WORD,
    BadValueError,
    Reading,
    foreign,
    parse,
    split_tag,
)
from csta.codec.xml.write import Writer, body_writer
from csta.errors import EncodeError, MessageError
from csta.failures import Failure
from csta.messages.application_session import SESSION_NAMESPACE
from csta.messages.base import ErrorResponse, Message, UnknownMessage

__all__ = ["MAX_DEPTH", "Decoded", "decode", "encode"]

MAX_DEPTH: Final = 32

_MAX_KEPT_TAG: Final = 256
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message and what was odd about it, one line each."""

    message: Message
    findings: tuple[str, ...] = ()


def encode(message: Message, namespace: str = ED4) -> bytes:
    """Return a message as XML in UTF-8, with its elements in the standard's order.

    ``namespace`` is that of the edition which the peer speaks; application sessions (ECMA-354) have their own always.

    Raises:
        EncodeError: A mandatory element is absent, a value does not fit, or the class of message is never sent.
    """
    if isinstance(message, ErrorResponse):
        content = write_failure(ERROR_ROOT, Failure(message.category, message.value))
        return f'{_DECLARATION}<{ERROR_ROOT} xmlns="{namespace}">{content}</{ERROR_ROOT}>'.encode()
    root, own, write_body = _WRITERS.get(type(message)) or _writer(type(message))
    namespace = own or namespace
    body = write_body(message, namespace)
    if not body:
        return f'{_DECLARATION}<{root} xmlns="{namespace}"/>'.encode()
    return f'{_DECLARATION}<{root} xmlns="{namespace}">{body}</{root}>'.encode()


_WRITERS: Final[dict[type[Message], tuple[str, str | None, Writer]]] = {}
"""For each class that was sent its root, the namespace of its own where it has one, and what writes the rest."""


def _writer(type_: type[Message]) -> tuple[str, str | None, Writer]:
    shape = table.shape_of(type_)
    if shape is None:
        raise EncodeError(f"{type_.__name__} is no message that can be sent")
    write_body = body_writer(type_, shape.root, shape.elements, extensions=True)
    return _WRITERS.setdefault(type_, (shape.root, shape.namespace, write_body))


def decode(data: bytes, normalise: Callable[[str], str] = str, max_depth: int = MAX_DEPTH) -> Decoded:
    """Return the message in ``data``; ``normalise`` brings device numbers into the dialect's normal form.

    The same text always has the same normal form: answers of ``normalise`` are kept for the next time. A root element
    that is not known gives an `UnknownMessage`.

    Raises:
        MessageError: It is no XML, uses what is forbidden here, or lacks what the message cannot do without.
    """
    element = parse(data)
    root = _root_of(element.tag) if len(element.tag) <= _MAX_KEPT_TAG else _root_of.__wrapped__(element.tag)
    reading = Reading(normalise, max_depth, root.name)
    if root.finding:
        reading.note(root.finding)
    try:
        message: Message
        if root.read_fields is not None:
            message = root.type(**root.read_fields(element, reading))
        elif root.type is ErrorResponse:
            failure = read_failure(element, reading)
            message = ErrorResponse(category=failure.category, value=failure.value)
        else:
            message = UnknownMessage(root=root.name, element=foreign(element, reading))
    except BadValueError as error:
        raise MessageError(f"{root.name}: {error}", root.name) from None
    return Decoded(message, tuple(reading.findings))


class _Root(NamedTuple):
    """What is known of a root element by its tag: its name for reports, its class, and what is odd about it."""

    name: str
    type: type[Message]
    read_fields: Fields | None
    finding: str


@lru_cache(maxsize=1024)
def _root_of(tag: str) -> _Root:
    namespace = tag.rpartition("}")[0][1:]
    local, ours = split_tag(tag)
    name = local[:MAX_WORD]
    own = namespace if namespace == SESSION_NAMESPACE else None
    # An error is none of the table's: to look for it there would load the chapters that are loaded late.
    is_error = ours and local == ERROR_ROOT
    shape = table.shape_for_root(local, own) if ours and not is_error else None
    finding = ""
    if namespace not in EDITIONS and (own is None or shape is None):
        finding = f"namespace {namespace[:100]!r} of {name} is none of ECMA-323 ed. 3 to 6"
    if shape is not None:
        return _Root(name, shape.type, fields_reader(shape.elements, extensions=True), finding)
    return _Root(name, ErrorResponse if is_error else UnknownMessage, None, finding)
