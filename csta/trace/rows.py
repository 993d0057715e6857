"""One row of a trace: a decoded message with who sent it, what it is about and what it answers."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Final

from csta.captures.records import Way
from csta.identifiers import ConnectionID, DeviceID
from csta.messages.base import ErrorResponse, Event, Message, Notice, Rejection, Request, Response, UnknownMessage

_MAX_DEPTH: Final = 24


class Kind(StrEnum):
    """What a row is."""

    REQUEST = "request"
    RESPONSE = "response"
    ERROR = "error"
    """A negative answer."""
    EVENT = "event"
    NOTICE = "notice"
    """A one-way message that is no event."""
    LOGIN = "login"
    """A message of the association itself: ACSE."""
    UNKNOWN = "unknown"
    """A message that is not known here."""
    DAMAGED = "damaged"
    """Bytes that are no message."""
    LINK = "link"
    """The connection itself: made, ended, bytes missing in the capture."""


@dataclass(slots=True)
class Row:
    """One message, or what else happened; rows are numbered from 1 in the order of the capture.

    ``calls`` and ``devices`` are all that the message names, the most important first; an event's monitored device is
    added where the capture shows which one it is. ``answers`` is the number of the request that a response answers,
    ``latency`` its age in seconds then. ``text`` says what is damaged, or how the link is.
    """

    number: int
    time: float
    link: str
    peer: str
    way: Way
    kind: Kind
    name: str
    invoke_id: int | None = None
    message: Message | None = None
    monitored: str = ""
    calls: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    cause: str = ""
    answers: int | None = None
    latency: float | None = None
    findings: tuple[str, ...] = ()
    text: str = ""
    raw: bytes = b""

    @property
    def call(self) -> str:
        """The call that it is about, or nothing."""
        return self.calls[0] if self.calls else ""

    @property
    def device(self) -> str:
        """The device that it is about: the monitored one of an event, otherwise the first that is named."""
        return self.monitored or (self.devices[0] if self.devices else "")

    @property
    def bad(self) -> bool:
        """Whether something is wrong: an error, damage, an unknown message, findings, missing bytes."""
        return self.kind in {Kind.ERROR, Kind.DAMAGED, Kind.UNKNOWN} or self.way is Way.GAP or bool(self.findings)


_KINDS: Final = (
    (Event, Kind.EVENT),
    (Request, Kind.REQUEST),
    (ErrorResponse, Kind.ERROR),
    (Rejection, Kind.ERROR),
    (Response, Kind.RESPONSE),
    (Notice, Kind.NOTICE),
    (UnknownMessage, Kind.UNKNOWN),
)


def kind_of(message: Message) -> Kind:
    """What a message is."""
    return next((kind for root, kind in _KINDS if isinstance(message, root)), Kind.LOGIN)


def calls_and_devices(message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All call and device identifiers in a message, each once, in the order of its elements."""
    calls: dict[str, None] = {}
    devices: dict[str, None] = {}
    for value in _identifiers(message, 0):
        if isinstance(value, DeviceID):
            devices[value.number] = None
        else:
            calls[value.call_id] = None
            devices[value.device_id] = None
    return tuple(one for one in calls if one), tuple(one for one in devices if one)


def _identifiers(value: object, depth: int) -> Iterator[DeviceID | ConnectionID]:
    if isinstance(value, DeviceID | ConnectionID):
        yield value
    elif depth < _MAX_DEPTH:
        if isinstance(value, tuple | frozenset | list):
            for one in value:
                yield from _identifiers(one, depth + 1)
        elif is_dataclass(value):
            for each in fields(value):
                yield from _identifiers(getattr(value, each.name), depth + 1)


def cause_of(message: Message) -> str:
    """The cause of an event, the words of an error; nothing where there is neither."""
    if isinstance(message, ErrorResponse):
        return f"{message.category}/{message.value}" if message.value else message.category
    if isinstance(message, Rejection):
        return f"rejected: {message.problem} {message.number}"
    cause = getattr(message, "cause", None)
    return "" if cause is None else str(cause)
