"""Puts TCP segments of a packet capture together again: in order, once each, and with a word where some are missing.

A capture sees what passed one point of the network: segments twice, in the wrong order, and some not at all although
the receiver had them (RFC 9293 clause 3.4 for the sequence numbers).
"""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

from csta.captures.records import Record, Way
from csta.captures.segments import ACK, FIN, RST, SYN, Segment

USUAL_PORTS: Final = frozenset({1040, 8800, 7001, 11040})
"""Where switches usually listen: OpenScape Voice, OpenScape Business, HiPath 3000, the lab PBX."""
MAX_HELD_BYTES: Final = 1 << 20
"""What waits for a missing segment; beyond it the missing one is given up."""
MAX_HELD_SEGMENTS: Final = 1 << 14
MAX_CONNECTIONS: Final = 10_000
_HALF: Final = 1 << 31
_WHOLE: Final = 1 << 32


@dataclass(slots=True)
class _Flow:
    """One direction of a connection: which byte is the next, and what came too early.

    ``position`` counts the bytes from the first on, as sequence numbers do, but without end. By it the segments that
    came too early are ``held``, and come out in their ``order``, which is a heap.
    """

    link: str
    peer: str
    way: Way
    next: int | None = None
    ended: bool = False
    position: int = 0
    held: dict[int, bytes] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    held_bytes: int = 0

    def take(self, segment: Segment, out: list[Record]) -> None:
        """Pass on a segment's bytes as far as they follow what came before, and keep those that came too early."""
        data = segment.data
        if not data or segment.flags & (SYN | RST):
            return
        if self.next is None:
            self.next = segment.sequence
        ahead = _ahead(segment.sequence, self.next)
        if ahead > 0:
            self._hold(self.position + ahead, data)
        else:
            self._emit(data[-ahead:] if ahead else data, segment.time, out)
            if segment.missing:
                self._gap(segment.missing, "the capture cut the packet", segment.time, out)
        self._release(segment.time, out)
        if self.held_bytes > MAX_HELD_BYTES or len(self.held) > MAX_HELD_SEGMENTS:
            self._skip(segment.time, out)

    def received_up_to(self, acknowledged: int, time: float, out: list[Record]) -> None:
        """The receiver had all before this: if something of it is missing here, the capture has lost it."""
        while self.order and self.next is not None:
            if self.position + _ahead(acknowledged, self.next) <= self.order[0]:
                return
            self._skip(time, out)

    def _hold(self, place: int, data: bytes) -> None:
        before = self.held.get(place)
        if before is None:
            heappush(self.order, place)
        if before is None or len(before) < len(data):
            self.held[place] = data
            self.held_bytes += len(data) - len(before or b"")

    def _release(self, time: float, out: list[Record]) -> None:
        while self.order and self.order[0] <= self.position:
            place = heappop(self.order)
            data = self.held.pop(place)
            self.held_bytes -= len(data)
            self._emit(data[self.position - place :], time, out)

    def _emit(self, data: bytes, time: float, out: list[Record]) -> None:
        if data and self.next is not None:
            self._advance(len(data))
            out.append(Record(time, self.link, self.peer, self.way, data))

    def _skip(self, time: float, out: list[Record]) -> None:
        """Give the missing bytes up, and go on with the first of those that wait."""
        self._gap(self.order[0] - self.position, "the capture lacks them", time, out)
        self._release(time, out)

    def _gap(self, lost: int, why: str, time: float, out: list[Record]) -> None:
        self._advance(lost)
        whose = "from" if self.way is Way.IN else "to"
        text = f"{lost} bytes {whose} the switch are missing: {why}"
        out.append(Record(time, self.link, self.peer, Way.GAP, text.encode()))

    def _advance(self, by: int) -> None:
        self.position += by
        self.next = ((self.next or 0) + by) % _WHOLE


class _Connection:
    """Both directions between the switch's address and the application's."""

    def __init__(self, switch: str, peer: str) -> None:
        self.switch = switch
        self.peer = peer
        self._begin_anew()
        self._first: int | None = None

    def _begin_anew(self) -> None:
        self._opened = self._over = False
        self._to_switch = _Flow(self.switch, self.peer, Way.OUT)
        self._from_switch = _Flow(self.switch, self.peer, Way.IN)

    def take(self, segment: Segment, out: list[Record]) -> None:
        """Take one segment of either direction."""
        if segment.flags & SYN:
            self._begin(segment, out)
        if self._over:
            return
        flow, other = self._to_switch, self._from_switch
        if segment.source == self.switch:
            flow, other = other, flow
        if segment.flags & ACK:
            other.received_up_to(segment.acknowledged, segment.time, out)
        flow.take(segment, out)
        if segment.flags & RST:
            self._close("reset", segment.time, out)
        elif segment.flags & FIN:
            flow.ended = True
            if other.ended:
                self._close("closed by both ends", segment.time, out)

    def _begin(self, segment: Segment, out: list[Record]) -> None:
        start = (segment.sequence + 1) % _WHOLE
        if segment.source == self.switch:
            flow = self._from_switch
        else:
            if self._first not in {None, start}:
                # The same two ports are used again.
                if not self._over:
                    self._close("a new connection on the same ports", segment.time, out)
                self._begin_anew()
            self._first = start
            flow = self._to_switch
        if flow.next is None:
            flow.next = start
        if not self._opened:
            self._opened = True
            out.append(Record(segment.time, self.switch, self.peer, Way.OPEN))

    def _close(self, why: str, time: float, out: list[Record]) -> None:
        self._over = True
        out.append(Record(time, self.switch, self.peer, Way.CLOSED, why.encode()))


class StreamReader:
    """Segments in, records out: the link is named after the switch's address, the peer is the application's.

    Args:
        ports: The switch's ports; connections with none of them are passed over. None: whoever listens (was sent the
            SYN, has a usual port, or the lower one) is taken for the switch.
    """

    def __init__(self, ports: frozenset[int] | None = None) -> None:
        self._ports = ports
        self._connections: dict[tuple[str, str], _Connection] = {}
        self.passed_over = 0
        """Segments of connections beyond the limit."""

    def segment(self, segment: Segment) -> list[Record]:
        """Take the next segment of the capture; return what it completes."""
        out: list[Record] = []
        connection = self._connection_of(segment)
        if connection is not None:
            connection.take(segment, out)
        return out

    def _connection_of(self, segment: Segment) -> _Connection | None:
        low, high = sorted((segment.source, segment.destination))
        known = self._connections.get((low, high))
        if known is not None:
            return known
        switch = self._switch_of(segment)
        if switch is None:
            return None
        if len(self._connections) >= MAX_CONNECTIONS:
            self.passed_over += 1
            return None
        peer = segment.destination if switch == segment.source else segment.source
        made = self._connections[low, high] = _Connection(switch, peer)
        return made

    def _switch_of(self, segment: Segment) -> str | None:
        ends = ((segment.destination_port, segment.destination), (segment.source_port, segment.source))
        if self._ports is not None:
            return next((address for port, address in ends if port in self._ports), None)
        if segment.flags & SYN:
            return segment.source if segment.flags & ACK else segment.destination
        usual = [address for port, address in ends if port in USUAL_PORTS]
        return usual[0] if usual else min(ends)[1]


def _ahead(sequence: int, of: int) -> int:
    """How far a sequence number lies ahead of another, modulo 2**32; negative where it lies behind."""
    return (sequence - of + _HALF) % _WHOLE - _HALF
