"""Types beyond msgspec: tagged unions, keys that are records, and what cannot be stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType

import msgspec
import pytest

from cti_server.storage import CodecError
from cti_server.storage.shapes import TAG, digest_of, is_native, shape_of

Name = NewType("Name", str)


@dataclass(frozen=True)
class Circle:
    radius: float


@dataclass(frozen=True)
class Square:
    side: float
    name: Name = Name("")


@dataclass(frozen=True)
class Place:
    x: int
    y: int


@dataclass
class Drawing:
    shapes: dict[Place, Circle | Square] = field(default_factory=dict)
    pairs: tuple[tuple[int, Circle | Square | None], ...] = ()
    places: set[Place] = field(default_factory=set)
    frozen: frozenset[Name] = frozenset()
    many: list[Circle | Square] = field(default_factory=list)
    by_number: Mapping[int, Place] = field(default_factory=dict)
    mixed_by_number: dict[int, Circle | Square] = field(default_factory=dict)


DRAWING = Drawing(
    shapes={Place(1, 2): Circle(1.5), Place(0, 0): Square(2.0, Name("s"))},
    pairs=((1, None), (2, Square(1.0))),
    places={Place(5, 5)},
    frozen=frozenset({Name("a")}),
    many=[Circle(1.0)],
    by_number={7: Place(1, 1)},
    mixed_by_number={-3: Circle(2.0)},
)


def test_a_mixed_record_comes_back_equal_through_json() -> None:
    shape = shape_of(Drawing)
    assert not is_native(Drawing)
    plain = msgspec.json.decode(msgspec.json.encode(shape.dump(DRAWING)))
    assert plain["many"] == [{TAG: "Circle", "radius": 1.0}]
    assert plain["shapes"][0] == [{"x": 1, "y": 2}, {TAG: "Circle", "radius": 1.5}]
    assert shape.load(plain) == DRAWING
    assert shape.load({}) == Drawing()


@pytest.mark.parametrize(
    "plain",
    [
        3,
        {"shapes": {"a": 1}},
        {"shapes": [[1]]},
        {"many": 3},
        {"many": [{}]},
        {"many": [{TAG: "Line"}]},
        {"many": [3]},
        {"pairs": [[1]]},
        {"pairs": [3]},
        {"mixed_by_number": []},
        {"mixed_by_number": {"x": {TAG: "Circle", "radius": 1.0}}},
        {"places": [{"x": "a"}]},
    ],
)
def test_a_garbled_value_is_refused(plain: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        shape_of(Drawing).load(plain)


@pytest.mark.parametrize("annotation", [Any, object, dict[str, Any], list[complex], Circle | Square | list[int]])
def test_a_type_that_cannot_be_stored_is_refused_at_once(annotation: Any) -> None:
    with pytest.raises(CodecError, match="cannot be stored"):
        shape_of(annotation)


def test_a_digest_changes_with_any_field_below() -> None:
    @dataclass
    class Inner:
        a: int

    @dataclass
    class Other:
        a: int
        b: int = 0

    Other.__name__ = Other.__qualname__ = "Inner"
    assert digest_of(list[Inner]) == digest_of(list[Inner])
    assert digest_of(list[Inner]) != digest_of(list[Other])
    assert digest_of(dict[str, int]) != digest_of(dict[str, float])


def test_a_digest_tells_records_apart_that_are_met_again() -> None:
    alike = {digest_of(tuple[Place, Circle, Place]), digest_of(tuple[Place, Circle, Circle])}
    assert len(alike) == 2


def test_words_and_numbers_of_a_mixed_record_are_written_as_plain_ones() -> None:
    class Colour(StrEnum):
        RED = "red"

    @dataclass
    class Painting:
        colour: Colour
        title: str | None
        shape: Circle | Square

    dumped = shape_of(Painting).dump(Painting(Colour.RED, None, Circle(1.0)))
    assert dumped == {"colour": "red", "title": None, "shape": {TAG: "Circle", "radius": 1.0}}
    assert type(dumped["colour"]) is str
