"""`PureEngine`: the packet engine in plain Python, its packets moved by a child process of its own."""

import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, fail, succeed

from media_service.engine.arguments import (
    check_stream,
    checked_digits,
    even_ports,
    file_path,
    numeric_host,
    playlist_paths,
)
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
from media_service.engine.pure import frames
from media_service.engine.pure.door import Door, reap, start_process


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

    # Life

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

    def open(self, port: str) -> Deferred[Address]:
        """Bind a UDP port and tell its address. Fails with `EngineError` where none is free."""
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
        host = numeric_host(stream.remote.host)
        check_stream(stream)
        self._streams[port] = stream
        self._send(
            frames.Connect(
                port=number,
                host=host,
                remote_port=stream.remote.port,
                encoding=stream.encoding.value,
                payload_type=stream.payload_type,
                digit_payload_type=stream.digit_payload_type,
                sending=stream.sending,
            )
        )

    def play(self, port: str, playlist: Playlist, token: str) -> None:
        """Play; what played before on this port ends unfinished.

        Begins once the port is connected. A file that cannot be played ends the playlist before its first sample, with
        the reason in `PlayEnded.detail`.
        """
        number = self._number(port)
        self._send(frames.Play(number, playlist_paths(playlist), playlist.loop, token))

    def stop(self, port: str) -> None:
        """Stop what plays."""
        self._send(frames.Stop(self._number(port)))

    def send_digits(self, port: str, digits: str, token: str) -> None:
        """Send RFC 4733 events for ``digits`` (0-9, *, #, A-D), 100 ms each with 100 ms between.

        Raises `EngineError` where the far end offers no telephone-event.
        """
        number = self._number(port)
        checked = checked_digits(digits, port, self._streams.get(port))
        self._send(frames.SendDigits(number, checked, token))

    def record(self, port: str, file: Path) -> None:
        """Write what is heard on the port into a WAV file until `stop_recording` or `close`.

        Lost time is written as silence, so that positions in the file are times.
        """
        self._send(frames.Record(self._number(port), file_path(file)))

    def stop_recording(self, port: str) -> Deferred[None]:
        """Finish the file; fails with `EngineError` where nothing was recorded or the file could not be written."""
        done = Deferred[None]()

        def answered(answer: frames.FromChild | EngineError) -> None:
            if isinstance(answer, frames.Done):
                done.callback(None)
            else:
                done.errback(_fault(answer, "no recording"))

        self._send(frames.StopRecording(self._ask(answered), self._number(port)))
        return done

    def bridge(self, one: str, other: str) -> None:
        """Each of the two ports sends what the other hears, instead of what it plays; digits are passed on too."""
        if one == other:
            raise EngineError(f"port {one} cannot be bridged with itself")
        self._send(frames.Bridge(self._number(one), self._number(other)))

    def unbridge(self, port: str) -> None:
        """Undo `bridge` for the port and its partner."""
        self._send(frames.Unbridge(self._number(port)))

    def figures(self, port: str) -> Deferred[PortFigures]:
        """Counts of a port."""
        told = Deferred[PortFigures]()

        def answered(answer: frames.FromChild | EngineError) -> None:
            if isinstance(answer, frames.Figures):
                told.callback(PortFigures(answer.sent, answer.received, answer.lost, answer.longest_gap))
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
            case frames.Ended(number, token, finished, detail) if number in self._names:
                self._tell(PlayEnded(self._names[number], token, finished, detail))
            case frames.Digit(number, digit, at) if number in self._names:
                self._tell(DigitReceived(self._names[number], digit, at))
            case frames.Sent(number, token) if number in self._names:
                self._tell(DigitsSent(self._names[number], token))
            case frames.Opened() | frames.Done() | frames.Refused() | frames.Figures():
                self._requests.pop(report.request)(report)
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
            del self._ports[name]
            self._streams.pop(name, None)

    def _ask(self, answered: Callable[[frames.FromChild | EngineError], None]) -> int:
        request = next(self._numbers)
        self._requests[request] = answered
        return request

    def _send(self, command: frames.ToChild) -> None:
        if self._door is not None:
            self._door.send(command)


def _fault(answer: frames.FromChild | EngineError, otherwise: str) -> EngineError:
    if isinstance(answer, EngineError):
        return answer
    return EngineError(answer.reason if isinstance(answer, frames.Refused) else otherwise)
