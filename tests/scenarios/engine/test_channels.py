"""Several contacts at once: what an agent has in hand, what may interrupt what, and how it is offered and ends."""

from cti_server.vocabulary import commands, effects
from cti_server.vocabulary.ids import ContactId, OfferId, RuleName
from cti_server.vocabulary.plan import HandlingRule
from cti_server.vocabulary.values import Channel, OfferOutcome, Origin, ReleasedBy, WorkState
from tests.scenarios.engine.story import BEN, DEVICES, DIRECT, SALES, Story, site

HELP = "chat:help"
RULE = HandlingRule(
    name=RuleName("default"),
    most=3,
    limits={Channel.VOICE: 1, Channel.EMAIL: 1, Channel.CHAT: 2},
    interrupts={Channel.VOICE: (Channel.EMAIL, Channel.CHAT)},
)


def several() -> Story:
    story = Story(site(rules={RULE.name: RULE}, destinations={HELP: DIRECT.name}))
    story.log_on(BEN)
    return story


def write(story: Story, channel: Channel) -> ContactId:
    story.tell(commands.OpenContact(channel=channel, destination=HELP))
    return ContactId(story.state.last_contact)


def in_hand(story: Story) -> dict[ContactId, WorkState]:
    return {number: each.work for number, each in story.state.agents[BEN].engagements.items()}


def test_what_is_written_is_shown_and_a_call_may_interrupt_it() -> None:
    story = several()
    chat = write(story, Channel.CHAT)
    shown = [effect for effect in story.effects if isinstance(effect, effects.ShowContact)]
    assert [(each.contact, each.agent, each.channel) for each in shown] == [(chat, BEN, Channel.CHAT)]
    story.answer(1)
    call = story.arrive("C1", "7009")
    assert in_hand(story) == {chat: WorkState.BUSY, call: WorkState.RESERVED}


def test_nothing_written_interrupts_a_call() -> None:
    story = several()
    story.arrive("C1", "7009")
    story.answer(1)
    mail = write(story, Channel.EMAIL)
    assert mail not in in_hand(story)
    story.hang_up("C1")
    story.later(8)
    assert in_hand(story) == {mail: WorkState.RESERVED}


def test_a_busy_phone_keeps_calls_away_and_nothing_else() -> None:
    story = several()
    story.tell(commands.ReportPhoneBusy(device=DEVICES[BEN], busy=True))
    call, chat = story.arrive("C1", "7009"), write(story, Channel.CHAT)
    assert list(in_hand(story)) == [chat]
    story.tell(commands.ReportPhoneBusy(device=DEVICES[BEN], busy=False))
    assert list(in_hand(story)) == [chat, call]


def test_a_written_contact_that_is_rejected_goes_back_to_its_place() -> None:
    story = several()
    mail = write(story, Channel.EMAIL)
    failed = commands.ReportOfferFailed(offer=OfferId(1), outcome=OfferOutcome.REJECTED, reason="not mine")
    story.tell(failed)
    assert in_hand(story) == {}
    assert [place[2] for place in story.state.lines[SALES].places] == [mail]
    story.ready(BEN)
    assert in_hand(story) == {mail: WorkState.RESERVED}


def test_what_is_given_up_while_it_is_shown_is_withdrawn() -> None:
    story = several()
    chat = write(story, Channel.CHAT)
    story.tell(commands.FinishContact(contact=chat, by=ReleasedBy.CUSTOMER))
    assert [type(effect) for effect in story.effects] == [effects.WithdrawOffer]
    assert in_hand(story) == {}


def test_a_written_contact_is_wrapped_up_beside_a_call() -> None:
    story = several()
    chat = write(story, Channel.CHAT)
    story.answer(1)
    call = story.arrive("C1", "7009")
    story.answer(2)
    story.tell(commands.FinishContact(contact=chat, by=ReleasedBy.AGENT))
    assert in_hand(story) == {chat: WorkState.WRAP_UP, call: WorkState.BUSY}
    story.tell(commands.EndWrapUp(agent=BEN, origin=Origin.CONSOLE))
    assert in_hand(story) == {call: WorkState.BUSY}
    assert chat not in story.state.contacts
