"""The one table of messages: what each looks like on the wire, found by class, XML root, operation or event tags.

What stands in it is declared with the messages themselves (`csta.schema.elements`); nothing about single messages
stands anywhere else. Facts from ECMA-323 (names, order) and ECMA-285 (operation numbers, tags).
"""

from typing import Final

from csta import messages
from csta.messages import application_session
from csta.messages.base import Response
from csta.schema.elements import Shape, declared_shapes, shape_of

__all__ = ["SHAPES", "event_for_tags", "request_for_operation", "response_for_operation", "shape_for_root", "shape_of"]

_MODULES: Final = (messages.__name__, application_session.__name__)

SHAPES: Final = tuple(shape for shape in declared_shapes() if shape.type.__module__.startswith(_MODULES))
"""Every message that has elements of its own; `csta.messages.ErrorResponse` and ACSE's messages have none."""

_BY_ROOT: Final = {(shape.root, shape.namespace): shape for shape in SHAPES}
_ASKED: Final = {
    shape.operation: shape for shape in SHAPES if shape.operation is not None and not issubclass(shape.type, Response)
}
_ANSWERED: Final = {
    shape.operation: shape for shape in SHAPES if shape.operation is not None and issubclass(shape.type, Response)
}
_EVENTS: Final = {shape.event: shape for shape in SHAPES if shape.event is not None}


def shape_for_root(root: str, namespace: str | None = None) -> Shape | None:
    """The shape of an XML root by its local name, or None where it is unknown.

    ``namespace`` is None for those of CSTA itself, of any edition.
    """
    return _BY_ROOT.get((root, namespace))


def request_for_operation(number: int) -> Shape | None:
    """The shape of what invokes an operation: a request, or a notice that has no answer."""
    return _ASKED.get(number)


def response_for_operation(number: int) -> Shape | None:
    """The shape of an operation's result; None where it is unknown or has none."""
    return _ANSWERED.get(number)


def event_for_tags(outer: int, inner: int) -> Shape | None:
    """The shape of an event by the tags of its group and of itself (ECMA-285 module 21)."""
    return _EVENTS.get((outer, inner))
