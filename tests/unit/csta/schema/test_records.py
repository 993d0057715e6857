import copy
import pickle
from collections import deque
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace

import pytest

from csta.schema import records
from csta.schema.records import record


@record
class Base:
    number: int = 1


@record
class Named(Base):
    name: str
    tags: tuple[str, ...] = field(default=(), repr=False)


@record
class Listing:
    items: list[int] = field(default_factory=list)
    note: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What `dataclasses` makes of the same fields."""

    number: int = 1
    name: str
    tags: tuple[str, ...] = field(default=(), repr=False)


class Plain(Named):
    """Not a record itself: the methods are those of its base."""


def test_values_have_the_fields_in_the_order_of_the_bases() -> None:
    assert [each.name for each in fields(Named)] == ["number", "name", "tags"]
    assert is_dataclass(Named)
    made = Named(name="a")
    assert (made.number, made.name, made.tags) == (1, "a", ())


def test_shown_as_a_dataclass_without_what_is_not_to_be_shown() -> None:
    assert repr(Named(name="a", tags=("x",))) == repr(Usual(name="a", tags=("x",))).replace("Usual", "Named")


@pytest.mark.parametrize(
    ("values", "why"),
    [({}, "Named.*missing 1 required.*'name'"), ({"name": "a", "other": 1}, "Named.*unexpected.*'other'")],
)
def test_what_is_missing_or_unknown_is_refused_first_and_later(values: dict[str, object], why: str) -> None:
    @record
    class Named:
        name: str

    for _ in range(2):
        with pytest.raises(TypeError, match=why):
            Named(**values)  # type: ignore[arg-type]  # that it does not fit is the point


def test_nothing_is_given_by_position() -> None:
    with pytest.raises(TypeError, match="positional"):
        Base(1)  # type: ignore[misc]  # that it is refused is the point


def test_each_class_has_its_own_methods_whichever_is_used_first() -> None:
    @record
    class First:
        one: int

    @record
    class Second(First):
        two: int

    assert First(one=1) == First(one=1)
    assert Second(one=1, two=2) != Second(one=1, two=3)
    assert hash(First(one=1)) == hash((1,))
    assert hash(Second(one=1, two=2)) == hash((1, 2))
    assert First(one=1) != Second(one=1, two=2)


def test_equal_values_are_equal_whatever_is_not_compared() -> None:
    assert Named(name="a") == Named(name="a", number=1)
    assert Named(name="a") != Named(name="b")
    assert Named(name="a") != "a"
    assert len({Named(name="a"), Named(name="a"), Named(name="b")}) == 2
    assert Listing(note="x") == Listing(note="y")


def test_a_default_that_is_made_is_made_for_each() -> None:
    first, second = Listing(), Listing()
    first.items.append(1)
    assert second.items == []


def test_nothing_of_it_can_be_written_or_deleted() -> None:
    made = Named(name="a")
    with pytest.raises(FrozenInstanceError, match="assign to field 'name'"):
        made.name = "b"  # type: ignore[misc]  # that it cannot be written is the point
    with pytest.raises(FrozenInstanceError, match="delete field 'name'"):
        del made.name  # that it cannot be deleted is the point
    assert not hasattr(made, "__dict__")


def test_copied_replaced_and_pickled() -> None:
    made = Named(name="a", tags=("x",))
    assert replace(made, name="b") == Named(name="b", tags=("x",))
    assert copy.copy(made) == copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made


def test_a_class_derived_without_the_decorator_uses_the_methods_of_its_base() -> None:
    assert Plain(name="a") == Plain(name="a")
    assert Plain(name="a") != Named(name="a")
    assert hash(Plain(name="a")) == hash(Named(name="a"))


def test_the_methods_are_written_once() -> None:
    @record
    class Counted:
        one: int

    before = vars(Counted)["__init__"]
    Counted(one=1)
    after = vars(Counted)["__init__"]
    Counted(one=2)
    assert before is not after
    assert vars(Counted)["__init__"] is after


def test_written_in_the_background_they_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_declared", deque())

    @record
    class First:
        number: int

    @record
    class Second(First):
        name: str = ""

    used = Second(number=1)
    unwritten = First.__init__
    assert records.write_next()
    assert First.__init__ is not unwritten
    assert records.write_next()
    assert not records.write_next()
    assert used == Second(number=1) != Second(number=2)
    assert hash(used) == hash(Second(number=1))
    assert First(number=3) == First(number=3) != First(number=4)
    with pytest.raises(TypeError, match=r"First.*missing 1 required.*'number'"):
        First()
