"""Calls that come over a trunk: from whom, for which numbers, and how many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from ipaddress import ip_address, ip_network
from typing import Final

WAIT: Final = 5
"""Seconds after which a caller for whom no line was free may try again."""


@dataclass(frozen=True, slots=True)
class TrunkRefusal:
    """Why a call cannot come in: the SIP status, and a text for the log."""

    status: int
    reason: str


class Trunk:
    """The lines of a trunk.

    Args:
        peers: addresses or networks whose calls are taken.
        numbers: user parts of request URIs; one that ends in ``*`` stands for all that begin so.
        lines: calls at once.
    """

    def __init__(self, peers: Sequence[str], numbers: Sequence[str], lines: int) -> None:
        self._peers = tuple(ip_network(peer) for peer in peers)
        self._numbers = frozenset(number for number in numbers if not number.endswith("*"))
        self._beginnings = tuple(number[:-1] for number in numbers if number.endswith("*"))
        self._free = [*range(1, lines + 1)]

    @property
    def free(self) -> int:
        """How many lines are free."""
        return len(self._free)

    def objection(self, host: str, number: str) -> TrunkRefusal | None:
        """Say why a call from ``host`` for ``number`` is not taken; ``None`` where it may be."""
        if not self._knows(host):
            return TrunkRefusal(403, "no peer of the trunk")
        if number not in self._numbers and not number.startswith(self._beginnings or ("\0",)):
            return TrunkRefusal(404, "no such number")
        if not self._free:
            return TrunkRefusal(503, "all lines are taken")
        return None

    def take(self) -> str:
        """Give the name of a free line, the lowest one; `IndexError` where none is."""
        return f"trunk-{heappop(self._free)}"

    def give_back(self, line: str) -> None:
        """A call on a line is over; what is no line's name is passed over."""
        name, _, number = line.partition("-")
        if name == "trunk" and number.isdigit():
            heappush(self._free, int(number))

    def _knows(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._peers)
