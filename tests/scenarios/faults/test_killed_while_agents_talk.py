"""Killed at every boundary while agents hold, ask, give on, confer and are listened to: no talk is touched by it.

The second story of the kills; what holds in the first one (`test_killed_at_every_boundary`) holds here.
"""

import functools
from typing import Any

import pytest

from bench.soak_load.life import Life
from bench.soak_load.serving import Moment
from cti_server.vocabulary import events
from tests.scenarios.faults.talking_story import CALLED, CALLED_FOR, CALLERS, COLLEAGUES, DONE, talk

SETTING_UP = 36
"""The first batch after agents have come to work and some have gone on their breaks."""


@functools.cache
def undisturbed() -> Life:
    return talk()


def fates(life: Life) -> dict[Any, Any]:
    """How everybody's own contact ended, and in which queue; of an agent who asked a queue, too.

    Not of who is called back: whether they answer is another chance each time that they are dialled.
    """
    return {party: found for party, found in life.service.recount.fates.items() if party != CALLED}


def given_on(life: Life) -> dict[Any, list[tuple[str, str]]]:
    """To whom each customer was given on; who was asked by name has them, and of a queue anybody."""
    party_of = {
        row.event.contact: row.event.party
        for row in life.service.journal
        if isinstance(row.event, events.ContactOpened)
    }
    found: dict[Any, list[tuple[str, str]]] = {}
    for row in life.service.journal:
        if isinstance(row.event, events.ContactTransferred):
            to = row.event.to if row.event.to in COLLEAGUES.values() else None
            found.setdefault(party_of[row.event.contact], []).append((row.event.transfer.value, to or ""))
    return found


def same(life: Life, where: str) -> None:
    expected = undisturbed()
    assert fates(life) == fates(expected), where
    assert life.outside.ended == expected.outside.ended, where
    assert life.talks is not None
    assert expected.talks is not None
    assert life.talks.done == expected.talks.done, where
    assert given_on(life) == given_on(expected), where
    assert life.service.recount.contacts == life.service.recount.closed == expected.service.recount.contacts, where


def test_everything_is_done_in_the_story_that_can_be_done_at_a_phone() -> None:
    life = undisturbed()
    assert life.talks is not None
    assert life.talks.done == {
        "hold": 1,
        "attended to agent": 1,
        "conference": 1,
        "blind to queue": 1,
        "blind to agent": 1,
        "asked and returned": 2,
        "asked a queue": 3,
        "attended to queue": 1,
        "conference with queue": 1,
        "supervision": 1,
    }
    told = {type(row.event) for row in life.service.journal}
    assert {events.SupervisionEnded, events.ConferenceChanged, events.WrapUpEnded, events.CallbackDialled} <= told
    assert life.along.answered > 3
    (called,) = (row.event for row in life.service.journal if isinstance(row.event, events.CallbackScheduled))
    assert called.agent == CALLED_FOR
    assert life.service.recount.fates[CALLED] == [("answered", "q2")]
    assert life.outside.ended == dict.fromkeys(range(1, CALLERS + 1), "talked")
    assert set(DONE) <= set(life.outside.ended)
    breaks = [row.event.reason for row in life.service.journal if isinstance(row.event, events.AgentBecameNotReady)]
    assert "training" in breaks


@pytest.mark.parametrize("moment", list(Moment), ids=lambda moment: moment.value)
def test_a_kill_at_any_boundary_touches_no_talk(moment: Moment) -> None:
    struck = 0
    for boundary in range(SETTING_UP, undisturbed().service.batches + 1):
        life = talk(lambda _life, batch, at=boundary: moment if batch == at else None)
        struck += life.kills
        same(life, f"killed {moment.value} of batch {boundary}")
    assert struck >= undisturbed().service.batches - SETTING_UP


def test_a_server_that_is_killed_while_it_finds_its_way_touches_no_talk_either() -> None:
    """Each start is killed again at its first, second ... batch, five times in a row."""
    for boundary in range(SETTING_UP, undisturbed().service.batches, 7):

        def kill(life: Life, batch: int, at: int = boundary) -> Moment | None:
            if batch < at or life.kills > 5:
                return None
            return Moment.BEFORE_EFFECTS if batch % 2 else Moment.AFTER_EFFECTS

        life = talk(kill)
        assert life.kills == 6
        same(life, f"killed from batch {boundary} on")


@pytest.mark.parametrize("away", [2.0, 20.0, 200.0])
def test_talks_go_on_while_the_server_is_away_and_all_agree_afterwards(away: float) -> None:
    for boundary in range(SETTING_UP, undisturbed().service.batches, 10):
        moment = list(Moment)[boundary % 3]
        life = talk(lambda _life, batch, at=boundary, when=moment: when if batch == at else None, away=away)
        assert life.kills == 1
        assert set(life.outside.ended) == set(range(1, CALLERS + 1))
        assert life.service.recount.contacts == life.service.recount.closed
