"""The fold refuses what the laws do not allow."""

import pytest

from cti_server.engine.apply import FOLDS, apply
from cti_server.engine.state import State
from cti_server.vocabulary import events
from cti_server.vocabulary.faults import IllegalTransitionError, UnknownEventError
from cti_server.vocabulary.ids import AgentId, DeviceNumber, LinkName
from cti_server.vocabulary.values import Origin


def recorded(seq: int, event: events.Event) -> events.Recorded:
    return events.Recorded(seq=seq, at=1.0, cause_seq=None, event=event)


def test_every_event_class_has_its_fold() -> None:
    known = {
        each
        for each in vars(events).values()
        if isinstance(each, type) and issubclass(each, events.Event) and each is not events.Event
    }
    assert set(FOLDS) == known


def test_an_event_class_of_nobody_is_a_fault() -> None:
    with pytest.raises(UnknownEventError, match="no fold for Event"):
        apply(State(), recorded(1, events.Event()))


def test_a_gap_in_the_journal_is_a_fault() -> None:
    state = State()
    apply(state, recorded(1, events.LinkCameUp(link=LinkName("pbx"))))
    with pytest.raises(UnknownEventError, match="event 3 does not follow event 1"):
        apply(state, recorded(3, events.LinkCameUp(link=LinkName("pbx"))))


def test_an_illegal_move_is_a_fault() -> None:
    state = State()
    event = events.AgentBecameReady(agent=AgentId("anna"), origin=Origin.PHONE)
    apply(
        state,
        recorded(1, events.AgentLoggedOn(agent=event.agent, device=DeviceNumber("1"), origin=event.origin)),
    )
    apply(state, recorded(2, event))
    with pytest.raises(IllegalTransitionError):
        apply(state, recorded(3, event))
