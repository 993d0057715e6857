"""One file's or tone's audio in the packet process, encoded as it is played and then kept."""

from typing import Final

from media_service.codecs.wav import SAMPLE_OCTETS
from media_service.engine.encodings import FRAME_SAMPLES, NARROW, WIDE, Coder, Coding
from media_service.engine.interface import Encoding
from media_service.engine.resampling import Resampler

_PIECE: Final = 5 * FRAME_SAMPLES
"""Samples at 8 kHz that are encoded at a time: 100 ms, so that a long file never holds up a packet."""


class Clip:
    """Audio at the rate of its file. Positions and lengths count samples at 8 kHz, whatever that rate is."""

    def __init__(self, linear: bytes, rate: int = NARROW) -> None:
        self._wide = linear[: len(linear) // 4 * 4] if rate == WIDE else b""
        self._narrow = Resampler().convert(self._wide, WIDE, NARROW) if self._wide else linear
        self._encoded: dict[Encoding, _Encoded] = {}
        self.samples = len(self._narrow) // SAMPLE_OCTETS

    def octets(self, coding: Coding, start: int, end: int) -> bytes:
        """Encoded samples from ``start`` up to ``end``, less where the clip is over.

        Of an encoding whose packets cannot be cut: the packet in which ``start`` lies.
        """
        encoded = self._encoded.get(coding.encoding)
        if encoded is None:
            encoded = self._encoded[coding.encoding] = _Encoded(coding)
        while encoded.samples < min(end, self.samples):
            encoded.add(*self._piece(coding.rate, encoded.samples))
        return encoded.cut(start, end)

    def _piece(self, rate: int, start: int) -> tuple[bytes, int]:
        """The next samples to be encoded, and their rate: the wanted one where the file has it."""
        if rate == WIDE and self._wide:
            return self._wide[4 * start : 4 * (start + _PIECE)], WIDE
        return self._narrow[2 * start : 2 * (start + _PIECE)], NARROW


class _Encoded:
    """A clip in one encoding, as far as it has been asked for; by octets, or by packets where they cannot be cut."""

    def __init__(self, coding: Coding) -> None:
        self._coding = coding
        self._coder: Coder = coding.coder()
        self._resampler = Resampler()
        self._octets = bytearray()
        self._packets: list[bytes] = []
        self.samples = 0

    def add(self, linear: bytes, rate: int) -> None:
        """Encode what comes next: a piece, or the rest."""
        self.samples += len(linear) // SAMPLE_OCTETS * NARROW // rate
        linear = self._resampler.convert(linear, rate, self._coding.rate)
        if self._coding.octets_per_sample:
            self._octets += self._coder.encode(linear)
            return
        frame = SAMPLE_OCTETS * self._coding.rate // 50
        for start in range(0, len(linear), frame):
            self._packets.append(self._coder.encode(linear[start : start + frame].ljust(frame, b"\0")))

    def cut(self, start: int, end: int) -> bytes:
        """The octets of these samples, or the packet that ``start`` lies in."""
        scale = self._coding.octets_per_sample
        return bytes(self._octets[scale * start : scale * end]) if scale else self._packets[start // FRAME_SAMPLES]
