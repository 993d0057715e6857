"""One stream to a peer: messages in and out, keep-alives, and the time and bytes that the peer may cost."""

from collections.abc import Callable
from typing import Protocol, cast

from twisted.internet.base import DelayedCall
from twisted.internet.protocol import Protocol as StreamProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from sip.errors import SipSyntaxError
from sip.events import Endpoint
from sip.transport.framing import Framing
from sip.transport.limits import StreamLimits


class StreamClock(Protocol):
    """What is used of a reactor's clock."""

    def seconds(self) -> float:
        """Unix time."""

    def callLater(self, delay: float, callable: Callable[[], object]) -> DelayedCall:  # noqa: A002, N802 - Twisted's
        """Call later."""


class StreamOwner(Protocol):
    """Who has the connections, and hears what comes of them."""

    clock: StreamClock
    limits: StreamLimits

    def stream_made(self, stream: "Stream") -> None:
        """Messages may be sent."""

    def stream_received(self, stream: "Stream", message: bytes) -> None:
        """A message came."""

    def stream_broken(self, stream: "Stream", reason: str, data: bytes) -> None:
        """The peer sent what is no SIP, or passed a limit; the connection is being closed."""

    def stream_expired(self, stream: "Stream", reason: str) -> None:
        """Nobody has used the connection, or nobody is there any more; it is being closed."""

    def stream_lost(self, stream: "Stream", reason: str) -> None:
        """The connection is gone."""


class _Wire(Protocol):
    """What is used of a connection; Twisted's own is not annotated."""

    def write(self, data: bytes) -> object:
        """Send."""

    def loseConnection(self) -> object:  # noqa: N802 - Twisted's
        """Close once all is sent."""

    def abortConnection(self) -> object:  # noqa: N802 - Twisted's
        """Close at once."""

    def registerProducer(self, producer: object, streaming: bool) -> object:  # noqa: N802 - Twisted's
        """Tell ``producer`` when the peer does not read."""


class Stream(StreamProtocol):
    """One connection over TCP, TLS or WebSocket.

    ``peer`` is its key: the address of the other side, and the transport. ``dialled`` tells whether we opened it.
    """

    def __init__(self, owner: StreamOwner, peer: Endpoint, framing: Framing, *, dialled: bool, name: str = "") -> None:
        self.peer = peer
        self.dialled = dialled
        self.name = name
        self._owner = owner
        self._framing = framing
        self._made = False
        self._watch: DelayedCall | None = None
        self._begun: float | None = None  # when the message under way began
        self._heard_whole = False
        self._pinged: float | None = None  # when the ping was sent that is not answered yet
        self._answers_pings = peer.transport in {"ws", "wss"}  # RFC 6455 5.5.2 leaves no choice
        self._last_ping = self._last_byte = 0.0
        self._full = False
        self._unsent = 0
        self._ended = False

    # --- what Twisted calls

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's
        """The connection stands."""
        self._last_byte = self._last_ping = self._begun = self._now()
        # A small message right behind another must not wait until the peer's TCP has acknowledged that.
        send_at_once = getattr(self.transport, "setTcpNoDelay", None)
        if send_at_once is not None:
            send_at_once(True)
        self._wire.registerProducer(self, streaming=True)
        self._set_watch()
        self._tell_when_ready()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's
        """Bytes came."""
        if self._ended:
            return
        self._heard(data)
        try:
            messages = self._framing.receive(data)
        except SipSyntaxError as fault:
            self._write(self._framing.reply())
            self.close(fault.reason, data)
            return
        self._write(self._framing.reply())
        self._tell_when_ready()
        self._note_beginning(data, whole=bool(messages))
        for message in messages:
            self._owner.stream_received(self, message)
        if self._framing.broken:
            self.close(self._framing.broken, data)
        elif self._framing.over:
            self._leave()

    def _note_beginning(self, data: bytes, *, whole: bool) -> None:
        """Remember since when a message is under way."""
        if self._framing.waiting:
            if whole or self._begun is None:
                self._begun = self._now()
                self._heard_whole = self._heard_whole or whole
                self._set_watch()
        elif whole or self._heard_whole or not data.strip(b"\r\n"):
            self._begun, self._heard_whole = None, True

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's
        """The connection is gone."""
        self._ended = True
        if self._watch is not None and self._watch.active():
            self._watch.cancel()
        self._watch = None
        self._owner.stream_lost(self, reason.getErrorMessage())

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's
        """The peer does not read: count what waits for it."""
        self._full = True

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's
        """The peer has read."""
        self._full, self._unsent = False, 0

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's
        """The connection is closing."""

    # --- what the owner wants

    def send(self, message: bytes) -> None:
        """Send one message; a peer that lets too many bytes wait is cut off."""
        self._write(self._framing.frame(message))

    def close(self, reason: str, data: bytes = b"") -> None:
        """Tell why, and close at once: nothing that the peer says now can be trusted."""
        if not self._ended:
            self._owner.stream_broken(self, reason, data)
            self._leave()

    def abort(self) -> None:
        """Close at once, without a word."""
        self._ended = True
        self._wire.abortConnection()

    # --- inside

    @property
    def _wire(self) -> _Wire:
        return cast("_Wire", self.transport)

    def _now(self) -> float:
        return self._owner.clock.seconds()

    def _tell_when_ready(self) -> None:
        if self._framing.ready and not self._made:
            self._made = True
            self._owner.stream_made(self)

    def _heard(self, data: bytes) -> None:
        self._last_byte = self._now()
        if self._pinged is not None:
            self._pinged = None
            self._answers_pings = self._answers_pings or not data.strip(b"\r\n")

    def _write(self, data: bytes) -> None:
        if not data or self._ended or self.transport is None:
            return
        self._last_byte = self._now()
        if self._full:
            self._unsent += len(data)
            if self._unsent > self._owner.limits.unsent:
                self.close(f"peer does not read: {self._unsent} bytes wait")
                return
        self._wire.write(data)

    def _leave(self) -> None:
        """Close: what was written last, such as an answer to a handshake, goes out where the peer reads it."""
        self._ended = True
        if self._full:
            self._wire.abortConnection()
            return
        self._wire.loseConnection()
        self._set_watch()

    # --- time

    def _deadlines(self) -> list[tuple[float, Callable[[], object]]]:
        limits = self._owner.limits
        if self._ended:
            return [(self._last_byte + limits.pong, self._wire.abortConnection)]  # a peer that does not let go
        found: list[tuple[float, Callable[[], object]]] = [
            (self._last_byte + limits.idle, lambda: self._expire("idle for too long"))
        ]
        if self._begun is not None:
            patience = limits.message if self._heard_whole else limits.first_message
            found.append((self._begun + patience, lambda: self._too_slow(patience)))
        if self._made and (self.dialled or self.peer.transport in {"ws", "wss"}):
            found.append((self._last_ping + limits.ping, self._ping))
        if self._pinged is not None and self._answers_pings:
            found.append((self._pinged + limits.pong, lambda: self._expire("keep-alive not answered")))
        return found

    def _too_slow(self, patience: float) -> None:
        reason = f"no whole message within {patience:g} s"
        if self._framing.waiting:
            self.close(reason)
        else:
            self._expire(reason)

    def _expire(self, reason: str) -> None:
        self._owner.stream_expired(self, reason)
        self._leave()

    def _set_watch(self) -> None:
        due = min(when for when, _ in self._deadlines())
        if self._watch is not None and self._watch.active():
            if self._watch.getTime() <= due:
                return
            self._watch.cancel()
        self._watch = self._owner.clock.callLater(max(0.0, due - self._now()), self._look)

    def _look(self) -> None:
        self._watch = None
        now = self._now()
        for when, act in self._deadlines():
            if when <= now:
                act()
                break
        if not self._ended:
            self._set_watch()

    def _ping(self) -> None:
        self._last_ping = self._pinged = self._now()
        self._write(self._framing.ping())
