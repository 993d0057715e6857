"""RTP packets (RFC 3550 section 5.1) and sequence number arithmetic."""

import struct
from dataclasses import dataclass
from typing import Final, Self

from sip.errors import SipSyntaxError

_HEADER: Final = struct.Struct("!BBHII")
HEADER_BYTES: Final = _HEADER.size


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One packet; ``timestamp`` counts in units of the payload's clock (8000 a second for G.711 and telephone-event).

    A header extension is skipped on reading and never written.
    """

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False
    csrcs: tuple[int, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a packet.

        Raises:
            SipSyntaxError: shorter than its header says, another version, or padding longer than the payload.
        """
        if len(data) < HEADER_BYTES:
            raise SipSyntaxError("RTP packet shorter than its header")
        first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
        if first >> 6 != 2:
            raise SipSyntaxError(f"RTP version {first >> 6}")
        start = HEADER_BYTES + 4 * (first & 0x0F)
        end = len(data)
        if first & 0x10:
            if end < start + 4:
                raise SipSyntaxError("RTP header extension cut short")
            start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
        if end < start:
            raise SipSyntaxError("RTP header cut short")
        if first & 0x20:
            if end == start or not 0 < data[-1] <= end - start:
                raise SipSyntaxError("RTP padding longer than the payload")
            end -= data[-1]
        count = first & 0x0F
        csrcs = struct.unpack_from(f"!{count}I", data, HEADER_BYTES) if count else ()
        return cls(second & 0x7F, sequence, timestamp, ssrc, data[start:end], bool(second & 0x80), csrcs)

    def serialise(self) -> bytes:
        """Write the packet."""
        head = _HEADER.pack(
            0x80 | len(self.csrcs),
            self.payload_type | (0x80 if self.marker else 0),
            self.sequence & 0xFFFF,
            self.timestamp & 0xFFFFFFFF,
            self.ssrc,
        )
        return head + struct.pack(f"!{len(self.csrcs)}I", *self.csrcs) + self.payload


def sequence_difference(later: int, earlier: int) -> int:
    """Return how far ``later`` is ahead of ``earlier``, -32768 to 32767, across the wrap at 65536."""
    return (later - earlier + 0x8000 & 0xFFFF) - 0x8000


def timestamp_difference(later: int, earlier: int) -> int:
    """Return how far ``later`` is ahead of ``earlier``, across the wrap at 2**32."""
    return (later - earlier + 0x80000000 & 0xFFFFFFFF) - 0x80000000
