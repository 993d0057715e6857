"""Whatever phones, callers, applications and time do in any order, the switch stays consistent."""

from hypothesis import given
from hypothesis import strategies as st

from csta import messages
from csta.identifiers import ConnectionID, DeviceID
from csta.states import ConnectionState
from lab.switch.wishes import CallerID, HangUp, Invite, Refuse
from tests.scenarios.lab.story import PLAN, WATCHED, Story

CALLERS = ("7201", "7202", "0301234", "7101")
TARGETS = (*PLAN.extensions, "7000", "9999", "*61", "*62", "*64")
STATUSES = (408, 480, 486, 500, 503, 603)

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ("dial", "ring", "answer", "refuse", "end", "break", "deflect", "transfer", "clear", "make", "time", "gone")
        ),
        st.integers(0, 50),
        st.integers(0, 50),
    ),
    max_size=60,
)


class Walk:
    """A random walk: every step takes its subject from what there is."""

    def __init__(self) -> None:
        self.story = Story()
        self.legs: dict[str, str] = {}
        self.dialled = 0

    def step(self, kind: str, one: int, other: int) -> None:
        story, switch = self.story, self.story.switch
        leg = sorted(self.legs)[one % len(self.legs)] if self.legs else "none"
        match kind:
            case "dial":
                self.dialled += 1
                name = f"in-{self.dialled}"
                self.legs[name] = "in"
                caller = CALLERS[one % len(CALLERS)]
                switch.arrived(name, CallerID(caller), TARGETS[other % len(TARGETS)], story.now)
            case "ring" if self.legs.get(leg) == "out":
                switch.progressed(leg)
            case "answer" if self.legs.get(leg) == "out":
                self.legs[leg] = "talk"
                switch.answered(leg, story.now)
            case "refuse" if self.legs.get(leg) == "out":
                del self.legs[leg]
                switch.refused(leg, STATUSES[other % len(STATUSES)], story.now)
            case "end" if leg in self.legs:
                del self.legs[leg]
                switch.ended(leg, story.now)
            case "break" if leg in self.legs:
                switch.broken(leg, story.now)
            case "deflect" | "transfer" | "clear" | "make":
                self.ask(kind, one, other)
            case "gone":
                number = sorted(PLAN.extensions)[one % len(PLAN.extensions)]
                (switch.unregistered if other % 2 else switch.registered)(number)
            case "time":
                story.now += one
                switch.handle_timer(story.now)
            case _:
                pass
        self.take()

    def ask(self, kind: str, one: int, other: int) -> None:
        views = self.story.switch.calls()
        call = views[one % len(views)] if views else None
        device = call.parties[other % len(call.parties)][0] if call else "7000"
        connection = ConnectionID(call.call_id if call else "none", device)
        to = DeviceID(TARGETS[(one + other) % len(TARGETS)])
        request: messages.Request
        match kind:
            case "deflect":
                request = messages.DeflectCall(call_to_be_diverted=connection, new_destination=to)
            case "transfer":
                request = messages.SingleStepTransferCall(active_call=connection, transferred_to=to)
            case "clear":
                request = messages.ClearConnection(connection_to_be_cleared=connection)
            case _:
                request = messages.MakeCall(calling_device=DeviceID(CALLERS[0]), called_directory_number=to)
        _, deed = self.story.switch.perform(request, self.story.now)
        deed()

    def take(self) -> None:
        for wish in self.story.switch.take_wishes():
            self.story._line(wish)  # the mirror follows
            if isinstance(wish, Invite):
                assert wish.leg not in self.legs
                self.legs[wish.leg] = "out"
            elif isinstance(wish, HangUp | Refuse):
                assert wish.leg in self.legs, "a leg is ended once"
                del self.legs[wish.leg]

    def check(self) -> None:
        views = self.story.switch.calls()
        for number, extension in PLAN.extensions.items():
            assert sum(number == device for view in views for device, _ in view.parties) <= extension.calls
        for view in views:
            assert 1 <= len(view.parties) <= 2
            assert ConnectionState.NULL not in {state for _, state in view.parties}
            assert ConnectionState.FAIL not in {state for _, state in view.parties}


@given(STEPS)
def test_no_order_of_happenings_breaks_the_switch(walk: list[tuple[str, int, int]]) -> None:
    switch = Walk()
    for kind, one, other in walk:
        switch.step(kind, one, other)
        switch.check()

    for leg in list(switch.legs):
        if leg in switch.legs:
            switch.step("end", sorted(switch.legs).index(leg), 0)
    switch.story.now += 1000
    switch.story.switch.handle_timer(switch.story.now)
    switch.take()
    assert switch.story.switch.calls() == ()
    assert switch.story.switch.get_timer() is None
    # An application's mirror holds nothing either: every event that it needed was sent.
    assert {call for call in switch.story.mirror.calls if switch.story.mirror.calls[call].connections} == set(), WATCHED
