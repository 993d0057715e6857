"""Invariants: what must hold of the state after every command, checked by tests and after a replay."""

from collections.abc import Iterator

from cti_server.agents.agent import Agent, Engagement
from cti_server.contacts.contact import Contact, in_line, standing, waiting
from cti_server.engine.fold.queueing import requirement_of
from cti_server.engine.state import State, place_of
from cti_server.routing.fitting import MOST_CONTACTS, meets, obstacle, rule_of
from cti_server.vocabulary.values import SPOKEN, AgentStatus, Channel, ContactStage, WorkState


def check(state: State) -> list[str]:
    """Every breach in words; an empty list for a sound state."""
    return [
        *_offers(state),
        *_agents(state),
        *_contacts(state),
        *_calls(state),
        *_lines(state),
        *_nobody_waits_beside_a_free_agent(state),
    ]


def _offers(state: State) -> Iterator[str]:
    held = [(offer.agent, offer.contact) for offer in state.offers.values()]
    if len(held) != len(set(held)):
        yield "an agent holds two offers of one contact"
    for offer in state.offers.values():
        contact, agent = state.contacts.get(offer.contact), state.agents.get(offer.agent)
        if contact is None or offer.id not in contact.offers:
            yield f"offer {offer.id} is not its contact's"
        engagement = agent.engagements.get(offer.contact) if agent is not None else None
        if engagement is None or engagement.offer != offer.id or engagement.work is not WorkState.RESERVED:
            yield f"offer {offer.id} does not reserve its agent"
    for past in state.past_offers.values():
        holder = state.contacts.get(past.contact)
        if holder is None or past.id not in holder.past_offers:
            yield f"past offer {past.id} is nobody's"


def _agents(state: State) -> Iterator[str]:
    at_work = {agent.device: agent.id for agent in state.agents.values() if agent.device is not None}
    if at_work != state.devices:
        yield "two agents are logged on at one device, or one is not found there"
    for agent in state.agents.values():
        if (agent.status is AgentStatus.LOGGED_OFF) != (agent.device is None):
            yield f"agent {agent.id} is {agent.status} at device {agent.device}"
        yield from _capacity(agent)
        for engagement in agent.engagements.values():
            yield from _engagement(state, agent, engagement)


def _capacity(agent: Agent) -> Iterator[str]:
    if sum(each.channel in SPOKEN for each in agent.engagements.values()) > 1:
        yield f"agent {agent.id} has two calls in hand"
    if len(agent.engagements) > MOST_CONTACTS:
        yield f"agent {agent.id} has {len(agent.engagements)} contacts in hand"


def _engagement(state: State, agent: Agent, engagement: Engagement) -> Iterator[str]:
    contact = state.contacts.get(engagement.contact)
    if contact is None:
        yield f"agent {agent.id} is stuck with closed contact {engagement.contact}"
        return
    match engagement.work:
        case WorkState.RESERVED if engagement.offer not in state.offers:
            yield f"agent {agent.id} is reserved without an offer"
        case WorkState.BUSY if contact.agent != agent.id:
            yield f"agent {agent.id} serves contact {contact.id}, which has {contact.agent}"
        case WorkState.WRAP_UP if agent.id not in contact.wrapping:
            yield f"agent {agent.id} wraps up contact {contact.id}, which does not know"
        case WorkState.IDLE:
            yield f"agent {agent.id} has contact {contact.id} in hand and does nothing with it"
        case _:
            pass


def _contacts(state: State) -> Iterator[str]:
    for contact in state.contacts.values():
        if contact.stage is ContactStage.CLOSED and not contact.wrapping:
            yield f"contact {contact.id} is closed and still here"
        if (contact.stage is ContactStage.OFFERED) != bool(contact.offers):
            yield f"contact {contact.id} is {contact.stage} with offers {contact.offers}"
        if contact.agent is not None and contact.stage not in {ContactStage.TALKING, ContactStage.WRAP_UP}:
            yield f"contact {contact.id} is {contact.stage} with agent {contact.agent}"
        if contact.stage is ContactStage.WRAP_UP and not contact.wrapping:
            yield f"contact {contact.id} is {contact.stage} and nobody wraps it up"
        if contact.cursor.verb is not None and contact.session is None:
            yield f"contact {contact.id} waits for a verb without a session"
        if _stands_still(contact):
            yield f"contact {contact.id} is {contact.stage} and waits for nothing"


def _stands_still(contact: Contact) -> bool:
    """Whether a contact in a flow awaits neither media, nor a verb, nor a deadline, nor its release."""
    if contact.stage not in {ContactStage.TREATED, ContactStage.QUEUED} or contact.channel is Channel.CALLBACK:
        return False
    cursor = contact.cursor
    awaits = (
        contact.media_requested or cursor.request is not None or cursor.verb is not None or cursor.deadline is not None
    )
    return not awaits and not contact.leaving


def _calls(state: State) -> Iterator[str]:
    found = {number for calls in state.calls.values() for number in calls.values()}
    for contact in state.contacts.values():
        if contact.call is not None and standing(contact) and state.contact_of(contact.call) is not contact:
            yield f"contact {contact.id} is not found by its call"
    for number in sorted(found):
        if number not in state.contacts or not standing(state.contacts[number]):
            yield f"a call leads to contact {number}, which is over"


def _lines(state: State) -> Iterator[str]:
    for name, line in state.lines.items():
        if line.places != sorted(line.places):
            yield f"queue {name} is out of order"
        expected = {
            place_of(contact) for contact in state.contacts.values() if contact.queue == name and in_line(contact)
        }
        if set(line.places) != expected or len(line.places) != len(expected):
            yield f"queue {name} does not have its contacts in line"
        if line.counters.received != line.counters.ended + len(line.places):
            yield f"queue {name}: outcomes do not sum to what it received"


def _nobody_waits_beside_a_free_agent(state: State) -> Iterator[str]:
    """Looked for from the state alone, so that an error of the matching index is found."""
    for name, line in state.lines.items():
        for place in line.places:
            contact = state.contacts[place[2]]
            if not waiting(contact) or not state.call_is_certain(contact):
                continue
            requirement = requirement_of(state, contact)
            for agent in state.agents.values():
                plan = state.plan.agents.get(agent.id)
                rule = rule_of(plan, state.plan.rules)
                free = obstacle(agent, contact.channel, rule, state.phone_of(agent)) is None
                if free and meets(requirement, contact.relaxed, plan, agent):
                    yield f"contact {contact.id} waits in {name} beside free agent {agent.id}"
