"""Decides anew, with the same code, what the journal says was decided about a contact, and compares bit for bit.

The journal is folded up to each moment of the contact. There the engine itself is built on a copy of the state and is
given the command that must have begun the turn; what it decides then is compared with what was journaled, event by
event: candidates, who was passed over and why, the agent, the rule, the plan's version, estimates, steps of flows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine
from cti_server.engine.state import State
from cti_server.flows import steps
from cti_server.flows.component import Component
from cti_server.reports.replaying.wishes import certain, decisive, outside, wishes
from cti_server.routing.strategies import BUILT_IN, Strategy
from cti_server.vocabulary import events
from cti_server.vocabulary.commands import Command
from cti_server.vocabulary.events import Event, Recorded
from cti_server.vocabulary.ids import ContactId, PartyId
from cti_server.vocabulary.parties import AddressOf, nobody

LARGEST_TURN: Final = 5000
"""Rows of one moment; where there are more they are folded, and not decided anew."""


class Verdict(StrEnum):
    """What came of deciding an event anew."""

    SAME = "same"
    """It comes out bit for bit as it was journaled."""
    FACT = "fact"
    """It came from outside: a call, a digit, somebody's wish. There is nothing to decide."""
    UNKNOWN = "not decided anew"
    """What led to it does not stand in the journal, so that it cannot be decided anew."""
    DIFFERENT = "different"
    """It comes out otherwise."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An event of the contact with its verdict; ``anew`` is what was decided instead where that differs."""

    row: Recorded
    verdict: Verdict
    anew: Event | None = None


@dataclass(slots=True)
class Replay:
    """The answer: ``judged`` are the contact's events in their order; ``found`` is False where it has none."""

    contact: ContactId
    judged: list[Judged] = field(default_factory=list)

    @property
    def found(self) -> bool:
        """Whether there is such a contact in the rows."""
        return bool(self.judged)

    @property
    def difference(self) -> Judged | None:
        """The first event that comes out otherwise."""
        return next((one for one in self.judged if one.verdict is Verdict.DIFFERENT), None)

    def count(self, verdict: Verdict) -> int:
        """How many events have the verdict."""
        return sum(one.verdict is verdict for one in self.judged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What is decided with: the same strategies, flow components and addresses as the running server's."""

    strategies: Mapping[str, Strategy] = field(default_factory=lambda: BUILT_IN)
    components: Mapping[str, Component] = field(default_factory=lambda: steps.BUILT_IN)
    address_of: AddressOf = nobody


def replay(
    start: State, rows: Iterable[Recorded], contact: ContactId, means: Means | None = None, last: int | None = None
) -> Replay:
    """Fold ``rows`` into ``start`` and judge every event of the contact; ends with row ``last``, or with the rows.

    ``start`` is the caller's to give away: a snapshot from before the contact, or an empty state. ``rows`` are those
    behind it, without a gap.
    """
    judge = _Judge(start, contact, means or Means())
    for moment in _moments(rows):
        judge.take(moment)
        if last is not None and moment[-1].seq >= last:
            break
    return judge.answer


def _moments(rows: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    """The rows of one time together: a turn never has two."""
    moment: list[Recorded] = []
    for row in rows:
        if moment and moment[0].at != row.at:
            yield moment
            moment = []
        moment.append(row)
    if moment:
        yield moment


class _Judge:
    """Folds moment by moment; turns that touch the contact are decided anew."""

    def __init__(self, state: State, contact: ContactId, means: Means) -> None:
        self._state = state
        self._contact = contact
        self._means = means
        self.answer = Replay(contact)

    def take(self, moment: Sequence[Recorded]) -> None:
        """Fold the rows of one moment; from one turn's end to the next where they can be told apart."""
        begun: set[int] = set()
        rest = list(moment)
        while rest:
            if len(moment) > LARGEST_TURN or not any(self._own(row.event) for row in rest):
                self._fold(rest, Verdict.UNKNOWN)
                return
            fitting, state, difference = self._decide(rest)
            if fitting:
                self._note(rest[:fitting], Verdict.SAME)
                if state is not None:
                    self._state = state
                else:
                    self._fold_alone(rest[:fitting])
                if certain(rest[0].event):
                    begun.update(row.seq for row in rest[:fitting])
                rest = rest[fitting:]
            if difference is not None:
                self._differ(rest, difference)
                return
            if not fitting:
                row = rest.pop(0)
                # What follows from something decided anew, and was not decided with it, was not to be.
                if row.cause_seq in begun and not outside(row.event) and self._own(row.event):
                    self.answer.judged.append(Judged(row, Verdict.DIFFERENT))
                    self._fold_alone([row])
                else:
                    self._fold([row], Verdict.FACT if outside(row.event) else Verdict.UNKNOWN)

    def _decide(self, rest: Sequence[Recorded]) -> tuple[int, State | None, Event | None]:
        """Decide the turn with which the rows begin.

        Returns:
            How many rows come out the same; the state after them, where that is the whole turn; and what was decided
            instead of the next row where the beginning of the turn is right and its end is not.
        """
        longest = 0
        best: tuple[int, State | None, Event | None] = (0, None, None)
        for wish in wishes(self._state, rest):
            state = self._copy()
            decided = self._handle(state, wish, rest)
            same = _alike(decided, rest)
            if same == len(decided) and same >= max(longest, 1):
                longest, best = same, (same, state, None)
                if same == len(rest):
                    return best
            elif same > longest and certain(rest[0].event):
                longest, best = same, (same, None, decided[same].event)
            elif not longest and decided and _same_decision(decided[0].event, rest[0].event):
                # Whatever led to it, the state says whom the contact is offered to, and whose a transfer makes it.
                best = (0, None, decided[0].event)
        return best

    def _handle(self, state: State, wish: Command, rest: Sequence[Recorded]) -> tuple[Recorded, ...]:
        identify = _numbering(rest)
        means = self._means
        try:
            engine = Engine(state, means.strategies, means.components, means.address_of, identify)
            return engine.handle(wish, rest[0].at).events
        except Exception:  # noqa: BLE001 - a wish that was never made may well be one that the engine cannot take
            return ()

    def _copy(self) -> State:
        """The state as a second one; what never changes is shared."""
        shared: dict[int, object] = {id(one): one for one in (self._state.plan, *self._old_plans())}
        return deepcopy(self._state, shared)

    def _old_plans(self) -> Iterator[object]:
        yield from self._state.old_queues.values()
        for versions in self._state.old_flows.values():
            yield from versions.values()

    def _own(self, event: Event) -> bool:
        return getattr(event, "contact", None) == self._contact

    def _note(self, rows: Iterable[Recorded], verdict: Verdict) -> None:
        for row in rows:
            if self._own(row.event):
                self.answer.judged.append(Judged(row, verdict))

    def _differ(self, rest: Sequence[Recorded], decided: Event) -> None:
        """The rows come out otherwise from here on in this moment; they are folded as they were journaled."""
        if rest:
            self.answer.judged.append(Judged(rest[0], Verdict.DIFFERENT, decided))
            self._fold_alone(rest[:1])
        self._fold(rest[1:], Verdict.UNKNOWN)

    def _fold(self, rows: Sequence[Recorded], verdict: Verdict) -> None:
        self._note(rows, verdict)
        self._fold_alone(rows)

    def _fold_alone(self, rows: Iterable[Recorded]) -> None:
        for row in rows:
            apply(self._state, row)


def _same_decision(one: Event, other: Event) -> bool:
    """Whether both decide the same thing of the same contact, whatever they decide."""
    contact = getattr(one, "contact", None)
    return type(one) is type(other) and decisive(other) and contact == getattr(other, "contact", None)


def _alike(decided: Sequence[Recorded], rows: Sequence[Recorded]) -> int:
    """How many of the rows, from the first on, are what was decided: number, time, cause and event."""
    same = 0
    for one, row in zip(decided, rows, strict=False):
        if one != row:
            break
        same += 1
    return same


def _numbering(rows: Sequence[Recorded]) -> Callable[[str], PartyId]:
    """The number that an address got is a fact: it stands in the event that first used it."""
    numbers = [
        row.event.called
        for row in rows
        if isinstance(row.event, events.CallbackScheduled) and row.event.called is not None
    ]

    def identify(_address: str) -> PartyId:
        return numbers[0] if numbers else PartyId(0)

    return identify
