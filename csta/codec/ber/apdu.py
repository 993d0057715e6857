"""The BER encoding of CSTA messages (ECMA-285 in ROSE and ACSE): strict in writing, lenient in reading.

| received | kept |
|---|---|
| an element of unknown tag | as `ForeignTag` in ``extra``, sent again as it is |
| an unknown number of an enumeration, an unknown bit | as a word that equals none known |
| an unknown operation or event | as `UnknownMessage`: ``operation 377``, ``result of operation 377``, ``event 0.19`` |
| a private number, name or media class beside a device's number | not at all |

Lengths may be indefinite, and longer than need be; definite and shortest ones are sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from csta.codec import table
from csta.codec.ber import acse, rose
from csta.codec.ber.bodies import Body, body_of
from csta.codec.ber.events import EVENT_REPORT, event_argument, read_event
from csta.codec.ber.failures import failure_form, failure_octets
from csta.codec.ber.forms import Reading, foreign
from csta.codec.ber.rules import BerRules
from csta.codec.ber.tlv import MAX_DEPTH, BadValueError, octets_of, only
from csta.errors import EncodeError, MessageError
from csta.failures import UNSPECIFIED, Failure
from csta.messages.association import AssociationMessage
from csta.messages.base import (
    ErrorResponse,
    Event,
    ForeignTag,
    Message,
    Rejection,
    Request,
    Response,
    UnknownMessage,
)
from csta.schema.elements import Shape

__all__ = ["BerDecoded", "decode", "encode"]

_DEFAULT: Final = BerRules()
_EVENT_REPORT: Final = rose.number_octets(EVENT_REPORT)
_FAILURE: Final = failure_form()


@dataclass(frozen=True, slots=True)
class BerDecoded:
    """A message, its invoke ID (None for those of ACSE), and what was odd about it, one line each."""

    invoke_id: int | None
    message: Message
    findings: tuple[str, ...] = ()


_Sent = tuple[Shape, Body, bytes]
"""The shape of a class of messages, its body, its operation's number."""

_SENT: Final[dict[tuple[type[Any], bool], _Sent]] = {}


def _sent(type_: type[Any], *, bare: bool) -> _Sent:
    key = (type_, bare)
    found = _SENT.get(key)
    if found is None:
        shape = table.shape_of(type_)
        if shape is None or (shape.operation is None and shape.event is None):
            raise EncodeError(f"{type_.__name__} is no message that BER can say")
        operation = _EVENT_REPORT if shape.operation is None else rose.number_octets(shape.operation)
        found = _SENT[key] = (shape, body_of(shape, bare=bare), operation)
    return found


def encode(message: Message, invoke_id: int | None, rules: BerRules = _DEFAULT) -> bytes:
    """Return a message as one APDU: of ROSE with an invoke ID, or of ACSE, which has none.

    Raises:
        EncodeError: A mandatory element is absent, a value does not fit, or BER has no such message.
    """
    if isinstance(message, AssociationMessage):
        return acse.encode(message)
    if isinstance(message, ErrorResponse):
        return rose.error(invoke_id, failure_octets(message.category, message.value))
    if isinstance(message, Rejection):
        return rose.reject(invoke_id, message.problem, message.number)
    shape, body, operation = _sent(type(message), bare=rules.bare_devices)
    try:
        if isinstance(message, Event):
            return rose.invoke(invoke_id, operation, event_argument(shape, message, rules))
        if isinstance(message, Response):
            return rose.result(invoke_id, operation, body.write(message))
        return rose.invoke(invoke_id, operation, body.write(message))
    except EncodeError as error:
        raise EncodeError(f"{shape.root}: {error}") from None


def _unasked(_invoke_id: int) -> None:
    return None


def decode(
    apdu: bytes,
    normalise: Callable[[str], str] = str,
    rules: BerRules = _DEFAULT,
    max_depth: int = MAX_DEPTH,
    request_of: Callable[[int], type[Request] | None] = _unasked,
) -> BerDecoded:
    """Return the message in one APDU; ``normalise`` brings device numbers into the dialect's normal form.

    ``request_of`` tells what was asked with an invoke ID, for results that do not say their operation.

    Raises:
        MessageError: It is no BER or no APDU of ROSE or ACSE, or lacks what the message cannot do without.
    """
    reading = Reading(normalise, max_depth)
    try:
        outer = only(apdu, 0, len(apdu), max_depth)
        if not rose.is_rose(outer.identifier):
            return BerDecoded(None, acse.decode(apdu, outer, reading), tuple(reading.findings))
        envelope = rose.open_envelope(apdu, outer, max_depth)
        message = _READERS[envelope.kind](apdu, envelope, reading, rules, request_of)
    except BadValueError as error:
        root = reading.root or "APDU"
        raise MessageError(f"{root} {error}", root, rose.invoke_id_of(apdu)) from None
    return BerDecoded(envelope.invoke_id, message, tuple(reading.findings))


_RequestOf = Callable[[int], type[Request] | None]


def _read_invoke(
    apdu: bytes, envelope: rose.Envelope, reading: Reading, rules: BerRules, _request_of: _RequestOf
) -> Message:
    if envelope.number == EVENT_REPORT:
        reading.root = "event report"
        return read_event(apdu, envelope.body, reading, rules)
    shape = table.request_for_operation(envelope.number or 0)
    return _read_body(apdu, shape, envelope, reading, rules)


def _read_result(
    apdu: bytes, envelope: rose.Envelope, reading: Reading, rules: BerRules, request_of: _RequestOf
) -> Message:
    if envelope.number is not None:
        return _read_body(apdu, table.response_for_operation(envelope.number), envelope, reading, rules)
    asked = request_of(envelope.invoke_id) if envelope.invoke_id is not None else None
    if asked is None:
        reading.root = "result"
        raise BadValueError("tells neither its operation nor answers anything that was asked")
    return _read_body(apdu, table.shape_of(asked.response), envelope, reading, rules)


def _read_body(apdu: bytes, shape: Shape | None, envelope: rose.Envelope, reading: Reading, rules: BerRules) -> Message:
    body = envelope.body
    if shape is None:
        name = f"{'result of ' if envelope.kind is rose.RoseKind.RESULT else ''}operation {envelope.number}"
        reading.note(f"unknown {name}")
        element = ForeignTag(b"", b"") if body is None else foreign(apdu, body.identifier, body.start, body.stop)
        return UnknownMessage(root=name, element=element)
    reading.root = shape.root
    return body_of(shape, bare=rules.bare_devices).read(apdu, body, reading)


def _read_error(
    apdu: bytes, envelope: rose.Envelope, reading: Reading, _rules: BerRules, _request_of: _RequestOf
) -> Message:
    reading.root = "error"
    if envelope.number != rose.UNIVERSAL_FAILURE:
        reading.note(f"error of the unknown number {envelope.number}")
    body = envelope.body
    read = _FAILURE.readers.get(body.identifier) if body is not None else None
    if body is None or read is None:
        reading.note(
            f"unknown error {octets_of(body.identifier).hex().upper() if body is not None else 'without a value'}"
        )
        return ErrorResponse(category=UNSPECIFIED)
    failure: Failure = read(apdu, body.start, body.stop, reading)
    return ErrorResponse(category=failure.category, value=failure.value)


def _read_reject(
    _apdu: bytes, envelope: rose.Envelope, reading: Reading, _rules: BerRules, _request_of: _RequestOf
) -> Message:
    reading.root = "reject"
    return Rejection(problem=envelope.problem, number=envelope.number or 0)


_READERS: Final = {
    rose.RoseKind.INVOKE: _read_invoke,
    rose.RoseKind.RESULT: _read_result,
    rose.RoseKind.ERROR: _read_error,
    rose.RoseKind.REJECT: _read_reject,
}
