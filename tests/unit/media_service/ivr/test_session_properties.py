"""Whatever happens in whatever order, each verb ends once at most, and all of them have ended when the call has."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from media_service.control.messages import (
    Answer,
    AskDigit,
    Bridge,
    Collect,
    Hangup,
    HoldMusic,
    Menu,
    Message,
    Pause,
    Play,
    Progress,
    Recognise,
    Record,
    SendDigits,
    SessionEnded,
    StopRecording,
    Transfer,
    Utterance,
    Verb,
    VerbEnded,
    VerbResult,
)
from media_service.ivr.session import Arrival, CallSession, Fallback
from media_service.ivr.wishes import EndCall, Order, SendOut, StartListening, StartPlay, Tell

ACTIONS = [
    Answer(),
    Play((Utterance(prompt="welcome"),), barge_in=True),
    Play(()),
    AskDigit((Utterance(prompt="menu"),), 3.0),
    AskDigit((), 3.0),
    HoldMusic("hold_music"),
    Menu((Utterance(prompt="menu"),), "12", 2.0, tries=2),
    Collect((Utterance(prompt="menu"),), 3, total=5.0),
    Recognise((Utterance(prompt="menu"),), "#JSGF V1.0;"),
    Message((), "box"),
    SendDigits("12"),
    Pause(1.0),
    Transfer("7201"),
    Progress(()),
    Bridge("other"),
    Record("call"),
    StopRecording(),
    Hangup(),
]
STEPS = st.one_of(
    st.tuples(st.just("verb"), st.sampled_from(ACTIONS)),
    st.tuples(st.just("again"), st.integers(0, 30)),
    st.tuples(st.just("digit"), st.sampled_from("0123456789*#")),
    st.tuples(st.just("played"), st.booleans()),
    st.tuples(st.just("confirmed"), st.none()),
    st.tuples(st.just("time"), st.floats(0.0, 400.0)),
    st.tuples(st.just("attended"), st.booleans()),
    st.tuples(st.just("gone"), st.none()),
    st.tuples(st.just("speech"), st.booleans()),
    st.tuples(st.just("listened"), st.sampled_from(["speech", "recorded", "failed"])),
    st.tuples(st.just("carried out"), st.booleans()),
    st.tuples(st.just("sent"), st.none()),
    st.tuples(st.just("transfer"), st.sampled_from([200, 486])),
    st.tuples(st.just("joined"), st.booleans()),
)


class Walk:
    def __init__(self, fallback: Fallback, *, placed: bool = False) -> None:
        arrival = Arrival(session="s", port="7001", caller="7201", called="7000", sip_call_id="x@y", at=0.0)
        self.session = CallSession(arrival, fallback, placed="placed" if placed else None)
        self.now = 0.0
        self.heard = self.out = ""
        self.orders: list[str] = []
        self.token = ""
        self.verbs: list[Verb] = []
        self.told: list[Any] = []
        self.ended_calls = 0

    def step(self, kind: str, value: Any) -> None:
        session, now = self.session, self.now
        match kind:
            case "verb":
                self.verbs.append(Verb(id=str(len(self.verbs)), session="s", action=value))
                session.verb(self.verbs[-1], now)
            case "digit":
                session.digit(value, now)
            case "played":
                session.play_ended(self.token, now, finished=value)
            case "confirmed":
                session.confirmed(now)
            case "time":
                self.now = now + value
                while (timer := session.get_timer()) is not None and timer <= self.now:
                    session.handle_timer(self.now)
            case "attended":
                session.attended(now, by_anybody=value)
            case "gone":
                session.gone("remote", "", now)
            case _:
                self.around(kind, value)
        self.note()

    def around(self, kind: str, value: Any) -> None:
        session, now = self.session, self.now
        match kind:
            case "speech":
                session.speech(now, speaking=value)
            case "listened":
                session.listening(self.heard, "box.wav", now)
                session.listened(self.heard, VerbResult(value), now)
            case "carried out" if self.orders:
                session.carried_out(self.orders.pop(0 if value else -1), VerbResult("finished"), now)
            case "sent":
                session.sent(self.out, now)
            case "transfer":
                session.transfer_news(value, "", now, over=True)
            case "joined" if session.answered and value:
                session.joined(partner="other", room=None, by="other")
            case "joined":
                session.parted(now)

    def note(self) -> None:
        for wish in self.session.take_wishes():
            match wish:
                case Tell(message):
                    self.told.append(message)
                case StartPlay(token):
                    self.token = token
                case StartListening(token):
                    self.heard = token
                case SendOut(token):
                    self.out = token
                case Order(verb):
                    self.orders.append(verb)
                case EndCall():
                    self.ended_calls += 1


@given(
    st.lists(STEPS, max_size=40),
    st.sampled_from([None, "sorry"]),
    st.sampled_from([None, "hold_music"]),
    st.booleans(),
)
def test_each_verb_ends_once(
    steps: list[tuple[str, Any]],
    announcement: str | None,
    music: str | None,
    placed: bool,
) -> None:
    walk = Walk(Fallback(8.0, music, 60.0, announcement), placed=placed)
    for kind, value in steps:
        if kind == "again":
            if value < len(walk.verbs):
                before = list(walk.told)
                walk.session.verb(walk.verbs[value], walk.now)
                repeated = [wish.message for wish in walk.session.take_wishes() if isinstance(wish, Tell)]
                assert [each for each in before if isinstance(each, VerbEnded) and each.id == str(value)] == repeated
            continue
        walk.step(kind, value)
    ends = Counter(message.id for message in walk.told if isinstance(message, VerbEnded))
    assert not [name for name, count in ends.items() if count > 1]
    sessions_ended = [message for message in walk.told if isinstance(message, SessionEnded)]
    assert len(sessions_ended) == int(walk.session.over)
    assert walk.ended_calls <= 1
    if walk.session.over:
        assert set(ends) == {verb.id for verb in walk.verbs} | ({"placed"} if placed else set())
        assert walk.session.get_timer() is None
    else:
        assert len(walk.verbs) + placed - len(ends) <= 1 + len(walk.orders)
