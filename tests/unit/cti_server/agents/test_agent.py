"""An agent's idle clock, contacts in hand and counts."""

import pytest

from cti_server.agents.agent import Agent, logged_on
from cti_server.agents.states import StatusMove, WorkMove
from cti_server.vocabulary.faults import IllegalTransitionError
from cti_server.vocabulary.ids import AgentId, ContactId, OfferId
from cti_server.vocabulary.values import AgentStatus, Channel, Origin, WorkState

ONE, TWO, THREE = ContactId(1), ContactId(2), ContactId(3)


def ready(at: float = 0.0) -> Agent:
    agent = Agent(id=AgentId("anna"))
    agent.declare(StatusMove.LOG_ON, at, Origin.PHONE)
    agent.declare(StatusMove.READY, at, Origin.PHONE)
    return agent


def test_the_idle_clock_restarts_on_ready_and_at_the_end_of_a_contact_alone() -> None:
    agent = Agent(id=AgentId("anna"))
    clock = []
    agent.declare(StatusMove.LOG_ON, 1.0, Origin.PHONE)
    clock.append(agent.idle_since)
    agent.declare(StatusMove.READY, 2.0, Origin.PHONE)
    clock.append(agent.idle_since)
    for at, move in enumerate((WorkMove.RESERVE, WorkMove.RETURN, WorkMove.RESERVE, WorkMove.ANSWER), start=3):
        agent.engage(move, ONE, Channel.VOICE, float(at), OfferId(7))
        clock.append(agent.idle_since)
    agent.engage(WorkMove.WRAP_UP, ONE, Channel.VOICE, 7.0)
    assert agent.work is WorkState.WRAP_UP
    agent.engage(WorkMove.FREE, ONE, Channel.VOICE, 8.0)
    assert [*clock, agent.idle_since] == [0.0, 2.0, 2.0, 2.0, 2.0, 2.0, 8.0]
    assert [agent.contact, agent.work_since, agent.status_since] == [None, 8.0, 2.0]


def test_the_idle_clock_is_one_for_all_channels() -> None:
    agent = ready()
    agent.engage(WorkMove.ANSWER, ONE, Channel.EMAIL, 1.0)
    agent.engage(WorkMove.FREE, ONE, Channel.EMAIL, 5.0)
    assert (agent.idle_since, agent.work_since) == (5.0, 0.0)


def test_what_is_spoken_is_seen_beside_what_is_written() -> None:
    agent = ready()
    agent.engage(WorkMove.ANSWER, ONE, Channel.CHAT, 1.0)
    assert (agent.work, agent.contact, agent.offer) == (WorkState.IDLE, None, None)
    agent.engage(WorkMove.RESERVE, TWO, Channel.CALLBACK, 2.0, OfferId(4))
    assert (agent.work, agent.contact, agent.offer) == (WorkState.RESERVED, TWO, OfferId(4))
    assert list(agent.engagements) == [ONE, TWO]


def test_one_call_or_callback_at_a_time() -> None:
    agent = ready()
    agent.engage(WorkMove.ANSWER, ONE, Channel.VOICE, 1.0)
    with pytest.raises(IllegalTransitionError):
        agent.engage(WorkMove.RESERVE, TWO, Channel.CALLBACK, 2.0)


def test_counts_are_of_the_time_since_log_on() -> None:
    agent = ready()
    agent.engage(WorkMove.RESERVE, ONE, Channel.VOICE, 10.0)
    agent.engage(WorkMove.ANSWER, ONE, Channel.VOICE, 12.0)
    agent.engage(WorkMove.ANSWER, TWO, Channel.CHAT, 20.0)
    agent.engage(WorkMove.WRAP_UP, ONE, Channel.VOICE, 30.0)
    agent.engage(WorkMove.FREE, ONE, Channel.VOICE, 35.0)
    agent.engage(WorkMove.FREE, TWO, Channel.CHAT, 40.0)
    agent.declare(StatusMove.NOT_READY, 50.0, Origin.PHONE)
    assert (agent.handled, agent.talked) == (2, 38.0)  # 12 to 30 and 20 to 40
    # Served from 12 to 40, twice at once from 20 to 35; a phone that rings is not served yet.
    assert (agent.occupied, agent.slots, agent.idle) == (28.0, 43.0, 22.0)
    agent.declare(StatusMove.LOG_OFF, 60.0, Origin.PHONE)
    agent.declare(StatusMove.LOG_ON, 70.0, Origin.PHONE)
    assert (agent.handled, agent.talked, agent.occupied, agent.slots, agent.idle) == (0, 0.0, 0.0, 0.0, 0.0)


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
