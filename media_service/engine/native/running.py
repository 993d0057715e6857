"""What lives from the start of the native engine to its end: packet threads, file thread, prompts, bells."""

import resource
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from twisted.internet.base import ReactorBase

from media_service.codecs import g711
from media_service.engine.clips import Library
from media_service.engine.disk import Disk
from media_service.engine.interface import Stream
from media_service.engine.native import numbers
from media_service.engine.native._core import Clip, Core
from media_service.engine.native.bell import Bell
from media_service.engine.native.recordings import Recordings
from media_service.signal.resample import Halfband

FILE_PATIENCE: Final = 2.0
"""Seconds that recordings have to be finished at the end."""
FILE_WARM: Final = 1.0
"""Seconds after a look at a prompt's file within which the next one is not left to the file thread."""


@dataclass(eq=False)
class Open:
    """What the owner's side knows of one open port."""

    name: str
    core: Core
    handle: int
    stream: Stream | None = None
    tokens: dict[int, str] = field(default_factory=dict)
    clips: tuple[Clip, ...] = ()
    """What plays, as far as it is loaded."""
    recording: int | None = None
    room: str | None = None


class Running:
    """Raises `OSError` where a packet thread does not start. ``rung`` is called with the core that has news."""

    def __init__(
        self, reactor: ReactorBase, threads: int, rung: Callable[[Core], None], lost: Callable[[str], None]
    ) -> None:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # two sockets for each port
        tables = g711_tables()
        self.cores = [Core(*tables) for _ in range(threads)]
        self.disk = Disk()
        self._encoding = Disk()  # a long clip in Opus takes seconds
        self.library: Library[Clip] = Library(self.disk, self._clip, warm=FILE_WARM)
        self.recordings = Recordings(self.disk)
        self._bells: list[Bell] = []
        try:
            for core in self.cores:
                core.start()
        except OSError:
            self.stop()
            self.disk.finish(FILE_PATIENCE)
            self._encoding.finish(FILE_PATIENCE)
            raise
        self._bells = [Bell(reactor, core.fileno(), partial(rung, core), lost) for core in self.cores]
        self._bells += [Bell(reactor, disk.fileno(), disk.collect, lost) for disk in (self.disk, self._encoding)]

    def prepare(self, clips: Iterable[Clip], stream: Stream | None) -> None:
        """Encode what is to be sent so, in passing: until it is done, each port encodes for itself what it plays."""
        core = self.cores[0]
        if stream is None:
            return
        encoding = numbers.ENCODINGS[stream.encoding]
        wanted = [clip for clip in clips if not core.prepared(clip, encoding)]
        if not wanted:
            return

        def work() -> Callable[[], None]:
            for clip in wanted:
                core.prepare(clip, encoding)
            return lambda: None

        self._encoding.submit(work)

    def stop(self) -> None:
        """End the packet threads; what they have to tell can still be collected."""
        for core in self.cores:
            core.shutdown()

    def end(self) -> None:
        """Nothing is left to be written."""
        for bell in self._bells:
            bell.hush()
        self.disk.finish(0.1)
        self._encoding.finish(0.1)

    def _clip(self, linear: bytes, rate: int) -> Clip:
        return self.cores[0].clip(linear if rate == g711.SAMPLE_RATE else Halfband().down(linear))


def g711_tables() -> tuple[bytes, bytes]:
    """G.711 as the core wants it: codes by sample taken as unsigned, samples by code; mu-law, then A-law."""
    samples = b"".join(sample.to_bytes(2, "little") for sample in range(1 << 16))
    codes = bytes(range(256))
    return (
        g711.mu_law_from_linear(samples) + g711.a_law_from_linear(samples),
        g711.linear_from_mu_law(codes) + g711.linear_from_a_law(codes),
    )
