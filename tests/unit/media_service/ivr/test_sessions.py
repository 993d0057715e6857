from media_service.control.messages import Hangup, Verb, VerbResult
from media_service.ivr.outcomes import MAX_VERBS, Outcomes
from media_service.ivr.session import Arrival, CallSession, Fallback
from media_service.ivr.sessions import MAX_PAST, Sessions


def session(name: str) -> CallSession:
    arrival = Arrival(session=name, port="7001", caller="7201", called="7000", sip_call_id="x@y", at=0.0)
    return CallSession(arrival, Fallback(8.0, "hold_music", 300.0, None))


def test_verbs_of_an_ended_session_are_answered_as_recorded() -> None:
    sessions, one = Sessions(), session("one")
    sessions.add(one)
    assert list(sessions) == [one]
    one.verb(Verb(id="1", session="one", action=Hangup()), 1.0)
    sessions.end(one)
    assert len(sessions) == 0
    assert sessions.answer_for_absent("1", "one").outcome == VerbResult("finished")
    late = sessions.answer_for_absent("2", "one")
    assert late.outcome == VerbResult("failed", detail="the call is over")
    never = sessions.answer_for_absent("1", "other")
    assert never.outcome == VerbResult("failed", detail="no such session")


def test_memory_is_bounded() -> None:
    sessions = Sessions()
    for number in range(MAX_PAST + 1):
        sessions.add(each := session(str(number)))
        sessions.end(each)
    assert sessions.answer_for_absent("1", "0").outcome.detail == "no such session"
    assert sessions.answer_for_absent("1", "1").outcome.detail == "the call is over"
    outcomes = Outcomes()
    for number in range(MAX_VERBS + 1):
        outcomes.begun(str(number))
    assert "0" not in outcomes
    assert outcomes.last == str(MAX_VERBS)
