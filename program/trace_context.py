"""The header ``traceparent`` (W3C Trace Context 3.2): read and written by the same rules by whoever meets it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

LONGEST: Final = 256
"""Characters of a ``traceparent`` that is looked at; version 00 has 55 of them."""
SAMPLED: Final = 0x01
"""Whoever called records the trace (3.2.2.5.1)."""
RANDOM: Final = 0x02
"""The trace's identity is a random number (Level 2, 3.2.2.5.2)."""
_FIELDS: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A span of somebody's trace: 128 bits of trace, 64 bits of span, neither of them 0; and those flags we know."""

    trace: int
    span: int
    flags: int = SAMPLED

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read one value; None where it is none.

        A version after 00 is read as far as 00 goes, and may have more behind a dash; of its flags only ``SAMPLED`` is
        known (4.3). ff is no version (3.2.2.1). Capitals are refused, as 3.2.2 wants it.
        """
        found = _FIELDS.fullmatch(text) if len(text) <= LONGEST else None
        if found is None:
            return None
        version, trace, span, flags, more = found.groups()
        known = SAMPLED | RANDOM if version == "00" else SAMPLED
        if version == "ff" or (version == "00" and more is not None) or not int(trace, 16) or not int(span, 16):
            return None
        return cls(int(trace, 16), int(span, 16), int(flags, 16) & known)

    @classmethod
    def of_fields(cls, values: Sequence[str]) -> Self | None:
        """Read the header fields of one message; None where they do not say one thing, as with two of them."""
        return cls.parse(values[0]) if len(values) == 1 else None

    def __str__(self) -> str:
        """The value to send, always of version 00."""
        return f"00-{self.trace:032x}-{self.span:016x}-{self.flags:02x}"
