"""Whose packets a port takes, and how many of them were lost (RFC 3550 A.1 and A.3, RFC 4961)."""

from typing import Final, NamedTuple

Source = tuple[str, int]

PATIENCE: Final = 5
"""Packets in a row before a port follows a far end that sends from elsewhere than it said: 100 ms."""
SILENCE: Final = 0.5
"""Seconds without a packet after which another source may take over."""

_MAX_DROPOUT: Final = 3000
_MAX_MISORDER: Final = 100
_CYCLE: Final = 1 << 16
_LEAP: Final = 2.0
"""Seconds of transit that are a new clock, and no jitter."""


class SourceFilter:
    """Decides which sources are heard and where packets go.

    The address that SDP named always wins. Where nothing comes from there, as behind a NAT, the port follows a source
    that has sent `PATIENCE` packets, so that the last packets of an earlier far end lead nobody astray: first one at
    the named host, else any. It goes back once that source is silent.
    """

    def __init__(self, named: Source) -> None:
        self.named = named
        self.target = named
        self._taken: Source | None = None
        self._rank = 0
        self._heard_at = 0.0
        self._candidate: Source | None = None
        self._count = 0

    def accepts(self, source: Source, now: float) -> bool:
        """Whether a packet from ``source`` is to be heard; ``target`` follows."""
        if source == self._taken:
            self._heard_at = now
            return True
        if source == self.named:
            return self._take(source, 3, now)
        rank = 2 if source[0] == self.named[0] else 1
        if self._taken is not None and rank <= self._rank and now - self._heard_at < SILENCE:
            return False
        if source != self._candidate:
            self._candidate, self._count = source, 0
        self._count += 1
        return self._count >= PATIENCE and self._take(source, rank, now)

    def release_silent(self, now: float) -> None:
        """Send to the named address again when a source that was followed has fallen silent."""
        if self._taken is not None and self._rank < 3 and now - self._heard_at > 2 * SILENCE:
            self._taken, self._rank, self.target, self._count = None, 0, self.named, 0

    def _take(self, source: Source, rank: int, now: float) -> bool:
        self._taken, self._rank, self.target, self._heard_at = source, rank, source, now
        self._candidate, self._count = None, 0
        return True


class LossFacts(NamedTuple):
    """What a report says of the stream that is heard (RFC 3550 6.4.1): the share lost since the last one (0-1)."""

    ssrc: int
    fraction: float
    lost: int
    highest: int


class SequenceCount:
    """Packets expected and received of one port, over as many streams (SSRCs) as it hears."""

    def __init__(self) -> None:
        self.received = 0
        self._earlier_lost = 0
        self._ssrc: int | None = None
        self._base = 0
        self._highest = 0
        self._counted = 0
        self._bad = -1
        self._transit: float | None = None
        self._jitter = 0.0
        self._reported = (0, 0)

    def heard(self, ssrc: int, sequence: int) -> bool:
        """Count a packet; tells whether it is newer than all before (in order, not late nor double)."""
        self.received += 1
        if ssrc != self._ssrc:
            self._begin(ssrc, sequence)
            return True
        ahead = (sequence - self._highest) % _CYCLE
        if ahead == 0:
            self._counted += 1
            return False
        if ahead < _MAX_DROPOUT:
            self._highest += ahead
            self._counted += 1
            return True
        if ahead > _CYCLE - _MAX_MISORDER:
            self._counted += 1
            return False
        if sequence == self._bad:  # two in a row after a great leap: the far end has started again
            self._begin(ssrc, sequence)
            return True
        self._bad = (sequence + 1) % _CYCLE
        return False

    def arrived(self, timestamp: int, now: float, clock_rate: int) -> None:
        """Let an audio packet's arrival count for the jitter (RFC 3550 A.8); for those that are newer alone."""
        transit = now - timestamp / clock_rate
        before, self._transit = self._transit, transit
        if before is not None and abs(transit - before) < _LEAP:
            self._jitter += (abs(transit - before) - self._jitter) / 16.0

    @property
    def jitter(self) -> float:
        """Interarrival jitter in seconds."""
        return self._jitter

    @property
    def lost(self) -> int:
        """Packets expected less packets received, never below zero (doubles count as received, RFC 3550 A.3)."""
        return self._earlier_lost + self._lost_now()

    def since_last_report(self) -> LossFacts | None:
        """The facts for a report, counted anew from now on (RFC 3550 A.3); ``None`` where nothing was heard."""
        if self._ssrc is None:
            return None
        expected, counted = self._highest - self._base + 1, self._counted
        before, self._reported = self._reported, (expected, counted)
        awaited = expected - before[0]
        missed = awaited - (counted - before[1])
        fraction = min(missed / awaited, 1.0) if awaited > 0 and missed > 0 else 0.0
        return LossFacts(self._ssrc, fraction, expected - counted, self._highest)

    def _lost_now(self) -> int:
        if self._ssrc is None:
            return 0
        return max(self._highest - self._base + 1 - self._counted, 0)

    def _begin(self, ssrc: int, sequence: int) -> None:
        self._earlier_lost += self._lost_now()
        self._transit = None
        self._reported = (0, 0)
        self._ssrc, self._base, self._highest, self._counted, self._bad = ssrc, sequence, sequence, 1, -1
