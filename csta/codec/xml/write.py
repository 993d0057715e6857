"""Writes values as XML text: each kind is compiled once into a function that takes a value and gives its element.

Strict: what the standard does not allow is refused.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from csta.codec.xml.extensions import write_extensions, write_foreign, write_private_data, write_security
from csta.codec.xml.failures import write_failure
from csta.codec.xml.values import escaped, quoted, time_text
from csta.errors import EncodeError
from csta.failures import Failure
from csta.identifiers import DYNAMIC, TYPES_OF_NUMBER, ConnectionID, DeviceID, Presentation
from csta.messages.base import ForeignElement, Security
from csta.schema import kinds as k
from csta.states import ConnectionState
from csta.words import Word

Value = Any
"""A field's value: of the type that its kind says, which each writer checks."""
Writer = Callable[[Value, str], str]
"""Returns the element of a value in a message of the namespace given; raises `EncodeError` where it does not fit."""

_DIALLING: Final = TYPES_OF_NUMBER[0]


def body_writer(owner: type[Any], name: str, elements: tuple[k.Element, ...], *, extensions: bool) -> Writer:
    """Compile a function that returns the elements of an instance of ``owner``, in the table's order, then the others.

    An element that is absent, or an optional list that is empty, is not written. ``name`` stands in complaints.

    The function raises:
        EncodeError: A mandatory element is absent, or one of them cannot be written.
    """
    parts = [_part(owner, element) for element in elements if element.wire is not k.Wire.BER]
    keeps_extra = "extra" in owner.__dataclass_fields__

    def write(value: Value, namespace: str) -> str:
        pieces = []
        for get, write_element, needed in parts:
            content = get(value)
            if content is None:
                if needed:
                    raise EncodeError(f"{name}: {needed} is mandatory")
            elif content != () or needed:
                pieces.append(write_element(content, namespace))
        if keeps_extra and value.extra:
            pieces += [write_foreign(extra, namespace) for extra in value.extra if isinstance(extra, ForeignElement)]
        if extensions and value.extensions is not None:
            pieces.append(write_extensions(value.extensions, namespace))
        return "".join(pieces)

    return write


def _part(owner: type[Any], element: k.Element) -> tuple[Callable[[Value], Value], Writer, str]:
    """How an element's value is got and written, and its name where it must be there."""
    needed = "" if element.need is k.Need.NEVER else element.name
    if isinstance(element.kind, k.Branches):
        return _itself, _branches_writer(owner, element.name, element.kind.elements), needed
    return attrgetter(element.field), writer(element.kind, element.name), needed


def _itself(value: Value) -> Value:
    return value


def _branches_writer(owner: type[Any], name: str, elements: tuple[k.Element, ...]) -> Writer:
    """Its value is the instance around it, which has the branches' fields."""
    defaults = {element: owner.__dataclass_fields__[element.field].default for element in elements}

    def write(value: Value, namespace: str) -> str:
        chosen = elements[-1]
        for element, default in defaults.items():
            if getattr(value, element.field) != default:
                chosen = element
                break
        content = getattr(value, chosen.field)
        if content is None:
            raise EncodeError(f"{name} is mandatory")
        return f"<{name}>{writer(chosen.kind, chosen.name)(content, namespace)}</{name}>"

    return write


def _expect(name: str, value: object, *types: type) -> None:
    # bool is an int to isinstance, but never meant as one.
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise EncodeError(f"{name}: {value!r} is not a {' or '.join(type_.__name__ for type_ in types)}")


@lru_cache(maxsize=4096)
def writer(kind: k.Kind, name: str) -> Writer:
    """Compile a kind for an element of this name."""
    return _COMPILERS[type(kind)](kind, name)


def _wrapping(name: str, write_inner: Writer) -> Writer:
    return lambda value, namespace: f"<{name}>{write_inner(value, namespace)}</{name}>"


def _text_writer(kind: k.Text | k.Identifier, name: str) -> Writer:
    limit = kind.limit

    def write(value: Value, _namespace: str) -> str:
        _expect(name, value, str)
        if not value or len(value) > limit:
            raise EncodeError(f"{name}: a text of {len(value)} characters is not within 1..{limit}")
        return f"<{name}>{escaped(name, value)}</{name}>"

    return write


def _nothing_writer(_kind: k.Nothing, name: str) -> Writer:
    def write(value: Value, _namespace: str) -> str:
        if value is not True:
            raise EncodeError(f"{name}: {value!r} is not True, which is all that it can say")
        return f"<{name}/>"

    return write


def _time_writer(_kind: k.Time, name: str) -> Writer:
    def write(value: Value, _namespace: str) -> str:
        _expect(name, value, datetime)
        return f"<{name}>{time_text(name, value)}</{name}>"

    return write


def _boolean_writer(_kind: k.Boolean, name: str) -> Writer:
    def write(value: Value, _namespace: str) -> str:
        _expect(name, value, bool)
        return f"<{name}>{'true' if value else 'false'}</{name}>"

    return write


def _integer_writer(kind: k.Integer, name: str) -> Writer:
    lowest, limit = kind.lowest, kind.limit

    def write(value: Value, _namespace: str) -> str:
        _expect(name, value, int)
        if not lowest <= value <= limit:
            raise EncodeError(f"{name}: {value} is not within {lowest}..{limit}")
        return f"<{name}>{value}</{name}>"

    return write


def _octets_writer(kind: k.Octets | k.UserOctets, name: str) -> Writer:
    limit = kind.limit

    def write(value: Value, _namespace: str) -> str:
        _expect(name, value, bytes)
        if len(value) > limit:
            raise EncodeError(f"{name}: {len(value)} octets exceed the limit of {limit}")
        return f"<{name}>{value.hex().upper()}</{name}>"

    return write


def _word_writer(kind: k.Enumerated, name: str) -> Writer:
    words = kind.words
    known = {word.value: f"<{name}>{word.value}</{name}>" for word in words if word.in_xml}

    def write(value: Value, _namespace: str) -> str:
        piece = known.get(value.value) if isinstance(value, words) else None
        if piece is None:
            raise EncodeError(f"{name}: {value!r} is not a word of {words.__name__}")
        return piece

    return write


def _flags_writer(kind: k.Flags, name: str) -> Writer:
    words = kind.words
    # In the order of the enumeration, which is the schema's.
    known = [(word, f"<{word.value}>true</{word.value}>") for word in words if word.in_xml]

    # Few sets come again and again.
    @lru_cache(maxsize=256)
    def written(value: frozenset[Word]) -> str:
        if not all(isinstance(word, words) and word.in_xml for word in value):
            raise EncodeError(f"{name}: {sorted(value)!r} are not all words of {words.__name__}")
        content = "".join([piece for word, piece in known if word in value])
        return f"<{name}>{content}</{name}>" if content else f"<{name}/>"

    def write(value: Value, _namespace: str) -> str:
        _expect(name, value, frozenset)
        return written(value)

    return write


def _device_writer(_kind: k.Device, name: str) -> Writer:
    # The default is not written: it says nothing, and older switches stumble over attributes.
    starts = _starts(name)

    def write(value: Value, _namespace: str) -> str:
        _expect(name, value, DeviceID)
        start = starts.get(value.type_of_number)
        if start is None:
            raise EncodeError(f"{name}: {value.type_of_number!r} is no type of number")
        if not value.number:
            raise EncodeError(f"{name}: a device without a number")
        return f"{start}{escaped(name, value.number)}</{name}>"

    return write


def _starts(name: str) -> dict[str, str]:
    """The start tag for each type of number."""
    return {
        type_of_number: f"<{name}>"
        if type_of_number == _DIALLING
        else f"<{name} typeOfNumber={quoted(name, type_of_number)}>"
        for type_of_number in TYPES_OF_NUMBER
    }


_LOCAL_STARTS: Final = _starts("deviceID")


def _local_device(name: str, value: ConnectionID) -> str:
    """A connection's device, where it has one."""
    if not value.device_id:
        return ""
    if value.device_id.startswith(DYNAMIC):
        text = escaped(name, value.device_id.removeprefix(DYNAMIC))
        return f'<deviceID typeOfNumber="dynamic">{text}</deviceID>'
    start = _LOCAL_STARTS.get(value.device_type)
    if start is None:
        raise EncodeError(f"{name}: {value.device_type!r} is no type of number")
    return f"{start}{escaped(name, value.device_id)}</deviceID>"


def _connection_writer(_kind: k.Connection, name: str) -> Writer:
    def write(value: Value, _namespace: str) -> str:
        _expect(name, value, ConnectionID)
        if not value.call_id:
            raise EncodeError(f"{name}: a connection without a call identifier")
        return f"<{name}><callID>{escaped(name, value.call_id)}</callID>{_local_device(name, value)}</{name}>"

    return write


def _party_writer(kind: k.PartyChoice, name: str) -> Writer:
    write_device = writer(k.Device(), kind.device_element)
    known = {presentation: f"<{name}><{presentation.value}/></{name}>" for presentation in kind.presentations}

    def write(value: Value, namespace: str) -> str:
        if isinstance(value, DeviceID):
            return f"<{name}>{write_device(value, namespace)}</{name}>"
        _expect(name, value, DeviceID, Presentation)
        piece = known.get(value)
        if piece is None:
            raise EncodeError(f"{name}: {value.value} has no place here")
        return piece

    return write


def _object_writer(_kind: k.ObjectChoice, name: str) -> Writer:
    write_device, write_call = writer(k.Device(), "deviceObject"), writer(k.Connection(), "callObject")

    def write(value: Value, namespace: str) -> str:
        _expect(name, value, DeviceID, ConnectionID)
        write_branch = write_device if isinstance(value, DeviceID) else write_call
        return f"<{name}>{write_branch(value, namespace)}</{name}>"

    return write


def _call_state_writer(_kind: k.CallState, name: str) -> Writer:
    write_state = writer(k.Enumerated(ConnectionState), "localConnectionState")

    def write(value: Value, namespace: str) -> str:
        _expect(name, value, tuple)
        if not value:
            return f"<{name}><unknown/></{name}>"
        states = "".join([write_state(state, namespace) for state in value])
        return f"<{name}><compoundCallState>{states}</compoundCallState></{name}>"

    return write


def _security_writer(_kind: k.SecurityData, name: str) -> Writer:
    def write(value: Value, namespace: str) -> str:
        _expect(name, value, Security)
        return write_security(name, value, namespace)

    return write


def _private_content_writer(_kind: k.PrivateContent, name: str) -> Writer:
    def write(value: Value, namespace: str) -> str:
        _expect(name, value, bytes, ForeignElement)
        return write_private_data(name, (value,), namespace)

    return write


def _failure_writer(_kind: k.FailureChoice, name: str) -> Writer:
    def write(value: Value, _namespace: str) -> str:
        _expect(name, value, Failure)
        return f"<{name}>{write_failure(name, value)}</{name}>"

    return write


def _sequence_writer(kind: k.Sequence, name: str) -> Writer:
    write_item = writer(kind.kind, kind.item)

    def write(value: Value, namespace: str) -> str:
        _expect(name, value, tuple)
        return f"<{name}>{''.join([write_item(item, namespace) for item in value])}</{name}>"

    return write


def _structure_writer(kind: k.Structure, name: str) -> Writer:
    type_, elements = kind.type, kind.elements
    write_body = body_writer(type_, name, elements, extensions="extensions" in type_.__dataclass_fields__)

    def write(value: Value, namespace: str) -> str:
        _expect(name, value, type_)
        return f"<{name}>{write_body(value, namespace)}</{name}>"

    return write


def _choice_writer(kind: k.Choice, name: str) -> Writer:
    type_, elements = kind.type, kind.elements
    parts = [(attrgetter(element.field), writer(element.kind, element.name)) for element in elements]

    def write(value: Value, namespace: str) -> str:
        _expect(name, value, type_)
        chosen = [(write_branch, content) for get, write_branch in parts if (content := get(value)) is not None]
        if len(chosen) != 1:
            raise EncodeError(f"{name}: {len(chosen)} branches of {type_.__name__} are set, not one")
        write_branch, content = chosen[0]
        return f"<{name}>{write_branch(content, namespace)}</{name}>"

    return write


_COMPILERS: Final[dict[type[k.Kind], Callable[[Any, str], Writer]]] = {
    k.Text: _text_writer,
    k.Identifier: _text_writer,
    k.Nothing: _nothing_writer,
    k.Time: _time_writer,
    k.Boolean: _boolean_writer,
    k.Integer: _integer_writer,
    k.Octets: _octets_writer,
    k.UserOctets: lambda kind, name: _wrapping(name, _octets_writer(kind, "string")),
    k.Enumerated: _word_writer,
    k.Flags: _flags_writer,
    k.Device: _device_writer,
    k.DeviceSequence: lambda kind, name: _wrapping(name, writer(k.Device(), kind.item)),
    k.Connection: _connection_writer,
    k.PartyChoice: _party_writer,
    k.ObjectChoice: _object_writer,
    k.CallState: _call_state_writer,
    k.SecurityData: _security_writer,
    k.PrivateContent: _private_content_writer,
    k.FailureChoice: _failure_writer,
    k.Application: lambda kind, name: writer(kind.kind, name),
    k.Wrapped: lambda kind, name: _wrapping(name, writer(kind.kind, kind.name)),
    k.Sequence: _sequence_writer,
    k.Structure: _structure_writer,
    k.Choice: _choice_writer,
}
"""What compiles each kind but `Branches`, whose values stand in the fields around them."""
