"""The jitter buffer: what comes out, how long after, as packets come evenly, unevenly, late, twice, or never."""

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from media_service.signal.jitter import FRAME, LEAST, MOST, Decision, JitterBuffer
from media_service.signal.jitter import FRAME as TICK

FIRST = (65_500, 0xFFFFF000)
"""Sequence and timestamp of the first packet: both wrap round soon."""


class Line:
    """A far end that sends every 20 ms over a line whose delays are given, and a listener who ticks."""

    def __init__(
        self, delays: Callable[[int], float | None], *, quiet: Callable[[int], bool] = lambda _: False
    ) -> None:
        self.buffer = JitterBuffer()
        self.delays = delays
        self.quiet = quiet
        self.heard: list[tuple[Decision, int]] = []
        self.delay: list[float] = []

    def run(self, packets: int, *, skew: float = 1.0, phase: float = 0.003) -> "Line":
        sent = [(number * TICK * skew, number) for number in range(packets)]
        arrivals = [(at + delay, number) for at, number in sent if (delay := self.delays(number)) is not None]
        arrivals.sort()
        for tick in range(packets + 20):
            now = phase + tick * TICK
            while arrivals and arrivals[0][0] <= now:
                at, number = arrivals.pop(0)
                self.buffer.put(
                    (FIRST[0] + number) % 0x10000,
                    (FIRST[1] + 160 * number) % (1 << 32),
                    number.to_bytes(4, "big"),
                    at,
                    quiet=self.quiet(number),
                )
            playout = self.buffer.take(now)
            number = int.from_bytes(playout.payload, "big") if playout.decision is Decision.PLAY else -1
            self.heard.append((playout.decision, number))
            self.delay.append(self.buffer.delay(now))
        return self

    @property
    def numbers(self) -> list[int]:
        return [number for decision, number in self.heard if decision is Decision.PLAY]


def test_an_even_stream_is_heard_whole_after_one_or_two_frames() -> None:
    line = Line(lambda _: 0.03).run(300)

    assert line.numbers == list(range(300))
    assert (line.buffer.lost, line.buffer.late) == (0, 0)
    assert max(line.delay[10:300]) < 0.065


def test_jitter_of_sixty_milliseconds_costs_little_and_the_delay_follows_it() -> None:
    chance = np.random.default_rng(1)
    delays = chance.uniform(0.02, 0.08, 1000)
    line = Line(lambda number: float(delays[number])).run(1000)

    assert len(line.numbers) >= 990
    assert line.numbers == sorted(line.numbers)
    assert 0.05 <= line.buffer.target <= 0.08
    assert line.delay[500] < 0.12


def test_the_delay_grows_at_once_and_shrinks_in_silence_alone() -> None:
    def delays(number: int) -> float:
        return 0.12 if number in range(100, 110) else 0.02

    patient = Line(delays, quiet=lambda number: number >= 260).run(400)
    assert patient.delay[112] > 0.08
    assert patient.delay[200] > 0.08
    assert patient.delay[330] < 0.07
    assert set(range(400)) - set(patient.numbers) <= set(range(260, 330))
    assert 2 <= patient.buffer.passed_over <= 6


def test_a_delay_that_stays_too_long_shrinks_even_through_speech() -> None:
    line = Line(lambda number: 0.15 if number < 3 else 0.02).run(600)
    assert line.delay[-40] < 0.09
    assert line.buffer.passed_over >= 2


def test_lost_packets_are_concealed_and_counted() -> None:
    line = Line(lambda number: None if number % 20 == 7 else 0.02).run(400)

    assert line.buffer.lost == 20
    assert line.buffer.late == 0
    assert line.buffer.concealed >= 20
    assert len(line.numbers) == 380


def test_a_burst_of_losses_is_concealed_for_three_frames_then_silent() -> None:
    line = Line(lambda number: None if 50 <= number < 60 else 0.02).run(120)
    around = [decision for decision, _ in line.heard[45:75]]

    assert line.buffer.lost == 10
    assert around.count(Decision.CONCEAL) == 3
    assert line.numbers == [n for n in range(120) if not 50 <= n < 60]
    assert line.delay[100] < 0.25


def test_packets_out_of_order_are_put_right_and_doubles_dropped() -> None:
    buffer = JitterBuffer()
    for number, at in ((0, 0.0), (2, 0.030), (1, 0.031), (1, 0.032), (3, 0.060)):
        buffer.put(number, 160 * number, bytes([number]), at)
    heard = [buffer.take(0.061 + TICK * tick) for tick in range(4)]
    assert [playout.payload for playout in heard] == [b"\0", b"\1", b"\2", b"\3"]
    assert (buffer.lost, buffer.late) == (0, 0)


def test_a_packet_after_its_time_is_late_and_no_longer_lost() -> None:
    line = Line(lambda number: 0.5 if number == 100 else 0.02).run(200)
    assert (line.buffer.late, line.buffer.lost) == (1, 0)
    assert 100 not in line.numbers


def test_a_pause_of_the_sender_is_no_loss() -> None:
    buffer = JitterBuffer()
    heard = []
    sent = {0: 0, 1: 1, 2: 2, 30: 3, 31: 4}  # packet by tick; the timestamp goes on with time
    for tick in range(45):
        if tick in sent:
            buffer.put(sent[tick], 160 * tick, bytes([sent[tick]]), tick * TICK)
        heard.append(buffer.take(tick * TICK + 0.001))
    assert [playout.payload[0] for playout in heard if playout.payload] == [0, 1, 2, 3, 4]
    assert buffer.lost == 0


def test_a_step_of_less_than_half_a_frame_in_the_timestamps_makes_no_gap() -> None:
    buffer = JitterBuffer()
    decisions = []
    for tick in range(40):
        step = 40 if tick >= 20 else 0  # a new sentence was sent 5 ms after its turn
        buffer.put(tick, 160 * tick + step, bytes([tick]), tick * TICK + step / 8000)
        decisions.append(buffer.take(tick * TICK + 0.012).decision)
    assert decisions[5:] == [Decision.PLAY] * 35


def test_a_clock_that_leaps_begins_anew_but_one_stray_disturbs_nothing() -> None:
    buffer = JitterBuffer()
    for tick in range(20):
        buffer.put(tick, 160 * tick, bytes([tick]), tick * TICK)
        buffer.take(tick * TICK)
    buffer.put(20, 0x70000000, b"stray", 20 * TICK)
    assert buffer.take(20 * TICK).decision is Decision.PLAY
    for tick in range(21, 40):
        buffer.put(tick, 0x50000000 + 160 * tick, bytes([tick]), tick * TICK)
        last = buffer.take(tick * TICK)
    assert last.payload
    assert last.payload[0] >= 36


def test_a_far_end_whose_timestamps_stand_still_in_a_pause_is_heard_again_soon() -> None:
    buffer = JitterBuffer()
    played = []
    for tick in range(150):
        number = tick if tick < 50 else tick - 30  # half a second of silence; the timestamps do not count it
        if not 50 <= tick < 80:
            buffer.put(number, 160 * number, bytes([number]), tick * TICK)
        playout = buffer.take(tick * TICK + 0.001)
        played += [tick] if playout.payload else []
    assert len([tick for tick in played if 80 <= tick < 100]) >= 5
    assert len([tick for tick in played if tick >= 100]) >= 49


def test_a_far_end_whose_clock_is_fast_or_slow_is_followed() -> None:
    for skew in (0.999, 1.001):
        line = Line(lambda _: 0.02, quiet=lambda number: number % 50 < 5).run(4000, skew=skew)
        assert all(-TICK <= delay < 0.1 for delay in line.delay[50:3900])
        assert len(line.numbers) >= 3980
        assert line.buffer.lost == 0


def test_packets_of_other_lengths() -> None:
    for units in (80, 240, 480):
        buffer = JitterBuffer()
        heard, ticks = 0, 100
        for number in range(ticks * 160 // units):
            buffer.put(number, units * number, b"x", number * units / 8000, samples=units)
            while heard < number * units - 800:
                heard += buffer.take(number * units / 8000).samples
        assert buffer.lost == 0
        assert buffer.concealed <= 3


def test_too_many_packets_are_not_kept() -> None:
    buffer = JitterBuffer()
    for number in range(500):
        buffer.put(number, 160 * number, b"x", 0.0)
    assert len(buffer) <= 64


@given(
    st.lists(
        st.tuples(
            st.integers(0, 0xFFFF),
            st.integers(0, 0xFFFFFFFF),
            st.floats(-1.0, 1.0),
            st.integers(1, 1920),
            st.booleans(),
        ),
        max_size=60,
    )
)
def test_anything_may_come_in_and_sound_goes_on(packets: list[tuple[int, int, float, int, bool]]) -> None:
    buffer = JitterBuffer()
    now = 0.0
    for sequence, timestamp, jump, samples, quiet in packets:
        buffer.put(sequence, timestamp, b"x", now + jump, samples=samples, quiet=quiet)
        playout = buffer.take(now)
        assert playout.samples > 0
        assert bool(playout.payload) == (playout.decision is Decision.PLAY)
        assert LEAST <= buffer.target <= MOST
        assert min(buffer.lost, buffer.late, buffer.passed_over, buffer.concealed, len(buffer)) >= 0
        now += FRAME
