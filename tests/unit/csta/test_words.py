import pytest

from csta import ConnectionState, EventCause
from csta.states import CONNECTION_TRANSITIONS, may_follow


def test_known_word() -> None:
    assert EventCause.received("recallBusy") is EventCause.RECALL_BUSY
    assert EventCause.RECALL_BUSY.known


def test_unknown_word_keeps_its_text_and_equals_no_member() -> None:
    word = EventCause.received("solarFlare")
    assert not word.known
    assert str(word) == word.value == "solarFlare"
    assert word not in set(EventCause)
    assert word == EventCause.received("solarFlare")
    assert hash(word) == hash(EventCause.received("solarFlare"))


def test_unknown_word_does_not_join_the_enumeration() -> None:
    EventCause.received("solarFlare")
    with pytest.raises(ValueError, match="solarFlare"):
        EventCause("solarFlare")


def test_every_state_can_be_left_and_repeated() -> None:
    assert set(CONNECTION_TRANSITIONS) == set(ConnectionState)
    assert all(may_follow(state, state) for state in ConnectionState)
    assert not may_follow(ConnectionState.NULL, ConnectionState.HOLD)
    assert not may_follow(ConnectionState.HOLD, ConnectionState.INITIATED)


def test_unknown_state_follows_nothing() -> None:
    assert not may_follow(ConnectionState.received("dreaming"), ConnectionState.ALERTING)
