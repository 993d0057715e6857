"""An adaptive jitter buffer: packets go in as they arrive, sound comes out when it is due, as arithmetic alone.

The packet core in C keeps the same rules. Times are seconds on any one clock; positions are RTP timestamps, carried on
beyond 32 bits. "Frame" is 20 ms. Sources: RFC 3550 section 6.4.1 and A.8 for transit; the rest is the field's practice.

**In** (`JitterBuffer.put`)

1. The *transit* of a packet is its arrival less timestamp / clock. The *base* is the least transit of the last 100
   packets (2 s); what a packet's transit exceeds it by is its *deviation*.
2. The *target* is the third greatest deviation among those 100 (the 97th percentile; with fewer than ten the first
   target, 40 ms, is the least) plus 10 ms, kept within 20 to 200 ms. So it grows with the third packet that is late and
   comes down two seconds after the last.
3. A transit more than a second off the base is a stray and is dropped; the second stray in a row means that the far
   end's clock has leapt, and everything begins anew with that packet.
4. A packet whose end is at or before the position is *late*: it is counted (and no longer as lost) and dropped. So is,
   uncounted, one that is already there. After ten late ones in a row everything begins anew with the next one.
   Beyond 64 packets in hand the oldest goes, and the position moves past it.

**Out** (`JitterBuffer.take`, called whenever the listener has less than a frame in hand)

The *delay* is now less base less position / clock: how long after its earliest arrival the next sample is heard.

5. Nothing has been played: wait until the oldest packet's delay is the target; its timestamp becomes the position.
6. The oldest packet begins at or before the position. Where the delay is short of the target by over half a frame,
   conceal one frame and stay (the delay grows by it). Else pass over one packet without a sound: where it is quiet,
   the delay is over the target by more than one and a half frames, and the last one passed over was five frames ago;
   or where the delay has been over by more than three frames for 100 packets; or at once where it is beyond 200 ms and
   a frame. Then play, and move on by the packet's length.
7. There are packets, but the oldest begins after the position: by less than half a frame, as where a far end takes up
   its own beat anew, go on from it at once. Else where its sequence number follows that of the last one
   played, the far end paused; wait until its delay is the target and go on from it. Else packets were lost: frames
   that were already concealed while there was nothing (rule 8) count for the hole; for the rest conceal and move on.
8. There is no packet: conceal. The position stays (the delay grows, so that what comes late is still heard) as long
   as the delay is within 200 ms, then it moves on with time.
9. More than three frames in a row are not concealed but waited for: silence.
"""

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

FRAME: Final = 0.02
LEAST: Final = 0.02
MOST: Final = 0.2
"""Bounds of the target, seconds."""
FIRST_TARGET: Final = 0.04
MARGIN: Final = 0.01
WINDOW: Final = 100
"""Packets whose transits are remembered."""
RANK: Final = 3
TRUSTED: Final = 10
LEAP: Final = 1.0
"""Seconds of transit off the base beyond which a packet is a stray."""
ROOM: Final = 64
CONCEALED_FRAMES: Final = 3
OVER: Final = 1.5 * FRAME
FAR_OVER: Final = 3 * FRAME
PASS_EVERY: Final = 5
PATIENCE: Final = 100
LATE_IN_A_ROW: Final = 10
SLACK: Final = 1e-6
"""Seconds by which two times may differ and be the same: float arithmetic."""


class Decision(Enum):
    """What the listener shall hear next."""

    PLAY = auto()
    CONCEAL = auto()
    """Something like the last frame, softer each time: it was lost or is late."""
    WAIT = auto()
    """Silence: the far end sends nothing, or nothing was heard for long."""


@dataclass(frozen=True, slots=True)
class Playout:
    """One piece of sound of ``samples`` timestamp units; ``payload`` is empty unless it is to be played."""

    decision: Decision
    samples: int
    payload: bytes = b""


@dataclass(frozen=True, slots=True, order=True)
class _Held:
    timestamp: int
    sequence: int
    samples: int = field(compare=False)
    payload: bytes = field(compare=False)
    quiet: bool = field(compare=False)


class JitterBuffer:
    """The buffer of one stream (SSRC); ``clock_rate`` is that of its RTP timestamps (G.722: 8000, Opus: 48000).

    Counts: ``lost`` (never came in time nor later), ``late``, ``passed_over`` (left out to shorten the delay),
    ``concealed`` frames.
    """

    def __init__(self, clock_rate: int = 8000) -> None:
        self._clock = clock_rate
        self._frame = round(clock_rate * FRAME)
        self.lost = self.late = self.passed_over = self.concealed = 0
        self.restart()

    def restart(self) -> None:
        """Forget the stream, as for a new SSRC; the counts stay."""
        self._transits: deque[float] = deque()
        self._ranked: list[float] = []  # the same, from the least to the greatest
        self._base = 0.0
        self.target = FIRST_TARGET
        self._newest: tuple[int, int] | None = None  # sequence and timestamp, carried on
        self._stray = False
        self._held: list[_Held] = []
        self._position: int | None = None
        self._last_sequence: int | None = None
        self._starved = 0  # timestamp units concealed by rule 8 without moving on
        self._gap = 0  # frames without sound in a row
        self._since_pass = PASS_EVERY
        self._over = 0
        self._late_in_a_row = 0

    def __len__(self) -> int:
        """Packets in hand."""
        return len(self._held)

    def delay(self, now: float) -> float:
        """How long after its earliest arrival the next sample is heard, seconds; the target before the first."""
        if self._position is None:
            return self.target
        return now - self._base - self._position / self._clock

    def put(
        self,
        sequence: int,
        timestamp: int,
        payload: bytes,
        arrival: float,
        *,
        samples: int | None = None,
        quiet: bool = False,
    ) -> None:
        """Take a packet: 16-bit ``sequence``, 32-bit ``timestamp``, length in timestamp units (a frame's by default).

        ``quiet``: it holds no speech, so nobody will miss it.
        """
        sequence, timestamp = self._carried_on(sequence, timestamp)
        transit = arrival - timestamp / self._clock
        off = bool(self._transits) and abs(transit - self._base) > LEAP
        if off and not self._stray:
            self._stray = True
            return
        if off or self._late_in_a_row >= LATE_IN_A_ROW:
            self.restart()
        self._stray = False
        self._newest = max(self._newest or (sequence, timestamp), (sequence, timestamp))
        self._learn(transit)
        self._keep(_Held(timestamp, sequence, self._frame if samples is None else samples, payload, quiet))

    def take(self, now: float) -> Playout:
        """What to hear next; the caller plays it for as long as it lasts, then asks again."""
        if self._position is None:
            if not self._held or not self._due(self._held[0], now):
                return Playout(Decision.WAIT, self._frame)
            self._position = self._held[0].timestamp
        if not self._held:
            return self._starve(now, self._position)
        if self._held[0].timestamp > self._position:
            return self._cross(now, self._position)
        return self._play(now)

    # ---- in

    def _carried_on(self, sequence: int, timestamp: int) -> tuple[int, int]:
        if self._newest is None:
            return sequence, timestamp
        ahead = (sequence - self._newest[0] + 0x8000) % 0x10000 - 0x8000
        later = (timestamp - self._newest[1] + 0x80000000) % 0x100000000 - 0x80000000
        return self._newest[0] + ahead, self._newest[1] + later

    def _learn(self, transit: float) -> None:
        self._transits.append(transit)
        insort(self._ranked, transit)
        if len(self._transits) > WINDOW:
            del self._ranked[bisect_left(self._ranked, self._transits.popleft())]
        self._base = self._ranked[0]
        high = self._ranked[max(len(self._ranked) - RANK, 0)]
        if len(self._transits) < TRUSTED:
            high = max(high, self._base + FIRST_TARGET - MARGIN)
        self.target = min(max(high - self._base + MARGIN, LEAST), MOST)

    def _keep(self, packet: _Held) -> None:
        if self._position is not None and packet.timestamp + packet.samples <= self._position:
            if self._last_sequence is None or packet.sequence != self._last_sequence:
                self.late += 1
                self._late_in_a_row += 1
                self.lost = max(self.lost - 1, 0)
            return
        self._late_in_a_row = 0
        if any(other.timestamp == packet.timestamp for other in self._held):
            return
        insort(self._held, packet)
        if len(self._held) > ROOM:
            dropped = self._held.pop(0)
            self.passed_over += 1
            self._move_past(dropped)

    # ---- out

    def _due(self, packet: _Held, now: float) -> bool:
        return now - self._base - packet.timestamp / self._clock >= self.target - SLACK

    def _move_past(self, packet: _Held) -> None:
        if self._last_sequence is not None:
            self.lost += max(packet.sequence - self._last_sequence - 1, 0)
        self._last_sequence = packet.sequence
        self._position = packet.timestamp + packet.samples
        self._starved = 0

    def _silence(self, samples: int, *, waiting: bool = False) -> Playout:
        self._gap += 1
        if waiting or self._gap > CONCEALED_FRAMES:
            return Playout(Decision.WAIT, samples)
        self.concealed += 1
        return Playout(Decision.CONCEAL, samples)

    def _starve(self, now: float, position: int) -> Playout:
        if self.delay(now) + FRAME <= MOST + SLACK:
            self._starved += self._frame
        else:
            self._position = position + self._frame
        return self._silence(self._frame)

    def _cross(self, now: float, position: int) -> Playout:
        following = self._held[0]
        if 2 * (following.timestamp - position) < self._frame:
            self._position = following.timestamp
            return self._play(now)
        if self._last_sequence is not None and following.sequence == self._last_sequence + 1:
            if not self._due(following, now):
                return self._silence(self._frame, waiting=True)
            self._position = following.timestamp
            return self._play(now)
        position = min(position + self._starved, following.timestamp)
        self._starved = 0
        if position == following.timestamp:
            self._position = position
            return self._play(now)
        samples = min(self._frame, following.timestamp - position)
        self._position = position + samples
        return self._silence(samples)

    def _play(self, now: float) -> Playout:
        delay = self.delay(now)
        if delay < self.target - FRAME / 2 - SLACK:
            return self._silence(self._frame)
        self._over = self._over + 1 if delay > self.target + FAR_OVER else 0
        self._since_pass += 1
        while len(self._held) > 1 and self._may_pass_over(now):
            self._move_past(self._held.pop(0))
            self.passed_over += 1
            self._since_pass = self._over = 0
        packet = self._held.pop(0)
        self._move_past(packet)
        self._gap = 0
        return Playout(Decision.PLAY, packet.samples, packet.payload)

    def _may_pass_over(self, now: float) -> bool:
        delay = self.delay(now)
        if delay > MOST + FRAME + SLACK:
            return True
        quietly = self._held[0].quiet and self._since_pass >= PASS_EVERY and delay > self.target + OVER
        return quietly or self._over >= PATIENCE
