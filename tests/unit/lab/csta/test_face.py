"""The face: services answered, events reported, what one application does wrong is its own affair."""

import pytest

from csta import messages as m
from csta.identifiers import ConnectionID, DeviceID
from csta.messages.enumerations import CallControlEvent, LogicalDeviceEvent
from csta.messages.structures import MonitorFilter
from csta.states import ConnectionState, MonitorType, RequestedAgentState, SystemStatusValue
from lab.csta.model import Rules
from lab.faults import Rate
from tests.unit.lab.csta.offices import WAYS, PaperLink, PaperOffice

each_way = pytest.mark.parametrize(("dialect", "profile"), WAYS)


def refusal(answer: object) -> tuple[str, str]:
    assert isinstance(answer, m.ErrorResponse), answer
    return answer.category, answer.value


def queued_call(link: PaperLink) -> str:
    return next(one.queued_connection.call_id for one in reversed(link.events) if isinstance(one, m.Queued))


def deflect(call_id: str, device: str, to: str) -> m.DeflectCall:
    return m.DeflectCall(call_to_be_diverted=ConnectionID(call_id, device), new_destination=DeviceID(to))


@each_way
def test_a_call_is_told_in_every_dialect_and_moved_by_the_names_that_it_was_told_in(dialect: str, profile: str) -> None:
    office = PaperOffice()
    link = office.application(dialect, profile)
    link.monitor("7000", "7001", "7101")

    office.dial("7201", "7000")
    call = queued_call(link)
    assert link.kinds() == ["Queued"]
    assert isinstance(link.ask(deflect(call, "7000", "7001")), m.DeflectCallResponse)
    office.rings("7001")
    office.answer("7001")
    assert link.kinds() == ["Diverted", "Delivered", "Established"]

    snapshot = link.ask(m.SnapshotDevice(snapshot_object=DeviceID("7001")))
    assert [item.connection for item in snapshot.snapshot_data] == [ConnectionID(call, "7001")]
    moved = link.ask(
        m.SingleStepTransferCall(active_call=ConnectionID(call, "7001"), transferred_to=DeviceID("7101"))
    ).transferred_call
    assert moved.call_id != call
    office.rings("7101")
    delivered = next(one for one in link.events if isinstance(one, m.Delivered))
    assert delivered.connection == ConnectionID(moved.call_id, "7101")
    assert (delivered.calling_device, delivered.called_device) == (DeviceID("7201"), DeviceID("7000"))


def test_each_dialect_decorates_its_events_in_its_own_way() -> None:
    seen = {}
    for dialect, profile in WAYS:
        office = PaperOffice()
        link = office.application(dialect, profile)
        link.monitor("7000")
        office.dial("7201", "7000")
        (event,) = link.raw
        assert isinstance(event, m.Queued)
        extensions = event.extensions
        seen[dialect, profile] = (
            len(event.queued_connection.call_id) // 2,
            str(event.calling_device),
            extensions is not None and extensions.security is not None and extensions.security.timestamp is not None,
            extensions is not None and bool(extensions.private_data),
            event.services_permitted is not None and event.media_call_characteristics is not None,
        )
    assert seen == {
        ("openscape_voice", "xml"): (16, "N<7201>;displayNumber=7201;noa=nk", False, True, True),
        ("openscape_4000", "ber"): (4, "7201", False, False, False),
        ("openscape_4000", "xml"): (16, "7201", False, False, False),
        ("openscape_business", "ber"): (2, "7201", True, False, False),
        ("openscape_business", "xml"): (2, "7201", False, False, False),
    }


def test_services_permitted_follow_the_state_of_the_connection_and_the_dialect() -> None:
    office = PaperOffice()
    link = office.application()
    link.monitor("7001")
    office.dial("7201", "7001")
    office.rings("7001")
    office.answer("7001")
    ringing, talking = (one.services_permitted for one in link.events if isinstance(one, m.Delivered | m.Established))
    assert ringing is not None
    assert talking is not None
    assert {str(one) for one in ringing.call_control_services} == {"answerCall", "clearConnection", "deflectCall"}
    assert {str(one) for one in talking.call_control_services} == {
        "clearConnection",
        "consultationCall",
        "holdCall",
        "singleStepTransfer",
    }
    assert {str(one) for one in talking.call_associated_services} == {"generateDigits"}


@each_way
def test_a_filter_keeps_events_back_and_the_one_applied_is_told(dialect: str, profile: str) -> None:
    office = PaperOffice()
    link = office.application(dialect, profile)
    asked = MonitorFilter(call_control=frozenset({CallControlEvent.DELIVERED, CallControlEvent.ESTABLISHED}))
    started = link.ask(m.MonitorStart(monitor_object=DeviceID("7001"), requested_monitor_filter=asked))
    assert started.actual_monitor_filter == asked
    office.dial("7201", "7001")
    office.rings("7001")
    office.answer("7001")
    assert link.kinds() == []

    changed = MonitorFilter(call_control=frozenset({CallControlEvent.HELD}))
    answer = link.ask(
        m.ChangeMonitorFilter(monitor_cross_ref_id=started.monitor_cross_ref_id, requested_filter_list=changed)
    )
    assert answer.actual_filter_list == changed
    office.hang_up("7201")
    assert link.kinds() == ["ConnectionCleared", "ConnectionCleared"]
    gone = m.ChangeMonitorFilter(monitor_cross_ref_id="77", requested_filter_list=changed)
    assert refusal(link.ask(gone)) == ("operation", "invalidMonitorCrossRefID")


def test_bits_that_hipath_does_not_know_are_not_applied() -> None:
    office = PaperOffice()
    words = {str(word): word for word in LogicalDeviceEvent}
    asked = MonitorFilter(
        call_control=frozenset({CallControlEvent.HELD}),
        logical_device_feature=frozenset({words["agentBusy"], words["presenceState"]}),
    )
    request = m.MonitorStart(monitor_object=DeviceID("7101"), requested_monitor_filter=asked)
    told = {
        dialect: office.application(dialect, "xml").ask(request).actual_monitor_filter.logical_device_feature
        for dialect in ("openscape_4000", "openscape_business")
    }
    assert told["openscape_4000"] == {words["agentBusy"], words["presenceState"]}
    assert told["openscape_business"] == {words["agentBusy"]}


@each_way
def test_a_call_monitor_hears_of_each_thing_once_wherever_the_call_goes(dialect: str, profile: str) -> None:
    office = PaperOffice()
    watch = office.application(dialect, profile)
    link = office.same_way(watch)
    watch.monitor("7000")
    office.dial("7201", "7000")
    call = queued_call(watch)
    started = link.ask(m.MonitorStart(monitor_object=ConnectionID(call, "7000"), monitor_type=MonitorType.CALL))
    assert isinstance(started, m.MonitorStartResponse)

    link.ask(deflect(call, "7000", "7001"))
    office.rings("7001")
    office.answer("7001")
    assert link.kinds() == ["Diverted", "Delivered", "Established"]
    link.ask(m.SingleStepTransferCall(active_call=ConnectionID(call, "7001"), transferred_to=DeviceID("7101")))
    office.rings("7101")
    office.answer("7101")
    office.hang_up("7201")
    assert link.kinds() == [
        "Transferred",
        "Delivered",
        "Established",
        "ConnectionCleared",
        "ConnectionCleared",
        "CallCleared",
    ]
    stop = m.MonitorStop(monitor_cross_ref_id=started.monitor_cross_ref_id)
    assert refusal(link.ask(stop)) == ("operation", "invalidMonitorCrossRefID")


def test_a_device_s_call_type_monitor_follows_the_calls_that_touch_it_and_stays() -> None:
    office = PaperOffice()
    link = office.application()
    link.monitor("7000", monitor_type=MonitorType.CALL)
    for caller in ("7201", "7202"):
        office.dial(caller, "7000")
        link.ask(deflect(queued_call(link), "7000", "7001"))
        office.rings("7001")
        office.hang_up(caller)
        assert link.kinds() == [
            "Queued",
            "Diverted",
            "Delivered",
            "ConnectionCleared",
            "ConnectionCleared",
            "CallCleared",
        ]


def test_repeated_digits_are_two_things_to_a_call_monitor() -> None:
    office = PaperOffice()
    link = office.application()
    link.monitor("7001", monitor_type=MonitorType.CALL)
    office.dial("7201", "7001")
    office.rings("7001")
    office.answer("7001")
    call = link.events[-1].established_connection.call_id  # type: ignore[attr-defined]
    link.kinds()
    for _ in range(2):
        link.ask(m.GenerateDigits(connection_to_send_digits=ConnectionID(call, "7001"), characters_to_send="5"))
    assert link.kinds() == ["DigitsGenerated", "DigitsGenerated"]


def test_an_event_that_one_link_cannot_carry_reaches_the_others_and_the_log() -> None:
    office = PaperOffice()
    whole = office.application()
    broken = office.same_way(whole, fails=True)
    broken.monitor("7101")
    whole.monitor("7101", "7101")
    whole.ask(m.SetAgentState(device=DeviceID("7101"), requested_agent_state=RequestedAgentState.LOGGED_ON))
    assert whole.kinds() == ["AgentLoggedOn", "AgentLoggedOn"]
    assert {one["kind"] for one in office.logged("event not sent")} == {"AgentLoggedOn"}


def test_the_switch_knows_what_is_attended_until_the_link_is_gone() -> None:
    office = PaperOffice()
    link = office.application()
    link.monitor("7000")
    assert office.attended[-1] == {"7000"}
    link.close()
    assert office.attended[-1] == frozenset()
    assert office.face.applications == ()


@pytest.mark.parametrize(
    ("request_", "value"),
    [
        (m.MonitorStart(monitor_object=DeviceID("9999")), "invalidDeviceID"),
        (m.MonitorStart(monitor_object=ConnectionID("FF", "7000")), "invalidConnectionID"),
        (m.MonitorStop(monitor_cross_ref_id="77"), "invalidMonitorCrossRefID"),
        (m.RouteRegister(routeing_device=DeviceID("7600")), "serviceNotSupported"),
        (m.EscapeRegister(), "serviceNotSupported"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(request_: m.Request, value: str) -> None:
    assert refusal(PaperOffice().application("openscape_4000", "xml").ask(request_)) == ("operation", value)


def test_without_extra_services_the_switch_does_what_the_dialect_names() -> None:
    link = PaperOffice(rules=Rules(extra_services=False)).application()
    associate = m.AssociateData(existing_call=ConnectionID("FF", "7001"), account_code=b"1")
    assert refusal(link.ask(associate)) == ("operation", "serviceNotSupported")
    assert refusal(link.ask(m.HoldCall(call_to_be_held=ConnectionID("FF", "7001")))) == (
        "operation",
        "invalidConnectionID",
    )
    assert len(link.monitor("7101")) == 1


@pytest.mark.parametrize(("dialect", "allowed"), [("openscape_voice", False), ("openscape_4000", True)])
def test_a_hunt_group_s_call_is_deflected_once_on_openscape_voice(dialect: str, allowed: bool) -> None:
    office = PaperOffice()
    link = office.application(dialect)
    link.monitor("7000")
    office.dial("7201", "7000")
    call = queued_call(link)
    link.ask(deflect(call, "7000", "7101"))
    office.rings("7101")
    answer = link.ask(deflect(call, "7101", "7102"))
    if allowed:
        assert isinstance(answer, m.DeflectCallResponse)
    else:
        assert refusal(answer) == ("operation", "privilegeViolationOnDivertingDevice")
        office.refuse("7101")  # back in the queue it may be deflected anew
        assert isinstance(link.ask(deflect(call, "7000", "7102")), m.DeflectCallResponse)


def test_no_more_devices_are_monitored_than_the_dialect_bears() -> None:
    office = PaperOffice()
    link = office.application("openscape_voice", monitored_devices=2)
    link.monitor("7101", "7102", "7101")
    refused = link.ask(m.MonitorStart(monitor_object=DeviceID("7201")))
    assert refusal(refused) == ("systemResourceAvailability", "overallMonitorLimitExceeded")
    assert len(office.same_way(link).monitor("7101")) == 1


@each_way
def test_a_long_snapshot_comes_in_segments(dialect: str, profile: str) -> None:
    office = PaperOffice(rules=Rules(segment=2))
    link = office.application(dialect, profile)
    for caller in ("7201", "7202", "7102"):
        office.dial(caller, "7000")
    answer = link.ask(m.SnapshotDevice(snapshot_object=DeviceID("7000")))
    assert (answer.snapshot_data, bool(answer.service_cross_ref_id)) == ((), True)
    parts = [(one.segment_id, one.last_segment, len(one.snapshot_data)) for one in link.notices]  # type: ignore[attr-defined]
    assert parts == [(1, False, 2), (2, True, 1)]
    assert {one.service_cross_ref_id for one in link.notices} == {answer.service_cross_ref_id}  # type: ignore[attr-defined]
    states = [item.local_call_state[0] for one in link.notices for item in one.snapshot_data]  # type: ignore[attr-defined]
    assert states == [ConnectionState.QUEUED] * 3


def test_under_overload_and_while_initializing_everything_is_refused() -> None:
    office = PaperOffice()
    link = office.application()
    office.face.tell_status(SystemStatusValue.OVERLOAD_REACHED)
    assert [one.system_status for one in link.asked] == [SystemStatusValue.OVERLOAD_REACHED]  # type: ignore[attr-defined]
    answer = link.ask(m.MonitorStart(monitor_object=DeviceID("7101")))
    assert refusal(answer) == ("systemResourceAvailability", "resourceBusy")
    office.face.tell_status(SystemStatusValue.NORMAL)
    assert len(link.monitor("7101")) == 1


def test_monitors_that_the_switch_ends_are_told_and_report_nothing_more() -> None:
    office = PaperOffice()
    link = office.application("openscape_business")
    (first, _) = link.monitor("7101", "7102")
    assert office.face.drop_monitors("7101") == 1
    assert [one.monitor_cross_ref_id for one in link.asked] == [first]  # type: ignore[attr-defined]
    link.ask(m.SetAgentState(device=DeviceID("7101"), requested_agent_state=RequestedAgentState.LOGGED_ON))
    assert link.kinds() == []
    assert office.face.drop_monitors() == 1


def test_wrong_answers_do_not_undo_the_deed_and_no_answer_is_none() -> None:
    office = PaperOffice(rates={Rate.WRONG_ANSWER: 1.0})
    link = office.application()
    wrong = link.ask(m.SetAgentState(device=DeviceID("7101"), requested_agent_state=RequestedAgentState.LOGGED_ON))
    assert isinstance(wrong, m.ErrorResponse)
    office.faults.clear()
    state = link.ask(m.GetAgentState(device=DeviceID("7101")))
    assert state.agent_state_list[0].logged_on_state
    office.faults.set_rate(Rate.NO_ANSWER, 1.0)
    assert link.ask(m.GetAgentState(device=DeviceID("7101"))) is None


def test_an_answer_that_cannot_be_written_is_a_refusal_and_a_line_of_the_log() -> None:
    office = PaperOffice()
    link = office.application()
    link.monitor("7000")
    office.dial("7201", "7000")
    call = queued_call(link)
    link.refuses_to_carry = m.SnapshotDeviceResponse
    answer = link.ask(m.SnapshotDevice(snapshot_object=DeviceID("7000")))
    assert refusal(answer) == ("operation", "generic")
    assert office.logged("answer not sent")[0]["kind"] == "SnapshotDeviceResponse"
    assert isinstance(link.ask(deflect(call, "7000", "7001")), m.DeflectCallResponse)
