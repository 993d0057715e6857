"""Fold what operators did."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from cti_server.engine.state import State
from cti_server.vocabulary import events


def noted(_state: State, _recorded: events.Recorded, _event: events.OperationNoted) -> None:
    """Who did what is history alone."""


FOLDS: Final[Mapping[type[events.Event], Callable[[State, events.Recorded, Any], None]]] = MappingProxyType(
    {
        events.OperationNoted: noted,
    }
)
