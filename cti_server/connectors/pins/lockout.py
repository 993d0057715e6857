"""After too many wrong PINs in a row none of that agent's is taken for a while. Pure: time is handed in."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

MOST_NAMES: Final = 10_000
"""Agents that are remembered at a time; the one tried longest ago makes room."""


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    until: float = 0.0


@dataclass(slots=True)
class LockOut:
    """Counts each attempt as wrong before it is looked at, so that many at the same time count as many.

    ``attempts`` wrong ones in a row lock the name for ``seconds``. Times are Unix seconds.
    """

    attempts: int
    seconds: float
    _known: OrderedDict[str, _Tries] = field(default_factory=OrderedDict)

    def begin(self, name: str, now: float) -> bool:
        """Whether an attempt may be made; it counts as wrong until `right` says otherwise."""
        tries = self._known.setdefault(name, _Tries())
        self._known.move_to_end(name)
        if len(self._known) > MOST_NAMES:
            self._known.popitem(last=False)
        if now < tries.until:
            return False
        if tries.wrong >= self.attempts:
            tries.wrong = 0
        tries.wrong += 1
        if tries.wrong >= self.attempts:
            tries.until = now + self.seconds
        return True

    def right(self, name: str) -> None:
        """The attempt was right: nothing is held against the name any more."""
        self._known.pop(name, None)

    def locked(self, name: str, now: float) -> bool:
        """Whether no attempt is taken now."""
        tries = self._known.get(name)
        return tries is not None and now < tries.until
