"""A queue's running counts; every one is a count of journaled events, so that a recount gives the same."""

from dataclasses import dataclass, field
from typing import Final

from cti_server.vocabulary.values import Disposition, QueueOutcome

LADDER: Final = (15.0, 20.0, 25.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 600.0)
"""Seconds within which contacts are counted that were removed from the queue (service level "X")."""

_ENDS: Final = {
    Disposition.ABANDONED: QueueOutcome.ABANDONED,
    Disposition.DISCONNECTED: QueueOutcome.DISCONNECTED,
    Disposition.TIMED_OUT: QueueOutcome.TIMED_OUT,
    Disposition.TRANSFERRED: QueueOutcome.TRANSFERRED,
    Disposition.CALLED_BACK: QueueOutcome.CALLBACK,
    Disposition.SERVED_BY_FLOW: QueueOutcome.DISCONNECTED,
}

REMOVED: Final = frozenset({QueueOutcome.ANSWERED, QueueOutcome.ABANDONED, QueueOutcome.CALLBACK})


def outcome_of(disposition: Disposition) -> QueueOutcome:
    """How a contact that ended so, before it was answered, left the queue that it stood in."""
    return _ENDS.get(disposition, QueueOutcome.LOST)


@dataclass(slots=True)
class QueueCounters:
    """``received`` is the sum of all outcomes and of those who still wait.

    An outcome is booked when it happens. Of the service level's basis ``answered_within`` and ``abandoned_within``
    count those whose wait was not longer than the queue's answer time; ``late`` those of any outcome who had waited
    longer (their event was the lapse of that time; `basis` adds who still waits). Contacts that failed or left in
    another way within the time do not count. ``removed`` counts answered, abandoned and called back by `LADDER`.
    ``short`` counts those who hung up sooner than the queue's shortest call: they are in ``received``, but in nothing
    else; `offered` is without them. ``waited`` is the sum of the answered contacts' waits, seconds; ``offers`` counts
    rings, ``unanswered`` those of them that ended without an answer while the caller was still there.
    """

    received: int = 0
    answered: int = 0
    abandoned: int = 0
    closed: int = 0
    timed_out: int = 0
    saturated: int = 0
    blocked: int = 0
    requeued: int = 0
    transferred: int = 0
    callback: int = 0
    disconnected: int = 0
    lost: int = 0
    answered_within: int = 0
    abandoned_within: int = 0
    late: int = 0
    waited: float = 0.0
    removed: list[int] = field(default_factory=lambda: [0] * len(LADDER))
    offers: int = 0
    unanswered: int = 0
    short: int = 0

    def book(
        self, outcome: QueueOutcome, waited: float | None = None, level: float = 20.0, *, shortest: float = 0.0
    ) -> None:
        """Book an outcome; ``waited`` seconds in line (None: never in it), ``level`` the queue's answer time.

        An abandon before ``shortest`` seconds is a short call.
        """
        if outcome is QueueOutcome.ABANDONED and waited is not None and waited < shortest:
            self.short += 1
            return
        name = outcome.value.replace("-", "_")
        setattr(self, name, getattr(self, name) + 1)
        if waited is None:
            return
        if outcome is QueueOutcome.ANSWERED:
            self.waited += waited
        if waited > level:
            self.late += 1
        elif outcome is QueueOutcome.ANSWERED:
            self.answered_within += 1
        elif outcome is QueueOutcome.ABANDONED:
            self.abandoned_within += 1
        if outcome in REMOVED:
            for index, seconds in enumerate(LADDER):
                self.removed[index] += waited <= seconds

    @property
    def ended(self) -> int:
        """All outcomes together; with those who still wait it is what was received."""
        refused = self.closed + self.saturated + self.blocked
        moved = self.requeued + self.transferred + self.callback + self.timed_out
        return self.answered + self.abandoned + self.disconnected + self.lost + refused + moved + self.short

    @property
    def offered(self) -> int:
        """What was received, without short calls."""
        return self.received - self.short

    def basis(self, waiting_late: int) -> int:
        """Contacts with a service-level event: answered or abandoned within the time, or the time lapsed."""
        return self.answered_within + self.abandoned_within + self.late + waiting_late

    def service_level(self, waiting_late: int, *, abandons: str = "negative") -> float | None:
        """A share between 0 and 1, None without a basis; ``waiting_late`` are in line longer than the answer time.

        ``abandons`` within the time are ``ignored``: A / (N - B), ``negative``: A / N, or ``positive``: (A + B) / N.
        """
        number, answered, gone = self.basis(waiting_late), self.answered_within, self.abandoned_within
        if abandons == "ignored":
            number -= gone
        elif abandons == "positive":
            answered += gone
        return answered / number if number else None
