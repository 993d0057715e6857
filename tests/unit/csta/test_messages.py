"""The table of messages as a whole: nothing twice, nothing forgotten, nothing that BER could not tell apart."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from csta import messages as m
from csta.codec.table import (
    SHAPES,
    event_for_tags,
    request_for_operation,
    response_for_operation,
    shape_for_root,
    shape_of,
)
from csta.identifiers import DeviceID
from csta.messages.base import Event, Notice, Part, Request, Response
from csta.schema import kinds as k
from csta.schema.elements import Shape
from csta.states import RequestedAgentState
from csta.words import Word

CSTA = tuple(shape for shape in SHAPES if shape.namespace is None)
"""The messages of CSTA itself, not those of ECMA-354, which BER does not have."""

by_root = pytest.mark.parametrize("shape", CSTA, ids=lambda shape: shape.root)

ANYTHING = object()
"""The identifier of private content: it may be any."""


def flat(elements: tuple[k.Element, ...]) -> Iterator[k.Element]:
    """Elements with the branches in place of what holds them."""
    for element in elements:
        if isinstance(element.kind, k.Branches):
            yield from element.kind.elements
        else:
            yield element


def kinds_in(kind: k.Kind, wire: k.Wire = k.Wire.BOTH) -> Iterator[tuple[k.Kind, k.Wire]]:
    """A kind and every kind in it, with the encodings that it is for."""
    yield kind, wire
    match kind:
        case k.Application(_, inner) | k.Sequence(_, inner) | k.Wrapped(_, inner):
            yield from kinds_in(inner, wire)
        case k.Structure(_, elements) | k.Choice(_, elements):
            yield from kinds_of(elements, wire)


def kinds_of(elements: tuple[k.Element, ...], wire: k.Wire = k.Wire.BOTH) -> Iterator[tuple[k.Kind, k.Wire]]:
    for element in flat(elements):
        yield from kinds_in(element.kind, wire if element.wire is k.Wire.BOTH else element.wire)


ALL_KINDS = tuple(dict.fromkeys(pair for shape in CSTA for pair in kinds_of(shape.elements)))
COMPOUND = tuple(dict.fromkeys(kind for kind, _ in ALL_KINDS if isinstance(kind, k.Structure | k.Choice)))
ENUMERATIONS = tuple(
    dict.fromkeys(
        (kind.words, type(kind), wire) for kind, wire in ALL_KINDS if isinstance(kind, k.Enumerated | k.Flags)
    )
)


def test_no_root_operation_or_event_is_there_twice() -> None:
    assert [root for root, count in Counter((s.root, s.namespace) for s in SHAPES).items() if count > 1] == []
    assert [event for event, count in Counter(s.event for s in CSTA if s.event).items() if count > 1] == []
    asked = Counter(s.operation for s in CSTA if s.operation is not None and not issubclass(s.type, Response))
    assert [operation for operation, count in asked.items() if count > 1] == []


@by_root
def test_message_is_a_request_with_its_response_a_notice_or_an_event(shape: Shape) -> None:
    if issubclass(shape.type, Event):
        assert shape.operation is None
        assert shape.event is not None
        assert event_for_tags(*shape.event) is shape
        return
    assert shape.event is None
    assert shape.operation is not None
    if issubclass(shape.type, Response):
        asked = request_for_operation(shape.operation)
        assert response_for_operation(shape.operation) is shape
        assert asked is not None
        assert asked.type.response is shape.type
    elif issubclass(shape.type, Request):
        assert response_for_operation(shape.operation) is shape_of(shape.type.response)
    else:
        assert issubclass(shape.type, Notice)
        assert response_for_operation(shape.operation) is None


@by_root
def test_message_is_found_by_its_root_and_by_its_name(shape: Shape) -> None:
    assert shape_for_root(shape.root) is shape
    assert getattr(m, shape.type.__name__) is shape.type


def test_what_is_not_in_the_table_is_not_found() -> None:
    assert shape_for_root("Summon") is None
    assert shape_for_root("MonitorStop", "urn:other") is None
    assert request_for_operation(3) is None
    assert response_for_operation(31) is None
    assert event_for_tags(0, 99) is None
    assert shape_of(m.ErrorResponse) is None


@by_root
def test_every_field_of_a_message_has_its_element(shape: Shape) -> None:
    declared = [element.field for element in flat(shape.elements)]
    assert Counter(declared) == Counter(f.name for f in fields(shape.type) if f.name not in {"extensions", "extra"})


@pytest.mark.parametrize("kind", COMPOUND, ids=lambda kind: kind.type.__name__)
def test_every_field_of_a_structure_has_its_element(kind: Any) -> None:
    declared = [element.field for element in flat(kind.elements)]
    assert Counter(declared) == Counter(f.name for f in fields(kind.type) if f.name != "extra")
    assert issubclass(kind.type, Part) is isinstance(kind, k.Structure)


def test_enumerations_have_the_numbers_that_ber_needs() -> None:
    for words, used_in, wire in ENUMERATIONS:
        numbers = [word.number for word in words if word.number is not None]
        assert len(set(numbers)) == len(numbers), words
        if used_in is k.Enumerated and wire is not k.Wire.XML:
            assert all(word.number is not None for word in words), words


# --- what BER must be able to tell apart


def identifiers(kind: k.Kind) -> set[object]:
    """The tags that a value of a kind begins with, where no context tag stands for it."""
    match kind:
        case k.Application(number):
            return {("application", number)}
        case k.PartyChoice(application=None, device_alone=False):
            return {"sequence", "null", ("context", 1)}
        case k.PartyChoice(application=int(number)):
            return {("application", number)}
        case k.Sequence(_, inner, single=True):
            return identifiers(inner)
        case k.Choice(_, elements) | k.Branches(elements):
            return {identifier for element in elements for identifier in own(element)}
        case k.Enumerated(integer=True):
            return {"integer"}
        case k.Text(octets=True):
            return {"octets"}
        case k.Wrapped(_, inner):
            return identifiers(inner)
    return _PLAIN[type(kind)]


_PLAIN: dict[type[k.Kind], set[object]] = {
    k.Text: {"text"},
    k.Identifier: {"octets"},
    k.Octets: {"octets"},
    k.UserOctets: {"octets"},
    k.Nothing: {"null"},
    k.Time: {"time"},
    k.Boolean: {"boolean"},
    k.Integer: {"integer"},
    k.Enumerated: {"enumerated"},
    k.Flags: {"bits"},
    k.Device: {"sequence"},
    k.DeviceSequence: {"sequence"},
    k.PartyChoice: {"sequence"},
    k.Sequence: {"sequence"},
    k.Structure: {"sequence"},
    k.SecurityData: {"sequence"},
    k.Connection: {("application", 11)},
    k.ObjectChoice: {"sequence", ("application", 11)},
    k.CallState: {("context", number) for number in range(3)},
    k.FailureChoice: {("context", number) for number in range(8)},
    k.PrivateContent: {ANYTHING},
}


def own(element: k.Element) -> set[object]:
    return identifiers(element.kind) if element.tag is None else {("context", element.tag)}


def in_ber(elements: tuple[k.Element, ...], order: tuple[str, ...] | None) -> list[k.Element]:
    found = [element for element in elements if element.wire is not k.Wire.XML]
    return found if order is None else sorted(found, key=lambda element: order.index(element.field))


BODIES = [(shape.root, shape.elements, shape.ber_order) for shape in CSTA] + [
    (kind.type.__name__, kind.elements, kind.ber_order) for kind in COMPOUND if isinstance(kind, k.Structure)
]


@pytest.mark.parametrize(("name", "elements", "order"), BODIES, ids=[body[0] for body in BODIES])
def test_an_element_that_may_be_absent_is_not_taken_for_another(
    name: str, elements: tuple[k.Element, ...], order: tuple[str, ...] | None
) -> None:
    body = in_ber(elements, order)
    for place, element in enumerate(body):
        mistaken = own(element)
        for later in body[place + 1 :]:
            if element.need is not k.Need.NEVER:
                break
            assert mistaken.isdisjoint(own(later)), f"{name}: {element.name} or {later.name}?"
            if later.need is not k.Need.NEVER:
                break


@pytest.mark.parametrize("kind", COMPOUND, ids=lambda kind: kind.type.__name__)
def test_the_branches_of_a_choice_differ(kind: Any) -> None:
    if isinstance(kind, k.Choice):
        tags = Counter(str(identifier) for element in kind.elements for identifier in own(element))
        assert [tag for tag, count in tags.items() if count > 1] == []


def test_an_order_of_ber_names_every_field_once() -> None:
    for name, elements, order in BODIES:
        if order is not None:
            assert sorted(order) == sorted(e.field for e in flat(elements) if e.wire is not k.Wire.XML), name


# --- single messages


def test_passwords_are_not_shown() -> None:
    request = m.SetAgentState(
        device=DeviceID("1"), requested_agent_state=RequestedAgentState.LOGGED_ON, agent_id="anna", password=b"geheim"
    )
    event = m.AgentLoggedOn(monitor_cross_ref_id="1", agent_password=b"geheim")
    assert "geheim" not in repr(request) + repr(event)


def test_a_list_of_supported_parameters_is_asked_by_name() -> None:
    shape = shape_of(m.GetCSTAFeaturesResponse)
    assert shape is not None
    services = shape.by_name["supportedServices"].kind
    assert isinstance(services, k.Structure)
    calls = services.by_name["callControlServList"].kind
    assert isinstance(calls, k.Structure)
    make_call = calls.by_name["makeCall"].kind
    assert isinstance(make_call, k.Flags)
    assert "correlatorData" in set(make_call.words)
    assert issubclass(make_call.words, Word)
