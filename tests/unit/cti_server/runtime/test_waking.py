"""The engine's timer: one that serves is left alone, and none is late where the machine's clock was set."""

from collections.abc import Callable

from twisted.internet.task import Clock

from cti_server.runtime.waking import KEPT, Waker
from program.clock import Timer


class SettableClock:
    """Timers by Twisted's own virtual clock, and a time that may run away from it by ``ahead`` seconds."""

    def __init__(self) -> None:
        self.timers = Clock()
        self.ahead = 0.0
        self.made = 0

    def now(self) -> float:
        """Unix seconds."""
        return float(self.timers.seconds()) + self.ahead

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Count the timers that are made."""
        self.made += 1
        timer: Timer = self.timers.callLater(delay, function)
        return timer


class Bench:
    """A waker, and when it woke."""

    def __init__(self) -> None:
        self.clock = SettableClock()
        self.woke: list[float] = []
        self.waker = Waker(self.clock, 0.05, lambda: self.woke.append(self.clock.now()))


def test_a_timer_is_left_alone_while_the_deadline_stays() -> None:
    bench = Bench()
    for _ in range(5):
        bench.waker.arm(8.0, idle=False)
    assert bench.clock.made == 1
    bench.waker.arm(3.0, idle=False)
    bench.waker.arm(7.0, idle=False)
    bench.clock.timers.pump([1.0] * 9)
    assert bench.woke == [7.0]


def test_without_a_deadline_and_after_a_stop_nothing_wakes() -> None:
    bench = Bench()
    bench.waker.arm(2.0, idle=False)
    bench.waker.arm(None, idle=False)
    bench.waker.arm(4.0, idle=False)
    bench.waker.stop()
    bench.clock.timers.pump([1.0] * 6)
    assert bench.woke == []


def test_after_an_idle_wake_up_there_is_a_pause_which_the_next_command_ends() -> None:
    bench = Bench()
    bench.waker.arm(-1.0, idle=True)
    bench.clock.timers.advance(0.04)
    assert bench.woke == []
    bench.waker.arm(-1.0, idle=False)
    bench.clock.timers.advance(0.0)
    assert bench.woke == [0.04]


def test_a_clock_that_runs_ahead_makes_no_deadline_late() -> None:
    """The timer is set anew by commands that come later."""
    bench = Bench()
    bench.waker.arm(10.0, idle=False)
    bench.clock.timers.advance(KEPT)
    bench.clock.ahead = 3.0
    bench.waker.arm(10.0, idle=False)
    bench.clock.timers.pump([1.0] * 7)
    assert bench.woke == [10.0]
