"""Faults on request: what is done to frames on their way to an application, and the wishes for greater mishaps.

All chance comes from one seeded generator, so that the same traffic meets the same faults again.
"""

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from random import Random
from typing import Final

from csta.codec.framing import Frame, Framer
from csta.errors import CstaError

HELD: Final = 0.05
"""Seconds that a frame waits for the next one, which is to overtake it or to be merged with it."""
BETWEEN_PIECES: Final = 0.002
"""Seconds between the pieces of a split frame."""


class Rate(StrEnum):
    """What happens to a part of all frames or answers: each has a rate from 0 to 1."""

    SPLIT = "split"
    MERGE = "merge"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    LOSE = "lose"
    GARBLE = "garble"
    WRONG_ANSWER = "wrong-answer"
    NO_ANSWER = "no-answer"


class Mishap(StrEnum):
    """What happens once, when it is asked for."""

    FLAP = "flap"
    OVERLOAD = "overload"
    DROP_MONITORS = "drop-monitors"
    DROP_ROUTES = "drop-routes"
    MESSAGES_LOST = "messages-lost"
    RESTART = "restart"
    """All calls and monitors are gone, links stay: initializing, then enabled."""
    REBOOT = "reboot"
    """The same, and the links are gone too."""


class Faults:
    """Which rates apply now; ``random`` gives all chance, a delayed frame waits ``delay`` seconds at most."""

    def __init__(self, rates: Mapping[Rate, float], random: Random, delay: float = 0.5) -> None:
        self.random = random
        self.delay = delay
        self._usual = dict(rates)
        self._present: dict[Rate, tuple[float, float | None]] = {}

    def set_rate(self, rate: Rate, value: float, until: float | None = None) -> None:
        """From now on a part of ``value`` of all frames suffers this, until Unix seconds ``until``.

        Raises:
            ValueError: The value is not from 0 to 1.
        """
        if not 0 <= value <= 1:
            raise ValueError(f"a rate is from 0 to 1, not {value:g}")
        self._present[rate] = value, until

    def clear(self) -> None:
        """No rates any more, not even those of the settings."""
        self._usual.clear()
        self._present.clear()

    @property
    def any(self) -> bool:
        """Whether there may be rates above 0."""
        return bool(self._usual or self._present)

    def rate(self, rate: Rate, now: float) -> float:
        """The present rate."""
        value, until = self._present.get(rate, (None, None))
        if value is None or (until is not None and now >= until):
            return self._usual.get(rate, 0.0)
        return value

    def happens(self, rate: Rate, now: float) -> bool:
        """Whether it happens this time; asked for a rate of 0 no chance is used up."""
        value = self.rate(rate, now)
        return value > 0 and self.random.random() < value

    def shown(self, now: float) -> dict[str, float]:
        """The rates above 0, by name."""
        return {str(rate): value for rate in Rate if (value := self.rate(rate, now)) > 0}


class Disturber:
    """What happens to the frames of one link in one direction: bytes in by `put`, bytes out by `take` when due.

    ``framer`` cuts the bytes; where they are no frames they pass as they are. Without faults bytes are due at once.
    """

    def __init__(self, faults: Faults, framer: Framer) -> None:
        self._faults = faults
        self._framer: Framer | None = framer
        self._uncut = bytearray()
        self._due: deque[tuple[float, bytes]] = deque()
        self._held: tuple[float, bytes, Rate] | None = None

    def put(self, data: bytes, now: float) -> None:
        """Take bytes that are to be sent."""
        framer = self._framer
        # Frames are written whole: where nothing waits, what is passed on uncut leaves none in the middle.
        if framer is None or (not self._faults.any and not self._uncut and self._held is None):
            self._enqueue(data, now)
            return
        framer.feed(data)
        self._uncut += data
        try:
            while (frame := framer.next_frame()) is not None:
                whole = framer.frame(frame.payload, frame.invoke_id)
                del self._uncut[: len(whole)]
                self._disturb(framer, frame, whole, now)
        except CstaError:
            # What is no frame of this framing is not ours to disturb: it goes as it is from here on.
            self._framer = None
            self._enqueue(bytes(self._uncut), now)
            self._uncut.clear()

    def take(self, now: float) -> list[bytes]:
        """The pieces that are due, each to be written by itself."""
        if self._held is not None and self._held[0] <= now:
            self._release(now)
        found = []
        while self._due and self._due[0][0] <= now:
            found.append(self._due.popleft()[1])
        return found

    def get_timer(self) -> float | None:
        """When `take` has something next."""
        times = [self._due[0][0]] if self._due else []
        if self._held is not None:
            times.append(self._held[0])
        return min(times, default=None)

    # ---- inside

    def _enqueue(self, data: bytes, at: float) -> None:
        last = self._due[-1][0] if self._due else at
        self._due.append((max(at, last), data))  # a stream keeps its order, whatever waits

    def _release(self, now: float) -> None:
        if self._held is not None:
            (_, data, _), self._held = self._held, None
            self._enqueue(data, now)

    def _disturb(self, framer: Framer, frame: Frame, data: bytes, now: float) -> None:
        faults = self._faults
        if faults.happens(Rate.LOSE, now):
            return
        if faults.happens(Rate.GARBLE, now):
            data = framer.frame(garbled(frame.payload, faults.random), frame.invoke_id)
        if faults.happens(Rate.DUPLICATE, now):
            data += data
        at = now + faults.random.uniform(0, faults.delay) if faults.happens(Rate.DELAY, now) else now
        if self._held is not None:
            (_, before, why), self._held = self._held, None
            if why is Rate.MERGE:
                self._enqueue(before + data, at)
                return
            self._send(data, at, now)
            self._enqueue(before, now)
        elif faults.happens(Rate.REORDER, now):
            self._held = now + HELD, data, Rate.REORDER
        elif faults.happens(Rate.MERGE, now):
            self._held = now + HELD, data, Rate.MERGE
        else:
            self._send(data, at, now)

    def _send(self, data: bytes, at: float, now: float) -> None:
        if not self._faults.happens(Rate.SPLIT, now) or len(data) < 2:
            self._enqueue(data, at)
            return
        cut = self._faults.random.randrange(1, len(data))
        self._enqueue(data[:cut], at)
        self._enqueue(data[cut:], at + BETWEEN_PIECES)


def garbled(payload: bytes, random: Random) -> bytes:
    """The same with one octet changed, or its end missing."""
    if not payload:
        return payload
    place = random.randrange(len(payload))
    if random.random() < 0.5:
        return payload[: place + 1]
    return payload[:place] + bytes([payload[place] ^ random.randrange(1, 256)]) + payload[place + 1 :]
