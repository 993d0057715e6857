"""RTCP (RFC 3550 section 6): sender and receiver reports, source descriptions, good-byes; round trip and intervals.

Writing is strict: a compound packet begins with a report and holds a CNAME (6.1). Reading is lenient: blocks of other
types are passed over, and of a garbled packet what stands before the fault is taken, unless its beginning is no RTCP.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

SENDER_REPORT: Final = 200
RECEIVER_REPORT: Final = 201
SOURCE_DESCRIPTION: Final = 202
GOODBYE: Final = 203
CNAME: Final = 1
SEQUENCES: Final = 1 << 32
NTP_EPOCH: Final = 2_208_988_800
"""Seconds from 1900 to 1970 (RFC 3550 section 4)."""
MOST_BLOCKS: Final = 31
MOST_PACKETS: Final = 32
"""Packets of a compound one that are looked at."""
MOST_TEXT: Final = 255
MIN_INTERVAL: Final = 5.0
"""Seconds between reports (6.2); half of it before the first."""

_HEADER: Final = struct.Struct("!BBH")
_SENDER: Final = struct.Struct("!IIIII")
_BLOCK: Final = struct.Struct("!IB3sIIII")
_WORD: Final = struct.Struct("!I")


class RtcpError(Exception):
    """The octets are no RTCP, or what shall be written cannot be."""


@dataclass(frozen=True, slots=True)
class ReceptionBlock:
    """What a receiver says of one source (6.4.1).

    ``fraction_lost`` (0-1) since its last report, ``lost`` packets in all (may be negative), ``highest`` sequence
    number with its cycles, ``jitter`` in timestamp units; ``last_report`` is the middle of the NTP time in the last
    sender report heard (0: none) and ``since`` the delay from then on, in 1/65536 s.
    """

    ssrc: int
    fraction_lost: float
    lost: int
    highest: int
    jitter: int
    last_report: int = 0
    since: int = 0


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """What a sender says of itself (6.4.1): NTP time (64-bit), the same as RTP timestamp, packets and octets sent."""

    ntp: int
    timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class Report:
    """A sender report, or a receiver report where ``sender`` is ``None``."""

    ssrc: int
    sender: SenderFacts | None
    blocks: tuple[ReceptionBlock, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """The canonical name of a source (6.5.1)."""

    ssrc: int
    cname: str


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Sources that are leaving (6.6)."""

    ssrcs: tuple[int, ...]
    reason: str = ""


RtcpPacket = Report | Description | Goodbye


# ---- writing


def build(report: Report, cname: str, *, goodbye: str | None = None) -> bytes:
    """A compound packet: the report, the CNAME, and a good-bye with its reason where ``goodbye`` is given.

    Raises `RtcpError` for more than 31 blocks, or a name or reason longer than 255 octets.
    """
    parts = [_report(report), _description(report.ssrc, cname)]
    if goodbye is not None:
        parts.append(_goodbye(report.ssrc, goodbye))
    return b"".join(parts)


def _packet(count: int, kind: int, body: bytes) -> bytes:
    return _HEADER.pack(0x80 | count, kind, len(body) // 4) + body


def _report(report: Report) -> bytes:
    if len(report.blocks) > MOST_BLOCKS:
        raise RtcpError(f"{len(report.blocks)} blocks in a report")
    blocks = b"".join(map(_block, report.blocks))
    if report.sender is None:
        return _packet(len(report.blocks), RECEIVER_REPORT, _WORD.pack(report.ssrc) + blocks)
    facts = report.sender
    stated = _SENDER.pack(
        facts.ntp >> 32 & 0xFFFFFFFF,
        facts.ntp & 0xFFFFFFFF,
        facts.timestamp % SEQUENCES,
        facts.packets % SEQUENCES,
        facts.octets % SEQUENCES,
    )
    return _packet(len(report.blocks), SENDER_REPORT, _WORD.pack(report.ssrc) + stated + blocks)


def _block(block: ReceptionBlock) -> bytes:
    fraction = min(max(int(block.fraction_lost * 256.0), 0), 255)
    lost = min(max(block.lost, -0x800000), 0x7FFFFF).to_bytes(3, "big", signed=True)
    return _BLOCK.pack(
        block.ssrc,
        fraction,
        lost,
        block.highest % SEQUENCES,
        min(max(block.jitter, 0), SEQUENCES - 1),
        block.last_report,
        block.since % SEQUENCES,
    )


def _text(words: str, what: str) -> bytes:
    octets = words.encode()
    if len(octets) > MOST_TEXT:
        raise RtcpError(f"a {what} of {len(octets)} octets")
    return bytes([len(octets)]) + octets


def _description(ssrc: int, cname: str) -> bytes:
    item = _WORD.pack(ssrc) + bytes([CNAME]) + _text(cname, "CNAME")
    return _packet(1, SOURCE_DESCRIPTION, item + bytes(4 - len(item) % 4))  # at least one nought ends the chunk


def _goodbye(ssrc: int, reason: str) -> bytes:
    body = _WORD.pack(ssrc) + (_text(reason, "reason") if reason else b"")
    return _packet(1, GOODBYE, body + bytes(-len(body) % 4))


# ---- reading


def parse(data: bytes) -> tuple[RtcpPacket, ...]:
    """What a datagram says.

    Raises `RtcpError` where it does not begin as RTCP does: too short, another version, or a type outside 192-223
    (RFC 5761 section 4), so that RTP is never taken for it.
    """
    if len(data) < 8 or data[0] >> 6 != 2 or not 192 <= data[1] <= 223:
        raise RtcpError("no RTCP packet")
    packets: list[RtcpPacket] = []
    for count, kind, body in _bodies(data):
        try:
            packets += _read(count, kind, body)
        except (struct.error, IndexError):
            break
    return tuple(packets)


def _bodies(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    for _ in range(MOST_PACKETS):
        if at + 4 > len(data) or data[at] >> 6 != 2:
            return
        first, kind, words = _HEADER.unpack_from(data, at)
        end = at + 4 + 4 * words
        if end > len(data):
            return
        body = data[at + 4 : end]
        if first & 0x20 and body and 0 < body[-1] <= len(body):
            body = body[: -body[-1]]
        yield first & 0x1F, kind, body
        at = end


def _read(count: int, kind: int, body: bytes) -> Sequence[RtcpPacket]:
    if kind == SENDER_REPORT:
        ssrc = _WORD.unpack_from(body)[0]
        high, low, timestamp, packets, octets = _SENDER.unpack_from(body, 4)
        facts = SenderFacts(high << 32 | low, timestamp, packets, octets)
        return [Report(ssrc, facts, _read_blocks(body, 4 + _SENDER.size, count))]
    if kind == RECEIVER_REPORT:
        return [Report(_WORD.unpack_from(body)[0], None, _read_blocks(body, 4, count))]
    if kind == SOURCE_DESCRIPTION:
        return _read_descriptions(body, count)
    if kind == GOODBYE:
        ssrcs = tuple(_WORD.unpack_from(body, 4 * number)[0] for number in range(count))
        reason = body[4 * count + 1 : 4 * count + 1 + body[4 * count]] if len(body) > 4 * count else b""
        return [Goodbye(ssrcs, reason.decode(errors="replace"))]
    return ()


def _read_blocks(body: bytes, at: int, count: int) -> tuple[ReceptionBlock, ...]:
    blocks = []
    for number in range(count):
        ssrc, fraction, lost, highest, jitter, last, since = _BLOCK.unpack_from(body, at + number * _BLOCK.size)
        blocks.append(
            ReceptionBlock(
                ssrc, fraction / 256.0, int.from_bytes(lost, "big", signed=True), highest, jitter, last, since
            )
        )
    return tuple(blocks)


def _read_descriptions(body: bytes, count: int) -> list[RtcpPacket]:
    found: list[RtcpPacket] = []
    at = 0
    for _ in range(count):
        ssrc = _WORD.unpack_from(body, at)[0]
        at += 4
        while body[at]:
            kind, length = body[at], body[at + 1]
            if kind == CNAME:
                found.append(Description(ssrc, body[at + 2 : at + 2 + length].decode(errors="replace")))
            at += 2 + length
        at += 4 - at % 4  # the nought that ends the chunk, and those that fill its last word
    return found


# ---- arithmetic


def ntp_time(now: float) -> int:
    """64-bit NTP time of Unix seconds (section 4)."""
    return int((now + NTP_EPOCH) * 4294967296.0) & 0xFFFFFFFFFFFFFFFF


def middle(ntp: int) -> int:
    """The middle 32 bits of an NTP time, as reports refer to it (6.4.1)."""
    return ntp >> 16 & 0xFFFFFFFF


def delay_since(heard_at: float, now: float) -> int:
    """Seconds since a sender report was heard, in 1/65536 s (6.4.1, DLSR)."""
    return min(max(int((now - heard_at) * 65536.0), 0), SEQUENCES - 1)


def round_trip(block: ReceptionBlock, now: float) -> float | None:
    """Seconds there and back, by what the far end says of our last report (6.4.1); ``None`` where it heard none.

    ``now``: Unix seconds when the block came. What comes out longer than a minute, as for a report of a stream long
    ago or a garbled one, is ``None`` too; a little less than nothing, by rounding, is 0.
    """
    if block.last_report == 0:
        return None
    taken = (middle(ntp_time(now)) - block.last_report - block.since) % SEQUENCES
    if taken > SEQUENCES - 655:
        return 0.0
    seconds = taken / 65536.0
    return seconds if seconds <= 60.0 else None


def interval(chance: float, *, first: bool = False) -> float:
    """Seconds until the next report: 5 (half of it before the first), times 0.5 to 1.5 (6.2 and 6.3.1).

    ``chance`` is a random number from 0 to 1. The bandwidth rule never asks for more between two parties of a call:
    their reports of some 100 octets each are far below 5 % of the audio.
    """
    return (MIN_INTERVAL / 2.0 if first else MIN_INTERVAL) * (0.5 + chance) / 1.21828
