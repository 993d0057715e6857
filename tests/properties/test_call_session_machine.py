"""A session against clients, an engine and a far end that do anything at any time, late things and repeats included."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from media_service.control.messages import (
    Action,
    Answer,
    AskDigit,
    Bridge,
    Collect,
    Conference,
    DigitHeard,
    Hangup,
    HoldMusic,
    LeaveConference,
    Menu,
    Message,
    Pause,
    PauseRecording,
    Play,
    Progress,
    Recognise,
    Record,
    SendDigits,
    SessionChanged,
    SessionEnded,
    StopRecording,
    Transfer,
    Unbridge,
    Utterance,
    Verb,
    VerbEnded,
    VerbResult,
)
from media_service.ivr.session import Arrival, CallSession, Fallback
from media_service.ivr.states import TRIGGER_OF, Trigger
from media_service.ivr.wishes import EndCall, Order, SendOut, StartListening, StartPlay, Tell

SAID = st.sampled_from([(), (Utterance(prompt="welcome"),)])
SECONDS = st.sampled_from([0.0, 0.5, 1.0, 5.0, 60.0])
SPANS = st.sampled_from([0.0, 0.001, 0.5, 1.0, 3.0, 5.0, 8.0, 60.0, 4000.0])
OPEN, SECRET = "123#", "ABCD"
"""Keys that are pressed where anybody may know, and those while a masked verb collects."""
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(Play, SAID, st.booleans()),
    st.builds(AskDigit, SAID, SECONDS),
    st.builds(Menu, SAID, st.sampled_from(["1", "12AB"]), SECONDS, st.integers(1, 3)),
    st.builds(
        Collect,
        SAID,
        st.integers(1, 5),
        st.integers(0, 2),
        st.sampled_from(["", "#", "D"]),
        SECONDS,
        SECONDS,
        SECONDS,
        st.booleans(),
        st.booleans(),
    ),
    st.builds(Recognise, SAID, st.just("#JSGF V1.0;"), SECONDS, st.sampled_from(["", "12"])),
    st.builds(Message, SAID, st.just("box/m"), SECONDS, SECONDS),
    st.sampled_from(
        [
            *(Answer(), Answer(), Progress(()), Progress((Utterance(prompt="welcome"),)), HoldMusic("hold_music")),
            *(SendDigits("12"), SendDigits("no digits"), Pause(0.0), Pause(2.0), Pause(-1.0), Transfer("7201")),
            *(Transfer(replaces="other"), Bridge("other"), Bridge(""), Unbridge(), Conference("r"), LeaveConference()),
            *(Record("call"), Record("../x"), PauseRecording(paused=True), StopRecording(), Hangup(), Hangup(200)),
        ]
    ),
)
RESULTS = st.sampled_from([VerbResult("finished"), VerbResult("failed", detail="no")])


class CallSessionMachine(RuleBasedStateMachine):
    """Keeps what was told, what is outstanding, and which keys were pressed in secret."""

    @initialize(
        placed=st.booleans(),
        music=st.sampled_from([None, "hold_music"]),
        announcement=st.sampled_from([None, "sorry"]),
        after=st.sampled_from([0.0, 8.0]),
    )
    def start(self, placed: bool, music: str | None, announcement: str | None, after: float) -> None:
        self.now = 1000.0
        arrival = Arrival(session="s", port="7001", caller="1", called="2", sip_call_id="x@y", at=self.now)
        fallback = Fallback(after, music, 60.0, announcement)
        self.session = CallSession(arrival, fallback, placed="placed" if placed else None, patience=30.0)
        self.verbs: dict[str, Verb] = {"placed": Verb("placed", "s", Answer())} if placed else {}
        self.told: list[Any] = []
        self.outcomes: dict[str, VerbResult] = {}
        self.tokens: list[str] = ["", "s#1"]
        self.orders: list[str] = []
        self.calls_ended = 0
        self.pass_time()

    # --- clients ----------------------------------------------------------------------------------------------------

    @rule(action=ACTIONS)
    def verb(self, action: Action) -> None:
        verb = Verb(f"v{len(self.verbs)}", "s", action)
        self.verbs[verb.id] = verb
        self.session.verb(verb, self.now)
        self.take()

    @precondition(lambda self: self.verbs)
    @rule(data=st.data())
    def the_same_verb_again(self, data: st.DataObject) -> None:
        verb = self.verbs[data.draw(st.sampled_from(sorted(self.verbs)))]
        self.session.verb(verb, self.now)
        wishes = self.session.take_wishes()
        known = self.outcomes.get(verb.id)
        assert wishes == ([] if known is None else [Tell(VerbEnded(verb.id, "s", known))])

    @rule(by_anybody=st.booleans())
    def attended(self, by_anybody: bool) -> None:
        self.session.attended(self.now, by_anybody=by_anybody)
        self.take()

    @rule()
    def released(self) -> None:
        self.session.release("the service stops", self.now)
        self.take()

    # --- the far end ------------------------------------------------------------------------------------------------

    @rule()
    def confirmed(self) -> None:
        self.session.confirmed(self.now)
        self.take()

    @precondition(lambda self: self.session.answered)
    @rule(said=SAID, barge_in=st.booleans(), keys=st.integers(0, 6))
    def secret_asked(self, said: tuple[Utterance, ...], barge_in: bool, keys: int) -> None:
        self.verb(Collect(said, 4, barge_in=barge_in, masked=True))
        for key in range(keys):
            self.key_pressed(key % 4)

    @rule(key=st.integers(0, 3))
    def key_pressed(self, key: int) -> None:
        under_way = self.under_way()
        masked = isinstance(under_way, Collect) and under_way.masked
        digit = (SECRET if masked else OPEN)[key]
        self.session.digit(digit, self.now)
        self.take()

    @rule(speaking=st.booleans())
    def speech(self, speaking: bool) -> None:
        self.session.speech(self.now, speaking=speaking)
        self.take()

    @rule(status=st.sampled_from([100, 180, 200, 486, 603]), over=st.booleans())
    def transfer_news(self, status: int, over: bool) -> None:
        self.session.transfer_news(status, "so", self.now, over=over)
        self.take()

    @rule(reason=st.sampled_from(["remote", "refused", "failed"]))
    def gone(self, reason: str) -> None:
        self.session.gone(reason, "", self.now, 486 if reason == "refused" else 0)
        self.take()

    # --- the engine, and what is done about wishes ------------------------------------------------------------------

    @rule(data=st.data(), finished=st.booleans())
    def play_ended(self, data: st.DataObject, finished: bool) -> None:
        self.session.play_ended(self.token(data), self.now, finished=finished, position=0.5)
        self.take()

    @rule(data=st.data(), well=st.booleans())
    def sent(self, data: st.DataObject, well: bool) -> None:
        token = self.token(data)
        self.session.sent(token, self.now) if well else self.session.not_sent(token, "no", self.now)
        self.take()

    @rule(data=st.data(), result=st.sampled_from(["speech", "recorded", "invalid", "failed"]), begins=st.booleans())
    def listened(self, data: st.DataObject, result: str, begins: bool) -> None:
        token = self.token(data)
        if begins:
            self.session.listening(token, "box/m.wav", self.now)
        else:
            self.session.listened(token, VerbResult(result), self.now)
        self.take()

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), result=RESULTS)
    def carried_out(self, data: st.DataObject, result: VerbResult) -> None:
        order = data.draw(st.sampled_from(self.orders))
        self.orders.remove(order)
        self.session.carried_out(order, result, self.now)
        self.take()

    @precondition(lambda self: self.session.answered)
    @rule(by=st.sampled_from(["", "other"]), room=st.booleans())
    def joined(self, by: str, room: bool) -> None:
        self.session.joined(partner=None if room else "other", room="r" if room else None, by="" if room else by)
        self.take()

    @rule()
    def parted(self) -> None:
        self.session.parted(self.now)
        self.take()

    @rule(file=st.sampled_from([None, "call.wav"]))
    def recorded_into(self, file: str | None) -> None:
        self.session.recorded_into(file)
        self.take()

    @rule(span=SPANS)
    def time(self, span: float) -> None:
        self.now += span
        self.pass_time()

    # --- what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def no_timer_lies_in_the_past(self) -> None:
        timer = self.session.get_timer()
        assert timer is None or timer >= self.now
        assert not (self.session.over and timer is not None)

    @invariant()
    def no_verb_is_lost(self) -> None:
        ends = Counter(message.id for message in self.told if isinstance(message, VerbEnded))
        assert all(count == 1 for count in ends.values())
        assert set(ends) == set(self.outcomes)
        waiting = set(self.verbs) - set(self.outcomes)
        behind = {each for each in waiting if TRIGGER_OF[type(self.verbs[each].action)] is Trigger.BACKGROUND}
        assert behind <= set(self.orders)
        assert len(waiting - behind) <= 1
        assert not (self.session.over and waiting)

    @invariant()
    def the_end_is_told_once(self) -> None:
        ends = [message for message in self.told if isinstance(message, SessionEnded)]
        assert len(ends) == self.session.over
        assert self.calls_ended <= 1
        for message in self.told[self.told.index(ends[0]) + 1 :] if ends else ():
            assert isinstance(message, VerbEnded)
            assert message.outcome.result == "failed"

    @invariant()
    def nobody_is_told_a_secret(self) -> None:
        for message in self.told:
            if isinstance(message, DigitHeard):
                assert message.digit not in SECRET
            elif isinstance(message, VerbEnded):
                action = self.verbs[message.id].action
                secret = set(SECRET) & set(message.outcome.digits)
                assert not secret or (isinstance(action, Collect) and action.masked), message
            elif isinstance(message, SessionChanged) and message.session.outcome is not None:
                assert not set(SECRET) & set(message.session.outcome.digits)

    # --- bookkeeping ------------------------------------------------------------------------------------------------

    def under_way(self) -> Action | None:
        waiting = [each for name, each in self.verbs.items() if name not in self.outcomes]
        before = [each.action for each in waiting if TRIGGER_OF[type(each.action)] is not Trigger.BACKGROUND]
        return before[0] if before else None

    def token(self, data: st.DataObject) -> str:
        """A token that was given, most often the last one."""
        return data.draw(st.one_of(st.just(self.tokens[-1]), st.sampled_from(self.tokens)))

    def pass_time(self) -> None:
        rounds = 0
        while (timer := self.session.get_timer()) is not None and timer <= self.now:
            self.session.handle_timer(self.now)
            self.take()
            rounds += 1
            assert rounds < 10, "time does not go on"

    def take(self) -> None:
        for wish in self.session.take_wishes():
            match wish:
                case Tell(message):
                    self.note(message)
                case StartPlay(token) | StartListening(token) | SendOut(token):
                    self.tokens.append(token)
                case Order(verb):
                    self.orders.append(verb)
                case EndCall():
                    self.calls_ended += 1

    def note(self, message: Any) -> None:
        self.told.append(message)
        if isinstance(message, VerbEnded):
            self.outcomes.setdefault(message.id, message.outcome)


CallSessionMachine.TestCase.settings = settings(
    max_examples=80, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestCallSession = CallSessionMachine.TestCase


def begun() -> CallSessionMachine:
    """A call that is answered."""
    machine = CallSessionMachine()
    machine.start(placed=False, music=None, announcement=None, after=8.0)
    machine.verb(Answer())
    machine.confirmed()
    return machine


def test_keys_of_a_masked_prompt_answer_no_later_question() -> None:
    machine = begun()
    machine.secret_asked((Utterance(prompt="welcome"),), barge_in=False, keys=3)
    machine.verb(AskDigit((), 5.0))
    assert [message.outcome.result for message in machine.told[-1:]] == ["stopped"]
    machine.nobody_is_told_a_secret()


def test_a_change_of_the_session_tells_no_masked_digits() -> None:
    machine = begun()
    machine.secret_asked((), barge_in=True, keys=4)
    assert machine.outcomes["v1"].digits == SECRET
    machine.recorded_into("call.wav")
    changed = machine.told[-1]
    assert isinstance(changed, SessionChanged)
    assert changed.session.outcome == VerbResult("digits")
    assert machine.session.describe().outcome == VerbResult("digits", digits=SECRET)
