"""`NativeEngine`: the packet engine whose packets are moved by threads in C that need no interpreter."""

import itertools
from collections.abc import Callable

from twisted.internet.base import DelayedCall, ReactorBase
from twisted.internet.defer import Deferred, fail, succeed

from media_service.engine.arguments import (
    check_packet,
    check_recording,
    check_stream,
    checked_digits,
    even_ports,
    numeric_host,
    playlist_sounds,
)
from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    BeepHeard,
    Capabilities,
    DigitReceived,
    DigitsSent,
    EngineEvent,
    EngineFailed,
    Listening,
    PacketReceived,
    PlayEnded,
    Playlist,
    PortFigures,
    Recorded,
    Recording,
    Role,
    SpeechChanged,
    Stream,
)
from media_service.engine.native import numbers
from media_service.engine.native._core import Clip, Core
from media_service.engine.native.rooms import Rooms
from media_service.engine.native.running import FILE_PATIENCE, Open, Running

MAX_THREADS = 64


class NativeEngine:
    """A `MediaEngine` on ``host`` (a numeric address) with RTP on the even ones of the UDP ``ports``, RTCP above each.

    ``threads`` packet threads, each with its own ports. Commands take effect at once, in the packets of the next 5 ms.
    `close` of a port that is not open does nothing.
    """

    def __init__(self, reactor: ReactorBase, host: str, ports: range, threads: int = 1) -> None:
        """Refuses with `EngineError` a host that is no numeric address, a range without an even port, 0 threads."""
        if not 0 < threads <= MAX_THREADS:
            raise EngineError(f"{threads} packet threads, where 1 to {MAX_THREADS} are possible")
        self._reactor = reactor
        self._host = numeric_host(host)
        self._threads = threads
        self._candidates = even_ports(ports)
        self._next_candidate = 0
        self._able = numbers.capabilities()
        self._listener: Callable[[EngineEvent], None] | None = None
        self._running: Running | None = None
        self._ending: list[Deferred[None]] = []
        self._patience: DelayedCall | None = None
        self._numbers = itertools.count(1)
        self._ports: dict[str, Open] = {}
        self._handles: dict[tuple[Core, int], Open] = {}
        self._rooms = Rooms()

    # Life

    def capabilities(self) -> Capabilities:
        """What the core was built with."""
        return self._able

    def start(self, listener: Callable[[EngineEvent], None]) -> Deferred[None]:
        """Start the packet threads; fails with `EngineError`."""
        if self._running is not None:
            return fail(EngineError("the engine runs already"))
        try:
            self._running = Running(self._reactor, self._threads, self._collect, self._failed)
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
            self._running.disk.submit(lambda: self._ended)
            self._patience = self._reactor.callLater(FILE_PATIENCE, self._ended)
        return done

    def _wind_up(self, running: Running) -> None:
        self._ports.clear()
        self._handles.clear()
        self._rooms = Rooms()
        running.stop()
        for core in running.cores:
            self._collect(core)  # what is left of the recordings

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
        if running is None or self._patience is not None or listener is None:
            return
        self._listener = None
        self._wind_up(running)
        self._ended()
        listener(EngineFailed(reason))

    # Ports

    def open(self, port: str, *, beside: str | None = None) -> Deferred[Address]:
        """Bind a UDP port and the one above; tell its address. Fails with `EngineError` where none is free."""
        if port in self._ports:
            return fail(EngineError(f"port {port} is open already"))
        if self._running is None or self._patience is not None:
            return fail(EngineError("the engine does not run"))
        try:
            core = self._least_used(self._running) if beside is None else self._find(beside).core
        except EngineError as error:
            return fail(error)
        fault = OSError(0, "none was given")
        for _ in range(len(self._candidates)):  # begin behind the last one taken: a port rests before it is used again
            candidate = self._candidates[self._next_candidate]
            self._next_candidate = (self._next_candidate + 1) % len(self._candidates)
            try:
                handle = core.open(self._host, candidate)
            except OSError as error:
                fault = error  # somebody else's, or one of ours: try the next
                continue
            self._ports[port] = self._handles[core, handle] = Open(port, core, handle)
            return succeed(Address(self._host, candidate))
        return fail(EngineError(f"no UDP port is free at {self._host} ({fault.strerror})"))

    def _least_used(self, running: Running) -> Core:
        if len(running.cores) == 1:
            return running.cores[0]
        used = dict.fromkeys(running.cores, 0)
        for one in self._ports.values():
            used[one.core] += 1
        return min(running.cores, key=lambda core: used[core])

    def close(self, port: str) -> None:
        """Release the port; nothing is heard of it afterwards."""
        one = self._ports.pop(port, None)
        if one is not None:
            del self._handles[one.core, one.handle]
            self._rooms.leave(one)
            one.core.close(one.handle)

    def connect(self, port: str, stream: Stream) -> None:
        """Send and accept packets as ``stream`` says; may be called again (re-INVITE, keys agreed).

        The port sends to ``stream.remote`` until packets come from elsewhere only (symmetric RTP, RFC 4961).
        """
        one = self._find(port)
        check_stream(stream, self._able)
        one.stream = stream
        one.core.connect(
            one.handle,
            numeric_host(stream.remote.host),
            stream.remote.port,
            numbers.ENCODINGS[stream.encoding],
            stream.payload_type,
            -1 if stream.digit_payload_type is None else stream.digit_payload_type,
            stream.sending,
            "" if stream.rtcp is None else numeric_host(stream.rtcp.host),
            0 if stream.rtcp is None else stream.rtcp.port,
            *numbers.keys(stream),
        )
        self._live.prepare(one.clips, stream)

    # What is sent

    def play(self, port: str, playlist: Playlist, token: str) -> None:
        """Play; what played before on this port ends unfinished.

        Begins once the port is connected. A sound that cannot be played ends the playlist before its first sample, with
        the reason in `PlayEnded.detail`. While the port is bridged or confers, the playlist stands still.
        """
        one, running = self._find(port), self._live
        sounds = playlist_sounds(playlist)
        play, core = self._token(one, token), one.core
        core.play(one.handle, play, round(playlist.start * 8000))

        def done(clips: list[Clip] | str) -> None:
            if isinstance(clips, str):
                if core.drop(one.handle, play):
                    ended = PlayEnded(one.name, one.tokens.pop(play), False, clips, playlist.start)
                    self._tell(ended)
                return
            one.clips = tuple(clips)
            core.load(one.handle, play, one.clips, playlist.loop)
            running.prepare(one.clips, one.stream)

        running.library.load(sounds, done)

    def stop(self, port: str) -> None:
        """Stop what plays."""
        one = self._find(port)
        one.core.stop(one.handle)

    def send_digits(self, port: str, digits: str, token: str) -> None:
        """Send ``digits`` (0-9, *, #, A-D), 100 ms each with 100 ms between.

        As RFC 4733 events; where the far end takes no telephone-event, as tone pairs in place of other audio.
        """
        one = self._find(port)
        checked = checked_digits(digits, port, one.stream)
        one.core.send_digits(one.handle, checked, self._token(one, token))

    def send_packet(self, port: str, data: bytes, target: Address) -> None:
        """Send a datagram as it is (STUN, DTLS); not counted as media."""
        one = self._find(port)
        check_packet(data, target)
        one.core.send_packet(one.handle, data, numeric_host(target.host), target.port)

    # What is heard

    def listen(self, port: str, listening: Listening) -> None:
        """From now on listen for these, and for nothing else."""
        one = self._find(port)
        one.core.listen(one.handle, listening.digits, listening.speech, listening.beep)

    def record(self, port: str, recording: Recording) -> None:
        """Write until `stop_recording` or `close`. Lost time is written as silence: positions in the file are times."""
        one = self._find(port)
        check_recording(recording)
        one.recording = number = next(self._numbers)
        self._live.recordings.begin(number, recording)
        one.core.record(one.handle, number, numbers.recorded(recording))

    def pause_recording(self, port: str, *, paused: bool) -> None:
        """Leave out what is said from now on, or go on writing."""
        one = self._find(port)
        one.core.pause_recording(one.handle, paused)

    def stop_recording(self, port: str) -> Deferred[Recorded]:
        """Finish the file; fails with `EngineError` where nothing was recorded or the file could not be written."""
        one = self._find(port)
        if one.recording is None:
            return fail(EngineError("nothing is being recorded"))
        done = self._live.recordings.ask(one.recording)
        one.recording = None
        one.core.stop_recording(one.handle)
        return done

    def figures(self, port: str) -> Deferred[PortFigures]:
        """Counts of a port."""
        one = self._find(port)
        return succeed(PortFigures(*one.core.figures(one.handle)))

    # Bridges and conferences

    def bridge(self, one: str, other: str) -> None:
        """Each of the two ports sends what the other hears, instead of what it plays; digits are passed on too.

        A conference is left. `EngineError` where the two are not in one thread (`open` with ``beside``).
        """
        if one == other:
            raise EngineError(f"port {one} cannot be bridged with itself")
        first, second = self._find(one), self._find(other)
        if first.core is not second.core:
            raise EngineError(f"ports {one} and {other} were not opened beside each other")
        self._rooms.leave(first)
        self._rooms.leave(second)
        first.core.bridge(first.handle, second.handle)

    def unbridge(self, port: str) -> None:
        """Undo `bridge` for the port and its partner."""
        one = self._find(port)
        one.core.unbridge(one.handle)

    def join(self, port: str, room: str, role: Role = Role.SPEAKER, *, whisper_to: str | None = None) -> None:
        """Take part in the conference ``room``, or change the role in it. A bridge is undone.

        `EngineError` where a whisperer names no member, or where the room is in another thread.
        """
        one = self._find(port)
        heard_by = self._rooms.check(one, room, role, None if whisper_to is None else self._find(whisper_to))
        number = self._rooms.join(one, room)
        one.core.join(one.handle, number, numbers.ROLES[role], heard_by)

    def leave(self, port: str) -> None:
        """Leave the conference, if the port is in one."""
        one = self._find(port)
        self._rooms.leave(one)
        one.core.leave(one.handle)

    # What the packet threads say

    def _collect(self, core: Core) -> None:
        if self._running is None:
            return
        recordings = self._running.recordings
        for kind, handle, number, value, at, source in core.collect():
            one = self._handles.get((core, handle))
            if kind == numbers.RECORDED and isinstance(value, bytes):
                recordings.write(number, value)
            elif kind == numbers.RECORDING_OVER:
                recordings.over(number, at, failed=bool(value))
            elif kind == numbers.FAILED:
                self._failed(f"the packet thread has ended (error {value!r})")
                return
            elif one is not None:  # else it is news of a port that has been closed meanwhile
                self._news(one, kind, number, value, at=at, source=source)

    def _news(
        self, one: Open, kind: int, number: int, value: int | str | bytes, *, at: float, source: tuple[str, int] | None
    ) -> None:
        match kind, value:
            case numbers.ENDED, int():
                self._tell(PlayEnded(one.name, one.tokens.pop(number), bool(value), position=at))
            case numbers.SENT, _:
                self._tell(DigitsSent(one.name, one.tokens.pop(number)))
            case numbers.DIGIT, str():
                self._tell(DigitReceived(one.name, value, at, in_band=bool(number)))
            case numbers.SPEECH, int():
                self._tell(SpeechChanged(one.name, bool(value), at))
            case numbers.BEEP, _:
                self._tell(BeepHeard(one.name, float(number), at))
            case numbers.PACKET, bytes() if source is not None:
                self._tell(PacketReceived(one.name, value, Address(*source)))

    def _tell(self, event: EngineEvent) -> None:
        if self._listener is not None:
            self._listener(event)

    # Small print

    @property
    def _live(self) -> Running:
        if self._running is None:
            raise EngineError("the engine does not run")
        return self._running

    def _find(self, port: str) -> Open:
        one = self._ports.get(port)
        if one is None:
            raise EngineError(f"port {port} is not open")
        return one

    def _token(self, one: Open, token: str) -> int:
        number = next(self._numbers)
        one.tokens[number] = token
        return number
