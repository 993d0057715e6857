"""The requests that we sent and that are not answered yet: their invoke IDs, window and deadlines."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from csta.codec.framing import MAX_REQUEST_INVOKE_ID, encode_frame
from csta.errors import TooManyRequestsError
from csta.messages import Request
from csta.session_events import SessionSettings

_QUARANTINE: Final = 10
"""A timed-out request keeps its invoke ID for so many time-outs, so that a late answer meets no other request."""


@dataclass(slots=True)
class Outstanding:
    """One request; ``own`` is a request of the session itself, whose answer the owner is not told."""

    invoke_id: int
    request: Request
    payload: bytes
    own: bool
    deadline: float = 0.0
    timed_out: bool = False

    @property
    def name(self) -> str:
        """The service's name."""
        return type(self.request).__name__


class OutstandingRequests:
    """Invoke IDs run from 0 to 9998 and begin again; none is used while its request is waiting, sent or late."""

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        self._next_id = 0
        self._all: dict[int, Outstanding] = {}
        self._waiting: deque[Outstanding] = deque()
        # All have the same time-out, so the order of sending is the order of the deadlines.
        self._sent: dict[int, Outstanding] = {}
        self._late: dict[int, Outstanding] = {}
        self._in_window = 0

    def add(self, request: Request, payload: bytes, *, own: bool = False) -> Outstanding:
        """Give a request an invoke ID; one of our own is not queued, but for `sent` at once.

        Raises:
            TooManyRequestsError: As many wait as the settings allow, or no invoke ID is free.
        """
        if not own and len(self._waiting) >= self._settings.max_waiting:
            raise TooManyRequestsError(f"{len(self._waiting)} requests wait already")
        entry = Outstanding(self._free_id(), request, payload, own)
        self._all[entry.invoke_id] = entry
        if not own:
            self._waiting.append(entry)
        return entry

    def _free_id(self) -> int:
        if len(self._all) > MAX_REQUEST_INVOKE_ID and self._late:
            # Late answers are the least of the evils: the oldest of them gives its ID back.
            oldest = next(iter(self._late))
            del self._late[oldest], self._all[oldest]
        if len(self._all) > MAX_REQUEST_INVOKE_ID:
            raise TooManyRequestsError("every invoke ID is in use")
        while self._next_id in self._all:
            self._next_id = self._after(self._next_id)
        invoke_id = self._next_id
        self._next_id = self._after(invoke_id)
        return invoke_id

    @staticmethod
    def _after(invoke_id: int) -> int:
        return 0 if invoke_id >= MAX_REQUEST_INVOKE_ID else invoke_id + 1

    def next_to_send(self) -> Outstanding | None:
        """The first of those that wait, if the window has room for it."""
        if self._waiting and self._in_window < self._settings.max_outstanding:
            return self._waiting.popleft()
        return None

    def sent(self, entry: Outstanding, now: float) -> bytes:
        """Start a request's time-out, and return its frame."""
        entry.deadline = now + self._settings.request_timeout
        self._sent[entry.invoke_id] = entry
        self._in_window += not entry.own
        return encode_frame(entry.invoke_id, entry.payload)

    def has(self, service: type[Request]) -> bool:
        """Whether a request of this service is sent and unanswered."""
        return any(isinstance(entry.request, service) for entry in self._sent.values())

    def take(self, invoke_id: int) -> Outstanding | None:
        """An answer came: return its request and free the invoke ID; None where none was sent with it."""
        late = self._late.pop(invoke_id, None)
        if late is not None:
            del self._all[invoke_id]
            return late
        entry = self._sent.pop(invoke_id, None)
        if entry is not None:
            del self._all[invoke_id]
            self._in_window -= not entry.own
        return entry

    def next_deadline(self) -> float | None:
        """When the next request times out."""
        return next((entry.deadline for entry in self._sent.values()), None)

    def expire(self, now: float) -> list[Outstanding]:
        """Return the requests that timed out by now; their invoke IDs stay in use for a while."""
        expired = []
        for entry in self._sent.values():
            if entry.deadline > now:
                break
            expired.append(entry)
        for entry in expired:
            del self._sent[entry.invoke_id]
            self._in_window -= not entry.own
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
        """Forget everything, and return the requests that will have no answer, in the order of their sending."""
        lost = [*self._sent.values(), *self._waiting]
        self._all.clear()
        self._sent.clear()
        self._late.clear()
        self._waiting.clear()
        self._in_window = 0
        return lost
