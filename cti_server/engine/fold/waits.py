"""The fold of what a queue learns about waiting: how waits end, and how long agents have a contact in hand."""

from cti_server.contacts.contact import Contact
from cti_server.engine.state import State
from cti_server.queues.estimate import WaitModel
from cti_server.vocabulary.ids import AgentId


def end_wait(state: State, contact: Contact, now: float, *, answered: bool = False, abandoned: bool = False) -> None:
    """The contact's wait in its queue is over: by an answer, by giving up, or otherwise."""
    told, _ = state.told.pop(contact.id, (None, None))
    if contact.queue is None or contact.queued_at is None:
        return
    model, wait = state.waits.setdefault(contact.queue, WaitModel()), max(now - contact.queued_at, 0.0)
    if answered:
        model.started(wait, now, told)
    elif abandoned:
        model.abandoned(wait, now, told)
    else:
        model.left(wait, now)


def end_handling(state: State, contact: Contact, agent: AgentId, now: float) -> None:
    """The agent is free of the contact: from the offer that they answered on, ring, talk and wrap-up were its work."""
    if contact.queue is None or contact.answered_at is None:
        return
    offers = (state.past_offers[number] for number in reversed(contact.past_offers))
    offered = next((offer.made_at for offer in offers if offer.agent == agent), contact.answered_at)
    state.waits.setdefault(contact.queue, WaitModel()).handled(max(now - offered, 0.0), now)
