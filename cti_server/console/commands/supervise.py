"""Console commands of supervisors: take part in a talk, and see who does."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer
from cti_server.console.command import UsageError
from cti_server.console.limits import sees_contact
from cti_server.console.operations import Operations
from cti_server.console.submitting import number_of, refused
from cti_server.console.tables import render
from cti_server.vocabulary.commands import Supervise
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.refusals import Refusal
from cti_server.vocabulary.values import SupervisionRole

OFF = "off"
ROLES = (*(role.value for role in SupervisionRole), OFF)


def supervise(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``supervise CONTACT AGENT listen|whisper|join|off``."""
    number, agent, role = words
    contact = ContactId(number_of("a contact's number", number))
    if role not in ROLES:
        raise UsageError(f"what a supervisor does is one of {', '.join(ROLES)}, not {role!r}")
    wanted = None if role == OFF else SupervisionRole(role)
    command = Supervise(contact=contact, supervisor=AgentId(agent), role=wanted)

    def told(refusal: Refusal | None) -> Answer:
        if refusal is not None:
            return refused(refusal)
        if wanted is None:
            return f"{agent} is being taken out of contact {number}"
        return f"{agent} is being brought into contact {number}; see show supervisors, or contact {number}"

    return operations.submit(command).addCallback(told)


def show_supervisors(operations: Operations, _words: Sequence[str]) -> str:
    """``show supervisors``."""
    state = operations.state
    rows = [
        (supervisor, role.value, contact.id, contact.agent, contact.queue, _device(operations, supervisor))
        for contact in state.contacts.values()
        if sees_contact(operations, contact.id)
        for supervisor, role in sorted(contact.talk.supervisors.items())
    ]
    return render(("supervisor", "does", "contact", "of agent", "queue", "at phone"), rows, "nobody supervises a talk")


def _device(operations: Operations, supervisor: AgentId) -> str | None:
    agent = operations.state.agents.get(supervisor)
    return None if agent is None else agent.device
