"""Log lines: every event one line with its contact, call and agent."""

from cti_server.telemetry.event_lines import EventLines, spell
from cti_server.vocabulary.actions import Play
from cti_server.vocabulary.events import CallReplaced, ContactAnswered, ContactClosed, ContactOpened, Recorded
from cti_server.vocabulary.ids import AgentId, CallId, ContactId, DeviceNumber, FlowName, LinkName, PartyId, PromptName
from cti_server.vocabulary.values import CallRef, Channel, Utterance

FIRST, SECOND = CallRef(LinkName("pbx"), CallId("C1")), CallRef(LinkName("pbx"), CallId("C2"))
OPENED = ContactOpened(
    contact=ContactId(1),
    channel=Channel.VOICE,
    call=FIRST,
    pilot=DeviceNumber("7000"),
    party=PartyId(5),
    flow=FlowName("welcome"),
    flow_version="1",
)


def test_every_line_about_a_contact_names_its_present_call() -> None:
    lines = EventLines()
    assert lines.facts(Recorded(1, 0.0, None, OPENED))["call"] == "pbx/C1"
    replaced = lines.facts(Recorded(2, 0.0, 1, CallReplaced(contact=ContactId(1), call=FIRST, by=SECOND)))
    assert (replaced["before"], replaced["call"], replaced["because"]) == ("pbx/C1", "pbx/C2", 1)
    answered = lines.facts(Recorded(3, 0.0, 2, ContactAnswered(contact=ContactId(1), agent=AgentId("anna"))))
    assert (answered["contact"], answered["call"], answered["agent"]) == (1, "pbx/C2", "anna")
    assert "call" in lines.facts(Recorded(4, 0.0, 3, ContactClosed(contact=ContactId(1))))
    assert "call" not in lines.facts(Recorded(5, 0.0, 4, ContactClosed(contact=ContactId(1))))


def test_a_value_that_is_made_of_others_is_told_without_what_is_empty() -> None:
    made = Play(utterances=(Utterance(prompt=PromptName("welcome")), Utterance(number=3)))
    assert spell(made) == "Play(utterances=[Utterance(prompt=welcome), Utterance(number=3)])"
    assert spell({"source": "7201"}) == "{source=7201}"
