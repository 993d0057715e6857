"""Bytes cut anywhere change nothing; events lost, doubled or out of order never leave the mirror wrong for good.

Both ends are the real ones: the lab's switching model, sessions in every dialect, a watch and its mirror.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import cycle

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from csta import messages as m
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Event
from csta.states import SystemStatusValue
from csta.watch import CallCorrected, WatchSettings
from tests.scenarios.csta.conversation import Conversation
from tests.scenarios.csta.ways import MAIN
from tests.stories.plan import PLAN
from tests.stories.steps import (
    Answers,
    Dials,
    HangsUp,
    Holds,
    Refuses,
    Resumes,
    Rings,
    transcript_of,
    written,
)
from tests.stories.told import STORIES

WAYS = st.sampled_from(list(MAIN))
TALES = st.sampled_from(list(STORIES))
DEVICES = len(PLAN.devices())


class Cutter:
    """Cuts what is written into pieces of these sizes, over and over."""

    def __init__(self, sizes: list[int]) -> None:
        self._sizes = cycle(sizes)

    def __call__(self, data: bytes) -> Iterator[bytes]:
        place = 0
        while place < len(data):
            size = next(self._sizes)
            yield data[place : place + size]
            place += size


@settings(max_examples=40, deadline=None)
@given(TALES, WAYS, st.lists(st.integers(1, 700), min_size=1, max_size=8))
def test_frames_cut_and_merged_anywhere_are_the_same_story(name: str, way: str, sizes: list[int]) -> None:
    story = STORIES[name]
    carried = Conversation(*MAIN[way], absent=story.absent, attended=story.attended, cut=Cutter(sizes))
    carried.application.asked.clear()
    carried.play(story)

    assert written(carried.transcript()) == transcript_of(story)
    assert carried.difference() == {}
    assert carried.application.odd == carried.pbx.odd == []
    assert carried.application.doubts == []
    assert carried.application.asked == []


FATES = st.lists(st.sampled_from(["well", "well", "well", "lost", "twice", "late"]), min_size=1, max_size=12)


class Fates:
    """Loses, doubles and delays events in turn; what is late comes after the next event that is not, or at the end."""

    def __init__(self, fates: list[str]) -> None:
        self._fates = cycle(fates)
        self._late: list[Event] = []

    def __call__(self, events: Iterable[Event]) -> list[Event]:
        told: list[Event] = []
        for event in events:
            match next(self._fates):
                case "well":
                    told += [event, *self.rest()]
                case "twice":
                    told += [event, event]
                case "late":
                    self._late.append(event)
        return told

    def rest(self) -> list[Event]:
        """What is still late."""
        late, self._late = self._late, []
        return late


@settings(max_examples=80, deadline=None)
@given(TALES, WAYS, st.lists(st.sampled_from(["well", "twice"]), min_size=1, max_size=6))
def test_events_told_twice_raise_no_doubt(name: str, way: str, fates: list[str]) -> None:
    story = STORIES[name]
    carried = Conversation(*MAIN[way], absent=story.absent, attended=story.attended)
    carried.application.asked.clear()
    carried.pbx.disturbance = Fates(fates)
    for step in story.steps:
        carried.take(step)
        assert carried.difference() == {}
    assert carried.application.doubts == []
    assert carried.application.asked == []


@settings(max_examples=80, deadline=None)
@given(TALES, WAYS, FATES)
def test_a_disturbed_story_costs_few_questions_and_lost_messages_make_it_good(
    name: str, way: str, fates: list[str]
) -> None:
    story = STORIES[name]
    carried = Conversation(*MAIN[way], absent=story.absent, attended=story.attended)
    carried.application.asked.clear()
    began = carried.now
    carried.pbx.disturbance = Fates(fates)
    carried.play(story)
    carried.passes(5)

    checks = Counter(
        one.snapshot_object.call_id for one in carried.application.asked if isinstance(one, m.SnapshotCall)
    )
    assert checks.total() == len(carried.application.asked) <= len(carried.application.doubts)
    assert all(count <= 1 + (carried.now - began) / WatchSettings().check_pause for count in checks.values())

    carried.application.asked.clear()
    calls = carried.pbx.states().keys() | carried.application.states().keys()
    carried.says(SystemStatusValue.MESSAGES_LOST)
    assert carried.difference() == {}
    assert len(carried.application.asked) <= 2 * DEVICES + len(calls)
    assert carried.application.odd == carried.pbx.odd == []


PHONE = st.sampled_from(["7101", "7102", "7201", "7202"])
NUMBER = st.sampled_from(["7000", "7101", "7102", "7201", "7202", "7610", "7999", "0891234", "*57", "*66"])


class Disturbed(RuleBasedStateMachine):
    """People and applications do whatever they like at a switch that tells of it badly."""

    @initialize(way=WAYS)
    def begin(self, way: str) -> None:
        self.carried = Conversation(*MAIN[way])
        self.carried.application.asked.clear()
        self.told = len(self.carried.application.told)

    # --- people

    @rule(phone=PHONE, number=NUMBER)
    def dials(self, phone: str, number: str) -> None:
        self.carried.take(Dials(phone, number))

    @rule(phone=PHONE, deed=st.sampled_from([Rings, Answers, HangsUp, Holds, Resumes]))
    def does(self, phone: str, deed: type[Rings | Answers | HangsUp | Holds | Resumes]) -> None:
        if phone in self.carried.pbx.rung or deed in {HangsUp, Holds, Resumes}:
            self.carried.take(deed(phone))

    @rule(phone=PHONE, status=st.sampled_from([486, 603, 503]))
    def refuses(self, phone: str, status: int) -> None:
        if phone in self.carried.pbx.rung:
            self.carried.take(Refuses(phone, status))

    @rule(seconds=st.sampled_from([0.5, 3.0, 16.0, 61.0]))
    def waits(self, seconds: float) -> None:
        self.carried.passes(seconds)

    # --- the application

    @rule(
        wish=st.sampled_from(["deflect", "transfer", "consult", "hold", "retrieve", "clear", "pick up"]),
        which=st.integers(0, 5),
        number=NUMBER,
    )
    def asks(self, wish: str, which: int, number: str) -> None:
        connections = [
            ConnectionID(call, device) for call, parts in self.carried.pbx.states().items() for device in parts
        ]
        if not connections or not self.carried.up:
            return
        at, to = connections[which % len(connections)], DeviceID(number)
        requests: dict[str, m.Request] = {
            "deflect": m.DeflectCall(call_to_be_diverted=at, new_destination=to),
            "transfer": m.SingleStepTransferCall(active_call=at, transferred_to=to),
            "consult": m.ConsultationCall(existing_call=at, consulted_device=to),
            "hold": m.HoldCall(call_to_be_held=at),
            "retrieve": m.RetrieveCall(call_to_be_retrieved=at),
            "clear": m.ClearConnection(connection_to_be_cleared=at),
            "pick up": m.DirectedPickupCall(call_to_be_picked_up=at, requesting_device=to),
        }
        self.carried.asks(requests[wish])

    # --- the switch and the link

    @rule(fates=FATES)
    def tells_badly(self, fates: list[str]) -> None:
        self.carried.pbx.disturbance = Fates(fates)

    @rule(phone=PHONE)
    def ends_monitor(self, phone: str) -> None:
        self.carried.pbx.stops_monitor(phone, self.carried.now)
        self.carried.settle()

    @rule(
        status=st.sampled_from(
            [
                SystemStatusValue.MESSAGES_LOST,
                SystemStatusValue.OVERLOAD_REACHED,
                SystemStatusValue.OVERLOAD_RELIEVED,
                SystemStatusValue.NORMAL,
            ]
        )
    )
    def says(self, status: SystemStatusValue) -> None:
        self.carried.says(status)

    @rule()
    def restarts(self) -> None:
        self.carried.restarts()

    @rule()
    def flaps(self) -> None:
        self.carried.breaks()
        self.carried.reconnects()

    @invariant()
    def everything_is_understood(self) -> None:
        assert self.carried.application.odd == self.carried.pbx.odd == []

    @precondition(lambda self: self.carried.pbx.disturbance is list)
    @invariant()
    def a_call_that_was_looked_at_is_known(self) -> None:
        wrong = self.carried.difference()
        news = self.carried.application.told[self.told :]
        assert wrong.keys().isdisjoint(one.call_id for one in news if isinstance(one, CallCorrected))

    def teardown(self) -> None:
        if not hasattr(self, "carried"):
            return
        self.carried.pbx.disturbance = list
        self.carried.says(SystemStatusValue.OVERLOAD_RELIEVED)
        self.carried.passes(20)
        self.carried.says(SystemStatusValue.MESSAGES_LOST)
        self.carried.passes(20)
        assert self.carried.difference() == {}
        assert self.carried.application.watch.surveyed


TestDisturbed = Disturbed.TestCase
TestDisturbed.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
