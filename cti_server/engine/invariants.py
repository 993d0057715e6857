"""Invariants: what must hold of the state after every command, checked by tests and after a replay."""

from collections.abc import Iterator

from cti_server.contacts.contact import Contact, standing, waiting
from cti_server.engine.state import State, place_of
from cti_server.routing.fitting import members, obstacle
from cti_server.vocabulary.values import AgentStatus, ContactStage, WorkState


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
    agents = [offer.agent for offer in state.offers.values()]
    contacts = [offer.contact for offer in state.offers.values()]
    if len(agents) != len(set(agents)):
        yield "an agent holds two offers"
    if len(contacts) != len(set(contacts)):
        yield "a contact is offered to two agents"
    for offer in state.offers.values():
        contact, agent = state.contacts.get(offer.contact), state.agents.get(offer.agent)
        if contact is None or contact.offer != offer.id:
            yield f"offer {offer.id} is not its contact's"
        if agent is None or agent.offer != offer.id or agent.work is not WorkState.RESERVED:
            yield f"offer {offer.id} does not reserve its agent"
    for past in state.past_offers.values():
        holder = state.contacts.get(past.contact)
        if holder is None or past.id not in holder.past_offers:
            yield f"past offer {past.id} is nobody's"


def _agents(state: State) -> Iterator[str]:
    devices = [agent.device for agent in state.agents.values() if agent.device is not None]
    if len(devices) != len(set(devices)):
        yield "two agents are logged on at one device"
    for agent in state.agents.values():
        if (agent.status is AgentStatus.LOGGED_OFF) != (agent.device is None):
            yield f"agent {agent.id} is {agent.status} at device {agent.device}"
        if (agent.work is WorkState.RESERVED) != (agent.offer is not None and agent.offer in state.offers):
            yield f"agent {agent.id} is {agent.work} with offer {agent.offer}"
        if (agent.work is WorkState.IDLE) != (agent.contact is None):
            yield f"agent {agent.id} is {agent.work} with contact {agent.contact}"
        contact = state.contacts.get(agent.contact) if agent.contact is not None else None
        if agent.contact is not None and contact is None:
            yield f"agent {agent.id} is stuck with closed contact {agent.contact}"
        serves = agent.work in {WorkState.BUSY, WorkState.WRAP_UP}
        if serves and contact is not None and contact.agent != agent.id:
            yield f"agent {agent.id} serves contact {contact.id}, which has {contact.agent}"


def _contacts(state: State) -> Iterator[str]:
    for contact in state.contacts.values():
        if contact.stage is ContactStage.CLOSED:
            yield f"contact {contact.id} is closed and still here"
        if (contact.stage is ContactStage.OFFERED) != (contact.offer is not None):
            yield f"contact {contact.id} is {contact.stage} with offer {contact.offer}"
        if (contact.stage in {ContactStage.TALKING, ContactStage.WRAP_UP}) != (contact.agent is not None):
            yield f"contact {contact.id} is {contact.stage} with agent {contact.agent}"
        if (contact.stage is ContactStage.WRAP_UP) != (contact.wrap_up_until is not None):
            yield f"contact {contact.id} is {contact.stage} with a wrap-up until {contact.wrap_up_until}"
        if contact.cursor.verb is not None and contact.session is None:
            yield f"contact {contact.id} waits for a verb without a session"
        if _stands_still(contact):
            yield f"contact {contact.id} is {contact.stage} and waits for nothing"


def _stands_still(contact: Contact) -> bool:
    """Whether a contact in a flow awaits neither media, nor a verb, nor a deadline, nor its release."""
    if contact.stage not in {ContactStage.TREATED, ContactStage.QUEUED}:
        return False
    cursor = contact.cursor
    awaits = contact.media_requested or cursor.verb is not None or cursor.deadline is not None
    return not awaits and not contact.leaving


def _calls(state: State) -> Iterator[str]:
    found = {number for calls in state.calls.values() for number in calls.values()}
    for contact in state.contacts.values():
        if standing(contact) and state.contact_of(contact.call) is not contact:
            yield f"contact {contact.id} is not found by its call"
    for number in sorted(found):
        if number not in state.contacts or not standing(state.contacts[number]):
            yield f"a call leads to contact {number}, which is over"


def _lines(state: State) -> Iterator[str]:
    for name, line in state.lines.items():
        if line.places != sorted(line.places):
            yield f"queue {name} is out of order"
        expected = {
            place_of(contact)
            for contact in state.contacts.values()
            if contact.queue == name and contact.stage in {ContactStage.QUEUED, ContactStage.OFFERED}
        }
        if set(line.places) != expected or len(line.places) != len(expected):
            yield f"queue {name} does not have its contacts in line"
        counters = line.counters
        ended = counters.answered + counters.abandoned + counters.disconnected + counters.lost
        if counters.received != ended + len(line.places):
            yield f"queue {name}: outcomes do not sum to what it received"


def _nobody_waits_beside_a_free_agent(state: State) -> Iterator[str]:
    for name, line in state.lines.items():
        queue = state.queue(name)
        contacts = [state.contacts[place[2]] for place in line.places]
        if queue is None or not any(waiting(each) and state.call_is_certain(each) for each in contacts):
            continue
        for agent_id in members(queue, state.plan.agents):
            agent = state.agents.get(agent_id)
            if agent is not None and obstacle(agent, phone_busy=agent.device in state.busy_phones) is None:
                yield f"somebody waits in {name} beside free agent {agent_id}"
