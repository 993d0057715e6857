"""D-90 to D-124: agent states, errors, what goes wrong on the wire, reconnect, private data."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from csta import (
    AgentState,
    DeviceID,
    Encoding,
    EventCause,
    Fault,
    LinkLost,
    LinkUp,
    RequestedAgentState,
    RequestFailed,
    RequestReceived,
    RequestTimedOut,
    ServiceRefused,
)
from csta import messages as m
from csta.watch import Surveyed, Watch
from tests.conformance.dialects.bench import MONITOR, Bench
from tests.conformance.dialects.spec import requirement
from tests.conformance.dialects.test_calls import queued

AGENTS, ERRORS, RECONNECT, PRIVATE = "Agent states", "Errors", "Reconnect", "Private data"


@requirement("D-90", AGENTS, "SetAgentState")
@pytest.mark.parametrize("state", [one for one in RequestedAgentState if one != RequestedAgentState.WORKING_AFTER_CALL])
def test_set(bench: Bench, state: RequestedAgentState) -> None:
    """An agent is logged on and off, set ready and not ready, by device and agent identifier."""
    seen: list[m.Request] = []

    def answer(request: m.Request) -> m.Response:
        seen.append(request)
        return m.SetAgentStateResponse()

    bench.up().ask(m.SetAgentState(device=DeviceID("101"), requested_agent_state=state, agent_id="4711"), answer)
    (request,) = seen
    assert isinstance(request, m.SetAgentState)
    assert (request.device, request.requested_agent_state, request.agent_id) == (DeviceID("101"), state, "4711")


@requirement("D-91", AGENTS, "GetAgentState")
def test_get(bench: Bench) -> None:
    """The agents at a device are asked for; each comes with identifier, log-on and state."""
    entry = m.AgentStateEntry(
        agent_id="4711", logged_on_state=True, agent_info=(m.AgentInfo(agent_state=AgentState.READY),)
    )
    answer = bench.up().ask(
        m.GetAgentState(device=DeviceID("101")), lambda _: m.GetAgentStateResponse(agent_state_list=(entry,))
    )
    assert isinstance(answer, m.GetAgentStateResponse)
    assert answer.agent_state_list == (entry,)


@requirement("D-92", AGENTS)
@pytest.mark.parametrize(
    "kind", [m.AgentLoggedOn, m.AgentLoggedOff, m.AgentReady, m.AgentNotReady, m.AgentBusy, m.AgentWorkingAfterCall]
)
def test_events(bench: Bench, kind: type[m.AgentEvent]) -> None:
    """Every change of an agent's state at the phone is told with device and agent identifier."""
    told = kind(monitor_cross_ref_id=MONITOR, agent_device=DeviceID("101"), agent_id="4711")
    assert [bench.bare(one) for one in bench.up().report(told)] == [told]


@requirement("D-100", ERRORS)
@pytest.mark.parametrize(
    ("category", "value"),
    [
        ("operation", "invalidDeviceID"),
        ("operation", "serviceNotSupported"),
        ("stateIncompatibility", "invalidConnectionState"),
        ("systemResourceAvailability", "deviceOutOfService"),
        ("subscribedResourceAvailability", "objectMonitorLimitExceeded"),
        ("unspecified", ""),
    ],
)
def test_refusals(bench: Bench, category: str, value: str) -> None:
    """A refusal comes in with its category and value, whatever the encoding, and the link goes on."""
    bench.up()
    with pytest.raises(ServiceRefused) as caught:
        bench.ask(
            m.HoldCall(call_to_be_held=bench.at("101")), lambda _: m.ErrorResponse(category=category, value=value)
        )
    assert (caught.value.category, caught.value.value) == (category, value)
    assert not bench.application.close_wanted()


@requirement("D-101", ERRORS)
def test_no_answer(bench: Bench) -> None:
    """A request that is not answered in time fails as timed out; an answer that comes late meets no other request."""
    bench.up()
    bench.application.send_request(m.HoldCall(call_to_be_held=bench.at("101")), bench.now)
    bench.move()
    (asked,) = [one for one in bench.heard if isinstance(one, RequestReceived)]
    bench.wait(11)
    (failed,) = bench.take(RequestFailed)
    assert isinstance(failed.error, RequestTimedOut)
    bench.switch.send_response(asked.invoke_id, m.HoldCallResponse(), bench.now)
    bench.move()
    assert bench.take(RequestFailed) == []
    assert any("late" in text or "time-out" in text for text in bench.faults())


@requirement("D-102", ERRORS)
def test_garbage(bench: Bench) -> None:
    """Bytes that are no frame, or a frame that is no message, are reported in words and never raise."""
    bench.up()
    bench.application.receive_data(b"\x00\x00\x00\x0c0001<<<<" + b"\xff" * 64, bench.now)
    bench.move()
    assert [one for one in bench.told if isinstance(one, Fault)]


@requirement("D-103", ERRORS)
def test_unknown_services_are_refused(bench: Bench) -> None:
    """A request that the other side does not take is answered with serviceNotSupported, and the link goes on."""
    bench.up()
    with pytest.raises(ServiceRefused) as caught:
        bench.ask(
            m.HoldCall(call_to_be_held=bench.at("101")),
            lambda _: m.ErrorResponse(category="operation", value="serviceNotSupported"),
        )
    assert caught.value.value == "serviceNotSupported"
    bench.ask(m.MonitorStop(monitor_cross_ref_id=MONITOR), lambda _: m.MonitorStopResponse())


@requirement("D-110", RECONNECT)
def test_a_cut_fails_what_was_asked(bench: Bench) -> None:
    """A link that is cut fails every request that waits for an answer, and tells the end once."""
    bench.up()
    for device in ("101", "102", "103"):
        bench.application.send_request(m.HoldCall(call_to_be_held=bench.at(device)), bench.now)
    bench.move()
    bench.application.connection_lost(bench.now, "reset by peer")
    bench.move()
    failed = bench.take(RequestFailed)
    assert len(failed) == 3
    assert all(isinstance(one.error, LinkLost) for one in failed)
    assert "reset by peer" in bench.down().reason


@requirement("D-111", RECONNECT, "MonitorStart", "SnapshotDevice", "SnapshotCall")
def test_everything_is_asked_anew(bench: Bench) -> None:
    """After a reconnect the log-in is made again, monitors are started anew, and every device and call is surveyed."""
    watch = Watch(bench.mirror, services=bench.dialect.capabilities.services)
    watch.want(["7000", "7101"])
    bench.up()
    first = _survey(bench, watch)
    bench.application.connection_lost(bench.now, "reset by peer")
    watch.link_down()
    assert bench.mirror.calls == {} or not watch.up
    bench.renew()
    bench.open()
    assert len(bench.take(LinkUp)) == 1
    bench.heard.clear()
    assert _survey(bench, watch) == first
    assert watch.monitored == {"7000": MONITOR, "7101": "00A2"}
    assert set(bench.mirror.calls) == {bench.subject.call}


def _survey(bench: Bench, watch: Watch) -> list[str]:
    """Let the watch ask what it wants to; returns what it asked, in its order."""
    answers: dict[type[m.Request], Callable[[m.Request], m.Response]] = {
        m.MonitorStart: lambda request: m.MonitorStartResponse(
            monitor_cross_ref_id=MONITOR if "7000" in str(request) else "00A2"
        ),
        m.SnapshotDevice: lambda request: m.SnapshotDeviceResponse(
            snapshot_data=(m.SnapshotDeviceItem(connection=bench.at("7000")),) if "7000" in str(request) else ()
        ),
        m.SnapshotCall: lambda _: m.SnapshotCallResponse(
            snapshot_data=(m.SnapshotCallItem(device_on_call=DeviceID("7000"), call_identifier=bench.at("7000")),)
        ),
        m.GetAgentState: lambda _: m.GetAgentStateResponse(),
    }
    watch.link_up()
    asked = []
    while (ask := watch.next_request()) is not None:
        asked.append(type(ask.request).__name__)
        watch.answered(ask.key, bench.ask(ask.request, answers[type(ask.request)]), bench.now)
    told = []
    while (event := watch.next_event()) is not None:
        told.append(type(event))
    assert Surveyed in told
    return asked


@requirement("D-120", PRIVATE)
def test_private_data_is_kept(bench: Bench) -> None:
    """A vendor's private data comes in as it was sent, with the message that it belongs to."""
    data = (
        m.ForeignElement("{http://www.siemens.com/schema/csta}extendedServicesPermitted", text="x")
        if bench.dialect.profile(bench.subject.profile).encoding is Encoding.XML
        else m.ForeignTag(b"\x30", b"\x04\x02\x01\x02")
    )
    event = replace(queued(bench), extensions=m.Extensions(private_data=(data,)))
    (received,) = bench.up().report(event)
    assert received.extensions is not None
    assert received.extensions.private_data == (data,)
    assert isinstance(received, m.Queued)
    assert received.cause is EventCause.ENTERING_DISTRIBUTION
