from collections import deque

import pytest
from twisted.internet.task import Clock

from csta.schema import records
from csta.transport.readiness import AFTER, EVERY, write_methods


def test_one_message_at_a_time_until_all_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_declared", deque())

    @records.record
    class First:
        number: int

    @records.record
    class Second:
        number: int

    unwritten = First.__init__
    clock = Clock()
    write_methods(clock)
    clock.advance(AFTER - 0.1)
    assert First.__init__ is unwritten
    clock.advance(0.1)
    assert First.__init__ is not unwritten
    assert Second.__init__ is unwritten
    clock.advance(EVERY)
    assert Second.__init__ is not unwritten
    clock.advance(EVERY)
    assert not clock.getDelayedCalls()
