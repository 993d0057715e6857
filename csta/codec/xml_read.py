"""Reads values from XML elements: each kind is compiled once into a function that takes an element and gives its value.

Elements may come in any order; what is unknown, doubled or wrong is kept as extra and reported, never fatal unless the
message means nothing without it.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar
from xml.etree.ElementTree import Element

from csta.codec.unmodelled import UNMODELLED
from csta.codec.xml_extensions import read_extensions, read_private_data, read_security
from csta.codec.xml_failures import read_failure
from csta.codec.xml_tree import (
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
from csta.codec.xml_values import number_of, octets_of, time_of, truth_of
from csta.identifiers import DYNAMIC, TYPES_OF_NUMBER, ConnectionID, DeviceID, Party, Presentation
from csta.messages.base import ForeignElement
from csta.schema import kinds as k
from csta.states import SIMPLE_CALL_STATES, ConnectionState
from csta.words import Word

Reader = Callable[[Element, Reading], Any]
"""Returns the value of an element; raises `BadValueError` where its content does not fit the kind."""
Fields = Callable[[Element, Reading], dict[str, Any]]
"""Returns the fields of a message or structure."""

_T = TypeVar("_T")

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
    # Branches have no field of their own: until the end their element's name stands for one.
    ours = {
        element.name: (element.field or element.name, reader(element.kind), element)
        for element in elements
        if element.wire is not k.Wire.BER
    }
    branches = tuple(element.name for element in elements if isinstance(element.kind, k.Branches))
    if extensions:
        element = k.Element("extensions", "extensions", k.Nothing())
        ours.setdefault(element.name, (element.field, read_extensions, element))
    by_tag = ByTag(ours)
    needed = tuple((field, element) for field, _, element in ours.values() if element.need is k.Need.ALWAYS)

    def read(parent: Element, reading: Reading) -> dict[str, Any]:
        values: dict[str, Any] = {}
        extra: list[ForeignElement] | None = None
        for child in parent:
            found = by_tag[child.tag]
            if found is not None and found[0] not in values:
                try:
                    values[found[0]] = found[1](child, reading)
                except BadValueError as error:
                    _report(error, found[2], reading)
                else:
                    continue
            elif found is not None:
                reading.note(f"second element {local_name(child)} in {reading.root}")
            elif not _is_unmodelled(child.tag):
                reading.note(f"unknown element {local_name(child)} in {reading.root}")
            extra = [] if extra is None else extra
            extra.append(foreign(child, reading))
        for field, element in needed:
            if field not in values:
                raise BadValueError(f"lacks {element.name}")
        for name in branches:
            values |= values.pop(name, {})
        if extra is not None:
            values["extra"] = tuple(extra)
        return values

    return read


def _report(error: BadValueError, element: k.Element, reading: Reading) -> None:
    if element.need is k.Need.ALWAYS:
        raise BadValueError(f"{element.name} {error}") from None
    if not isinstance(error, KeepAsExtraError):
        reading.note(f"{element.name} in {reading.root} {error}")


def _is_unmodelled(tag: str) -> bool:
    local, ours = split_tag(tag)
    return ours and local in UNMODELLED


@lru_cache(maxsize=2048)
def reader(kind: k.Kind) -> Reader:
    """Compile a kind."""
    match kind:
        case k.Text(limit) | k.Identifier(limit):
            return _text_reader(limit)
        case k.Nothing():
            return lambda _element, _reading: True
        case k.Time():
            return lambda element, _reading: time_of(text_of(element))
        case k.Boolean():
            return lambda element, _reading: truth_of(text_of(element))
        case k.Integer(limit, lowest):
            return lambda element, _reading: number_of(text_of(element), lowest, limit)
        case k.Octets():
            return lambda element, _reading: octets_of(text_of(element))
        case k.UserOctets():
            return _read_user_octets
        case k.Enumerated(words):
            return _word_reader(words)
        case k.Flags(words):
            return _flags_reader(words)
    return _identifier_reader(kind)


def _identifier_reader(kind: k.Kind) -> Reader:
    match kind:
        case k.Device():
            return _read_device
        case k.DeviceSequence(item):
            return _device_sequence_reader(item)
        case k.Connection():
            return _read_connection
        case k.PartyChoice(device_element):
            return _party_reader(device_element)
        case k.ObjectChoice():
            return _read_object
        case k.CallState():
            return _call_state_reader()
        case k.SecurityData():
            return read_security
        case k.PrivateContent():
            return _private_content
        case k.FailureChoice():
            return read_failure
    return _nesting_reader(kind)


def _nesting_reader(kind: k.Kind) -> Reader:
    match kind:
        case k.Application(_, inner):
            return reader(inner)
        case k.Wrapped(name, inner):
            return _wrapped_reader(name, inner)
        case k.Sequence(item, inner):
            return _sequence_reader(item, inner)
        case k.Structure():
            return _structure_reader(kind)
        case k.Choice():
            return _choice_reader(kind)
        case k.Branches(elements):
            return _branches_reader(elements)
    raise NotImplementedError(f"no XML for the kind {kind!r}")


def _text_reader(limit: int) -> Reader:
    # The sender's limits are the standard's; a longer text does no harm, within the frame's limit.
    limit = 16 * limit

    def read(element: Element, _reading: Reading) -> str:
        text = text_of(element)
        if not text:
            raise BadValueError("is empty")
        if len(text) > limit:
            raise BadValueError(f"has {len(text)} characters, far more than {limit // 16}")
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


def _word_reader(words: type[Word]) -> Reader:
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


def _flags_reader(words: type[Word]) -> Reader:
    by_tag = ByTag({word.value: word for word in words})

    def read(element: Element, reading: Reading) -> frozenset[Word]:
        found = set()
        for child in element:
            word = by_tag[child.tag]
            if word is None:
                reading.note(f"unknown element {local_name(child)} of {words.__name__} in {reading.root}")
            elif truth_of(text_of(child)):
                found.add(word)
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
_local_device_afresh: Final = _local_device.__wrapped__


def _read_device(element: Element, reading: Reading) -> DeviceID:
    text = text_of(element)
    if len(text) <= _MAX_KEPT_NUMBER:
        return _device(reading.normalise, text, element.get("typeOfNumber", _DIALLING))
    if len(text) > _MAX_NUMBER:
        raise BadValueError(f"is a device's number of {len(text)} characters")
    return _device_afresh(reading.normalise, text, element.get("typeOfNumber", _DIALLING))


def _device_sequence_reader(item: str) -> Reader:
    by_tag = ByTag({item: True})

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
            device_id, device_type = _local_device(reading.normalise, text, child.get("typeOfNumber", _DIALLING))
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


def _party_reader(device_element: str) -> Reader:
    branches: dict[str, Presentation | str] = {presentation.value: presentation for presentation in Presentation}
    devices = (device_element, "deviceIdentifier", "numberDialed", "deviceID")
    by_tag = ByTag(branches | {name: name for name in devices})

    def read(element: Element, reading: Reading) -> Party:
        branch, child = _first(element, by_tag, "no way to name a party")
        if isinstance(branch, Presentation):
            return branch
        # A number that is sent empty is as good as none.
        return _read_device(child, reading) if text_of(child) else Presentation.NOT_KNOWN

    return read


_OBJECTS: Final[ByTag[Reader]] = ByTag({"deviceObject": _read_device, "callObject": _read_connection})


def _read_object(element: Element, reading: Reading) -> Any:  # noqa: ANN401 - as its branch says
    read, child = _first(element, _OBJECTS, "neither a device nor a call")
    return read(child, reading)


def _call_state_reader() -> Reader:
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
    if len(found) != 1:
        raise BadValueError(f"holds {len(found)} things, not one")
    return found[0]


def _wrapped_reader(name: str, inner: k.Kind) -> Reader:
    by_tag = ByTag({name: reader(inner)})

    def read(element: Element, reading: Reading) -> Any:  # noqa: ANN401 - as the inner kind says
        for child in element:
            read_inner = by_tag[child.tag]
            if read_inner is not None:
                return read_inner(child, reading)
        raise BadValueError(f"lacks {name}")

    return read


def _sequence_reader(item: str, inner: k.Kind) -> Reader:
    by_tag = ByTag({item: reader(inner)})

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


def _branches_reader(elements: tuple[k.Element, ...]) -> Reader:
    """Its values are parts of the fields around it."""
    by_tag = _branch_table(elements)
    names = " or ".join(element.name for element in elements)

    def read(element: Element, reading: Reading) -> dict[str, Any]:
        for child in element:
            found = by_tag[child.tag]
            if found is not None:
                return {found[0]: found[1](child, reading)}
        raise BadValueError(f"lacks {names}")

    return read
