"""Where names lead to: answers kept for their time, targets that failed put last, and one home for each name."""

from collections.abc import Callable, Collection
from typing import Final

from sip.events import Endpoint
from sip.location.policy import targets_of
from sip.location.records import Question, Record

MAX_KEPT: Final = 1000
LEAST_TTL: Final = 1.0
"""Seconds that even an answer of time 0 lives, so that it serves the request that asked."""
LONGEST_TTL: Final = 3600.0
ANSWER_OVERDUE: Final = 15.0
"""Seconds after which a question is asked again."""
AVOIDED: Final = 30.0
"""Seconds for which a target that failed is tried after all others (RFC 3263 4.3)."""
Done = Callable[[list[Endpoint], float], None]


class Locator:
    """The memory of one user agent. ``chance`` gives numbers from 0 to 1; ``transports`` are those that are spoken."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self.transports: Collection[str] = ("udp", "tcp")
        self.homes: dict[Endpoint, Endpoint] = {}
        self._chance = chance
        self._answers: dict[Question, tuple[tuple[Record, ...], float]] = {}
        self._asked: dict[Question, float] = {}
        self._questions: list[Question] = []
        self._waiting: list[tuple[Endpoint, Done]] = []
        self._avoided: dict[Endpoint, float] = {}

    def questions(self) -> list[Question]:
        """Return what is to be asked of the name service, and forget it."""
        questions, self._questions = self._questions, []
        return questions

    def find(self, wanted: Endpoint, done: Done, now: float) -> None:
        """Call ``done(targets, now)``, at once where all is known; no target where the name leads nowhere."""
        found = targets_of(wanted, self._known(now), self.transports, self._chance)
        if isinstance(found, list):
            done(self._ordered(wanted, found, now), now)
            return
        self._waiting.append((wanted, done))
        for question in sorted(found, key=str):
            if self._asked.get(question, 0.0) <= now:
                self._asked[question] = now + ANSWER_OVERDUE
                self._questions.append(question)

    def answered(self, question: Question, records: tuple[Record, ...], ttl: float, now: float) -> None:
        """Take an answer, empty where there is no such record; ``ttl`` in seconds."""
        self._asked.pop(question, None)
        if len(self._answers) >= MAX_KEPT:
            self._answers = {each: kept for each, kept in self._answers.items() if kept[1] > now}
        if len(self._answers) >= MAX_KEPT:
            self._answers.clear()
        self._answers[question] = (records, now + min(max(ttl, LEAST_TTL), LONGEST_TTL))
        waiting, self._waiting = self._waiting, []
        for wanted, done in waiting:
            self.find(wanted, done, now)

    def failed(self, target: Endpoint, now: float) -> None:
        """Try a target after all others for a while."""
        if len(self._avoided) >= MAX_KEPT:
            self._avoided.clear()
        self._avoided[target] = now + AVOIDED

    def avoids(self, target: Endpoint, now: float) -> bool:
        """Whether a target has failed lately."""
        until = self._avoided.get(target)
        if until is not None and until <= now:
            del self._avoided[target]
        return until is not None and until > now

    def settled(self, wanted: Endpoint, target: Endpoint) -> None:
        """Remember which target is in use: what follows goes there too, as long as the name still leads there."""
        if len(self.homes) >= MAX_KEPT and wanted not in self.homes:
            self.homes.clear()
        self.homes[wanted] = target

    def _known(self, now: float) -> dict[Question, tuple[Record, ...]]:
        return {question: records for question, (records, until) in self._answers.items() if until > now}

    def _ordered(self, wanted: Endpoint, targets: list[Endpoint], now: float) -> list[Endpoint]:
        home = self.homes.get(wanted)
        return sorted(targets, key=lambda target: (self.avoids(target, now), target != home))
