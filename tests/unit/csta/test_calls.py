"""The mirror told the call stories that the lab PBX and the voice channel agree on."""

import dataclasses

import pytest

from csta import CallMirror, ConnectionID, ConnectionState, DeviceID, Discrepancy, DiscrepancyKind, EventCause
from csta import messages as m
from csta.call_steps import STEPS
from csta.messages import call_events

S = ConnectionState
CALLER, PILOT, PORT, AGENT = "7201", "7000", "7001", "7101"
MONITORS = {"p": PILOT, "m": PORT, "a": AGENT}


def at(device: str, call: str = "C") -> ConnectionID:
    return ConnectionID(call, device)


def mirror() -> CallMirror:
    made = CallMirror()
    for cross_ref, device in MONITORS.items():
        made.monitor_started(cross_ref, device)
    return made


def states(calls: CallMirror, call: str = "C") -> dict[str, ConnectionState]:
    return {device: connection.state for device, connection in calls.calls[call].connections.items()}


QUEUED = m.Queued(
    monitor_cross_ref_id="p",
    queued_connection=at(PILOT),
    queue=DeviceID(PILOT),
    calling_device=DeviceID(CALLER),
    called_device=DeviceID(PILOT),
    local_connection_info=S.QUEUED,
    cause=EventCause.ENTERING_DISTRIBUTION,
)
DIVERTED = m.Diverted(
    monitor_cross_ref_id="p",
    connection=at(PILOT),
    diverting_device=DeviceID(PILOT),
    new_destination=DeviceID(PORT),
    local_connection_info=S.NULL,
    cause=EventCause.REDIRECTED,
)
DELIVERED = m.Delivered(monitor_cross_ref_id="m", connection=at(PORT), alerting_device=DeviceID(PORT))
ESTABLISHED = m.Established(monitor_cross_ref_id="m", established_connection=at(PORT), answering_device=DeviceID(PORT))
TRANSFERRED = m.Transferred(
    monitor_cross_ref_id="m",
    primary_old_call=at(PORT),
    transferring_device=DeviceID(PORT),
    transferred_to_device=DeviceID(AGENT),
    transferred_connections=(
        m.ConnectionListItem(old_connection=at(CALLER), new_connection=at(CALLER, "D")),
        m.ConnectionListItem(new_connection=at(AGENT, "D")),
    ),
    cause=EventCause.SINGLE_STEP_TRANSFER,
)
AT_AGENT = m.Delivered(monitor_cross_ref_id="a", connection=at(AGENT, "D"), alerting_device=DeviceID(AGENT))
ANSWERED = m.Established(monitor_cross_ref_id="a", established_connection=at(AGENT, "D"))


def cleared(device: str, call: str, monitor: str) -> m.ConnectionCleared:
    return m.ConnectionCleared(monitor_cross_ref_id=monitor, dropped_connection=at(device, call))


def test_a_call_from_the_pilot_to_the_agent() -> None:
    calls = mirror()
    assert calls.fold(QUEUED, 1.0) == ()
    assert states(calls) == {PILOT: S.QUEUED}
    assert calls.calls["C"].calling == DeviceID(CALLER)
    assert calls.calls["C"].called == DeviceID(PILOT)
    assert calls.fold(DIVERTED, 2.0) == ()
    # Between the devices the call is kept, because it is known where it goes.
    assert states(calls) == {}
    assert calls.fold(DELIVERED, 2.0) == calls.fold(ESTABLISHED, 3.0) == ()
    assert states(calls) == {PORT: S.CONNECTED}
    assert calls.calls["C"].connections[PORT].since == 3.0
    assert calls.calls["C"].calling == DeviceID(CALLER)
    assert calls.fold(TRANSFERRED, 4.0) == ()
    assert list(calls.calls) == ["D"]
    assert states(calls, "D") == {CALLER: S.CONNECTED}
    assert calls.calls["D"].calling == DeviceID(CALLER)
    assert calls.fold(AT_AGENT, 4.0) == calls.fold(ANSWERED, 9.0) == ()
    assert states(calls, "D") == {CALLER: S.CONNECTED, AGENT: S.CONNECTED}
    assert [call.call_id for call in calls.calls_at(AGENT)] == ["D"]
    assert calls.calls_at(PORT) == ()
    assert calls.fold(cleared(CALLER, "D", "a"), 20.0) == calls.fold(cleared(AGENT, "D", "a"), 20.0) == ()
    assert calls.calls == {}


def test_caller_abandons_in_the_queue() -> None:
    calls = mirror()
    calls.fold(QUEUED, 1.0)
    assert calls.fold(cleared(CALLER, "C", "p"), 2.0) == ()
    assert calls.fold(cleared(PILOT, "C", "p"), 2.0) == ()
    assert calls.calls == {}
    # The same told for another monitor of the call is no surprise.
    assert calls.fold(cleared(PILOT, "C", "m"), 2.0) == ()


def test_busy_agent_sends_the_call_back_to_the_queue() -> None:
    calls = mirror()
    for event in (QUEUED, DIVERTED, DELIVERED, ESTABLISHED, TRANSFERRED):
        assert calls.fold(event, 1.0) == ()
    failed = m.Failed(monitor_cross_ref_id="a", failed_connection=at(AGENT, "D"), cause=EventCause.BUSY)
    assert calls.fold(failed, 2.0) == ()
    assert states(calls, "D")[AGENT] is S.FAIL
    recalled = dataclasses.replace(QUEUED, queued_connection=at(PILOT, "D"), cause=EventCause.RECALL_BUSY)
    assert calls.fold(recalled, 3.0) == ()
    assert states(calls, "D") == {CALLER: S.CONNECTED, PILOT: S.QUEUED}
    assert calls.calls_at(AGENT) == ()


@pytest.mark.parametrize("event", [QUEUED, DELIVERED, AT_AGENT])
def test_repeated_event_changes_nothing(event: m.Event) -> None:
    calls = mirror()
    calls.fold(event, 1.0)
    assert calls.fold(event, 2.0) == ()
    (call,) = calls.calls.values()
    assert [connection.since for connection in call.connections.values()] == [1.0]


def test_transfer_told_twice_does_not_bring_the_old_call_back() -> None:
    calls = mirror()
    for event in (QUEUED, DIVERTED, DELIVERED, ESTABLISHED, TRANSFERRED, AT_AGENT, TRANSFERRED, ANSWERED):
        assert calls.fold(event, 1.0) == ()
    assert states(calls, "D") == {CALLER: S.CONNECTED, AGENT: S.CONNECTED}
    for device in (CALLER, AGENT):
        calls.fold(cleared(device, "D", "a"), 2.0)
    calls.fold(TRANSFERRED, 3.0)
    assert calls.calls == {}


def test_delivery_told_before_the_transfer() -> None:
    calls = mirror()
    for event in (QUEUED, DIVERTED, DELIVERED, ESTABLISHED, AT_AGENT, TRANSFERRED):
        assert calls.fold(event, 1.0) == ()
    assert states(calls, "D") == {AGENT: S.ALERTING, CALLER: S.CONNECTED}


@pytest.mark.parametrize(
    ("before", "event", "kind"),
    [
        ((), ESTABLISHED, DiscrepancyKind.MISSING),
        ((), DIVERTED, DiscrepancyKind.MISSING),
        ((), cleared(PILOT, "C", "p"), DiscrepancyKind.MISSING),
        ((QUEUED,), m.Retrieved(monitor_cross_ref_id="p", retrieved_connection=at(PILOT)), DiscrepancyKind.MISSING),
        (
            (DELIVERED, ESTABLISHED, m.Held(monitor_cross_ref_id="m", held_connection=at(PORT))),
            m.ServiceInitiated(monitor_cross_ref_id="m", initiated_connection=at(PORT)),
            DiscrepancyKind.IMPOSSIBLE,
        ),
    ],
)
def test_event_that_does_not_follow(before: tuple[m.Event, ...], event: m.Event, kind: DiscrepancyKind) -> None:
    calls = mirror()
    for earlier in before:
        assert calls.fold(earlier, 1.0) == ()
    (found,) = calls.fold(event, 2.0)
    assert found.kind is kind
    assert type(event).__name__ in found.text
    # The switch is right: what it said is taken over, and saying it again is no news.
    assert calls.fold(event, 3.0) == ()


def test_pickup_needs_no_ringing() -> None:
    assert mirror().fold(dataclasses.replace(ESTABLISHED, cause=EventCause.CALL_PICKUP), 1.0) == ()


@pytest.mark.parametrize("cause", [EventCause.CALL_FORWARD_IMMEDIATE, EventCause.CALL_FORWARD_BUSY])
def test_a_call_is_forwarded_from_where_it_never_rang(cause: EventCause) -> None:
    assert mirror().fold(dataclasses.replace(DIVERTED, cause=cause), 1.0) == ()
    calls = mirror()
    calls.fold(DELIVERED, 1.0)
    calls.fold(ESTABLISHED, 1.0)
    (found,) = calls.fold(dataclasses.replace(DIVERTED, connection=at(PORT), cause=cause), 2.0)
    assert found.before is S.CONNECTED


def test_a_call_is_parked_by_who_talks_in_it() -> None:
    parked = dataclasses.replace(DIVERTED, connection=at(PORT), monitor_cross_ref_id="m", cause=EventCause.PARK)
    calls = mirror()
    calls.fold(DELIVERED, 1.0)
    calls.fold(ESTABLISHED, 1.0)
    assert calls.fold(parked, 2.0) == ()
    (found,) = mirror().fold(parked, 2.0)
    assert found.kind is DiscrepancyKind.MISSING


def test_an_event_of_a_call_that_was_over_is_looked_into() -> None:
    calls = mirror()
    calls.fold(QUEUED, 1.0)
    calls.fold(cleared(PILOT, "C", "p"), 2.0)
    assert calls.calls == {}
    (found,) = calls.fold(QUEUED, 3.0)
    assert found.kind is DiscrepancyKind.MISSING
    assert "a call that was over" in found.text
    assert states(calls) == {PILOT: S.QUEUED}
    assert calls.fold(QUEUED, 4.0) == ()


def test_local_state_shows_what_was_missed() -> None:
    calls = mirror()
    # The pilot's monitor tells of the port's ringing, and that the pilot itself still has the call queued.
    event = dataclasses.replace(DELIVERED, monitor_cross_ref_id="p", local_connection_info=S.QUEUED)
    found = calls.fold(event, 1.0)
    assert found == (
        Discrepancy(
            DiscrepancyKind.DIFFERS, "C", PILOT, S.NULL, S.QUEUED, "Delivered shows {C,7000} queued, known as null"
        ),
    )
    assert states(calls) == {PORT: S.ALERTING, PILOT: S.QUEUED}


def test_call_that_left_for_an_unmonitored_device_is_forgotten() -> None:
    calls = mirror()
    calls.fold(QUEUED, 1.0)
    calls.fold(dataclasses.replace(DIVERTED, new_destination=DeviceID("7999")), 2.0)
    assert calls.calls == {}


def test_call_is_forgotten_with_its_last_monitor() -> None:
    calls = mirror()
    calls.fold(QUEUED, 1.0)
    calls.monitor_stopped("m")
    assert list(calls.calls) == ["C"]
    calls.monitor_stopped("p")
    assert calls.calls == {}


def test_hold_and_retrieve_consult_and_transfer() -> None:
    calls = CallMirror()
    party = {"monitor_cross_ref_id": "a"}
    story = [
        m.Delivered(**party, connection=at(AGENT)),
        m.Established(**party, established_connection=at(AGENT)),
        m.Held(**party, held_connection=at(AGENT)),
        m.Originated(**party, originated_connection=at(AGENT, "K")),
        m.Delivered(**party, connection=at("7102", "K")),
        m.Established(**party, established_connection=at("7102", "K")),
    ]
    for event in story:
        assert calls.fold(event, 1.0) == ()
    assert states(calls) == {AGENT: S.HOLD}
    joined = m.Transferred(
        **party,
        primary_old_call=at(AGENT),
        secondary_old_call=at(AGENT, "K"),
        transferred_connections=(
            m.ConnectionListItem(old_connection=at(CALLER), new_connection=at(CALLER, "N")),
            m.ConnectionListItem(old_connection=at("7102", "K"), new_connection=at("7102", "N")),
        ),
    )
    assert calls.fold(joined, 2.0) == ()
    assert list(calls.calls) == ["N"]
    assert states(calls, "N") == {CALLER: S.CONNECTED, "7102": S.CONNECTED}
    assert calls.fold(m.CallCleared(**party, cleared_call=at("", "N")), 3.0) == ()
    assert calls.calls == {}


def snapshot(*items: tuple[str, ConnectionState | None]) -> m.SnapshotDeviceResponse:
    return m.SnapshotDeviceResponse(
        snapshot_data=tuple(
            m.SnapshotDeviceItem(connection=at(AGENT, call), local_call_state=(state,) if state else ())
            for call, state in items
        )
    )


def test_device_snapshot_wins() -> None:
    calls = mirror()
    calls.fold(AT_AGENT, 1.0)
    calls.fold(dataclasses.replace(AT_AGENT, connection=at(AGENT, "E")), 1.0)
    found = calls.fold_snapshot_device(AGENT, snapshot(("D", S.CONNECTED), ("F", S.HOLD), ("G", S.NULL)), 5.0)
    assert {(item.kind, item.call_id) for item in found} == {
        (DiscrepancyKind.DIFFERS, "D"),
        (DiscrepancyKind.APPEARED, "F"),
        (DiscrepancyKind.VANISHED, "E"),
    }
    assert {call.call_id: call.connections[AGENT].state for call in calls.calls_at(AGENT)} == {
        "D": S.CONNECTED,
        "F": S.HOLD,
    }
    assert calls.fold_snapshot_device(AGENT, snapshot(("D", None), ("F", S.HOLD)), 6.0) == ()


def test_device_snapshot_ends_the_wait_for_a_call_that_never_came() -> None:
    calls = mirror()
    calls.fold(QUEUED, 1.0)
    calls.fold(DIVERTED, 2.0)
    assert calls.fold_snapshot_device(PORT, m.SnapshotDeviceResponse(), 3.0) == ()
    assert calls.calls == {}


def test_call_snapshot_wins() -> None:
    calls = mirror()
    for event in (DELIVERED, ESTABLISHED):
        calls.fold(event, 1.0)
    items = (
        m.SnapshotCallItem(device_on_call=DeviceID(CALLER), call_identifier=at(""), local_connection_info=S.CONNECTED),
        m.SnapshotCallItem(device_on_call=DeviceID(AGENT), call_identifier=at(AGENT), local_connection_info=S.ALERTING),
    )
    found = calls.fold_snapshot_call(
        m.SnapshotCallResponse(snapshot_data=items, calling_device=DeviceID(CALLER), called_device=DeviceID(PILOT)), 2.0
    )
    assert [(item.kind, item.device) for item in found] == [
        (DiscrepancyKind.APPEARED, CALLER),
        (DiscrepancyKind.APPEARED, AGENT),
        (DiscrepancyKind.VANISHED, PORT),
    ]
    assert states(calls) == {CALLER: S.CONNECTED, AGENT: S.ALERTING}
    assert calls.calls["C"].calling == DeviceID(CALLER)


def test_events_of_other_kinds_are_none_of_its_business() -> None:
    calls = mirror()
    assert calls.fold(m.AgentReady(monitor_cross_ref_id="a"), 1.0) == ()
    assert calls.calls == {}


def test_an_outgoing_call_over_a_trunk() -> None:
    calls = mirror()
    here, there = at(AGENT), at("T1")
    party = {"monitor_cross_ref_id": "a", "local_connection_info": S.CONNECTED}
    story = [
        m.ServiceInitiated(monitor_cross_ref_id="a", initiated_connection=here),
        m.DigitsDialed(monitor_cross_ref_id="a", dialing_connection=here, dialing_sequence=DeviceID("0")),
        m.Originated(monitor_cross_ref_id="a", originated_connection=here),
        m.NetworkReached(**party, outbound_connection=there),
        m.NetworkCapabilitiesChanged(**party, outbound_connection=there),
        # The far end rings and answers, behind a trunk that was connected before.
        m.Delivered(**party, connection=there),
        m.Established(**party, established_connection=there),
    ]
    for event in story:
        assert calls.fold(event, 1.0) == ()
    assert states(calls) == {AGENT: S.CONNECTED, "T1": S.CONNECTED}
    # What only a trunk may do is a surprise at a telephone.
    (found,) = calls.fold(m.Delivered(monitor_cross_ref_id="a", connection=here), 2.0)
    assert found.kind is DiscrepancyKind.MISSING


def test_a_call_that_is_offered_rings_afterwards() -> None:
    calls = mirror()
    assert calls.fold(m.Offered(monitor_cross_ref_id="a", offered_connection=at(AGENT)), 1.0) == ()
    assert states(calls) == {AGENT: S.ALERTING}
    assert calls.fold(m.Delivered(monitor_cross_ref_id="a", connection=at(AGENT)), 2.0) == ()
    assert calls.calls["C"].connections[AGENT].since == 1.0


def test_the_other_appearance_of_a_line_waits() -> None:
    calls = mirror()
    calls.fold(m.Delivered(monitor_cross_ref_id="a", connection=at(AGENT)), 1.0)
    assert calls.fold(m.Bridged(monitor_cross_ref_id="a", bridged_connection=at(AGENT)), 2.0) == ()
    assert states(calls) == {AGENT: S.QUEUED}


def test_digits_and_network_news_of_a_call_that_nobody_told_of() -> None:
    for event in (
        m.DigitsDialed(monitor_cross_ref_id="a", dialing_connection=at(AGENT), dialing_sequence=DeviceID("0")),
        m.NetworkCapabilitiesChanged(monitor_cross_ref_id="a", outbound_connection=at(AGENT)),
    ):
        calls = mirror()
        (found,) = calls.fold(event, 1.0)
        assert found.kind is DiscrepancyKind.MISSING
        assert (found.call_id, found.device) == ("C", AGENT)
        # The connection is there, whatever its state; the snapshot will tell.
        assert states(calls) == {AGENT: S.CONNECTED}
        assert calls.fold(event, 1.0) == ()


def test_every_event_of_the_chapter_is_folded() -> None:
    events = {one for one in vars(m).values() if isinstance(one, type) and issubclass(one, call_events.CallEvent)}
    assert events - {call_events.CallEvent} == set(STEPS) | {m.Transferred, m.Conferenced}


def test_a_snapshot_with_a_state_that_nobody_knows_shows_that_the_connection_is_there() -> None:
    calls = mirror()
    calls.fold(AT_AGENT, 1.0)
    odd = ConnectionState.received("levitating")
    assert calls.fold_snapshot_device(AGENT, snapshot(("D", odd)), 2.0) == ()
    assert states(calls, "D") == {AGENT: S.ALERTING}


def test_clear() -> None:
    calls = mirror()
    calls.fold(QUEUED, 1.0)
    calls.clear()
    assert calls.calls == {}
