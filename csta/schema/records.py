"""Frozen dataclasses whose own methods are written when they are first used: few programs use all that are declared.

To write and compile what `dataclasses` generates for a class takes a third of a millisecond, and there are hundreds of
messages and structures: that was a fifth of a server's start.
"""

from collections import deque
from dataclasses import FrozenInstanceError, dataclass, field, fields
from typing import Any, Final, TypeVar, cast, dataclass_transform

_C = TypeVar("_C")
_FIELDS: Final = "__dataclass_fields__"
_declared: Final[deque[type[Any]]] = deque()
"""Those that `write_next` has not come to."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[_C]) -> type[_C]:
    """What ``dataclass(frozen=True, slots=True, kw_only=True)`` makes of a class, but for ``__post_init__``.

    Its bases are records, or no dataclasses. `dataclasses.fields` and `dataclasses.replace` take its values as those
    of any dataclass, and they are copied, pickled, compared and hashed alike.
    """
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)(cls)
    for name, method in _METHODS.items():
        setattr(made, name, method)
    _declared.append(made)
    return cast("type[_C]", made)


def write_next() -> bool:
    """Write the methods of one more class now, two thirds of a millisecond; False once there is none.

    For programs that have time for it between their calls: the first call finds them written.
    """
    if _declared:
        made: Any = _declared.popleft()
        if made.__init__ is _first_init:
            made.__init__ = _twin(made, init=True).__init__
        if made.__eq__ is _first_eq or made.__hash__ is _first_hash:
            twin = _twin(made, init=False)
            made.__eq__, made.__hash__ = twin.__eq__, twin.__hash__
        return True
    return False


def _first_init(self: Any, /, **values: object) -> None:  # noqa: ANN401 - of any class made here, as below
    owner = _owner(type(self))
    owner.__init__ = _twin(owner, init=True).__init__
    owner.__init__(self, **values)


def _first_eq(self: Any, other: object) -> Any:  # noqa: ANN401 - a bool or NotImplemented
    owner = _owner(type(self))
    owner.__eq__ = _twin(owner, init=False).__eq__
    return owner.__eq__(self, other)


def _first_hash(self: Any) -> int:  # noqa: ANN401
    owner = _owner(type(self))
    owner.__hash__ = _twin(owner, init=False).__hash__
    return cast("int", owner.__hash__(self))


def _owner(cls: type[Any]) -> Any:  # noqa: ANN401 - a class that `record` made, whose methods are put in place
    """The class itself, or the nearest of its bases that `record` made."""
    return next(one for one in cls.__mro__ if _FIELDS in vars(one))


def _twin(owner: type[Any], *, init: bool) -> Any:  # noqa: ANN401 - a class with the same fields
    """A dataclass with the same fields, for the methods that are generated for it."""
    own = fields(owner)
    namespace: dict[str, Any] = {each.name: each for each in own}
    # With a text of its own: dataclasses would write one that shows all fields.
    namespace["__doc__"] = owner.__doc__ or owner.__qualname__
    namespace["__annotations__"] = {each.name: each.type for each in own}
    bare = type(owner.__qualname__, (), namespace)
    return dataclass(init=init, repr=False, eq=not init, frozen=True, kw_only=True)(bare)


def _shown(self: Any) -> str:  # noqa: ANN401
    shown = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _set(_self: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(_self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:  # noqa: ANN401
    return [getattr(self, each.name) for each in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:  # noqa: ANN401
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


_METHODS: Final = {
    "__init__": _first_init,
    "__eq__": _first_eq,
    "__hash__": _first_hash,
    "__repr__": _shown,
    "__setattr__": _set,
    "__delattr__": _delete,
    "__getstate__": _state,
    "__setstate__": _restore,
}
