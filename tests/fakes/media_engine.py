"""A packet engine without packets: it remembers what was asked, and a test says what happens."""

from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred, fail, succeed

from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    Capabilities,
    DigitReceived,
    DigitsSent,
    Encoding,
    EngineEvent,
    EngineFailed,
    Listening,
    PlayEnded,
    Playlist,
    PortFigures,
    Recorded,
    Recording,
    Role,
    SpeechChanged,
    Stream,
)


class FakeEngine:
    """A `MediaEngine`; ``capacity`` ports at most. Events are told later, as those of a real engine are."""

    def __init__(self, later: Callable[[Callable[[], None]], object], capacity: int = 100) -> None:
        self.streams: dict[str, list[Stream]] = {}
        self.playing: dict[str, tuple[Playlist, str]] = {}
        self.played: dict[str, list[tuple[str, ...]]] = {}
        self.positions: dict[str, float] = {}
        self.bridged: dict[str, str] = {}
        self.rooms: dict[str, tuple[str, Role, str | None]] = {}
        self.listening: dict[str, Listening] = {}
        self.recordings: dict[str, Recording] = {}
        self.paused: set[str] = set()
        self.sent: list[tuple[str, str]] = []
        self._later = later
        self._capacity = capacity
        self._listener: Callable[[EngineEvent], None] | None = None
        self._opened = 0

    def capabilities(self) -> Capabilities:
        return Capabilities((Encoding.PCMA, Encoding.PCMU), (), "none")

    def start(self, listener: Callable[[EngineEvent], None]) -> Deferred[None]:
        self._listener = listener
        return succeed(None)

    def open(self, port: str, *, beside: str | None = None) -> Deferred[Address]:
        if port in self.streams or len(self.streams) >= self._capacity or self._listener is None:
            return fail(EngineError(f"port {port} cannot be opened"))
        if beside is not None and beside not in self.streams:
            return fail(EngineError(f"port {beside} is not open"))
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
        self.played[port].append(tuple(_name(sound) for sound in playlist.files))

    def stop(self, port: str) -> None:
        self._need(port)
        self._end(port, finished=False)

    def send_digits(self, port: str, digits: str, token: str) -> None:
        self._need(port)
        if not digits or not self.streams[port]:
            raise EngineError("no digits can be sent")
        self.sent.append((port, digits))
        self._tell(DigitsSent(port, token))

    def listen(self, port: str, listening: Listening) -> None:
        self._need(port)
        self.listening[port] = listening

    def record(self, port: str, recording: Recording) -> None:
        self._need(port)
        if port in self.recordings:
            raise EngineError("something is being recorded")
        self.recordings[port] = recording

    def pause_recording(self, port: str, *, paused: bool) -> None:
        self._need(port)
        if port not in self.recordings:
            raise EngineError("nothing is recorded")
        (self.paused.add if paused else self.paused.discard)(port)

    def stop_recording(self, port: str) -> Deferred[Recorded]:
        recording = self.recordings.pop(port, None)
        if recording is None:
            return fail(EngineError("nothing is recorded"))
        recording.file.write_bytes(b"RIFF")
        return succeed(Recorded(recording.file, 2.5, 0.0))

    def bridge(self, one: str, other: str) -> None:
        self._need(one)
        self._need(other)
        self.bridged |= {one: other, other: one}

    def unbridge(self, port: str) -> None:
        self._need(port)
        other = self.bridged.pop(port, None)
        if other is not None:
            self.bridged.pop(other, None)

    def join(self, port: str, room: str, role: Role = Role.SPEAKER, *, whisper_to: str | None = None) -> None:
        self._need(port)
        if (role is Role.WHISPERER) != (whisper_to is not None):
            raise EngineError("whisper_to goes with whisperers")
        self.rooms[port] = (room, role, whisper_to)

    def leave(self, port: str) -> None:
        self._need(port)
        self.rooms.pop(port, None)

    def send_packet(self, port: str, data: bytes, target: Address) -> None:
        self._need(port)

    def figures(self, port: str) -> Deferred[PortFigures]:
        self._need(port)
        return succeed(PortFigures(10, 9, 1, 0.02, 0.001, mos=4.2))

    def close(self, port: str) -> None:
        self.streams.pop(port, None)
        self.playing.pop(port, None)
        self.rooms.pop(port, None)
        self.recordings.pop(port, None)
        other = self.bridged.pop(port, None)
        if other is not None:
            self.bridged.pop(other, None)

    def shutdown(self) -> Deferred[None]:
        self.streams.clear()
        self._listener = None
        return succeed(None)

    # --- what a test lets happen ------------------------------------------------------------------------------------

    def finish(self, port: str) -> None:
        """What plays comes to its end."""
        self._end(port, finished=True)

    def digit(self, port: str, digit: str, *, in_band: bool = False) -> None:
        """The far end presses a key."""
        self._tell(DigitReceived(port, digit, 0.0, in_band))

    def speech(self, port: str, *, speaking: bool) -> None:
        """The far end begins or ceases to speak."""
        if self.listening.get(port, Listening()).speech:
            self._tell(SpeechChanged(port, speaking, 0.0))

    def fail(self, reason: str) -> None:
        """The packet process is gone."""
        self.streams.clear()
        self.playing.clear()
        self._tell(EngineFailed(reason))

    def _end(self, port: str, *, finished: bool) -> None:
        playing = self.playing.pop(port, None)
        if playing is not None:
            self._tell(PlayEnded(port, playing[1], finished, position=self.positions.get(port, 0.0)))

    def _tell(self, event: EngineEvent) -> None:
        def tell() -> None:
            gone = not isinstance(event, EngineFailed) and event.port not in self.streams
            if self._listener is not None and not gone:
                self._listener(event)

        self._later(tell)

    def _need(self, port: str) -> None:
        if port not in self.streams:
            raise EngineError(f"port {port} is not open")


def _name(sound: object) -> str:
    return sound.stem if isinstance(sound, Path) else "tone"
