"""The board of alarms: readings in, alarms that were raised or are over out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from cti_server.telemetry.alarms.catalogue import Rule, Severity

MOST_ALARMS: Final = 1000
"""Alarms and beginnings of such at once; what is more is not looked at, so that no fault of many parts eats memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was measured: the rule that it is for, of what, the value in the rule's unit, and words for people."""

    kind: str
    subject: str
    value: float
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm that is raised; times in Unix seconds.

    ``number`` counts from 1 since the server started; ``value`` and ``text`` are the newest ones; ``known_to`` is who
    has acknowledged it, ``told`` when it was last told.
    """

    number: int
    rule: Rule
    subject: str
    value: float
    text: str
    since: float
    told: float
    known_to: str | None = None

    @property
    def id(self) -> str:
        """``queue-long:sales``, or the kind alone where there is but one subject."""
        return identity(self.rule.kind, self.subject)

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.rule.severity

    @property
    def line(self) -> str:
        """It in one line: what, of what, the value."""
        value = f" ({self.value:.4g} {self.rule.unit})" if self.rule.unit else ""
        detail = f": {self.text}" if self.text else ""
        return f"{self.id}: {self.rule.title}{value}{detail}"


class News(StrEnum):
    """What became of an alarm."""

    RAISED = "raised"
    STILL = "still"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An alarm and what became of it at ``at`` (Unix seconds)."""

    news: News
    alarm: Alarm
    at: float


@dataclass(slots=True)
class _Watch:
    """What is known of one subject: since when its value is bad while no alarm is raised, well while one is."""

    since: float | None = None
    alarm: Alarm | None = None


class AlarmBoard:
    """Time is an argument; nothing here looks at a clock.

    Args:
        rule: the rule of a kind for a subject; None where there shall be no such alarm.
        repeat: seconds after which an alarm that nobody has acknowledged is told again; 0: never.
    """

    def __init__(self, rule: Callable[[str, str], Rule | None], repeat: float = 0.0) -> None:
        self._rule = rule
        self.repeat = repeat
        self._watched: dict[tuple[str, str], _Watch] = {}
        self._numbers = 0
        self.left_out = 0

    def judge(self, readings: Iterable[Reading], now: float) -> list[Change]:
        """What the readings change; an alarm whose subject was not measured any more is over."""
        changes: list[Change] = []
        seen: set[tuple[str, str]] = set()
        self.left_out = 0
        for reading in readings:
            key = (reading.kind, reading.subject)
            rule = self._rule(*key)
            if rule is None or key in seen:
                continue
            if key not in self._watched and len(self._watched) >= MOST_ALARMS:
                self.left_out += 1
                continue
            seen.add(key)
            change = self._look(self._watched.setdefault(key, _Watch()), rule, reading, now)
            if change is not None:
                changes.append(change)
            if self._watched[key] == _Watch():
                del self._watched[key]
        for key in [one for one in self._watched if one not in seen]:
            alarm = self._watched.pop(key).alarm
            if alarm is not None:
                changes.append(Change(news=News.OVER, alarm=alarm, at=now))
        return changes

    def raised(self) -> tuple[Alarm, ...]:
        """Those that are raised now: critical ones first, then the oldest."""
        found = [watch.alarm for watch in self._watched.values() if watch.alarm is not None]
        return tuple(sorted(found, key=lambda one: (one.severity is not Severity.CRITICAL, one.since, one.number)))

    def acknowledge(self, name: str, who: str) -> Alarm | None:
        """Note that somebody knows of the alarm of that id or number, so that it is told no more; None: no such one."""
        for watch in self._watched.values():
            alarm = watch.alarm
            if alarm is not None and name in {alarm.id, str(alarm.number)}:
                watch.alarm = replace(alarm, known_to=who)
                return watch.alarm
        return None

    def _look(self, watch: _Watch, rule: Rule, reading: Reading, now: float) -> Change | None:
        if watch.alarm is None:
            return self._begin(watch, rule, reading, now)
        watch.alarm = replace(watch.alarm, rule=rule, value=reading.value, text=reading.text)
        if not rule.well(reading.value):
            watch.since = None
            return self._again(watch, watch.alarm, now)
        watch.since = now if watch.since is None or now < watch.since else watch.since
        if now - watch.since < rule.rest:
            return None
        over, watch.alarm, watch.since = watch.alarm, None, None
        return Change(news=News.OVER, alarm=over, at=now)

    def _begin(self, watch: _Watch, rule: Rule, reading: Reading, now: float) -> Change | None:
        if not rule.bad(reading.value):
            watch.since = None
            return None
        # A clock that was set back must not make the wait longer than it is.
        watch.since = now if watch.since is None or now < watch.since else watch.since
        if now - watch.since < rule.hold:
            return None
        self._numbers += 1
        watch.alarm = Alarm(
            number=self._numbers,
            rule=rule,
            subject=reading.subject,
            value=reading.value,
            text=reading.text,
            since=watch.since,
            told=now,
        )
        watch.since = None
        return Change(news=News.RAISED, alarm=watch.alarm, at=now)

    def _again(self, watch: _Watch, alarm: Alarm, now: float) -> Change | None:
        if not self.repeat or alarm.known_to is not None or now - alarm.told < self.repeat:
            return None
        watch.alarm = replace(alarm, told=now)
        return Change(news=News.STILL, alarm=watch.alarm, at=now)


def identity(kind: str, subject: str) -> str:
    """How people name an alarm."""
    return f"{kind}:{subject}" if subject else kind
