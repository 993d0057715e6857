"""Alarms are raised and over with hysteresis and hold, told again, acknowledged; time is an argument."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.telemetry.alarms import board as board_module
from cti_server.telemetry.alarms.board import AlarmBoard, News, Reading
from cti_server.telemetry.alarms.catalogue import CATALOGUE, Rule, Severity, limits_fit

RULE = Rule(kind="queue-long", title="many wait", advice="look", raise_at=10, clear_at=5, hold=30, rest=20)


def board(rule: Rule = RULE, repeat: float = 0.0) -> AlarmBoard:
    return AlarmBoard(lambda _kind, _subject: rule, repeat)


def told(found: AlarmBoard, value: float, at: float, subject: str = "sales") -> list[News]:
    return [one.news for one in found.judge([Reading(kind="queue-long", subject=subject, value=value)], at)]


def test_it_is_raised_after_the_hold_and_over_after_the_rest() -> None:
    found = board()
    assert told(found, 10, 0) == []
    assert told(found, 12, 29) == []
    assert told(found, 12, 30) == [News.RAISED]
    assert found.raised()[0].since == 0
    assert told(found, 7, 31) == []  # between the limits it stays as it is
    assert told(found, 5, 40) == []
    assert told(found, 6, 50) == []  # not well any more: the rest begins anew
    assert told(found, 5, 60) == []
    assert told(found, 4, 79) == []
    assert told(found, 4, 80) == [News.OVER]
    assert found.raised() == ()


def test_a_clock_that_is_set_back_makes_neither_the_hold_nor_the_rest_longer() -> None:
    found = board()
    told(found, 10, 1000)
    assert told(found, 10, 0) == []
    assert told(found, 10, 30) == [News.RAISED]
    told(found, 5, 1000)
    assert told(found, 5, 100) == []
    assert told(found, 5, 120) == [News.OVER]


def test_a_value_that_is_good_for_a_moment_begins_the_hold_anew() -> None:
    found = board()
    told(found, 10, 0)
    told(found, 9, 20)
    assert told(found, 10, 40) == []
    assert told(found, 10, 69) == []
    assert told(found, 10, 70) == [News.RAISED]


def test_below_is_the_mirror_of_above() -> None:
    low = Rule(kind="disk-low", title="full", advice="free", raise_at=5, clear_at=10, above=False)
    found = board(low)
    assert told(found, 6, 0) == []
    assert told(found, 5, 1) == [News.RAISED]
    assert told(found, 9, 2) == []
    assert told(found, 10, 3) == [News.OVER]


def test_what_is_not_measured_any_more_is_over() -> None:
    found = board(Rule(kind="x", title="t", advice="a"))
    assert told(found, 1, 0) == [News.RAISED]
    assert [one.news for one in found.judge([], 1)] == [News.OVER]


def test_a_clock_that_is_set_back_makes_the_hold_no_longer() -> None:
    found = board()
    told(found, 10, 1000)
    told(found, 10, 0)
    assert told(found, 10, 30) == [News.RAISED]


def test_it_is_told_again_until_somebody_knows_of_it() -> None:
    found = board(Rule(kind="x", title="t", advice="a"), repeat=100)
    assert told(found, 1, 0) == [News.RAISED]
    assert told(found, 1, 99) == []
    assert told(found, 1, 100) == [News.STILL]
    assert told(found, 1, 199) == []
    assert found.acknowledge("nothing", "kim") is None
    known = found.acknowledge("x:sales", "kim")
    assert known is not None
    assert known.known_to == "kim"
    assert told(found, 1, 500) == []
    assert found.acknowledge("1", "lee") is not None  # by its number as well
    assert told(found, 0, 501) == [News.OVER]
    assert told(found, 1, 502) == [News.RAISED]
    assert found.raised()[0].known_to is None  # another one


def test_critical_ones_come_first() -> None:
    rules = {
        "a": Rule(kind="a", title="t", advice="a"),
        "b": Rule(kind="b", title="t", advice="a", severity=Severity.CRITICAL),
    }
    found = AlarmBoard(lambda kind, _subject: rules.get(kind))
    found.judge([Reading(kind="a", subject="", value=1), Reading(kind="b", subject="", value=1)], 0)
    found.judge([Reading(kind=kind, subject="", value=1) for kind in ("a", "b", "unknown")], 1)
    assert [one.id for one in found.raised()] == ["b", "a"]


def test_one_that_is_switched_off_is_over() -> None:
    rules = {"x": Rule(kind="x", title="t", advice="a")}
    found = AlarmBoard(lambda kind, _subject: rules.get(kind))
    reading = [Reading(kind="x", subject="", value=1)]
    assert [one.news for one in found.judge(reading, 0)] == [News.RAISED]
    del rules["x"]
    assert [one.news for one in found.judge(reading, 1)] == [News.OVER]


def test_no_fault_of_many_parts_eats_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "MOST_ALARMS", 5)
    found = board(Rule(kind="x", title="t", advice="a"))
    changes = found.judge([Reading(kind="x", subject=str(number), value=1) for number in range(9)], 0)
    assert len(changes) == len(found.raised()) == 5
    assert found.left_out == 4


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 60)), max_size=60))
def test_raised_and_over_take_turns(values: list[tuple[float, float]]) -> None:
    found, now, news = board(), 0.0, []
    for value, passed in values:
        now += passed
        news += told(found, value, now)
        assert (len(found.raised()) == 1) == (bool(news) and news[-1] is News.RAISED)
    assert news == [News.RAISED, News.OVER] * (len(news) // 2) + [News.RAISED] * (len(news) % 2)


@pytest.mark.parametrize("rule", CATALOGUE.values(), ids=lambda rule: rule.kind)
def test_every_rule_of_the_catalogue_makes_sense(rule: Rule) -> None:
    assert limits_fit(rule)
    assert not (rule.bad(rule.clear_at) and rule.well(rule.clear_at))
    assert rule.title
    assert rule.advice
    assert rule.bad(rule.raise_at)
    assert rule.well(rule.clear_at)


def test_a_changed_limit_takes_the_other_one_along() -> None:
    changed = RULE.changed(raise_at=3)
    assert (changed.raise_at, changed.clear_at) == (3, 3)
    assert RULE.changed(raise_at=20).clear_at == 5
    assert not limits_fit(RULE.changed(raise_at=3, clear_at=9))
