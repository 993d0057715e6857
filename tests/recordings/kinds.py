"""One event of every kind with every field filled, always the same: what a release writes, for later ones to read."""

import enum
import typing
from collections.abc import Mapping
from typing import Any

from cti_server.settings.flows.components import library
from cti_server.storage.codec import KINDS
from cti_server.storage.shapes import _family, _is_family, _is_record, _plain, fields_of
from cti_server.vocabulary.events import Event, Recorded

AT = 1_790_000_000.25
SCALARS: Mapping[Any, Any] = {str: "text", int: 7, float: 2.5, bool: True}
DEEPEST = 12


def example(annotation: Any, depth: int = 0) -> Any:
    """A value of a type with something in every place; None only where nothing else fits, or where it gets too deep."""
    annotation = _plain(annotation)
    if annotation in SCALARS:
        return SCALARS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return next(iter(annotation))
    if _is_family(annotation):
        return _members(annotation, depth)[0]
    if _is_record(annotation):
        return annotation(**{name: example(each, depth + 1) for name, each in fields_of(annotation).items()})
    return _several(annotation, depth)


def _several(annotation: Any, depth: int) -> Any:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in {dict, Mapping}:
        return {example(arguments[0], depth + 1): example(arguments[1], depth + 1)} if depth < DEEPEST else {}
    if origin is tuple and arguments[-1] is not Ellipsis:
        return tuple(example(each, depth + 1) for each in arguments)
    if origin in {tuple, list, set, frozenset}:
        if _is_family(_plain(arguments[0])):
            return origin(_members(_plain(arguments[0]), depth))
        return origin([example(arguments[0], depth + 1)] if depth < DEEPEST else [])
    if origin is typing.Literal:
        return arguments[0]
    known = [each for each in arguments if each is not type(None)]
    return example(known[0], depth + 1) if known and (depth < DEEPEST or len(known) == len(arguments)) else None


def _members(root: type, depth: int) -> list[Any]:
    """One of each of the product's own kinds, such as the steps of flows."""
    known = _family(root)
    ours = [known[name] for name in sorted(known) if known[name].__module__.startswith("cti_server.")]
    return [
        each(**{name: example(value, depth + 1) for name, value in fields_of(each).items()})
        for each in ours
        if not _is_family(each)
    ]


def every_kind() -> list[Recorded]:
    """A row of every kind, in the order of their names."""
    library()  # the steps of flows
    events: list[Event] = [example(KINDS[kind]) for kind in sorted(KINDS)]
    return [Recorded(seq, AT + seq, seq - 1 or None, event) for seq, event in enumerate(events, 1)]
