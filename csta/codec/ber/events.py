"""Event reports in BER: the monitor, then the event below its tags, as ECMA-285 or ECMA-218 numbers them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from csta.codec.ber.bodies import CROSS_REF, body_of
from csta.codec.ber.extensions import EXTENSIONS, read_extensions, write_extensions
from csta.codec.ber.forms import Reading, foreign, wrapper
from csta.codec.ber.kinds import form_of
from csta.codec.ber.rules import BerRules, EventNumbering
from csta.codec.ber.tlv import CONSTRUCTED, CONTEXT, SEQUENCE, BadValueError, Header, elements, only
from csta.codec.table import event_for_tags
from csta.errors import EncodeError
from csta.messages.base import Event, Message, UnknownMessage
from csta.schema.elements import Shape
from csta.schema.kinds import Application, Identifier

EVENT_REPORT: Final = 21
"""The operation of every event report."""

OLDER_CALL_EVENTS: Final[Mapping[int, int]] = MappingProxyType(
    {1: 0, 2: 1, 3: 2, 4: 3, 6: 4, 7: 5, 8: 6, 9: 7, 11: 8, 13: 9, 14: 10, 15: 11, 16: 12, 17: 13}
)
"""Inner tags of call events, of ECMA-285 to those of ECMA-218; the tags of its other events are not known."""

_NEWER: Final = MappingProxyType({older: newer for newer, older in OLDER_CALL_EVENTS.items()})
_FIRST: Final = CONTEXT | CONSTRUCTED
_CROSS_REF_FORM: Final = form_of(Application(21, Identifier()))
_wrap_sequence: Final = wrapper(SEQUENCE)


def read_event(data: bytes, body: Header | None, reading: Reading, rules: BerRules) -> Message:
    """Return the event of an event report's argument; one that is unknown keeps its whole argument.

    Raises:
        BadValueError: The argument is no event report, or lacks what the event cannot do without.
    """
    if body is None or body.identifier != SEQUENCE:
        raise BadValueError("lacks an argument")
    cross_ref = event = extensions = None
    for part in elements(data, body.start, body.stop, reading.max_depth):
        if cross_ref is None and part.identifier in _CROSS_REF_FORM.readers:
            cross_ref = _CROSS_REF_FORM.readers[part.identifier](data, part.start, part.stop, reading)
        elif part.identifier == EXTENSIONS:
            extensions = read_extensions(data, part.start, part.stop, reading)
        elif event is None:
            event = part
        else:
            reading.note(f"unknown element {part.identifier:02X} in {reading.root}")
    if cross_ref is None or event is None:
        raise BadValueError("lacks a monitor's identifier or an event")
    older = rules.event_numbering is EventNumbering.ECMA_218
    inner = only(data, event.start, event.stop, reading.max_depth)
    outer_tag, inner_tag = event.identifier - _FIRST, inner.identifier - _FIRST
    reading.root = f"event {outer_tag}.{inner_tag}"
    shape = event_for_tags(outer_tag, (_NEWER.get(inner_tag, -1) if outer_tag == 0 else -1) if older else inner_tag)
    if shape is None:
        reading.note(f"unknown {reading.root}")
        return UnknownMessage(root=reading.root, element=foreign(data, SEQUENCE, body.start, body.stop))
    reading.root = shape.root
    if older:
        inner = only(data, inner.start, inner.stop, reading.max_depth)
    values = body_of(shape, bare=rules.bare_devices).read_contents(data, inner.start, inner.stop, reading)
    values[CROSS_REF] = cross_ref
    if extensions is not None:
        values.setdefault("extensions", extensions)
    message: Message = shape.type(**values)
    return message


def _older_tag(shape: Shape) -> int:
    outer, inner = shape.event or (-1, -1)
    older = OLDER_CALL_EVENTS.get(inner) if outer == 0 else None
    if older is None:
        raise EncodeError(f"{shape.root} has no known number in ECMA-218")
    return older


def event_argument(shape: Shape, message: Event, rules: BerRules) -> bytes:
    """Return the argument of an event's report.

    Raises:
        EncodeError: A mandatory element is absent, a value does not fit, or the numbering does not have the event.
    """
    outer, inner = shape.event or (0, 0)
    body = body_of(shape, bare=rules.bare_devices)
    try:
        head = _CROSS_REF_FORM.write(message.monitor_cross_ref_id)
    except EncodeError as error:
        raise EncodeError(f"monitorCrossRefID: {error}") from None
    if rules.event_numbering is EventNumbering.ECMA_285:
        event = wrapper(_FIRST | outer)(wrapper(_FIRST | inner)(body.contents(message)))
        return _wrap_sequence(head + event)
    # In ECMA-218 the event is a whole SEQUENCE below its tag, and the extensions follow it.
    event = _wrap_sequence(body.contents(message, with_extensions=False))
    event = wrapper(_FIRST | outer)(wrapper(_FIRST | _older_tag(shape))(event))
    tail = write_extensions(message.extensions) if message.extensions is not None else b""
    return _wrap_sequence(head + event + tail)
