"""Faults of the pure rooms, and the law of all state machines: what is not in the table is raised as a fault."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

S = TypeVar("S", bound=StrEnum)
M = TypeVar("M", bound=StrEnum)


class RoutingError(Exception):
    """Root of all faults that the pure rooms raise; a refusal is never one of them."""


class IllegalTransitionError(RoutingError):
    """A state machine was asked for a move that its table does not have: a defect or a damaged journal."""

    def __init__(self, what: str, state: str, move: str) -> None:
        super().__init__(f"{what}: no move '{move}' from state '{state}'")
        self.what = what
        self.state = state
        self.move = move


class UnknownEventError(RoutingError):
    """The fold met an event class or an identifier that it has no place for."""


def follow(what: str, table: Mapping[tuple[S, M], S], state: S, move: M) -> S:
    """Where ``move`` leads from ``state`` by the table of ``what``.

    Raises:
        IllegalTransitionError: the table has no such move.
    """
    try:
        return table[state, move]
    except KeyError:
        raise IllegalTransitionError(what, state, move) from None
