"""Supervision: a supervisor listens, whispers or joins in a talk; who does is part of the contact."""

from cti_server.agents.agent import Agent, logged_on
from cti_server.contacts.contact import Contact
from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import ReportSupervision, Supervise
from cti_server.vocabulary.effects import SuperviseCall
from cti_server.vocabulary.events import SupervisionEnded, SupervisionStarted
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import ContactStage


def supervise(turn: Turn, command: Supervise) -> Refusal | None:
    """Ask for the supervisor's phone to be brought into the talk, in the role, or out of it."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None or contact.call is None:
        return _unknown_contact(command.contact)
    supervisor = turn.state.agents.get(command.supervisor)
    refusal = _obstacle(turn, contact, command)
    if refusal is not None:
        return refusal
    if supervisor is None or supervisor.device is None:
        return _not_possible(contact, f"{command.supervisor} is not logged on at a phone")
    turn.effects.append(
        SuperviseCall(
            cause=contact.last_seq,
            contact=contact.id,
            call=contact.call,
            supervisor=supervisor.id,
            device=supervisor.device,
            role=command.role,
        )
    )
    return None


def supervision(turn: Turn, command: ReportSupervision) -> Refusal | None:
    """The supervisor takes part now, in another role, or not any more."""
    contact = turn.state.contacts.get(command.contact)
    if contact is None:
        return _unknown_contact(command.contact)
    known = contact.talk.supervisors.get(command.supervisor)
    if command.role is None:
        if known is None and not command.reason:
            return _no_change(contact, command.supervisor, "does not take part")
        turn.emit(SupervisionEnded(contact=contact.id, supervisor=command.supervisor, reason=command.reason))
    elif known is command.role:
        return _no_change(contact, command.supervisor, f"does {known} already")
    else:
        turn.emit(SupervisionStarted(contact=contact.id, supervisor=command.supervisor, role=command.role))
    return None


def _obstacle(turn: Turn, contact: Contact, command: Supervise) -> Refusal | None:
    """Why the supervisor cannot be brought into this talk; None where nothing stands in the way."""
    plan = turn.state.plan.agents.get(command.supervisor)
    if plan is None:
        text = f"no agent {command.supervisor} in the plan"
        return Refusal(RefusalCode.UNKNOWN_AGENT, text, {"agent": command.supervisor})
    part = contact.talk.supervisors.get(command.supervisor)
    supervisor = turn.state.agents.get(command.supervisor)
    why: str | None = None
    if command.role is None:
        why = None if part is not None else f"{plan.id} does not take part"
    elif not plan.supervisor:
        why = f"{plan.id} is no supervisor"
    elif contact.stage is not ContactStage.TALKING or contact.agent is None:
        why = "nobody talks with the customer"
    elif supervisor is None or not logged_on(supervisor):
        why = f"{plan.id} is not logged on at a phone"
    elif part is command.role:
        return _no_change(contact, plan.id, f"does {part} already")
    elif part is None:
        why = _occupied(turn, supervisor)
    if why is None and (contact.call is None or not turn.state.link_up(contact.call.link)):
        why = "the link to the PBX is down"
    return None if why is None else _not_possible(contact, why)


def _occupied(turn: Turn, supervisor: Agent) -> str | None:
    if supervisor.contact is not None:
        return f"{supervisor.id} has contact {supervisor.contact} in hand"
    if supervisor.device in turn.state.busy_phones:
        return f"the phone {supervisor.device} of {supervisor.id} is busy"
    other = next((one for one in turn.state.contacts.values() if supervisor.id in one.talk.supervisors), None)
    return None if other is None else f"{supervisor.id} takes part in contact {other.id}"


def _unknown_contact(contact: ContactId) -> Refusal:
    return Refusal(RefusalCode.UNKNOWN_CONTACT, f"no open contact {contact} with a call", {"contact": contact})


def _not_possible(contact: Contact, why: str) -> Refusal:
    return Refusal(RefusalCode.NOT_POSSIBLE, f"contact {contact.id}: {why}", {"contact": contact.id})


def _no_change(contact: Contact, supervisor: AgentId, why: str) -> Refusal:
    text = f"contact {contact.id}: {supervisor} {why}"
    return Refusal(RefusalCode.NO_CHANGE, text, {"contact": contact.id, "agent": supervisor})
