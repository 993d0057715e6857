"""RTCP of one port: reports sent and heard, and what they say of the call (RFC 3550 section 6, RFC 5761)."""

import random
import socket
import time
from dataclasses import dataclass
from typing import Final

from media_service.engine.encodings import Coding
from media_service.engine.interface import Address, Stream
from media_service.engine.pure.reception import SequenceCount, Source, SourceFilter
from media_service.engine.pure.sending import Sender
from media_service.signal import rtcp

_DATAGRAM: Final = 2048


@dataclass(slots=True)
class FarFigures:
    """What the far end has told: seconds there and back, its share of loss (0-1), its jitter in seconds."""

    round_trip: float | None = None
    loss: float | None = None
    jitter: float | None = None


class Reports:
    """Sends a report every few seconds and takes those of the far end. ``sock`` is bound above the port of RTP."""

    def __init__(self, sock: socket.socket, sender: Sender, count: SequenceCount, filtered: SourceFilter) -> None:
        self.sock = sock
        self.told = FarFigures()
        self._sender = sender
        self._count = count
        self._filter = filtered
        self._cname = f"{random.getrandbits(64):016x}"
        self._stream: Stream | None = None
        self._coding: Coding | None = None
        self._due = 0.0
        self._reported = False
        self._sent_before = 0
        self._heard_report: tuple[int, float] | None = None

    def connect(self, stream: Stream | None, coding: Coding, filtered: SourceFilter) -> None:
        """Take over what SDP settled; no stream while its keys are awaited."""
        self._stream, self._coding, self._filter = stream, coding, filtered

    def every_second(self, now: float) -> None:
        """Send a report where one is due."""
        if not self._due:
            self._due = now + rtcp.interval(random.random(), first=True)  # noqa: S311 - spreads reports, no secret
        elif now >= self._due:
            self._due = now + rtcp.interval(random.random())  # noqa: S311 - as above
            self.send(now)

    def send(self, now: float, *, goodbye: bool = False) -> None:
        """Send a report; a good-bye only where the far end has heard of us (RFC 3550 6.3.7)."""
        if self._stream is None or self._coding is None or (goodbye and not (self._sender.sent or self._reported)):
            return
        at, sender = time.time(), self._sender
        facts = rtcp.SenderFacts(rtcp.ntp_time(at), sender.timestamp, sender.sent, sender.octets)
        talks, self._sent_before = sender.sent > self._sent_before, sender.sent
        report = rtcp.Report(sender.ssrc, facts if talks else None, self._blocks(now))
        data = rtcp.build(report, self._cname, goodbye="" if goodbye else None)
        if sender.protection is not None:
            data = sender.protection.protected_report(data)
        self._reported = True
        if self._stream.rtcp == self._stream.remote:
            sender.datagram(data, self._filter.target)
            return
        try:
            self.sock.sendto(data, self._target(self._stream))
        except OSError:
            return  # nobody listens there: reports may be lost as packets may

    def _target(self, stream: Stream) -> Source:
        """Where SDP says; above the RTP where it says nothing, or where the far end sends from elsewhere (a NAT)."""
        if stream.rtcp is not None and self._filter.target == self._filter.named:
            return stream.rtcp.host, stream.rtcp.port
        return self._filter.target[0], min(self._filter.target[1] + 1, 65535)

    def _blocks(self, now: float) -> tuple[rtcp.ReceptionBlock, ...]:
        facts = self._count.since_last_report()
        if facts is None or self._coding is None:
            return ()
        last_report, since = 0, 0
        if self._heard_report is not None:
            last_report, since = self._heard_report[0], rtcp.delay_since(self._heard_report[1], now)
        jitter = round(self._count.jitter * self._coding.clock_rate)
        return (rtcp.ReceptionBlock(facts.ssrc, facts.fraction, facts.lost, facts.highest, jitter, last_report, since),)

    def receive(self, now: float) -> None:
        """Take one datagram from the port above."""
        try:
            data, source = self.sock.recvfrom(_DATAGRAM)
        except OSError:
            return  # nothing there after all, or the far end's port is closed (ICMP)
        self.hear(data, (source[0], source[1]), now)

    def hear(self, data: bytes, source: Source, now: float) -> None:
        """Take a report; what is none, or comes from another host and is not protected, is passed over."""
        if self._stream is None:
            return
        if self._sender.protection is not None:
            opened = self._sender.protection.opened_report(data)
            if opened is None:
                return
            data = opened
        elif not self._knows(source[0], self._stream.rtcp):
            return
        try:
            packets = rtcp.parse(data)
        except rtcp.RtcpError:
            return
        for packet in packets:
            if isinstance(packet, rtcp.Report):
                self._hear_report(packet, now)

    def _knows(self, host: str, named: Address | None) -> bool:
        return host == self._filter.target[0] or (named is not None and host == named.host)

    def _hear_report(self, report: rtcp.Report, now: float) -> None:
        if report.sender is not None:
            self._heard_report = rtcp.middle(report.sender.ntp), now
        for block in report.blocks:
            if block.ssrc == self._sender.ssrc and self._coding is not None:
                self.told.loss = block.fraction_lost
                self.told.jitter = block.jitter / self._coding.clock_rate
                taken = rtcp.round_trip(block, time.time())
                self.told.round_trip = self.told.round_trip if taken is None else taken
