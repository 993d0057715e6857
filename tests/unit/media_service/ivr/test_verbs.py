"""Stories of a session beyond play and ask: messages, recordings, bridges, transfers, early media, placed calls."""

from typing import Any

import pytest

from media_service.control.messages import (
    Action,
    Answer,
    Bridge,
    Collect,
    DigitHeard,
    Hangup,
    HoldMusic,
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
    VerbResult,
)
from media_service.ivr.session import CallSession
from media_service.ivr.wishes import (
    AnswerCall,
    EndCall,
    FinishMessage,
    OpenEarly,
    Order,
    Part,
    Refer,
    SendOut,
    StartListening,
    StartPlay,
    StopListening,
    StopPlay,
    Understand,
)
from tests.unit.media_service.ivr.test_session import ARRIVAL, FALLBACK, MENU, WELCOME, Call, answered, ended

GRAMMAR = "#JSGF V1.0; grammar g; public <g> = yes;"
MUSIC = (Utterance(prompt="hold_music"),)


def do(call: Call, method: str, *arguments: Any, **more: Any) -> list[Any]:
    """Tell the session something, and give what it did and told."""
    getattr(call.session, method)(*arguments, **more)
    call.look()
    return call.taken()


def test_a_menu_in_the_language_of_the_verb() -> None:
    call = answered().verb("2", Menu(MENU, "12", 4.0, invalid=WELCOME, language="fi"))
    assert call.taken() == [StartPlay("s#1", MENU, language="fi")]
    assert call.digit("9").taken() == [StartPlay("s#2", WELCOME + MENU, language="fi")]
    assert call.played(104.0).taken() == []
    assert call.session.get_timer() == 108.0
    assert call.digit("2").taken() == [ended("2", "digits", "2")]


def test_digits_are_told_as_they_come_but_not_masked_ones() -> None:
    call = answered().digit("5", 102.0)
    assert call.keys == [DigitHeard("s", "5", 102.0)]
    call.verb("2", Collect(MENU, 4, masked=True)).taken()
    call.keys.clear()
    (end,) = call.digit("1").digit("2").digit("3").taken()
    assert call.keys == []
    assert end == ended("2", "digits", "5123"), "the digit before the question was typed ahead"
    call.verb("3", Play(WELCOME)).digit("7")
    assert [each.digit for each in call.keys] == ["7"]


def test_collecting_stops_the_prompt_at_the_first_digit() -> None:
    call = answered().verb("2", Collect(MENU, 4))
    call.taken()
    assert call.digit("1", 102.0).taken() == [StopPlay()]
    assert call.session.get_timer() == 105.0
    assert call.digit("2", 104.0).taken() == []
    assert call.at(107.0).taken() == [ended("2", "digits", "12")]


def test_speech_is_understood() -> None:
    call = answered().verb("2", Recognise(MENU, GRAMMAR, language="en"))
    assert call.taken() == [StartListening("s#2"), StartPlay("s#1", MENU, language="en")]
    assert do(call, "speech", 102.0, speaking=True) == [StopPlay()]
    assert do(call, "speech", 103.0, speaking=False) == [Understand("s#2", GRAMMAR, "en")]
    heard = VerbResult("speech", speech="yes", confidence=0.9)
    told = do(call, "listened", "s#2", heard, 104.0)
    assert [each.outcome for each in told if not isinstance(each, StopListening)] == [heard]
    assert call.session.get_timer() is None


def test_what_was_understood_too_late_is_nothing() -> None:
    call = answered().verb("2", Recognise(MENU, GRAMMAR))
    do(call, "speech", 102.0, speaking=True)
    do(call, "speech", 103.0, speaking=False)
    assert StopListening() in call.verb("3", Play(WELCOME)).taken()
    assert do(call, "listened", "s#2", VerbResult("speech", speech="yes"), 104.0) == []


def test_a_message_after_the_beep() -> None:
    call = answered().verb("2", Message(MENU, "box/1", maximum=60.0, silence=4.0))
    assert call.taken() == [StartPlay("s#1", MENU, beep=True)]
    assert call.played(110.0).taken() == [StartListening("s#2", "box/1")]
    do(call, "listening", "s#2", "box/1.wav", 110.0)
    do(call, "speech", 111.0, speaking=True)
    do(call, "speech", 120.0, speaking=False)
    assert call.at(124.0).taken() == [FinishMessage("s#2")]
    done = VerbResult("recorded", file="box/1.wav", seconds=14.0)
    assert StopListening() in do(call, "listened", "s#2", done, 124.1)
    assert call.session.outcomes.result("2") == done


def test_a_caller_who_hangs_up_has_left_the_message() -> None:
    call = answered().verb("2", Message((), "box/1")).played(110.0)
    do(call, "listening", "s#2", "box/1.wav", 110.0)
    do(call, "gone", "remote", "BYE", 115.5)
    assert call.session.outcomes.result("2") == VerbResult(
        "stopped", detail="the call is over", file="box/1.wav", seconds=5.5
    )


def test_a_message_that_cannot_be_recorded_fails() -> None:
    call = answered().verb("2", Message((), "box/1")).played(110.0)
    do(call, "listened", "s#2", VerbResult("failed", detail="no directory"), 110.0)
    assert call.session.outcomes.result("2") == VerbResult("failed", detail="no directory")
    assert call.session.get_timer() is None


def test_recording_leaves_what_is_under_way_alone() -> None:
    call = answered().verb("2", HoldMusic("hold_music"))
    call.taken()
    assert call.verb("3", Record("c")).taken() == [Order("3", Record("c"))]
    told = do(call, "recorded_into", "c.wav")
    assert [each.session.recording for each in told] == ["c.wav"]
    assert do(call, "carried_out", "3", VerbResult("finished", file="c.wav"), 103.0)[0].id == "3"
    assert call.verb("4", PauseRecording(paused=True)).taken() == [Order("4", PauseRecording(paused=True))]
    assert call.verb("5", StopRecording()).taken() == [Order("5", StopRecording())]
    assert call.session.describe().verb == "5"
    over = do(call, "gone", "remote", "BYE", 104.0)
    assert [each.id for each in over if hasattr(each, "outcome")] == ["2", "4", "5"]


def test_background_verbs_need_an_answered_call() -> None:
    assert Call().verb("1", Record("c")).taken() == [ended("1", "failed", detail="the call is not answered yet")]


def test_a_bridge_silences_and_ends_with_the_next_thing_to_be_heard() -> None:
    call = answered().verb("2", HoldMusic("hold_music"))
    call.taken()
    told = call.verb("3", Bridge("t")).taken()
    assert told == [StopPlay(), Order("3", Bridge("t")), ended("2", "stopped")]
    assert do(call, "joined", partner="t", room=None) == [SessionChanged(call.session.describe())]
    assert do(call, "carried_out", "3", VerbResult("finished"), 103.0) == [ended("3", "finished")]
    assert call.session.describe().partner == "t"
    assert call.verb("4", SendDigits("1")).taken() == [SendOut("s#2", "1")]
    assert do(call, "sent", "s#2", 104.0) == [ended("4", "finished")]
    assert call.verb("5", Play(WELCOME)).taken() == [Part(), StartPlay("s#3", WELCOME)]
    assert do(call, "parted", 105.0)[0].session.partner is None


def test_another_sessions_bridge_ends_the_verb_under_way() -> None:
    call = answered().verb("2", HoldMusic("hold_music"))
    call.taken()
    told = do(call, "joined", partner="t", room=None, by="t")
    assert told[:2] == [StopPlay(), ended("2", "stopped", detail="session t was connected with this one")]
    call.session.attended(110.0, by_anybody=False)
    assert call.session.get_timer() is None, "who talks with somebody is not neglected"
    do(call, "parted", 120.0)
    assert call.session.get_timer() == 128.0


def test_the_end_of_a_bridged_call_parts_it() -> None:
    call = answered()
    do(call, "joined", partner="t", room=None, by="t")
    assert Part() in do(call, "gone", "remote", "BYE", 110.0)
    call = answered().verb("2", Unbridge())
    assert call.taken() == [Order("2", Unbridge())]


def test_music_goes_on_where_it_was() -> None:
    call = answered().verb("2", HoldMusic("hold_music"))
    call.verb("3", Play(WELCOME)).taken()
    do(call, "play_ended", "s#1", 110.0, finished=False, position=7.25)
    call.played(112.0).taken()
    assert call.verb("4", HoldMusic("hold_music")).taken() == [StartPlay("s#3", MUSIC, loop=True, start=7.25)]


def test_digits_go_out() -> None:
    call = answered().verb("2", SendDigits("12#"))
    assert call.taken() == [SendOut("s#1", "12#")]
    assert do(call, "sent", "s#9", 102.0) == []
    assert do(call, "not_sent", "s#1", "no", 102.0) == [ended("2", "failed", detail="no")]


def test_a_pause_lasts() -> None:
    call = answered().verb("2", Pause(3.0), now=101.0)
    assert call.taken() == []
    assert call.at(103.9).taken() == []
    assert call.at(104.0).taken() == [ended("2", "finished")]
    assert call.verb("3", HoldMusic("hold_music")).verb("4", Pause()).taken()[-1] == ended("4", "finished")


def test_transfer_that_succeeds_ends_the_call() -> None:
    call = answered().verb("2", Transfer("7201"))
    assert call.taken() == [Refer("7201", None)]
    assert do(call, "transfer_news", 180, "Ringing", 102.0, over=False) == []
    told = do(call, "transfer_news", 200, "OK", 103.0, over=True)
    assert told[0] == EndCall()
    assert call.session.outcomes.result("2") == VerbResult("finished", status=200)
    assert told[-1] == SessionEnded(session="s", port="7001", reason="local", detail="transferred")


def test_transfer_that_fails_leaves_the_call() -> None:
    call = answered().verb("2", Transfer("7201"))
    do(call, "transfer_news", 486, "Busy Here", 103.0, over=True)
    assert call.session.outcomes.result("2") == VerbResult("failed", detail="Busy Here", status=486)
    assert call.verb("3", Play(WELCOME)).taken() == [StartPlay("s#1", WELCOME)]
    call.verb("4", Transfer(replaces="t", timeout=5.0), now=110.0)
    assert Refer("", "t") in call.taken()
    call.at(115.0)
    assert call.session.outcomes.result("4") == VerbResult("failed", "", "no word of the transfer in time", status=408)


def test_a_far_end_that_leaves_instead_of_telling_has_taken_the_transfer() -> None:
    call = answered().verb("2", Transfer("7201"))
    do(call, "gone", "remote", "BYE", 103.0)
    result = call.session.outcomes.result("2")
    assert result is not None
    assert result.result == "finished"


def test_progress_is_heard_before_the_answer() -> None:
    call = Call().verb("1", Progress(WELCOME))
    assert call.taken() == [OpenEarly(), StartPlay("s#1", WELCOME)]
    assert call.played(103.0).taken() == [ended("1", "finished")]
    assert call.session.describe().state == "ringing"
    assert call.session.get_timer() == 111.0, "and is then cared for anew"
    call.verb("2", Progress(WELCOME)).taken()
    assert call.verb("3", Answer()).taken() == [StopPlay(), AnswerCall(), ended("2", "stopped")]
    assert call.confirmed().taken() == [ended("3", "finished")]
    assert call.verb("4", Progress(WELCOME)).taken() == [ended("4", "failed", detail="the call is answered already")]


def test_a_ringing_call_is_refused_with_the_status_of_the_verb() -> None:
    assert Call().verb("1", Hangup(status=603)).taken()[0] == EndCall(603)
    assert answered().verb("2", Hangup(status=603)).taken()[0] == EndCall()


def placed() -> Call:
    call = Call()
    call.session = CallSession(ARRIVAL, FALLBACK, placed="p", patience=30.0)
    assert call.session.describe().state == "calling"
    return call


def test_a_placed_call_is_answered() -> None:
    call = placed()
    assert call.verb("1", Play(WELCOME)).taken() == [ended("1", "failed", detail="the call is not answered yet")]
    told = do(call, "confirmed", 105.0)
    assert told[-1] == ended("p", "finished")
    assert isinstance(told[0], SessionChanged)
    assert call.session.get_timer() is None
    assert call.verb("2", Play(WELCOME)).taken() == [StartPlay("s#1", WELCOME)]


def test_a_placed_call_is_refused() -> None:
    call = placed()
    over = SessionEnded(session="s", port="7001", reason="refused", detail="486 Busy", status=486)
    told = do(call, "gone", "refused", "486 Busy", 105.0, 486)
    assert told[-1] == over
    assert call.session.outcomes.result("p") == VerbResult("failed", detail="486 Busy", status=486)


def test_nobody_answers_a_placed_call() -> None:
    call = placed()
    assert call.session.get_timer() == 130.0
    assert call.at(130.0).taken()[0] == EndCall()
    assert call.session.outcomes.result("p") == VerbResult("timeout", status=408)
    assert call.session.over


@pytest.mark.parametrize("action", [Transfer("1"), SendDigits("1"), Pause(5.0), Message((), "m"), Bridge("t")])
def test_what_takes_time_gives_way_to_the_next_verb(action: Action) -> None:
    call = answered().verb("2", action)
    call.taken()
    assert ended("2", "stopped") in call.verb("3", HoldMusic("hold_music")).taken()
    assert call.session.get_timer() is None
