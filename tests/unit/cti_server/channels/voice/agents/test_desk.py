"""Agents' states: shown to the PBX where it keeps them, and heard from it there alone."""

from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from csta import messages as m
from csta.errors import ServiceRefused
from csta.identifiers import DeviceID
from csta.states import AgentState, RequestedAgentState
from cti_server.channels.voice.agents.desk import AgentDesk
from cti_server.engine.state import State
from cti_server.vocabulary.commands import Command, LogAgentOn, SetAgentReady
from cti_server.vocabulary.effects import ShowAgentStatus
from cti_server.vocabulary.ids import AgentId, DeviceNumber, LinkName
from cti_server.vocabulary.values import AgentStatus
from tests.fakes.virtual_time import VirtualClock

PBX, ANNA, PHONE = LinkName("pbx"), AgentId("anna"), DeviceNumber("7101")


class Link:
    """A link that grants everything, unless it is told not to."""

    name = PBX
    up = True

    def __init__(self) -> None:
        self.monitored = {"7101"}
        self.refused: set[str] = set()
        self.surveys = 0
        self.asked: list[m.SetAgentState] = []
        self.refuses = False

    def survey(self) -> None:
        self.surveys += 1

    def request(self, request: Any) -> Deferred[Any]:
        self.asked.append(request)
        if self.refuses:
            return fail(ServiceRefused("operation", "invalidAgentState"))
        return succeed(m.SetAgentStateResponse())

    def states(self) -> list[RequestedAgentState]:
        return [one.requested_agent_state for one in self.asked]


class Office:
    """A desk with one link; what it tells is kept."""

    def __init__(self, *, shown: bool = True) -> None:
        self.link = Link()
        self.told: list[Command] = []
        self.desk = AgentDesk(
            clock=VirtualClock(),
            submit=self.told.append,
            links=lambda: [self.link],
            state=State,
            shown_by=frozenset({PBX}) if shown else frozenset(),
        )

    def show(self, status: AgentStatus) -> None:
        self.desk.show(ShowAgentStatus(cause=1, agent=ANNA, device=PHONE, status=status))


def event(kind: Any) -> Any:
    return kind(monitor_cross_ref_id="1", agent_device=DeviceID("7101"), agent_id="anna")


def test_a_status_is_shown_after_the_log_on_that_the_pbx_does_not_know_of() -> None:
    office = Office()
    office.show(AgentStatus.READY)
    assert office.link.states() == [RequestedAgentState.LOGGED_ON, RequestedAgentState.READY]
    office.desk.concerns(PBX, event(m.AgentLoggedOn))
    office.show(AgentStatus.NOT_READY)
    assert office.link.states()[2:] == [RequestedAgentState.NOT_READY]


def test_what_agents_key_in_is_heard_and_the_echo_of_an_older_wish_is_not() -> None:
    office = Office()
    assert office.desk.concerns(PBX, event(m.AgentReady))
    office.show(AgentStatus.READY)
    office.show(AgentStatus.NOT_READY)
    assert not office.desk.concerns(PBX, event(m.AgentReady)), "it would undo the newer wish"
    assert office.desk.concerns(PBX, event(m.AgentNotReady))


def test_on_a_link_whose_pbx_keeps_no_states_nothing_is_shown_or_heard() -> None:
    office = Office(shown=False)
    office.show(AgentStatus.READY)
    assert office.link.asked == []
    assert not office.desk.concerns(PBX, event(m.AgentReady))
    office.desk.found(PBX, "7101", m.GetAgentStateResponse(agent_state_list=(entry(),)))
    assert office.told == []


def test_a_phone_that_nobody_named_is_looked_for_first() -> None:
    office = Office()
    office.link.monitored.clear()
    office.show(AgentStatus.READY)
    assert (office.link.surveys, office.link.asked) == (1, [])
    office.link.monitored.add("7101")
    office.desk.phones_known(office.link)
    assert RequestedAgentState.READY in office.link.states()


def test_a_refusal_costs_nothing_but_a_line_in_the_log() -> None:
    office = Office()
    office.link.refuses = True
    office.show(AgentStatus.READY)
    assert office.desk.concerns(PBX, event(m.AgentReady)), "no event will come of what was refused"


def entry() -> m.AgentStateEntry:
    return m.AgentStateEntry(
        agent_id="anna", logged_on_state=True, agent_info=(m.AgentInfo(agent_state=AgentState.READY),)
    )


@pytest.mark.parametrize("logged_on", [True, False])
def test_agents_who_logged_on_meanwhile_are_found(logged_on: bool) -> None:
    office = Office()
    entries = (entry(),) if logged_on else (m.AgentStateEntry(agent_id="anna"),)
    office.desk.found(PBX, "7101", m.GetAgentStateResponse(agent_state_list=entries))
    assert [type(one) for one in office.told] == ([LogAgentOn, SetAgentReady] if logged_on else [])
