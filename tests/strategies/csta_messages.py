"""Any message that was declared, filled in however its shape allows, for one encoding or for both."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import strategies as st

from csta.codec.table import SHAPES
from csta.failures import FAILURES, UNSPECIFIED, Failure
from csta.identifiers import DYNAMIC, TYPES_OF_NUMBER, ConnectionID, DeviceID
from csta.messages import ErrorResponse, Extensions, Message, Security
from csta.schema import kinds as k
from csta.schema.elements import Shape
from csta.states import ConnectionState

HEX = st.binary(min_size=1, max_size=8).map(lambda octets: octets.hex().upper())
"""Identifiers that both encodings can carry."""

_XML_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1, max_size=32
)
_ASCII = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=32)
_DIGITS = st.text("0123456789", min_size=1, max_size=12).map(lambda digits: str(int(digits)))
# To the second: not every peer says more.
TIMES = st.datetimes(datetime(1980, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - see timezones
    lambda time: time.replace(microsecond=0)
)
_FAILURES = st.sampled_from(
    [*((category, value) for category, values in FAILURES.items() for value in values), (UNSPECIFIED, "")]
)


def texts(wire: k.Wire) -> st.SearchStrategy[str]:
    """Texts: XML keeps no white space at their ends, and BER's are of ASCII."""
    return _XML_TEXT.map(str.strip).filter(bool) if wire is k.Wire.XML else _ASCII


def devices(wire: k.Wire) -> st.SearchStrategy[DeviceID]:
    """Devices with every form of number."""
    forms = [form for form in TYPES_OF_NUMBER if form != "deviceNumber"]
    plain = st.builds(DeviceID, texts(wire), st.sampled_from(forms))
    return plain | st.builds(DeviceID, _DIGITS, st.just("deviceNumber"))


def connections(wire: k.Wire) -> st.SearchStrategy[ConnectionID]:
    """Connections with and without a device."""
    # What begins as a dynamic identifier does is one, and of hexadecimal digits.
    static = texts(wire).filter(lambda number: not number.startswith(DYNAMIC))
    dynamic = HEX.map(lambda octets: DYNAMIC + octets)
    return st.builds(ConnectionID, HEX, static | dynamic | st.just(""))


def parties(kind: k.PartyChoice, wire: k.Wire) -> st.SearchStrategy[object]:
    """A device, or a reason why there is none."""
    if kind.device_alone and wire is not k.Wire.XML:
        return devices(wire)
    return devices(wire) | st.sampled_from(sorted(kind.presentations, key=lambda presentation: presentation.value))


def words(kind: k.Enumerated | k.Flags, wire: k.Wire) -> st.SearchStrategy[object]:
    """The words that an encoding has."""
    no_xml, no_number = wire is k.Wire.BER, wire is k.Wire.XML
    usable = [word for word in kind.words if (no_xml or word.in_xml) and (no_number or word.number is not None)]
    return st.sampled_from(usable)


def _list(kind: k.Sequence, wire: k.Wire) -> st.SearchStrategy[Any]:
    most = 1 if kind.single and wire is not k.Wire.XML else 3
    return st.lists(values(kind.kind, wire), min_size=int(kind.single), max_size=most).map(tuple)


def _choice(kind: k.Choice, wire: k.Wire) -> st.SearchStrategy[Any]:
    usable = [element for element in kind.elements if on(element, wire)]
    return st.one_of(*(st.builds(kind.type, **{each.field: values(each.kind, wire)}) for each in usable))


def _flags(kind: k.Flags, wire: k.Wire) -> st.SearchStrategy[Any]:
    return st.frozensets(words(kind, wire), max_size=4) if any(kind.words) else st.just(frozenset())


_MAKERS: Final[dict[type[k.Kind], Callable[[Any, k.Wire], st.SearchStrategy[Any]]]] = {
    k.Application: lambda kind, wire: values(kind.kind, wire),
    k.Wrapped: lambda kind, wire: values(kind.kind, wire),
    k.Sequence: _list,
    k.Structure: lambda kind, wire: st.builds(kind.type, **fields(kind.elements, kind.type, wire)),
    k.Choice: _choice,
    k.Flags: _flags,
    k.PartyChoice: parties,
    k.Enumerated: words,
    k.ObjectChoice: lambda _, wire: devices(wire) | connections(wire),
    k.Device: lambda _, wire: devices(wire),
    k.DeviceSequence: lambda _, wire: devices(wire),
    k.Connection: lambda _, wire: connections(wire),
    k.Text: lambda _, wire: texts(wire),
    k.Identifier: lambda _, __: HEX,
    k.Integer: lambda kind, _: st.integers(kind.lowest, kind.limit),
    k.Octets: lambda kind, _: st.binary(max_size=min(kind.limit, 64)),
    k.UserOctets: lambda kind, _: st.binary(max_size=min(kind.limit, 64)),
    k.Nothing: lambda _, __: st.just(value=True),
    k.Boolean: lambda _, __: st.booleans(),
    k.Time: lambda _, __: TIMES,
    k.CallState: lambda _, __: st.lists(st.sampled_from(list(ConnectionState)), max_size=4).map(tuple),
    k.PrivateContent: lambda _, __: st.binary(max_size=16),
    k.SecurityData: lambda _, __: securities(),
    k.FailureChoice: lambda _, __: _FAILURES.map(lambda pair: Failure(*pair)),
}


def values(kind: k.Kind, wire: k.Wire) -> st.SearchStrategy[Any]:
    """Everything that an element of this kind may carry."""
    return _MAKERS[type(kind)](kind, wire)


def on(element: k.Element, wire: k.Wire) -> bool:
    """Whether an encoding has an element; of those for both, what one alone has is left out."""
    return element.wire in {k.Wire.BOTH, wire}


def fields(elements: tuple[k.Element, ...], type_: type[Any], wire: k.Wire) -> dict[str, st.SearchStrategy[Any]]:
    """What the fields of a class may hold; those that the encoding does not have keep their defaults."""
    found: dict[str, st.SearchStrategy[Any]] = {}
    branches: list[k.Element] = []
    for element in elements:
        if isinstance(element.kind, k.Branches):
            branches.extend(element.kind.elements)
        elif on(element, wire):
            found[element.field] = _field(element, type_, wire)
    # Of branches the last is a list, which stands where no other has a value.
    found |= {element.field: values(element.kind, wire) for element in branches[-1:]}
    return found


def _field(element: k.Element, type_: type[Any], wire: k.Wire) -> st.SearchStrategy[Any]:
    default = type_.__dataclass_fields__[element.field].default
    strategy = values(element.kind, wire)
    if element.need is not k.Need.NEVER:
        return strategy
    # A field with another default has that value when its element is absent.
    return st.just(default) | strategy


def securities() -> st.SearchStrategy[Security]:
    """Security data, any part of it."""
    return st.builds(
        Security,
        sequence=st.none() | st.integers(0, 2**31 - 1),
        timestamp=st.none() | TIMES,
        info=st.none() | st.binary(max_size=16),
    )


def extensions() -> st.SearchStrategy[Extensions]:
    """Extensions with octets for private data, which both encodings have."""
    return st.builds(
        Extensions,
        security=st.none() | securities(),
        private_data=st.lists(st.binary(max_size=16), max_size=2).map(tuple),
    )


def messages(shape: Shape, wire: k.Wire = k.Wire.BOTH) -> st.SearchStrategy[Any]:
    """Every valid message of a shape for an encoding."""
    found = fields(shape.elements, shape.type, wire)
    if shape.event is not None and wire is not k.Wire.XML:
        # In BER the monitor stands in the event report.
        found["monitor_cross_ref_id"] = HEX
    branches = [e for element in shape.elements if isinstance(element.kind, k.Branches) for e in element.kind.elements]
    whole = st.builds(shape.type, **found)
    if not branches:
        return whole
    del found[branches[-1].field]
    return whole | st.builds(shape.type, **found, **{branches[0].field: values(branches[0].kind, wire)})


def bears_extensions(shape: Shape) -> bool:
    """Whether a message has a place for extensions: all but the vendor's own, whose body is private data."""
    return not shape.bare and not any(isinstance(element.kind, k.PrivateContent) for element in shape.elements)


def any_message(wire: k.Wire = k.Wire.BOTH) -> st.SearchStrategy[Message]:
    """Any message of CSTA itself that an encoding has, errors included."""
    shapes = [shape for shape in SHAPES if shape.namespace is None]
    errors = _FAILURES.map(lambda pair: ErrorResponse(category=pair[0], value=pair[1]))
    # One level: a choice among hundreds of strategies is slow to build and to shrink.
    return st.sampled_from(shapes).flatmap(lambda shape: messages(shape, wire)) | errors
