import pytest

from csta import ConnectionState, EventCause
from csta.messages import CallControlService, TelephonyTone
from csta.states import CONNECTION_TRANSITIONS, may_follow
from csta.words import words


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


def test_number_of_ber_finds_its_word_and_an_unknown_one_is_kept() -> None:
    assert EventCause.numbered(111) is EventCause.RECALL_BUSY
    word = EventCause.numbered(34)
    assert (word.value, word.number, word.known) == ("#34", 34, False)


def test_word_tells_which_encodings_have_it() -> None:
    assert (EventCause.BUSY.number, EventCause.BUSY.in_xml) == (3, True)
    assert not CallControlService.MAKE_CONNECTION.in_xml
    assert not EventCause.received("solarFlare").in_xml


def test_tones_of_the_switch_are_words_like_others() -> None:
    assert TelephonyTone("switchSpec100").number == 120
    assert len(TelephonyTone) == 121


def test_words_are_made_out_of_text() -> None:
    made = words("Made", "accountCode=0 userData=7* later")
    assert made.__name__ == "Made"
    assert [(word.name, word.value, word.number, word.in_xml) for word in made] == [
        ("ACCOUNT_CODE", "accountCode", 0, True),
        ("USER_DATA", "userData", 7, False),
        ("LATER", "later", None, True),
    ]
    assert "userData" in set(made)


@pytest.mark.parametrize("text", ["twice=0 twice=1", "half=", "half=x", "=3"])
def test_words_that_are_badly_written_are_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        words("Bad", text)


def test_every_state_can_be_left_and_repeated() -> None:
    assert set(CONNECTION_TRANSITIONS) == set(ConnectionState)
    assert all(may_follow(state, state) for state in ConnectionState)
    assert not may_follow(ConnectionState.NULL, ConnectionState.HOLD)
    assert not may_follow(ConnectionState.HOLD, ConnectionState.INITIATED)


def test_unknown_state_follows_nothing() -> None:
    assert not may_follow(ConnectionState.received("dreaming"), ConnectionState.ALERTING)
