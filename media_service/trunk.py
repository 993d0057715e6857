"""The lines of a trunk: who may call in on them, and which of them are free."""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final

from sip.trunks.trunk import Trunk

WAIT: Final = 5
"""Seconds after which a caller for whom no line was free may try again."""
_PREFIX: Final = "trunk-"


@dataclass(frozen=True, slots=True)
class TrunkRefusal:
    """Why a call cannot come in: the SIP status, and a text for the log."""

    status: int
    reason: str


class TrunkLines:
    """Lines with names, each for one call at a time, whether it comes in or goes out."""

    def __init__(self, trunk: Trunk) -> None:
        self._trunk = trunk
        self._free = list(range(1, trunk.lines + 1))
        heapify(self._free)

    @property
    def free(self) -> int:
        """How many lines are free."""
        return len(self._free)

    def objection(self, host: str, number: str) -> TrunkRefusal | None:
        """Say why a call from ``host`` for ``number`` is not taken; ``None`` where it may be."""
        if not self._trunk.knows(host):
            return TrunkRefusal(403, "no peer of the trunk")
        if not self._trunk.serves(number):
            return TrunkRefusal(404, "no such number")
        return None if self._free else TrunkRefusal(503, "all lines are taken")

    def take(self) -> str:
        """Give the name of a free line, the lowest one; `IndexError` where none is."""
        return f"{_PREFIX}{heappop(self._free)}"

    def give_back(self, line: str) -> None:
        """A call on a line is over; what is no line's name is passed over."""
        number = line.removeprefix(_PREFIX)
        if number != line and number.isdigit():
            heappush(self._free, int(number))
