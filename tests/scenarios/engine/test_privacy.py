"""Callers' numbers: flows decide by them, and no event holds them; replay needs to know nobody."""

from cti_server.engine.apply import apply
from cti_server.engine.state import State
from cti_server.flows.steps import CallbackStep, DatabaseStep, DisconnectStep, PlayStep, RecordStep
from cti_server.flows.steps.pattern import DatumName, Expression, Template
from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.ids import DeviceNumber, PartyId
from cti_server.vocabulary.outside import DatabaseLookUp, RequestOutcome, RequestResult, SendMail
from cti_server.vocabulary.parties import revealed
from cti_server.vocabulary.values import Utterance, VerbOutcome, VerbResult
from tests.scenarios.engine.story import SALES, Story, call_ref
from tests.scenarios.engine.test_flows import TO_SALES, TO_SERVICE, decide, name, plan, put

CALLER, NUMBER, OTHER = PartyId(17), "+4989123456", "+33155667788"
LOOK_UP = DatabaseStep(
    id=name("look"),
    query="customer",
    parameters={"number": Expression("source")},
    into={DatumName("found"): "number"},
)


def call(story: Story, **data: str) -> None:
    story.addresses[CALLER] = f"tel:{NUMBER}"
    story.tell(commands.ReportCallArrived(call=call_ref("C1"), pilot=DeviceNumber("7000"), party=CALLER, data={**data}))


def untold(story: Story) -> None:
    """No number stands in the journal, and what stands there is enough for the state."""
    assert story.journal
    assert NUMBER not in repr(story.journal)
    assert OTHER not in repr(story.journal)
    state = State()
    for recorded in story.journal:
        apply(state, recorded)
    assert state == story.state
    assert NUMBER not in repr(state)


def outside(story: Story) -> effects.AskOutside:
    (asked,) = [one for one in story.effects if isinstance(one, effects.AskOutside)]
    return asked


def test_a_flow_decides_by_the_number_that_no_event_holds() -> None:
    by_number = decide("d", ('starts(source, "+49")', "service"))
    story = Story(plan(put("keep", mine="source", text='"from " + source'), by_number, TO_SALES, TO_SERVICE))
    call(story, user_data=f"call of {NUMBER}")
    (contact,) = story.state.contacts.values()
    assert contact.queue != SALES
    assert contact.data == {"user_data": "call of {party:17}", "mine": "{party:17}", "text": "from {party:17}"}
    untold(story)


def test_data_that_hold_the_number_are_the_number_for_the_flow() -> None:
    by_number = decide("d", (f'mine == "{NUMBER}"', "service"))
    story = Story(plan(put("keep", mine="source"), by_number, TO_SALES, TO_SERVICE))
    call(story)
    (contact,) = story.state.contacts.values()
    assert contact.queue != SALES


def test_a_look_up_asks_by_reference_and_its_answer_is_kept_by_reference() -> None:
    story = Story(plan(LOOK_UP, TO_SALES, TO_SERVICE))
    call(story)
    asked = outside(story)
    assert asked.outside == DatabaseLookUp(query="customer", parameters={"number": "{party:17}"})
    assert asked.party == CALLER
    assert revealed(asked.outside, asked.party, NUMBER).parameters == {"number": NUMBER}  # type: ignore[union-attr]
    outcome = RequestOutcome(result=RequestResult.DONE, values={"number": NUMBER})
    story.tell(commands.ReportRequestEnded(contact=asked.contact, request=asked.request, outcome=outcome))
    assert story.state.contacts[asked.contact].data == {"found": "{party:17}"}
    untold(story)


def test_mails_and_what_is_said_refer_to_the_caller() -> None:
    said = PlayStep(id=name("say"), utterances=(Utterance(digits="{source}"),))
    record = RecordStep(id=name("record"), mail_to=("box@example.org",))
    story = Story(plan(said, record, DisconnectStep(id=name("bye"))))
    call(story)
    (contact,) = story.state.contacts
    story.join(contact)
    (treat,) = [one for one in story.effects if isinstance(one, effects.Treat)]
    assert treat.party == CALLER
    assert "{party:17}" in repr(treat.action)
    story.verb(contact)
    verb = story.state.contacts[contact].cursor.verb
    assert verb is not None
    outcome = VerbOutcome(VerbResult.RECORDED, file="message-1.wav", seconds=4.2)
    story.tell(commands.ReportVerbEnded(contact=contact, verb=verb, outcome=outcome))
    mail = outside(story).outside
    assert isinstance(mail, SendMail)
    assert mail.subject == "Message from {party:17}"
    untold(story)


def test_a_number_to_call_back_becomes_a_party() -> None:
    callback = CallbackStep(id=name("back"), queue=SALES, number=Template(OTHER))
    story = Story(plan(callback, DisconnectStep(id=name("bye"))))
    call(story)
    (scheduled,) = [one.event for one in story.journal if isinstance(one.event, events.CallbackScheduled)]
    assert scheduled.called is not None
    assert story.addresses[scheduled.called] == f"tel:{OTHER}"
    told = [one for one in story.journal if not isinstance(one.event, events.PlanLoaded)]
    assert OTHER not in repr(told)


def test_the_own_number_keyed_in_is_the_own_party() -> None:
    callback = CallbackStep(id=name("back"), queue=SALES, number=Template("{source}"))
    story = Story(plan(callback, DisconnectStep(id=name("bye"))))
    call(story)
    (scheduled,) = [one.event for one in story.journal if isinstance(one.event, events.CallbackScheduled)]
    assert scheduled.called is None
    untold(story)


def test_an_erased_number_is_nothing_and_what_was_decided_stays() -> None:
    story = Story(plan(put("keep", mine="source"), LOOK_UP, TO_SALES, TO_SERVICE))
    call(story)
    before = outside(story)
    del story.addresses[CALLER]
    story.link_down()
    story.link_up()
    story.survey(C1=[("7000", "queued")])
    assert outside(story).outside == before.outside
    assert story.state.contacts[before.contact].data == {"mine": "{party:17}"}
    untold(story)
