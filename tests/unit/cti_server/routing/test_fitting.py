"""Who fits, and why others do not."""

import pytest

from cti_server.agents.agent import Agent
from cti_server.routing.fitting import members, obstacle
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.values import AgentStatus, WorkState
from tests.scenarios.engine.story import ANNA, BEN, SALES, SERVICE, site


@pytest.mark.parametrize(
    ("agent", "busy", "reason"),
    [
        (Agent(id=ANNA), False, "logged off"),
        (Agent(id=ANNA, status=AgentStatus.NOT_READY), False, "not ready"),
        (Agent(id=ANNA, status=AgentStatus.NOT_READY, reason="tea"), True, "not ready: tea"),
        (Agent(id=ANNA, status=AgentStatus.READY), True, "phone is busy"),
        (Agent(id=ANNA, status=AgentStatus.READY), False, None),
    ],
)
def test_obstacles(agent: Agent, busy: bool, reason: str | None) -> None:
    assert obstacle(agent, phone_busy=busy) == reason


@pytest.mark.parametrize("work", [work for work in WorkState if work is not WorkState.IDLE])
def test_whoever_has_a_contact_is_not_offered_another(work: WorkState) -> None:
    agent = Agent(id=ANNA, status=AgentStatus.READY, work=work, contact=ContactId(7))
    assert "contact 7" in (obstacle(agent, phone_busy=False) or "")


def test_members_are_in_the_order_of_their_ids() -> None:
    plan = site()
    backwards = dict(reversed(list(plan.agents.items())))
    assert members(plan.queues[SALES], backwards) == (ANNA, BEN)
    assert members(plan.queues[SERVICE], backwards) == (ANNA, AgentId("cleo"))
    assert members(plan.queues[SALES], {}) == ()
