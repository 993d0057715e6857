"""Whatever phones, callers, applications and time do in any order, the switch stays consistent."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from csta import messages
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Request
from csta.states import AgentState, ConnectionState, RequestedAgentState
from lab.switch.call import Call, Party
from lab.switch.wishes import CallerID, HangUp, Hear, Invite, Refuse, Room, SendDigits, Tone
from tests.scenarios.lab.story import Story
from tests.stories.plan import PLAN

CALLERS = ("7201", "7202", "0301234", "7101", "7102")
TARGETS = (
    *PLAN.extensions,
    *("7000", "7500", "9999", "0891234", "*61", "*62", "*64", "*67", "*21*7102", "*22*7202", "*23*7000", "#21"),
    *("*25", "#25", "*59*7101", "*59*7202", "*57", "*65*7202", "*65*7101", "*66", "*70", "*71"),
)
STATUSES = (408, 480, 486, 500, 503, 603)
ON_ONE = (
    lambda at, to: messages.DeflectCall(call_to_be_diverted=at, new_destination=to),
    lambda at, to: messages.SingleStepTransferCall(active_call=at, transferred_to=to),
    lambda at, to: messages.SingleStepConferenceCall(active_call=at, device_to_join=to),
    lambda at, to: messages.ConsultationCall(existing_call=at, consulted_device=to),
    lambda at, to: messages.ParkCall(parking=at, park_to=to),
    lambda at, to: messages.DirectedPickupCall(call_to_be_picked_up=at, requesting_device=to),
    lambda at, _to: messages.ClearConnection(connection_to_be_cleared=at),
    lambda at, _to: messages.ClearCall(call_to_be_cleared=at),
    lambda at, _to: messages.HoldCall(call_to_be_held=at),
    lambda at, _to: messages.RetrieveCall(call_to_be_retrieved=at),
    lambda at, _to: messages.AnswerCall(call_to_be_answered=at),
    lambda at, _to: messages.GenerateDigits(connection_to_send_digits=at, characters_to_send="12#"),
)
ON_TWO = (
    lambda held, active: messages.AlternateCall(held_call=held, active_call=active),
    lambda held, active: messages.ReconnectCall(held_call=held, active_call=active),
    lambda held, active: messages.TransferCall(held_call=held, active_call=active),
    lambda held, active: messages.ConferenceCall(held_call=held, active_call=active),
)
ON_DEVICES = (
    lambda one, to: messages.MakeCall(calling_device=one, called_directory_number=to),
    lambda _one, to: messages.MakePredictiveCall(calling_device=DeviceID("7500"), called_directory_number=to),
    lambda one, _to: messages.GroupPickupCall(new_destination=one),
    lambda one, to: messages.SetForwarding(device=one, activate_forward=True, forward_dn=to),
    lambda one, _to: messages.SetForwarding(device=one, activate_forward=False),
    lambda one, to: messages.SetDoNotDisturb(device=one, do_not_disturb_on=to.number < "72"),
    lambda one, _to: messages.SetAgentState(device=one, requested_agent_state=RequestedAgentState.READY),
    lambda one, _to: messages.SetAgentState(device=one, requested_agent_state=RequestedAgentState.NOT_READY),
)
KINDS = (
    *("dial", "dial", "ring", "answer", "answer", "answer", "refuse", "end", "break", "hold", "resume"),
    *("one", "one", "one", "two", "two", "device", "time", "gone", "attend"),
)
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 50), st.integers(0, 50)), max_size=80)


class Walk:
    """A random walk: every step takes its subject from what there is."""

    def __init__(self) -> None:
        self.story = Story()
        self.legs: dict[str, str] = {}
        self.hears: dict[str, object] = {}
        self.at_rest: set[str] = set()
        self.dialled = 0
        for device in ("7101", "7102"):
            for state in (RequestedAgentState.LOGGED_ON, RequestedAgentState.READY):
                self.perform(messages.SetAgentState(device=DeviceID(device), requested_agent_state=state))
        self.take()

    def step(self, kind: str, one: int, other: int) -> None:
        leg = sorted(self.legs)[one % len(self.legs)] if self.legs else "none"
        if kind in {"one", "two", "device"}:
            self.ask(kind, one, other)
        elif kind in {"dial", "gone", "attend", "time"}:
            self.happen(kind, one, other)
        elif leg in self.legs:
            self.on_leg(kind, leg, one, other)
        self.take()

    def happen(self, kind: str, one: int, other: int) -> None:
        story, switch = self.story, self.story.switch
        match kind:
            case "dial":
                self.dialled += 1
                name = f"in-{self.dialled}"
                self.legs[name] = "in"
                caller = CALLERS[one % len(CALLERS)]
                switch.arrived(name, CallerID(caller), TARGETS[other % len(TARGETS)], story.now)
            case "gone":
                number = sorted(PLAN.extensions)[one % len(PLAN.extensions)]
                (switch.unregistered if other % 4 == 0 else switch.registered)(number)
            case "attend":
                switch.attend(frozenset({"7000"}) if other % 2 else frozenset())
            case _:
                story.now += one
                switch.handle_timer(story.now)

    def on_leg(self, kind: str, leg: str, one: int, other: int) -> None:
        story, switch = self.story, self.story.switch
        state = self.legs[leg]
        ringing = [name for name, state in sorted(self.legs.items()) if state == "out"]
        match kind:
            case "ring" if state == "out":
                switch.progressed(leg)
            case "answer" if ringing:
                leg = ringing[one % len(ringing)]
                self.legs[leg] = "talk"
                switch.answered(leg, story.now)
            case "refuse" if state == "out":
                del self.legs[leg]
                switch.refused(leg, STATUSES[other % len(STATUSES)], story.now)
            case "end":
                del self.legs[leg]
                self.at_rest.discard(leg)
                switch.ended(leg, story.now)
            case "break" if other % 5 == 0:
                switch.broken(leg, story.now)
            case "hold" if state == "talk" and leg not in self.at_rest:
                self.at_rest.add(leg)
                switch.held(leg, story.now)
            case "resume" if leg in self.at_rest:
                self.at_rest.discard(leg)
                switch.resumed(leg, story.now)
            case _:
                pass  # it does not fit the leg

    def ask(self, kind: str, one: int, other: int) -> None:
        to = DeviceID(sorted(PLAN.devices() | {"0891234"})[(one + other) % (len(PLAN.devices()) + 1)])
        connections = [
            ConnectionID(view.call_id, device) for view in self.story.switch.calls() for device, _ in view.parties
        ] or [ConnectionID("none", "7000")]
        request: Request
        match kind:
            case "one":
                request = ON_ONE[one % len(ON_ONE)](connections[other % len(connections)], to)
            case "two":
                devices = Counter(each.device_id for each in connections)
                twice = [each for each in connections if devices[each.device_id] > 1] or connections
                held = twice[other % len(twice)]
                active = next((each for each in reversed(twice) if each.device_id == held.device_id), held)
                request = ON_TWO[one % len(ON_TWO)](held, active)
            case _:
                device = DeviceID(CALLERS[other % len(CALLERS)])
                request = ON_DEVICES[one % len(ON_DEVICES)](device, to)
        self.perform(request)

    def perform(self, request: Request) -> None:
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
                self.hears.pop(wish.leg, None)
                self.at_rest.discard(wish.leg)
            elif isinstance(wish, Hear):
                assert wish.leg in self.legs, "who has hung up hears nothing"
                self.hears[wish.leg] = wish.source
                if self.legs[wish.leg] == "in":
                    self.legs[wish.leg] = "talk"
            elif isinstance(wish, SendDigits):
                assert wish.leg in self.legs

    # ---- what must hold after each step

    def check(self) -> None:
        exchange = self.story.switch._exchange
        held_by = [(call, party) for call in exchange.calls.values() for party in call.parties if party.leg]
        assert {party.leg: call for call, party in held_by} == exchange.legs
        assert len({party.leg for _, party in held_by}) == len(held_by), "a leg belongs to one connection"
        assert set(exchange.legs) == set(self.legs), "the switch forgets no leg"
        for call in exchange.calls.values():
            self.check_call(call)

    def check_call(self, call: Call) -> None:
        assert len({party.device for party in call.parties}) == len(call.parties) >= 1
        assert not {ConnectionState.NULL, ConnectionState.FAIL} & {party.state for party in call.parties}
        assert call.target is None or call.target in call.parties
        talking = [party for party in call.parties if party.answered and party is not call.target]
        for party in talking:
            assert party.leg is not None or party.state is ConnectionState.HOLD, "who talks has a leg"
            self.check_heard(call, party, [other for other in talking if other is not party])

    def check_heard(self, call: Call, party: Party, others: list[Party]) -> None:
        if party.leg is None or party.held_at_phone:
            return
        heard = self.hears.get(party.leg)
        if party.state is ConnectionState.HOLD:
            assert heard is Tone.SILENCE
        elif len(others) > 1:
            assert heard == Room(call.call_id), "a conference is mixed"
        elif others and others[0].state is ConnectionState.CONNECTED:
            assert heard == others[0].leg, "two who talk hear each other"
        elif others and call.target is None:
            assert heard is Tone.HOLD


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_no_order_of_happenings_breaks_the_switch(walk: list[tuple[str, int, int]]) -> None:
    switch = Walk()
    for kind, one, other in walk:
        switch.step(kind, one, other)
        switch.check()

    for leg in list(switch.legs):
        if leg in switch.legs:
            switch.step("end", sorted(switch.legs).index(leg), 0)
    for _ in range(20):
        switch.story.now += 1000
        switch.story.switch.handle_timer(switch.story.now)
        switch.take()
    assert switch.story.switch.calls() == ()
    assert switch.story.switch.get_timer() is None
    assert not any(seat.state is AgentState.BUSY for seat in switch.story.switch._exchange.seats.values())
