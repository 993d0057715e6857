"""Agents: log-on and log-off, ready and not ready, and phones that are busy with calls of their own."""

from typing import Final

from cti_server.agents.agent import Agent, logged_on
from cti_server.engine.calls import end_wrap_up
from cti_server.engine.offering import end_offer, end_unanswered
from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import (
    ChangeAgentGroups,
    ChangeAgentSkills,
    EndWrapUp,
    ExtendWrapUp,
    LogAgentOff,
    LogAgentOn,
    ReportPhoneBusy,
    ReportPhoneService,
    SetAgentNotReady,
    SetAgentReady,
)
from cti_server.vocabulary.events import (
    AgentBecameNotReady,
    AgentBecameReady,
    AgentGroupsChanged,
    AgentLoggedOff,
    AgentLoggedOn,
    AgentSkillsChanged,
    PhoneBecameBusy,
    PhoneBecameFree,
    PhoneCameIntoService,
    PhoneWentOutOfService,
    WrapUpExtended,
)
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.requirements import HIGHEST_LEVEL, LOWEST_LEVEL
from cti_server.vocabulary.values import SPOKEN, AgentStatus, OfferOutcome, Origin, WorkState

LONGEST_WRAP_UP: Final = 86_400.0


def log_on(turn: Turn, command: LogAgentOn) -> Refusal | None:
    """The agent works at the device, not ready."""
    if command.agent not in turn.state.plan.agents:
        return _unknown_agent(command.agent)
    agent = turn.state.agents.get(command.agent)
    if agent is not None and logged_on(agent):
        if agent.device == command.device:
            return _no_change(agent, f"is logged on at {agent.device} already")
        text = f"agent {agent.id} is logged on at {agent.device}"
        return Refusal(RefusalCode.LOGGED_ON_ELSEWHERE, text, {"agent": agent.id, "device": agent.device or ""})
    other = turn.state.agent_at(command.device)
    if other is not None:
        text = f"agent {other.id} is logged on at {command.device}"
        return Refusal(RefusalCode.DEVICE_TAKEN, text, {"agent": other.id, "device": command.device})
    turn.emit(AgentLoggedOn(agent=command.agent, device=command.device, origin=command.origin))
    turn.show_status(command.agent, command.device, AgentStatus.NOT_READY, command.origin)
    return None


def log_off(turn: Turn, command: LogAgentOff) -> Refusal | None:
    """The agent is gone; a contact that rings at them goes on to the next, a wrap-up is over."""
    agent = _logged_on_agent(turn, command.agent)
    if isinstance(agent, Refusal):
        return agent
    served = [each for each in agent.engagements.values() if each.work is WorkState.BUSY]
    if served:
        doing = "talks with" if served[0].channel in SPOKEN else "serves"
        text = f"agent {agent.id} {doing} contact {served[0].contact}"
        return Refusal(RefusalCode.AGENT_TALKING, text, {"agent": agent.id, "contact": served[0].contact})
    dismiss(turn, agent, command.origin)
    return None


def set_ready(turn: Turn, command: SetAgentReady) -> Refusal | None:
    """The agent wants contacts; a wrap-up is over."""
    agent = _logged_on_agent(turn, command.agent)
    if isinstance(agent, Refusal):
        return agent
    if agent.status is AgentStatus.READY and not _wrapped_up(agent):
        return _no_change(agent, "is ready already")
    _stop_wrap_up(turn, agent)
    if agent.status is not AgentStatus.READY:
        turn.emit(AgentBecameReady(agent=agent.id, origin=command.origin))
        turn.show_status(agent.id, agent.device, agent.status, command.origin)
    return None


def set_not_ready(turn: Turn, command: SetAgentNotReady) -> Refusal | None:
    """The agent wants no contacts: at once, whatever they still do with the contact at hand; a wrap-up is over."""
    agent = _logged_on_agent(turn, command.agent)
    if isinstance(agent, Refusal):
        return agent
    # Without a reason it is the echo of our own wish, or says nothing new.
    same = agent.status is AgentStatus.NOT_READY and command.reason in {"", agent.reason}
    if same and not _wrapped_up(agent):
        return _no_change(agent, "is not ready already")
    _stop_wrap_up(turn, agent)
    if not same:
        turn.emit(AgentBecameNotReady(agent=agent.id, origin=command.origin, reason=command.reason))
        turn.show_status(agent.id, agent.device, agent.status, command.origin, command.reason)
        _give_offer_back(turn, agent, "not ready")
    return None


def change_skills(turn: Turn, command: ChangeAgentSkills) -> Refusal | None:
    """The agent has other skills at once, also for those who wait."""
    if command.agent not in turn.state.plan.agents:
        return _unknown_agent(command.agent)
    agent = turn.state.agents.get(command.agent)
    if command.skills == (agent.skills if agent is not None else None):
        return Refusal(RefusalCode.NO_CHANGE, f"agent {command.agent} has these skills", {"agent": command.agent})
    wrong = [name for name, level in (command.skills or {}).items() if not LOWEST_LEVEL <= level <= HIGHEST_LEVEL]
    unknown = sorted({*(command.skills or {})} - {*turn.state.plan.skills})
    if wrong:
        text = f"a level is {LOWEST_LEVEL} to {HIGHEST_LEVEL}: {', '.join(wrong)}"
        return Refusal(RefusalCode.NOT_POSSIBLE, text, {"agent": command.agent})
    if unknown:
        text = f"no such skill in the plan: {', '.join(unknown)}"
        return Refusal(RefusalCode.UNKNOWN_SKILL, text, {"agent": command.agent})
    turn.emit(AgentSkillsChanged(agent=command.agent, skills=command.skills, origin=command.origin))
    return None


def change_groups(turn: Turn, command: ChangeAgentGroups) -> Refusal | None:
    """The agent is in other groups at once, also for those who wait."""
    if command.agent not in turn.state.plan.agents:
        return _unknown_agent(command.agent)
    agent = turn.state.agents.get(command.agent)
    if command.groups == (agent.groups if agent is not None else None):
        return Refusal(RefusalCode.NO_CHANGE, f"agent {command.agent} is in these groups", {"agent": command.agent})
    unknown = sorted({*(command.groups or ())} - {*turn.state.plan.groups})
    if unknown:
        text = f"no such group in the plan: {', '.join(unknown)}"
        return Refusal(RefusalCode.UNKNOWN_GROUP, text, {"agent": command.agent})
    turn.emit(AgentGroupsChanged(agent=command.agent, groups=command.groups, origin=command.origin))
    return None


def extend_wrap_up(turn: Turn, command: ExtendWrapUp) -> Refusal | None:
    """The agent has ``seconds`` more from now on for what they wrap up, a day at the most."""
    agent = _logged_on_agent(turn, command.agent)
    if isinstance(agent, Refusal):
        return agent
    wrapped = _wrapped_up(agent)
    if not wrapped:
        return _no_change(agent, "has nothing to wrap up")
    if not 0 < command.seconds <= LONGEST_WRAP_UP:
        return _no_change(agent, f"can have up to {LONGEST_WRAP_UP:g} seconds more, not {command.seconds:g}")
    # The youngest alone: what a phone asks for is about the contact just ended.
    turn.emit(WrapUpExtended(contact=wrapped[-1], agent=agent.id, deadline=turn.now + command.seconds))
    return None


def stop_wrap_up(turn: Turn, command: EndWrapUp) -> Refusal | None:
    """The agent is done with what they wrap up; their status stays what it is."""
    agent = _logged_on_agent(turn, command.agent)
    if isinstance(agent, Refusal):
        return agent
    if not _wrapped_up(agent):
        return _no_change(agent, "has nothing to wrap up")
    _stop_wrap_up(turn, agent)
    return None


def phone_service(turn: Turn, command: ReportPhoneService) -> Refusal | None:
    """A device is out of service, or back; what rings there is offered to somebody else."""
    silent = command.device in turn.state.silent_phones
    if command.in_service is not silent:
        text = f"phone {command.device} is {'in' if command.in_service else 'out of'} service already"
        return Refusal(RefusalCode.NO_CHANGE, text, {"device": command.device})
    if command.in_service:
        turn.emit(PhoneCameIntoService(device=command.device))
        return None
    turn.emit(PhoneWentOutOfService(device=command.device))
    agent = turn.state.agent_at(command.device)
    if agent is not None and agent.offer is not None:
        offer = turn.state.offers[agent.offer]
        end_unanswered(turn, offer, OfferOutcome.UNREACHABLE, "the phone is out of service")
    return None


def phone_busy(turn: Turn, command: ReportPhoneBusy) -> Refusal | None:
    """A device has a call of its own, or has none any more."""
    if command.busy == (command.device in turn.state.busy_phones):
        text = f"phone {command.device} is {'busy' if command.busy else 'free'} already"
        return Refusal(RefusalCode.NO_CHANGE, text, {"device": command.device})
    busy, free = PhoneBecameBusy(device=command.device), PhoneBecameFree(device=command.device)
    turn.emit(busy if command.busy else free)
    return None


def dismiss(turn: Turn, agent: Agent, origin: Origin) -> None:
    """Log an agent off who does not talk."""
    _stop_wrap_up(turn, agent)
    device = agent.device
    turn.emit(AgentLoggedOff(agent=agent.id, origin=origin))
    turn.show_status(agent.id, device, AgentStatus.LOGGED_OFF, origin)
    _give_offer_back(turn, agent, "logged off")


def dismiss_removed(turn: Turn) -> None:
    """Log off the free agents whom the plan does not know any more."""
    for name in turn.matching.dropped:
        agent = turn.state.agents.get(name)
        if agent is not None and logged_on(agent) and not agent.engagements:
            dismiss(turn, agent, Origin.SYSTEM)


def _wrapped_up(agent: Agent) -> list[ContactId]:
    """The contacts that the agent wraps up, the youngest last."""
    return [each.contact for each in agent.engagements.values() if each.work is WorkState.WRAP_UP]


def _stop_wrap_up(turn: Turn, agent: Agent) -> None:
    for number in _wrapped_up(agent):
        end_wrap_up(turn, turn.state.contacts[number], agent.id)


def _give_offer_back(turn: Turn, agent: Agent, reason: str) -> None:
    for engagement in list(agent.engagements.values()):
        if engagement.offer is not None and engagement.offer in turn.state.offers:
            offer = turn.state.offers[engagement.offer]
            end_offer(turn, offer, OfferOutcome.AGENT_GONE, reason)
            turn.to_run.append(offer.contact)


def _logged_on_agent(turn: Turn, agent_id: AgentId) -> Agent | Refusal:
    agent = turn.state.agents.get(agent_id)
    if agent is not None and logged_on(agent):
        return agent
    if agent_id not in turn.state.plan.agents:
        return _unknown_agent(agent_id)
    return Refusal(RefusalCode.NOT_LOGGED_ON, f"agent {agent_id} is not logged on", {"agent": agent_id})


def _unknown_agent(agent: AgentId) -> Refusal:
    return Refusal(RefusalCode.UNKNOWN_AGENT, f"no agent {agent} in the plan", {"agent": agent})


def _no_change(agent: Agent, text: str) -> Refusal:
    return Refusal(RefusalCode.NO_CHANGE, f"agent {agent.id} {text}", {"agent": agent.id})
