"""The roots of all messages, and what keeps the things that we do not know."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ForeignElement:
    """An element of a received message that has no field: vendor's, later edition's, or not modelled here.

    ``name`` is in Clark's notation, ``{namespace}local``; ``text`` is the text before the first child.
    """

    name: str
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["ForeignElement", ...] = ()

    @property
    def local_name(self) -> str:
        """The name without its namespace."""
        return self.name.rpartition("}")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Root of all messages.

    ``extra`` keeps the elements of a received message that have no field. In a message to be sent they follow the
    known elements as they are; whoever puts them there answers for their place in the schema.
    """

    extra: tuple[ForeignElement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Message):
    """The positive answer to a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Message):
    """A service request; ``response`` is the class of its positive answer."""

    response: ClassVar[type[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Message):
    """An event report; ``monitor_cross_ref_id`` names the monitor that reports it (ECMA-269 12.2)."""

    monitor_cross_ref_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse(Message):
    """The negative answer to a request: CSTAErrorCode (UniversalFailure, ECMA-269 12.2).

    ``category`` and ``value`` are words of ``csta.failures``, for example ``operation`` and ``invalidDeviceID``;
    the category ``unspecified`` has no value.
    """

    category: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage(Message):
    """A message whose root element we do not know; ``root`` is its local name, ``element`` all of it."""

    root: str
    element: ForeignElement
