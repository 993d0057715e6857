"""The two encodings behind one face, for those who send and receive messages in either."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from csta.codec import ber, xml
from csta.codec.ber.rules import BerRules
from csta.codec.framing import EVENT_INVOKE_ID, MAX_REQUEST_INVOKE_ID, Frame
from csta.codec.table import shape_for_root
from csta.messages import Event, Message, Request, Response, UnknownMessage
from csta.messages.application_session import SESSION_NAMESPACE


@dataclass(frozen=True, slots=True)
class Unit:
    """A received message, its invoke ID (None where it has none, as ACSE's), and what was odd about it."""

    invoke_id: int | None
    message: Message
    findings: tuple[str, ...] = ()


class MessageEncoding(Protocol):
    """How messages become bytes and bytes messages.

    Requests have invoke IDs from ``first_id`` to ``last_id``; ``event_id`` is that of every event, None where an event
    has one of its own.
    """

    first_id: int
    last_id: int
    event_id: int | None

    def encode(self, message: Message, invoke_id: int | None) -> bytes:
        """Return a message as bytes.

        Raises:
            EncodeError: It must not be sent as it is.
        """

    def kind_of(self, unknown: UnknownMessage) -> type[Message]:
        """Return whether an unknown message is a request, response or event, as far as its name tells."""

    def decode(self, frame: Frame, request_of: Callable[[int], type[Request] | None]) -> Unit:
        """Return the message of a frame; ``request_of`` tells which service was asked for with an invoke ID.

        Raises:
            MessageError: The frame's contents are no message.
        """


def message_class(root: str) -> type[Message] | None:
    """Return the class of messages with a name: a root element of XML; None where there is none."""
    shape = shape_for_root(root) or shape_for_root(root, SESSION_NAMESPACE)
    return None if shape is None else shape.type


class XmlEncoding:
    """ECMA-323: the frame carries the invoke ID."""

    first_id = 0
    last_id = MAX_REQUEST_INVOKE_ID
    event_id: int | None = EVENT_INVOKE_ID

    def __init__(self, namespace: str, normalise: Callable[[str], str], max_depth: int) -> None:
        self._namespace = namespace
        self._normalise = normalise
        self._max_depth = max_depth

    def encode(self, message: Message, invoke_id: int | None) -> bytes:  # noqa: ARG002 - it goes into the frame
        """Return a message as bytes; see `csta.codec.xml.encode`."""
        return xml.encode(message, self._namespace)

    def decode(self, frame: Frame, request_of: Callable[[int], type[Request] | None]) -> Unit:  # noqa: ARG002 - roots tell
        """Return the message of a frame; see `csta.codec.xml.decode`."""
        decoded = xml.decode(frame.payload, self._normalise, self._max_depth)
        return Unit(frame.invoke_id, decoded.message, decoded.findings)

    def kind_of(self, unknown: UnknownMessage) -> type[Message]:
        """Roots of responses and events end in the word; events have their own invoke ID besides."""
        return Response if unknown.root.endswith("Response") else Event if unknown.root.endswith("Event") else Request


class BerEncoding:
    """ECMA-285 in ROSE and ACSE: the message carries the invoke ID, and events have one each."""

    first_id = 1
    last_id = 0x7FFF
    event_id: int | None = None

    def __init__(self, rules: BerRules, normalise: Callable[[str], str], max_depth: int) -> None:
        self._rules = rules
        self._normalise = normalise
        self._max_depth = max_depth

    def encode(self, message: Message, invoke_id: int | None) -> bytes:
        """Return a message as bytes; see `csta.codec.ber.encode`."""
        return ber.encode(message, invoke_id, self._rules)

    def decode(self, frame: Frame, request_of: Callable[[int], type[Request] | None]) -> Unit:
        """Return the message of a frame; see `csta.codec.ber.decode`."""
        decoded = ber.decode(frame.payload, self._normalise, self._rules, self._max_depth, request_of)
        return Unit(decoded.invoke_id, decoded.message, decoded.findings)

    def kind_of(self, unknown: UnknownMessage) -> type[Message]:
        """What an unknown message is stands before its number."""
        return Response if unknown.root.startswith("result") else Event if unknown.root.startswith("event") else Request
