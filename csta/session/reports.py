"""What a session has to tell, in the order in which it happened, with a limit on what is told of a peer's oddities."""

from collections import deque
from typing import Final

from csta.session_events import Fault, SessionEvent

_MAX_REMEMBERED: Final = 256
_MAX_TEXT: Final = 500


def shown(invoke_id: int | None) -> str:
    """An invoke ID as reports show it."""
    return "none" if invoke_id is None else f"{invoke_id:04d}"


class Reports:
    """Events wait here until the owner takes them. ``hide_raw``: faults go without the bytes, which may be secret."""

    def __init__(self, max_faults: int) -> None:
        self._events: deque[SessionEvent] = deque()
        self._told: set[str] = set()
        self._max_faults = max_faults
        self._faults = 0
        self.hide_raw = False

    def next(self) -> SessionEvent | None:
        """Return the oldest event and forget it; None where there is none."""
        return self._events.popleft() if self._events else None

    def tell(self, event: SessionEvent) -> None:
        """Tell of what happened."""
        self._events.append(event)

    def fault(self, text: str, raw: bytes = b"") -> None:
        """Tell of something odd; where there are too many in a while, only how many more there were."""
        self._faults += 1
        if self._faults <= self._max_faults:
            self._events.append(Fault(text[:_MAX_TEXT], b"" if self.hide_raw else raw))

    def fault_once(self, text: str, raw: bytes = b"") -> None:
        """Tell of an oddity that would repeat with every message only the first time on this link."""
        key = text[:_MAX_TEXT]
        if key not in self._told and len(self._told) < _MAX_REMEMBERED:
            self._told.add(key)
            self.fault(key, raw)

    def new_period(self) -> None:
        """Begin to count anew, and tell how many faults were not told."""
        untold = self._faults - self._max_faults
        self._faults = 0
        if untold > 0:
            self._events.append(Fault(f"{untold} further faults were not told one by one"))
