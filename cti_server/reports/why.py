"""Why a contact waited, and why an agent did not get it: told in plain words from the journal alone.

The journal is folded again to each moment that mattered, so that what is told is what the engine saw: who fitted, what
stood in the way of each, and who was served first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

from cti_server.agents.agent import logged_on
from cti_server.contacts.contact import Contact, in_line
from cti_server.engine.apply import apply
from cti_server.engine.fold.queueing import requirement_of
from cti_server.engine.state import State, place_of
from cti_server.reports.why_words import need_in_words, offer_end_in_words, outcome_in_words
from cti_server.routing.fitting import hindrance, in_words, meets, rule_of
from cti_server.vocabulary import events
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.values import AgentStatus, OfferOutcome

MOST_SERVED_FIRST: Final = 5
"""So many offers to contacts served first are told one by one in a stretch; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that mattered, at ``at`` (Unix seconds), in words; ``details`` say more, a line each."""

    at: float
    text: str
    details: tuple[str, ...] = ()


@dataclass(slots=True)
class Why:
    """The answer: ``moments`` in their order, and a ``summary``; ``found`` is False where there is no such contact."""

    contact: ContactId
    agent: AgentId | None
    found: bool = False
    summary: str = ""
    moments: list[Moment] = field(default_factory=list)


def why(
    journal: Iterable[events.Recorded],
    contact: ContactId,
    agent: AgentId | None = None,
    *,
    start: State | None = None,
) -> Why:
    """Read the journal until the contact is closed; with ``agent`` tell it from their point of view.

    ``journal`` begins behind ``start``, a state from before the contact; without it, with its first row.
    """
    teller = _Teller(contact, agent, start or State())
    for recorded in journal:
        teller.take(recorded)
        if teller.over:
            break
    return teller.finish()


def why_text(answer: Why, zone: tzinfo | None = None) -> str:
    """The answer as people read it, with times of ``zone`` (local ones without it)."""
    if not answer.found:
        return f"no contact {answer.contact}"
    lines = [answer.summary, ""]
    for moment in answer.moments:
        at = datetime.fromtimestamp(moment.at, zone).strftime("%H:%M:%S.%f")[:-3]
        lines.append(f"{at}  {moment.text}")
        lines += [f"{'':14}{detail}" for detail in moment.details]
    return "\n".join(lines)


class _Teller:
    """Folds the journal and notes what mattered to the one contact."""

    def __init__(self, contact: ContactId, agent: AgentId | None, start: State) -> None:
        self._state = start
        self._number = contact
        self._answer = Why(contact, agent)
        self._queued_at: float | None = None
        self._waited = 0.0
        self._served_first = 0
        self._obstacle: str | None = None
        self._ended = ""
        self.over = False

    def take(self, recorded: events.Recorded) -> None:
        """Fold one event in."""
        event = recorded.event
        before = self._state.contacts.get(self._number)
        waits = before is not None and in_line(before)
        if isinstance(event, events.OfferMade) and waits and before is not None:
            self._offer_to_come(recorded, event, before)
        apply(self._state, recorded)
        if getattr(event, "contact", None) == self._number:
            self._answer.found = True
            self._own(recorded)
        contact = self._state.contacts.get(self._number)
        answered = isinstance(event, events.OfferEnded) and event.outcome is OfferOutcome.ANSWERED
        if self._answer.agent is not None and not answered:  # the answer itself follows at once
            self._watch(recorded.at, contact)
        self.over = isinstance(event, events.ContactClosed) and event.contact == self._number

    def finish(self) -> Why:
        """Put the summary before what was noted."""
        answer, agent = self._answer, self._answer.agent
        answer.summary = f"Contact {answer.contact} {self._course()}."
        if agent is not None and agent not in self._state.plan.agents and agent not in self._state.agents:
            answer.summary += f" There is no agent {agent} in the plan."
        return answer

    def _course(self) -> str:
        """How the contact waited, and what came of it."""
        if self._queued_at is not None:
            before = f", after {self._waited:.1f} s in others" if self._waited else ""
            return f"still waits in a queue{before}"
        waited = f"waited {self._waited:.1f} s in queues" if self._waited else "did not wait for an agent"
        return f"{waited}{self._ended or '; it is still open'}"

    # --- the contact ------------------------------------------------------------

    def _own(self, recorded: events.Recorded) -> None:
        contact = self._state.contacts.get(self._number)
        at, event = recorded.at, recorded.event
        match event:
            case events.ContactQueued(queue=queue, priority=priority):
                self._queued_at, self._served_first = at, 0
                self._note(at, f"queued in {queue} with priority {priority}", *self._position(), *self._who(contact))
            case events.QueueRefused(queue=queue, outcome=outcome, reason=reason):
                self._note(at, f"queue {queue} did not take it: {outcome_in_words(outcome)} ({reason})")
            case events.QueueLeft(queue=queue, outcome=outcome):
                self._stop(at)
                self._note(at, f"left queue {queue}: {outcome_in_words(outcome)}")
            case events.RequirementRelaxed(step=step):
                text = f"waited long enough for step {step + 1}: more agents fit"
                self._note(at, text, *self._who(contact))
            case events.RequirementChanged(reason=reason):
                self._note(at, f"needs something else now ({reason})", *self._who(contact))
            case events.PriorityChanged(priority=priority, reason=reason):
                self._note(at, f"has priority {priority} now ({reason})", *self._position())
            case events.OfferEnded(agent=agent, outcome=outcome, reason=reason) if outcome is not OfferOutcome.ANSWERED:
                self._note(at, offer_end_in_words(agent, outcome, reason))
            case events.ContactAnswered() | events.ContactPickedUp(agent=None):
                self._answered(at, event)
            case events.ContactReleased(disposition=disposition, released_by=by):
                self._stop(at)
                self._ended = self._ended or f" and ended: {disposition}"
                self._note(at, f"the contact is over: {disposition}, released by {by}")
            case _:
                pass

    def _answered(self, at: float, event: events.ContactAnswered | events.ContactPickedUp) -> None:
        """The wait is over, ringing included; where nobody works at the phone, it is the phone that is named."""
        self._stop(at)
        if isinstance(event, events.ContactAnswered):
            self._ended = f" and was answered by {event.agent}"
            self._note(at, f"{event.agent} answered")
        else:
            self._ended = f" and was picked up at {event.device}"
            self._note(at, f"picked up at {event.device}, where nobody works")

    def _offer_to_come(self, recorded: events.Recorded, event: events.OfferMade, contact: Contact) -> None:
        """An offer is about to be made, to our contact or, by an agent who fits it, to another."""
        if event.contact == self._number:
            self._note(recorded.at, self._offered(event), *_others(event))
            return
        other = self._state.contacts.get(event.contact)
        if other is None or not self._fits(event.agent, contact):
            return
        self._served_first += 1
        if self._served_first <= MOST_SERVED_FIRST:
            self._note(recorded.at, f"{event.agent} was offered contact {other.id} first: {_before(other, contact)}")
        elif self._served_first == MOST_SERVED_FIRST + 1:
            self._note(recorded.at, "more contacts are served first from here on")

    def _offered(self, event: events.OfferMade) -> str:
        decision = event.decision
        if decision is None:
            return f"offered to {event.agent}"
        free = "the only free agent who fitted" if decision.candidates == 1 else f"one of {decision.candidates} free"
        step = f", step {decision.step + 1}" if decision.step else ""
        return f"offered to {event.agent} by {decision.rule} ({free}{step}; plan {decision.plan})"

    # --- what was the case ------------------------------------------------------------

    def _position(self) -> Iterator[str]:
        contact = self._state.contacts.get(self._number)
        if contact is not None and contact.queue is not None and in_line(contact):
            before = self._state.lines[contact.queue].position(place_of(contact)) - 1
            yield f"{before} before it in line" if before else "first in line"

    def _who(self, contact: Contact | None) -> Iterator[str]:
        """What the contact needs, who could have served it, and what stood in the way."""
        if contact is None:
            return
        requirement = requirement_of(self._state, contact)
        yield f"needs {need_in_words(requirement, contact.relaxed)}"
        found: Counter[str] = Counter()
        fitting = [each for each in sorted(self._state.plan.agents) if self._fits(each, contact)]
        for name in fitting:
            agent = self._state.agents.get(name)
            if agent is None or not logged_on(agent):
                found["logged off"] += 1
                continue
            rule = rule_of(self._state.plan.agents.get(name), self._state.plan.rules)
            hindered = hindrance(agent, contact.channel, rule, self._state.phone_of(agent))
            found["free" if hindered is None else hindered.value] += 1
        counts = ", ".join(f"{count} {word}" for word, count in sorted(found.items()))
        yield f"{len(fitting)} agents fit: {counts}" if fitting else "nobody in the plan fits"

    def _fits(self, name: AgentId, contact: Contact) -> bool:
        requirement = requirement_of(self._state, contact)
        return meets(requirement, contact.relaxed, self._state.plan.agents.get(name), self._state.agents.get(name))

    # --- the agent ------------------------------------------------------------

    def _watch(self, at: float, contact: Contact | None) -> None:
        """Note each change of what stood between the agent and the contact while that was in line."""
        if contact is None or not in_line(contact) or self._answer.agent is None:
            self._obstacle = None
            return
        obstacle = self._obstacle_of(self._answer.agent, contact)
        if obstacle != self._obstacle:
            self._obstacle = obstacle
            self._note(at, f"{self._answer.agent}: {obstacle}")

    def _obstacle_of(self, name: AgentId, contact: Contact) -> str:
        if any(self._state.offers[each].agent == name for each in contact.offers):
            return "is offered this contact"
        plan, agent = self._state.plan.agents.get(name), self._state.agents.get(name)
        if plan is None:
            return "is not in the plan"
        if not self._fits(name, contact):
            return f"does not fit: it needs {need_in_words(requirement_of(self._state, contact), contact.relaxed)}"
        if agent is None or agent.status is AgentStatus.LOGGED_OFF:
            return "fits, but is logged off"
        found = hindrance(agent, contact.channel, rule_of(plan, self._state.plan.rules), self._state.phone_of(agent))
        return f"fits, but {in_words(agent, contact.channel, found)}" if found else self._free_beside(contact)

    def _free_beside(self, contact: Contact) -> str:
        """Why a contact was not offered to a free agent who fits."""
        if contact.offers:
            rings = ", ".join(self._state.offers[each].agent for each in contact.offers)
            return f"fits and is free, but the contact rings at {rings}"
        if not self._state.call_is_certain(contact):
            return "fits and is free, but the link of the contact's call is down or not surveyed"
        return "fits and is free"

    # --- noting ------------------------------------------------------------

    def _note(self, at: float, text: str, *details: str) -> None:
        self._answer.moments.append(Moment(at, text, details))

    def _stop(self, at: float) -> None:
        """The wait in a queue is over."""
        if self._queued_at is not None:
            self._waited += at - self._queued_at
            self._queued_at = None
            more = self._served_first - MOST_SERVED_FIRST
            if more > 0:
                self._note(at, f"{self._served_first} contacts in all were served first by agents who fitted")


def _others(event: events.OfferMade) -> Iterator[str]:
    for one in event.passed_over:
        yield f"{one.agent}: {one.reason}"
    named = len(event.passed_over) + 1
    if event.decision is not None:
        total = event.decision.candidates + sum(event.decision.tally.values())
        if total > named:
            counts = ", ".join(f"{count} {word}" for word, count in sorted(event.decision.tally.items()))
            yield f"of {total} who fitted and were logged on {event.decision.candidates} were free; {counts}"


def _before(other: Contact, contact: Contact) -> str:
    """Why another contact came before ours."""
    if place_of(other) > place_of(contact):
        return "ours could not be offered then"
    if other.priority < contact.priority:
        return f"it has priority {other.priority}, ours {contact.priority}"
    return f"it entered {contact.entered - other.entered:.1f} s earlier"
