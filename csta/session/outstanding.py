"""The requests that we sent and that are not answered yet: their invoke IDs, window, deadlines and repetitions."""

import heapq
from dataclasses import dataclass
from typing import Final

from csta.errors import TooManyRequestsError
from csta.messages import Notice, Request
from csta.session.fair_queue import FairQueue, Urgency, device_of, urgency_of
from csta.session_settings import SessionSettings

_QUARANTINE: Final = 10
"""A timed-out request keeps its invoke ID for so many time-outs, so that a late answer meets no other request."""
_KEPT_FOR_CALLS: Final = 4
"""One part in so many of the window is for call control alone."""
_MAX_NOTICES: Final = 256
"""So many of the last notices are remembered, because the peer may refuse them."""


@dataclass(slots=True)
class Outstanding:
    """One request; ``own`` is a request of the session itself, whose answer the owner is not told."""

    invoke_id: int
    request: Request
    frame: bytes
    own: bool
    urgency: Urgency
    device: str
    deadline: float = 0.0
    timed_out: bool = False
    repeats: int = 0

    @property
    def name(self) -> str:
        """The service's name."""
        return type(self.request).__name__


class OutstandingRequests:
    """Invoke IDs run from the first to the last and begin again; none is used while its request waits or is late."""

    def __init__(self, settings: SessionSettings, first_id: int, last_id: int) -> None:
        self._settings = settings
        self._first_id, self._last_id = first_id, last_id
        self._next_id = first_id
        self._all: dict[int, Outstanding] = {}
        self._waiting: FairQueue[Outstanding] = FairQueue()
        # All have the same time-out, so the order of sending is the order of the deadlines.
        self._sent: dict[int, Outstanding] = {}
        self._late: dict[int, Outstanding] = {}
        self._pausing: list[tuple[float, int, Outstanding]] = []
        self._pauses = 0
        self._notices: dict[int, Notice] = {}
        self._in_window = 0
        self._survey_in_window = 0
        self._most = settings.max_outstanding
        self._share = 1

    # --- invoke IDs

    def free_id(self) -> int:
        """Return an invoke ID that nothing outstanding has, and that is not given again soon.

        Raises:
            TooManyRequestsError: Every one is in use.
        """
        in_use = len(self._all) + len(self._notices)
        if in_use > self._last_id - self._first_id and self._late:
            # Late answers are the least of the evils: the oldest of them gives its ID back.
            oldest = next(iter(self._late))
            del self._late[oldest], self._all[oldest]
            in_use -= 1
        if in_use > self._last_id - self._first_id:
            raise TooManyRequestsError("every invoke ID is in use")
        while self._next_id in self._all or self._next_id in self._notices:
            self._next_id = self._after(self._next_id)
        invoke_id = self._next_id
        self._next_id = self._after(invoke_id)
        return invoke_id

    def _after(self, invoke_id: int) -> int:
        return self._first_id if invoke_id >= self._last_id else invoke_id + 1

    # --- sending

    def check_room(self) -> None:
        """Raise TooManyRequestsError where as many requests wait as the settings allow."""
        if len(self._waiting) + len(self._pausing) >= self._settings.max_waiting:
            raise TooManyRequestsError(f"{len(self._waiting) + len(self._pausing)} requests wait already")

    def add(self, invoke_id: int, request: Request, frame: bytes, *, own: bool = False) -> Outstanding:
        """Put a request into the queue; one of our own is not queued, but for `sent` at once."""
        entry = Outstanding(invoke_id, request, frame, own, urgency_of(type(request).__name__), device_of(request))
        self._all[invoke_id] = entry
        if not own:
            self._waiting.put(entry)
        return entry

    def noticed(self, invoke_id: int, notice: Notice) -> None:
        """Remember a message that has no answer, because the peer may refuse it all the same."""
        self._notices[invoke_id] = notice
        if len(self._notices) > _MAX_NOTICES:
            del self._notices[next(iter(self._notices))]

    def notice(self, invoke_id: int) -> Notice | None:
        """Return the notice with this invoke ID if it was one of the last, and forget it."""
        return self._notices.pop(invoke_id, None)

    @property
    def window(self) -> int:
        """How many requests may be unanswered at a time."""
        return max(1, self._most // self._share)

    def shrink(self, share: int) -> None:
        """Use one part in so many of the window; 1 is all of it."""
        self._share = share

    def learn_limit(self) -> int:
        """The peer says that it has too many of our requests: ask for no more at a time than it has now."""
        self._most = max(1, min(self._most, self._in_window))
        return self._most

    def next_to_send(self) -> Outstanding | None:
        """The next of those that wait, if the window has room for it."""
        room = self.window
        if self._in_window >= room:
            return None
        for_survey = max(1, room - room // _KEPT_FOR_CALLS)
        return self._waiting.take(survey=self._survey_in_window < for_survey)

    def sent(self, entry: Outstanding, now: float) -> bytes:
        """Start a request's time-out, and return its frame."""
        entry.deadline = now + self._settings.request_timeout
        self._sent[entry.invoke_id] = entry
        self._count(entry, 1)
        return entry.frame

    def _count(self, entry: Outstanding, by: int) -> None:
        if not entry.own:
            self._in_window += by
            if entry.urgency is Urgency.SURVEY:
                self._survey_in_window += by

    def has(self, service: type[Request]) -> bool:
        """Whether a request of this service is sent and unanswered."""
        return any(isinstance(entry.request, service) for entry in self._sent.values())

    def service_of(self, invoke_id: int) -> type[Request] | None:
        """The service of the request that was sent with an invoke ID, also of one that timed out."""
        entry = self._sent.get(invoke_id) or self._late.get(invoke_id)
        return None if entry is None else type(entry.request)

    # --- answers

    def take(self, invoke_id: int) -> Outstanding | None:
        """An answer came: return its request and free the invoke ID; None where none was sent with it."""
        late = self._late.pop(invoke_id, None)
        if late is not None:
            del self._all[invoke_id]
            return late
        entry = self._sent.pop(invoke_id, None)
        if entry is not None:
            del self._all[invoke_id]
            self._count(entry, -1)
        return entry

    def repeat_later(self, entry: Outstanding, now: float) -> bool:
        """Send an answered request again after a pause, under its invoke ID; False where it was repeated enough.

        Only what changes nothing at the switch is repeated: for all else the moment may have passed.
        """
        if entry.urgency is not Urgency.SURVEY or entry.own or entry.repeats >= self._settings.max_repeats:
            return False
        pause = self._settings.repeat_pause * 2**entry.repeats
        entry.repeats += 1
        self._all[entry.invoke_id] = entry
        # The count keeps the heap from comparing entries.
        self._pauses += 1
        heapq.heappush(self._pausing, (now + pause, self._pauses, entry))
        return True

    # --- time

    def next_deadline(self) -> float | None:
        """When the next request times out or is repeated."""
        deadline = next((entry.deadline for entry in self._sent.values()), None)
        if not self._pausing:
            return deadline
        return self._pausing[0][0] if deadline is None else min(deadline, self._pausing[0][0])

    def resume(self, now: float) -> None:
        """Queue the requests whose pause is over."""
        while self._pausing and self._pausing[0][0] <= now:
            self._waiting.put(heapq.heappop(self._pausing)[2])

    def expire(self, now: float) -> list[Outstanding]:
        """Return the requests that timed out by now; their invoke IDs stay in use for a while."""
        expired = []
        for entry in self._sent.values():
            if entry.deadline > now:
                break
            expired.append(entry)
        for entry in expired:
            del self._sent[entry.invoke_id]
            self._count(entry, -1)
            entry.timed_out = True
            self._late[entry.invoke_id] = entry
        self._free_old(now)
        return expired

    def _free_old(self, now: float) -> None:
        horizon = now - _QUARANTINE * self._settings.request_timeout
        for entry in list(self._late.values()):
            if entry.deadline > horizon:
                break
            del self._late[entry.invoke_id], self._all[entry.invoke_id]

    def clear(self) -> list[Outstanding]:
        """Forget everything, and return the requests that will have no answer, in the order of their coming."""
        lost = [entry for entry in self._all.values() if not entry.timed_out]
        for kept in (self._all, self._sent, self._late, self._waiting, self._pausing, self._notices):
            kept.clear()
        self._in_window = self._survey_in_window = 0
        return lost
