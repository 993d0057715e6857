"""One link: moves bytes, events and the one timer between a session and Twisted."""

from collections.abc import Callable
from typing import Any, Final, Protocol, runtime_checkable

from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from csta.captures.records import Tap, Way
from csta.errors import LinkLost, RemoteError
from csta.messages import ErrorResponse, Event, Notice, Request, Response, SystemStatus
from csta.session import Phase, Session
from csta.session_events import (
    Ending,
    EventReceived,
    Fault,
    LinkDown,
    LinkUp,
    NoticeReceived,
    NoticeRefused,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    Role,
    SessionEvent,
    StatusReceived,
)
from csta.states import SystemStatusValue
from csta.transport.tls import explain

CLOSE_SECONDS: Final = 5.0
"""How long a closing link may take to write what is left before it is cut."""
MAX_UNSENT_BYTES: Final = 8 << 20
"""A peer that leaves so much unread has stopped reading; its link is closed rather than the memory filled."""


class LinkObserver(Protocol):
    """Who is told what happens on links. A defect in one of these methods is logged, and the link goes on."""

    def link_up(self, link: "Link") -> None:
        """The application is registered: requests and events may be sent."""

    def link_down(self, link: "Link", reason: str) -> None:
        """The link is gone for good (a client makes a new one); told once, also for one that never was up."""

    def event_received(self, link: "Link", event: Event) -> None:
        """The switch reports an event; events come in the order in which they were sent."""

    def request_received(self, link: "Link", invoke_id: int, request: Request) -> None:
        """The peer asks: answer with `Link.respond`, now or later, exactly once."""

    def fault(self, link: "Link", text: str, raw: bytes) -> None:
        """Something odd was survived: one line for the log, and the bytes in question."""


@runtime_checkable
class LinkStatusObserver(Protocol):
    """An observer that also wants the peer's status; others are told of a bad one by `LinkObserver.fault`."""

    def status_changed(self, link: "Link", status: SystemStatusValue) -> None:
        """The peer's status changed; after ``MESSAGES_LOST`` every monitored device needs a new snapshot."""


@runtime_checkable
class LinkNoticeObserver(Protocol):
    """An observer that also takes messages without answers, of the routing dialogue or segments of a snapshot.

    Others are told of them by `LinkObserver.fault`.
    """

    def notice_received(self, link: "Link", notice: Notice) -> None:
        """The peer sends a notice; notices and events come in the order in which they were sent."""

    def notice_refused(self, link: "Link", notice: Notice, error: RemoteError) -> None:
        """The peer refuses a notice that was sent with `Link.send_notice`."""


@runtime_checkable
class LinkAttemptObserver(Protocol):
    """An observer that also wants to know why no connection comes about."""

    def attempt_failed(self, peer: str, reason: str, pause: float) -> None:
        """No connection to ``peer`` (``host:port``); it is tried again after ``pause`` seconds."""


GOOD_STATUSES: Final = frozenset(
    {SystemStatusValue.ENABLED, SystemStatusValue.NORMAL, SystemStatusValue.OVERLOAD_RELIEVED}
)


class Link:
    """One association with a peer. Made by `LinkClient` and `listen`; a new connection is a new link."""

    def __init__(self, protocol: "LinkProtocol", peer: str) -> None:
        self._protocol = protocol
        self.peer = peer
        """The peer's address, for the log."""

    def __repr__(self) -> str:
        return f"<Link {self.peer} {'up' if self.up else 'not up'}>"

    @property
    def up(self) -> bool:
        """Whether requests and events may be sent."""
        return self._protocol.session.phase is Phase.UP

    def request(self, request: Request) -> Deferred[Response]:
        """Send a request; the result is its positive response.

        Fails with `ServiceRefused`, `RequestTimedOut` or `LinkLost`; with `MessageError` where the answer is garbled;
        with `EncodeError`, `FrameTooLargeError` or `TooManyRequestsError` where it cannot be sent.
        """
        return self._protocol.request(request)

    def respond(self, invoke_id: int, response: Response | ErrorResponse) -> None:
        """Answer a request of the peer; nothing happens where the link is gone.

        Raises:
            LocalError: No such request waits, or the response cannot be sent.
        """
        self._protocol.act(lambda session, now: session.send_response(invoke_id, response, now), Phase.OPENING)

    def notify(self, event: Event) -> None:
        """Report an event; nothing happens where the link is not up, because a new one starts with snapshots.

        Raises:
            EncodeError, FrameTooLargeError: The event cannot be sent.
        """
        self._protocol.act(lambda session, now: session.send_event(event, now))

    def send_notice(self, notice: Notice) -> None:
        """Send a message that has no answer; nothing happens where the link is not up.

        Raises:
            EncodeError, FrameTooLargeError: The notice cannot be sent.
        """
        self._protocol.act(lambda session, now: session.send_notice(notice, now))

    def tell_status(self, status: SystemStatusValue) -> None:
        """Tell the peer how we are, at once and from now on with every sign of life.

        Lost messages are told once: what comes after them is normal.
        """
        self._protocol.tell_status(status)

    def close(self) -> None:
        """Release the association, then close the connection; `LinkObserver.link_down` follows."""
        self._protocol.close()


class LinkProtocol(TwistedProtocol):
    """Moves bytes, events and the one timer between a session and Twisted."""

    _log = Logger(namespace="csta.transport")
    transport: Any  # a TCP transport, whose interfaces zope declares without types

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - two interfaces
        session: Session,
        observer: LinkObserver,
        tap: Tap | None = None,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        self._reactor = reactor
        self.session = session
        self._observer = observer
        self._tap = tap
        self._closed = closed
        self._waiting: dict[int, Deferred[Response]] = {}
        self._timer: Any = None
        self._abort: Any = None
        self._unsent = bytearray()
        self._paused = False
        self._pumping = False
        self._close_reason = ""
        self._shutting = False
        self.ending = Ending.LOST
        """What the end of the link means for the next attempt."""
        self.link = Link(self, "")

    # --- from Twisted

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """The stream is open: the session begins."""
        address = self.transport.getPeer()
        self.link.peer = f"{getattr(address, 'host', address)}:{getattr(address, 'port', '')}".rstrip(":")
        if hasattr(self.transport, "setTcpNoDelay"):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)
        self.transport.registerProducer(self, True)
        self._record(Way.OPEN)
        self.session.connection_made(self._reactor.seconds())
        self._pump()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Bytes came."""
        self._record(self._received, data)
        self.session.receive_data(data, self._reactor.seconds())
        self._pump()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """The stream is closed: the session ends."""
        self._paused = self._shutting = True
        self._unsent.clear()
        if self._abort is not None and self._abort.active():
            self._abort.cancel()
        # From here on there is nothing to close any more.
        self._close_reason = self._close_reason or explain(reason)
        self._record(Way.CLOSED, self._close_reason.encode())
        self.session.connection_lost(self._reactor.seconds(), self._close_reason)
        self._pump()
        self._closed()

    @property
    def _received(self) -> Way:
        return Way.IN if self.session.role is Role.COMPUTING_FUNCTION else Way.OUT

    def _record(self, way: Way, data: bytes = b"") -> None:
        if self._tap is not None:
            self._tap(self.link.peer, way, data)

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """The peer reads too slowly: keep what is to be sent."""
        self._paused = True

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """The peer has read: send what was kept."""
        self._paused = False
        self._flush()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Nothing can be sent any more."""
        self._paused = True

    # --- from the link

    def request(self, request: Request) -> Deferred[Response]:
        """As `Link.request`."""
        if self.session.phase is not Phase.UP:
            return fail(LinkLost("the link is not up"))
        result: Deferred[Response] = Deferred()

        def send() -> None:
            self._waiting[self.session.send_request(request, self._reactor.seconds())] = result

        # What the session refuses to send fails the request, like every other fate.
        sending = maybeDeferred(send)
        sending.addErrback(result.errback)
        self._pump()
        return result

    def act(self, action: Callable[[Session, float], None], *phases: Phase) -> None:
        """Do something with the session if it is up, or in one of the phases."""
        if self.session.phase in {Phase.UP, *phases}:
            action(self.session, self._reactor.seconds())
            self._pump()

    def tell_status(self, status: SystemStatusValue) -> None:
        """As `Link.tell_status`; a peer that does not take it hears the next sign of life."""
        lost = status is SystemStatusValue.MESSAGES_LOST
        self.session.own_status = SystemStatusValue.NORMAL if lost else status
        self.request(SystemStatus(system_status=status)).addErrback(self._status_untold)

    def _status_untold(self, failure: Failure) -> None:
        if self.session.phase is Phase.UP:
            text = f"the peer did not take our status: {failure.getErrorMessage()}"
            self._call(self._observer.fault, self.link, text, b"")

    def close(self, reason: str = "closed by us") -> None:
        """As `Link.close`, with the reason that the observer is told."""
        if self._close_reason or self.transport is None:
            return
        self._close_reason = reason
        self.session.close(self._reactor.seconds())
        self._pump()

    def _shut(self) -> None:
        """Close the stream once everything is written."""
        if self._shutting:
            return
        self._shutting = True
        self._close_reason = self._close_reason or "link ended"
        # A registered producer would keep Twisted from closing.
        self.transport.unregisterProducer()
        self._paused = False
        self._flush()
        self.transport.loseConnection()
        # A peer that reads nothing would keep the connection open for ever.
        self._abort = self._reactor.callLater(CLOSE_SECONDS, self.transport.abortConnection)

    # --- the pump

    def _pump(self) -> None:
        """Write what is to be written, tell what is to be told, until nothing is left; then arm the timer."""
        if self._pumping:
            return
        self._pumping = True
        try:
            self._flush()
            while (event := self.session.next_event()) is not None:
                self._tell(event)
                self._flush()
        finally:
            self._pumping = False
        if self.session.close_wanted():
            self._shut()
        self._arm()

    def _flush(self) -> None:
        data = self.session.data_to_send()
        if not data and not self._unsent:
            return
        self._unsent += data
        if not self._paused:
            data = bytes(self._unsent)
            self._unsent.clear()
            self._record(Way.OUT if self._received is Way.IN else Way.IN, data)
            self.transport.write(data)
        elif len(self._unsent) > MAX_UNSENT_BYTES and not self._close_reason:
            self._close_reason = f"the peer does not read: {len(self._unsent)} bytes unsent"
            self.transport.abortConnection()

    def _tell(self, event: SessionEvent) -> None:
        link = self.link
        match event:
            case EventReceived(received):
                self._call(self._observer.event_received, link, received)
            case ResponseReceived(invoke_id, _, response):
                self._waiting.pop(invoke_id).callback(response)
            case RequestFailed(invoke_id, _, error):
                self._waiting.pop(invoke_id).errback(error)
            case RequestReceived(invoke_id, request):
                self._call(self._observer.request_received, link, invoke_id, request)
            case LinkUp():
                self._call(self._observer.link_up, link)
            case LinkDown(reason, ending):
                self.ending = ending
                ours = ending is Ending.CLOSED and self._close_reason
                self._call(self._observer.link_down, link, self._close_reason if ours else reason)
            case StatusReceived(status):
                self._tell_status(status)
            case NoticeReceived() | NoticeRefused():
                self._tell_notice(event)
            case Fault(text, raw):
                self._call(self._observer.fault, link, text, raw)

    def _tell_notice(self, event: NoticeReceived | NoticeRefused) -> None:
        observer, name = self._observer, type(event.notice).__name__
        if not isinstance(observer, LinkNoticeObserver):
            told = "is not expected here" if isinstance(event, NoticeReceived) else f"was refused: {event.error}"
            self._call(observer.fault, self.link, f"{name} {told}", b"")
        elif isinstance(event, NoticeReceived):
            self._call(observer.notice_received, self.link, event.notice)
        else:
            self._call(observer.notice_refused, self.link, event.notice, event.error)

    def _tell_status(self, status: SystemStatusValue) -> None:
        if isinstance(self._observer, LinkStatusObserver):
            self._call(self._observer.status_changed, self.link, status)
        elif status not in GOOD_STATUSES:
            self._call(self._observer.fault, self.link, f"the peer reports the status {status}", b"")

    def _call(self, method: Callable[..., None], *arguments: object) -> None:
        """Call the observer; a defect of its own must not take the link down."""
        try:
            method(*arguments)
        except Exception:  # noqa: BLE001 - whatever the defect is, it is logged, and the link goes on
            self._log.failure("observer of {link} failed", link=self.link)

    def _arm(self) -> None:
        """Set the one timer; one that fires too early does no harm, so a later deadline leaves it alone.

        All that comes puts the next heartbeat off, so that a timer of its own for each would be most of the timers.
        """
        at = self.session.get_timer()
        if self._timer is not None and self._timer.active():
            if at is not None and self._timer.getTime() <= at:
                return
            self._timer.cancel()
        self._timer = None
        if at is not None:
            delay = max(0.0, at - self._reactor.seconds())
            self._timer = self._reactor.callLater(delay, self._timer_due)

    def _timer_due(self) -> None:
        self._timer = None
        self.session.handle_timer(self._reactor.seconds())
        self._pump()


class LinkFactory(Factory):
    """Makes the protocol of each connection; one that ``admits`` does not let in is closed at once."""

    noisy = False

    def __init__(self, make: Callable[[], LinkProtocol], admits: Callable[[], bool] = lambda: True) -> None:
        self._make = make
        self._admits = admits

    def buildProtocol(self, addr: IAddress | None) -> LinkProtocol | None:  # noqa: N802, ARG002 - Twisted's signature
        """Make the protocol of one connection."""
        return self._make() if self._admits() else None
