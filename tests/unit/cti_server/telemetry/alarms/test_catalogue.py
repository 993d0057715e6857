"""Every alarm of the catalogue is raised by what is bad, stays between its limits, and is over once it is well."""

import pytest

from cti_server.telemetry.alarms.board import AlarmBoard, News, Reading
from cti_server.telemetry.alarms.catalogue import CATALOGUE, Rule

RULES = tuple(CATALOGUE.values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_each_alarm_is_raised_and_over(rule: Rule) -> None:
    board = AlarmBoard(lambda kind, _subject: CATALOGUE.get(kind))
    between = (rule.raise_at + rule.clear_at) / 2

    def news(value: float, at: float) -> list[News]:
        reading = Reading(kind=rule.kind, subject="one", value=value, text="as it is")
        return [change.news for change in board.judge([reading], at)]

    assert news(rule.clear_at, 0.0) == []
    early = news(rule.raise_at, 1.0)
    assert early == ([] if rule.hold else [News.RAISED])
    assert early + news(rule.raise_at, 1.0 + rule.hold) == [News.RAISED]
    assert [alarm.id for alarm in board.raised()] == [f"{rule.kind}:one"]
    assert news(between, 2.0 + rule.hold) == []
    assert news(between, 3.0 + rule.hold + rule.rest) == []
    late = 4.0 + rule.hold + rule.rest
    over = news(rule.clear_at, late)
    assert over == ([] if rule.rest else [News.OVER])
    assert over + news(rule.clear_at, late + rule.rest) == [News.OVER]
    assert board.raised() == ()
