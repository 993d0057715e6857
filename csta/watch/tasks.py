"""The things to be asked: each once, in order of urgency, a limited number at a time, again after a pause."""

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from itertools import count
from typing import Final


class Kind(IntEnum):
    """What is asked; the most urgent first."""

    CHECK = 0
    """Snapshot of a call that is in doubt."""
    STOP = 1
    MONITOR = 2
    ROUTE = 3
    CANCEL = 4
    SNAPSHOT = 5
    AGENTS = 6
    CALL = 7
    """Snapshot of a call as part of a survey."""


class Stage(Enum):
    """Where a task stands."""

    QUEUED = auto()
    ASKED = auto()
    LATER = auto()
    """It waits for its time, after a failure."""
    OVER = auto()


_EXTRA_CHECKS: Final = 4


@dataclass(slots=True, eq=False)
class Task:
    """One thing to be asked about one subject: a device, a call or a cross-reference.

    ``slow``: refused or unanswered for good, and tried again some time; nobody waits for it.
    """

    kind: Kind
    subject: str
    place: str = ""
    stage: Stage = Stage.QUEUED
    tries: int = 0
    slow: bool = False
    pause: float = 0.0
    due: float = 0.0

    def longer_pause(self, first: float, longest: float) -> float:
        """Give the pause before the next try after a refusal: twice the last one, within bounds."""
        self.pause = min(max(first, 2 * self.pause), longest)
        return self.pause


@dataclass(slots=True)
class Tasks:
    """All tasks of one link; ``window`` is how many may be asked at the same time."""

    window: int
    _all: dict[tuple[Kind, str], Task] = field(default_factory=dict)
    _queues: dict[Kind, dict[str, Task]] = field(default_factory=lambda: {kind: {} for kind in Kind})
    _asked: dict[int, Task] = field(default_factory=dict)
    _later: list[tuple[float, int, Task]] = field(default_factory=list)
    _quick: Counter[Kind] = field(default_factory=Counter)
    _keys: Iterator[int] = field(default_factory=count)

    def get(self, kind: Kind, subject: str) -> Task | None:
        """The task, where there is one."""
        return self._all.get((kind, subject))

    def quick(self, kind: Kind) -> int:
        """How many of this kind are under way, the slow ones not counted."""
        return self._quick[kind]

    def subjects(self, kind: Kind) -> list[str]:
        """The subjects of all tasks of this kind."""
        return [task.subject for (one, _), task in self._all.items() if one is kind]

    def add(self, kind: Kind, subject: str, place: str = "") -> Task:
        """Have it asked; one that waits for its time need not wait any longer."""
        task = self._all.get((kind, subject))
        if task is None:
            task = self._all[kind, subject] = Task(kind, subject, place)
            self._quick[kind] += 1
            self._queues[kind][subject] = task
        elif task.stage is Stage.LATER:
            self._requeue(task)
        return task

    def add_later(self, kind: Kind, subject: str, due: float, place: str = "") -> None:
        """Have it asked at ``due``, unless it is under way."""
        if (kind, subject) not in self._all:
            self.again(self.add(kind, subject, place), due)

    def _requeue(self, task: Task) -> None:
        if task.slow:
            task.slow, task.tries = False, 0
            self._quick[task.kind] += 1
        task.stage = Stage.QUEUED
        self._queues[task.kind][task.subject] = task

    def next(self, *, held: frozenset[Kind] = frozenset()) -> tuple[int, Task] | None:
        """The most urgent one that may be asked now, with the key of its answer; kinds in ``held`` wait."""
        if len(self._asked) >= self.window + _EXTRA_CHECKS:
            return None
        # In the order of `Kind`, that is by urgency.
        for kind, queue in self._queues.items():
            if len(self._asked) >= self.window and kind is not Kind.CHECK:
                continue
            if queue and kind not in held:
                subject = next(iter(queue))
                task = queue.pop(subject)
                task.stage = Stage.ASKED
                task.tries += 1
                key = next(self._keys)
                self._asked[key] = task
                return key, task
        return None

    def take(self, key: int) -> Task | None:
        """The task whose answer this is; None where nobody waits for it any more."""
        task = self._asked.pop(key, None)
        return None if task is None or task.stage is not Stage.ASKED else task

    def done(self, task: Task) -> None:
        """It is answered, or not needed any more."""
        if task.stage is Stage.OVER:
            return
        self._queues[task.kind].pop(task.subject, None)
        if not task.slow:
            self._quick[task.kind] -= 1
        task.stage = Stage.OVER
        del self._all[task.kind, task.subject]

    def drop(self, kind: Kind, subject: str) -> None:
        """It is not needed any more; an answer under way has no receiver."""
        task = self._all.get((kind, subject))
        if task is not None:
            self.done(task)

    def withdraw(self, kind: Kind, subject: str) -> None:
        """It need not be asked any more; an answer under way is still told."""
        task = self._all.get((kind, subject))
        if task is not None and task.stage is not Stage.ASKED:
            self.done(task)

    def again(self, task: Task, due: float) -> None:
        """Ask once more at ``due``; somebody waits for it."""
        self._queues[task.kind].pop(task.subject, None)
        task.stage, task.due = Stage.LATER, due
        heapq.heappush(self._later, (due, next(self._keys), task))

    def slow_down(self, task: Task, due: float) -> None:
        """Ask once more at ``due``; nobody waits for it."""
        if not task.slow:
            task.slow = True
            self._quick[task.kind] -= 1
        self.again(task, due)

    def next_due(self) -> float | None:
        """When `release` has something to do."""
        while self._later and not self._waits(self._later[0]):
            heapq.heappop(self._later)
        return self._later[0][0] if self._later else None

    @staticmethod
    def _waits(entry: tuple[float, int, Task]) -> bool:
        due, _, task = entry
        return task.stage is Stage.LATER and task.due == due

    def release(self, now: float) -> None:
        """Queue what has waited long enough; what is slow stays so."""
        while self._later and self._later[0][0] <= now:
            entry = heapq.heappop(self._later)
            if self._waits(entry):
                task = entry[2]
                task.stage = Stage.QUEUED
                self._queues[task.kind][task.subject] = task

    def clear(self) -> None:
        """Forget everything; no answer has a receiver any more."""
        self._all.clear()
        self._asked.clear()
        self._later.clear()
        self._quick.clear()
        for queue in self._queues.values():
            queue.clear()
