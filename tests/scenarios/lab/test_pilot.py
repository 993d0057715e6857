"""Stories of calls to a pilot, and of the application that moves them, told to the switch's model."""

import pytest

from csta import messages
from csta.identifiers import ConnectionID, DeviceID
from csta.states import ConnectionState
from tests.scenarios.lab.story import Story


def waiting() -> Story:
    """Carol waits at the pilot."""
    story = Story()
    story.dials("7201", "7000")
    story.skip()
    return story


def at_the_media_port() -> Story:
    """Carol has been deflected to media port 7001, which answered."""
    story = waiting()
    story.deflects("C1", "7000", "7001")
    story.answers("7001")
    story.skip()
    return story


def ringing_at_anna() -> Story:
    """Carol has been transferred from the media port to Anna, whose phone rings."""
    story = at_the_media_port()
    story.transfers("C1", "7001", "7101")
    story.rings("7101")
    story.skip()
    return story


def test_a_call_to_the_pilot_queues_there() -> None:
    story = Story()

    story.dials("7201", "7000")

    story.expect("""
        7201 ServiceInitiated {C1,7201} newCall local=initiated
        7201 Originated {C1,7201} 7201>7000 newCall local=connected
        sip ring 7201
        7201 Queued {C1,7000} 7201>7000 enteringDistribution local=connected
        7000 Queued {C1,7000} 7201>7000 enteringDistribution local=queued
    """)


def test_the_application_deflects_it_to_a_media_port() -> None:
    story = waiting()

    story.deflects("C1", "7000", "7001")
    story.expect("""
        done DeflectCallResponse
        7201 Diverted {C1,7000} to 7001 redirected local=connected
        7000 Diverted {C1,7000} to 7001 redirected local=null
        sip invite 7001 shows 7201 Carol with media of 7201
    """)
    story.rings("7001")
    story.answers("7001")
    story.expect("""
        7201 Delivered {C1,7001} 7201>7000 from 7000 redirected local=connected
        7001 Delivered {C1,7001} 7201>7000 from 7000 redirected local=alerting
        sip 7201 hears 7001
        sip 7001 hears 7201
        7201 Established {C1,7001} 7201>7000 from 7000 normal local=connected
        7001 Established {C1,7001} 7201>7000 from 7000 normal local=connected
    """)


def test_it_transfers_it_to_an_agent_under_a_new_call_identifier() -> None:
    story = at_the_media_port()

    story.transfers("C1", "7001", "7101")
    story.expect("""
        done SingleStepTransferCallResponse {C2,7101}
        7201 Transferred {C1,7001} to 7101 {C1,7201}->{C2,7201} new->{C2,7101} singleStepTransfer local=connected
        7001 Transferred {C1,7001} to 7101 {C1,7201}->{C2,7201} new->{C2,7101} singleStepTransfer local=null
        sip invite 7101 shows 7201 Carol with media of 7201
        sip 7201 hears ringback
        sip hang up 7001
    """)
    story.rings("7101")
    story.answers("7101")
    story.expect("""
        7201 Delivered {C2,7101} 7201>7000 from 7001 singleStepTransfer local=connected
        7101 Delivered {C2,7101} 7201>7000 from 7001 singleStepTransfer local=alerting
        sip 7201 hears 7101
        sip 7101 hears 7201
        7201 Established {C2,7101} 7201>7000 from 7001 normal local=connected
        7101 Established {C2,7101} 7201>7000 from 7001 normal local=connected
    """)
    story.hangs_up("7101")
    story.expect("""
        7201 ConnectionCleared {C2,7101} by 7101 normalClearing local=connected
        7101 ConnectionCleared {C2,7101} by 7101 normalClearing local=null
        sip hang up 7201
        7201 ConnectionCleared {C2,7201} by 7101 normalClearing local=null
        7101 ConnectionCleared {C2,7201} by 7101 normalClearing local=null
    """)
    assert story.calls() == []


def test_an_agent_who_does_not_answer_is_left_for_the_next_one() -> None:
    story = ringing_at_anna()

    story.deflects("C2", "7101", "7102")
    story.expect("""
        done DeflectCallResponse
        7201 Diverted {C2,7101} to 7102 redirected local=connected
        7101 Diverted {C2,7101} to 7102 redirected local=null
        sip hang up 7101
        sip invite 7102 shows 7201 Carol with media of 7201
    """)
    story.rings("7102")
    story.expect("""
        7201 Delivered {C2,7102} 7201>7000 from 7101 redirected local=connected
        7102 Delivered {C2,7102} 7201>7000 from 7101 redirected local=alerting
    """)


@pytest.mark.parametrize(
    ("status", "cause", "recall"),
    [
        (486, "busy", "recallBusy"),
        (600, "busy", "recallBusy"),
        (603, "blocked", "recall"),
        (480, "callNotAnswered", "recallNoAnswer"),
        (503, "destOutOfOrder", "recall"),
    ],
)
def test_a_failed_delivery_goes_back_to_the_queue(status: int, cause: str, recall: str) -> None:
    story = ringing_at_anna()

    story.refuses("7101", status)

    story.expect(f"""
        7201 Failed {{C2,7101}} 7201>7000 from 7001 {cause} local=connected
        7101 Failed {{C2,7101}} 7201>7000 from 7001 {cause} local=fail
        7201 Queued {{C2,7000}} 7201>7000 from 7101 {recall} local=connected
        7000 Queued {{C2,7000}} 7201>7000 from 7101 {recall} local=queued
    """)
    story.deflects("C2", "7000", "7001")
    assert "sip invite 7001 shows 7201 Carol with media of 7201" in story.heard()


def test_the_switchs_own_no_answer_timer_sends_it_back_to_the_queue() -> None:
    story = ringing_at_anna()

    story.passes(60)

    story.expect("""
        sip hang up 7101
        7201 Failed {C2,7101} 7201>7000 from 7001 callNotAnswered local=connected
        7101 Failed {C2,7101} 7201>7000 from 7001 callNotAnswered local=fail
        7201 Queued {C2,7000} 7201>7000 from 7101 recallNoAnswer local=connected
        7000 Queued {C2,7000} 7201>7000 from 7101 recallNoAnswer local=queued
    """)


def test_a_target_that_is_busy_or_not_registered_fails_at_once() -> None:
    story = Story(absent=("7102",))
    story.dials("7201", "7000")
    story.dials("7202", "7101")
    story.answers("7101")
    story.skip()

    story.deflects("C1", "7000", "7101")
    assert "7101 Failed {C1,7101} 7201>7000 from 7000 busy local=fail" in story.heard()
    story.deflects("C1", "7000", "7102")
    assert "7102 Failed {C1,7102} 7201>7000 from 7000 destOutOfOrder local=fail" in story.heard()
    assert story.calls() == ["C1 7201:connected 7000:queued", "C2 7202:connected 7101:connected"]


def test_the_caller_abandons_in_the_queue() -> None:
    story = waiting()

    story.hangs_up("7201")

    story.expect("""
        7201 ConnectionCleared {C1,7201} by 7201 normalClearing local=null
        7000 ConnectionCleared {C1,7201} by 7201 normalClearing local=queued
        7201 ConnectionCleared {C1,7000} by 7201 normalClearing local=null
        7000 ConnectionCleared {C1,7000} by 7201 normalClearing local=null
    """)
    story.deflects("C1", "7000", "7001")
    story.expect("refused operation invalidConnectionID")


def test_the_caller_abandons_while_the_transfer_rings() -> None:
    story = ringing_at_anna()

    story.hangs_up("7201")

    story.expect("""
        7201 ConnectionCleared {C2,7201} by 7201 normalClearing local=null
        7101 ConnectionCleared {C2,7201} by 7201 normalClearing local=alerting
        sip hang up 7101
        7201 ConnectionCleared {C2,7101} by 7201 normalClearing local=null
        7101 ConnectionCleared {C2,7101} by 7201 normalClearing local=null
    """)
    assert story.calls() == []


def test_an_answer_or_refusal_that_crosses_a_deflection_changes_nothing() -> None:
    story = ringing_at_anna()
    late = story.leg("7101")
    story.deflects("C2", "7101", "7102")
    story.skip()

    story.switch.answered(late, story.now)
    story.switch.refused(late, 487, story.now)
    story.switch.ended(late, story.now)

    assert story.switch.take_wishes() == []
    assert story.calls() == ["C2 7201:connected 7102:alerting"]


def test_an_agent_transfers_a_talking_caller_back_to_the_pilot() -> None:
    story = ringing_at_anna()
    story.answers("7101")
    story.skip()

    story.transfers("C2", "7101", "7000")

    story.expect("""
        done SingleStepTransferCallResponse {C3,7000}
        7201 Transferred {C2,7101} to 7000 {C2,7201}->{C3,7201} new->{C3,7000} singleStepTransfer local=connected
        7101 Transferred {C2,7101} to 7000 {C2,7201}->{C3,7201} new->{C3,7000} singleStepTransfer local=null
        sip 7201 hears ringback
        7201 Queued {C3,7000} 7201>7000 from 7101 enteringDistribution local=connected
        7000 Queued {C3,7000} 7201>7000 from 7101 enteringDistribution local=queued
        sip hang up 7101
    """)


def test_moves_that_cannot_be_are_refused_and_nothing_happens() -> None:
    story = at_the_media_port()

    story.deflects("C1", "7001", "7101")
    story.expect("refused stateIncompatibility invalidConnectionState")
    story.transfers("C1", "7001", "9999")
    story.expect("refused operation invalidDestination")
    story.transfers("C1", "7101", "7102")
    story.expect("refused operation invalidConnectionID")
    story.transfers("nonsense", "7001", "7101")
    story.expect("refused operation invalidConnectionID")
    story.asks(messages.RequestSystemStatus())
    story.expect("refused operation serviceNotSupported")
    story.asks(messages.SnapshotDevice(snapshot_object=DeviceID("9999")))
    story.expect("refused operation invalidDeviceID")
    assert story.calls() == ["C1 7201:connected 7001:connected"]

    ringing = ringing_at_anna()
    ringing.transfers("C2", "7101", "7102")
    ringing.expect("refused stateIncompatibility invalidConnectionState")


def test_the_application_clears_a_call() -> None:
    story = at_the_media_port()

    story.asks(messages.ClearConnection(connection_to_be_cleared=story.connection("C1", "7201")))

    transcript = story.heard()
    assert transcript.startswith("done ClearConnectionResponse\nsip hang up 7201\n")
    assert "7001 ConnectionCleared {C1,7201} by 7201 normalClearing local=connected\nsip hang up 7001" in transcript
    assert story.calls() == []


def test_snapshots_tell_where_the_calls_are() -> None:
    story = waiting()
    story.dials("7202", "7000")
    call = story.connection("C1", "7000")

    device, _ = story.switch.perform(messages.SnapshotDevice(snapshot_object=DeviceID("7000")), story.now)
    whole, _ = story.switch.perform(messages.SnapshotCall(snapshot_object=call), story.now)

    assert isinstance(device, messages.SnapshotDeviceResponse)
    assert [item.local_call_state for item in device.snapshot_data] == [
        (ConnectionState.QUEUED, ConnectionState.CONNECTED)
    ] * 2
    assert device.snapshot_data[0].connection == call
    assert isinstance(whole, messages.SnapshotCallResponse)
    assert (whole.calling_device, whole.called_device) == (DeviceID("7201"), DeviceID("7000"))
    assert [(item.call_identifier, item.local_connection_info) for item in whole.snapshot_data] == [
        (ConnectionID(call.call_id, "7201"), ConnectionState.CONNECTED),
        (call, ConnectionState.QUEUED),
    ]


def test_unattended_a_waiting_call_hunts_through_the_members_round_after_round() -> None:
    story = Story(attended=False)
    story.dials("0301234", "7000")
    story.skip()

    story.passes(29)
    story.expect("")
    story.passes(1)
    story.expect("""
        7000 Diverted {C1,7000} to 7101 distributed local=null
        sip invite 7101 shows 0301234 with media of 0301234
    """)
    story.refuses("7101", 603)
    story.skip()
    story.passes(1)
    story.expect("""
        7000 Diverted {C1,7000} to 7102 distributed local=null
        sip invite 7102 shows 0301234 with media of 0301234
    """)
    story.passes(14)
    assert "7000 Queued {C1,7000} 0301234>7000 from 7102 recallNoAnswer local=queued" in story.heard()
    story.passes(60)
    assert "sip invite 7101 shows 0301234" in story.heard()


def test_an_application_that_comes_back_stops_the_hunt() -> None:
    story = Story(attended=False)
    story.dials("0301234", "7000")
    story.passes(30)
    story.skip()

    story.switch.attend(frozenset({"7000"}))
    story.passes(100)

    assert story.calls() == ["C1 0301234:connected 7000:queued"]
    assert "sip invite" not in story.heard()


def test_the_hunt_leaves_out_who_is_away_busy_or_not_registered() -> None:
    story = Story(attended=False, absent=("7102",))
    story.dials("7101", "*61")  # logged on, not ready yet
    story.passes(5)
    story.dials("0301234", "7000")
    story.passes(100)

    assert story.calls() == ["C2 0301234:connected 7000:queued"]
    story.dials("7101", "*62")
    story.passes(25)
    assert story.calls() == ["C2 0301234:connected 7101:alerting"]


def test_call_identifiers_are_those_of_the_platform_and_differ_between_starts() -> None:
    story = waiting()
    call_id = story.connection("C1", "7000").call_id

    assert len(call_id) == 32
    assert call_id.startswith("FF000100005EED")


def test_the_mirror_of_an_application_follows_each_of_these_moves() -> None:
    story = ringing_at_anna()
    story.deflects("C2", "7101", "7102")
    story.rings("7102")
    story.refuses("7102", 486)
    story.deflects("C2", "7000", "7001")
    story.answers("7001")
    assert {device: str(each.state) for device, each in story.mirror.calls_at("7001")[0].connections.items()} == {
        "7201": "connected",
        "7001": "connected",
    }
    story.transfers("C2", "7001", "7101")
    story.rings("7101")
    story.passes(60)
    story.deflects("C3", "7000", "7102")
    story.answers("7102")
    story.hangs_up("7102")
    story.dials("7202", "7000")
    story.deflects("C4", "7000", "7101")
    story.rings("7101")
    story.hangs_up("7202")

    assert story.discrepancies == []
    assert story.mirror.calls == {}
