"""One TCP connection of the control door, either end: frames, liveness, and a limit on what a slow reader may owe."""

import socket
from abc import abstractmethod
from typing import Final, cast
from typing import Protocol as Interface

from twisted.internet.base import ReactorBase
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from media_service.control.codec import Decoder, Kind, encode
from media_service.control.errors import FrameError
from media_service.control.messages import FromClient, FromService, Ping, Pong
from program.reactor import loop_of

PING_INTERVAL: Final = 5.0
SILENCE_LIMIT: Final = 15.0
"""Seconds without a byte after which the other end counts as gone."""
MAX_UNSENT_BYTES: Final = 8 << 20
"""What may wait for a reader that does not read; beyond it the connection is given up."""


class _Wire(Interface):
    """A TCP transport; Twisted declares it by zope interfaces, which the type checker cannot read."""

    def write(self, data: bytes) -> None: ...
    def getHandle(self) -> socket.socket: ...  # noqa: N802 - Twisted's name
    def loseConnection(self) -> None: ...  # noqa: N802 - Twisted's name
    def abortConnection(self) -> None: ...  # noqa: N802 - Twisted's name
    def unregisterProducer(self) -> None: ...  # noqa: N802 - Twisted's name
    def registerProducer(self, producer: object, streaming: bool) -> None: ...  # noqa: N802 - Twisted's name


class _Writers(Interface):
    """What is asked of the reactor: who has something left to write."""

    def getWriters(self) -> list[object]: ...  # noqa: N802 - Twisted's name


class ControlConnection(Protocol):
    """Turns bytes into messages for `message_received`; answers Ping; gives up a silent, slow or garbled peer.

    Sub-classes say what a message, a bad frame and the end mean. On a real reactor what is sent in one turn goes out
    as one piece at its end, straight to the socket: Twisted's own way over its list of writers costs three turns of
    the reactor and as many system calls for each piece. What the socket does not take at once goes that way.
    """

    log = Logger()
    reads: Kind

    def __init__(self, reactor: ReactorBase) -> None:
        self._decoder = Decoder(self.reads)
        self._liveness = LoopingCall(self._check_liveness)
        # ReactorBase provides IReactorTime; its declaration by zope.interface is not visible to the type checker.
        self._liveness.clock = cast("IReactorTime", reactor)
        self._silence = 0.0
        self._paused = False
        self._unsent = 0
        self._open = False
        self._reactor = reactor
        self._loop = loop_of(reactor)
        self._frames: list[bytes] = []
        self._behind = False
        """Twisted has, or had, something left to write: what comes now must wait behind it."""
        self.end_reason = ""

    def connection_opened(self) -> None:
        """The TCP connection stands."""

    @abstractmethod
    def message_received(self, message: FromClient | FromService) -> None:
        """A message other than Ping and Pong came."""

    def bad_frame(self, text: str) -> None:
        """What came is no message; the connection is closed after this."""

    def connection_ended(self, reason: str) -> None:
        """The connection is over."""

    def send_message(self, message: FromClient | FromService) -> None:
        """Send, unless the connection is over."""
        if not self._open:
            return
        frame = encode(message)
        if self._paused:
            self._unsent += len(frame)
            if self._unsent > MAX_UNSENT_BYTES:
                self.abort("does not read what is sent")
                return
        self._frames.append(frame)
        if self._loop is None:
            self._flush()
        elif len(self._frames) == 1:
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Write what has been sent in this turn."""
        data = b"".join(self._frames)
        self._frames.clear()
        if data and self._loop is not None:
            data = data[self._write_at_once(data) :]
        if data:
            self._behind = True
            self._wire.write(data)

    def _write_at_once(self, data: bytes) -> int:
        """Give the socket what it takes, and how many bytes that was; a fault of it is Twisted's to find."""
        self._behind = self._behind and self.transport in cast("_Writers", self._reactor).getWriters()
        if self._behind:
            return 0
        try:
            return self._wire.getHandle().send(data)
        except OSError:
            return 0

    def close(self, reason: str) -> None:
        """End the connection once what was sent has gone out; nothing more is read."""
        if self._open:
            self._open = False
            self.end_reason = self.end_reason or reason
            self._flush()
            # A paused producer would keep Twisted from closing once the rest has gone out.
            self._wire.unregisterProducer()
            self._wire.loseConnection()

    def abort(self, reason: str) -> None:
        """End the connection at once."""
        if self.transport is not None:
            self._open = False
            self._frames.clear()
            self.end_reason = self.end_reason or reason
            self._wire.abortConnection()

    @property
    def _wire(self) -> _Wire:
        return cast("_Wire", self.transport)

    # --- Twisted's side ---------------------------------------------------------------------------------------------

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Start the liveness check."""
        self._open = True
        # A second small frame would wait for the first one's acknowledgement: 40 ms of silence for a caller.
        send_at_once = getattr(self.transport, "setTcpNoDelay", None)
        if send_at_once is not None:
            send_at_once(True)
        self._wire.registerProducer(self, True)
        self._liveness.start(PING_INTERVAL, now=False)
        self.connection_opened()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Cut bytes into messages and hand each over."""
        if not self._open:
            return
        self._silence = 0.0
        try:
            messages = self._decoder.feed(data)
        except FrameError as error:
            for message in error.before:
                self._hand_over(message)
            if self._open:
                self.bad_frame(str(error))
                self.close(f"bad frame: {error}")
            return
        for message in messages:
            self._hand_over(message)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Stop the liveness check and tell."""
        self._open = False
        self._frames.clear()
        if self._liveness.running:
            self._liveness.stop()
        self.connection_ended(self.end_reason or reason.getErrorMessage())

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """The peer reads slower than is written."""
        self._paused = True

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """The peer has caught up."""
        self._paused = False
        self._unsent = 0

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Nothing more can be written."""
        self._open = False

    def _hand_over(self, message: FromClient | FromService) -> None:
        if not self._open:
            return
        match message:
            case Ping():
                self.send_message(Pong())
            case Pong():
                pass
            case _:
                # A defect behind the door must not take the connection, and with it every other call, down.
                try:
                    self.message_received(message)
                except Exception:  # noqa: BLE001 - whatever it is: logged whole
                    self.log.failure("while handling {kind}", kind=type(message).__name__)

    def _check_liveness(self) -> None:
        self._silence += PING_INTERVAL
        if self._silence > SILENCE_LIMIT:
            self.abort(f"silent for {SILENCE_LIMIT:g} s")
        else:
            self.send_message(Ping())
