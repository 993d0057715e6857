"""Which queues and flows a step's settings name, found by the types of its fields, whatever component it is."""

import functools
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from cti_server.vocabulary.ids import FlowName, QueueName
from cti_server.vocabulary.plan import FlowPlan, Step


def queues_of(flow: FlowPlan) -> frozenset[QueueName]:
    """The queues that the flow's steps name."""
    return frozenset(QueueName(name) for step in flow.steps for name in _named(step, QueueName))


def flows_of(flow: FlowPlan) -> frozenset[FlowName]:
    """The flows that the flow's steps name."""
    return frozenset(FlowName(name) for step in flow.steps for name in _named(step, FlowName))


def _named(step: Step, kind: object) -> Iterator[str]:
    for field in _fields(type(step), kind):
        yield from _texts(getattr(step, field))


@functools.cache
def _fields(settings: type[Step], kind: object) -> tuple[str, ...]:
    """The settings' fields in whose type the kind of name occurs; a type that cannot be resolved is a fault."""
    hints = typing.get_type_hints(settings)
    return tuple(name for name, annotation in hints.items() if kind in _parts(annotation))


# Type expressions have no common type of their own.
def _parts(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - see above
    yield annotation
    for part in typing.get_args(annotation):
        yield from _parts(part)


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _texts(each)
        case tuple() | list() | frozenset():
            for each in value:
                yield from _texts(each)
        case _:
            return
