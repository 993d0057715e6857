"""Stories of a session: what is fed in, what is wished and told."""

from typing import Any

import pytest

from media_service.control.messages import (
    Action,
    Answer,
    AskDigit,
    DigitHeard,
    Hangup,
    HoldMusic,
    Play,
    SessionEnded,
    Utterance,
    Verb,
    VerbEnded,
    VerbResult,
)
from media_service.ivr.session import Arrival, CallSession, Fallback
from media_service.ivr.wishes import AnswerCall, EndCall, StartPlay, StopPlay, Tell

ARRIVAL = Arrival(session="s", port="7001", caller="7201", called="7000", sip_call_id="x@y", at=100.0)
FALLBACK = Fallback(8.0, "hold_music", 300.0, "sorry")
WELCOME = (Utterance(prompt="welcome"),)
MENU = (Utterance(prompt="menu"),)


class Call:
    """A session with its wishes split into what is heard and what is told."""

    def __init__(self, fallback: Fallback = FALLBACK) -> None:
        self.session = CallSession(ARRIVAL, fallback)
        self.done: list[Any] = []
        self.told: list[Any] = []
        self.keys: list[Any] = []
        self.token = ""

    def look(self) -> None:
        for wish in self.session.take_wishes():
            if isinstance(wish, Tell):
                heard = isinstance(wish.message, DigitHeard)
                (self.keys if heard else self.told).append(wish.message)
                continue
            self.done.append(wish)
            if isinstance(wish, StartPlay):
                self.token = wish.token

    def verb(self, name: str, action: Action, now: float = 101.0) -> "Call":
        self.session.verb(Verb(id=name, session="s", action=action), now)
        self.look()
        return self

    def played(self, now: float = 103.0, *, finished: bool = True, token: str = "") -> "Call":
        self.session.play_ended(token or self.token, now, finished=finished)
        self.look()
        return self

    def digit(self, digit: str, now: float = 102.0) -> "Call":
        self.session.digit(digit, now)
        self.look()
        return self

    def confirmed(self, now: float = 101.0) -> "Call":
        self.session.confirmed(now)
        self.look()
        return self

    def at(self, now: float) -> "Call":
        self.session.handle_timer(now)
        self.look()
        return self

    def taken(self) -> list[Any]:
        """What was done and told since last asked."""
        seen, self.done, self.told = self.done + self.told, [], []
        return seen


def ended(name: str, result: str, digits: str = "", detail: str = "") -> VerbEnded:
    return VerbEnded(id=name, session="s", outcome=VerbResult(result, digits, detail))


def answered() -> Call:
    call = Call().verb("1", Answer())
    assert call.taken() == [AnswerCall()]
    assert call.confirmed().taken() == [ended("1", "finished")]
    return call


def test_answer_ends_with_the_ack() -> None:
    call = answered()
    session = call.session.describe()
    assert (session.state, session.verb, session.outcome) == ("answered", "1", VerbResult("finished"))
    assert (session.caller, session.called, session.arrived_at) == ("7201", "7000", 100.0)


@pytest.mark.parametrize("action", [Play(WELCOME), AskDigit(MENU, 5.0), HoldMusic("hold_music")])
def test_nothing_is_heard_before_the_answer(action: Action) -> None:
    call = Call().verb("1", action)
    assert call.taken() == [ended("1", "failed", detail="the call is not answered yet")]
    call.verb("2", Answer()).taken()
    assert call.verb("3", action).taken() == [ended("3", "failed", detail="the call is not answered yet")]
    assert call.confirmed().taken() == [ended("2", "finished")]


def test_play_to_the_end() -> None:
    call = answered().verb("2", Play(WELCOME))
    assert call.taken() == [StartPlay("s#1", WELCOME)]
    assert call.digit("5").taken() == []
    assert call.played().taken() == [ended("2", "finished")]


def test_barge_in_stops_the_prompt_at_once_and_the_digit_answers_the_next_question() -> None:
    call = answered().verb("2", Play(WELCOME, barge_in=True))
    call.taken()
    assert call.digit("1").taken() == [StopPlay(), ended("2", "digits", "1")]
    assert call.verb("3", AskDigit(MENU, 5.0)).taken() == [ended("3", "digits", "1")]
    assert call.verb("4", AskDigit(MENU, 5.0)).taken() == [StartPlay("s#2", MENU)]


def test_digit_during_the_question_stops_its_prompt() -> None:
    call = answered().verb("2", AskDigit(MENU, 5.0))
    call.taken()
    assert call.digit("2").taken() == [StopPlay(), ended("2", "digits", "2")]
    assert call.session.get_timer() is None


def test_timeout_counts_from_the_end_of_the_prompt() -> None:
    call = answered().verb("2", AskDigit(MENU, 5.0), now=101.0)
    assert call.session.get_timer() is None
    call.played(now=110.0).taken()
    assert call.session.get_timer() == 115.0
    assert call.at(114.9).taken() == []
    assert call.at(115.0).taken() == [ended("2", "timeout")]
    assert call.digit("1").taken() == []


def test_digit_while_waiting() -> None:
    call = answered().verb("2", AskDigit(MENU, 5.0)).played(now=110.0)
    call.taken()
    assert call.digit("#").taken() == [ended("2", "digits", "#")]
    assert call.at(115.0).taken() == []


def test_question_without_prompt_waits_at_once() -> None:
    call = answered().verb("2", AskDigit((), 5.0), now=101.0)
    assert call.session.get_timer() == 106.0
    assert call.at(106.0).taken() == [StopPlay(), ended("2", "timeout")]


@pytest.mark.parametrize("timeout", [-1.0, float("inf"), float("nan"), 1e9])
def test_impossible_timeouts_fail_and_leave_what_plays(timeout: float) -> None:
    call = answered().verb("2", HoldMusic("hold_music"))
    call.taken()
    (failure,) = call.verb("3", AskDigit(MENU, timeout)).taken()
    assert failure.outcome.result == "failed"
    assert "timeout" in failure.outcome.detail
    assert call.played(finished=False).taken()[0].id == "2"


def test_type_ahead_counts_since_the_last_verb_began() -> None:
    call = answered().digit("7").verb("2", Play(WELCOME)).digit("1").digit("2").played()
    call.taken()
    assert call.verb("3", AskDigit(MENU, 5.0)).taken() == [ended("3", "digits", "1")]
    assert call.verb("4", AskDigit(MENU, 5.0)).taken() == [ended("4", "digits", "2")]
    assert call.verb("5", AskDigit(MENU, 5.0)).taken() == [StartPlay("s#2", MENU)]


def test_a_verb_replaces_the_one_under_way() -> None:
    call = answered().verb("2", HoldMusic("hold_music"))
    assert call.taken() == [StartPlay("s#1", (Utterance(prompt="hold_music"),), loop=True)]
    assert call.verb("3", Play(WELCOME)).taken() == [StartPlay("s#2", WELCOME), ended("2", "stopped")]
    assert call.played(token="s#1", finished=False).taken() == []
    assert call.played(token="s#2").taken() == [ended("3", "finished")]


def test_what_cannot_be_played_fails() -> None:
    call = answered().verb("2", Play(WELCOME))
    call.taken()
    call.session.play_ended(call.token, 101.0, finished=False, detail="no prompt 'welcome'")
    call.look()
    assert call.taken() == [ended("2", "failed", detail="no prompt 'welcome'")]


def test_a_verb_sent_again_is_not_done_again() -> None:
    call = answered().verb("2", AskDigit(MENU, 5.0))
    call.taken()
    assert call.verb("2", AskDigit(MENU, 5.0)).taken() == []
    call.digit("1").taken()
    assert call.verb("2", AskDigit(MENU, 5.0)).taken() == [ended("2", "digits", "1")]
    assert call.verb("1", Answer()).taken() == [ended("1", "finished")]


def test_answer_by_a_second_client_is_finished_at_once() -> None:
    assert answered().verb("9", Answer()).taken() == [ended("9", "finished")]


def test_hangup_and_what_comes_after() -> None:
    call = answered().verb("2", HoldMusic("hold_music"))
    call.taken()
    over = SessionEnded(session="s", port="7001", reason="local")
    assert call.verb("3", Hangup()).taken() == [EndCall(), ended("2", "stopped"), ended("3", "finished"), over]
    assert call.session.over
    assert call.verb("4", Play(WELCOME)).taken() == [ended("4", "failed", detail="the call is over")]
    call.session.gone("remote", "BYE", 120.0)
    assert call.digit("1").played().at(1e9).taken() == []


def test_hangup_before_the_answer() -> None:
    assert Call().verb("1", Hangup()).taken()[0] == EndCall()


def test_caller_hangs_up_during_a_question() -> None:
    call = answered().verb("2", AskDigit(MENU, 5.0)).played()
    call.taken()
    call.session.gone("remote", "BYE", 120.0)
    call.look()
    assert call.taken() == [
        ended("2", "stopped", detail="the call is over"),
        SessionEnded(session="s", port="7001", reason="remote", detail="BYE"),
    ]
    assert call.session.get_timer() is None


def test_nobody_answers() -> None:
    call = Call()
    assert call.session.get_timer() == 108.0
    assert call.at(107.0).taken() == []
    assert call.at(108.0).taken() == [AnswerCall()]
    assert call.session.describe().state == "ringing"
    assert call.confirmed(109.0).taken() == [StartPlay("s#1", (Utterance(prompt="hold_music"),), loop=True)]
    assert call.session.get_timer() == 409.0
    assert call.at(409.0).taken() == [StartPlay("s#2", (Utterance(prompt="sorry"),))]
    assert call.played(412.0).taken() == [
        EndCall(),
        SessionEnded(session="s", port="7001", reason="local", detail="no CTI server came for the caller"),
    ]


def test_cti_server_takes_over_from_the_fallback() -> None:
    call = Call().at(108.0).confirmed(109.0)
    call.taken()
    assert call.verb("1", Answer(), now=120.0).taken() == [ended("1", "finished")]
    assert call.verb("2", HoldMusic("hold_music"), now=120.0).taken()[0].loop
    assert call.session.get_timer() is None


def test_answer_comes_while_the_fallback_answers() -> None:
    call = Call().at(108.0).verb("1", Answer(), now=108.1)
    call.taken()
    assert call.confirmed(108.2).taken() == [ended("1", "finished")]
    assert call.session.get_timer() is None


def test_fallback_without_music_releases_after_the_announcement() -> None:
    call = Call(Fallback(8.0, None, 300.0, "sorry")).at(108.0).confirmed(109.0)
    assert call.taken() == [AnswerCall(), StartPlay("s#1", (Utterance(prompt="sorry"),))]
    assert call.played(112.0).taken()[0] == EndCall()
    assert call.session.over


def test_fallback_with_nothing_to_play_releases_at_once() -> None:
    call = Call(Fallback(8.0, None, 300.0, None)).at(108.0).confirmed(109.0)
    assert call.taken()[:2] == [AnswerCall(), EndCall()]


def test_fallback_apologises_when_its_music_cannot_be_played() -> None:
    call = Call().at(108.0).confirmed(109.0)
    call.taken()
    assert call.played(finished=False).taken() == [StartPlay("s#2", (Utterance(prompt="sorry"),))]
    assert call.played(finished=False).taken()[0] == EndCall()


def test_cti_server_comes_during_the_apology() -> None:
    call = Call().at(108.0).confirmed(109.0).at(409.0)
    call.taken()
    assert call.verb("1", Play(WELCOME), now=410.0).taken() == [StartPlay("s#3", WELCOME)]
    assert call.played(token="s#2").taken() == []


def test_music_goes_on_without_a_client_and_silence_becomes_the_fallback() -> None:
    call = answered().verb("2", HoldMusic("hold_music"))
    call.session.attended(110.0, by_anybody=False)
    assert call.session.get_timer() is None
    call.verb("3", Play(WELCOME)).taken()
    call.played(120.0)
    assert call.session.get_timer() == 128.0
    call.taken()
    assert call.at(128.0).taken() == [StartPlay("s#3", (Utterance(prompt="hold_music"),), loop=True)]


def test_silence_is_no_neglect_while_a_client_is_there() -> None:
    call = answered()
    assert call.session.get_timer() is None
    call.session.attended(200.0, by_anybody=False)
    assert call.session.get_timer() == 208.0
    call.session.attended(201.0, by_anybody=True)
    assert call.session.get_timer() is None


def test_the_service_stops() -> None:
    call = answered().verb("2", HoldMusic("hold_music"))
    call.taken()
    call.session.release("the media service stops", 120.0)
    call.look()
    assert EndCall() in call.taken()
