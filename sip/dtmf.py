"""Telephone events (RFC 4733): payload, the packets of a digit, and a detector that counts each digit once."""

import struct
from dataclasses import dataclass
from typing import Final, Self

from sip.errors import SipSyntaxError
from sip.rtp import RtpPacket, timestamp_difference

DIGITS: Final = "0123456789*#ABCD"
CLOCK: Final = 8000
MAX_DURATION: Final = 0xFFFF
END_REPEATS: Final = 3  # RFC 4733 2.5.1.4: the final packet is sent three times
_PAYLOAD: Final = struct.Struct("!BBH")


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """One telephone-event payload; ``duration`` in timestamp units (8000 a second), ``volume`` in -dBm0 (0 to 63)."""

    event: int
    end: bool
    volume: int
    duration: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a payload; further events behind the first (RFC 4733 2.5.1.5) are left alone.

        Raises:
            SipSyntaxError: shorter than four bytes.
        """
        if len(payload) < _PAYLOAD.size:
            raise SipSyntaxError("telephone-event shorter than four bytes")
        event, flags, duration = _PAYLOAD.unpack_from(payload)
        return cls(event, bool(flags & 0x80), flags & 0x3F, duration)

    def serialise(self) -> bytes:
        """Write the payload."""
        return _PAYLOAD.pack(self.event, (0x80 if self.end else 0) | (self.volume & 0x3F), self.duration)

    @property
    def digit(self) -> str:
        """The digit, empty for events that are none (16 and above)."""
        return DIGITS[self.event] if self.event < len(DIGITS) else ""


def digit_packets(
    digit: str,
    *,
    payload_type: int,
    ssrc: int,
    sequence: int,
    timestamp: int,
    duration: int = 800,
    step: int = 160,
    volume: int = 10,
) -> list[RtpPacket]:
    """Return the packets of one digit, to be sent one per ``step`` (timestamp units), the last three at once or so.

    All carry the timestamp of the start (RFC 4733 2.5.1.2); the marker is set on the first; the end is sent three
    times. Sequence numbers count from ``sequence``; the caller goes on after ``sequence + len(result)``.

    Raises:
        ValueError: not a digit of ``DIGITS``, or a duration outside 1 to 65535.
    """
    if len(digit) != 1 or digit.upper() not in DIGITS:
        raise ValueError(f"not a digit: {digit!r}")
    if not 0 < duration <= MAX_DURATION or step <= 0:
        raise ValueError(f"duration {duration} or step {step} out of range")
    event = DIGITS.index(digit.upper())
    grown = [*range(step, duration, step)]
    payloads = [TelephoneEvent(event, end=False, volume=volume, duration=length) for length in grown]
    payloads += [TelephoneEvent(event, end=True, volume=volume, duration=duration)] * END_REPEATS
    return [
        RtpPacket(
            payload_type=payload_type,
            sequence=sequence + index & 0xFFFF,
            timestamp=timestamp & 0xFFFFFFFF,
            ssrc=ssrc,
            payload=payload.serialise(),
            marker=index == 0,
        )
        for index, payload in enumerate(payloads)
    ]


class DigitDetector:
    """Tells each digit of one RTP stream once, at the first of its packets that arrives.

    An event is known by source and timestamp (RFC 4733 2.5.1.2): whatever packets of it are lost, doubled or late,
    it counts once. The last ``memory`` events are remembered; older timestamps are taken for late packets.
    """

    def __init__(self, memory: int = 16) -> None:
        self._memory = memory
        self._ssrc: int | None = None
        self._seen: list[tuple[int, int]] = []

    def packet(self, packet: RtpPacket) -> str:
        """Take a packet of the telephone-event payload type; return the digit that it begins, or the empty text.

        A payload that cannot be read begins none.
        """
        try:
            event = TelephoneEvent.parse(packet.payload)
        except SipSyntaxError:
            return ""
        return self.event(event, packet.timestamp, packet.ssrc)

    def event(self, event: TelephoneEvent, timestamp: int, ssrc: int) -> str:
        """Take a payload with the timestamp and source of its packet; return as `packet` does."""
        if ssrc != self._ssrc:
            self._ssrc = ssrc
            self._seen.clear()
        if not event.digit or self._known(event.event, timestamp):
            return ""
        self._seen.append((timestamp, event.event))
        del self._seen[: -self._memory]
        return event.digit

    def _known(self, event: int, timestamp: int) -> bool:
        if (timestamp, event) in self._seen:
            return True
        if not self._seen:
            return False
        if (timestamp - MAX_DURATION & 0xFFFFFFFF, event) in self._seen:
            # A digit held for more than 8.19 s goes on in a further segment (RFC 4733 2.5.1.3).
            self._seen.append((timestamp, event))
            del self._seen[: -self._memory]
            return True
        behind = timestamp_difference(self._seen[-1][0], timestamp)
        # A late packet of an event that has been forgotten is at most seconds old; a jump beyond is a restarted clock.
        oldest = timestamp_difference(self._seen[-1][0], self._seen[0][0])
        return len(self._seen) >= self._memory and oldest < behind < 60 * CLOCK
