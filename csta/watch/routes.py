"""Registrations for routing: for these devices the switch asks us where calls go."""

from collections import deque
from collections.abc import Iterable

from csta.watch.events import RouteLost, RouteRefused, RouteRegistered, WatchEvent, WatchSettings
from csta.watch.tasks import Kind, Task, Tasks


class Routes:
    """Keeps a registration for each routing device that is wanted; asks by tasks of the watch."""

    def __init__(self, tasks: Tasks, events: deque[WatchEvent], settings: WatchSettings) -> None:
        self.registered: dict[str, str] = {}
        """The registration of each device."""
        self.wanted: frozenset[str] = frozenset()
        self._tasks = tasks
        self._events = events
        self._settings = settings

    def want(self, devices: Iterable[str]) -> None:
        """These devices and no others; `ask` does what is missing."""
        self.wanted = frozenset(devices)

    def ask(self) -> None:
        """Have registered what is wanted, and cancelled what is not."""
        for device in self._tasks.subjects(Kind.ROUTE):
            if device not in self.wanted:
                self._tasks.withdraw(Kind.ROUTE, device)
        for device in [one for one in self.registered if one not in self.wanted]:
            self._tasks.add(Kind.CANCEL, self.registered.pop(device))
        for device in sorted(self.wanted - self.registered.keys()):
            self._tasks.add(Kind.ROUTE, device)

    def taken(self, task: Task, register_id: str) -> None:
        """The switch registered a device."""
        self._tasks.done(task)
        if task.subject in self.wanted:
            self.registered[task.subject] = register_id
            self._events.append(RouteRegistered(task.subject, register_id))
        else:
            self._tasks.add(Kind.CANCEL, register_id)

    def refused(self, task: Task, reason: str, now: float) -> None:
        """The switch does not register a device, or does not answer: told once, and tried again slowly."""
        if task.subject not in self.wanted:
            self._tasks.done(task)
            return
        if task.pause == 0.0:
            self._events.append(RouteRefused(task.subject, reason))
        self._tasks.slow_down(task, now + task.longer_pause(self._settings.refused_retry, self._settings.longest_retry))

    def lost(self, register_id: str, now: float) -> None:
        """The switch ended a registration by itself (RouteRegisterAbort)."""
        device = next((one for one, known in self.registered.items() if known == register_id), None)
        if device is not None:
            del self.registered[device]
            self._events.append(RouteLost(device))
            self._tasks.add_later(Kind.ROUTE, device, now + self._settings.retry_pause)
