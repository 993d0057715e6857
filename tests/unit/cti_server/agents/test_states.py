"""The law of agents' states."""

from itertools import product

import pytest

from cti_server.agents.states import (
    STATUS_TRANSITIONS,
    WORK_TRANSITIONS,
    StatusMove,
    WorkMove,
    next_status,
    next_work_state,
)
from cti_server.vocabulary.faults import IllegalTransitionError
from cti_server.vocabulary.values import AgentStatus, WorkState


def test_what_is_absent_is_illegal() -> None:
    for status, move in set(product(AgentStatus, StatusMove)) - set(STATUS_TRANSITIONS):
        with pytest.raises(IllegalTransitionError, match="agent status"):
            next_status(status, move)
    for work, step in set(product(WorkState, WorkMove)) - set(WORK_TRANSITIONS):
        with pytest.raises(IllegalTransitionError, match="agent work state"):
            next_work_state(work, step)


def test_nobody_logs_on_ready() -> None:
    assert next_status(AgentStatus.LOGGED_OFF, StatusMove.LOG_ON) is AgentStatus.NOT_READY


def test_no_work_state_is_a_dead_end() -> None:
    reach = {WorkState.IDLE}
    for _ in WorkState:
        reach |= {work for (work, _), after in WORK_TRANSITIONS.items() if after in reach}
    assert reach == set(WorkState)


def test_a_reserved_agent_is_not_reserved_again() -> None:
    assert {work for work, move in WORK_TRANSITIONS if move is WorkMove.RESERVE} == {WorkState.IDLE}
