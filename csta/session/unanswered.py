"""The peer's requests that we have not answered yet."""

from dataclasses import dataclass

from csta.messages import Request
from csta.session_settings import SessionSettings


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One request, and when it came."""

    request: Request
    came_at: float


class UnansweredRequests:
    """By invoke ID. A peer that uses an ID again has given up the older request, if that was long enough ago."""

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        self._requests: dict[int, Unanswered] = {}

    def __contains__(self, invoke_id: int) -> bool:
        return invoke_id in self._requests

    def full(self, now: float) -> bool:
        """Whether as many wait as the settings allow; those that the peer cannot wait for any more are forgotten."""
        if len(self._requests) < self._settings.max_unanswered:
            return False
        # In the order of their coming, so that the first that is young enough ends the look.
        for invoke_id, waiting in list(self._requests.items()):
            if not self._stale(waiting, now):
                break
            del self._requests[invoke_id]
        return len(self._requests) >= self._settings.max_unanswered

    def given_up(self, invoke_id: int, now: float) -> bool:
        """Whether the peer may use this invoke ID again: no request has it, or a stale one, which is forgotten."""
        waiting = self._requests.get(invoke_id)
        if waiting is not None and self._stale(waiting, now):
            del self._requests[invoke_id]
            waiting = None
        return waiting is None

    def _stale(self, waiting: Unanswered, now: float) -> bool:
        return now - waiting.came_at >= self._settings.stale_after

    def put(self, invoke_id: int, request: Request, now: float) -> None:
        """A request came."""
        self._requests[invoke_id] = Unanswered(request, now)

    def get(self, invoke_id: int) -> Request | None:
        """Return the request that waits for an answer with this invoke ID."""
        waiting = self._requests.get(invoke_id)
        return None if waiting is None else waiting.request

    def answered(self, invoke_id: int) -> None:
        """It is answered."""
        del self._requests[invoke_id]

    def clear(self) -> None:
        """Forget all."""
        self._requests.clear()
