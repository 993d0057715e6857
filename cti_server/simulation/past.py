"""A day that was, read out of the journal: who called, how patient they were, how long it took, and who worked when.

What a caller did is known as far as the day let it be seen. Whoever was answered would have waited longer: to the wait
that was seen comes an exponential rest, by the rate at which that day's callers gave up. Whoever was never answered
gets the talk of another caller of the day. Both come out of the seed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from math import inf
from random import Random
from typing import Final

from cti_server.simulation.day import Arrival, Day, Duty, RosterEntry
from cti_server.storage.journal import Journal
from cti_server.vocabulary import events
from cti_server.vocabulary.actions import Play, PlayMusic, RecordMessage, SendDigits
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, LinkName, VerbId
from cti_server.vocabulary.values import Disposition, OfferOutcome, Origin, VerbResult

DAY_SECONDS: Final = 86_400.0
USUAL_TALK: Final = 180.0
USUAL_RING: Final = 5.0
ENTRIES: Final = frozenset({VerbResult.DIGITS, VerbResult.TIMEOUT, VerbResult.INVALID, VerbResult.SPEECH})
UNASKED: Final = (Play, PlayMusic, RecordMessage, SendDigits)


@dataclass(slots=True)
class Seen:
    """What was seen of a caller; times are Unix seconds."""

    at: float
    link: LinkName
    pilot: DeviceNumber
    party: int | None
    digits: list[str] = field(default_factory=list)
    queued: float | None = None
    answered: float | None = None
    released: float | None = None
    disposition: str = ""
    rang: float | None = None
    missed: int = 0
    wrap_began: float | None = None
    wrap_until: float = inf
    wrapped: float | None = None

    @property
    def wait(self) -> float:
        """Seconds in line, as far as it was seen."""
        until = self.answered if self.answered is not None else self.released
        return 0.0 if self.queued is None or until is None else max(until - self.queued, 0.0)

    def note(self, event: events.Event, at: float) -> None:
        """Take up what happened in the line and with the agent."""
        match event:
            case events.ContactQueued():
                self.queued = at if self.queued is None else self.queued
            case events.OfferMade():
                self.rang = at if self.answered is None else self.rang
            case events.OfferEnded(outcome=OfferOutcome.NO_ANSWER):
                self.missed += 1
            case events.ContactAnswered():
                self.answered = at if self.answered is None else self.answered
            case events.ContactReleased(disposition=disposition):
                self.released, self.disposition = at, disposition.value
            case events.WrapUpStarted(deadline=deadline):
                self.wrap_began, self.wrap_until = at, deadline
            case events.WrapUpEnded():
                self.wrapped = at
            case _:
                pass


class EmptyDayError(Exception):
    """Nobody called on that day."""


def read_day(journal: Journal, day: date, zone: tzinfo | None, seed: int) -> Day:
    """Read a day of ``zone`` (local time without one) out of the journal. Blocks.

    Raises:
        EmptyDayError: the journal knows no call of that day.
        StorageError: the journal cannot be read.
    """
    start = datetime.combine(day, time(), zone).timestamp()
    end = datetime.combine(day + timedelta(days=1), time(), zone).timestamp()
    rows = _rows(journal, start - DAY_SECONDS, end + DAY_SECONDS)
    return day_of(rows, name=f"{day.isoformat()}, from the journal", start=start, end=end, seed=seed)


def day_of(rows: Iterable[Recorded], *, name: str, start: float, end: float, seed: int) -> Day:
    """A day out of recorded events; those before ``start`` tell who is at work, those from ``end`` on how it ended."""
    reader = _Reader(start, end)
    for recorded in rows:
        reader.take(recorded)
    if not reader.seen:
        raise EmptyDayError("the journal knows no call of that day")
    return Day(
        name=name,
        start=start,
        arrivals=tuple(_arrivals(list(reader.seen.values()), seed)),
        roster=tuple(reader.roster()),
    )


def _rows(journal: Journal, start: float, end: float) -> Iterator[Recorded]:
    """The rows from ``start`` on, before ``end``: the first of them is found by halving, for times only rise."""
    low, high = journal.start().seq, journal.last_seq()
    while low < high:
        middle = (low + high) // 2
        row = journal.row(middle + 1)
        if row is None or row.at < start:
            low = middle + 1
        else:
            high = middle
    for recorded in journal.read(after=low):
        if recorded.at >= end:
            return
        yield recorded


class _Reader:
    """Follows the events and keeps what the day is made of."""

    def __init__(self, start: float, end: float) -> None:
        self._start, self._end = start, end
        self.seen: dict[ContactId, Seen] = {}
        self._roster: list[RosterEntry] = []
        self._at_start: dict[AgentId, RosterEntry] = {}
        self._devices: dict[AgentId, DeviceNumber] = {}
        self._asked: dict[VerbId, bool] = {}

    def take(self, recorded: Recorded) -> None:
        event, at = recorded.event, recorded.at
        match event:
            case events.ContactOpened(contact=contact, call=call) if call is not None and not event.internal:
                if self._start <= at < self._end:
                    self.seen[contact] = Seen(at, call.link, event.pilot, event.party)
            case events.AgentLoggedOn(agent=agent, device=device):
                self._devices[agent] = device
                self._duty(agent, Duty.AWAY, at)
            case events.AgentLoggedOff(agent=agent):
                self._duty(agent, Duty.OFF, at)
            case events.AgentBecameReady(agent=agent):
                self._duty(agent, Duty.READY, at)
            case events.AgentBecameNotReady(agent=agent, origin=origin, reason=reason):
                if origin is not Origin.SYSTEM:
                    self._duty(agent, Duty.AWAY, at, reason)
            case _:
                seen = self.seen.get(getattr(event, "contact", ContactId(0)))
                if seen is not None:
                    self._note(seen, event, at)

    def roster(self) -> list[RosterEntry]:
        """Who was at work when the day began, and every change on it."""
        return sorted(self._at_start.values(), key=lambda entry: entry.agent) + self._roster

    def _duty(self, agent: AgentId, duty: Duty, at: float, reason: str = "") -> None:
        device = self._devices.get(agent, DeviceNumber(f"desk-{agent}"))
        entry = RosterEntry(at=max(at, self._start), agent=agent, duty=duty, device=device, reason=reason)
        if at < self._start:
            self._at_start[agent] = entry
        elif at < self._end:
            self._roster.append(entry)

    def _note(self, seen: Seen, event: events.Event, at: float) -> None:
        match event:
            case events.StepEntered(verb=verb, action=action):
                if verb is not None:
                    self._asked[verb] = not isinstance(action, UNASKED)
            case events.VerbEnded(verb=verb, outcome=outcome):
                if self._asked.pop(verb, False) and outcome.result in ENTRIES:
                    seen.digits.append(outcome.digits or "0" * outcome.count)
            case _:
                seen.note(event, at)


def _arrivals(callers: list[Seen], seed: int) -> Iterator[Arrival]:
    chance = Random(seed)  # noqa: S311 - chance of a model, not of a secret
    talks = [
        each.released - each.answered for each in callers if each.answered is not None and each.released is not None
    ]
    gave_up = sum(each.disposition == Disposition.ABANDONED for each in callers)
    waited = sum(each.wait for each in callers)
    mean_patience = waited / gave_up if gave_up else inf
    for number, seen in enumerate(callers, 1):
        yield Arrival(
            number=number,
            at=seen.at,
            link=seen.link,
            pilot=seen.pilot,
            party=seen.party,
            digits=tuple(seen.digits),
            patience=_patience(seen, mean_patience, chance),
            flow_patience=_flow_patience(seen),
            talk=_talk(seen, talks, chance),
            wrap_up=_wrap_up(seen),
            ring=seen.answered - seen.rang if seen.answered is not None and seen.rang is not None else USUAL_RING,
            missed=seen.missed,
        )


def _patience(seen: Seen, mean: float, chance: Random) -> float:
    rest = chance.expovariate(1.0 / mean) if 0.0 < mean < inf else inf
    return seen.wait if seen.disposition == Disposition.ABANDONED else seen.wait + rest


def _flow_patience(seen: Seen) -> float:
    if seen.disposition == Disposition.ABANDONED_IN_FLOW and seen.released is not None:
        return seen.released - seen.at
    return inf


def _talk(seen: Seen, talks: list[float], chance: Random) -> float:
    other = chance.choice(talks) if talks else USUAL_TALK
    return seen.released - seen.answered if seen.answered is not None and seen.released is not None else other


def _wrap_up(seen: Seen) -> float | None:
    if seen.wrap_began is None or seen.wrapped is None or seen.wrapped >= seen.wrap_until:
        return None
    return seen.wrapped - seen.wrap_began
