"""Writes what a port hears into a WAV file in which positions are times."""

from collections.abc import Callable
from typing import Final

from media_service.codecs.g711 import SAMPLE_RATE
from media_service.codecs.wav import SAMPLE_OCTETS
from media_service.engine.disk import Disk
from media_service.engine.recording_file import RecordingFile

_SETTLED: Final = SAMPLE_RATE * 2 // 5
"""Samples after which a late packet is no longer waited for: 400 ms."""
_DRIFT: Final = SAMPLE_RATE // 5
"""A packet that is this far (200 ms) from where its arrival puts it sets the time line anew."""


class Recorder:
    """One recording under way, fed from the packet loop: `hear` for each packet, `advance` now and then."""

    def __init__(self, disk: Disk, path: str, now: float) -> None:
        self._disk = disk
        self._file = RecordingFile(path)
        self._began = now
        self._written = 0
        self._pending = bytearray()
        self._anchor: int | None = None
        self._ssrc = 0
        disk.submit(lambda: _nothing_after(self._file.create))

    def hear(self, linear: bytes, ssrc: int, timestamp: int, now: float) -> None:
        """Put a packet's samples where its RTP timestamp says, as long as its arrival does not contradict."""
        arrival = round((now - self._began) * SAMPLE_RATE)
        if self._anchor is None or ssrc != self._ssrc:
            self._anchor, self._ssrc = (timestamp - arrival) & 0xFFFFFFFF, ssrc
        position = (timestamp - self._anchor) & 0xFFFFFFFF
        if abs(position - arrival) > _DRIFT:
            self._anchor, position = (timestamp - arrival) & 0xFFFFFFFF, arrival
        start = SAMPLE_OCTETS * (position - self._written)
        if start < 0:  # so late that its place is on the disk already
            return
        self._fill(start)
        self._pending[start : start + len(linear)] = linear

    def advance(self, now: float) -> None:
        """Hand what is settled to the file thread."""
        settled = round((now - self._began) * SAMPLE_RATE) - _SETTLED - self._written
        if settled > 0:
            self._write(settled)

    def finish(self, now: float, done: Callable[[str], None]) -> None:
        """Write the rest, silence up to now included; ``done`` hears what went wrong, empty for nothing."""
        rest = round((now - self._began) * SAMPLE_RATE) - self._written
        self._write(max(rest, len(self._pending) // SAMPLE_OCTETS))

        def work() -> Callable[[], None]:
            self._file.close()
            problem = self._file.problem
            return lambda: done(problem)

        self._disk.submit(work)

    def _fill(self, octets: int) -> None:
        missing = octets - len(self._pending)
        if missing > 0:
            self._pending += bytes(missing)

    def _write(self, samples: int) -> None:
        octets = SAMPLE_OCTETS * samples
        self._fill(octets)
        linear = bytes(self._pending[:octets])
        del self._pending[:octets]
        self._written += samples
        self._disk.submit(lambda: _nothing_after(lambda: self._file.append(linear)))


def _nothing_after(step: Callable[[], None]) -> Callable[[], None]:
    step()
    return _nothing


def _nothing() -> None:
    """Nothing is left to do on the packet loop."""
