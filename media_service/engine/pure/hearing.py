"""What a port hears, frame by frame: packets through the jitter buffer, decoded, losses covered up.

A port has this only while something needs its audio: a bridge, a conference, a recording, a detector.
"""

from array import array
from typing import Final

from media_service.codecs.errors import CodecError
from media_service.engine.encodings import Coding
from media_service.signal.jitter import Decision, JitterBuffer, Playout

_FADE: Final = 2
"""Each concealed frame is half as loud as the one before (RFC 3550 leaves it open; G.711 appendix I fades too)."""
_LONGEST: Final = 13
"""Frames that one packet may hold, 260 ms: a datagram full of G.711; Opus has 120 ms at most (RFC 7587 3.2.1)."""


class Hearing:
    """One coding's way from packets to frames. `put` each packet, `pull` once for each 20 ms."""

    def __init__(self, coding: Coding) -> None:
        self.coding = coding
        self.frame_octets = 2 * coding.rate // 50
        self._buffer = JitterBuffer(coding.clock_rate)
        self._coder = coding.coder()
        self._ssrc: int | None = None
        self._in_hand = bytearray()
        self._last = b""

    @property
    def late(self) -> int:
        """Packets that came too late to be heard."""
        return self._buffer.late

    @property
    def delay(self) -> float:
        """Seconds that packets wait in the buffer, as it aims at now."""
        return self._buffer.target

    def put(self, ssrc: int, sequence: int, timestamp: int, payload: bytes, now: float) -> None:
        """Take a packet of this coding; another source begins anew."""
        samples = self.coding.samples(payload)
        if not 0 < samples <= _LONGEST * self.coding.step:
            return
        if ssrc != self._ssrc:
            self._ssrc = ssrc
            self._buffer.restart()
            self._coder = self.coding.coder()
        quiet = bool(self.coding.quiet) and not payload.strip(self.coding.quiet)
        self._buffer.put(sequence, timestamp, payload, now, samples=samples, quiet=quiet)

    def pull(self, now: float) -> bytes | None:
        """The next 20 ms as PCM16 at the coding's rate; ``None`` for silence."""
        while len(self._in_hand) < self.frame_octets:
            playout = self._buffer.take(now)
            if playout.decision is Decision.WAIT and not self._in_hand and playout.samples == self.coding.step:
                self._last = b""
                return None
            self._sound(playout)
        frame = bytes(self._in_hand[: self.frame_octets])
        del self._in_hand[: self.frame_octets]
        return frame

    def _sound(self, playout: Playout) -> None:
        octets = 2 * playout.samples * self.coding.rate // self.coding.clock_rate
        if playout.decision is Decision.PLAY:
            try:
                pcm = self._coder.decode(playout.payload)
            except CodecError:
                pcm = b""
            self._last = pcm[-self.frame_octets :]
            self._in_hand += pcm[:octets].ljust(octets, b"\0")
        elif playout.decision is Decision.CONCEAL and self._last:
            self._last = _softer(self._last)
            self._in_hand += (self._last * (octets // len(self._last) + 1))[:octets]
        else:
            self._last = b""
            self._in_hand += bytes(octets)


def _softer(pcm: bytes) -> bytes:
    return array("h", (sample // _FADE for sample in array("h", pcm))).tobytes()
