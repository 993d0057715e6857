"""`PureEngine`: the packet engine in plain Python, its packets moved by a child process of its own."""

import itertools
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from twisted.internet.base import ReactorBase
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
from media_service.engine.encodings import CODINGS
from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    BeepHeard,
    Capabilities,
    DigitReceived,
    DigitsSent,
    Encoding,
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
from media_service.engine.pure import frames
from media_service.engine.pure.door import Door, reap, start_process
from media_service.engine.pure.protection import PROFILES


def capabilities() -> Capabilities:
    """What can be sent, heard and protected with the libraries that are installed."""
    missing = [str(one) for one in Encoding if one not in CODINGS]
    without = [*missing, *([] if PROFILES else ["SRTP"])]
    detail = "pure (Python, a process of its own)" + (f", without {', '.join(without)}" if without else "")
    return Capabilities(tuple(CODINGS), PROFILES, detail)


class PureEngine:
    """A `MediaEngine` on ``host`` (a numeric address) with RTP on the even ones of the UDP ``ports``.

    A command that cannot be meant (a port that is not open, an address that is a name, a digit that is none) raises
    `EngineError` at once. `close` of a port that is not open does nothing. After `EngineFailed` every port is gone,
    commands raise, and `start` may be called again.
    """

    def __init__(self, reactor: ReactorBase, host: str, ports: range) -> None:
        """Refuses with `EngineError` a host that is no numeric address and a range without an even UDP port."""
        numeric_host(host)
        even_ports(ports)
        self._reactor = reactor
        self._host = host
        self._udp_ports = ports
        self._listener: Callable[[EngineEvent], None] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._door: Door | None = None
        self._started: Deferred[None] | None = None
        self._ending: list[Deferred[None]] = []
        self._stopping = False
        self._numbers = itertools.count(1)
        self._requests: dict[int, Callable[[frames.FromChild | EngineError], None]] = {}
        self._ports: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._streams: dict[str, Stream] = {}
        self._files: dict[int, Path] = {}

    # Life

    def capabilities(self) -> Capabilities:
        """What can be sent, heard and protected with the libraries that are installed."""
        return capabilities()

    @property
    def process_id(self) -> int | None:
        """The packet process, for figures of what it costs."""
        return self._process.pid if self._process is not None else None

    def start(self, listener: Callable[[EngineEvent], None]) -> Deferred[None]:
        """Start the packet process; fires once it moves packets, fails with `EngineError`."""
        if self._process is not None:
            return fail(EngineError("the engine runs already"))
        try:
            self._process, sock = start_process(self._host, self._udp_ports)
        except OSError as error:
            return fail(EngineError(f"the packet process does not start: {error}"))
        self._listener = listener
        self._stopping = False
        self._started = started = Deferred[None]()
        self._door = Door(self._reactor, sock, self._heard, self._lost)
        return started

    def shutdown(self) -> Deferred[None]:
        """Close all ports, finish all recordings and end; fires once the packet process is gone."""
        if self._process is None:
            return succeed(None)
        done = Deferred[None]()
        self._ending.append(done)
        if not self._stopping and self._door is not None:
            self._stopping = True
            self._listener = None
            self._door.send(frames.Shutdown())
        return done

    # Ports

    def open(self, port: str, *, beside: str | None = None) -> Deferred[Address]:
        """Bind a UDP port, and the one above for RTCP, and tell its address. Fails with `EngineError` if none is free.

        One process moves all packets, so every port is beside every other.
        """
        if beside is not None and beside not in self._ports:
            return fail(EngineError(f"port {beside} is not open"))
        if port in self._ports:
            return fail(EngineError(f"port {port} is open already"))
        if self._door is None or self._stopping:
            return fail(EngineError("the engine does not run"))
        number = next(self._numbers)
        self._ports[port], self._names[number] = number, port
        opened = Deferred[Address]()

        def answered(answer: frames.FromChild | EngineError) -> None:
            if isinstance(answer, frames.Opened) and number in self._names:
                opened.callback(Address(self._host, answer.udp_port))
                return
            self._forget(number)
            opened.errback(_fault(answer, f"port {port} was closed before it was open"))

        self._send(frames.Open(self._ask(answered), number))
        return opened

    def close(self, port: str) -> None:
        """Release the port; nothing is heard of it afterwards."""
        number = self._ports.get(port)
        if number is not None:
            self._forget(number)
            self._send(frames.Close(number))

    def connect(self, port: str, stream: Stream) -> None:
        """Send and accept packets as ``stream`` says; may be called again (re-INVITE).

        The port sends to ``stream.remote`` until packets come from elsewhere only (symmetric RTP, RFC 4961).
        """
        number = self._number(port)
        check_stream(stream, self.capabilities())
        remote = Address(numeric_host(stream.remote.host), stream.remote.port)
        self._streams[port] = stream
        self._send(frames.Connect(number, replace(stream, remote=remote)))

    def play(self, port: str, playlist: Playlist, token: str) -> None:
        """Play; what played before on this port ends unfinished.

        Begins once the port is connected. A file that cannot be played ends the playlist before its first sample, with
        the reason in `PlayEnded.detail`.
        """
        number = self._number(port)
        self._send(frames.Play(number, playlist_sounds(playlist), playlist.loop, playlist.start, token))

    def stop(self, port: str) -> None:
        """Stop what plays."""
        self._send(frames.Stop(self._number(port)))

    def send_digits(self, port: str, digits: str, token: str) -> None:
        """Send ``digits`` (0-9, *, #, A-D), 100 ms each with 100 ms between, as events or, without them, as tones."""
        number = self._number(port)
        checked = checked_digits(digits, port, self._streams.get(port))
        self._send(frames.SendDigits(number, checked, token))

    def listen(self, port: str, listening: Listening) -> None:
        """From now on listen for these, and for nothing else."""
        self._send(frames.Listen(self._number(port), listening))

    def record(self, port: str, recording: Recording) -> None:
        """Write until `stop_recording` or `close`. Lost time is written as silence: positions in the file are times."""
        number, path = self._number(port), check_recording(recording)
        self._files[number] = recording.file
        self._send(frames.Record(number, path, recording.format, recording.stereo, recording.both, recording.trim))

    def pause_recording(self, port: str, *, paused: bool) -> None:
        """Leave out what is said from now on, or go on writing."""
        self._send(frames.PauseRecording(self._number(port), paused))

    def stop_recording(self, port: str) -> Deferred[Recorded]:
        """Finish the file; fails with `EngineError` where nothing was recorded or the file could not be written."""
        done = Deferred[Recorded]()
        number = self._number(port)
        file = self._files.pop(number, Path())

        def answered(answer: frames.FromChild | EngineError) -> None:
            if isinstance(answer, frames.Finished):
                done.callback(Recorded(file, answer.seconds, answer.paused))
            else:
                done.errback(_fault(answer, "no recording"))

        self._send(frames.StopRecording(self._ask(answered), number))
        return done

    def bridge(self, one: str, other: str) -> None:
        """Each of the two ports sends what the other hears, instead of what it plays; digits are passed on too."""
        if one == other:
            raise EngineError(f"port {one} cannot be bridged with itself")
        self._send(frames.Bridge(self._number(one), self._number(other)))

    def unbridge(self, port: str) -> None:
        """Undo `bridge` for the port and its partner."""
        self._send(frames.Unbridge(self._number(port)))

    def join(self, port: str, room: str, role: Role = Role.SPEAKER, *, whisper_to: str | None = None) -> None:
        """Take part in the conference ``room``, or change the role in it; undoes a bridge.

        A `Role.WHISPERER` names the port that it talks to, which must be open; the other roles name none.
        """
        if (whisper_to is not None) != (role is Role.WHISPERER):
            raise EngineError("a whisperer, and nobody else, talks to one port")
        target = None if whisper_to is None else self._number(whisper_to)
        self._send(frames.Join(self._number(port), room, role, target))

    def leave(self, port: str) -> None:
        """Leave the conference, if the port is in one."""
        self._send(frames.Leave(self._number(port)))

    def send_packet(self, port: str, data: bytes, target: Address) -> None:
        """Send a datagram as it is (STUN, DTLS); not counted as media."""
        check_packet(data, target)
        self._send(frames.SendPacket(self._number(port), data, target))

    def figures(self, port: str) -> Deferred[PortFigures]:
        """Counts of a port."""
        told = Deferred[PortFigures]()

        def answered(answer: frames.FromChild | EngineError) -> None:
            if isinstance(answer, frames.Figures):
                told.callback(answer.figures)
            else:
                told.errback(_fault(answer, "no figures"))

        self._send(frames.AskFigures(self._ask(answered), self._number(port)))
        return told

    # What the packet process says

    def _heard(self, report: frames.FromChild) -> None:
        match report:
            case frames.Ready():
                if self._started is not None:
                    started, self._started = self._started, None
                    started.callback(None)
            case frames.Opened() | frames.Finished() | frames.Refused() | frames.Figures():
                self._requests.pop(report.request)(report)
            case _ if report.port in self._names:
                self._tell(_event(report, self._names[report.port]))
            case _:
                pass  # news of a port that has been closed meanwhile

    def _tell(self, event: EngineEvent) -> None:
        if self._listener is not None:
            self._listener(event)

    def _lost(self, reason: str) -> None:
        self._door = None
        for number in list(self._names):
            self._forget(number)
        if self._process is not None:
            reap(self._reactor, self._process).addCallback(self._gone, reason)

    def _gone(self, status: int, reason: str) -> None:
        self._process = None
        fault = EngineError(f"{reason} (status {status})")
        requests, self._requests = self._requests, {}
        for answered in requests.values():
            answered(fault)
        started, self._started = self._started, None
        ending, self._ending = self._ending, []
        if started is not None:
            started.errback(fault)
        elif not self._stopping:
            self._tell(EngineFailed(str(fault)))
        for done in ending:
            done.callback(None)

    # Small print

    def _number(self, port: str) -> int:
        number = self._ports.get(port)
        if number is None:
            raise EngineError(f"port {port} is not open")
        return number

    def _forget(self, number: int) -> None:
        name = self._names.pop(number, None)
        if name is not None:
            self._files.pop(number, None)
            del self._ports[name]
            self._streams.pop(name, None)

    def _ask(self, answered: Callable[[frames.FromChild | EngineError], None]) -> int:
        request = next(self._numbers)
        self._requests[request] = answered
        return request

    def _send(self, command: frames.ToChild) -> None:
        if self._door is not None:
            self._door.send(command)


def _event(report: frames.News, port: str) -> EngineEvent:
    match report:
        case frames.Ended(_, token, finished, detail, position):
            return PlayEnded(port, token, finished, detail, position)
        case frames.Digit(_, digit, at, in_band):
            return DigitReceived(port, digit, at, in_band)
        case frames.Speech(_, speaking, at):
            return SpeechChanged(port, speaking, at)
        case frames.Beep(_, frequency, at):
            return BeepHeard(port, frequency, at)
        case frames.Packet(_, data, source):
            return PacketReceived(port, data, source)
        case frames.Sent(_, token):
            return DigitsSent(port, token)


def _fault(answer: frames.FromChild | EngineError, otherwise: str) -> EngineError:
    if isinstance(answer, EngineError):
        return answer
    return EngineError(answer.reason if isinstance(answer, frames.Refused) else otherwise)
