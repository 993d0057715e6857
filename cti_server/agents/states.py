"""The law of agents: what they declare (status) and what the system sees them do (work state), as two tables."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cti_server.vocabulary.faults import follow
from cti_server.vocabulary.values import AgentStatus, WorkState


class StatusMove(StrEnum):
    """What an agent, or the system for them, can declare."""

    LOG_ON = "log-on"
    READY = "ready"
    NOT_READY = "not-ready"
    LOG_OFF = "log-off"


class WorkMove(StrEnum):
    """What can happen to an agent on a channel."""

    RESERVE = "reserve"
    RETURN = "return"
    ANSWER = "answer"
    WRAP_UP = "wrap-up"
    FREE = "free"


# Not ready may be declared again with another reason.
STATUS_TRANSITIONS: Final[Mapping[tuple[AgentStatus, StatusMove], AgentStatus]] = MappingProxyType(
    {
        (AgentStatus.LOGGED_OFF, StatusMove.LOG_ON): AgentStatus.NOT_READY,
        (AgentStatus.NOT_READY, StatusMove.READY): AgentStatus.READY,
        (AgentStatus.NOT_READY, StatusMove.NOT_READY): AgentStatus.NOT_READY,
        (AgentStatus.NOT_READY, StatusMove.LOG_OFF): AgentStatus.LOGGED_OFF,
        (AgentStatus.READY, StatusMove.NOT_READY): AgentStatus.NOT_READY,
        (AgentStatus.READY, StatusMove.LOG_OFF): AgentStatus.LOGGED_OFF,
    }
)

# An idle agent can be found to have answered: the offer had just ended when they lifted the handset.
WORK_TRANSITIONS: Final[Mapping[tuple[WorkState, WorkMove], WorkState]] = MappingProxyType(
    {
        (WorkState.IDLE, WorkMove.RESERVE): WorkState.RESERVED,
        (WorkState.IDLE, WorkMove.ANSWER): WorkState.BUSY,
        (WorkState.RESERVED, WorkMove.RETURN): WorkState.IDLE,
        (WorkState.RESERVED, WorkMove.ANSWER): WorkState.BUSY,
        (WorkState.BUSY, WorkMove.WRAP_UP): WorkState.WRAP_UP,
        (WorkState.BUSY, WorkMove.FREE): WorkState.IDLE,
        (WorkState.WRAP_UP, WorkMove.FREE): WorkState.IDLE,
    }
)


def next_status(status: AgentStatus, move: StatusMove) -> AgentStatus:
    """Where ``move`` leads from ``status``; raises `IllegalTransitionError` where the table has nothing."""
    return follow("agent status", STATUS_TRANSITIONS, status, move)


def next_work_state(work: WorkState, move: WorkMove) -> WorkState:
    """Where ``move`` leads from ``work``; raises `IllegalTransitionError` where the table has nothing."""
    return follow("agent work state", WORK_TRANSITIONS, work, move)
