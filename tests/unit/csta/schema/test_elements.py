from dataclasses import FrozenInstanceError

import pytest

from csta.messages.base import Event, Request, Response
from csta.schema import kinds as k
from csta.schema.elements import Shape, camel_case, chosen, element, message, shape_of, structure, structured


@structure
class Part:
    first: int = element(k.Integer(9, lowest=1), tag=0)
    secret: bytes | None = element(k.Octets(4), default=None, secret=True, wire=k.Wire.XML)


@structure
class Root(Event):
    device: str = element(k.Text())
    cause: str | None = element(k.Text(), default=None)


def declared(cls: type[object]) -> Shape:
    shape = shape_of(cls)
    assert shape is not None
    return shape


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("cause", "cause"),
        ("call_id", "callID"),
        ("monitor_cross_ref_id", "monitorCrossRefID"),
        ("last_redirection_device", "lastRedirectionDevice"),
    ],
)
def test_fields_name_their_elements(field: str, name: str) -> None:
    assert camel_case(field) == name


def test_structure_keeps_names_tags_and_needs_in_order() -> None:
    assert structured(Part).elements == (
        k.Element("first", "first", k.Integer(9, 1), k.Need.ALWAYS, 0),
        k.Element("secret", "secret", k.Octets(4), k.Need.NEVER, wire=k.Wire.XML),
    )
    assert chosen(Part).by_name["first"].tag == 0


def test_structure_is_frozen_and_hides_secrets() -> None:
    part = Part(first=1, secret=b"pin")
    assert "pin" not in repr(part)
    with pytest.raises(FrozenInstanceError):
        part.first = 2  # type: ignore[misc]  # that it cannot be written is the point


def test_what_a_class_declares_anew_moves_to_its_own_place() -> None:
    @message(event=(99, 1))
    class Moved(Root):
        between: int | None = element(k.Integer(), default=None)
        cause: str | None = element(k.Text(), tag=3, default=None)

    shape = declared(Moved)
    assert [(each.field, each.tag) for each in shape.elements] == [
        ("monitor_cross_ref_id", None),
        ("device", None),
        ("between", None),
        ("cause", 3),
    ]
    assert shape.root == "MovedEvent"
    assert shape.event == (99, 1)


def test_neighbours_within_one_element_are_its_branches() -> None:
    @message(operation=9999)
    class Branched(Response):
        reference: str | None = element(k.Text(), within="either", tag=0, default=None)
        items: tuple[int, ...] = element(k.Sequence("item", k.Integer()), within="either", default=())
        other: str | None = element(k.Text(), default=None)

    either, other = declared(Branched).elements
    assert (either.name, either.field, either.need) == ("either", "", k.Need.ALWAYS)
    assert isinstance(either.kind, k.Branches)
    assert [branch.field for branch in either.kind.elements] == ["reference", "items"]
    assert set(either.kind.by_name) == {"reference", "items"}
    assert other.field == "other"


def test_root_and_namespace_can_be_given() -> None:
    @message(root="Odd", namespace="urn:other", no_data=True, bare=True, extensions_tag=2, ber_order=("b", "a"))
    class Even(Request):
        a: int = element(k.Integer())
        b: int = element(k.Integer())

    shape = declared(Even)
    assert (shape.root, shape.namespace, shape.extensions_tag) == ("Odd", "urn:other", 2)
    assert (shape.no_data, shape.bare, shape.ber_order) == (True, True, ("b", "a"))


def test_a_class_that_was_not_declared_has_no_shape() -> None:
    assert shape_of(Root) is None
