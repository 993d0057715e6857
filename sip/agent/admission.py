"""What is let in: new calls by number and rate, and one word a second and source about what cannot be read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sip.events import Endpoint, Malformed
from sip.timers import Timers

SHOWN_BYTES: Final = 500
QUIET: Final = 1.0
"""Seconds after a `Malformed` for which more from the same source are counted only."""
MAX_SOURCES: Final = 1000
_ALL_OTHERS: Final = ("", "")


class Rate:
    """A bucket of tokens: ``per_second`` events in the mean, and as many at once."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._size = max(1.0, per_second)
        self._tokens = self._size
        self._filled: float | None = None

    def take(self, now: float) -> bool:
        """Tell whether one more event fits."""
        if self._filled is not None:
            self._tokens = min(self._size, self._tokens + max(0.0, now - self._filled) * self._per_second)
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


@dataclass(slots=True)
class _Silence:
    """A source that has been told of, and what it sent since: how much, and the last of it."""

    untold: int = 0
    last: Malformed | None = None


class Complaints:
    """Tells of what cannot be read: at once where its source was quiet, else once a second with the count.

    A source is an address and a transport, whatever the port; sources above `MAX_SOURCES` count as one.
    """

    def __init__(self, timers: Timers, tell: Callable[[Malformed], None]) -> None:
        self._timers = timers
        self._tell = tell
        self._sources: dict[tuple[str, str], _Silence] = {}

    def take(self, source: Endpoint, reason: str, data: bytes, now: float) -> None:
        """Something came that cannot be read, or a limit was passed."""
        told = Malformed(source, reason, data[:SHOWN_BYTES])
        key = (source.host, source.transport)
        if key not in self._sources and len(self._sources) >= MAX_SOURCES:
            key = _ALL_OTHERS
        silence = self._sources.get(key)
        if silence is not None:
            silence.untold += 1
            silence.last = told
            return
        self._sources[key] = _Silence()
        self._timers.at(now + QUIET, lambda later: self._over(key, later))
        self._tell(told)

    def _over(self, key: tuple[str, str], now: float) -> None:
        silence = self._sources.pop(key)
        if silence.last is None:
            return
        last = silence.last
        self._tell(Malformed(last.source, last.reason, last.data, silence.untold))
        self._sources[key] = _Silence()
        self._timers.at(now + QUIET, lambda later: self._over(key, later))
