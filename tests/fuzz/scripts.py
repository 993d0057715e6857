"""The scripts that sessions are fuzzed with: who we are, and then what happens, as bytes.

The first byte chooses the way of speaking and the role, its top bit whether an honest peer logs in first. Then come
operations: ``00``, two bytes of length and that many bytes from the peer, or another number below `KINDS` and one byte
of argument. Unknown operations are left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Op(IntEnum):
    """What happens."""

    BYTES = 0
    """Bytes come from the peer."""
    TIME = 1
    """So many seconds pass, and due timers are handled."""
    ANSWER = 2
    """We answer the oldest request that the session told of; an odd argument refuses it."""
    ASK = 3
    """We send a request."""
    NOTICE = 4
    """We send a notice."""
    EVENT = 5
    """We send an event."""
    HONEST_ANSWER = 6
    """The peer answers the last request that we sent; an odd argument refuses it."""
    HONEST_MESSAGE = 7
    """The peer sends a message of the stock."""
    CLOSE = 8
    """We close."""
    STATUS = 9
    """The peer's SystemStatus, one of its words."""


UP_FIRST: Final = 0x80
_MAX_OPS: Final = 256


@dataclass(frozen=True, slots=True)
class Step:
    """One operation; ``data`` of `Op.BYTES`, ``argument`` of all others."""

    op: Op
    argument: int = 0
    data: bytes = b""


def parse(script: bytes) -> tuple[int, list[Step]]:
    """A script's first byte, and its steps, of which there are 256 at most."""
    return (script[0] if script else 0), list(_steps(script, 1))[:_MAX_OPS]


def _steps(script: bytes, at: int) -> Iterator[Step]:
    while at + 1 < len(script):
        number = script[at] % 16
        if number == Op.BYTES:
            length = int.from_bytes(script[at + 1 : at + 3], "big")
            yield Step(Op.BYTES, data=script[at + 3 : at + 3 + length])
            at += 3 + length
            continue
        if number < len(Op):
            yield Step(Op(number), script[at + 1])
        at += 2


def written(first: int, steps: Iterable[Step]) -> bytes:
    """The script of these steps."""
    out = bytearray((first & 0xFF,))
    for step in steps:
        if step.op is Op.BYTES:
            for start in range(0, max(1, len(step.data)), 0xFFFF):
                piece = step.data[start : start + 0xFFFF]
                out += bytes((Op.BYTES,)) + len(piece).to_bytes(2, "big") + piece
        else:
            out += bytes((step.op, step.argument & 0xFF))
    return bytes(out)
