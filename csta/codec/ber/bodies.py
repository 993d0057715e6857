"""Arguments and results of services: what stands inside ROSE's envelopes (ECMA-285), made from the shapes."""

from typing import Any, Final

from csta.codec.ber.elements import Elements, element_form, write_extra
from csta.codec.ber.extensions import EXTENSIONS, read_extensions, write_extensions
from csta.codec.ber.forms import Form, Read, Reading, foreign, wrapper
from csta.codec.ber.kinds import form_of
from csta.codec.ber.tlv import CONSTRUCTED, CONTEXT, NULL, SEQUENCE, BadValueError, Header
from csta.messages.base import ForeignTag, Message
from csta.schema.elements import Shape
from csta.schema.kinds import Kind

CROSS_REF: Final = "monitor_cross_ref_id"
"""The field of an event that stands before it in BER, not in it."""

_NULL: Final = b"\x05\x00"
_wrap_sequence: Final = wrapper(SEQUENCE)


_Alone = tuple[str, Form]
"""The field and the form of the one element that is a whole body."""


class Body:
    """Reads and writes the argument, the result or the event of one shape."""

    def __init__(self, shape: Shape, *, bare: bool) -> None:
        """Make them; ``bare``: devices are sent as in CSTA I and II."""

        def forms(kind: Kind) -> Form:
            return form_of(kind, bare=bare)

        own = [element for element in shape.elements if shape.event is None or element.field != CROSS_REF]
        self._extensions = EXTENSIONS if shape.extensions_tag is None else CONTEXT | CONSTRUCTED | shape.extensions_tag
        tail: dict[int, tuple[str, Read]] = dict.fromkeys(
            (EXTENSIONS, self._extensions), ("extensions", read_extensions)
        )
        self._elements = Elements(shape.type, own, forms, shape.ber_order, tail)
        self._alone = (own[0].field, element_form(own[0], forms)) if shape.bare else None
        self.shape = shape

    def read(self, data: bytes, body: Header | None, reading: Reading) -> Message:
        """Return the message whose argument or result is ``body``, None where there is none.

        Raises:
            BadValueError: It is something else, or lacks what the message cannot do without.
        """
        values: dict[str, Any]
        if self._alone is not None:
            values = _read_alone(self._alone, data, body, reading)
        elif body is None or body.identifier == NULL:
            values = self._elements.read(b"", 0, 0, reading)
        elif body.identifier == SEQUENCE:
            values = self._elements.read(data, body.start, body.stop, reading)
        elif body.identifier == EXTENSIONS:
            values = self._elements.read(b"", 0, 0, reading)
            values["extensions"] = read_extensions(data, body.start, body.stop, reading)
        elif self._elements.may_begin_with(body.identifier):
            # CSTA II had no SEQUENCE around an element that is alone.
            values = self._elements.read(data, body.begin, body.after, reading)
        elif self.shape.no_data:
            reading.note(f"unknown element {body.identifier:02X} in {reading.root}")
            values = {"extra": (foreign(data, body.identifier, body.start, body.stop),)}
        else:
            raise BadValueError(f"holds an element {body.identifier:02X}, which has no place there")
        message: Message = self.shape.type(**values)
        return message

    def read_contents(self, data: bytes, start: int, stop: int, reading: Reading) -> dict[str, Any]:
        """Return the fields in the contents of an event's SEQUENCE.

        Raises:
            BadValueError: They are no BER, or lack what the event cannot do without.
        """
        return self._elements.read(data, start, stop, reading)

    def write(self, message: Message) -> bytes:
        """Return a message's argument or result.

        Raises:
            EncodeError: A mandatory element is absent, or a value does not fit.
        """
        if self._alone is not None:
            field, form = self._alone
            return form.write(getattr(message, field))
        extensions = message.extensions
        # Extra elements have no place in the CHOICE, so that they go back in a SEQUENCE.
        if self.shape.no_data and not any(isinstance(element, ForeignTag) for element in message.extra):
            return _NULL if extensions is None else write_extensions(extensions)
        return _wrap_sequence(self.contents(message))

    def contents(self, message: Message, *, with_extensions: bool = True) -> bytes:
        """Return the contents of a message's SEQUENCE: its elements, what else came with it, its extensions."""
        pieces = self._elements.pieces(message)
        if message.extra:
            pieces += write_extra(message.extra)
        if with_extensions and message.extensions is not None:
            pieces.append(write_extensions(message.extensions, self._extensions))
        return b"".join(pieces)


def _read_alone(alone: _Alone, data: bytes, body: Header | None, reading: Reading) -> dict[str, Any]:
    field, form = alone
    read = body and (form.readers.get(body.identifier) or form.older.get(body.identifier))
    if not read or body is None:
        raise BadValueError(f"lacks {field}")
    return {field: read(data, body.start, body.stop, reading)}


# By class: to hash a shape takes longer than to read a message.
_BODIES: Final[dict[tuple[type[Any], bool], Body]] = {}


def body_of(shape: Shape, *, bare: bool = False) -> Body:
    """The body of a shape, made once; ``bare``: devices are sent as in CSTA I and II."""
    key = (shape.type, bare)
    body = _BODIES.get(key)
    if body is None:
        body = _BODIES[key] = Body(shape, bare=bare)
    return body
