"""Bugs and complaints of other CSTA stacks that are about more than one session; those are in `tests/unit/csta`.

| what others got wrong | where it is held |
|---|---|
| segments, lengths, reads, text, order, invoke IDs, MonitorStop by the switch | `tests.unit.csta.test_known_bugs` |
| a link that is lost is not made again, or ends the program | here, and `tests.unit.csta.test_transport` |
| no monitors and no snapshots after a link came up again | here, and `tests.unit.csta.test_watch` |
| only few types of forwarding can be set | here |
| one call taken for several, because its identifier changed | here, and `tests.unit.csta.test_calls` |
| SnapshotDevice and ReconnectCall at the same time wait for each other for ever | here |
| a held party is reported as a conference, the wrong cause when calls are alternated | here, in the lab PBX |
| elements are expected in one order | here, and `tests.unit.csta.test_xml` |
"""

from random import Random
from xml.etree import ElementTree as ET

import pytest

from csta import (
    CallMirror,
    ConnectionID,
    ConnectionState,
    DeviceID,
    EventReceived,
    RequestReceived,
    ResponseReceived,
    decode,
    encode,
)
from csta import messages as m
from csta.messages import ForwardingType
from tests.stories.play import Player
from tests.stories.steps import written
from tests.stories.two_calls import ALTERNATE_AND_RECONNECT
from tests.unit.csta.samples import AGENT, AT_AGENT
from tests.unit.csta.test_transport import Wire
from tests.unit.csta.test_watch import up
from tests.unit.csta.test_xml_golden import GOLDEN
from tests.unit.csta.wire import WAYS, connected, drain

S = ConnectionState
ways = pytest.mark.parametrize("way", WAYS)


def test_a_read_that_fails_neither_ends_the_program_nor_the_link_for_good() -> None:
    """A stack called System.exit when a read failed; none made the connection again."""
    wire = Wire().connect()
    assert wire.near is not None
    wire.near.dataReceived(b"\xff" * 64)
    assert wire.near_wire.disconnecting or wire.near_wire.aborted
    wire.lose()
    assert wire.application.told[-1][0] == "down"
    wire.reactor.advance(60.0)
    wire.connect()
    assert wire.application.told[-1] == ("up",)


def test_monitors_and_snapshots_are_asked_anew_when_the_link_is_up_again() -> None:
    """No client did; after a short outage they went on with monitors that the switch had forgotten."""
    switch = up("7000", "7101")
    switch.calls["C"] = {"7101": S.CONNECTED}
    before = dict(switch.watch.monitored)
    switch.watch.link_down()
    switch.watch.link_up()
    switch.run()
    assert sorted(switch.kinds()) == sorted(
        [*["MonitorStart", "SnapshotDevice", "GetAgentState"] * 2, "SnapshotCall"],
    )
    assert switch.watch.monitored.keys() == before.keys()
    assert set(before.values()).isdisjoint(switch.watch.monitored.values())
    assert list(switch.watch.mirror.calls) == ["C"]


@pytest.mark.parametrize("kind", list(ForwardingType))
@ways
def test_every_type_of_forwarding_can_be_set_and_is_told(way: str, kind: ForwardingType) -> None:
    """Only a small subset was accessible by CSTA, though the telephone could set them all."""
    pair = connected(profile=way)
    request = m.SetForwarding(device=AGENT, forwarding_type=kind, activate_forward=True, forward_dn=DeviceID("7102"))
    invoke_id = pair.application.send_request(request, 1.0)
    pair.move(1.0)
    assert drain(pair.switch) == [RequestReceived(invoke_id, request)]
    told = m.Forwarding(
        monitor_cross_ref_id="0009",
        device=AGENT,
        forwarding_type=kind,
        forward_status=True,
        forward_to=DeviceID("7102"),
    )
    pair.switch.send_response(invoke_id, m.SetForwardingResponse(), 1.0)
    pair.switch.send_event(told, 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [
        ResponseReceived(invoke_id, request, m.SetForwardingResponse()),
        EventReceived(told),
    ]


def test_a_call_stays_one_call_when_its_identifier_changes() -> None:
    """A driver made several calls of one; every transfer gives the customer's call another identifier."""
    mirror = CallMirror()
    mirror.monitor_started("a", "7101")
    call = ConnectionID("A0", "7101")
    mirror.fold(m.Delivered(monitor_cross_ref_id="a", connection=call, calling_device=DeviceID("+49")), 0.0)
    mirror.fold(m.Established(monitor_cross_ref_id="a", established_connection=call), 0.0)
    for number in range(1, 6):
        old, new = f"A{number - 1}", f"A{number}"
        told = m.Transferred(
            monitor_cross_ref_id="a",
            primary_old_call=ConnectionID(old, "7199"),
            transferred_connections=tuple(
                m.ConnectionListItem(old_connection=ConnectionID(old, device), new_connection=ConnectionID(new, device))
                for device in ("+49", "7101")
            ),
        )
        mirror.fold(told, float(number))
        assert list(mirror.calls) == [new]
        assert mirror.calls_at("7101") == (mirror.calls[new],)


@ways
@pytest.mark.parametrize("first", [0, 1])
def test_snapshot_and_reconnect_at_the_same_time_are_answered_in_any_order(way: str, first: int) -> None:
    """A switch module locked up when it had both."""
    pair = connected(profile=way)
    held = ConnectionID("FD", "7101")
    asked: list[tuple[m.Request, m.Response]] = [
        (m.SnapshotDevice(snapshot_object=AGENT), m.SnapshotDeviceResponse()),
        (m.ReconnectCall(active_call=AT_AGENT, held_call=held), m.ReconnectCallResponse()),
    ]
    ids = [pair.application.send_request(request, 1.0) for request, _ in asked]
    pair.move(1.0)
    for place in (first, 1 - first):
        pair.switch.send_response(ids[place], asked[place][1], 1.0)
    pair.move(1.0)
    assert drain(pair.application) == [ResponseReceived(ids[place], *asked[place]) for place in (first, 1 - first)]


def test_a_held_party_is_no_conference_and_alternating_has_its_cause() -> None:
    """A switch module reported a party on soft hold as a conference, and alternated calls with another cause."""
    lines = [line for line in written(Player(ALTERNATE_AND_RECONNECT).heard).splitlines() if line.startswith("7101")]
    swapped = [line for line in lines if " alternate " in line]
    assert [line.split()[1] for line in swapped] == ["Held", "Retrieved"] * 2
    assert not [line for line in lines if "Conferenced" in line]


@pytest.mark.parametrize(("message", "_content"), GOLDEN, ids=[type(message).__name__ for message, _ in GOLDEN])
def test_elements_come_in_any_order(message: m.Message, _content: str) -> None:
    """A switch module learnt it the hard way: other stacks send the elements of ECMA-323 in orders of their own."""
    root = ET.fromstring(encode(message))
    children = list(root)
    Random(1).shuffle(children)
    root[:] = children
    assert decode(ET.tostring(root)).message == message
