"""DTMF digits in INFO bodies: ``application/dtmf-relay`` and ``application/dtmf``, both ways.

No standard describes the two; the forms are those of the gateways and switches that send them. A relay body has lines
``Signal=`` and ``Duration=``; the plain one is the digit alone, though some send the relay's lines under its name.
"""

import re
from dataclasses import dataclass
from typing import Final

RELAY_TYPE: Final = "application/dtmf-relay"
PLAIN_TYPE: Final = "application/dtmf"
MAX_DURATION: Final = 6000
"""Milliseconds; nobody presses a key for longer."""
_READ_BYTES: Final = 200
_SIGNAL: Final = re.compile(r"(?im)^\s*signal\s*=\s*([0-9*#A-D]|1[0-5])\s*$")
_DURATION: Final = re.compile(r"(?im)^\s*duration\s*=\s*([0-9]{1,6})\s*$")
_PLAIN: Final = re.compile(r"(?i)([0-9*#A-D]|1[0-5])")
_DIGITS: Final = "0123456789*#ABCD"


@dataclass(frozen=True, slots=True)
class InfoDigit:
    """A digit; ``duration`` in milliseconds, 0 where it is not told."""

    digit: str
    duration: int = 0


def read_digit(content_type: str, body: bytes) -> InfoDigit | None:
    """Return the digit in the body of an INFO, ``None`` where there is none; a hook flash is none.

    Some senders write the event codes of RFC 4733, 10 for ``*`` up to 15 for ``D``.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in (RELAY_TYPE, PLAIN_TYPE):
        return None
    text = body[:_READ_BYTES].decode("ascii", "replace")
    signal = _SIGNAL.search(text)
    if signal is None and kind == PLAIN_TYPE:
        signal = _PLAIN.fullmatch(text.strip())
    if signal is None:
        return None
    pressed = signal[1].upper()
    duration = _DURATION.search(text)
    milliseconds = min(int(duration[1]), MAX_DURATION) if duration is not None else 0
    return InfoDigit(_DIGITS[int(pressed)] if len(pressed) == 2 else pressed, milliseconds)


def digit_body(digit: str, duration: int, content_type: str = RELAY_TYPE) -> bytes:
    r"""Return the body that tells of a digit pressed for ``duration`` milliseconds.

    Raises:
        ValueError: no digit, a duration outside 1 to `MAX_DURATION`, or another type of body.
    """
    if len(digit) != 1 or digit.upper() not in _DIGITS:
        raise ValueError(f"not a digit: {digit!r}")
    if not 1 <= duration <= MAX_DURATION:
        raise ValueError(f"duration outside 1 to {MAX_DURATION} ms: {duration}")
    if content_type == RELAY_TYPE:
        return f"Signal={digit.upper()}\r\nDuration={duration}\r\n".encode()
    if content_type == PLAIN_TYPE:
        return digit.upper().encode()
    raise ValueError(f"no type of DTMF body: {content_type}")
