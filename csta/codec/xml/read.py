"""Reads values from XML elements: each kind is compiled once into a function that takes an element and gives its value.

Elements may come in any order; what is unknown, doubled or wrong is kept as extra and reported, never fatal unless the
message means nothing without it.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar
from xml.etree.ElementTree import Element

from csta.codec.xml.extensions import read_extensions, read_private_data, read_security
from csta.codec.xml.failures import read_failure
from csta.codec.xml.tree import (
    MAX_WORD,
    BadValueError,
    ByTag,
    KeepAsExtraError,
    Reading,
    foreign,
    local_name,
    split_tag,
    text_of,
)
from csta.codec.xml.values import number_of, octets_of, time_of, truth_of
from csta.identifiers import DYNAMIC, TYPES_OF_NUMBER, ConnectionID, DeviceID, Party, Presentation
from csta.schema import kinds as k
from csta.states import SIMPLE_CALL_STATES, ConnectionState
from csta.words import Word

Reader = Callable[[Element, Reading], Any]
"""Returns the value of an element; raises `BadValueError` where its content does not fit the kind."""
Fields = Callable[[Element, Reading], dict[str, Any]]
"""Returns the fields of a message or structure."""

_T = TypeVar("_T")

_UNMODELLED: Final = frozenset({"locationInfo", "locationInfoList"})
"""Elements of ECMA-323 ed. 6 that have no field anywhere: kept like unknown ones, but not worth a report."""

_DIALLING: Final = TYPES_OF_NUMBER[0]
_MAX_NUMBER: Final = 4096
_MAX_KEPT_NUMBER: Final = 256
"""Longer numbers are not kept for the next time."""


def fields_reader(elements: tuple[k.Element, ...], *, extensions: bool) -> Fields:
    """Compile a function that reads a message's or structure's elements; ``extensions``: it may have those as well.

    It gives the fields by name, with ``extra`` where something has no field.

    The function raises:
        BadValueError: An element that must be there is absent or wrong.
        MessageError: Elements are nested too deep.
    """
    by_tag = _field_table(elements, extensions=extensions)
    needed = tuple(
        (element.field or element.name, element.name) for element in elements if element.need is k.Need.ALWAYS
    )
    branches = tuple(element.name for element in elements if isinstance(element.kind, k.Branches))

    def read(parent: Element, reading: Reading) -> dict[str, Any]:
        values: dict[str, Any] = {}
        extra = []
        for child in parent:
            found = by_tag[child.tag]
            if found is not None and found[0] not in values:
                try:
                    values[found[0]] = found[1](child, reading)
                except BadValueError as error:
                    _report(error, found[2], reading)
                else:
                    continue
            else:
                _report_surplus(child, reading, known=found is not None)
            extra.append(foreign(child, reading))
        for field, name in needed:
            if field not in values:
                raise BadValueError(f"lacks {name}")
        for name in branches:
            values |= values.pop(name, {})
        if extra:
            values["extra"] = tuple(extra)
        return values

    return read


def _field_table(elements: tuple[k.Element, ...], *, extensions: bool) -> ByTag[tuple[str, Reader, k.Element]]:
    """For each element its field and what reads it.

    Branches have no field of their own: until all is read, their element's name stands for one.
    """
    table: dict[str, tuple[str, Reader, k.Element]] = {}
    if extensions:
        table[_EXTENSIONS.name] = (_EXTENSIONS.field, read_extensions, _EXTENSIONS)
    for element in elements:
        if element.wire is not k.Wire.BER:
            table[element.name] = (element.field or element.name, reader(element.kind), element)
    return ByTag(table)


_EXTENSIONS: Final = k.Element("extensions", "extensions", k.Nothing())


def _report(error: BadValueError, element: k.Element, reading: Reading) -> None:
    """An element's content is wrong."""
    if element.need is k.Need.ALWAYS:
        raise BadValueError(f"{element.name} {error}") from None
    if not isinstance(error, KeepAsExtraError):
        reading.note(f"{element.name} in {reading.root} {error}")


def _report_surplus(element: Element, reading: Reading, *, known: bool) -> None:
    """An element has no field, or came before."""
    local, ours = split_tag(element.tag)
    if known or not ours or local not in _UNMODELLED:
        reading.note(f"{'second' if known else 'unknown'} element {local_name(element)} in {reading.root}")


@lru_cache(maxsize=2048)
def reader(kind: k.Kind) -> Reader:
    """Compile a kind."""
    return _COMPILERS[type(kind)](kind)


def _plain_reader(value_of: Callable[[str], Any]) -> Reader:
    return lambda element, _reading: value_of(text_of(element))


def _integer_reader(kind: k.Integer) -> Reader:
    lowest, limit = kind.lowest, kind.limit
    return lambda element, _reading: number_of(text_of(element), lowest, limit)


def _text_reader(kind: k.Text | k.Identifier) -> Reader:
    # The sender's limits are the standard's; a longer text does no harm, within the frame's limit.
    limit = 16 * kind.limit

    def read(element: Element, _reading: Reading) -> str:
        text = text_of(element)
        if not text:
            raise BadValueError("is empty")
        if len(text) > limit:
            raise BadValueError(f"has {len(text)} characters, far more than {kind.limit}")
        return text

    return read


def _read_user_octets(element: Element, _reading: Reading) -> bytes:
    for child in element:
        local, ours = split_tag(child.tag)
        if ours:
            if local != "string":
                raise KeepAsExtraError
            return octets_of(text_of(child))
    raise BadValueError("is empty")


def _word_reader(kind: k.Enumerated) -> Reader:
    words = kind.words
    known = {word.value: word for word in words}

    def read(element: Element, reading: Reading) -> Word:
        word = known.get(element.text or "")
        if word is not None:
            return word
        text = text_of(element)
        if not 0 < len(text) <= MAX_WORD:
            raise BadValueError(f"is {text[:MAX_WORD]!r}, no word of {words.__name__}")
        word = words.received(text)
        if not word.known:
            reading.note(f"unknown word {text!r} of {words.__name__} in {reading.root}")
        return word

    return read


def _flags_reader(kind: k.Flags) -> Reader:
    words = kind.words
    by_tag = ByTag({word.value: word for word in words})
    nothing: frozenset[Word] = frozenset()

    def read(element: Element, reading: Reading) -> frozenset[Word]:
        if not len(element):
            return nothing
        found = []
        for child in element:
            word = by_tag[child.tag]
            if word is None:
                reading.note(f"unknown element {local_name(child)} of {words.__name__} in {reading.root}")
            elif child.text == "true" or truth_of(text_of(child)):
                found.append(word)
        return frozenset(found)

    return read


@lru_cache(maxsize=4096)
def _device(normalise: Callable[[str], str], text: str, type_of_number: str) -> DeviceID:
    number = normalise(text)
    if not number:
        raise BadValueError("is a device without a number")
    return DeviceID(number, type_of_number)


@lru_cache(maxsize=4096)
def _local_device(normalise: Callable[[str], str], text: str, type_of_number: str) -> tuple[str, str]:
    """What a connection keeps of its device: its number and its form."""
    if type_of_number == _DYNAMIC_TYPE:
        return DYNAMIC + text, _DIALLING
    return normalise(text), type_of_number


_DYNAMIC_TYPE: Final = DYNAMIC.rstrip(":")
_device_afresh: Final = _device.__wrapped__


def _type_of_number(element: Element) -> str:
    """The form of a device's number as it is written; cut, because it is kept for the next time."""
    return element.get("typeOfNumber", _DIALLING)[:MAX_WORD]


def _read_device(element: Element, reading: Reading) -> DeviceID:
    text = text_of(element)
    if len(text) <= _MAX_KEPT_NUMBER:
        return _device(reading.normalise, text, _type_of_number(element))
    if len(text) > _MAX_NUMBER:
        raise BadValueError(f"is a device's number of {len(text)} characters")
    return _device_afresh(reading.normalise, text, _type_of_number(element))


def _device_sequence_reader(kind: k.DeviceSequence) -> Reader:
    by_tag = ByTag({kind.item: True})

    def read(element: Element, reading: Reading) -> DeviceID:
        items = [child for child in element if by_tag[child.tag]]
        if len(items) > 1:
            reading.note(f"{len(items)} devices in {local_name(element)}: the first is used")
        return _read_device(items[0] if items else element, reading)

    return read


_PARTS: Final = ByTag({"callID": 1, "deviceID": 2})


def _read_connection(element: Element, reading: Reading) -> ConnectionID:
    call_id = device_id = ""
    device_type = _DIALLING
    for child in element:
        part = _PARTS[child.tag]
        if part is None:
            continue
        text = text_of(child)
        if len(text) > _MAX_KEPT_NUMBER:
            raise BadValueError(f"is a connection with an identifier of {len(text)} characters")
        if part == 1:
            call_id = text
        else:
            device_id, device_type = _local_device(reading.normalise, text, _type_of_number(child))
    if not call_id:
        raise BadValueError("is a connection without a call identifier")
    return ConnectionID(call_id, device_id, device_type)


def _first(element: Element, by_tag: ByTag[_T], complaint: str) -> tuple[_T, Element]:
    """The branch of a choice: what the table has for the first child of CSTA, and that child."""
    for child in element:
        found = by_tag[child.tag]
        if found is not None:
            return found, child
        if split_tag(child.tag)[1]:
            raise BadValueError(f"holds {local_name(child)!r}, {complaint}")
    raise BadValueError("is empty")


def _party_reader(kind: k.PartyChoice) -> Reader:
    branches: dict[str, Presentation | str] = {presentation.value: presentation for presentation in Presentation}
    devices = (kind.device_element, "deviceIdentifier", "numberDialed", "deviceID")
    by_tag = ByTag(branches | {name: name for name in devices})

    def read(element: Element, reading: Reading) -> Party:
        branch, child = _first(element, by_tag, "no way to name a party")
        if branch.__class__ is Presentation:
            return branch
        # A number that is sent empty is as good as none.
        return _read_device(child, reading) if text_of(child) else Presentation.NOT_KNOWN

    return read


_OBJECTS: Final[ByTag[Reader]] = ByTag({"deviceObject": _read_device, "callObject": _read_connection})


def _read_object(element: Element, reading: Reading) -> Any:  # noqa: ANN401 - as its branch says
    read, child = _first(element, _OBJECTS, "neither a device nor a call")
    return read(child, reading)


def _call_state_reader(_kind: k.CallState) -> Reader:
    branches = ByTag({name: name for name in ("compoundCallState", "simpleCallState", "unknown")})
    states = ByTag({"localConnectionState": reader(k.Enumerated(ConnectionState))})

    def read(element: Element, reading: Reading) -> tuple[ConnectionState, ...]:
        branch, child = _first(element, branches, "no state of a call")
        if branch == "unknown":
            return ()
        if branch == "simpleCallState":
            simple = SIMPLE_CALL_STATES.get(text_of(child))
            if simple is None:
                raise BadValueError(f"is {text_of(child)[:MAX_WORD]!r}, no simple call state")
            return simple
        return tuple([read_state(state, reading) for state in child if (read_state := states[state.tag]) is not None])

    return read


def _private_content(element: Element, reading: Reading) -> Any:  # noqa: ANN401 - octets or an element
    found = read_private_data(element, reading)
    if len(found) == 1:
        return found[0]
    if len(element) != 1:
        raise BadValueError(f"holds {len(element)} things, not one")
    # Several elements, or none, are kept as the one element around them.
    return foreign(element[0], reading)


def _wrapped_reader(kind: k.Wrapped) -> Reader:
    by_tag = ByTag({kind.name: reader(kind.kind)})

    def read(element: Element, reading: Reading) -> Any:  # noqa: ANN401 - as the inner kind says
        for child in element:
            read_inner = by_tag[child.tag]
            if read_inner is not None:
                return read_inner(child, reading)
        raise BadValueError(f"lacks {kind.name}")

    return read


def _sequence_reader(kind: k.Sequence) -> Reader:
    by_tag = ByTag({kind.item: reader(kind.kind)})

    def read(element: Element, reading: Reading) -> tuple[Any, ...]:
        items = []
        for child in element:
            read_item = by_tag[child.tag]
            if read_item is not None:
                items.append(read_item(child, reading))
            else:
                reading.note(f"unknown element {local_name(child)} in a list of {reading.root}")
        return tuple(items)

    return read


def _structure_reader(kind: k.Structure) -> Reader:
    make = kind.type
    read_fields = fields_reader(kind.elements, extensions="extensions" in make.__dataclass_fields__)
    keeps_extra = "extra" in make.__dataclass_fields__

    def read(element: Element, reading: Reading) -> Any:  # noqa: ANN401 - an instance of the kind's type
        values = read_fields(element, reading)
        if not keeps_extra:
            # What was left over has been reported.
            values.pop("extra", None)
        return make(**values)

    return read


def _branch_table(elements: tuple[k.Element, ...]) -> ByTag[tuple[str, Reader]]:
    return ByTag({element.name: (element.field, reader(element.kind)) for element in elements})


def _choice_reader(kind: k.Choice) -> Reader:
    make, by_tag = kind.type, _branch_table(kind.elements)
    complaint = f"no branch of {make.__name__}"

    def read(element: Element, reading: Reading) -> Any:  # noqa: ANN401 - an instance of the kind's type
        (field, read_branch), child = _first(element, by_tag, complaint)
        return make(**{field: read_branch(child, reading)})

    return read


def _branches_reader(kind: k.Branches) -> Reader:
    """Its values are parts of the fields around it."""
    by_tag = _branch_table(kind.elements)
    names = " or ".join(element.name for element in kind.elements)

    def read(element: Element, reading: Reading) -> dict[str, Any]:
        for child in element:
            found = by_tag[child.tag]
            if found is not None:
                return {found[0]: found[1](child, reading)}
        raise BadValueError(f"lacks {names}")

    return read


_COMPILERS: Final[dict[type[k.Kind], Callable[[Any], Reader]]] = {
    k.Text: _text_reader,
    k.Identifier: _text_reader,
    k.Nothing: lambda _kind: lambda _element, _reading: True,
    k.Time: lambda _kind: _plain_reader(time_of),
    k.Boolean: lambda _kind: _plain_reader(truth_of),
    k.Integer: _integer_reader,
    k.Octets: lambda _kind: _plain_reader(octets_of),
    k.UserOctets: lambda _kind: _read_user_octets,
    k.Enumerated: _word_reader,
    k.Flags: _flags_reader,
    k.Device: lambda _kind: _read_device,
    k.DeviceSequence: _device_sequence_reader,
    k.Connection: lambda _kind: _read_connection,
    k.PartyChoice: _party_reader,
    k.ObjectChoice: lambda _kind: _read_object,
    k.CallState: _call_state_reader,
    k.SecurityData: lambda _kind: read_security,
    k.PrivateContent: lambda _kind: _private_content,
    k.FailureChoice: lambda _kind: read_failure,
    k.Application: lambda kind: reader(kind.kind),
    k.Wrapped: _wrapped_reader,
    k.Sequence: _sequence_reader,
    k.Structure: _structure_reader,
    k.Choice: _choice_reader,
    k.Branches: _branches_reader,
}
"""What compiles each kind."""
