"""An agent's idle clock and times."""

from cti_server.agents.agent import Agent, logged_on
from cti_server.agents.states import StatusMove, WorkMove
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.values import AgentStatus, Origin


def test_the_idle_clock_restarts_on_ready_and_at_the_end_of_a_contact_alone() -> None:
    agent = Agent(id=AgentId("anna"))
    clock = []
    agent.declare(StatusMove.LOG_ON, 1.0, Origin.PHONE)
    clock.append(agent.idle_since)
    agent.declare(StatusMove.READY, 2.0, Origin.PHONE)
    clock.append(agent.idle_since)
    for at, move in enumerate((WorkMove.RESERVE, WorkMove.RETURN, WorkMove.RESERVE, WorkMove.ANSWER), start=3):
        agent.work_on(move, float(at))
        clock.append(agent.idle_since)
    agent.work_on(WorkMove.WRAP_UP, 7.0)
    agent.contact = ContactId(1)
    agent.work_on(WorkMove.FREE, 8.0)
    assert [*clock, agent.idle_since] == [0.0, 2.0, 2.0, 2.0, 2.0, 2.0, 8.0]
    assert [agent.contact, agent.work_since, agent.status_since] == [None, 8.0, 2.0]


def test_a_reason_goes_with_its_status() -> None:
    agent = Agent(id=AgentId("anna"), status=AgentStatus.READY)
    agent.declare(StatusMove.NOT_READY, 1.0, Origin.CONSOLE, "tea")
    assert (agent.reason, agent.origin) == ("tea", Origin.CONSOLE)
    agent.declare(StatusMove.READY, 2.0, Origin.PHONE)
    assert agent.reason == ""


def test_logged_on() -> None:
    assert not logged_on(None)
    assert not logged_on(Agent(id=AgentId("anna")))
    assert logged_on(Agent(id=AgentId("anna"), status=AgentStatus.NOT_READY))
