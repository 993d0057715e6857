"""Which queues and flows a step's settings name, found by the types of its fields, whatever component it is."""

import dataclasses
import functools
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from cti_server.vocabulary.ids import FlowName, QueueName
from cti_server.vocabulary.plan import FlowPlan


def queues_of(flow: FlowPlan) -> frozenset[QueueName]:
    """The queues that the flow's steps name."""
    return frozenset(QueueName(name) for step in flow.steps for name in _named(step, QueueName))


def flows_of(flow: FlowPlan) -> frozenset[FlowName]:
    """The flows that the flow's steps name."""
    return frozenset(FlowName(name) for step in flow.steps for name in _named(step, FlowName))


def _named(record: object, kind: object) -> Iterator[str]:
    settings: Any = type(record)
    for field in _fields(settings, kind):
        yield from _texts(getattr(record, field), kind)


# Type expressions have no common type of their own.
@functools.cache
def _fields(settings: Any, kind: object) -> tuple[str, ...]:  # noqa: ANN401 - see above
    """The settings' fields in whose type the kind of name occurs; a type that cannot be resolved is a fault."""
    hints = typing.get_type_hints(settings)
    return tuple(name for name, annotation in hints.items() if kind in _parts(annotation))


def _parts(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - see above
    yield annotation
    for part in typing.get_args(annotation):
        yield from _parts(part)
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        for hint in typing.get_type_hints(annotation).values():
            yield from _parts(hint)


def _texts(value: object, kind: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _texts(each, kind)
        case tuple() | list() | frozenset():
            for each in value:
                yield from _texts(each, kind)
        case _ if dataclasses.is_dataclass(value):
            yield from _named(value, kind)
        case _:
            return
