"""Complaints about other systems, each told as a story in which ours does not do the same."""

from dataclasses import replace

import pytest

from cti_server.contacts.contact import waiting
from cti_server.engine.apply import apply
from cti_server.engine.engine import Engine
from cti_server.engine.state import State
from cti_server.vocabulary import commands, effects, events
from cti_server.vocabulary.ids import AgentId, ContactId, GroupName, OfferId, QueueName, RuleName
from cti_server.vocabulary.plan import AgentPlan, HandlingRule
from cti_server.vocabulary.refusals import RefusalCode
from cti_server.vocabulary.values import Channel, OfferOutcome, Origin, ReleasedBy, WorkState
from tests.scenarios.engine.story import ANNA, BEN, DEVICES, DIRECT, SALES, SERVICE, Story, site
from tests.scenarios.engine.test_waiting import agent_of, last, queue_with

DIRECT_PILOT = "7009"
HELP = "chat:help"


def test_asterisk_one_call_answered_by_two_agents_in_the_same_millisecond() -> None:
    story = Story(queue_with(ring_all=True))
    story.log_on(ANNA, BEN)
    story.arrive("C1", DIRECT_PILOT)
    story.answer(2)
    assert story.refused(commands.ReportOfferAnswered(offer=OfferId(1))) is RefusalCode.TOO_LATE
    contact = story.state.contacts[ContactId(1)]
    assert contact.agent == story.state.past_offers[OfferId(2)].agent
    assert [agent.work for agent in story.state.agents.values()].count(WorkState.BUSY) == 1
    assert story.state.lines[SALES].counters.answered == 1


def test_asterisk_completed_calls_are_counted_twice() -> None:
    names = [QueueName(f"queue-{number}") for number in range(50)]
    base = site()
    queues = {name: replace(base.queues[SALES], name=name, wrap_up=0.0) for name in names}
    story = Story(site(queues={**base.queues, **queues}))
    story.log_on(ANNA, BEN)
    for number in range(1, 41):
        story.arrive(f"C{number}", DIRECT_PILOT)
        if number % 3:
            story.answer(story.state.last_offer)
            story.refused(commands.ReportOfferAnswered(offer=OfferId(story.state.last_offer)))  # said twice
        story.hang_up(f"C{number}")
        story.later(8)
        for agent in (ANNA, BEN):
            story.ready(agent)
    answered = [each for each in story.journal if isinstance(each.event, events.ContactAnswered)]
    assert sum(line.counters.answered for line in story.state.lines.values()) == len(answered) == 27
    assert sum(agent.handled for agent in story.state.agents.values()) == 27


def test_asterisk_an_agent_who_hangs_up_at_once_drops_all_others_who_ring() -> None:
    story = Story(queue_with(ring_all=True))
    story.log_on(ANNA, BEN)
    story.arrive("C1", DIRECT_PILOT)
    story.fail(1, OfferOutcome.REJECTED)
    assert agent_of(story, 1) == BEN, "the other keeps ringing"
    assert story.state.lines[SALES].places[0][2] == 1, "the caller keeps the place"
    story.answer(2)
    assert story.state.contacts[ContactId(1)].agent == BEN


def test_wazo_wrap_up_is_one_for_all_queues() -> None:
    story = Story()
    story.log_on(ANNA)
    story.arrive("C1", DIRECT_PILOT)
    story.answer(1)
    story.waiting_caller("C2", digit="2")
    story.hang_up("C1")
    assert story.state.contacts[ContactId(2)].queue == SERVICE
    story.later(7.9)
    assert agent_of(story, 2) is None, "she wraps up for sales, and service waits"
    story.later(0.1)
    assert agent_of(story, 2) == ANNA


def test_freeswitch_a_caller_with_a_lower_score_is_served_first() -> None:
    story = Story(queue_with(wrap_up=0.0))
    pilots = [DIRECT_PILOT, "7001", DIRECT_PILOT, "7001", DIRECT_PILOT, DIRECT_PILOT, "7001", DIRECT_PILOT]
    for number, pilot in enumerate(pilots, start=1):
        story.arrive(f"C{number}", pilot)
        story.later(1)
    story.log_on(ANNA)
    served = []
    for _ in pilots:
        contact = last(story, events.OfferMade).contact
        served.append(contact)
        story.answer(story.state.last_offer)
        story.hang_up(f"C{contact}")
    assert served == [2, 4, 7, 1, 3, 5, 6, 8]


@pytest.mark.parametrize("outcome", [each for each in OfferOutcome if each is not OfferOutcome.ANSWERED])
def test_freeswitch_agents_stay_reserved_after_a_fault(outcome: OfferOutcome) -> None:
    story = Story()
    story.log_on(ANNA)
    story.arrive("C1", DIRECT_PILOT)
    story.fail(1, outcome)
    story.hang_up("C1")
    story.later(600)
    assert story.state.agents[ANNA].engagements == {}
    assert story.state.contacts == {}
    assert story.state.lines[SALES].places == []


def test_freeswitch_an_agent_is_busy_hours_after_the_hang_up() -> None:
    story = Story()
    story.log_on(ANNA)
    story.arrive("C1", DIRECT_PILOT)
    story.answer(1)
    story.link_down()
    story.later(3600)
    story.link_up()
    story.survey()  # the call is gone, and nobody said when
    story.later(8)
    assert story.state.agents[ANNA].work is WorkState.IDLE


@pytest.mark.parametrize("strategy", ["top-down", "longest-idle", "round-robin", "random"])
def test_freeswitch_the_queue_is_stuck_when_the_last_agent_is_unusable(strategy: str) -> None:
    story = Story(queue_with(strategy=strategy, order=(BEN, ANNA)))
    story.log_on(ANNA, BEN)
    story.tell(commands.ReportPhoneService(device=DEVICES[BEN], in_service=False))
    story.arrive("C1", DIRECT_PILOT)
    assert agent_of(story, 1) == ANNA
    story.fail(1, OfferOutcome.UNREACHABLE)
    assert waiting(story.state.contacts[ContactId(1)])
    story.tell(commands.ReportPhoneService(device=DEVICES[BEN], in_service=True))
    assert agent_of(story, 1) == BEN


def test_kazoo_a_ghost_call_rings_at_an_agent_who_comes_after_the_caller_left() -> None:
    story = Story(queue_with(ring_all=True))
    story.log_on(ANNA, BEN)
    story.arrive("C1", DIRECT_PILOT)
    story.hang_up("C1")
    withdrawn = [effect.offer for effect in story.effects if isinstance(effect, effects.WithdrawOffer)]
    assert sorted(withdrawn) == [1, 2], "each phone that rang is told"
    story.log_on(AgentId("cleo"))
    assert story.state.offers == {}


def chatting() -> Story:
    """A site whose agents take two chats at once."""
    rule = HandlingRule(name=RuleName("default"), most=2, limits={Channel.CHAT: 2, Channel.VOICE: 1})
    return Story(site(rules={rule.name: rule}, destinations={HELP: DIRECT.name}))


def test_chatwoot_a_queued_chat_is_passed_by_when_capacity_frees_up() -> None:
    story = chatting()
    story.log_on(BEN)
    for _ in range(4):
        story.tell(commands.OpenContact(channel=Channel.CHAT, destination=HELP))
    assert list(story.state.agents[BEN].engagements) == [1, 2]
    story.answer(1)
    story.answer(2)
    story.tell(commands.FinishContact(contact=ContactId(1), by=ReleasedBy.AGENT))
    story.later(8)
    assert list(story.state.agents[BEN].engagements) == [2, 3], "the one that waited longest, not the next to come"


def test_uccx_counters_and_callers_are_lost_when_the_server_fails() -> None:
    story = Story()
    story.log_on(ANNA)
    story.arrive("C1", DIRECT_PILOT)
    story.answer(1)
    story.arrive("C2", DIRECT_PILOT)
    story.later(15)
    recovered = State()
    for recorded in story.journal:
        apply(recovered, recorded)
    assert recovered == story.state
    assert recovered.lines[SALES].counters == story.state.lines[SALES].counters
    assert Engine(recovered).next_deadline == story.engine.next_deadline


def test_teams_calls_reach_agents_who_are_in_a_call() -> None:
    story = Story()
    story.log_on(ANNA, BEN)
    story.tell(commands.ReportPhoneBusy(device=DEVICES[ANNA], busy=True))
    story.tell(commands.ReportPhoneBusy(device=DEVICES[BEN], busy=True))
    for number in range(1, 4):
        story.arrive(f"C{number}", DIRECT_PILOT)
        story.later(30)
    assert story.state.last_offer == 0
    story.tell(commands.ReportPhoneBusy(device=DEVICES[BEN], busy=False))
    assert agent_of(story, 1) == BEN
    assert [offer.agent for offer in story.state.offers.values()] == [BEN]


def test_an_agent_whose_group_is_taken_away_while_it_rings_still_has_that_offer_and_no_other() -> None:
    story = Story(site(agents={**site().agents, ANNA: AgentPlan(id=ANNA, name="Anna", groups=(GroupName("sales"),))}))
    story.log_on(ANNA)
    story.arrive("C1", DIRECT_PILOT)
    story.tell(commands.ChangeAgentGroups(agent=ANNA, groups=(), origin=Origin.CONSOLE))
    story.answer(1)
    story.arrive("C2", DIRECT_PILOT)
    story.hang_up("C1")
    story.later(8)
    assert agent_of(story, 2) is None
