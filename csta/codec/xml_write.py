"""Writes values as XML text, kind by kind; refuses what the standard does not allow."""

import re
from functools import singledispatch
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from csta.errors import EncodeError
from csta.identifiers import TYPES_OF_NUMBER, ConnectionID, DeviceID, Presentation
from csta.messages import ForeignElement
from csta.schema import kinds as k
from csta.states import ConnectionState

# XML 1.0 clause 2.2: everything but these may stand in text.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*\Z")
_CLARK: Final = re.compile(r"(?:\{([^{}]*)\})?(.+)\Z", re.DOTALL)
# A carriage return as itself would come back as a line feed (XML 1.0 clause 2.11).
_RETURN: Final = {"\r": "&#13;"}

Pieces = list[str]
Value = Any
"""A field's value: of the type that its kind says, which each writer checks."""


def _text(name: str, value: str) -> str:
    if _FORBIDDEN.search(value):
        raise EncodeError(f"{name}: a character that XML forbids in {value!r}")
    return escape(value, _RETURN)


def _expect(name: str, value: object, *types: type) -> None:
    # bool is an int to isinstance, but never meant as one.
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise EncodeError(f"{name}: {value!r} is not a {' or '.join(type_.__name__ for type_ in types)}")


@singledispatch
def write(kind: k.Kind, name: str, _value: Value, _out: Pieces) -> None:
    """Append the element ``name`` with ``value`` to ``out``.

    Raises:
        EncodeError: The value does not fit the kind, is too long, or has characters that XML forbids.
    """
    raise EncodeError(f"{name}: no XML for the kind {kind!r}")


@write.register
def _(kind: k.Text, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, str)
    if not value or len(value) > kind.limit:
        raise EncodeError(f"{name}: a text of {len(value)} characters is not within 1..{kind.limit}")
    out.append(f"<{name}>{_text(name, value)}</{name}>")


@write.register
def _(_kind: k.Boolean, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, bool)
    out.append(f"<{name}>{'true' if value else 'false'}</{name}>")


@write.register
def _(kind: k.Integer, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, int)
    if not 0 <= value <= kind.limit:
        raise EncodeError(f"{name}: {value} is not within 0..{kind.limit}")
    out.append(f"<{name}>{value}</{name}>")


@write.register
def _(kind: k.Octets, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, bytes)
    if len(value) > kind.limit:
        raise EncodeError(f"{name}: {len(value)} octets exceed the limit of {kind.limit}")
    out.append(f"<{name}>{value.hex().upper()}</{name}>")


@write.register
def _(kind: k.UserOctets, name: str, value: Value, out: Pieces) -> None:
    out.append(f"<{name}>")
    write(k.Octets(kind.limit), "string", value, out)
    out.append(f"</{name}>")


@write.register
def _(kind: k.Enumerated, name: str, value: Value, out: Pieces) -> None:
    if not isinstance(value, kind.words) or not value.known:
        raise EncodeError(f"{name}: {value!r} is not a word of {kind.words.__name__}")
    out.append(f"<{name}>{value.value}</{name}>")


@write.register
def _(_kind: k.Device, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, DeviceID)
    if value.type_of_number not in TYPES_OF_NUMBER:
        raise EncodeError(f"{name}: {value.type_of_number!r} is no type of number")
    # The default is not written: it says nothing, and older switches stumble over attributes.
    attribute = "" if value.type_of_number == TYPES_OF_NUMBER[0] else f" typeOfNumber={quoteattr(value.type_of_number)}"
    if not value.number:
        raise EncodeError(f"{name}: a device without a number")
    out.append(f"<{name}{attribute}>{_text(name, value.number)}</{name}>")


@write.register
def _(kind: k.DeviceSequence, name: str, value: Value, out: Pieces) -> None:
    out.append(f"<{name}>")
    write(k.Device(), kind.item, value, out)
    out.append(f"</{name}>")


@write.register
def _(_kind: k.Connection, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, ConnectionID)
    if not value.call_id:
        raise EncodeError(f"{name}: a connection without a call identifier")
    device = f"<deviceID>{_text(name, value.device_id)}</deviceID>" if value.device_id else ""
    out.append(f"<{name}><callID>{_text(name, value.call_id)}</callID>{device}</{name}>")


@write.register
def _(kind: k.PartyChoice, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, DeviceID, Presentation)
    out.append(f"<{name}>")
    if isinstance(value, DeviceID):
        write(k.Device(), kind.device_element, value, out)
    elif value in kind.presentations:
        out.append(f"<{value.value}/>")
    else:
        raise EncodeError(f"{name}: {value.value} has no place here")
    out.append(f"</{name}>")


@write.register
def _(_kind: k.ObjectChoice, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, DeviceID, ConnectionID)
    out.append(f"<{name}>")
    if isinstance(value, DeviceID):
        write(k.Device(), "deviceObject", value, out)
    else:
        write(k.Connection(), "callObject", value, out)
    out.append(f"</{name}>")


@write.register
def _(_kind: k.CallState, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, tuple)
    if not value:
        out.append(f"<{name}><unknown/></{name}>")
        return
    out.append(f"<{name}><compoundCallState>")
    for state in value:
        write(k.Enumerated(ConnectionState), "localConnectionState", state, out)
    out.append(f"</compoundCallState></{name}>")


@write.register
def _(kind: k.Wrapped, name: str, value: Value, out: Pieces) -> None:
    out.append(f"<{name}>")
    write(kind.kind, kind.name, value, out)
    out.append(f"</{name}>")


@write.register
def _(kind: k.Sequence, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, tuple)
    out.append(f"<{name}>")
    for item in value:
        write(kind.kind, kind.item, item, out)
    out.append(f"</{name}>")


@write.register
def _(kind: k.Structure, name: str, value: Value, out: Pieces) -> None:
    _expect(name, value, kind.type)
    out.append(f"<{name}>")
    write_elements(kind.elements, name, value, out)
    out.append(f"</{name}>")


def write_elements(elements: tuple[k.Element, ...], owner: str, value: object, out: Pieces) -> None:
    """Append the elements of a message or structure in the table's order, then its extra ones.

    An element that is absent, or an optional list that is empty, is not written.

    Raises:
        EncodeError: A mandatory element is absent, or one of them cannot be written.
    """
    for element in elements:
        content = getattr(value, element.field)
        if content is None:
            if element.need is not k.Need.NEVER:
                raise EncodeError(f"{owner}: {element.name} is mandatory")
        elif content != () or element.need is not k.Need.NEVER:
            write(element.kind, element.name, content, out)
    for extra in getattr(value, "extra", ()):
        _write_foreign(extra, None, out)


def _write_foreign(element: ForeignElement, namespace: str | None, out: Pieces) -> None:
    """Write an element as it was kept; ``namespace`` None stands for the message's own."""
    own, local = _split(element.name)
    target = None if own is None or own.startswith(k.NAMESPACE_STEM) else own
    declaration = "" if target == namespace or target is None else f" xmlns={quoteattr(target)}"
    if target is None and namespace is not None:
        raise EncodeError(f"{local}: an element of CSTA inside a foreign one")
    out.append(f"<{local}{declaration}")
    for index, (name, text) in enumerate(element.attributes):
        space, attribute = _split(name)
        prefix = "" if space is None else f"a{index}:"
        declared = "" if space is None else f" xmlns:a{index}={quoteattr(space)}"
        out.append(f"{declared} {prefix}{attribute}={quoteattr(_plain(attribute, text), _RETURN)}")
    out.append(f">{_text(local, element.text)}")
    for child in element.children:
        _write_foreign(child, target, out)
    out.append(f"</{local}>")


def _plain(name: str, value: str) -> str:
    if _FORBIDDEN.search(value):
        raise EncodeError(f"{name}: a character that XML forbids in {value!r}")
    return value


def _split(clark: str) -> tuple[str | None, str]:
    match = _CLARK.match(clark)
    if match is None or not _NAME.match(match[2]):
        raise EncodeError(f"{clark!r} is not the name of an element or attribute")
    return match[1], match[2]
