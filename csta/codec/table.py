"""The one table of messages: what each looks like on the wire, found by class, XML root, operation or event tags.

What stands in it is declared with the messages themselves (`csta.schema.elements`); nothing about single messages
stands anywhere else. Facts from ECMA-323 (names, order) and ECMA-285 (operation numbers, tags).
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from csta import messages
from csta.messages import application_session
from csta.messages.base import Response
from csta.schema.elements import Shape, declared_shapes, shape_of

__all__ = ["SHAPES", "event_for_tags", "request_for_operation", "response_for_operation", "shape_for_root", "shape_of"]

_MODULES: Final = (messages.__name__, application_session.__name__)
_CAPABILITIES: Final = "csta.messages.capabilities.services"
"""The chapter that `csta.messages` loads when it is first spoken of; here that is the first message unknown so far."""


class _Index(NamedTuple):
    """Shapes by what a message begins with."""

    by_root: dict[tuple[str, str | None], Shape]
    asked: dict[int, Shape]
    answered: dict[int, Shape]
    events: dict[tuple[int, int], Shape]


def _shapes() -> tuple[Shape, ...]:
    return tuple(shape for shape in declared_shapes() if shape.type.__module__.startswith(_MODULES))


def _index_of(shapes: tuple[Shape, ...]) -> _Index:
    index = _Index({}, {}, {}, {})
    for shape in shapes:
        index.by_root[shape.root, shape.namespace] = shape
        if shape.operation is not None:
            operations = index.answered if issubclass(shape.type, Response) else index.asked
            operations[shape.operation] = shape
        if shape.event is not None:
            index.events[shape.event] = shape
    return index


_INDEX: Final = _index_of(_shapes())
"""All but the capability exchange."""


@cache
def _all() -> tuple[Shape, ...]:
    import_module(_CAPABILITIES)
    return _shapes()


@cache
def _whole() -> _Index:
    return _index_of(_all())


if TYPE_CHECKING:
    SHAPES: Final[tuple[Shape, ...]] = ()
    """Every message that has elements of its own; `csta.messages.ErrorResponse` and ACSE's messages have none."""
else:

    def __getattr__(name: str) -> object:
        """``SHAPES``, which needs every chapter (PEP 562)."""
        if name != "SHAPES":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return _all()


def shape_for_root(root: str, namespace: str | None = None) -> Shape | None:
    """The shape of an XML root by its local name, or None where it is unknown.

    ``namespace`` is None for those of CSTA itself, of any edition.
    """
    return _INDEX.by_root.get((root, namespace)) or _whole().by_root.get((root, namespace))


def request_for_operation(number: int) -> Shape | None:
    """The shape of what invokes an operation: a request, or a notice that has no answer."""
    return _INDEX.asked.get(number) or _whole().asked.get(number)


def response_for_operation(number: int) -> Shape | None:
    """The shape of an operation's result; None where it is unknown or has none."""
    return _INDEX.answered.get(number) or _whole().answered.get(number)


def event_for_tags(outer: int, inner: int) -> Shape | None:
    """The shape of an event by the tags of its group and of itself (ECMA-285 module 21)."""
    return _INDEX.events.get((outer, inner))
