"""The watch against a switch on paper that answers as a test says."""

from typing import Any

import pytest

from csta import (
    CallMirror,
    ConnectionID,
    ConnectionState,
    DeviceID,
    LinkLost,
    RequestTimedOut,
    ServiceRefused,
    SessionError,
    SystemStatusValue,
)
from csta import messages as m
from csta.errors import CstaError
from csta.watch import (
    AgentsFound,
    CallCorrected,
    CallUnsure,
    MonitorLost,
    MonitorRefused,
    RouteLost,
    RouteRefused,
    RouteRegistered,
    SnapshotRefused,
    Surveyed,
    Wanted,
    Watch,
    WatchEvent,
    WatchSettings,
)

S = ConnectionState
PILOT, PORT, AGENT = "7000", "7001", "7101"
NO_AGENT = ServiceRefused("operation", "invalidDeviceID")


class Switch:
    """Answers what the watch asks, from the calls that a test gives it."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.now = 100.0
        self.calls: dict[str, dict[str, ConnectionState]] = {}
        self.refuse: dict[type[m.Request], CstaError] = {}
        self.silent: set[type[m.Request]] = set()
        self.asked: list[m.Request] = []
        self.open: list[tuple[int, m.Request]] = []
        self.told: list[WatchEvent] = []
        self.monitors = 0

    def take(self) -> None:
        """Take all requests that the watch gives now."""
        while (ask := self.watch.next_request()) is not None:
            self.asked.append(ask.request)
            self.open.append((ask.key, ask.request))
        self.hear()

    def hear(self) -> None:
        while (event := self.watch.next_event()) is not None:
            self.told.append(event)

    def answer_one(self) -> None:
        key, request = self.open.pop(0)
        if type(request) in self.silent:
            self.watch.answered(key, RequestTimedOut("no answer"), self.now)
        else:
            self.watch.answered(key, self.refuse.get(type(request)) or self.answer_to(request), self.now)

    def run(self) -> None:
        """Answer until nothing is asked any more."""
        self.take()
        while self.open:
            self.answer_one()
            self.take()

    def later(self, seconds: float) -> None:
        """Let time pass up to then, with everything that is due."""
        end = self.now + seconds
        while (at := self.watch.get_timer()) is not None and at <= end:
            self.now = max(self.now, at)
            self.watch.handle_timer(self.now)
            self.run()
        self.now = end

    def answer_to(self, request: m.Request) -> m.Response | CstaError:
        match request:
            case m.MonitorStart(monitor_object=DeviceID(number)):
                self.monitors += 1
                return m.MonitorStartResponse(monitor_cross_ref_id=f"{number}-{self.monitors}")
            case m.MonitorStop():
                return m.MonitorStopResponse()
            case m.SnapshotDevice(snapshot_object=DeviceID(number)):
                items = (
                    m.SnapshotDeviceItem(connection=ConnectionID(call, number), local_call_state=(parts[number],))
                    for call, parts in self.calls.items()
                    if number in parts
                )
                return m.SnapshotDeviceResponse(snapshot_data=tuple(items))
            case m.SnapshotCall(snapshot_object=at):
                parts = self.calls.get(at.call_id)
                return m.SnapshotCallResponse(snapshot_data=items_of(at.call_id, parts)) if parts else GONE
            case m.RouteRegister():
                return m.RouteRegisterResponse(route_register_req_id="R1")
            case _:
                return NO_AGENT

    def kinds(self) -> list[str]:
        kinds = [type(request).__name__ for request in self.asked]
        self.asked.clear()
        return kinds

    def surveys(self) -> list[Surveyed]:
        return [event for event in self.told if isinstance(event, Surveyed)]


GONE = ServiceRefused("operation", "invalidCallID")


def items_of(call: str, parts: dict[str, ConnectionState]) -> tuple[m.SnapshotCallItem, ...]:
    return tuple(
        m.SnapshotCallItem(
            device_on_call=DeviceID(device), call_identifier=ConnectionID(call, device), local_connection_info=state
        )
        for device, state in parts.items()
    )


def make(*devices: str | Wanted, **options: Any) -> Switch:
    watch = Watch(CallMirror(), **options)
    watch.want(devices or (PILOT, AGENT))
    return Switch(watch)


def up(*devices: str | Wanted, **options: Any) -> Switch:
    switch = make(*devices, **options)
    switch.watch.link_up()
    switch.run()
    switch.asked.clear()
    return switch


def states(switch: Switch, call: str) -> dict[str, ConnectionState]:
    return {device: one.state for device, one in switch.watch.mirror.calls[call].connections.items()}


def delivered(call: str, device: str, reference: str) -> m.Delivered:
    return m.Delivered(monitor_cross_ref_id=reference, connection=ConnectionID(call, device))


def established(call: str, device: str, reference: str) -> m.Established:
    return m.Established(monitor_cross_ref_id=reference, established_connection=ConnectionID(call, device))


def test_after_link_up_everything_is_asked_and_each_call_once() -> None:
    switch = make()
    switch.calls["C"] = {PILOT: S.QUEUED, AGENT: S.ALERTING, "7201": S.CONNECTED}
    assert switch.watch.next_request() is None
    switch.watch.link_up()
    switch.run()
    assert sorted(switch.kinds()) == sorted(
        ["MonitorStart"] * 2 + ["SnapshotDevice"] * 2 + ["GetAgentState"] * 2 + ["SnapshotCall"]
    )
    assert switch.surveys() == [Surveyed(came_up=True, devices=2, calls=1)]
    assert switch.watch.surveyed
    assert states(switch, "C") == switch.calls["C"]
    assert set(switch.watch.monitored) == {PILOT, AGENT}


def test_calls_are_asked_when_all_devices_are_known() -> None:
    switch = make(settings=WatchSettings(outstanding=1))
    switch.calls["C"] = {PILOT: S.QUEUED}
    switch.watch.link_up()
    order = []
    switch.take()
    while switch.open:
        # Never more than one at a time.
        assert len(switch.open) == 1
        order.append(type(switch.open[0][1]).__name__)
        switch.answer_one()
        switch.take()
    assert order[:2] == ["MonitorStart"] * 2
    assert order.index("SnapshotCall") > max(index for index, one in enumerate(order) if one == "SnapshotDevice")


def test_no_device_no_question() -> None:
    switch = make(Wanted(PILOT, agents=False))
    switch.watch.link_up()
    switch.run()
    assert "GetAgentState" not in switch.kinds()
    empty = Switch(Watch(CallMirror()))
    empty.watch.link_up()
    empty.run()
    assert empty.surveys() == [Surveyed(came_up=True, devices=0, calls=0)]


def test_what_agents_there_are_is_told() -> None:
    switch = make(AGENT)
    response = m.GetAgentStateResponse()
    switch.watch.link_up()
    switch.take()
    while switch.open:
        key, request = switch.open.pop(0)
        agents = isinstance(request, m.GetAgentState)
        answer = response if agents else switch.answer_to(request)
        assert not isinstance(answer, CstaError)
        switch.watch.answered(key, answer, 1.0)
        switch.take()
    assert AgentsFound(AGENT, response) in switch.told


def test_devices_come_and_go() -> None:
    switch = up()
    switch.watch.want([AGENT, PORT])
    switch.run()
    assert sorted(switch.kinds()) == ["GetAgentState", "MonitorStart", "MonitorStop", "SnapshotDevice"]
    assert set(switch.watch.monitored) == {AGENT, PORT}
    assert switch.surveys()[-1] == Surveyed(came_up=False, devices=2, calls=0)
    # Nothing new is still an answer for who asked.
    count = len(switch.surveys())
    switch.watch.want([AGENT, PORT])
    switch.run()
    assert switch.kinds() == []
    assert len(switch.surveys()) == count + 1


def test_a_device_that_is_not_wanted_any_more_before_its_monitor_started() -> None:
    switch = up(PILOT)
    switch.watch.want([PILOT, AGENT])
    switch.take()
    switch.watch.want([PILOT])
    switch.run()
    # Its monitor is there at the switch all the same, and has to go.
    assert switch.kinds() == ["MonitorStart", "MonitorStop"]
    assert set(switch.watch.monitored) == {PILOT}


def test_a_refused_device_is_told_once_and_tried_slowly() -> None:
    switch = make(PILOT)
    switch.refuse[m.MonitorStart] = ServiceRefused("operation", "invalidDeviceID")
    switch.watch.link_up()
    switch.run()
    assert [type(event) for event in switch.told] == [MonitorRefused, Surveyed]
    assert switch.watch.refused == {PILOT: "refused: operation/invalidDeviceID"}
    switch.later(59.0)
    assert switch.kinds() == ["MonitorStart"]
    switch.later(600.0)
    assert 2 <= len(switch.kinds()) <= 5
    assert len([event for event in switch.told if isinstance(event, MonitorRefused)]) == 1
    switch.refuse.clear()
    switch.later(600.0)
    assert set(switch.watch.monitored) == {PILOT}
    assert switch.watch.refused == {}
    assert switch.surveys()[-1].devices == 1


def test_more_devices_than_the_switch_bears() -> None:
    switch = up("1", "2", "3", monitored_devices=2)
    assert set(switch.watch.monitored) == {"1", "2"}
    (refused,) = [event for event in switch.told if isinstance(event, MonitorRefused)]
    assert refused.device == "3"
    assert "2 monitored devices" in refused.reason
    switch.watch.want(["1", "3"])
    switch.run()
    assert set(switch.watch.monitored) == {"1", "3"}


def test_lost_messages_mean_that_everything_is_asked_anew() -> None:
    switch = up()
    switch.watch.event(delivered("C", AGENT, switch.watch.monitored[AGENT]), 1.0)
    switch.calls["D"] = {PILOT: S.QUEUED}
    switch.watch.status(SystemStatusValue.MESSAGES_LOST)
    switch.run()
    kinds = switch.kinds()
    assert kinds.count("SnapshotDevice") == 2
    assert kinds.count("SnapshotCall") == 1
    assert list(switch.watch.mirror.calls) == ["D"]
    assert switch.surveys()[-1] == Surveyed(came_up=False, devices=2, calls=1)
    assert switch.watch.surveyed


@pytest.mark.parametrize("ready", [SystemStatusValue.ENABLED, SystemStatusValue.NORMAL])
def test_a_switch_that_starts_anew_is_asked_nothing_until_it_is_ready_and_then_everything(
    ready: SystemStatusValue,
) -> None:
    switch = up()
    switch.calls["C"] = {PILOT: S.QUEUED}
    switch.watch.survey()
    switch.run()
    switch.kinds()
    switch.watch.survey()
    switch.take()
    under_way = list(switch.open)
    switch.watch.status(SystemStatusValue.INITIALIZING)
    switch.watch.survey()
    assert not switch.watch.check_call("C")
    switch.run()
    assert len(switch.asked) == len(under_way)
    assert not switch.watch.surveyed
    switch.kinds()
    switch.calls = {"D": {AGENT: S.ALERTING}}
    switch.watch.status(ready)
    switch.run()
    kinds = switch.kinds()
    assert (kinds.count("MonitorStart"), kinds.count("MonitorStop")) == (2, 0)
    assert list(switch.watch.mirror.calls) == ["D"]
    assert switch.surveys()[-1] == Surveyed(came_up=True, devices=2, calls=1)


def test_a_switch_that_says_enabled_instead_of_normal_has_no_monitors_any_more() -> None:
    switch = up()
    switch.watch.status(SystemStatusValue.ENABLED)
    switch.watch.status(SystemStatusValue.OVERLOAD_REACHED)
    switch.watch.status(SystemStatusValue.ENABLED)
    switch.run()
    assert switch.kinds() == []  # enabled is its usual word
    switch.watch.status(SystemStatusValue.NORMAL)
    old = sorted(switch.watch.monitored.values())
    switch.watch.status(SystemStatusValue.ENABLED)
    switch.run()
    # Should they be there nevertheless, they are not wanted beside the new ones.
    stopped = [one.monitor_cross_ref_id for one in switch.asked if isinstance(one, m.MonitorStop)]
    assert sorted(stopped) == old
    assert sorted(switch.watch.monitored.values()) != old
    assert len(switch.watch.monitored) == 2


def test_an_initialization_that_the_link_did_not_survive_is_forgotten() -> None:
    switch = up()
    switch.watch.status(SystemStatusValue.INITIALIZING)
    switch.watch.link_down()
    switch.watch.status(SystemStatusValue.ENABLED)
    switch.run()
    assert switch.kinds() == []
    assert not switch.watch.up


def test_an_impossible_event_leads_to_one_snapshot_of_its_call() -> None:
    switch = up()
    reference = switch.watch.monitored[AGENT]
    switch.calls["C"] = {AGENT: S.CONNECTED, "7201": S.CONNECTED}
    (found,) = switch.watch.event(established("C", AGENT, reference), 100.0)
    assert (found.call_id, found.device) == ("C", AGENT)
    # Told again and again, it is asked once.
    switch.watch.event(established("C", AGENT, reference), 100.0)
    switch.run()
    assert switch.kinds() == ["SnapshotCall"]
    assert switch.told[-1] == CallCorrected("C")
    assert states(switch, "C") == switch.calls["C"]


def test_a_call_in_doubt_again_and_again_is_not_asked_all_the_time() -> None:
    switch = up()
    reference = switch.watch.monitored[AGENT]
    switch.calls["C"] = {AGENT: S.ALERTING}
    for _ in range(50):
        switch.watch.event(established("C", AGENT, reference), switch.now)
        switch.watch.event(delivered("C", AGENT, reference), switch.now)
        switch.run()
        switch.later(0.1)
    # Five seconds of nonsense: at most one question a second.
    assert 3 <= switch.kinds().count("SnapshotCall") <= 7


def test_doubts_during_a_survey_are_answered_by_the_survey() -> None:
    switch = make(AGENT)
    switch.watch.link_up()
    switch.take()
    switch.answer_one()
    switch.calls["C"] = {AGENT: S.CONNECTED}
    assert switch.watch.event(established("C", AGENT, switch.watch.monitored[AGENT]), 1.0)
    switch.run()
    assert switch.kinds().count("SnapshotCall") == 1
    assert states(switch, "C") == {AGENT: S.CONNECTED}


def test_a_check_on_demand_goes_before_everything_and_says_when_the_call_is_gone() -> None:
    switch = up(settings=WatchSettings(outstanding=1))
    switch.watch.event(delivered("C", AGENT, switch.watch.monitored[AGENT]), 1.0)
    switch.watch.survey()
    switch.take()
    assert len(switch.open) == 1
    assert switch.watch.check_call("C")
    assert switch.watch.check_call("C")
    switch.take()
    # Beside the full window.
    assert [type(request).__name__ for _, request in switch.open] == ["SnapshotDevice", "SnapshotCall"]
    switch.open.reverse()
    switch.answer_one()
    switch.hear()
    assert switch.told[-1] == CallCorrected("C")
    assert switch.watch.mirror.calls == {}
    switch.run()


def test_a_check_without_an_answer() -> None:
    switch = up()
    switch.silent.add(m.SnapshotCall)
    switch.watch.check_call("C", AGENT)
    switch.run()
    assert switch.told[-1] == CallUnsure("C", "no answer")
    assert switch.asked[-1] == m.SnapshotCall(snapshot_object=ConnectionID("C", AGENT))
    switch.later(60.0)
    assert switch.kinds().count("SnapshotCall") == 3
    switch.watch.check_call("C", AGENT)
    switch.watch.link_down()
    switch.hear()
    assert switch.told[-1] == CallUnsure("C", "the link is down")
    assert not switch.watch.check_call("C")


def test_a_device_that_does_not_answer_does_not_hold_up_the_survey_for_ever() -> None:
    switch = make(PILOT)
    switch.silent.add(m.SnapshotDevice)
    switch.watch.link_up()
    switch.run()
    assert switch.surveys() == []
    switch.later(10.0)
    assert switch.kinds().count("SnapshotDevice") == 3
    assert switch.surveys() == [Surveyed(came_up=True, devices=1, calls=0, unanswered=(PILOT,))]
    switch.silent.clear()
    switch.calls["C"] = {PILOT: S.QUEUED}
    switch.later(120.0)
    assert states(switch, "C") == {PILOT: S.QUEUED}
    assert switch.surveys()[-1] == Surveyed(came_up=False, devices=1, calls=1)


def test_a_busy_switch_is_asked_again_and_a_refusal_is_no_answer_about_the_call() -> None:
    switch = up()
    switch.watch.event(delivered("C", AGENT, switch.watch.monitored[AGENT]), 1.0)
    switch.refuse[m.SnapshotCall] = ServiceRefused("systemResourceAvailability", "resourceBusy")
    switch.watch.check_call("C")
    switch.run()
    assert "C" in switch.watch.mirror.calls
    switch.refuse.clear()
    switch.calls["C"] = {AGENT: S.CONNECTED}
    switch.later(10.0)
    assert states(switch, "C") == {AGENT: S.CONNECTED}


def test_services_that_the_switch_has_not_are_not_asked() -> None:
    switch = make(services=frozenset({m.MonitorStart, m.MonitorStop, m.SnapshotDevice}))
    switch.calls["C"] = {PILOT: S.QUEUED}
    switch.watch.link_up()
    switch.run()
    assert set(switch.kinds()) == {"MonitorStart", "SnapshotDevice"}
    assert len(switch.surveys()) == 1
    switch.watch.check_call("C")
    switch.run()
    assert switch.told[-1] == CallUnsure("C", "the switch gives no snapshots of calls")


def test_a_service_that_the_switch_turns_out_not_to_have_is_asked_once() -> None:
    switch = make("1", "2", "3", settings=WatchSettings(outstanding=1))
    switch.refuse[m.SnapshotDevice] = ServiceRefused("operation", "serviceNotSupported")
    switch.watch.link_up()
    switch.run()
    assert switch.kinds().count("SnapshotDevice") == 1
    assert [type(event) for event in switch.told if isinstance(event, SnapshotRefused)] == [SnapshotRefused]
    assert len(switch.surveys()) == 1


def test_a_monitor_that_the_switch_ends_is_started_again_ever_more_slowly() -> None:
    switch = up()
    switch.watch.event(delivered("C", AGENT, switch.watch.monitored[AGENT]), 1.0)
    assert not switch.watch.monitor_stopped("unknown", switch.now)
    assert switch.watch.monitor_stopped(switch.watch.monitored[AGENT], switch.now)
    assert set(switch.watch.monitored) == {PILOT}
    assert switch.watch.mirror.calls == {}
    switch.run()
    assert MonitorLost(AGENT) in switch.told
    assert set(switch.watch.monitored) == {PILOT, AGENT}
    asked = 0
    for _ in range(20):
        if AGENT in switch.watch.monitored:
            switch.watch.monitor_stopped(switch.watch.monitored[AGENT], switch.now)
        switch.kinds()
        switch.later(10.0)
        asked += switch.kinds().count("MonitorStart")
    assert asked <= 8


def test_a_device_that_is_back_in_service_is_looked_at() -> None:
    switch = up()
    switch.calls["C"] = {AGENT: S.CONNECTED}
    back = m.BackInService(monitor_cross_ref_id=switch.watch.monitored[AGENT], device=DeviceID(AGENT))
    switch.watch.event(back, 1.0)
    switch.run()
    assert switch.kinds() == ["SnapshotDevice", "GetAgentState", "SnapshotCall"]
    assert states(switch, "C") == {AGENT: S.CONNECTED}


def test_overload_means_one_question_at_a_time() -> None:
    switch = up(*(str(number) for number in range(20)))
    switch.watch.status(SystemStatusValue.OVERLOAD_REACHED)
    switch.watch.survey()
    switch.take()
    assert len(switch.open) == 1
    switch.watch.status(SystemStatusValue.OVERLOAD_IMMINENT)
    switch.take()
    assert len(switch.open) == 4
    switch.watch.status(SystemStatusValue.OVERLOAD_RELIEVED)
    switch.take()
    assert len(switch.open) == 16
    switch.run()


def test_answers_of_a_link_that_is_gone_have_no_meaning() -> None:
    switch = make(PILOT)
    switch.watch.link_up()
    switch.take()
    (stale,) = switch.open
    switch.watch.answered(stale[0], LinkLost("cut"), 1.0)
    switch.watch.link_down()
    switch.open.clear()
    switch.watch.link_up()
    switch.watch.answered(stale[0], m.MonitorStartResponse(monitor_cross_ref_id="old"), 2.0)
    assert switch.watch.monitored == {}
    switch.run()
    assert switch.watch.monitored == {PILOT: f"{PILOT}-1"}
    assert len(switch.surveys()) == 1


# --- segments


def test_a_snapshot_in_segments() -> None:
    switch = make(PILOT)
    switch.watch.link_up()
    switch.take()
    switch.answer_one()
    switch.take()
    whole = [
        m.SnapshotDeviceItem(connection=ConnectionID(f"C{n}", PILOT), local_call_state=(S.QUEUED,)) for n in range(3)
    ]
    key = next(key for key, request in switch.open if isinstance(request, m.SnapshotDevice))
    switch.watch.answered(key, m.SnapshotDeviceResponse(service_cross_ref_id="X"), 100.0)
    switch.open = [one for one in switch.open if one[0] != key]
    switch.run()
    assert switch.surveys() == []
    for number, item in enumerate(whole, start=1):
        data = m.SnapshotDeviceData(
            service_cross_ref_id="X", segment_id=number, last_segment=number == 3, snapshot_data=(item,)
        )
        assert switch.watch.notice(data, 100.0)
        # Told twice, it counts once.
        assert switch.watch.notice(data, 100.0)
    switch.calls = {f"C{n}": {PILOT: S.QUEUED} for n in range(3)}
    switch.run()
    assert set(switch.watch.mirror.calls) == {"C0", "C1", "C2"}
    assert len(switch.surveys()) == 1
    assert not switch.watch.notice(m.RouteUsed(cross_ref_identifier="1", route_used=DeviceID("1")), 1.0)


@pytest.mark.parametrize("numbers", [(1, 3), (1,)])
def test_a_segment_that_is_missing_means_another_try(numbers: tuple[int, ...]) -> None:
    switch = up()
    switch.watch.event(delivered("C", AGENT, switch.watch.monitored[AGENT]), 100.0)
    switch.watch.check_call("C")
    switch.take()
    ((key, _),) = switch.open
    switch.open.clear()
    switch.watch.answered(key, m.SnapshotCallResponse(service_cross_ref_id="X"), 100.0)
    item = items_of("C", {AGENT: S.CONNECTED})
    for number in numbers:
        data = m.SnapshotCallData(
            service_cross_ref_id="X", segment_id=number, last_segment=number == 3, snapshot_data=item
        )
        switch.watch.notice(data, 100.0)
    switch.calls["C"] = {AGENT: S.CONNECTED}
    switch.later(30.0)
    assert any(isinstance(event, CallUnsure) for event in switch.told)
    assert switch.told[-1] == CallCorrected("C")
    assert states(switch, "C") == {AGENT: S.CONNECTED}


def test_a_snapshot_without_end_is_given_up() -> None:
    switch = up(settings=WatchSettings(max_snapshot_items=10, tries=1))
    switch.watch.check_call("C", AGENT)
    switch.take()
    ((key, _),) = switch.open
    switch.open.clear()
    switch.watch.answered(key, m.SnapshotCallResponse(service_cross_ref_id="X"), 100.0)
    item = items_of("C", {AGENT: S.CONNECTED})
    for _ in range(20):
        switch.watch.notice(m.SnapshotCallData(service_cross_ref_id="X", last_segment=False, snapshot_data=item), 100.0)
    switch.hear()
    assert switch.told[-1] == CallUnsure("C", "segmented snapshot: more than 10 items")


# --- routing


def test_routing_devices_are_registered_and_registered_again() -> None:
    switch = make(PILOT)
    switch.watch.want([PILOT], routes=[PILOT])
    switch.watch.link_up()
    switch.run()
    assert RouteRegistered(PILOT, "R1") in switch.told
    assert switch.watch.registered == {PILOT: "R1"}
    assert switch.watch.notice(m.RouteRegisterAbort(route_register_req_id="R1"), switch.now)
    assert switch.watch.registered == {}
    switch.kinds()
    switch.later(3.0)
    assert RouteLost(PILOT) in switch.told
    assert switch.kinds() == ["RouteRegister"]
    switch.watch.want([PILOT])
    switch.run()
    assert switch.asked == [m.RouteRegisterCancel(route_register_req_id="R1")]


def test_a_switch_without_routing() -> None:
    switch = make(PILOT)
    switch.refuse[m.RouteRegister] = ServiceRefused("operation", "privilegeViolationSpecifiedDevice")
    switch.watch.want([PILOT], routes=[PILOT])
    switch.watch.link_up()
    switch.run()
    assert len([event for event in switch.told if isinstance(event, RouteRefused)]) == 1
    assert len(switch.surveys()) == 1
    switch.later(200.0)
    assert len([event for event in switch.told if isinstance(event, RouteRefused)]) == 1


def test_settings_are_positive() -> None:
    with pytest.raises(SessionError, match="tries must be positive"):
        WatchSettings(tries=0)


def test_ten_thousand_devices_are_asked_in_time_that_grows_evenly() -> None:
    switch = up(*(str(number) for number in range(10_000)))
    assert len(switch.watch.monitored) == 10_000
    assert len(switch.surveys()) == 1
