"""How rates are measured: units of work per second of the process's own CPU time, the median of several runs.

CPU time leaves out what others on the machine take away. Garbage collection stays on, as it is in the server.
"""

import gc
from collections.abc import Callable, Iterable
from statistics import median
from time import process_time
from typing import Final

RUNS: Final = 7
SECONDS_PER_RUN: Final = 0.02


def rate_of(work: Callable[[], object]) -> float:
    """Calls of ``work`` per second."""
    work()
    count = 1
    while (seconds := _seconds(work, count)) < SECONDS_PER_RUN / 4:
        count = max(2 * count, int(count * SECONDS_PER_RUN / max(seconds, 1e-4) / 2))
    count = max(1, int(count * SECONDS_PER_RUN / seconds))
    gc.collect()
    return round(median(count / _seconds(work, count) for _ in range(RUNS)))


def _seconds(work: Callable[[], object], count: int) -> float:
    before = process_time()
    for _ in range(count):
        work()
    return process_time() - before


def pass_rate(make: Callable[[], Callable[[], object]], units: int) -> float:
    """Units per second where each run needs a fresh start: ``make`` prepares one, what it returns works through it."""
    rates = []
    for _ in range(RUNS):
        work = make()
        gc.collect()
        before = process_time()
        work()
        rates.append(units / (process_time() - before))
    return round(median(rates))


def quantile(values: Iterable[float], share: float) -> float:
    """The value that ``share`` of ``values`` do not exceed; NaN of none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")
