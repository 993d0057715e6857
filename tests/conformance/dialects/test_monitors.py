"""D-20 to D-44: monitors, snapshots, device numbers, identifiers."""

import pytest

from csta import ConnectionID, ConnectionState, DeviceID, EventCause, RequestReceived, ResponseReceived, ServiceRefused
from csta import messages as m
from tests.conformance.dialects.bench import MONITOR, Bench
from tests.conformance.dialects.spec import requirement

MONITORS, SNAPSHOTS, NUMBERS = "Monitors", "Snapshots", "Device numbers and identifiers"
S = ConnectionState


@requirement("D-20", MONITORS, "MonitorStart")
def test_start(bench: Bench) -> None:
    """A device monitor is started by the device's number; its cross-reference comes back and marks its events."""
    asked: list[m.Request] = []

    def start(request: m.Request) -> m.Response:
        asked.append(request)
        return m.MonitorStartResponse(monitor_cross_ref_id=MONITOR)

    answer = bench.up().ask(m.MonitorStart(monitor_object=DeviceID("101")), start)
    assert isinstance(answer, m.MonitorStartResponse)
    assert answer.monitor_cross_ref_id == MONITOR
    (request,) = asked
    assert isinstance(request, m.MonitorStart)
    assert request.monitor_object == DeviceID("101")
    (event,) = bench.report(m.BackInService(monitor_cross_ref_id=MONITOR, device=DeviceID("101")))
    assert event.monitor_cross_ref_id == MONITOR


@requirement("D-21", MONITORS, "MonitorStop")
def test_stop(bench: Bench) -> None:
    """A monitor is stopped by its cross-reference."""
    bench.up().monitor("101")
    answer = bench.ask(m.MonitorStop(monitor_cross_ref_id=MONITOR), lambda _: m.MonitorStopResponse())
    assert isinstance(answer, m.MonitorStopResponse)


@requirement("D-22", MONITORS, "MonitorStart")
def test_stopped_by_the_switch(bench: Bench) -> None:
    """The switch may end a monitor by itself; the application is told which, and acknowledges it."""
    bench.up().monitor("101")
    answer = bench.command(m.MonitorStop(monitor_cross_ref_id=MONITOR))
    assert isinstance(answer, m.MonitorStopResponse)


@requirement("D-23", MONITORS, "MonitorStart")
def test_refused(bench: Bench) -> None:
    """A monitor that the switch refuses fails with the category and value of its error."""
    bench.up()
    with pytest.raises(ServiceRefused) as caught:
        bench.ask(
            m.MonitorStart(monitor_object=DeviceID("999")),
            lambda _: m.ErrorResponse(category="operation", value="invalidDeviceID"),
        )
    assert (caught.value.category, caught.value.value) == ("operation", "invalidDeviceID")


@requirement("D-24", MONITORS, "MonitorStart")
def test_many(bench: Bench) -> None:
    """Hundreds of monitors can be asked for at once; each answer finds its request."""
    bench.up()
    invoke_ids = [
        bench.application.send_request(m.MonitorStart(monitor_object=DeviceID(str(2000 + number))), bench.now)
        for number in range(300)
    ]
    answered: dict[int, str] = {}
    while len(answered) < len(invoke_ids):
        bench.move()
        asked = [one for one in bench.heard if isinstance(one, RequestReceived)]
        assert asked, "the window must move on with each answer"
        bench.heard.clear()
        for one in asked:
            response = m.MonitorStartResponse(monitor_cross_ref_id=_reference(one.request))
            bench.switch.send_response(one.invoke_id, response, bench.now)
        bench.move()
        for came in bench.take(ResponseReceived):
            assert isinstance(came.response, m.MonitorStartResponse)
            assert came.response.monitor_cross_ref_id == _reference(came.request)
            answered[came.invoke_id] = came.response.monitor_cross_ref_id
    assert sorted(answered) == sorted(invoke_ids)


@requirement("D-30", SNAPSHOTS, "SnapshotDevice")
def test_snapshot_of_a_device(bench: Bench) -> None:
    """A device's snapshot shows its calls and the state of its connection in each; the mirror takes that over."""
    bench.up()
    answer = bench.ask(
        m.SnapshotDevice(snapshot_object=DeviceID("101")),
        lambda _: m.SnapshotDeviceResponse(
            snapshot_data=(
                m.SnapshotDeviceItem(connection=bench.at("101"), local_call_state=(S.ALERTING, S.CONNECTED)),
            )
        ),
    )
    assert isinstance(answer, m.SnapshotDeviceResponse)
    bench.mirror.fold_snapshot_device("101", answer, bench.now)
    assert bench.mirror.calls[bench.subject.call].connections["101"].state is S.ALERTING


@requirement("D-31", SNAPSHOTS, "SnapshotCall")
def test_snapshot_of_a_call(bench: Bench) -> None:
    """A call's snapshot shows every device in it with its state, and who called whom."""
    bench.up()
    answer = bench.ask(
        m.SnapshotCall(snapshot_object=bench.at("101")),
        lambda _: m.SnapshotCallResponse(
            snapshot_data=tuple(
                m.SnapshotCallItem(
                    device_on_call=DeviceID(device),
                    call_identifier=bench.at(device),
                    local_connection_info=S.CONNECTED,
                )
                for device in ("101", "102")
            ),
            calling_device=DeviceID("101"),
            called_device=DeviceID("102"),
        ),
    )
    assert isinstance(answer, m.SnapshotCallResponse)
    bench.mirror.fold_snapshot_call(answer, bench.now)
    assert set(bench.mirror.calls[bench.subject.call].connections) == {"101", "102"}
    assert bench.mirror.calls[bench.subject.call].calling == DeviceID("101")


@requirement("D-40", NUMBERS)
def test_spellings(bench: Bench) -> None:
    """Every spelling of a device number that the PBX sends comes in as one form, in parties and connections alike."""
    bench.up().monitor("7000")
    for wire, normal in bench.subject.numbers.items():
        event = m.Delivered(
            monitor_cross_ref_id=MONITOR,
            connection=bench.at(wire),
            alerting_device=DeviceID(wire),
            calling_device=DeviceID(wire),
            called_device=DeviceID("7000"),
            cause=EventCause.NEW_CALL,
        )
        (received,) = bench.report(event)
        assert isinstance(received, m.Delivered)
        assert received.connection == ConnectionID(bench.subject.call, normal)
        assert received.alerting_device == DeviceID(normal)
        assert received.calling_device == DeviceID(normal)


@requirement("D-41", NUMBERS)
def test_one_form(bench: Bench) -> None:
    """Normalising is settled: the one form stays as it is, and text that is no number does no harm."""
    for normal in bench.subject.numbers.values():
        assert bench.dialect.normalise_device(normal) == normal
    for text in ("", "N<", "<>", "é", "x" * 1000, ";;;", "tel:"):
        once = bench.dialect.normalise_device(text)
        assert bench.dialect.normalise_device(once) == once


@requirement("D-42", NUMBERS, "DeflectCall")
def test_identifiers_go_back_as_they_came(bench: Bench) -> None:
    """A call identifier of an event goes back in a request exactly as it came."""
    bench.up().monitor("7000")
    seen: list[ConnectionID] = []

    def deflect(request: m.Request) -> m.Response:
        assert isinstance(request, m.DeflectCall)
        seen.append(request.call_to_be_diverted)
        return m.DeflectCallResponse()

    (event,) = bench.report(_queued(bench))
    assert isinstance(event, m.Queued)
    request = m.DeflectCall(call_to_be_diverted=event.queued_connection, new_destination=DeviceID("7101"))
    bench.ask(request, deflect)
    assert seen == [bench.at("7000")]


def _queued(bench: Bench) -> m.Queued:
    return m.Queued(
        monitor_cross_ref_id=MONITOR,
        queued_connection=bench.at("7000"),
        queue=DeviceID("7000"),
        calling_device=DeviceID("7201"),
        called_device=DeviceID("7000"),
        cause=EventCause.ENTERING_DISTRIBUTION,
    )


def _reference(request: m.Request) -> str:
    assert isinstance(request, m.MonitorStart)
    return f"0000{request.monitor_object}"
