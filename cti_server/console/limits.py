"""Keep a user who is limited to named queues to what belongs to them: queues, the agents who serve them, contacts."""

from collections.abc import Sequence
from typing import Final

from cti_server.console.answers import Refused
from cti_server.console.command import ConsoleCommand
from cti_server.console.operations import Operations
from cti_server.console.rights import Actor
from cti_server.engine.state import State
from cti_server.engine.views import AgentView, ContactView
from cti_server.routing.fitting import groups_of, skills_of
from cti_server.vocabulary.ids import AgentId, ContactId, OfferId, QueueName
from cti_server.vocabulary.requirements import fits

NOT_YOURS: Final = "not-allowed"
_CONTACTS: Final = ("contact", "number")


def beyond(operations: Operations, command: ConsoleCommand, words: Sequence[str]) -> Refused | None:
    """Why the command reaches beyond the user's queues, judged by the names of its arguments; None where it does not.

    A contact that is over is judged by the command itself, which alone can look it up.
    """
    actor, state = operations.actor, operations.state
    if actor.queues is None:
        return None
    for argument, word in zip(command.arguments, words, strict=False):
        if argument.name == "queue" and not actor.sees(word):
            return _refused(actor, f"queue {word}")
        if argument.name == "agent" and not sees_agent(state, actor, AgentId(word)):
            return _refused(actor, f"agent {word}")
        if argument.name in _CONTACTS and word.isdecimal() and len(word) < 19:
            number = int(word)
            if command.words[0] == "offer":
                offer = state.offers.get(OfferId(number))
                number = offer.contact if offer is not None else 0
            contact = state.contacts.get(ContactId(number))
            if contact is not None and not actor.sees(contact.queue):
                return _refused(actor, f"contact {number}")
    return None


def sees_agent(state: State, actor: Actor, agent: AgentId) -> bool:
    """Whether the agent may serve one of the actor's queues; an agent nobody knows is for the command to refuse."""
    if actor.queues is None:
        return True
    plan = state.plan.agents.get(agent)
    if plan is None and agent not in state.agents:
        return True
    groups, skills = groups_of(plan, state.agents.get(agent)), skills_of(plan, state.agents.get(agent))
    for name in actor.queues:
        queue = state.queue(QueueName(name))
        if queue is None:
            continue
        if any(fits(step.need, groups, skills) for step in queue.requirement.steps):
            return True
    return False


def seen_contacts(actor: Actor, views: Sequence[ContactView]) -> list[ContactView]:
    """The contacts that the actor may see: those in their queues."""
    return [one for one in views if actor.sees(one.queue)]


def seen_agents(state: State, actor: Actor, views: Sequence[AgentView]) -> list[AgentView]:
    """The agents whom the actor may see."""
    return [one for one in views if sees_agent(state, actor, one.id)]


def _refused(actor: Actor, what: str) -> Refused:
    names = ", ".join(sorted(actor.queues or ())) or "none"
    return Refused(text=f"{what} is beyond your queues: {names}", code=NOT_YOURS)
