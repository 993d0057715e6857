"""The form of every kind of the schema: each made once, and kept."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from csta.codec.ber import forms as f
from csta.codec.ber.elements import Elements, element_form, write_extra
from csta.codec.ber.extensions import private_form, security_form
from csta.codec.ber.failures import failure_form
from csta.codec.ber.forms import Form, Reading, constructed, tagged
from csta.codec.ber.identifiers import connection_form, device_form, object_form, party_form
from csta.codec.ber.times import time_form
from csta.codec.ber.tlv import APPLICATION, CONTEXT, SEQUENCE, BadValueError, elements, integer
from csta.errors import EncodeError
from csta.schema import kinds as k
from csta.states import SIMPLE_CALL_STATES, ConnectionState

_Inner = Callable[[k.Kind], Form]

_SIMPLE: Final[dict[type[k.Kind], Callable[[Any], Form]]] = {
    k.Text: f.text_form,
    k.Identifier: f.identifier_form,
    k.Nothing: lambda _kind: f.nothing_form(),
    k.Time: lambda _kind: time_form(),
    k.Boolean: lambda _kind: f.boolean_form(),
    k.Integer: f.integer_form,
    k.Octets: f.octets_form,
    k.UserOctets: f.octets_form,
    k.Enumerated: f.enumerated_form,
    k.Flags: f.flags_form,
    k.PrivateContent: lambda _kind: private_form(),
    k.SecurityData: lambda _kind: security_form(),
    k.FailureChoice: lambda _kind: failure_form(),
    k.CallState: lambda _kind: call_state_form(),
}

_IDENTIFIERS: Final[dict[type[k.Kind], Callable[[Any, bool], Form]]] = {
    k.Device: lambda _kind, bare: device_form(bare=bare),
    k.DeviceSequence: lambda _kind, bare: device_form(bare=bare),
    k.Connection: lambda _kind, bare: connection_form(bare=bare),
    k.ObjectChoice: lambda _kind, bare: object_form(bare=bare),
    k.PartyChoice: lambda kind, bare: party_form(kind, bare=bare),
}


@cache
def form_of(kind: k.Kind, *, bare: bool = False) -> Form:
    """The form of a kind; ``bare``: devices and connections are sent as in CSTA I and II.

    Raises:
        EncodeError: The kind has no place outside of a class (`Branches`).
    """
    simple = _SIMPLE.get(type(kind))
    if simple is not None:
        return simple(kind)
    named = _IDENTIFIERS.get(type(kind))
    if named is not None:
        return named(kind, bare)
    nested = _NESTED.get(type(kind))
    if nested is None:
        raise EncodeError(f"no BER for the kind {kind!r}")
    return nested(kind, lambda inner: form_of(inner, bare=bare))


def _application_form(kind: k.Application, inner: _Inner) -> Form:
    return tagged(inner(kind.kind), APPLICATION, kind.number, explicit=kind.explicit)


def _list_form(kind: k.Sequence, inner: _Inner) -> Form:
    return (_single_form if kind.single else _sequence_form)(inner(kind.kind))


def _sequence_form(item: Form) -> Form:
    readers = {**item.older, **item.readers}
    write_item = item.write

    def read(data: bytes, start: int, stop: int, reading: Reading) -> tuple[Any, ...]:
        items = []
        for found in elements(data, start, stop, reading.max_depth):
            reader = readers.get(found.identifier)
            if reader is not None:
                items.append(reader(data, found.start, found.stop, reading))
            elif item.other is not None:
                items.append(item.other(data, found.identifier, found.start, found.stop))
            else:
                reading.note(f"unknown element {found.identifier:02X} in a list of {reading.root}")
        return tuple(items)

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is not tuple:
            raise EncodeError(f"{value!r} is not a tuple")
        return b"".join([write_item(item_) for item_ in value])

    return constructed(SEQUENCE, read, write)


def _single_form(item: Form) -> Form:
    """A list of one item, which has no SEQUENCE around it."""

    def reader(read: f.Read) -> f.Read:
        return lambda data, start, stop, reading: (read(data, start, stop, reading),)

    def writer(write: f.Write) -> f.Write:
        def write_single(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
            if value.__class__ is not tuple or len(value) != 1:
                raise EncodeError(f"{value!r} is not a tuple of the one item that BER has room for")
            return write(value[0])

        return write_single

    implicit = item.implicit
    if implicit is not None:
        pieces = reader(implicit.pieces) if implicit.pieces else None
        implicit = f.Implicit(implicit.constructed, reader(implicit.read), writer(implicit.write), pieces)
    return Form(
        {identifier: reader(read) for identifier, read in item.readers.items()},
        writer(item.write),
        implicit,
        {identifier: reader(read) for identifier, read in item.older.items()},
    )


def _structure_form(kind: k.Structure, inner: _Inner) -> Form:
    type_ = kind.type
    body = Elements(type_, kind.elements, inner, kind.ber_order)
    keeps = "extra" in type_.__dataclass_fields__

    def read(data: bytes, start: int, stop: int, reading: Reading) -> Any:  # noqa: ANN401 - an instance of the type
        values = body.read(data, start, stop, reading)
        # A structure without a place for extra elements has had them reported.
        if not keeps:
            values.pop("extra", None)
        return type_(**values)

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is not type_:
            raise EncodeError(f"{value!r} is not a {type_.__name__}")
        pieces = body.pieces(value)
        if keeps and value.extra:
            pieces += write_extra(value.extra)
        return b"".join(pieces)

    return constructed(SEQUENCE, read, write)


def _choice_form(kind: k.Choice, inner: _Inner) -> Form:
    type_ = kind.type
    branches = {branch.field: element_form(branch, inner) for branch in kind.elements if branch.wire is not k.Wire.XML}

    def reader(field: str, read: f.Read) -> f.Read:
        return lambda data, start, stop, reading: type_(**{field: read(data, start, stop, reading)})

    def other_of(field: str, other: f.Other) -> f.Other:
        return lambda data, identifier, start, stop: type_(**{field: other(data, identifier, start, stop)})

    readers: dict[int, f.Read] = {}
    older: dict[int, f.Read] = {}
    anything = None
    for field, form in branches.items():
        for identifier, read in form.readers.items():
            readers.setdefault(identifier, reader(field, read))
        for identifier, read in form.older.items():
            older.setdefault(identifier, reader(field, read))
        if form.other is not None:
            anything = other_of(field, form.other)

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is not type_:
            raise EncodeError(f"{value!r} is not a {type_.__name__}")
        chosen = [field for field in branches if getattr(value, field) is not None]
        if len(chosen) != 1:
            raise EncodeError(f"{len(chosen)} branches of {type_.__name__} are set, not the one that BER takes")
        return branches[chosen[0]].write(getattr(value, chosen[0]))

    return Form(readers, write, None, older, anything)


_NESTED: Final[dict[type[k.Kind], Callable[[Any, _Inner], Form]]] = {
    k.Wrapped: lambda kind, inner: inner(kind.kind),
    k.Application: _application_form,
    k.Sequence: _list_form,
    k.Structure: _structure_form,
    k.Choice: _choice_form,
}


def _simple_states() -> dict[int, tuple[ConnectionState, ...]]:
    """The numbers of simple call states: one digit of sixteen for each connection, the device's own last (ECMA-285)."""
    digits = {state: number for number, state in enumerate(ConnectionState)}
    return {digits[own] | digits[other] << 4: (own, other) for own, other in SIMPLE_CALL_STATES.values()}


def call_state_form() -> Form:
    """CallState: a CHOICE of connection states, a number that stands for two of them, or NULL for unknown."""
    state = form_of(k.Application(14, k.Enumerated(ConnectionState)))
    compound = tagged(_sequence_form(state), CONTEXT, 0, explicit=False)
    by_number = _simple_states()
    unknown = f.wrapper(CONTEXT | 2)(b"")

    def read_simple(data: bytes, start: int, stop: int, _reading: Reading) -> tuple[ConnectionState, ...]:
        states = by_number.get(integer(data, start, stop))
        if states is None:
            raise BadValueError("is no simple call state")
        return states

    readers: dict[int, f.Read] = {
        **compound.readers,
        CONTEXT | 1: read_simple,
        CONTEXT | 2: lambda _data, _start, _stop, _reading: (),
    }
    return Form(readers, lambda value: compound.write(value) if value else unknown)
