"""Keep a user who is limited to named queues to what belongs to them: queues, the agents who serve them, contacts."""

from collections.abc import Iterable, Sequence
from typing import Final

from twisted.internet.defer import Deferred

from cti_server.console.answers import Refused
from cti_server.console.command import Argument, ConsoleCommand
from cti_server.console.operations import History, Operations
from cti_server.console.rights import Actor
from cti_server.contacts.contact import Contact
from cti_server.engine.state import State
from cti_server.engine.views import AgentView, ContactView
from cti_server.routing.fitting import groups_of, skills_of
from cti_server.vocabulary.ids import AgentId, ContactId, OfferId, QueueName
from cti_server.vocabulary.requirements import fits

NOT_YOURS: Final = "not-allowed"
LIMITED_MAY: Final = frozenset(
    {
        *("quit", "whoami", "tail", "top", "watch", "overview"),
        *("show calls", "show queues", "show agents", "show contacts", "show callbacks", "show offers"),
        *("show supervisors", "show links", "show ports", "show connectors", "show health", "media", "site"),
        *("journal", "show journal"),
        *("contact", "why", "trace", "replay", "priority", "supervise"),
        *("contact move", "contact requeue", "contact pull", "contact hangup", "contact close", "contact finish"),
        *("agent logon", "agent logoff", "agent ready", "agent not-ready", "agent extend", "agent done"),
        *("queue open", "queue close", "queue automatic"),
        *("callback create", "callback cancel", "offer accept", "offer reject"),
    }
)
"""Commands that keep to the user's queues; whoever is limited may give no other, new ones included."""
_CONTACTS: Final = ("contact", "number")
_LONGEST: Final = 18


def may_give(actor: Actor, command: ConsoleCommand) -> bool:
    """Whether the command is one of those that the actor may give at all."""
    return actor.may(command.right) and (actor.queues is None or command.name in LIMITED_MAY)


def beyond(operations: Operations, command: ConsoleCommand, words: Sequence[str]) -> Refused | None:
    """Why the command reaches beyond the user's queues, judged by the names of its arguments; None where it does not.

    A contact that is over is judged by `past`, and `beyond_history` then.
    """
    actor, state = operations.actor, operations.state
    if actor.queues is None:
        return None
    if command.name not in LIMITED_MAY:
        return _refused(actor, f"{command.name} is about more than your queues")
    for argument, word in zip(command.arguments, words, strict=False):
        if argument.name == "queue" and not actor.sees(word):
            return _refused(actor, f"queue {word} is beyond your queues")
        if argument.name == "agent" and not sees_agent(state, actor, AgentId(word)):
            return _refused(actor, f"agent {word} is beyond your queues")
        number = _number(command, argument, word, state)
        contact = None if number is None else state.contacts.get(number)
        if contact is not None and not actor.sees(queue_of(contact)):
            return _refused(actor, f"contact {contact.id} is beyond your queues")
    return None


def past(operations: Operations, command: ConsoleCommand, words: Sequence[str]) -> ContactId | None:
    """The contact of the past that a limited user asks about, which is to be looked up first; None: there is none."""
    if operations.actor.queues is None:
        return None
    for argument, word in zip(command.arguments, words, strict=False):
        number = _number(command, argument, word, operations.state)
        if number is not None and number not in operations.state.contacts:
            return number
    return None


def beyond_history(actor: Actor, contact: ContactId, history: History) -> Refused | None:
    """Why the contact's life is not the user's to see: last in no queue of theirs; None: it was, or is unknown."""
    queues = [queue for row in history.rows if (queue := getattr(row.event, "queue", None)) is not None]
    if not history.rows or (queues and actor.sees(queues[-1])):
        return None
    return _refused(actor, f"contact {contact} is beyond your queues")


def looked_up(operations: Operations, contact: ContactId) -> Deferred[Refused | None]:
    """Fires with why a contact of the past is not the user's to see, or None."""
    actor = operations.actor
    return operations.history(contact).addCallback(lambda history: beyond_history(actor, contact, history))


def queue_of(contact: Contact) -> QueueName | None:
    """The queue that a contact belongs to: where it waits or was answered, or where its callback is to wait."""
    if contact.queue is None and contact.callback is not None:
        return contact.callback.queue
    return contact.queue


def sees_contact(operations: Operations, contact: ContactId) -> bool:
    """Whether an open contact is the user's to see; one that is over is not judged here."""
    found = operations.state.contacts.get(contact)
    return operations.actor.sees(None if found is None else queue_of(found))


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


def offered(operations: Operations, command: ConsoleCommand, argument: Argument, choices: Iterable[str]) -> set[str]:
    """What of an argument's choices the user is told of, by the argument's name."""
    if operations.actor.queues is None:
        return set(choices)
    return {one for one in choices if _told_of(operations, command, argument, one)}


def _told_of(operations: Operations, command: ConsoleCommand, argument: Argument, word: str) -> bool:
    actor, state = operations.actor, operations.state
    if argument.name == "queue":
        return actor.sees(word)
    if argument.name == "agent":
        return sees_agent(state, actor, AgentId(word))
    number = _number(command, argument, word, state)
    return number is None or sees_contact(operations, number)


def _number(command: ConsoleCommand, argument: Argument, word: str, state: State) -> ContactId | None:
    """The contact that the argument names, by its own number or by that of an offer; None where it names none."""
    if argument.masked or argument.name not in _CONTACTS or not word.isdecimal() or len(word) > _LONGEST:
        return None
    if command.words[0] != "offer":
        return ContactId(int(word))
    offer = state.offers.get(OfferId(int(word)))
    return None if offer is None else offer.contact


def _refused(actor: Actor, why: str) -> Refused:
    names = ", ".join(sorted(actor.queues or ())) or "none"
    return Refused(text=f"{why}: {names}", code=NOT_YOURS)
