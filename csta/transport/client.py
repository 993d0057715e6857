"""The application's side: one link to a switch that may have several addresses, kept up for ever."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from twisted.application.internet import backoffPolicy
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import ConnectingCancelledError
from twisted.python.failure import Failure

from csta.captures.records import Tap
from csta.dialects.dialect import Dialect, Profile
from csta.errors import RemoteError
from csta.messages import ErrorResponse, Event, Notice, Request
from csta.session import Phase, Session
from csta.session_events import Ending, Role, SessionSettings
from csta.session_settings import Credentials
from csta.states import SystemStatusValue
from csta.transport.link import (
    GOOD_STATUSES,
    Link,
    LinkAttemptObserver,
    LinkFactory,
    LinkNoticeObserver,
    LinkObserver,
    LinkProtocol,
    LinkStatusObserver,
)
from csta.transport.tls import Renewing, TlsSettings, client_options, explain

FIRST_RETRY_SECONDS: Final = 1.0
LAST_RETRY_SECONDS: Final = 30.0
RETRY_FACTOR: Final = 1.6
REFUSED_RETRY_SECONDS: Final = 60.0
"""The shortest pause after a login that was refused, because a fast one would lock the account."""
_AT_LEAST: Final = {
    Ending.CREDENTIALS_REFUSED: REFUSED_RETRY_SECONDS,
    Ending.RETRY_LATER: LAST_RETRY_SECONDS,
}
CONNECT_SECONDS: Final = 10.0
STAGGER_SECONDS: Final = 5.0
"""An address that is not up after so long gets company by the next one."""

# Twisted's source of chance is the only one that this package uses: 0 to 1.
_chance: Callable[[int], float] = backoffPolicy(0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a switch listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class _Line:
    """One address: a connection, an attempt at one, or the pause before the next; hears what its links tell."""

    def __init__(self, client: "LinkClient", address: Address) -> None:
        self._client = client
        self.address = address
        self.protocol: LinkProtocol | None = None
        self.attempt: Deferred[Any] | None = None
        self.started = 0.0
        self.retry_at = 0.0
        self._fruitless = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self.protocol is None and self.attempt is None

    @property
    def up(self) -> bool:
        """Whether its link is up."""
        return self.protocol is not None and self.protocol.session.phase is Phase.UP

    # --- connecting

    def connect(self, now: float) -> None:
        """Try to connect."""
        self.started = now
        self.attempt = self._client.connect(self.address, LinkFactory(self._make))
        self.attempt.addCallbacks(self._connected, self._failed)

    def _make(self) -> LinkProtocol:
        self.protocol = self._client.make_protocol(self, self._closed)
        return self.protocol

    def _connected(self, _protocol: object) -> None:
        self.attempt = None

    def _failed(self, failure: Failure) -> None:
        self.attempt = self.protocol = None
        if not isinstance(failure.value, ConnectingCancelledError):
            pause = self._pause(was_up=False, ending=Ending.LOST)
            self._client.attempt_failed(self.address, explain(failure), pause)
        self._client.drive()

    def _closed(self) -> None:
        protocol, self.protocol = self.protocol, None
        if protocol is not None:
            self._pause(was_up=protocol.session.was_up, ending=protocol.ending)
        self._client.drive()

    def _pause(self, *, was_up: bool, ending: Ending) -> float:
        self._fruitless = 0 if was_up else self._fruitless + 1
        pause = min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * RETRY_FACTOR ** min(self._fruitless, 50))
        pause = max(pause, _AT_LEAST.get(ending, 0.0))
        pause *= 1.0 + 0.5 * _chance(0)
        self.retry_at = self._client.now() + pause
        return pause

    def leave(self, reason: str) -> None:
        """Give up whatever is under way."""
        if self.protocol is not None:
            self.protocol.close(reason)
        elif self.attempt is not None:
            self.attempt.cancel()

    # --- what its links tell (LinkObserver, LinkStatusObserver)

    def link_up(self, link: Link) -> None:
        """Serve, or stand by."""
        self._client.line_up(self, link)

    def link_down(self, link: Link, reason: str) -> None:
        """Tell it on; another address takes over."""
        self._client.line_down(self, link, reason)

    def event_received(self, link: Link, event: Event) -> None:
        """Tell it on."""
        if self._client.serving is self:
            self._client.observer.event_received(link, event)

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        """Tell it on; who stands by has nothing to answer."""
        if self._client.serving is self:
            self._client.observer.request_received(link, invoke_id, request)
        else:
            link.respond(invoke_id, ErrorResponse(category="stateIncompatibility", value="invalidObjectState"))

    def fault(self, link: Link, text: str, raw: bytes) -> None:
        """Tell it on."""
        self._client.observer.fault(link, text, raw)

    def notice_received(self, link: Link, notice: Notice) -> None:
        """Tell it on."""
        observer = self._client.observer
        if self._client.serving is self and isinstance(observer, LinkNoticeObserver):
            observer.notice_received(link, notice)
        else:
            observer.fault(link, f"{type(notice).__name__} is not expected here", b"")

    def notice_refused(self, link: Link, notice: Notice, error: RemoteError) -> None:
        """Tell it on."""
        observer = self._client.observer
        if isinstance(observer, LinkNoticeObserver):
            observer.notice_refused(link, notice, error)
        else:
            observer.fault(link, f"{type(notice).__name__} was refused: {error}", b"")

    def status_changed(self, link: Link, status: SystemStatusValue) -> None:
        """Tell it on; a switch that calls itself disabled is left."""
        self._client.status_changed(self, link, status)


class LinkClient:
    """Keeps one link to a switch: connects, and connects again with growing, jittered pauses whenever it is lost.

    A switch with several addresses (``others``) is tried in their order. The first that comes up serves, and of its
    link alone the observer hears that it is up; when that is lost, or the switch calls itself disabled, another one
    takes over, and there is no going back before that is lost in turn. With ``warm_standby`` the others are connected
    and logged in meanwhile. The pauses are each address's own and begin anew only after its link was really up, so that
    a switch which accepts and drops is not hammered.

    ``reactor`` offers IReactorTime, IReactorTCP and IReactorPluggableNameResolver. ``tap`` is told all that passes.
    ``profile`` and ``credentials`` are those of `Session`; after a login that was refused for them the pause is a
    minute at least.

    Raises:
        SessionError: The dialect has no such profile.
        TlsError: The TLS settings cannot be used.
    """

    def __init__(  # noqa: PLR0917 - the order is the same everywhere: where, how, who
        self,
        reactor: Any,  # noqa: ANN401 - several interfaces in one
        host: str,
        port: int,
        dialect: Dialect,
        settings: SessionSettings,
        observer: LinkObserver,
        *,
        tap: Tap | None = None,
        tls: TlsSettings | None = None,
        profile: Profile | str | None = None,
        credentials: Credentials | None = None,
        others: Sequence[Address] = (),
        warm_standby: bool = False,
    ) -> None:
        self._reactor = reactor
        self._make_session: Callable[[], Session] = lambda: Session(
            Role.COMPUTING_FUNCTION, dialect, settings, profile=profile, credentials=credentials
        )
        self._make_session()  # refuses a profile that the dialect has not, now and not at the first connection
        self._tap = tap
        self.observer = observer
        self._warm = warm_standby
        self._lines = [_Line(self, address) for address in (Address(host, port), *others)]
        hosts = {line.address.host for line in self._lines}
        self._tls = {} if tls is None else {one: _renewing(tls, one) for one in hosts}
        self.serving: _Line | None = None
        """The address that serves."""
        self._running = False
        self._timer: Any = None
        self._stopping: list[Deferred[None]] = []

    @property
    def link(self) -> Link | None:
        """The link that serves; without one, that of a connection which is coming up, or None."""
        lines = [self.serving] if self.serving is not None else self._lines
        open_ones = (line.protocol for line in lines if line is not None and line.protocol is not None)
        return next((one.link for one in open_ones if one.session.phase in {Phase.OPENING, Phase.UP}), None)

    def start(self) -> None:
        """Begin to connect."""
        self._running = True
        self.drive()

    def stop(self) -> Deferred[None]:
        """Close the links and connect no more; the result comes when the connections are closed."""
        self._running = False
        for line in self._lines:
            line.leave("closed by us")
        if all(line.idle for line in self._lines):
            return succeed(None)
        stopped: Deferred[None] = Deferred()
        self._stopping.append(stopped)
        return stopped

    # --- for the lines

    def now(self) -> float:
        """The time of the reactor's clock."""
        seconds: float = self._reactor.seconds()
        return seconds

    def make_protocol(self, line: _Line, closed: Callable[[], None]) -> LinkProtocol:
        """Make the protocol of a connection of this line."""
        return LinkProtocol(self._reactor, self._make_session(), line, self._tap, closed)

    def connect(self, address: Address, factory: LinkFactory) -> Deferred[Any]:
        """Connect to an address."""
        endpoint: Any = HostnameEndpoint(self._reactor, address.host, address.port, timeout=CONNECT_SECONDS)
        secured = self._tls.get(address.host)
        if secured is not None:
            endpoint = wrapClientTLS(secured.now(), endpoint, self._reactor)
        attempt: Deferred[Any] = endpoint.connect(factory)
        return attempt

    def attempt_failed(self, address: Address, reason: str, pause: float) -> None:
        """Tell who wants to know."""
        if isinstance(self.observer, LinkAttemptObserver):
            self.observer.attempt_failed(str(address), reason, pause)

    def line_up(self, line: _Line, link: Link) -> None:
        """The first that is up serves; the others stand by, or leave where none shall."""
        if self.serving is None:
            self._serve(line, link)
        elif not self._warm:
            line.leave("another address serves")

    def _serve(self, line: _Line, link: Link) -> None:
        self.serving = line
        self.observer.link_up(link)
        for other in self._lines:
            if other is not line and not self._warm:
                other.leave("another address serves")

    def line_down(self, line: _Line, link: Link, reason: str) -> None:
        """The next that is up takes over; in warm standby that is at once."""
        if self.serving is line:
            self.serving = None
        self.observer.link_down(link, reason)
        standby = next((one for one in self._lines if one.up), None) if self.serving is None else None
        if standby is not None and standby.protocol is not None and self._running:
            self._serve(standby, standby.protocol.link)
        self.drive()

    def status_changed(self, line: _Line, link: Link, status: SystemStatusValue) -> None:
        """Tell the status of the address that serves; leave one that calls itself disabled."""
        if self.serving is line:
            if isinstance(self.observer, LinkStatusObserver):
                self.observer.status_changed(link, status)
            elif status not in GOOD_STATUSES:
                self.observer.fault(link, f"the peer reports the status {status}", b"")
        if status is SystemStatusValue.DISABLED:
            line.leave("the switch calls itself disabled")

    # --- which address is tried when

    def drive(self) -> None:
        """Begin what is due, and arm the timer for the next."""
        if not self._running:
            self._settle_stop()
            return
        if self.serving is None or self._warm:
            for line in self._lines:
                self._begin(line)
        self._arm()

    def _begin(self, line: _Line) -> None:
        now = self.now()
        alone = self._warm or all(one.idle or now >= one.started + STAGGER_SECONDS for one in self._lines)
        if line.idle and now >= line.retry_at and alone:
            line.connect(now)

    def _arm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        waiting = [line for line in self._lines if line.idle]
        if not waiting or (self.serving is not None and not self._warm):
            return
        at = min(line.retry_at for line in waiting)
        busy = [line.started + STAGGER_SECONDS for line in self._lines if not line.idle]
        if busy and not self._warm:
            at = max(at, *busy)
        self._timer = self._reactor.callLater(max(0.0, at - self.now()), self.drive)

    def _settle_stop(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if all(line.idle for line in self._lines):
            stopping, self._stopping = self._stopping, []
            for one in stopping:
                one.callback(None)


def _renewing(tls: TlsSettings, host: str) -> Renewing[Any]:
    return Renewing(tls, lambda: client_options(tls, host))
