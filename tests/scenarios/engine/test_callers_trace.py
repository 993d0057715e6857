"""The trace that a caller brings goes into the journal as the contact is joined, however that is heard of."""

from cti_server.vocabulary import commands, events
from cti_server.vocabulary.ids import DeviceNumber, VerbId
from cti_server.vocabulary.values import SurveyedSession, VerbOutcome, VerbResult
from tests.scenarios.engine.story import MEDIA, Story, call_ref, session_ref

BROUGHT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PORT = DeviceNumber("7201")


def joined(story: Story) -> list[tuple[str, str]]:
    return [
        (row.event.session.session, row.event.traceparent)
        for row in story.journal
        if isinstance(row.event, events.MediaJoined)
    ]


def test_a_report_of_a_session_brings_it() -> None:
    story = Story()
    contact = story.arrive("C1")
    joins = commands.ReportMediaJoined(contact=contact, session=session_ref("s1"), port=PORT, traceparent=BROUGHT)
    assert story.refused(joins) is None
    assert joined(story) == [("s1", BROUGHT)]


def test_a_survey_of_sessions_brings_it_where_the_report_was_lost() -> None:
    story = Story()
    contact = story.arrive("C1")
    answered = VerbOutcome(VerbResult.FINISHED)
    found = SurveyedSession(session_ref("s1"), PORT, call_ref("C1"), VerbId("answer-1"), answered, BROUGHT)
    story.tell(commands.ReportSessions(service=MEDIA, sessions=(found,)))
    assert joined(story) == [("s1", BROUGHT)]
    assert story.state.contacts[contact].session == session_ref("s1")


def test_a_contact_without_one_is_joined_as_ever() -> None:
    story = Story()
    story.join(story.arrive("C1"))
    assert joined(story) == [("s1", "")]
