"""The clock keeps its pace while somebody sets the machine's."""

import pytest
from twisted.internet.testing import MemoryReactorClock

from cti_server.runtime.clock import SLEW, SystemClock


class Machine:
    def __init__(self) -> None:
        self.wall = 1_800_000_000.0
        self.steady = 100.0
        self.clock = SystemClock(MemoryReactorClock(), lambda: self.wall, lambda: self.steady)  # type: ignore[arg-type]

    def pass_(self, seconds: float) -> float:
        self.wall += seconds
        self.steady += seconds
        return self.clock.now()


def test_it_tells_the_machines_time() -> None:
    machine = Machine()
    assert machine.clock.now() == 1_800_000_000.0
    assert machine.pass_(10) == 1_800_000_010.0


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
def test_a_clock_that_is_set_is_followed_slowly(step: float) -> None:
    machine = Machine()
    before = machine.clock.now()
    machine.wall += step
    assert machine.clock.now() == before
    after = machine.pass_(100)
    assert after - before == pytest.approx(100 * (1 + (SLEW if step > 0 else -SLEW)))


def test_a_small_step_is_made_up_for() -> None:
    machine = Machine()
    machine.wall -= 1
    for _ in range(30):
        machine.pass_(1)
    assert machine.clock.now() == pytest.approx(machine.wall)


def test_a_clock_that_was_set_back_while_no_server_ran_goes_on_from_the_journal() -> None:
    machine = Machine()
    journal = machine.wall + 3600.0
    assert machine.clock.not_before(journal)
    assert machine.clock.now() == journal
    assert machine.pass_(100.0) == pytest.approx(journal + 100.0 * (1 - SLEW))


def test_a_clock_that_is_ahead_of_the_journal_or_far_behind_it_is_taken_as_it_is() -> None:
    machine = Machine()
    assert machine.clock.not_before(machine.wall - 1.0)
    assert not machine.clock.not_before(machine.wall + 86_400.0)
    assert machine.clock.now() == machine.wall
