"""Digits that wait to be sent on a port, one step each tick: RFC 4733 events, or pairs of tones (ITU-T Q.23)."""

from collections import deque
from typing import Final, NamedTuple

from media_service.engine.encodings import FRAME_SECONDS
from media_service.signal.tones import dtmf
from sip.dtmf import digit_packets
from sip.rtp import RtpPacket

_TONE_MILLISECONDS: Final = 100
_TONE_TICKS: Final = 5
_DIGIT_TICKS: Final = 10
"""100 ms of tone and 100 ms of pause, in ticks of 20 ms; the end is told again in the first two ticks of the pause."""


class EventPacket(NamedTuple):
    """What one tick of a digit sends instead of audio."""

    begins: bool
    timestamp: int
    payload: bytes


class DigitSender:
    """Digits that wait to be sent on one port. The last one of a request carries its token."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str]] = deque()
        self._packets: list[RtpPacket] = []
        self._tones = b""
        self._tick = 0

    def add(self, digits: str, token: str) -> None:
        """Queue digits."""
        self._waiting.extend((digit, "") for digit in digits[:-1])
        self._waiting.append((digits[-1], token))

    @property
    def busy(self) -> bool:
        """Whether there is anything left to send."""
        return bool(self._waiting)

    @property
    def waiting(self) -> int:
        """How many digits are left to send."""
        return len(self._waiting)

    def event(self, timestamp: int, step: int) -> tuple[EventPacket | None, str]:
        """One tick, to be asked while `busy`: a packet, or ``None`` in the pause; and the token that is done by it.

        ``step`` is a tick in the clock of the stream. All packets of a digit carry the RTP timestamp of its beginning,
        the growing duration tells how far it is, and the last packet is sent three times (RFC 4733 section 2.5.1).
        """
        digit, _ = self._waiting[0]
        if self._tick == 0:
            self._packets = digit_packets(
                digit,
                payload_type=0,
                ssrc=0,
                sequence=0,
                timestamp=timestamp,
                duration=_TONE_TICKS * step,
                step=step,
            )
        tick = self._tick
        token = self._passed()
        if tick >= len(self._packets):
            return None, token
        packet = self._packets[tick]
        return EventPacket(packet.marker, packet.timestamp, packet.payload), token

    def tones(self, rate: int) -> tuple[bytes, str]:
        """One tick in the audio, to be asked while `busy`: PCM16 at ``rate``; and the token that is done by it."""
        digit, _ = self._waiting[0]
        octets = round(2 * rate * FRAME_SECONDS)
        if self._tick == 0:
            self._tones = dtmf(digit, _TONE_MILLISECONDS, rate)
        start = self._tick * octets
        return self._tones[start : start + octets].ljust(octets, b"\0"), self._passed()

    def _passed(self) -> str:
        self._tick += 1
        if self._tick < _DIGIT_TICKS:
            return ""
        self._tick = 0
        return self._waiting.popleft()[1]
