"""The fold of waiting and of agents: places, requirements, offers, wrap-ups, statuses, skills and phones."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, Protocol

from cti_server.agents.agent import Agent
from cti_server.agents.states import StatusMove, WorkMove
from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import Offer, OfferMove, next_offer_state
from cti_server.contacts.stages import ContactMove, next_stage
from cti_server.engine.fold.cursor import suspend_hearing
from cti_server.engine.fold.waits import end_handling
from cti_server.engine.state import State, place_of
from cti_server.queues.line import Line
from cti_server.vocabulary import events
from cti_server.vocabulary.faults import UnknownEventError
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.requirements import Requirement
from cti_server.vocabulary.values import LET_GO, OfferOutcome, QueueOutcome

AGEING: Final = "ageing"
"""The reason of a `PriorityChanged` by waiting alone."""


# --- places ------------------------------------------------------------


def take_place(state: State, recorded: events.Recorded, event: events.ContactQueued, contact: Contact) -> None:
    """Put the contact into the queue's line, with its own requirement or the queue's."""
    contact.queue, contact.priority = event.queue, event.priority
    contact.queued_at = contact.aged_at = recorded.at
    contact.turned_away = None
    contact.requirement = event.requirement
    contact.relaxed = step_reached(requirement_of(state, contact), 0.0)
    line = state.lines.setdefault(event.queue, Line())
    line.join(place_of(contact))
    line.counters.received += 1


def give_place_up(state: State, contact: Contact, outcome: QueueOutcome, at: float) -> None:
    """Take the contact out of its queue's line and book what came of its wait."""
    line, queue = line_of(state, contact), state.queue(contact.queue) if contact.queue is not None else None
    line.leave(place_of(contact))
    waited = at - contact.queued_at if contact.queued_at is not None else None
    level, shortest = (0.0, 0.0) if queue is None else (queue.service_level, queue.short_calls)
    line.counters.book(outcome, waited, level, shortest=shortest)


def gave_up_soon(state: State, contact: Contact, outcome: QueueOutcome, now: float) -> bool:
    """Whether a contact in line that leaves by this outcome is a short call: one that its queue does not count."""
    queue = state.queue(contact.queue) if contact.queue is not None else None
    if queue is None or contact.queued_at is None or outcome is not QueueOutcome.ABANDONED:
        return False
    return now - contact.queued_at < queue.short_calls


def remember_agent(state: State, contact: Contact, at: float) -> None:
    """Keep who talked with the customer, where the queue gives them to the same agent again (last agent)."""
    queue = state.queue(contact.queue) if contact.queue is not None else None
    if queue is None or queue.last_agent <= 0 or contact.party is None or contact.agent is None:
        return
    served = state.served.setdefault(queue.name, {})
    served.pop(contact.party, None)
    served[contact.party] = (contact.agent, at + queue.last_agent)
    for party, (_, until) in list(islice(served.items(), 2)):
        if until < at:
            del served[party]


def line_of(state: State, contact: Contact) -> Line:
    """The line of the contact's queue; raises `UnknownEventError` for one that is in none."""
    if contact.queue is None:
        raise UnknownEventError(f"contact {contact.id} is in no queue")
    return state.lines[contact.queue]


def requirement_of(state: State, contact: Contact) -> Requirement:
    """What the contact needs: its own requirement, else its queue's as the plan has it now."""
    if contact.requirement is not None:
        return contact.requirement
    queue = state.queue(contact.queue) if contact.queue is not None else None
    return queue.requirement if queue is not None else Requirement(())


def step_reached(requirement: Requirement, waited: float) -> int:
    """The last step that holds after ``waited`` seconds; -1 while the contact is for its reserved agent alone."""
    if requirement.agent is not None and (requirement.agent_until is None or waited < requirement.agent_until):
        return -1
    return max(bisect_right([step.after for step in requirement.steps], waited) - 1, 0)


def requirement_relaxed(state: State, recorded: events.Recorded, event: events.RequirementRelaxed) -> None:
    """More agents fit."""
    contact = _touch(state, recorded, event.contact)
    contact.relaxed = event.step


def requirement_changed(state: State, recorded: events.Recorded, event: events.RequirementChanged) -> None:
    """Other agents fit; the steps count from the entry into the queue."""
    contact = _touch(state, recorded, event.contact)
    contact.requirement = event.requirement
    contact.relaxed = step_reached(event.requirement, recorded.at - (contact.queued_at or recorded.at))


def priority_changed(state: State, recorded: events.Recorded, event: events.PriorityChanged) -> None:
    """The contact moves to its new place; by ageing, its next step up counts from now."""
    contact = _touch(state, recorded, event.contact)
    line = line_of(state, contact)
    line.leave(place_of(contact))
    contact.priority = event.priority
    line.join(place_of(contact))
    if event.reason == AGEING:
        contact.aged_at = recorded.at


def queue_refused(state: State, recorded: events.Recorded, event: events.QueueRefused) -> None:
    """The contact was received and turned away at once; its flow goes on."""
    _touch(state, recorded, event.contact).turned_away = event.outcome
    counters = state.lines.setdefault(event.queue, Line()).counters
    counters.received += 1
    counters.book(event.outcome)


# --- offers ------------------------------------------------------------


def offer_made(state: State, recorded: events.Recorded, event: events.OfferMade) -> None:
    """Agent and contact are held for each other; the queue flow is suspended."""
    contact = _touch(state, recorded, event.contact)
    if not contact.offers:
        contact.stage = next_stage(contact.stage, ContactMove.OFFER)
        contact.media_requested = False  # the call is wanted elsewhere now; an answer to that request is out of date
        suspend_hearing(contact.cursor)
    contact.offers.append(event.offer)
    state.last_offer = event.offer
    state.offers[event.offer] = Offer(
        id=event.offer,
        contact=event.contact,
        agent=event.agent,
        device=event.device,
        made_at=recorded.at,
        deadline=event.deadline,
        seq=recorded.seq,
        shared=event.shared,
    )
    agent = state.agents[event.agent]
    agent.engage(WorkMove.RESERVE, event.contact, contact.channel, recorded.at, event.offer)
    agent.last_offer = event.offer
    line_of(state, contact).counters.offers += 1


def offer_alerted(state: State, recorded: events.Recorded, event: events.OfferAlerted) -> None:
    """The phone rings."""
    _touch(state, recorded, event.contact)
    offer = state.offers[event.offer]
    offer.state = next_offer_state(offer.state, OfferMove.ALERT)


def offer_ended(state: State, recorded: events.Recorded, event: events.OfferEnded) -> None:
    """The agent is let go unless they answered; the contact is back at its place when nobody else rings for it."""
    contact = _touch(state, recorded, event.contact)
    offer = state.offers.pop(event.offer)
    offer.state = next_offer_state(offer.state, OfferMove.END)
    state.past_offers[event.offer] = offer
    contact.past_offers.append(event.offer)
    contact.offers.remove(event.offer)
    if event.outcome is OfferOutcome.ANSWERED:
        return
    state.agents[event.agent].engage(WorkMove.RETURN, event.contact, contact.channel, recorded.at)
    if event.outcome not in LET_GO:
        line_of(state, contact).counters.unanswered += 1
        if not contact.offers:
            contact.stage = next_stage(contact.stage, ContactMove.RETURN)


def wrap_up_started(state: State, recorded: events.Recorded, event: events.WrapUpStarted) -> None:
    """The agent works on the contact after the talk."""
    contact = _touch(state, recorded, event.contact)
    if contact.agent in {None, event.agent}:
        contact.wrap_up_until = event.deadline
    contact.wrapping[event.agent] = event.deadline
    state.agents[event.agent].engage(WorkMove.WRAP_UP, event.contact, contact.channel, recorded.at)


def wrap_up_extended(state: State, recorded: events.Recorded, event: events.WrapUpExtended) -> None:
    """The agent has more time."""
    contact = _touch(state, recorded, event.contact)
    contact.wrapping[event.agent] = event.deadline
    if contact.agent == event.agent:
        contact.wrap_up_until = event.deadline


def wrap_up_ended(state: State, recorded: events.Recorded, event: events.WrapUpEnded) -> None:
    """The agent is done with the contact."""
    contact = _touch(state, recorded, event.contact)
    contact.wrapping.pop(event.agent, None)
    if contact.agent == event.agent:
        contact.wrap_up_until = contact.agent = None
    state.agents[event.agent].engage(WorkMove.FREE, event.contact, contact.channel, recorded.at)
    end_handling(state, contact, event.agent, recorded.at)


# --- agents and phones ------------------------------------------------------------


def agent_logged_on(state: State, recorded: events.Recorded, event: events.AgentLoggedOn) -> None:
    """The agent works at a device, not ready."""
    agent = _known(state, event.agent, recorded.at)
    agent.declare(StatusMove.LOG_ON, recorded.at, event.origin)
    agent.device = event.device
    state.devices[event.device] = event.agent


def agent_logged_off(state: State, recorded: events.Recorded, event: events.AgentLoggedOff) -> None:
    """The agent is gone; one whom the plan has dropped is forgotten."""
    agent = state.agents[event.agent]
    agent.declare(StatusMove.LOG_OFF, recorded.at, event.origin)
    if agent.device is not None:
        state.devices.pop(agent.device, None)
    agent.device = None
    if event.agent not in state.plan.agents and not agent.engagements:
        del state.agents[event.agent]


def agent_became_ready(state: State, recorded: events.Recorded, event: events.AgentBecameReady) -> None:
    """The agent wants contacts."""
    state.agents[event.agent].declare(StatusMove.READY, recorded.at, event.origin)


def agent_became_not_ready(state: State, recorded: events.Recorded, event: events.AgentBecameNotReady) -> None:
    """The agent wants no contacts."""
    state.agents[event.agent].declare(StatusMove.NOT_READY, recorded.at, event.origin, event.reason)


def agent_skills_changed(state: State, recorded: events.Recorded, event: events.AgentSkillsChanged) -> None:
    """The agent has other skills than the plan says, or those again."""
    _known(state, event.agent, recorded.at).skills = event.skills


def agent_groups_changed(state: State, recorded: events.Recorded, event: events.AgentGroupsChanged) -> None:
    """The agent is in other groups than the plan says, or in those again."""
    _known(state, event.agent, recorded.at).groups = event.groups


def phone_became_busy(state: State, recorded: events.Recorded, event: events.PhoneBecameBusy) -> None:
    """A device has a call of its own."""
    state.busy_phones[event.device] = recorded.at


def phone_became_free(state: State, recorded: events.Recorded, event: events.PhoneBecameFree) -> None:
    """A device has no call of its own any more."""
    del recorded
    state.busy_phones.pop(event.device, None)


def phone_went_out_of_service(state: State, recorded: events.Recorded, event: events.PhoneWentOutOfService) -> None:
    """A device cannot be reached."""
    state.silent_phones[event.device] = recorded.at


def phone_came_into_service(state: State, recorded: events.Recorded, event: events.PhoneCameIntoService) -> None:
    """A device can be reached again."""
    del recorded
    state.silent_phones.pop(event.device, None)


class Fold(Protocol):
    """Folds one event in; the table's key decides the class of ``event``, which its type cannot say."""

    def __call__(self, state: State, recorded: events.Recorded, event: Any, /) -> None:  # noqa: ANN401 - see above
        """Change the state."""


FOLDS: Final[Mapping[type[events.Event], Fold]] = MappingProxyType(
    {
        events.QueueRefused: queue_refused,
        events.RequirementRelaxed: requirement_relaxed,
        events.RequirementChanged: requirement_changed,
        events.PriorityChanged: priority_changed,
        events.OfferMade: offer_made,
        events.OfferAlerted: offer_alerted,
        events.OfferEnded: offer_ended,
        events.WrapUpStarted: wrap_up_started,
        events.WrapUpExtended: wrap_up_extended,
        events.WrapUpEnded: wrap_up_ended,
        events.AgentLoggedOn: agent_logged_on,
        events.AgentLoggedOff: agent_logged_off,
        events.AgentBecameReady: agent_became_ready,
        events.AgentBecameNotReady: agent_became_not_ready,
        events.AgentSkillsChanged: agent_skills_changed,
        events.AgentGroupsChanged: agent_groups_changed,
        events.PhoneBecameBusy: phone_became_busy,
        events.PhoneBecameFree: phone_became_free,
        events.PhoneWentOutOfService: phone_went_out_of_service,
        events.PhoneCameIntoService: phone_came_into_service,
    }
)
"""What `apply` takes up from here."""


def _known(state: State, agent: AgentId, at: float) -> Agent:
    return state.agents.setdefault(agent, Agent(id=agent, work_since=at, counted_at=at))


def _touch(state: State, recorded: events.Recorded, number: ContactId) -> Contact:
    contact = state.contacts[number]
    contact.last_seq = recorded.seq
    return contact
