"""The server is killed at every boundary of its journal: before, in and after each commit; everybody is served as ever.

With nobody away for any time, what becomes of each caller is what becomes of them without a kill: who answers, in which
queue, with which end; nobody is lost, and nobody is a contact twice. Where the server is away for a while, the outside
goes on without it, so that only this holds: all agree again, everybody's contact ends, and the figures add up.
"""

import functools
from collections import Counter
from random import Random
from typing import Any

import pytest

from bench.soak_load.life import Life
from bench.soak_load.serving import Moment
from cti_server.vocabulary import events
from cti_server.vocabulary.values import Channel, QueueOutcome
from tests.scenarios.faults.story import CALLERS, live

SETTING_UP = 4
"""The first batch after the plan, the link and its survey: nothing is known before that could be lost."""


@functools.cache
def undisturbed() -> Life:
    return live()


def waits(life: Life) -> dict[Any, list[float]]:
    """When each caller and writer was answered; a callback whose dialling a kill has cut off is tried again later."""
    party_of = {
        row.event.contact: row.event.party
        for row in life.service.journal
        if isinstance(row.event, events.ContactOpened) and row.event.channel is not Channel.CALLBACK
    }
    found: dict[Any, list[float]] = {}
    for row in life.service.journal:
        if isinstance(row.event, events.ContactAnswered) and row.event.contact in party_of:
            found.setdefault(party_of[row.event.contact], []).append(row.at)
    return found


def fates(life: Life) -> dict[Any, Any]:
    """How each customer's own contact ended, and in which queue."""
    return {party: found[0] for party, found in life.service.recount.fates.items()}


OPERATED = (
    events.LinkDrained,
    events.RequirementChanged,
    events.ContactDismissed,
)


def operated(life: Life) -> Counter[str]:
    """What came of what operators did; those who had no answer have said it again."""
    told = Counter(type(row.event).__name__ for row in life.service.journal if isinstance(row.event, OPERATED))
    told["moved"] = sum(
        isinstance(row.event, events.QueueLeft) and row.event.outcome is QueueOutcome.REQUEUED
        for row in life.service.journal
    )
    return told


def data(life: Life) -> dict[Any, Any]:
    return {
        row.event.party: dict(row.event.data)
        for row in life.service.journal
        if isinstance(row.event, events.ContactOpened) and row.event.call is not None
    }


def test_the_story_is_rich_enough_to_be_killed_in() -> None:
    life = undisturbed()
    told = {type(row.event) for row in life.service.journal}
    assert {
        events.ContactQueued,
        events.OfferMade,
        events.OfferEnded,
        events.ContactAnswered,
        events.WrapUpEnded,
        events.CallbackScheduled,
        events.AgentBecameNotReady,
        events.MediaJoined,
        events.VerbEnded,
    } <= told
    assert operated(life) == {
        "LinkDrained": 2,
        "RequirementChanged": 1,
        "ContactDismissed": 1,
        "moved": 2,
    }
    assert {word for fates in life.service.recount.fates.values() for word, _ in fates} >= {"answered", "abandoned"}


@pytest.mark.parametrize("moment", list(Moment), ids=lambda moment: moment.value)
def test_a_kill_at_any_boundary_changes_nothing_for_anybody(moment: Moment) -> None:
    expected = undisturbed()
    struck = 0
    for boundary in range(SETTING_UP, expected.service.batches + 1):
        life = live(lambda _life, batch, at=boundary: moment if batch == at else None)
        struck += life.kills
        where = f"killed {moment.value} of batch {boundary}"
        assert life.outside.answered == expected.outside.answered, where
        assert fates(life) == fates(expected), where
        assert life.outside.ended == expected.outside.ended, where
        assert data(life) == data(expected), where
        assert operated(life) == operated(expected), where
        late = waits(life)
        for party, answered in waits(expected).items():
            assert late[party] == pytest.approx(answered, abs=15.0), where
    assert struck >= expected.service.batches - SETTING_UP, "but for the batches that a lost one has joined"


@pytest.mark.parametrize("moment", [Moment.BEFORE_EFFECTS, Moment.AFTER_EFFECTS], ids=lambda moment: moment.value)
def test_a_kill_at_all_boundaries_of_one_story_changes_nothing_either(moment: Moment) -> None:
    """But for callbacks, whose dialling would never come to its end: they are let be after the last caller."""
    most = 80
    life = live(lambda life, _batch: None if life.recovering or life.kills >= most else moment)
    assert life.kills == most
    assert fates(life) == fates(undisturbed())


@pytest.mark.parametrize("away", [2.0, 20.0, 200.0])
def test_while_the_server_is_away_calls_go_on_and_all_agree_afterwards(away: float) -> None:
    chance = Random(int(away))
    for boundary in range(SETTING_UP, undisturbed().service.batches, 6):
        moment = chance.choice(list(Moment))
        life = live(lambda _life, batch, at=boundary, when=moment: when if batch == at else None, away=away)
        assert life.kills == 1
        seen = {party for party in life.service.recount.fates if party < 10_000}
        gone_unseen = {number for number, how in life.outside.ended.items() if how == "customer"} - seen
        assert seen | gone_unseen >= set(range(1, CALLERS + 1)), "who is not known gave up while nobody was there"


def test_a_server_that_is_killed_while_it_finds_its_way_finds_it_all_the_same() -> None:
    """Each start is killed again at its first, second ... batch, five times in a row."""
    for boundary in range(10, undisturbed().service.batches, 4):

        def kill(life: Life, batch: int, at: int = boundary) -> Moment | None:
            if batch < at or life.kills > 5:
                return None
            return Moment.BEFORE_EFFECTS if batch % 2 else Moment.AFTER_EFFECTS

        life = live(kill)
        assert life.kills == 6
        assert fates(life) == fates(undisturbed())


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
def test_a_clock_that_is_set_while_no_server_runs_lets_no_phone_ring_longer(step: float) -> None:
    for boundary in range(SETTING_UP, undisturbed().service.batches, 7):
        live(lambda _life, batch, at=boundary: Moment.AFTER_EFFECTS if batch == at else None, away=2.0, step=step)
