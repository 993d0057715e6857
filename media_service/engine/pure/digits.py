"""Digits that wait to be sent on a port, as RFC 4733 events, one packet each tick."""

from collections import deque
from typing import Final, NamedTuple

from media_service.engine.encodings import FRAME_SAMPLES
from sip.dtmf import digit_packets
from sip.rtp import RtpPacket

_TONE_SAMPLES: Final = 800
_DIGIT_TICKS: Final = 10
"""100 ms of tone and 100 ms of pause, in ticks of 20 ms; the end is told again in the first two ticks of the pause."""


class EventPacket(NamedTuple):
    """What one tick of a digit sends instead of audio."""

    begins: bool
    timestamp: int
    payload: bytes


class DigitSender:
    """Digits that wait to be sent on one port."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str]] = deque()
        self._packets: list[RtpPacket] = []
        self._tick = 0

    def add(self, digits: str, token: str) -> None:
        """Queue digits; the last one carries the token."""
        self._waiting.extend((digit, "") for digit in digits[:-1])
        self._waiting.append((digits[-1], token))

    @property
    def busy(self) -> bool:
        """Whether there is anything left to send."""
        return bool(self._waiting)

    def step(self, timestamp: int) -> tuple[EventPacket | None, str]:
        """One tick, to be asked while `busy`: a packet, or ``None`` in the pause; and the token that is done by it.

        All packets of a digit carry the RTP timestamp of its beginning, the growing duration tells how far it is, and
        the last packet is sent three times (RFC 4733 section 2.5.1).
        """
        digit, token = self._waiting[0]
        tick = self._tick
        if tick == 0:
            self._packets = digit_packets(
                digit,
                payload_type=0,
                ssrc=0,
                sequence=0,
                timestamp=timestamp,
                duration=_TONE_SAMPLES,
                step=FRAME_SAMPLES,
            )
        self._tick += 1
        if self._tick == _DIGIT_TICKS:
            self._tick = 0
            self._waiting.popleft()
            return None, token
        if tick >= len(self._packets):
            return None, ""
        packet = self._packets[tick]
        return EventPacket(packet.marker, packet.timestamp, packet.payload), ""
