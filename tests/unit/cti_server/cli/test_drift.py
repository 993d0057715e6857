"""What the config names against what a PBX of paper knows."""

from collections.abc import Mapping
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from csta import messages as m
from csta.dialects.openscape_business import DIALECT as BUSINESS
from csta.dialects.openscape_voice import DIALECT
from csta.identifiers import DeviceID
from csta.messages import Request, Response
from csta.states import AgentState
from cti_server.cli.asking import Refusal, UnreachableError
from cti_server.cli.drift import Expected, Finding, State, compare
from cti_server.settings import LinkSettings

LINK = LinkSettings(name="pbx", dialect="openscape_voice", host="192.0.2.7", port=1040)


class PaperPbx:
    """A PBX with devices, agents at them, and monitors that must all be stopped again."""

    def __init__(
        self, devices: set[str], agents: Mapping[str, str] | None = None, group: str = "", monitors: bool = True
    ) -> None:
        self.devices = devices
        self.agents = agents or {}
        self.group = group
        self.monitors = monitors
        self.open: list[str] = []
        self.lost = False

    async def ask(self, request: Request) -> Response | Refusal:
        if self.lost:
            return Refusal("the link is down", lost=True)
        match request:
            case m.MonitorStart(monitor_object=DeviceID(number=number)):
                if not self.monitors:
                    return Refusal("operation/serviceNotSupported", unsupported=True)
                if number not in self.devices:
                    return Refusal("operation/invalidDeviceID")
                self.open.append(number)
                return m.MonitorStartResponse(monitor_cross_ref_id=number)
            case m.MonitorStop(monitor_cross_ref_id=reference):
                self.open.remove(reference)
                return m.MonitorStopResponse()
            case m.SnapshotDevice(snapshot_object=DeviceID(number=number)):
                return m.SnapshotDeviceResponse() if number in self.devices else Refusal("operation/invalidDeviceID")
            case m.GetAgentState(device=DeviceID(number=number)):
                return self._agents_at(number)
        raise AssertionError(request)

    def _agents_at(self, number: str) -> Response | Refusal:
        if number not in self.agents:
            return Refusal("operation/invalidDeviceID")
        group = DeviceID(self.group) if self.group else None
        info = m.AgentInfo(agent_state=AgentState.READY, acd_group=group)
        entry = m.AgentStateEntry(agent_id=self.agents[number], logged_on_state=True, agent_info=(info,))
        return m.GetAgentStateResponse(agent_state_list=(entry,))


def compared(pbx: PaperPbx, **changes: Any) -> dict[tuple[str, str], Finding]:
    facts: dict[str, Any] = {
        "link": LINK,
        "dialect": DIALECT,
        "pilots": ["7000"],
        "phones": ["7101", "7102"],
        "ports": ["7001"],
        "agents": frozenset({"anna", "ben"}),
        **changes,
    }
    asker: Any = pbx
    found: list[Any] = []
    done: Deferred[Any] = Deferred.fromCoroutine(compare(asker, Expected(**facts)))
    done.addCallbacks(found.append, lambda failure: found.append(failure.value))
    assert pbx.open == []
    if isinstance(found[0], Exception):
        raise found[0]
    return {(one.kind, one.name): one for one in found[0]}


ALL = {"7000", "7001", "7101", "7102"}


def test_nothing_drifts_where_all_is_known() -> None:
    found = compared(PaperPbx(ALL, {"7101": "anna"}))
    assert {one.state for one in found.values()} == {State.SAME}
    assert found["agent", "anna"].pbx == f"logged on at 7101, {AgentState.READY}"
    assert found["agent", "ben"].pbx == "not seen; 1 phone(s) tell no agent"
    assert ("media port", "7001") in found


@pytest.mark.parametrize(("kind", "number"), [("pilot", "7000"), ("phone", "7102"), ("media port", "7001")])
def test_a_device_that_the_pbx_does_not_know_has_drifted(kind: str, number: str) -> None:
    found = compared(PaperPbx(ALL - {number}))
    assert found[kind, number].state is State.DRIFTED
    assert [one.name for one in found.values() if one.state is State.DRIFTED] == [number]


def test_where_there_are_no_monitors_snapshots_tell() -> None:
    found = compared(PaperPbx(ALL - {"7102"}, monitors=False))
    assert found["phone", "7101"].state is State.SAME
    assert found["phone", "7102"].state is State.DRIFTED


def test_an_agent_whom_only_the_pbx_knows_has_drifted() -> None:
    found = compared(PaperPbx(ALL, {"7101": "anna", "7102": "carol"}))
    assert found["agent", "carol"].state is State.DRIFTED
    assert (found["agent", "carol"].config, found["agent", "ben"].pbx) == ("-", "not seen")


def test_where_callwright_keeps_the_agents_the_pbx_is_not_asked() -> None:
    link = LINK.model_copy(update={"agent_state": "callwright"})
    found = compared(PaperPbx(ALL, {"7101": "carol"}), link=link)
    assert not [kind for kind, _ in found if kind == "agent"]


@pytest.mark.parametrize(("group", "state"), [("7000", State.SAME), ("7400", State.DRIFTED)])
def test_groups_of_the_pbx_are_pilots_of_the_config(group: str, state: State) -> None:
    assert compared(PaperPbx(ALL, {"7101": "anna"}, group))["group", group].state is state


def test_a_refusal_that_says_nothing_of_the_device_leaves_it_open() -> None:
    class Full(PaperPbx):
        async def ask(self, request: Request) -> Response | Refusal:
            if isinstance(request, m.MonitorStart):
                return Refusal("systemResourceAvailability/overallMonitorLimitExceeded")
            return await super().ask(request)

    assert {one.state for (kind, _), one in compared(Full(ALL)).items() if kind == "phone"} == {State.UNKNOWN}


@pytest.mark.parametrize(("links", "state"), [(4, State.SAME), (5, State.DRIFTED)])
def test_the_number_of_links_is_compared_with_the_limit(links: int, state: State) -> None:
    found = compared(PaperPbx(ALL), dialect=BUSINESS, links=links)
    assert found["link", "192.0.2.7"].state is state


def test_a_lost_link_is_no_drift() -> None:
    pbx = PaperPbx(ALL)
    pbx.lost = True
    with pytest.raises(UnreachableError, match="down"):
        compared(pbx)
