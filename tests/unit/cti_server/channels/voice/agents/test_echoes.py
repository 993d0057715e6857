"""Which events of agents are echoes of an older wish of ours."""

from csta.identifiers import DeviceID
from csta.messages import AgentEvent, AgentLoggedOn, AgentNotReady, AgentReady
from csta.states import RequestedAgentState as R
from cti_server.channels.voice.agents.echoes import GRACE, PATIENCE, Echoes


def event(kind: type[AgentEvent]) -> AgentEvent:
    return kind(monitor_cross_ref_id="x", agent_device=DeviceID("7101"), agent_id="anna")


def test_the_echo_of_an_older_wish_is_overtaken_and_that_of_the_last_is_not() -> None:
    echoes = Echoes()
    for state in (R.LOGGED_ON, R.NOT_READY, R.READY):
        echoes.asked("7101", state, 0.0)
    assert [echoes.overtaken("7101", event(kind), 0.1) for kind in (AgentLoggedOn, AgentNotReady, AgentReady)] == [
        True,
        True,
        False,
    ]
    assert not echoes.overtaken("7101", event(AgentNotReady), 0.2)


def test_what_was_not_asked_for_is_the_agents_own() -> None:
    echoes = Echoes()
    echoes.asked("7101", R.READY, 0.0)
    assert not echoes.overtaken("7101", event(AgentNotReady), 0.1)
    assert not echoes.overtaken("7102", event(AgentReady), 0.1)
    assert not echoes.overtaken("7101", event(AgentReady), 0.1)


def test_a_refused_wish_has_no_echo() -> None:
    echoes = Echoes()
    first = echoes.asked("7101", R.NOT_READY, 0.0)
    echoes.asked("7101", R.READY, 0.0)
    assert first is not None
    echoes.refused("7101", first)
    assert not echoes.overtaken("7101", event(AgentNotReady), 0.1)


def test_a_wish_counts_for_a_while_only() -> None:
    echoes = Echoes()
    first = echoes.asked("7101", R.NOT_READY, 0.0)
    echoes.asked("7101", R.READY, 0.0)
    assert first is not None
    echoes.answered(first, 1.0)
    assert not echoes.overtaken("7101", event(AgentNotReady), 1.0 + GRACE + 0.1)
    echoes.asked("7101", R.NOT_READY, 2.0)
    echoes.asked("7101", R.READY, 2.0)
    assert not echoes.overtaken("7101", event(AgentNotReady), 2.0 + PATIENCE + 0.1)


def test_a_state_without_an_event_is_no_wish() -> None:
    assert Echoes().asked("7101", R.WORKING_AFTER_CALL, 0.0) is None
