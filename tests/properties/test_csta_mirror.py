"""The mirror takes any sequence of events: it never fails, never keeps a cleared connection, and believes snapshots."""

from hypothesis import given, settings
from hypothesis import strategies as st

from csta import CallMirror, ConnectionID, ConnectionState, DeviceID
from csta import messages as m

CALLS = st.sampled_from(["C", "D", "E"])
DEVICES = st.sampled_from(["7000", "7001", "7101", "7201"])
CONNECTIONS = st.builds(ConnectionID, CALLS, DEVICES)
XREF = st.sampled_from(["p", "a", "unknown"])
STATES = st.none() | st.sampled_from(list(ConnectionState))
SEQUENCE = st.just(DeviceID("12"))
ITEMS = st.lists(
    st.builds(m.ConnectionListItem, new_connection=st.none() | CONNECTIONS, old_connection=st.none() | CONNECTIONS),
    max_size=3,
).map(tuple)
EVENTS = st.one_of(
    st.builds(m.Queued, monitor_cross_ref_id=XREF, queued_connection=CONNECTIONS, local_connection_info=STATES),
    st.builds(m.Delivered, monitor_cross_ref_id=XREF, connection=CONNECTIONS, local_connection_info=STATES),
    st.builds(m.Established, monitor_cross_ref_id=XREF, established_connection=CONNECTIONS),
    st.builds(m.Diverted, monitor_cross_ref_id=XREF, connection=CONNECTIONS),
    st.builds(m.Failed, monitor_cross_ref_id=XREF, failed_connection=CONNECTIONS),
    st.builds(m.Held, monitor_cross_ref_id=XREF, held_connection=CONNECTIONS),
    st.builds(m.ConnectionCleared, monitor_cross_ref_id=XREF, dropped_connection=CONNECTIONS),
    st.builds(m.Offered, monitor_cross_ref_id=XREF, offered_connection=CONNECTIONS, local_connection_info=STATES),
    st.builds(m.Bridged, monitor_cross_ref_id=XREF, bridged_connection=CONNECTIONS),
    st.builds(m.DigitsDialed, monitor_cross_ref_id=XREF, dialing_connection=CONNECTIONS, dialing_sequence=SEQUENCE),
    st.builds(m.NetworkReached, monitor_cross_ref_id=XREF, outbound_connection=CONNECTIONS),
    st.builds(m.NetworkCapabilitiesChanged, monitor_cross_ref_id=XREF, outbound_connection=CONNECTIONS),
    st.builds(m.Retrieved, monitor_cross_ref_id=XREF, retrieved_connection=CONNECTIONS),
    st.builds(m.CallCleared, monitor_cross_ref_id=XREF, cleared_call=CONNECTIONS),
    st.builds(m.Transferred, monitor_cross_ref_id=XREF, primary_old_call=CONNECTIONS, transferred_connections=ITEMS),
)


def check(calls: CallMirror) -> None:
    for call_id, call in calls.calls.items():
        assert call.call_id == call_id
        assert call.connections or call.expected
        for device, connection in call.connections.items():
            assert connection.device == device
            assert connection.state is not ConnectionState.NULL
    # What is said of a device is what is said of the calls.
    for device in ("7000", "7001", "7101", "7201"):
        there = [call for call in calls.calls.values() if device in call.connections]
        assert sorted(call.call_id for call in calls.calls_at(device)) == sorted(call.call_id for call in there)


@settings(deadline=None)
@given(st.booleans(), st.lists(EVENTS, max_size=30))
def test_any_events(monitored: bool, events: list[m.Event]) -> None:
    calls = CallMirror()
    if monitored:
        calls.monitor_started("p", "7000")
        calls.monitor_started("a", "7101")
    for now, event in enumerate(events):
        calls.fold(event, float(now))
        check(calls)
        # An event told again, as for a second monitor of the call, never reports anything new of its own subject.
        if isinstance(event, m.ConnectionCleared):
            assert event.dropped_connection.device_id not in states_of(calls, event.dropped_connection.call_id)


def states_of(calls: CallMirror, call_id: str) -> dict[str, ConnectionState]:
    call = calls.calls.get(call_id)
    return {device: connection.state for device, connection in call.connections.items()} if call else {}


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=20), st.dictionaries(CALLS, st.sampled_from(list(ConnectionState)[1:])))
def test_after_a_snapshot_the_device_is_as_it_shows(events: list[m.Event], shown: dict[str, ConnectionState]) -> None:
    calls = CallMirror()
    calls.monitor_started("a", "7101")
    for event in events:
        calls.fold(event, 1.0)
    items = tuple(
        m.SnapshotDeviceItem(connection=ConnectionID(call, "7101"), local_call_state=(state,))
        for call, state in shown.items()
    )
    response = m.SnapshotDeviceResponse(snapshot_data=items)
    calls.fold_snapshot_device("7101", response, 2.0)
    check(calls)
    assert {call.call_id: call.connections["7101"].state for call in calls.calls_at("7101")} == shown
    assert calls.fold_snapshot_device("7101", response, 3.0) == ()


@settings(deadline=None)
@given(st.booleans(), st.lists(EVENTS, max_size=30))
def test_an_event_told_twice_is_no_second_discrepancy(monitored: bool, events: list[m.Event]) -> None:
    calls = CallMirror()
    if monitored:
        calls.monitor_started("p", "7000")
        calls.monitor_started("a", "7101")
    for event in events:
        calls.fold(event, 1.0)
        before = {call_id: dict(call.connections) for call_id, call in calls.calls.items()}
        again = calls.fold(event, 2.0)
        # A transfer told twice may find its own result; what one connection did is told once and for all.
        if not isinstance(event, m.Transferred | m.DigitsDialed | m.NetworkCapabilitiesChanged) and known(calls, event):
            assert again == ()
            assert {call_id: dict(call.connections) for call_id, call in calls.calls.items()} == before


def known(calls: CallMirror, event: m.Event) -> bool:
    """Whether the mirror keeps the event's call: one without a monitored device is forgotten and begins anew."""
    named = (getattr(event, name, None) for name in type(event).__dataclass_fields__)
    return any(isinstance(one, ConnectionID) and one.call_id in calls.calls for one in named)


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=30))
def test_without_calls_nothing_is_kept(events: list[m.Event]) -> None:
    calls = CallMirror()
    for event in events:
        calls.fold(event, 1.0)
    for call_id in ("C", "D", "E"):
        calls.fold(m.CallCleared(monitor_cross_ref_id="p", cleared_call=ConnectionID(call_id)), 2.0)
    assert calls.calls == {}
    assert calls._at == {}
