"""How fast many of a kind may follow each other: two hundred registrations do not fall on a registrar at once."""

from typing import Final

DEFAULT_RATE: Final = 50.0
"""A second; two hundred extensions take four."""


BURST: Final = 10
"""So many may come together after a pause."""


class Pace:
    """Gives each asker a moment of its own: the first `BURST` at once, then one every ``1 / rate`` seconds.

    Raises:
        ValueError: the rate is not above 0.
    """

    def __init__(self, rate: float = DEFAULT_RATE) -> None:
        if rate <= 0:
            raise ValueError(f"a rate above 0, not {rate}")
        self._gap = 1.0 / rate
        self._due = 0.0  # when the next one would be due if none came in a burst

    def moment(self, now: float) -> float:
        """Return when it is the asker's turn, ``now`` or later."""
        due = max(self._due, now)
        self._due = due + self._gap
        return max(now, due - (BURST - 1) * self._gap)
