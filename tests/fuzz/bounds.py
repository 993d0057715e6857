"""What an input may cost: time and memory, in proportion to its size."""

import tracemalloc
from time import process_time
from typing import Final

from tests.fuzz.target import Target, check

SECONDS: Final = 0.2
"""For one pass over 64 kB, or less."""
UNIT: Final = 1 << 16
_MEMORY_FLOOR: Final = 1 << 18


def seconds_for(target: Target, data: bytes) -> float:
    """The most that a run may take."""
    return SECONDS * target.passes * max(1.0, len(data) / UNIT)


def memory_for(target: Target, data: bytes) -> int:
    """The most that a run may hold at a time."""
    return _MEMORY_FLOOR + target.memory * len(data)


def run_within_time(target: Target, data: bytes, patience: float = 1.0) -> float:
    """Run an input, and return the seconds that it took; raises where it broke a property or took too long."""
    started = process_time()
    target.run(data)
    took = process_time() - started
    limit = patience * seconds_for(target, data)
    check(took <= limit, f"took {took:.3f} s, more than the {limit:.3f} s for {len(data)} bytes")
    return took


def run_within_memory(target: Target, data: bytes) -> int:
    """Run an input, and return the memory that it took at most; raises as above."""
    target.run(data)  # What is compiled at the first use, and kept, does not count.
    tracemalloc.start()
    try:
        target.run(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    check(peak <= memory_for(target, data), f"took {peak} bytes, more than {memory_for(target, data)}")
    return peak
