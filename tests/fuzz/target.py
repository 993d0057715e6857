"""What a thing to be fuzzed is: its properties, the inputs to begin with, and a mutator that knows the format."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

Mutate = Callable[[bytes, Random, list[bytes]], bytes]
"""Makes another input of one, with pieces of others at hand."""


class PropertyBrokenError(AssertionError):
    """What must hold of every input does not hold of this one."""


def check(holds: bool, text: str) -> None:
    """Raise PropertyBrokenError with ``text`` where something does not hold."""
    if not holds:
        raise PropertyBrokenError(text)


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to be fuzzed.

    ``run`` takes an input and raises whatever must not happen; nothing it keeps may outlive it. ``passes`` is how often
    it goes over its input, and multiplies the time that it may take; ``memory`` is how many bytes it may hold at a time
    for each of the input. ``swell`` makes a long input of a short one.
    """

    name: str
    title: str
    run: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    mutate: Mutate
    passes: int = 1
    memory: int = 64
    max_bytes: int = 1 << 13
    swell: Callable[[bytes, Random], bytes] | None = None
