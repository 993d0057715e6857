"""What is shown of a trace: a call with all its names, a device, kinds, what went wrong."""

from csta import messages as m
from csta.identifiers import ConnectionID, DeviceID
from csta.trace import CallFollower, Kind, Row, Wanted, select
from tests.unit.csta.trace.story import Story, delivered, traced, transferred_call


def names(rows: list[Row]) -> list[str]:
    return [f"{row.name} {row.call}".strip() for row in rows]


STORY = traced(transferred_call().records)


def test_a_call_is_followed_through_its_transfer_in_both_directions() -> None:
    expected = [
        "Delivered C1",
        "SingleStepTransferCall C1",
        "SingleStepTransferCallResponse C2",
        "Delivered C2",
    ]
    assert names(select(STORY, Wanted(calls=["C1"]))) == expected
    assert names(select(STORY, Wanted(calls=["C2"]))) == expected


def test_live_a_call_is_followed_from_where_it_is_known() -> None:
    wanted = Wanted(calls=["C1"])
    assert names([row for row in STORY if wanted.takes(row)]) == [
        "Delivered C1",
        "SingleStepTransferCall C1",
        "SingleStepTransferCallResponse C2",
        "Delivered C2",
    ]
    assert wanted.follower.calls == {"C1", "C2"}


def test_a_survey_joins_no_calls() -> None:
    item = m.SnapshotDeviceItem
    answer = m.SnapshotDeviceResponse(
        snapshot_data=tuple(item(connection=ConnectionID(call, "7000")) for call in ("C1", "C2"))
    )
    story = Story().asked(m.SnapshotDevice(snapshot_object=DeviceID("7000")), 1).said(answer, 1)
    follower = CallFollower(["C1"])
    assert not any(follower.learn(row) for row in traced(story.records))
    assert follower.calls == {"C1"}


def test_a_device_is_found_as_the_monitored_one_and_as_a_party() -> None:
    rows = select(STORY, Wanted(devices=["7101"]))
    assert {row.name for row in rows} >= {"MonitorStart", "SetAgentState", "Delivered", "SingleStepTransferCall"}
    assert all("7101" in {*row.devices, row.monitored} for row in rows)
    assert [row.name for row in rows].count("MonitorStartResponse") == 1


def test_errors_come_with_their_requests() -> None:
    assert [row.name for row in select(STORY, Wanted(errors=True))] == ["SetAgentState", "ErrorResponse"]


def test_kinds_and_names() -> None:
    assert len(select(STORY, Wanted(kinds=[Kind.EVENT]))) == 3
    assert [row.name for row in select(STORY, Wanted(names=["singlestep"]))] == [
        "SingleStepTransferCall",
        "SingleStepTransferCallResponse",
    ]


def test_times() -> None:
    assert [row.number for row in select(STORY, Wanted(since=1000.25, until=1000.45))] == [4, 5]


def test_without_wishes_all_is_shown() -> None:
    assert select(STORY, Wanted()) == STORY


def test_conditions_are_joined() -> None:
    rows = select(STORY, Wanted(devices=["7101"], kinds=[Kind.EVENT]))
    assert {"Delivered"} <= {row.name for row in rows}
    assert delivered("0B", "C2") in [row.message for row in rows]
