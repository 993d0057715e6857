"""`NativeEngine`: the packet engine whose packets are moved by a thread in C that needs no interpreter."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Final

from twisted.internet.base import DelayedCall, ReactorBase
from twisted.internet.defer import Deferred, fail, succeed

from media_service.codecs import g711
from media_service.engine.arguments import (
    check_stream,
    checked_digits,
    even_ports,
    file_path,
    numeric_host,
    playlist_paths,
)
from media_service.engine.clips import Library
from media_service.engine.disk import Disk
from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    DigitReceived,
    DigitsSent,
    Encoding,
    EngineEvent,
    EngineFailed,
    PlayEnded,
    Playlist,
    PortFigures,
    Stream,
)
from media_service.engine.native._core import Clip, Core
from media_service.engine.native.bell import Bell
from media_service.engine.native.recordings import Recordings

_LAWS: Final = {Encoding.PCMU: 0, Encoding.PCMA: 1}
_ENDED, _DIGIT, _SENT, _RECORDED, _RECORDING_OVER, _FAILED = range(1, 7)
_FILE_PATIENCE: Final = 2.0
"""Seconds that recordings have to be finished at the end."""


class _Open:
    """What the owner's side knows of one open port."""

    def __init__(self, name: str, handle: int) -> None:
        self.name = name
        self.handle = handle
        self.stream: Stream | None = None
        self.tokens: dict[int, str] = {}
        self.recording: int | None = None


class _Running:
    """Everything that lives from `start` to the end."""

    def __init__(self, reactor: ReactorBase, rung: Callable[[], None], lost: Callable[[str], None]) -> None:
        self.core = Core(*_tables())
        self.disk = Disk()
        self.library: Library[Clip] = Library(self.disk, self.core.clip)
        self.recordings = Recordings(self.disk)
        self._bells: list[Bell] = []
        try:
            self.core.start()
        except OSError:
            self.disk.finish(_FILE_PATIENCE)
            raise
        self._bells = [
            Bell(reactor, self.core.fileno(), rung, lost),
            Bell(reactor, self.disk.fileno(), self.disk.collect, lost),
        ]

    def end(self) -> None:
        """Nothing is left to be written."""
        for bell in self._bells:
            bell.hush()
        self.disk.finish(0.1)


class NativeEngine:
    """A `MediaEngine` on ``host`` (a numeric address) with RTP on the even ones of the UDP ``ports``.

    Commands take effect at once, in the packets of the next 5 ms. `close` of a port that is not open does nothing.
    """

    def __init__(self, reactor: ReactorBase, host: str, ports: range) -> None:
        """Refuses with `EngineError` a host that is no numeric address and a range without an even UDP port."""
        self._reactor = reactor
        self._host = numeric_host(host)
        self._candidates = even_ports(ports)
        self._next_candidate = 0
        self._listener: Callable[[EngineEvent], None] | None = None
        self._running: _Running | None = None
        self._ending: list[Deferred[None]] = []
        self._patience: DelayedCall | None = None
        self._numbers = itertools.count(1)
        self._ports: dict[str, _Open] = {}
        self._handles: dict[int, _Open] = {}

    # Life

    def start(self, listener: Callable[[EngineEvent], None]) -> Deferred[None]:
        """Start the packet thread; fails with `EngineError`."""
        if self._running is not None:
            return fail(EngineError("the engine runs already"))
        try:
            self._running = _Running(self._reactor, self._collect, self._failed)
        except OSError as error:
            return fail(EngineError(f"the packet thread does not start: {error}"))
        self._listener = listener
        return succeed(None)

    def shutdown(self) -> Deferred[None]:
        """Close all ports, finish all recordings and end."""
        if self._running is None:
            return succeed(None)
        done = Deferred[None]()
        self._ending.append(done)
        if self._patience is None:
            self._listener = None
            self._wind_up(self._running)
        return done

    def _wind_up(self, running: _Running) -> None:
        self._ports.clear()
        self._handles.clear()
        running.core.shutdown()
        self._collect()  # what is left of the recordings
        running.disk.submit(lambda: self._ended)
        self._patience = self._reactor.callLater(_FILE_PATIENCE, self._ended)

    def _ended(self) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        patience, self._patience = self._patience, None
        if patience is not None and patience.active():
            patience.cancel()
        running.end()
        ending, self._ending = self._ending, []
        for done in ending:
            done.callback(None)

    def _failed(self, reason: str) -> None:
        running, listener = self._running, self._listener
        if running is None or self._patience is not None:
            return
        self._ports.clear()
        self._handles.clear()
        self._listener = None
        running.core.shutdown()
        self._collect()
        self._ended()
        if listener is not None:
            listener(EngineFailed(reason))

    # Ports

    def open(self, port: str) -> Deferred[Address]:
        """Bind a UDP port and tell its address. Fails with `EngineError` where none is free."""
        if port in self._ports:
            return fail(EngineError(f"port {port} is open already"))
        if self._running is None or self._patience is not None:
            return fail(EngineError("the engine does not run"))
        fault = OSError(0, "none was given")
        for _ in range(len(self._candidates)):  # begin behind the last one taken: a port rests before it is used again
            candidate = self._candidates[self._next_candidate]
            self._next_candidate = (self._next_candidate + 1) % len(self._candidates)
            try:
                handle = self._running.core.open(self._host, candidate)
            except OSError as error:
                fault = error  # somebody else's, or one of ours: try the next
                continue
            self._ports[port] = self._handles[handle] = _Open(port, handle)
            return succeed(Address(self._host, candidate))
        return fail(EngineError(f"no UDP port is free at {self._host} ({fault.strerror})"))

    def close(self, port: str) -> None:
        """Release the port; nothing is heard of it afterwards."""
        one = self._ports.pop(port, None)
        if one is not None:
            del self._handles[one.handle]
            self._core.close(one.handle)

    def connect(self, port: str, stream: Stream) -> None:
        """Send and accept packets as ``stream`` says; may be called again (re-INVITE).

        The port sends to ``stream.remote`` until packets come from elsewhere only (symmetric RTP, RFC 4961).
        """
        one = self._find(port)
        check_stream(stream)
        one.stream = stream
        self._core.connect(
            one.handle,
            numeric_host(stream.remote.host),
            stream.remote.port,
            _LAWS[stream.encoding],
            stream.payload_type,
            -1 if stream.digit_payload_type is None else stream.digit_payload_type,
            stream.sending,
        )

    def play(self, port: str, playlist: Playlist, token: str) -> None:
        """Play; what played before on this port ends unfinished.

        Begins once the port is connected. A file that cannot be played ends the playlist before its first sample, with
        the reason in `PlayEnded.detail`.
        """
        one = self._find(port)
        paths = playlist_paths(playlist)
        play, core = self._token(one, token), self._core
        core.play(one.handle, play)

        def done(clips: list[Clip] | str) -> None:
            if not isinstance(clips, str):
                core.load(one.handle, play, tuple(clips), playlist.loop)
            elif core.drop(one.handle, play):
                self._tell(PlayEnded(one.name, one.tokens.pop(play), finished=False, detail=clips))

        self._library.load(paths, done)

    def stop(self, port: str) -> None:
        """Stop what plays."""
        self._core.stop(self._find(port).handle)

    def send_digits(self, port: str, digits: str, token: str) -> None:
        """Send RFC 4733 events for ``digits`` (0-9, *, #, A-D), 100 ms each with 100 ms between.

        Raises `EngineError` where the far end offers no telephone-event.
        """
        one = self._find(port)
        checked = checked_digits(digits, port, one.stream)
        self._core.send_digits(one.handle, checked, self._token(one, token))

    def record(self, port: str, file: Path) -> None:
        """Write what is heard on the port into a WAV file until `stop_recording` or `close`.

        Lost time is written as silence, so that positions in the file are times.
        """
        one = self._find(port)
        path = file_path(file)
        one.recording = recording = next(self._numbers)
        self._recordings.begin(recording, path)
        self._core.record(one.handle, recording)

    def stop_recording(self, port: str) -> Deferred[None]:
        """Finish the file; fails with `EngineError` where nothing was recorded or the file could not be written."""
        one = self._find(port)
        if one.recording is None:
            return fail(EngineError("nothing is being recorded"))
        done = self._recordings.ask(one.recording)
        one.recording = None
        self._core.stop_recording(one.handle)
        return done

    def bridge(self, one: str, other: str) -> None:
        """Each of the two ports sends what the other hears, instead of what it plays; digits are passed on too."""
        if one == other:
            raise EngineError(f"port {one} cannot be bridged with itself")
        first, second = self._find(one), self._find(other)
        self._core.bridge(first.handle, second.handle)

    def unbridge(self, port: str) -> None:
        """Undo `bridge` for the port and its partner."""
        self._core.unbridge(self._find(port).handle)

    def figures(self, port: str) -> Deferred[PortFigures]:
        """Counts of a port."""
        return succeed(PortFigures(*self._core.figures(self._find(port).handle)))

    # What the packet thread says

    def _collect(self) -> None:
        if self._running is None:
            return
        for kind, handle, number, value, at in self._running.core.collect():
            one = self._handles.get(handle)
            if kind == _RECORDED and isinstance(value, bytes):
                self._recordings.write(number, value)
            elif kind == _RECORDING_OVER:
                self._recordings.over(number, failed=bool(value))
            elif kind == _FAILED:
                self._failed(f"the packet thread has ended (error {value!r})")
                return
            elif one is not None:  # else it is news of a port that has been closed meanwhile
                self._news(one, kind, number, value, at)

    def _news(self, one: _Open, kind: int, number: int, value: int | str | bytes, at: float) -> None:
        if kind == _ENDED:
            self._tell(PlayEnded(one.name, one.tokens.pop(number), finished=bool(value)))
        elif kind == _DIGIT and isinstance(value, str):
            self._tell(DigitReceived(one.name, value, at))
        elif kind == _SENT:
            self._tell(DigitsSent(one.name, one.tokens.pop(number)))

    def _tell(self, event: EngineEvent) -> None:
        if self._listener is not None:
            self._listener(event)

    # Small print

    @property
    def _core(self) -> Core:
        return self._live.core

    @property
    def _library(self) -> Library[Clip]:
        return self._live.library

    @property
    def _recordings(self) -> Recordings:
        return self._live.recordings

    @property
    def _live(self) -> _Running:
        if self._running is None:
            raise EngineError("the engine does not run")
        return self._running

    def _find(self, port: str) -> _Open:
        one = self._ports.get(port)
        if one is None:
            raise EngineError(f"port {port} is not open")
        return one

    def _token(self, one: _Open, token: str) -> int:
        number = next(self._numbers)
        one.tokens[number] = token
        return number


def _tables() -> tuple[bytes, bytes]:
    """G.711 as the core wants it: codes by sample taken as unsigned, samples by code; mu-law, then A-law."""
    samples = b"".join(sample.to_bytes(2, "little") for sample in range(1 << 16))
    codes = bytes(range(256))
    return (
        g711.mu_law_from_linear(samples) + g711.a_law_from_linear(samples),
        g711.linear_from_mu_law(codes) + g711.linear_from_a_law(codes),
    )
