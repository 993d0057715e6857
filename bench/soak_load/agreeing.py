"""Whether the server and the world outside agree: calls, talks, phones, offers, and agents who ought to be free."""

from collections.abc import Iterator
from typing import Final

from bench.soak_load.outside import Outside
from bench.soak_load.talks import Talks
from cti_server.contacts.contact import standing
from cti_server.engine.state import State
from cti_server.vocabulary.values import SPOKEN, ContactStage, WorkState

LATE: Final = 5.0
"""Seconds by which something that has a deadline may be over it."""


def disagreements(state: State, outside: Outside, talks: Talks | None, now: float) -> Iterator[str]:
    """In words; nothing where all agree. Both must be there, with the link between them up."""
    yield from _calls(state, outside)
    yield from _contacts(state, outside)
    yield from _offers(state, now)
    yield from _agents(state, outside, now)
    if talks is not None:
        yield from _phones(state, outside)
        yield from _talks(state, outside, talks)


def _calls(state: State, outside: Outside) -> Iterator[str]:
    for call in outside.calls.values():
        contact = state.contact_of(call.ref)
        if contact is None:
            if call.seen and not call.away and not call.lost:
                yield f"call {call.ref.call} at {call.places} is nobody's"
        elif call.talking is not None and contact.stage is not ContactStage.TALKING:
            yield f"call {call.ref.call} talks at {call.talking}, its contact {contact.id} is {contact.stage}"
        elif call.talking is None and contact.stage is ContactStage.TALKING:
            yield f"contact {contact.id} talks, its call {call.ref.call} is at {call.places}"
        elif call.talking is not None and state.devices.get(call.talking) != contact.agent:
            yield f"contact {contact.id} is {contact.agent}'s, its call {call.ref.call} is at {call.talking}"


def _contacts(state: State, outside: Outside) -> Iterator[str]:
    for contact in state.contacts.values():
        if contact.call is not None and standing(contact) and contact.call not in outside.calls:
            yield f"contact {contact.id} is {contact.stage} in call {contact.call.call}, which is over"


def _offers(state: State, now: float) -> Iterator[str]:
    longest = {name: queue.ring_time for name, queue in state.plan.queues.items()}
    for offer in state.offers.values():
        queue, left = state.contacts[offer.contact].queue, offer.deadline - now
        if queue in longest and state.contacts[offer.contact].callback is None and left > max(longest.values()):
            yield f"offer {offer.id} rings for another {left:.0f} s"
        if left < -LATE:
            yield f"offer {offer.id} has rung {-left:.0f} s too long"


def _agents(state: State, outside: Outside, now: float) -> Iterator[str]:
    for agent in state.agents.values():
        for one in agent.engagements.values():
            contact = state.contacts.get(one.contact)
            if contact is None:
                continue
            deadline = contact.wrapping.get(agent.id)
            if one.work is WorkState.WRAP_UP and deadline is not None and deadline < now - LATE:
                yield f"agent {agent.id} wraps contact {contact.id} up {now - deadline:.0f} s too long"
            alone = contact.call is None or contact.call not in outside.calls
            if one.work is WorkState.BUSY and contact.channel in SPOKEN and alone:
                yield f"agent {agent.id} talks in contact {contact.id} with nobody"


def _phones(state: State, outside: Outside) -> Iterator[str]:
    busy = set(state.busy_phones)
    for device in sorted(outside.foreign ^ busy):
        yield f"phone {device} is {'free' if device in busy else 'busy'}, and not known to be"


def _talks(state: State, outside: Outside, talks: Talks) -> Iterator[str]:
    for contact in state.contacts.values():
        call = None if contact.call is None else outside.calls.get(contact.call)
        if call is None or call.talking is None:
            continue
        held = call.places.get(call.talking) == "hold"
        if contact.talk.held != held:
            yield f"contact {contact.id} is {'' if contact.talk.held else 'not '}held, its call is at {call.places}"
        asked = contact.talk.consultation
        if asked is not None and asked not in outside.others and asked not in outside.calls:
            yield f"contact {contact.id} is asked about in call {asked.call}, which is over"
        for supervisor in contact.talk.supervisors:
            if (contact.id, supervisor) not in talks.listening:
                yield f"{supervisor} listens to contact {contact.id} no more"
