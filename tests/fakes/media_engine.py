"""A packet engine without packets: it remembers what was asked, and a test says what happens."""

from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred, fail, succeed

from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    DigitReceived,
    DigitsSent,
    EngineEvent,
    EngineFailed,
    PlayEnded,
    Playlist,
    PortFigures,
    Stream,
)


class FakeEngine:
    """A `MediaEngine`; ``capacity`` ports at most. Events are told later, as those of a real engine are."""

    def __init__(self, later: Callable[[Callable[[], None]], object], capacity: int = 100) -> None:
        self.streams: dict[str, list[Stream]] = {}
        self.playing: dict[str, tuple[Playlist, str]] = {}
        self.played: dict[str, list[tuple[str, ...]]] = {}
        self.bridged: dict[str, str] = {}
        self._recording: set[str] = set()
        self._later = later
        self._capacity = capacity
        self._listener: Callable[[EngineEvent], None] | None = None
        self._opened = 0

    def start(self, listener: Callable[[EngineEvent], None]) -> Deferred[None]:
        self._listener = listener
        return succeed(None)

    def open(self, port: str) -> Deferred[Address]:
        if port in self.streams or len(self.streams) >= self._capacity or self._listener is None:
            return fail(EngineError(f"port {port} cannot be opened"))
        self.streams[port] = []
        self.played[port] = []
        self._opened += 2
        return succeed(Address("127.0.0.1", 30_000 + self._opened))

    def connect(self, port: str, stream: Stream) -> None:
        self._need(port)
        self.streams[port].append(stream)

    def play(self, port: str, playlist: Playlist, token: str) -> None:
        self._need(port)
        self.stop(port)
        self.playing[port] = (playlist, token)
        self.played[port].append(tuple(file.stem for file in playlist.files))

    def stop(self, port: str) -> None:
        self._need(port)
        self._end(port, finished=False)

    def send_digits(self, port: str, digits: str, token: str) -> None:
        self._need(port)
        if not self.streams[port] or self.streams[port][-1].digit_payload_type is None or not digits:
            raise EngineError("no digits can be sent")
        self._tell(DigitsSent(port, token))

    def record(self, port: str, file: Path) -> None:
        self._need(port)
        self._recording.add(port)

    def stop_recording(self, port: str) -> Deferred[None]:
        if port not in self._recording:
            return fail(EngineError("nothing is recorded"))
        self._recording.discard(port)
        return succeed(None)

    def bridge(self, one: str, other: str) -> None:
        self._need(one)
        self._need(other)
        self.bridged |= {one: other, other: one}

    def unbridge(self, port: str) -> None:
        self._need(port)
        other = self.bridged.pop(port, None)
        if other is not None:
            self.bridged.pop(other, None)

    def figures(self, port: str) -> Deferred[PortFigures]:
        return succeed(PortFigures(0, 0, 0, 0.0))

    def close(self, port: str) -> None:
        self.streams.pop(port, None)
        self.playing.pop(port, None)
        self.bridged.pop(port, None)

    def shutdown(self) -> Deferred[None]:
        self.streams.clear()
        self._listener = None
        return succeed(None)

    # --- what a test lets happen ------------------------------------------------------------------------------------

    def finish(self, port: str) -> None:
        """What plays comes to its end."""
        self._end(port, finished=True)

    def digit(self, port: str, digit: str) -> None:
        """The far end presses a key."""
        self._tell(DigitReceived(port, digit, 0.0))

    def fail(self, reason: str) -> None:
        """The packet process is gone."""
        self.streams.clear()
        self.playing.clear()
        self._tell(EngineFailed(reason))

    def _end(self, port: str, *, finished: bool) -> None:
        playing = self.playing.pop(port, None)
        if playing is not None:
            self._tell(PlayEnded(port, playing[1], finished))

    def _tell(self, event: EngineEvent) -> None:
        def tell() -> None:
            gone = not isinstance(event, EngineFailed) and event.port not in self.streams
            if self._listener is not None and not gone:
                self._listener(event)

        self._later(tell)

    def _need(self, port: str) -> None:
        if port not in self.streams:
            raise EngineError(f"port {port} is not open")
