"""Estimated wait of a queue: a model folded from what happens to its contacts, and the range that a caller is told.

The estimate is the queue-length one: the callers ahead over the rate at which the eligible agents complete contacts,
less those ahead who will give up. Where no handle time is known yet it is the wait of the head of the line. It is a
range: four fifths of the waits lie between ``low`` and ``high``, half of them below ``likely``. What one caller was
told never rises without a cause that has a name.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from math import exp
from typing import Final

from cti_server.queues.estimate_accuracy import Accuracy, Told
from cti_server.queues.estimate_drain import TENTH, Drain, drain

MEMORY: Final = 500
"""Contacts over which handle times and giving up are averaged, newer ones counting more."""
ENOUGH_HANDLED: Final = 5
"""Contacts that must have been handled before their mean is gone by."""
ENOUGH_GAVE_UP: Final = 2.0
"""Callers who must have given up before a rate of it is gone by."""
ARRIVAL_SECONDS: Final = 1800.0
"""Time constant of the arrival rates of each priority."""
PRIORITIES: Final = 10
FOUR_FIFTHS: Final = 0.8416212335729143
"""Standard normal quantile of 0.8."""
FEWER: Final = 0.95
"""Agents count as having left when less than this share of those at the last telling is eligible."""
SLOWER: Final = 1.15
"""Contacts count as taking longer when their mean is above this multiple of that at the last telling."""


class Basis(StrEnum):
    """What an estimate rests on."""

    FREE = "free"
    QUEUE_LENGTH = "queue-length"
    HEAD_OF_LINE = "head-of-line"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why a caller may be told more than what is left of the last telling."""

    OVERTAKEN = "callers of higher priority came in"
    AGENTS_LEFT = "agents left"
    SLOWER = "contacts take longer"
    OVERDUE = "the time that was told is over"


@dataclass(frozen=True, slots=True)
class Estimate:
    """The wait that is left, in seconds: its 10 % (``low``), 50 %, 80 % and 90 % (``high``) quantiles, and the mean.

    ``low`` to ``high`` holds four fifths of the waits, ``likely`` is the median, ``most`` (four fifths wait no longer)
    is for promises. With basis ``UNKNOWN`` nothing is known, all are 0 and none is to be told. ``cause`` is set where
    the estimate is more than what was left of the last telling.
    """

    low: float
    likely: float
    high: float
    basis: str
    cause: str | None = None
    most: float = 0.0
    mean: float = 0.0

    @property
    def known(self) -> bool:
        """Whether there is anything to tell."""
        return self.basis != Basis.UNKNOWN


@dataclass(slots=True, kw_only=True)
class WaitModel:
    """What a queue knows about waiting; changed by its methods only, each of constant cost, and the same for the same.

    ``waiting`` are the callers in line. ``eligible`` are the agents who serve the queue, ready or at work, those who
    serve several queues counted by their share (`estimate_share.shares`); ``free`` are those of them who are idle.
    ``handle_mean`` and ``handle_variance`` are of an agent's time with a contact (seconds): ring, talk and wrap-up.
    ``patience_lost`` are callers who gave up, ``patience_seconds`` all time waited, both fading alike. ``came`` are
    fading counts of arrivals by priority, as of ``came_at``. ``last_wait`` is the wait of the last who was served.
    """

    waiting: int = 0
    eligible: float = 0.0
    free: float = 0.0
    handled_count: int = 0
    handle_mean: float = 0.0
    handle_variance: float = 0.0
    patience_lost: float = 0.0
    patience_seconds: float = 0.0
    came: list[float] = field(default_factory=lambda: [0.0] * PRIORITIES)
    came_at: float | None = None
    came_since: float | None = None
    last_wait: float | None = None
    accuracy: Accuracy = field(default_factory=Accuracy)

    def arrived(self, now: float, priority: int = 5) -> None:
        """A contact joins the line."""
        self.waiting += 1
        if self.came_since is None or self.came_at is None:
            self.came_since = self.came_at = now
        fading = exp(-max(now - self.came_at, 0.0) / ARRIVAL_SECONDS)
        self.came = [count * fading for count in self.came]
        self.came[min(max(priority, 1), PRIORITIES) - 1] += 1.0
        self.came_at = now

    def started(self, wait: float, now: float, told: Told | None = None) -> None:
        """A contact is answered after ``wait`` seconds in line; ``told`` is the first that the caller was told."""
        self.waiting = max(self.waiting - 1, 0)
        self.last_wait = wait
        self._end_wait(wait, 0.0)
        if told is not None:
            self.accuracy.book_answered(told, now)

    def abandoned(self, wait: float, now: float, told: Told | None = None) -> None:
        """A caller gives up after ``wait`` seconds in line."""
        self.waiting = max(self.waiting - 1, 0)
        self._end_wait(wait, 1.0)
        if told is not None:
            self.accuracy.book_abandoned(told, now)

    def left(self, wait: float, now: float) -> None:
        """A contact leaves the line unserved and not by giving up: moved on, called back later, disconnected."""
        del now
        self.waiting = max(self.waiting - 1, 0)
        self._end_wait(wait, 0.0)

    def handled(self, duration: float, now: float) -> None:
        """An agent is free again after ``duration`` seconds with a contact: ring, talk and wrap-up."""
        del now
        self.handled_count += 1
        weight = 1.0 / min(self.handled_count, MEMORY)
        off = duration - self.handle_mean
        self.handle_mean += weight * off
        self.handle_variance = (1.0 - weight) * (self.handle_variance + weight * off * off)

    def agents(self, eligible: float, free: float, now: float) -> None:
        """So many agents serve the queue now, and so many of them are idle; shared ones may count in part."""
        del now
        self.eligible, self.free = max(eligible, 0.0), max(free, 0.0)

    def estimate(
        self,
        position: int,
        waited: float,
        now: float,
        told: Told | None = None,
        *,
        priority: int = 5,
        head: float | None = None,
    ) -> Estimate:
        """The wait that is left for the caller at ``position`` (from 1) who has ``waited`` so many seconds.

        ``told`` is what the same caller was told last: what is left of it is a ceiling, unless a cause is named.
        ``head`` is the wait so far of the head of the line, where it is at hand; else the last one served stands in.
        """
        fresh = self._fresh(max(position, 1), waited, now, priority, head)
        if told is None or fresh.basis in {Basis.FREE, Basis.UNKNOWN}:
            return fresh
        return self._under_ceiling(fresh, position, now, told)

    @property
    def giving_up(self) -> float:
        """Rate at which one waiting caller gives up, per second."""
        if self.patience_lost < ENOUGH_GAVE_UP or self.patience_seconds <= 0.0:
            return 0.0
        return self.patience_lost / self.patience_seconds

    def _fresh(self, position: int, waited: float, now: float, priority: int, head: float | None) -> Estimate:
        if position <= self.free:
            return Estimate(0.0, 0.0, 0.0, Basis.FREE)
        if self.handled_count >= ENOUGH_HANDLED and self.handle_mean > 0.0 and self.eligible > 0.0:
            return self._ranged(self._by_queue_length(position, now, priority), Basis.QUEUE_LENGTH)
        whole = head if head is not None else self.last_wait
        if whole is None or whole <= 0.0:
            return Estimate(0.0, 0.0, 0.0, Basis.UNKNOWN)
        # The head has waited for as long as it took to serve all who stood before it.
        left = max(whole * min(position / max(self.waiting, 1), 1.0), whole - waited, 0.0)
        return self._ranged(Drain(left, left * left / position), Basis.HEAD_OF_LINE)

    def _by_queue_length(self, position: int, now: float, priority: int) -> Drain:
        drained = drain(
            ahead=max(position - 1 - int(self.free), 0),
            completions=self.eligible / self.handle_mean,
            giving_up=self.giving_up,
            overtaking=self._overtaking(now, priority),
        )
        counted = min(self.handled_count, 2 * MEMORY - 1)
        return drained.loosened(self.handle_variance / (self.handle_mean * self.handle_mean * counted))

    def _overtaking(self, now: float, priority: int) -> float:
        """Arrivals per second of a higher priority than ``priority``."""
        higher = sum(self.came[: max(priority - 1, 0)])
        if higher <= 0.0 or self.came_at is None or self.came_since is None:
            return 0.0
        seen = 1.0 - exp(-max(now - self.came_since, ARRIVAL_SECONDS / 10.0) / ARRIVAL_SECONDS)
        return higher * exp(-max(now - self.came_at, 0.0) / ARRIVAL_SECONDS) / (ARRIVAL_SECONDS * seen)

    def _ranged(self, drained: Drain, basis: Basis) -> Estimate:
        spread = self.accuracy.spread
        likely = drained.quantile(0.0)
        return Estimate(
            low=min(drained.quantile(-TENTH * spread), likely),
            likely=likely,
            high=max(drained.quantile(TENTH * spread), likely),
            basis=basis,
            most=max(drained.quantile(FOUR_FIFTHS * spread), likely),
            mean=drained.mean,
        )

    def _under_ceiling(self, fresh: Estimate, position: int, now: float, told: Told) -> Estimate:
        elapsed = max(now - told.at, 0.0)
        likely, high = max(told.likely - elapsed, 0.0), max(told.high - elapsed, 0.0)
        if fresh.likely <= likely and fresh.high <= high:
            return fresh
        cause = self._cause(position, elapsed, told)
        if cause is not None:
            return _replaced(fresh, fresh.likely, fresh.high, cause)
        return _replaced(fresh, min(fresh.likely, likely), min(fresh.high, high), None)

    def _cause(self, position: int, elapsed: float, told: Told) -> Cause | None:
        if position > told.position:
            return Cause.OVERTAKEN
        if self.eligible < FEWER * told.eligible:
            return Cause.AGENTS_LEFT
        if told.handle > 0.0 and self.handle_mean > SLOWER * told.handle:
            return Cause.SLOWER
        return Cause.OVERDUE if elapsed > told.high else None

    def _end_wait(self, wait: float, lost: float) -> None:
        fading = 1.0 - 1.0 / MEMORY
        self.patience_lost = self.patience_lost * fading + lost
        self.patience_seconds = self.patience_seconds * fading + max(wait, 0.0)


def _replaced(fresh: Estimate, likely: float, high: float, cause: Cause | None) -> Estimate:
    return Estimate(
        low=min(fresh.low, likely),
        likely=likely,
        high=high,
        basis=fresh.basis,
        cause=cause,
        most=min(fresh.most, high),
        mean=min(fresh.mean, high),
    )
