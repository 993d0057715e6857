"""Replay: what was decided comes out the same, bit for bit; and where the code decides otherwise, that is found."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC

import pytest

from cti_server.engine.apply import apply
from cti_server.engine.state import State
from cti_server.reports.replaying.replay import Means, Verdict, replay
from cti_server.reports.replaying.telling import replay_facts, replay_text
from cti_server.reports.why import why, why_text
from cti_server.routing.strategies import BUILT_IN, Candidate, Key
from cti_server.vocabulary import commands, events
from cti_server.vocabulary.events import Recorded
from cti_server.vocabulary.ids import AgentId, ContactId
from tests.scenarios.engine.story import ANNA, BEN, Story
from tests.unit.cti_server.reports.test_why import long_wait


def mixed() -> Story:
    """A menu, two waiting callers, an agent who does not answer, one who gives up."""
    story = Story()
    story.log_on(ANNA, BEN)
    story.arrive("C1", "7009")
    story.answer(1)
    story.arrive("C2", "7009")
    story.arrive("C3", "7009")
    story.later(20)
    story.hang_up("C2")
    story.later(15)
    story.hang_up("C1")
    story.later(40)
    story.hang_up("C3")
    story.later(60)
    return story


@pytest.mark.parametrize("story", [long_wait, mixed])
def test_every_decision_of_a_story_comes_out_the_same(story: object) -> None:
    journal = story().journal  # type: ignore[operator]
    contacts = {row.event.contact for row in journal if isinstance(row.event, events.ContactOpened)}
    assert len(contacts) == 3
    for contact in contacts:
        answer = replay(State(), journal, contact)
        own = [row for row in journal if getattr(row.event, "contact", None) == contact]
        assert [one.row for one in answer.judged] == own
        assert {one.verdict for one in answer.judged} <= {Verdict.SAME, Verdict.FACT}
        assert answer.count(Verdict.SAME) > 3
        assert "the same, bit for bit" in replay_text(answer, UTC)


def last_logged_on(candidate: Candidate) -> Key:
    """A strategy that decides otherwise than the one whose name it takes."""
    return (-candidate.idle_since, candidate.agent)


def test_a_strategy_that_decides_otherwise_is_found_at_its_first_decision() -> None:
    story = Story()
    story.log_on(ANNA)
    story.later(5)
    story.log_on(BEN)
    story.arrive("C1", "7009")
    assert replay(State(), story.journal, ContactId(1)).difference is None
    other = Means(strategies={**BUILT_IN, "longest-idle": last_logged_on})
    answer = replay(State(), story.journal, ContactId(1), other)
    assert answer.difference is not None
    journaled, anew = answer.difference.row.event, answer.difference.anew
    assert isinstance(journaled, events.OfferMade)
    assert isinstance(anew, events.OfferMade)
    assert (journaled.agent, anew.agent) == (ANNA, BEN)
    text = replay_text(answer, UTC)
    assert "NOT the same" in text
    assert "agent: journaled anna, decided anew ben" in text
    facts = replay_facts(answer)
    assert facts["same"] is False
    assert facts["first_difference"] == answer.difference.row.seq


def forged(journal: Sequence[Recorded]) -> list[Recorded]:
    """The journal with another reason at one agent who was passed over: a single word of one decision."""
    rows = []
    for row in journal:
        if isinstance(row.event, events.OfferMade) and row.event.passed_over:
            first, *rest = row.event.passed_over
            lie = replace(first, reason="had no wish to")
            rows.append(replace(row, event=replace(row.event, passed_over=(lie, *rest))))
        else:
            rows.append(row)
    return rows


def test_one_word_in_a_decision_that_was_not_so_is_found() -> None:
    answer = replay(State(), forged(long_wait().journal), ContactId(2))
    assert answer.difference is not None
    assert "had no wish to" in replay_text(answer, UTC)


def test_an_offer_that_nothing_led_to_is_found() -> None:
    story = Story()
    story.log_on(ANNA)
    story.arrive("C1", "7009")
    journal = list(story.journal)
    offer = next(index for index, row in enumerate(journal) if isinstance(row.event, events.OfferMade))
    without = [
        replace(row, event=events.AgentBecameNotReady(agent=ANNA, origin=row.event.origin))
        if isinstance(row.event, events.AgentBecameReady)
        else row
        for row in journal
    ]
    answer = replay(State(), without[: offer + 1], ContactId(1))
    assert answer.judged[-1].verdict is Verdict.DIFFERENT


def test_replay_and_why_from_a_state_before_the_contact_say_the_same() -> None:
    journal = long_wait().journal
    first = next(row.seq for row in journal if getattr(row.event, "contact", None) == 2)

    def start() -> State:
        state = State()
        for row in journal[: first - 1]:
            apply(state, row)
        return state

    rest = journal[first - 1 :]
    assert replay(start(), rest, ContactId(2)).judged == replay(State(), journal, ContactId(2)).judged
    whole = why_text(why(journal, ContactId(2), AgentId("ben")), UTC)
    assert why_text(why(rest, ContactId(2), AgentId("ben"), start=start()), UTC) == whole


def test_a_contact_that_never_was_is_said_to_be_none() -> None:
    answer = replay(State(), long_wait().journal, ContactId(99))
    assert not answer.found
    assert replay_text(answer) == "no contact 99"


def test_the_journal_is_read_no_further_than_the_contact() -> None:
    journal = long_wait().journal
    last = max(row.seq for row in journal if getattr(row.event, "contact", None) == 1)
    read: list[int] = []

    def rows() -> Iterator[Recorded]:
        for row in journal:
            read.append(row.seq)
            yield row

    assert replay(State(), rows(), ContactId(1), last=last).found
    moment = journal[last - 1].at
    assert all(journal[seq - 1].at <= moment for seq in read[:-1])


def test_what_somebody_did_at_the_console_is_decided_anew_too() -> None:
    story = Story()
    story.arrive("C1", "7009")
    story.tell(commands.ChangePriority(contact=ContactId(1), priority=1, origin=commands.Origin.CONSOLE))
    answer = replay(State(), story.journal, ContactId(1))
    assert answer.count(Verdict.SAME) == len(answer.judged)
