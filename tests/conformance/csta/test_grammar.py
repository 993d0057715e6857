"""Every declared message against ECMA-285's grammar and ECMA-323's structure, as facts that the tester provides.

``CALLWRIGHT_CSTA_GRAMMAR`` names a folder with ``asn1/csta3-ecma285-ed4.asn`` (the modules of ECMA-285 in one file),
``asn1/csta3-operations.json`` (operations, events and their numbers) and ``xml/ecma323-ed6-structure.json`` (the
elements and enumerations of ECMA-323).
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csta.codec.table import SHAPES, event_for_tags, request_for_operation, response_for_operation, shape_for_root
from csta.failures import FAILURES
from csta.schema import kinds as k
from csta.schema.elements import Shape
from csta.words import Word
from tests.conformance.csta.grammar import Grammar, Member, Type

FOLDER = os.environ.get("CALLWRIGHT_CSTA_GRAMMAR", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="CALLWRIGHT_CSTA_GRAMMAR names no folder")

CSTA = tuple(shape for shape in SHAPES if shape.namespace is None)
NOT_MODELLED = {"I/O", "Data collection", "Call detail record", "Location", "Event report"}
"""Chapters whose services are not declared."""
LEFT_OUT = {"extensions", "extension", "locationInfo", "locationInfoList", "innerXML", "innerXml"}
"""Elements that no field has: extensions belong to every message, the others are kept as they come."""

SPELT_OTHERWISE = {
    "actualmonitorFilter": "actualMonitorFilter",
    "associatedCalledDeviceID": "associatedCalledDevice",
    "associatedCallingDeviceID": "associatedCallingDevice",
    "auditoryApparatus": "auditorityApparatus",
    "callControl": "callcontrol",
    "crossRefIdentifier": "monitorCrossRefID",
    "deviceCaosChanged": "deviceCapsChanged",
    "hookswitchOnHook": "hookswitchOnhook",
    "interDigitTimeout": "interdigitTimeout",
    "localConnectionState": "localConnectionInfo",
    "locationServList": "locationServicesServList",
    "loggedOn": "loggedOnState",
    "maxDeviceHistoryLength": "maxDeviceHistoryEntries",
    "maxLengthParametersContinued": "maxLengthParametersCont",
    "mediaAttachmentServices": "mediaAttachementServices",
    "mediaSessionInformation": "mediaSessionInfo",
    "originatingNIDConneciton": "originatingNIDConnection",
    "originatingNIDConnection": "originatinNIDConnection",
    "queue": "queueService",
    "review": "reviewEvent",
    "stop": "stopEvent",
    "voiceErrorOccured": "voiceErrorOccurred",
    "voiceUnit": "voice",
    "voiceUnitEvtsList": "voiceEvtsList",
    "voiceUnitServList": "voiceServList",
    "voiceUnitServices": "voiceServices",
}
"""Names of ECMA-285 that ECMA-323 spells otherwise, in some places at least."""

KINDS = {
    "ENUMERATED": (k.Enumerated,),
    "BIT STRING": (k.Flags,),
    "INTEGER": (k.Integer,),
    "BOOLEAN": (k.Boolean,),
    "NULL": (k.Nothing,),
    "IA5String": (k.Text,),
    "GeneralizedTime": (k.Time,),
    "OCTET STRING": (k.Octets, k.UserOctets, k.Identifier, k.Text),
}
PARTIES = {
    "CallingDeviceID": 1,
    "CalledDeviceID": 2,
    "SubjectDeviceID": 3,
    "RedirectionDeviceID": 4,
    "AssociatedCallingDeviceID": 5,
    "AssociatedCalledDeviceID": 6,
    "NetworkCallingDeviceID": 7,
    "NetworkCalledDeviceID": 8,
}
OPAQUE = {
    "ConnectionID": k.Connection,
    "CSTAObject": k.ObjectChoice,
    "CallState": k.CallState,
    "CSTAPrivateData": k.PrivateContent,
    "CSTASecurityData": k.SecurityData,
    "UniversalFailure": k.FailureChoice,
}
"""Types whose kind knows all of them by itself."""


def facts(path: str) -> Any:
    return json.loads((Path(FOLDER) / path).read_text())


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return Grammar((Path(FOLDER) / "asn1/csta3-ecma285-ed4.asn").read_text())


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    found: dict[str, Any] = facts("asn1/csta3-operations.json")
    return found


@pytest.fixture(scope="module")
def structure() -> dict[str, Any]:
    found: dict[str, Any] = facts("xml/ecma323-ed6-structure.json")
    return found


def modelled(operations: dict[str, Any]) -> Iterator[dict[str, Any]]:
    # The presence services are not in ECMA-323.
    return (o for o in operations["operations"] if o["chapter"] not in NOT_MODELLED and o["xmlRequest"])


def test_every_operation_of_the_chapters_is_declared(operations: dict[str, Any]) -> None:
    for operation in modelled(operations):
        asked = request_for_operation(operation["number"])
        assert asked is not None, operation["name"]
        assert asked.root == operation["xmlRequest"]
        answered = response_for_operation(operation["number"])
        assert (answered is not None) is bool(operation["result"]), operation["name"]
        assert answered is None or answered.root == operation["xmlRequest"] + "Response"


def test_every_event_is_declared(operations: dict[str, Any]) -> None:
    for event in operations["events"]:
        if event["xmlEvent"]:
            shape = event_for_tags(event["outerTag"], event["innerTag"])
            assert shape is not None, event["name"]
            assert shape.root == event["xmlEvent"]


def test_the_failures_have_the_grammars_numbers(grammar: Grammar) -> None:
    choice, _, _ = grammar.resolved(grammar.find("UniversalFailure", "CSTA3"))
    for number, member in enumerate(choice.members[:-1]):
        type_, tags, _ = grammar.resolved(member.type)
        assert tags == [("context", number, False)]
        assert dict(FAILURES[member.name]) == dict(type_.names)


def test_bodies_follow_the_grammar(grammar: Grammar, operations: dict[str, Any]) -> None:
    differences = []
    for operation in modelled(operations):
        pairs = [(operation["argument"], request_for_operation(operation["number"]))]
        pairs += [(operation["result"], response_for_operation(operation["number"]))] if operation["result"] else []
        for name, shape in pairs:
            assert shape is not None
            differences += list(Body(grammar).compare(shape, name))
    for event in operations["events"]:
        shape = shape_for_root(event["xmlEvent"] or "")
        if shape is not None:
            differences += list(Body(grammar).compare(shape, event["type"]))
    assert differences == []


class Body:
    """Compares declared elements with those of the grammar; every difference is a line."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar

    def compare(self, shape: Shape, name: str) -> Iterator[str]:
        type_, _, _ = self._grammar.resolved(self._grammar.find(name, "CSTA3"))
        if type_.word == "CHOICE":
            if not shape.no_data or shape.elements:
                yield f"{name}: a body without data"
        elif type_.word != "SEQUENCE":
            if not shape.bare:
                yield f"{name}: a bare body"
            yield from self._kind(shape.elements[0].kind, type_, name)
        else:
            tags = [self._grammar.resolved(m.type)[1] for m in type_.members if m.name in {"extensions", "extension"}]
            if tags and tags[0][0][0] == "context" and shape.extensions_tag != tags[0][0][1]:
                yield f"{name}: extensions have the tag {tags[0][0][1]}"
            yield from self._members(shape.elements, shape.ber_order, type_, name)

    def _members(
        self, elements: tuple[k.Element, ...], order: tuple[str, ...] | None, type_: Type, path: str
    ) -> Iterator[str]:
        own = [element for element in elements if element.wire is not k.Wire.XML]
        if order is not None:
            own.sort(key=lambda element: order.index(element.field))
        members = [member for member in type_.members if member.name not in LEFT_OUT]
        if len(own) != len(members):
            yield f"{path}: {[e.name for e in own]} instead of {[m.name for m in members]}"
            return
        for element, member in zip(own, members, strict=True):
            yield from self._member(element, member, f"{path}.{member.name}")

    def _member(self, element: k.Element, member: Member, path: str) -> Iterator[str]:
        names = {member.name.casefold(), SPELT_OTHERWISE.get(member.name, member.name).casefold()}
        if element.wire is k.Wire.BOTH and element.name.casefold() not in names:
            yield f"{path}: named {element.name}"
        if element.need is k.Need.NEVER and not member.optional and not isinstance(element.kind, k.Branches):
            yield f"{path}: is mandatory"
        if element.need is not k.Need.NEVER and member.optional and element.field != "call_identifier":
            yield f"{path}: is optional"
        _, tags, _ = self._grammar.resolved(member.type)
        context = [tag for tag in tags if tag[0] == "context"]
        if (element.tag is None) is bool(context) or (context and context[0][1] != element.tag):
            yield f"{path}: the tags are {tags}, not {element.tag}"
        yield from self._kind(element.kind, member.type, path, element)

    def _kind(self, kind: k.Kind, declared: Type, path: str, element: k.Element | None = None) -> Iterator[str]:
        type_, tags, names = self._grammar.resolved(declared)
        if element is not None and tags and tags[0][0] == "context":
            choice = type_.word == "CHOICE" and len(tags) == 1
            if element.explicit is not (not tags[0][2] and not choice):
                yield f"{path}: implicit and explicit are mistaken"
        if isinstance(kind, k.Application):
            if ("application", kind.number, not kind.explicit) not in tags:
                yield f"{path}: the tags are {tags}, not APPLICATION {kind.number}"
            kind = kind.kind
        elif any(scope == "application" for scope, _, _ in tags) and not isinstance(kind, k.PartyChoice | k.Connection):
            yield f"{path}: the tags {tags} are missing"
        if self._opaque(kind, names):
            return
        yield from self._inner(kind, type_, names, path)

    def _opaque(self, kind: k.Kind, names: list[str]) -> bool:
        """Whether the kind knows all of the type by itself, and is the right one for it."""
        last = names[-1] if names else ""
        if isinstance(kind, k.PartyChoice) and kind.application is not None:
            return PARTIES.get(last) == kind.application
        if isinstance(kind, k.Device | k.DeviceSequence) or (isinstance(kind, k.PartyChoice) and kind.device_alone):
            return last == "DeviceID"
        return any(isinstance(kind, OPAQUE[name]) for name in names if name in OPAQUE)

    def _inner(self, kind: k.Kind, type_: Type, names: list[str], path: str) -> Iterator[str]:
        if isinstance(kind, k.Sequence) and kind.single:
            yield from self._inner(kind.kind, type_, names, path)
        elif isinstance(kind, k.Sequence):
            item = type_.item if type_.item is not None else type_.members[0].type
            yield from self._kind(kind.kind, item, path + "[]")
        elif isinstance(kind, k.Structure):
            yield from self._members(kind.elements, kind.ber_order, type_, path)
        elif isinstance(kind, k.Choice | k.Branches):
            yield from self._branches(kind, type_, path)
        elif kind in {k.ENDPOINT, k.ASSOCIATED_NID}:
            if [m.name for m in type_.members] != ["deviceID", "notKnown", "restricted"][: 1 + len(kind.presentations)]:
                yield f"{path}: is another choice"
        elif not isinstance(kind, KINDS.get(type_.word, ())):
            yield f"{path}: is a {names or type_.word}, not {kind!r}"
        elif isinstance(kind, k.Enumerated | k.Flags):
            yield from self._words(kind.words, type_, path)

    def _branches(self, kind: k.Choice | k.Branches, type_: Type, path: str) -> Iterator[str]:
        members = {SPELT_OTHERWISE.get(m.name, m.name): m for m in type_.members if m.name not in LEFT_OUT}
        elements = {element.name: element for element in kind.elements}
        if set(members) != set(elements):
            yield f"{path}: {sorted(elements)} instead of {sorted(members)}"
            return
        for name, element in elements.items():
            _, tags, _ = self._grammar.resolved(members[name].type)
            context = [number for scope, number, _ in tags if scope == "context"]
            if context != ([] if element.tag is None else [element.tag]):
                yield f"{path}.{name}: the tags are {tags}, not {element.tag}"
            yield from self._kind(element.kind, members[name].type, f"{path}.{name}", element)

    def _words(self, words: type[Word], type_: Type, path: str) -> Iterator[str]:
        numbered = {word.value: word.number for word in words if word.number is not None}
        for name, number in type_.names:
            if name in numbered and numbered[name] != number:
                yield f"{path}: {name} is {number}, not {numbered[name]}"
        # Words that are spelt otherwise have their number under another name.
        if set(numbered.values()) != {number for _, number in type_.names}:
            yield f"{path}: numbers {sorted(set(numbered.values()) ^ {number for _, number in type_.names})}"


def test_elements_follow_the_xml_structure(structure: dict[str, Any]) -> None:
    differences = []
    for shape in CSTA:
        # The facts have only the list of that name, not the message.
        if shape.root != "SnapshotCallData":
            differences += list(Tree(structure).compare(shape.elements, shape.root, shape.root))
    assert differences == []


class Tree:
    """Compares declared elements with those of ECMA-323; every difference is a line."""

    def __init__(self, structure: dict[str, Any]) -> None:
        self._types = structure["types"]
        self._enumerations = structure["enums"]

    def _children(self, type_: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for child in self._types[type_]["elements"]:
            found += child.get("choice", [child])
        return [child for child in found if child["name"] not in LEFT_OUT]

    def _is_choice(self, type_: str) -> bool:
        return any("choice" in child for child in self._types[type_]["elements"])

    def compare(self, elements: tuple[k.Element, ...], type_: str, path: str) -> Iterator[str]:
        children = self._children(type_)
        own = [element for element in elements if element.wire is not k.Wire.BER]
        named = {child["name"]: child for child in children}
        names = [element.name for element in own]
        foreign = [name for name in names if name not in named]
        if foreign:
            yield f"{path}: no elements {foreign}"
        ordered = [name for name in named if name in names]
        if [name for name in names if name in named] != ordered and not self._is_choice(type_):
            yield f"{path}: the order is {list(named)}"
        for element in own:
            if element.name in named:
                yield from self._value(element.kind, named[element.name], f"{path}.{element.name}")

    def _value(self, kind: k.Kind, child: dict[str, Any], path: str) -> Iterator[str]:
        type_ = child["type"].removesuffix("[]") if child["type"] != "byte[]" else child["type"]
        match kind:
            case k.Application(_, inner):
                yield from self._value(inner, child, path)
            case k.Structure(_, elements) | k.Choice(_, elements) | k.Branches(elements):
                yield from self.compare(elements, type_, path)
            case k.Sequence(item, inner):
                yield from self._list(item, inner, child, path)
            case k.Enumerated(words):
                allowed = set(self._enumerations.get(type_, ()))
                ours = {word.value for word in words if word.in_xml}
                if allowed and not allowed <= ours:
                    yield f"{path}: lacks the words {sorted(allowed - ours)}"
            case k.Flags(words):
                ordered = [each["name"] for each in self._children(type_)] if type_ in self._types else []
                ours_in_order = [word.value for word in words if word.value in ordered]
                if ordered != ours_in_order:
                    yield f"{path}: the words are {ordered}, not {ours_in_order}"

    def _list(self, item: str, inner: k.Kind, child: dict[str, Any], path: str) -> Iterator[str]:
        items = child.get("items")
        if not items:
            listed = child["type"] if not child.get("repeated") else None
            items = self._types[listed]["elements"] if listed in self._types else [child]
        if items[0]["name"] != item:
            yield f"{path}: the items are {items[0]['name']}, not {item}"
        yield from self._value(inner, {**items[0], "items": None, "repeated": False}, path + "[]")
