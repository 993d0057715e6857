"""What the pump tells of its own work to whoever measures it."""

from dataclasses import dataclass
from typing import Protocol


class Measures(Protocol):
    """Who wants to know how long the pump's work takes, in seconds."""

    def decided(self, seconds: float) -> None:
        """The engine handled a command."""

    def appended(self, seconds: float, rows: int) -> None:
        """So many rows were made durable, the wait for the storage thread included."""

    def set_aside(self) -> None:
        """A command met a defect."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows that are decided and not durable, and for how many seconds the oldest of them has been waiting."""

    rows: int
    seconds: float
