"""Who fits: the members of a queue's groups, and what stands between an agent and an offer."""

from collections.abc import Mapping

from cti_server.agents.agent import Agent
from cti_server.vocabulary.ids import AgentId
from cti_server.vocabulary.plan import AgentPlan, QueuePlan
from cti_server.vocabulary.values import AgentStatus, WorkState


def obstacle(agent: Agent, *, phone_busy: bool) -> str | None:
    """Why the agent cannot be offered a contact now, in words; None if they can."""
    if agent.status is AgentStatus.LOGGED_OFF:
        return "logged off"
    if agent.status is AgentStatus.NOT_READY:
        return f"not ready: {agent.reason}" if agent.reason else "not ready"
    match agent.work:
        case WorkState.RESERVED:
            return f"is offered contact {agent.contact}"
        case WorkState.BUSY:
            return f"talks with contact {agent.contact}"
        case WorkState.WRAP_UP:
            return f"wraps up contact {agent.contact}"
        case WorkState.IDLE:
            return "phone is busy" if phone_busy else None


def members(queue: QueuePlan, agents: Mapping[AgentId, AgentPlan]) -> tuple[AgentId, ...]:
    """The agents who belong to one of the queue's groups, in the order of their ids."""
    groups = frozenset(queue.groups)
    return tuple(sorted(agent.id for agent in agents.values() if not groups.isdisjoint(agent.groups)))
