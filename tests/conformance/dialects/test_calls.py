"""D-50 to D-66: calls as a contact centre sees them: basic call, failures, deflect chain, recall."""

import pytest

from csta import ConnectionState, DeviceID, EventCause, ServiceRefused
from csta import messages as m
from tests.conformance.dialects.bench import MONITOR, Bench
from tests.conformance.dialects.spec import SECOND_DEFLECT, requirement

CALLS, DEFLECT = "Calls", "Deflect from a queue"
S = ConnectionState
C = EventCause
CALLER = DeviceID("7201")
PILOT = DeviceID("7000")


def queued(bench: Bench, cause: EventCause = C.ENTERING_DISTRIBUTION, last: str | None = None) -> m.Queued:
    """The call waits at the pilot."""
    more = {} if last is None else {"last_redirection_device": DeviceID(last)}
    return m.Queued(
        monitor_cross_ref_id=MONITOR,
        queued_connection=bench.at("7000"),
        queue=PILOT,
        calling_device=CALLER,
        called_device=PILOT,
        cause=cause,
        **more,
    )


def diverted(bench: Bench, device: str, to: str, cause: EventCause = C.REDIRECTED) -> m.Diverted:
    """The call leaves a device for another."""
    return m.Diverted(
        monitor_cross_ref_id=MONITOR,
        connection=bench.at(device),
        diverting_device=DeviceID(device),
        new_destination=DeviceID(to),
        cause=cause,
    )


def delivered(
    bench: Bench, device: str, cause: EventCause = C.NEW_CALL, last: str | None = None, call: str | None = None
) -> m.Delivered:
    """The call rings at a device."""
    more = {} if last is None else {"last_redirection_device": DeviceID(last)}
    return m.Delivered(
        monitor_cross_ref_id=MONITOR,
        connection=bench.at(device, call),
        alerting_device=DeviceID(device),
        calling_device=CALLER,
        called_device=PILOT,
        cause=cause,
        **more,
    )


def established(bench: Bench, device: str, call: str | None = None) -> m.Established:
    """A device answers."""
    return m.Established(
        monitor_cross_ref_id=MONITOR,
        established_connection=bench.at(device, call),
        answering_device=DeviceID(device),
        calling_device=CALLER,
        called_device=PILOT,
        cause=C.NORMAL,
    )


def cleared(bench: Bench, device: str, by: str, cause: EventCause = C.NORMAL_CLEARING) -> m.ConnectionCleared:
    """A device is out of the call."""
    return m.ConnectionCleared(
        monitor_cross_ref_id=MONITOR,
        dropped_connection=bench.at(device),
        releasing_device=DeviceID(by),
        cause=cause,
    )


def states(bench: Bench) -> dict[str, ConnectionState]:
    """Where the call is, as the mirror has it."""
    call = bench.mirror.calls.get(bench.subject.call)
    return {} if call is None else {device: one.state for device, one in call.connections.items()}


@requirement("D-50", CALLS)
def test_basic_call(bench: Bench) -> None:
    """A call from dialling to its end comes in as it was told, in order, and the mirror follows it without doubt."""
    bench.up().monitor("7201", "101")
    told = [
        m.ServiceInitiated(
            monitor_cross_ref_id=MONITOR,
            initiated_connection=bench.at("7201"),
            initiating_device=CALLER,
            cause=C.MAKE_CALL,
        ),
        m.Originated(
            monitor_cross_ref_id=MONITOR,
            originated_connection=bench.at("7201"),
            calling_device=CALLER,
            called_device=DeviceID("101"),
            cause=C.NEW_CALL,
        ),
        delivered(bench, "101"),
        established(bench, "101"),
        cleared(bench, "101", "101"),
        cleared(bench, "7201", "101"),
    ]
    received = bench.report(*told)
    assert [bench.bare(one) for one in received] == told
    assert bench.discrepancies == []
    assert states(bench) == {}


@requirement("D-51", CALLS)
@pytest.mark.parametrize("cause", [C.BUSY, C.CALL_NOT_ANSWERED, C.DEST_OUT_OF_ORDER, C.BLOCKED])
def test_failures_keep_their_reason(bench: Bench, cause: EventCause) -> None:
    """A call that a device does not take fails with a reason that tells busy, no answer, out of order and refused."""
    bench.up().monitor("101")
    (event,) = bench.report(
        m.Failed(
            monitor_cross_ref_id=MONITOR,
            failed_connection=bench.at("101"),
            failing_device=DeviceID("101"),
            called_device=DeviceID("101"),
            cause=cause,
        )
    )
    assert isinstance(event, m.Failed)
    assert event.cause is cause
    assert states(bench) == {"101": S.FAIL}


@requirement("D-52", CALLS)
def test_order_is_kept(bench: Bench) -> None:
    """Events come in the order in which they were sent, also when a hundred of them stand in one segment."""
    bench.up().monitor("101")
    told = [m.BackInService(monitor_cross_ref_id=MONITOR, device=DeviceID(str(number))) for number in range(100)]
    received = bench.report(*told)
    assert [bench.bare(one) for one in received] == told


@requirement("D-53", CALLS)
def test_events_cut_anywhere(bench: Bench) -> None:
    """An event that comes byte by byte is the same event."""
    bench.up().monitor("7000")
    bench.size = 1
    assert [bench.bare(one) for one in bench.report(queued(bench))] == [queued(bench)]
    assert bench.faults() == []


@requirement("D-54", CALLS, "HoldCall", "RetrieveCall")
def test_hold_and_retrieve(bench: Bench) -> None:
    """A connection is held and retrieved; the mirror knows it as held meanwhile."""
    bench.up().monitor("101")
    bench.report(delivered(bench, "101"), established(bench, "101"))
    bench.ask(m.HoldCall(call_to_be_held=bench.at("101")), lambda _: m.HoldCallResponse())
    bench.report(
        m.Held(
            monitor_cross_ref_id=MONITOR,
            held_connection=bench.at("101"),
            holding_device=DeviceID("101"),
            cause=C.NORMAL,
        )
    )
    assert states(bench)["101"] is S.HOLD
    bench.ask(m.RetrieveCall(call_to_be_retrieved=bench.at("101")), lambda _: m.RetrieveCallResponse())
    bench.report(
        m.Retrieved(
            monitor_cross_ref_id=MONITOR,
            retrieved_connection=bench.at("101"),
            retrieving_device=DeviceID("101"),
            cause=C.NORMAL,
        )
    )
    assert states(bench)["101"] is S.CONNECTED
    assert bench.discrepancies == []


@requirement("D-55", CALLS, "MakeCall", "AnswerCall", "ClearConnection")
def test_calls_made_and_cleared_by_the_application(bench: Bench) -> None:
    """The application makes a call, has it answered, and clears a connection; each answer names what was made."""
    bench.up()
    made = bench.ask(
        m.MakeCall(calling_device=DeviceID("101"), called_directory_number=DeviceID("102")),
        lambda _: m.MakeCallResponse(calling_device=bench.at("101")),
    )
    assert isinstance(made, m.MakeCallResponse)
    assert made.calling_device == bench.at("101")
    bench.ask(m.AnswerCall(call_to_be_answered=bench.at("102")), lambda _: m.AnswerCallResponse())
    bench.ask(m.ClearConnection(connection_to_be_cleared=bench.at("101")), lambda _: m.ClearConnectionResponse())


@requirement("D-60", DEFLECT, "DeflectCall")
def test_deflect_from_the_queue(bench: Bench) -> None:
    """A call that waits at a pilot is deflected to a device: it leaves the queue, rings there, and keeps its name."""
    bench.up().monitor("7000", "7001")
    bench.report(queued(bench))
    assert states(bench) == {"7000": S.QUEUED}
    asked: list[m.Request] = []

    def deflect(request: m.Request) -> m.Response:
        asked.append(request)
        return m.DeflectCallResponse()

    bench.ask(m.DeflectCall(call_to_be_diverted=bench.at("7000"), new_destination=DeviceID("7001")), deflect)
    (request,) = asked
    assert isinstance(request, m.DeflectCall)
    assert (request.call_to_be_diverted, request.new_destination) == (bench.at("7000"), DeviceID("7001"))
    bench.report(
        diverted(bench, "7000", "7001"),
        delivered(bench, "7001", C.REDIRECTED, "7000"),
        established(bench, "7001"),
    )
    assert states(bench) == {"7001": S.CONNECTED}
    assert bench.discrepancies == []


@requirement("D-61", DEFLECT, "DeflectCall", SECOND_DEFLECT)
def test_deflect_chain(bench: Bench) -> None:
    """A call that rings unanswered is deflected on, twice and more; one name, one place at a time."""
    bench.up().monitor("7000", "7101", "7102", "7001")
    bench.report(queued(bench))
    place = "7000"
    for target in ("7101", "7102", "7001"):
        request = m.DeflectCall(call_to_be_diverted=bench.at(place), new_destination=DeviceID(target))
        bench.ask(request, lambda _: m.DeflectCallResponse())
        bench.report(diverted(bench, place, target), delivered(bench, target, C.REDIRECTED, place))
        assert states(bench) == {target: S.ALERTING}
        place = target
    assert bench.discrepancies == []


@requirement("D-62", DEFLECT, "DeflectCall")
def test_recall(bench: Bench) -> None:
    """A call that the switch takes back, because nobody answered or the phone was busy, waits at its pilot again."""
    bench.up().monitor("7000", "7101")
    bench.report(queued(bench), diverted(bench, "7000", "7101"), delivered(bench, "7101", C.REDIRECTED, "7000"))
    (event,) = bench.report(queued(bench, C.RECALL_NO_ANSWER, "7101"))
    assert isinstance(event, m.Queued)
    assert event.cause is C.RECALL_NO_ANSWER
    assert event.last_redirection_device == DeviceID("7101")
    assert states(bench)["7000"] is S.QUEUED


@requirement("D-63", DEFLECT, "DeflectCall")
def test_the_caller_hangs_up_meanwhile(bench: Bench) -> None:
    """The caller is gone when the deflect comes: it is refused with a reason, and the events end the call."""
    bench.up().monitor("7000")
    bench.report(queued(bench))
    with pytest.raises(ServiceRefused) as caught:
        bench.ask(
            m.DeflectCall(call_to_be_diverted=bench.at("7000"), new_destination=DeviceID("7101")),
            lambda _: m.ErrorResponse(category="operation", value="invalidConnectionID"),
        )
    assert caught.value.value == "invalidConnectionID"
    bench.report(cleared(bench, "7000", "7201", C.NORMAL_CLEARING))
    assert states(bench) == {}
