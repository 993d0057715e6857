"""Agents: log-on and log-off, ready and not ready, and phones that are busy with calls of their own."""

from cti_server.agents.agent import Agent, logged_on
from cti_server.engine.calls import end_wrap_up
from cti_server.engine.offering import end_offer
from cti_server.engine.turn import Turn
from cti_server.vocabulary.commands import LogAgentOff, LogAgentOn, ReportPhoneBusy, SetAgentNotReady, SetAgentReady
from cti_server.vocabulary.events import (
    AgentBecameNotReady,
    AgentBecameReady,
    AgentLoggedOff,
    AgentLoggedOn,
    PhoneBecameBusy,
    PhoneBecameFree,
)
from cti_server.vocabulary.ids import AgentId
from cti_server.vocabulary.refusals import Refusal, RefusalCode
from cti_server.vocabulary.values import AgentStatus, OfferOutcome, Origin, WorkState


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
    if agent.work is WorkState.BUSY:
        text = f"agent {agent.id} talks with contact {agent.contact}"
        return Refusal(RefusalCode.AGENT_TALKING, text, {"agent": agent.id, "contact": agent.contact or 0})
    dismiss(turn, agent, command.origin)
    return None


def set_ready(turn: Turn, command: SetAgentReady) -> Refusal | None:
    """The agent wants contacts; a wrap-up is over."""
    agent = _logged_on_agent(turn, command.agent)
    if isinstance(agent, Refusal):
        return agent
    if agent.status is AgentStatus.READY and agent.work is not WorkState.WRAP_UP:
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
    if same and agent.work is not WorkState.WRAP_UP:
        return _no_change(agent, "is not ready already")
    _stop_wrap_up(turn, agent)
    if not same:
        turn.emit(AgentBecameNotReady(agent=agent.id, origin=command.origin, reason=command.reason))
        turn.show_status(agent.id, agent.device, agent.status, command.origin, command.reason)
        _give_offer_back(turn, agent, "not ready")
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
    plan = turn.state.plan.agents
    removed = [agent for agent in turn.state.agents.values() if agent.id not in plan]
    for agent in sorted(removed, key=lambda each: each.id):
        if logged_on(agent) and agent.work is WorkState.IDLE:
            dismiss(turn, agent, Origin.SYSTEM)


def _stop_wrap_up(turn: Turn, agent: Agent) -> None:
    if agent.work is WorkState.WRAP_UP and agent.contact is not None:
        end_wrap_up(turn, turn.state.contacts[agent.contact], agent.id)


def _give_offer_back(turn: Turn, agent: Agent, reason: str) -> None:
    if agent.offer is not None:
        offer = turn.state.offers[agent.offer]
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
