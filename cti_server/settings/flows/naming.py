"""Finding what a step's settings name, by the types of the fields, and where it stands in the file."""

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cti_server.flows.steps.pattern import key_of
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A value of a named kind (a `NewType`, or `Utterance`) and its path below the step."""

    kind: Any
    value: Any
    path: Path


def named(step: Step) -> Iterator[Named]:
    """Everything of a named kind in a step's settings, in the order of the fields; ``id`` is left out."""
    hints = typing.get_type_hints(type(step))
    for field in dataclasses.fields(step):
        if field.name != "id":
            yield from _within(hints[field.name], getattr(step, field.name), (key_of(field.name),))


# Type expressions and the values of settings have no common type of their own.
def _within(annotation: Any, value: Any, path: Path) -> Iterator[Named]:  # noqa: ANN401 - see above
    if value is None:
        return
    if isinstance(annotation, typing.NewType):
        yield Named(annotation, value, path)
        return
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in {typing.Union, types.UnionType}:
        for each in arguments:
            if each is not type(None):
                yield from _within(each, value, path)
    elif isinstance(value, Utterance):
        yield Named(Utterance, value, path)
    else:
        for inner, item, key in _parts(arguments, value):
            yield from _within(inner, item, (*path, key))


def _parts(arguments: tuple[Any, ...], value: Any) -> Iterator[tuple[Any, Any, str | int]]:  # noqa: ANN401 - see above
    """What a value is made of: the type of each part, the part, and its place in the file."""
    match value:
        case tuple():
            yield from ((arguments[0], item, index) for index, item in enumerate(value))
        case Mapping() if arguments:
            for key, item in value.items():
                yield arguments[0], key, str(key)
                yield arguments[1], item, str(key)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            hints = typing.get_type_hints(type(value))
            for field in dataclasses.fields(value):
                yield hints[field.name], getattr(value, field.name), key_of(field.name)
