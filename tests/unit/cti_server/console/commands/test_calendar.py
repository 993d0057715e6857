"""Calendars at the console: what is shown, opened and closed by hand, and refused."""

from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer
from cti_server.console.command import UsageError
from cti_server.console.commands.calendar import set_calendar, show_calendars
from cti_server.console.presenting import as_text
from cti_server.vocabulary.commands import LoadPlan
from cti_server.vocabulary.ids import CalendarName
from cti_server.vocabulary.plan import CalendarPlan, OpenHours
from tests.fakes.virtual_time import VirtualClock
from tests.unit.cti_server.console.test_console import FakeOperations
from tests.unit.cti_server.runtime.test_pump import PLAN

OFFICE = CalendarPlan(name=CalendarName("office"), zone="UTC", hours=())


def operations_with_a_calendar() -> Any:
    operations = FakeOperations(VirtualClock())
    operations.submit(LoadPlan(plan=replace(PLAN, version="2", calendars={OFFICE.name: OFFICE})))
    return operations


def answer(of: "Deferred[Answer]") -> str:
    return as_text(cast("Answer", of.result))


def test_a_calendar_is_opened_by_hand_and_goes_by_its_hours_again() -> None:
    operations = operations_with_a_calendar()
    assert show_calendars(operations, ()).splitlines()[2].split()[:2] == ["office", "closed"]
    assert answer(set_calendar(operations, ("office", "open"))) == "calendar office is open by hand"
    assert show_calendars(operations, ()).splitlines()[2].split()[:5] == ["office", "open", "set", "by", "hand"]
    assert answer(set_calendar(operations, ("office", "automatic"))) == "calendar office goes by its hours again"
    assert show_calendars(operations, ()).splitlines()[2].split()[:2] == ["office", "closed"]


def test_a_calendar_is_open_until_a_time() -> None:
    operations = operations_with_a_calendar()
    assert "is open by hand until " in answer(set_calendar(operations, ("office", "open", "+30")))
    assert operations.state.is_open("office", operations.now() + 1799)[0]
    assert not operations.state.is_open("office", operations.now() + 1801)[0]


def test_it_is_said_when_a_closed_calendar_opens() -> None:
    clock = VirtualClock()  # it begins on a Friday at 08:00
    operations = FakeOperations(clock)
    early = replace(OFFICE, hours=(OpenHours(days=tuple(range(7)), start=9 * 60, end=17 * 60),))
    calendars = {OFFICE.name: early, CalendarName("never"): OFFICE}
    operations.submit(LoadPlan(plan=replace(PLAN, version="2", calendars=calendars)))

    def opens() -> list[str]:
        shown = show_calendars(operations, ()).splitlines()
        begin, end = shown[0].index("opens"), shown[0].index("queues")
        return [line[begin:end].strip() for line in shown[2:]]

    def local(hours: float) -> str:
        return datetime.fromtimestamp(operations.now() + 3600 * hours).astimezone().strftime("%Y-%m-%d %H:%M:%S")

    assert opens() == ["-", local(1)]
    set_calendar(operations, ("office", "closed", "+120"))
    assert opens() == ["-", local(2)]
    set_calendar(operations, ("office", "closed"))
    assert opens() == ["-", "-"], "until somebody opens it"
    set_calendar(operations, ("office", "open"))
    assert opens() == ["-", "-"], "it is open"


def test_what_cannot_be_is_refused_in_words() -> None:
    operations = operations_with_a_calendar()
    assert "no calendar garden" in answer(set_calendar(operations, ("garden", "open")))
    assert "goes by its hours already" in answer(set_calendar(operations, ("office", "automatic")))
    for words in (("office", "ajar"), ("office", "automatic", "+5"), ("office", "open", "later")):
        with pytest.raises(UsageError):
            set_calendar(operations, words)
