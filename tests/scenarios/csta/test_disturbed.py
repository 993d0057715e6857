"""Links and switches that misbehave: bytes cut anywhere, lost events, overload, silence, restarts, lost links."""

from collections import Counter
from collections.abc import Iterable

import pytest

from csta import messages as m
from csta.dialects import Dialect
from csta.messages import ErrorResponse, Event
from csta.states import SystemStatusValue
from csta.watch import MonitorLost, Surveyed
from lab.csta.monitors import calls_of
from tests.scenarios.csta.conversation import Conversation
from tests.scenarios.csta.ways import EVERY, MAIN
from tests.stories.basic import BASIC_CALL
from tests.stories.plan import PLAN
from tests.stories.steps import Answers, Dials, HangsUp, Rings, Told, transcript_of, written
from tests.stories.told import STORIES
from tests.stories.two_calls import CONSULT, CONSULT_TRANSFER

BUSY = ErrorResponse(category="systemResourceAvailability", value="resourceBusy")
EVERY_WAY = pytest.mark.parametrize("way", MAIN.values(), ids=MAIN.keys())
BER = MAIN["OpenScape 4000"]
DEVICES = len(PLAN.devices())


def octet_by_octet(data: bytes) -> Iterable[bytes]:
    return (data[place : place + 1] for place in range(len(data)))


def nothing_told(_: list[Event]) -> Iterable[Event]:
    return ()


def talking(way: tuple[Dialect, str]) -> Conversation:
    """7201 is held by 7101, who talks with 7102."""
    carried = Conversation(*way)
    for step in CONSULT:
        carried.take(step)
    carried.application.asked.clear()
    return carried


def surveys(carried: Conversation) -> list[Surveyed]:
    return [told for told in carried.application.told if isinstance(told, Surveyed)]


def asked(carried: Conversation) -> Counter[str]:
    """What the watch asked since the last time."""
    kinds = Counter(type(request).__name__ for request in carried.application.asked)
    carried.application.asked.clear()
    return kinds


@pytest.mark.parametrize("way", EVERY.values(), ids=EVERY.keys())
def test_bytes_that_come_one_by_one_make_no_difference(way: tuple[Dialect, str]) -> None:
    carried = Conversation(*way, cut=octet_by_octet)
    carried.play(CONSULT_TRANSFER)

    assert written(carried.transcript()) == transcript_of(CONSULT_TRANSFER)
    assert carried.application.odd == carried.pbx.odd == []
    assert carried.application.doubts == []


class OneLost:
    """Loses the event of this place; ``after`` are those that came later."""

    def __init__(self, place: int) -> None:
        self._place = place
        self.lost: Event | None = None
        self.after: list[Event] = []

    def __call__(self, events: list[Event]) -> list[Event]:
        kept = []
        for event in events:
            if self._place == 0:
                self.lost = event
            else:
                kept.append(event)
                if self.lost is not None:
                    self.after.append(event)
            self._place -= 1
        return kept


@pytest.mark.parametrize("story", STORIES.values(), ids=lambda story: story.name)
def test_one_lost_event_is_made_good_by_the_next_one_of_its_call(story: Told) -> None:
    """Whichever it is, one question suffices; the mirror is wrong only about calls that nothing more was told of."""
    devices = {line.split()[0] for line in transcript_of(story).splitlines()}
    place = 0
    while True:
        carried = Conversation(*BER, absent=story.absent, attended=story.attended, devices=devices)
        carried.application.asked.clear()
        loss = carried.pbx.disturbance = OneLost(place)
        carried.play(story)
        if loss.lost is None:
            assert place == len(carried.application.heard)
            return
        heard_of = {carried.pbx.link_name(call) for event in loss.after for call in calls_of(event)}
        wrong = carried.difference()
        assert wrong.keys().isdisjoint(heard_of)
        assert len(carried.application.asked) <= 1
        if wrong:
            carried.says(SystemStatusValue.MESSAGES_LOST)
            assert carried.difference() == {}
        place += 1


@EVERY_WAY
def test_after_lost_messages_everything_is_looked_at_anew(way: tuple[Dialect, str]) -> None:
    carried = talking(way)
    carried.pbx.disturbance = nothing_told
    carried.take(HangsUp("7102"))
    for step in (Dials("7202", "7301"), Rings("7301"), Answers("7301")):
        carried.take(step)
    carried.pbx.disturbance = list
    assert len(carried.difference()) == 2
    assert asked(carried) == {}

    carried.says(SystemStatusValue.MESSAGES_LOST)

    assert carried.difference() == {}
    kinds = asked(carried)
    assert kinds["SnapshotDevice"] == DEVICES
    assert kinds["SnapshotCall"] == len(carried.pbx.states())
    assert kinds["MonitorStart"] == 0
    assert surveys(carried)[-1] == Surveyed(came_up=False, devices=DEVICES, calls=len(carried.pbx.states()))


@EVERY_WAY
def test_an_overloaded_switch_is_asked_one_thing_at_a_time(way: tuple[Dialect, str]) -> None:
    carried = talking(way)
    carried.pbx.disturbance = nothing_told
    carried.take(HangsUp("7102"))
    carried.pbx.disturbance = list
    carried.says(SystemStatusValue.OVERLOAD_REACHED)
    carried.pbx.refusing = dict.fromkeys((m.SnapshotDevice, m.SnapshotCall, m.GetAgentState), BUSY)
    carried.application.watch.survey()
    carried.application.work(carried.now)
    assert carried.application.waiting == 1
    carried.passes(5)
    busy = asked(carried).total()
    assert 1 <= busy <= 10

    carried.pbx.refusing = {}
    carried.says(SystemStatusValue.OVERLOAD_RELIEVED)
    carried.passes(60)

    assert carried.difference() == {}
    assert asked(carried).total() <= 3 * DEVICES
    assert carried.application.odd == carried.pbx.odd == []


@EVERY_WAY
def test_what_is_not_answered_is_asked_again(way: tuple[Dialect, str]) -> None:
    carried = talking(way)
    carried.take(Dials("7202", "7301"))
    carried.pbx.disturbance = nothing_told
    carried.take(Rings("7301"))
    carried.pbx.disturbance = list
    carried.pbx.deaf = {m.SnapshotCall}
    carried.take(Answers("7301"))
    assert asked(carried) == {"SnapshotCall": 1}
    carried.pbx.deaf = set()
    carried.passes(20)
    assert asked(carried) == {"SnapshotCall": 1}
    assert carried.difference() == {}


@EVERY_WAY
def test_a_switch_that_starts_anew_has_none_of_the_old_calls(way: tuple[Dialect, str]) -> None:
    carried = talking(way)
    assert len(carried.application.states()) == 2

    carried.restarts()

    assert carried.up
    assert carried.application.states() == {}
    kinds = asked(carried)
    assert kinds["MonitorStart"] == DEVICES
    assert kinds["MonitorStop"] == 0
    assert surveys(carried)[-1] == Surveyed(came_up=True, devices=DEVICES, calls=0)
    for step in BASIC_CALL.steps[:-1]:
        carried.take(step)
    assert list(carried.application.states().values()) == [{"7201": "connected", "7202": "connected"}]
    assert carried.difference() == {}
    assert carried.application.doubts == []


@EVERY_WAY
def test_a_switch_that_was_away_is_surveyed_when_it_is_back(way: tuple[Dialect, str]) -> None:
    carried = talking(way)
    carried.breaks()
    assert not carried.application.watch.up
    carried.pbx.start()
    for step in BASIC_CALL.steps[:-1]:
        carried.take(step)

    carried.reconnects()

    assert carried.difference() == {}
    assert list(carried.application.states().values()) == [{"7201": "connected", "7202": "connected"}]


@EVERY_WAY
def test_calls_that_go_on_while_the_link_is_lost_are_known_afterwards(way: tuple[Dialect, str]) -> None:
    carried = talking(way)
    carried.breaks()
    carried.take(HangsUp("7102"))
    carried.take(Dials("7202", "7000"))
    carried.reconnects()

    assert carried.difference() == {}
    assert carried.application.watch.surveyed
    assert {len(parts) for parts in carried.application.states().values()} == {2}


@EVERY_WAY
def test_a_monitor_that_the_switch_ends_is_started_again(way: tuple[Dialect, str]) -> None:
    carried = talking(way)
    carried.pbx.stops_monitor("7101", carried.now)
    carried.settle()

    assert MonitorLost("7101") in carried.application.told
    assert asked(carried) == {"MonitorStart": 1, "SnapshotDevice": 1, "GetAgentState": 1, "SnapshotCall": 2}
    carried.take(HangsUp("7102"))
    assert carried.difference() == {}
    assert carried.application.doubts == []
