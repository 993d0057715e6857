"""Reads values from XML elements, kind by kind: any order, unknown things kept and reported, limits on depth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, singledispatch
from typing import Any

from lxml import etree

from csta.codec.unmodelled import UNMODELLED
from csta.errors import MessageError
from csta.identifiers import TYPES_OF_NUMBER, ConnectionID, DeviceID, Party, Presentation
from csta.messages import ForeignElement
from csta.schema import kinds as k
from csta.states import SIMPLE_CALL_STATES, ConnectionState

_MAX_WORD = 64
_MAX_FINDINGS = 20
_PRESENTATIONS = {presentation.value: presentation for presentation in Presentation}


class BadValueError(Exception):
    """An element's content does not fit its kind; raised and caught within the reader."""


class KeepAsExtraError(BadValueError):
    """The element is right, but has no place in a field; kept without a report."""


@dataclass(slots=True)
class Reading:
    """What one message's reading needs and gathers: the device normaliser, the depth limit, the findings."""

    normalise: Callable[[str], str]
    max_depth: int
    root: str = ""
    findings: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Gather one line for the log; repetitions and endless lists are cut."""
        if len(self.findings) < _MAX_FINDINGS and text not in self.findings:
            self.findings.append(text)


@lru_cache(maxsize=1024)
def split_tag(tag: str) -> tuple[str, bool]:
    """Return an element's local name and whether its namespace is CSTA's, of any edition, or none at all."""
    namespace, _, local = tag.rpartition("}")
    return local, not namespace or namespace[1:].startswith(k.NAMESPACE_STEM)


def children(element: etree._Element) -> list[tuple[str, etree._Element]]:
    """The CSTA children of an element with their local names."""
    named = ((split_tag(child.tag), child) for child in element if isinstance(child.tag, str))
    return [(local, child) for (local, ours), child in named if ours]


def only_child(element: etree._Element) -> tuple[str, etree._Element]:
    """The first CSTA child: the branch of a choice."""
    for local, child in children(element):
        return local, child
    raise BadValueError("is empty")


def text_of(element: etree._Element) -> str:
    """An element's text without the white space around it."""
    return (element.text or "").strip()


def foreign(element: etree._Element, reading: Reading, depth: int = 0) -> ForeignElement:
    """Keep an element with all that is in it.

    Raises:
        MessageError: It is nested deeper than the limit.
    """
    if depth > reading.max_depth:
        raise MessageError(f"elements nested deeper than {reading.max_depth}", reading.root)
    return ForeignElement(
        str(element.tag),
        text_of(element),
        tuple((str(name), str(text)) for name, text in element.attrib.items()),
        tuple(foreign(child, reading, depth + 1) for child in element if isinstance(child.tag, str)),
    )


@singledispatch
def read(kind: k.Kind, _element: etree._Element, _reading: Reading) -> Any:  # noqa: ANN401 - as its kind says
    """Return the value of an element.

    Raises:
        BadValueError: Its content does not fit the kind.
    """
    raise BadValueError(f"is of the kind {kind!r}, which XML does not have")


@read.register
def _(kind: k.Text, element: etree._Element, _reading: Reading) -> str:
    text = text_of(element)
    if not text:
        raise BadValueError("is empty")
    # The sender's limits are the standard's; a longer text does no harm, within the frame's limit.
    if len(text) > 16 * kind.limit:
        raise BadValueError(f"has {len(text)} characters, far more than {kind.limit}")
    return text


@read.register
def _(_kind: k.Boolean, element: etree._Element, _reading: Reading) -> bool:
    match text_of(element).lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case other:
            raise BadValueError(f"is {other[:_MAX_WORD]!r}, neither true nor false")


@read.register
def _(kind: k.Integer, element: etree._Element, _reading: Reading) -> int:
    text = text_of(element)
    # Length first: int() of a very long text takes long.
    if not text.isascii() or not text.isdigit() or len(text) > 20 or int(text) > kind.limit:
        raise BadValueError(f"is {text[:_MAX_WORD]!r}, not a number within 0..{kind.limit}")
    return int(text)


@read.register
def _(_kind: k.Octets, element: etree._Element, _reading: Reading) -> bytes:
    text = text_of(element)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise BadValueError(f"is {text[:_MAX_WORD]!r}, not hexadecimal octets") from None


@read.register
def _(kind: k.UserOctets, element: etree._Element, reading: Reading) -> bytes:
    local, child = only_child(element)
    if local != "string":
        raise KeepAsExtraError
    value: bytes = read(k.Octets(kind.limit), child, reading)
    return value


@read.register
def _(kind: k.Enumerated, element: etree._Element, reading: Reading) -> Any:  # noqa: ANN401 - a Word of the kind
    text = text_of(element)
    if not 0 < len(text) <= _MAX_WORD:
        raise BadValueError(f"is {text[:_MAX_WORD]!r}, no word of {kind.words.__name__}")
    word = kind.words.received(text)
    if not word.known:
        reading.note(f"unknown word {text!r} of {kind.words.__name__} in {reading.root}")
    return word


@read.register
def _(_kind: k.Device, element: etree._Element, reading: Reading) -> DeviceID:
    number = reading.normalise(text_of(element))
    if not number:
        raise BadValueError("is a device without a number")
    return DeviceID(number, str(element.get("typeOfNumber", TYPES_OF_NUMBER[0])))


@read.register
def _(kind: k.DeviceSequence, element: etree._Element, reading: Reading) -> DeviceID:
    items = [child for local, child in children(element) if local == kind.item]
    if len(items) > 1:
        reading.note(f"{len(items)} devices in {split_tag(str(element.tag))[0]}: the first is used")
    value: DeviceID = read(k.Device(), items[0] if items else element, reading)
    return value


@read.register
def _(_kind: k.Connection, element: etree._Element, reading: Reading) -> ConnectionID:
    call_id = device_id = ""
    for local, child in children(element):
        if local == "callID":
            call_id = text_of(child)
        elif local == "deviceID":
            device_id = reading.normalise(text_of(child))
    if not call_id:
        raise BadValueError("is a connection without a call identifier")
    return ConnectionID(call_id, device_id)


@read.register
def _(kind: k.PartyChoice, element: etree._Element, reading: Reading) -> Party:
    local, child = only_child(element)
    presentation = _PRESENTATIONS.get(local)
    if presentation is not None:
        return presentation
    if local not in {kind.device_element, "deviceIdentifier", "numberDialed", "deviceID"}:
        raise BadValueError(f"holds {local!r}, no way to name a party")
    # A number that is sent empty is as good as none.
    if not text_of(child):
        return Presentation.NOT_KNOWN
    value: DeviceID = read(k.Device(), child, reading)
    return value


@read.register
def _(_kind: k.ObjectChoice, element: etree._Element, reading: Reading) -> DeviceID | ConnectionID:
    local, child = only_child(element)
    value: DeviceID | ConnectionID
    if local == "deviceObject":
        value = read(k.Device(), child, reading)
    elif local == "callObject":
        value = read(k.Connection(), child, reading)
    else:
        raise BadValueError(f"holds {local!r}, neither a device nor a call")
    return value


@read.register
def _(_kind: k.CallState, element: etree._Element, reading: Reading) -> tuple[ConnectionState, ...]:
    local, child = only_child(element)
    if local == "unknown":
        return ()
    if local == "simpleCallState":
        states = SIMPLE_CALL_STATES.get(text_of(child))
        if states is None:
            raise BadValueError(f"is {text_of(child)[:_MAX_WORD]!r}, no simple call state")
        return states
    kind_of_state = k.Enumerated(ConnectionState)
    return tuple(
        read(kind_of_state, state, reading) for name, state in children(child) if name == "localConnectionState"
    )


@read.register
def _(kind: k.Wrapped, element: etree._Element, reading: Reading) -> Any:  # noqa: ANN401 - as the inner kind says
    for local, child in children(element):
        if local == kind.name:
            return read(kind.kind, child, reading)
    raise BadValueError(f"lacks {kind.name}")


@read.register
def _(kind: k.Sequence, element: etree._Element, reading: Reading) -> tuple[Any, ...]:
    items = []
    for local, child in children(element):
        if local == kind.item:
            items.append(read(kind.kind, child, reading))
        else:
            reading.note(f"unknown element {local} in a list of {reading.root}")
    return tuple(items)


@read.register
def _(kind: k.Structure, element: etree._Element, reading: Reading) -> Any:  # noqa: ANN401 - an instance of kind.type
    values = read_elements(kind.elements, kind.by_name, element, reading)
    # A structure without a place for extra elements has had them reported.
    if "extra" not in kind.type.__dataclass_fields__:
        values.pop("extra", None)
    return kind.type(**values)


def read_elements(
    elements: tuple[k.Element, ...], by_name: Mapping[str, k.Element], parent: etree._Element, reading: Reading
) -> dict[str, Any]:
    """Return the fields of a message or structure, whatever order its elements come in; ``extra`` where there are any.

    Raises:
        BadValueError: An element that must be there is absent or wrong.
        MessageError: Elements are nested too deep.
    """
    values: dict[str, Any] = {}
    extra: list[ForeignElement] = []
    for child in parent:
        local, ours = split_tag(str(child.tag))
        element = by_name.get(local) if ours else None
        if element is None or element.field in values:
            extra.append(foreign(child, reading))
            if element is not None or not ours or local not in UNMODELLED:
                reading.note(f"{'second' if element else 'unknown'} element {local[:_MAX_WORD]} in {reading.root}")
            continue
        try:
            values[element.field] = read(element.kind, child, reading)
        except BadValueError as error:
            if element.need is k.Need.ALWAYS:
                raise BadValueError(f"{element.name} {error}") from None
            extra.append(foreign(child, reading))
            if not isinstance(error, KeepAsExtraError):
                reading.note(f"{element.name} in {reading.root} {error}")
    for element in elements:
        if element.need is k.Need.ALWAYS and element.field not in values:
            raise BadValueError(f"lacks {element.name}")
    if extra:
        values["extra"] = tuple(extra)
    return values
