"""A CSTA link for a few questions: connect, log in, ask, close; used by the commands that look at a PBX."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeoutError

from csta.dialects.dialect import Dialect, Profile
from csta.dialects.variations import varied
from csta.errors import CstaError, LinkLost, RequestRejected, RequestTimedOut, ServiceRefused
from csta.messages import ErrorResponse, Event, Request, Response
from csta.session_events import SessionSettings
from csta.session_settings import Credentials
from csta.states import SystemStatusValue
from csta.transport import Address, Link, LinkClient, TlsSettings
from cti_server.cli.csta.trace import dialect_named
from cti_server.settings import LinkSettings
from cti_server.settings.links import SecretError, credentials

CONNECT_SECONDS: Final = 15.0
"""For connection and log-in together."""
ASK_SECONDS: Final = 8.0
_UNSUPPORTED: Final = frozenset(
    {
        "serviceNotSupported",
        "serviceNotSupportedByDevice",
        "featureNotSupported",
        "requestNotCompatibleWithObject",
        "mediaNotSupported",
    }
)


class UnreachableError(Exception):
    """The PBX cannot be reached, or does not let us in; the text says why."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question has no answer; ``unsupported``: the PBX has no such service, rather than no such object."""

    text: str
    unsupported: bool = False
    lost: bool = False
    """Nothing can be asked any more."""


def _refusal(fault: CstaError) -> Refusal:
    match fault:
        case ServiceRefused(category=category, value=value):
            return Refusal(f"{category}/{value}" if value else category, unsupported=value in _UNSUPPORTED)
        case RequestRejected(problem=problem):
            return Refusal(str(fault), unsupported=problem == "invoke")
        case RequestTimedOut():
            return Refusal(f"no answer within {ASK_SECONDS:g} s")
        case LinkLost():
            return Refusal(str(fault), lost=True)
    return Refusal(str(fault))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where a PBX is and how it is spoken with; ``profile`` None is the dialect's default."""

    host: str
    port: int
    dialect: Dialect
    profile: Profile | str | None = None
    credentials: Credentials | None = None
    tls: TlsSettings | None = None
    others: Sequence[Address] = ()
    """Further addresses of the same PBX."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Asker:
    """One link, by which questions are asked one after the other; `open_` it first, `close` it at the end."""

    def __init__(self, reactor: ReactorBase, way: Way) -> None:
        self.status: SystemStatusValue | None = None
        """The PBX's last status."""
        self.faults: list[str] = []
        """What was odd on the link."""
        self._reactor: Any = reactor
        self._way = way
        self._link: Link | None = None
        self._failed: set[str] = set()
        self._opened: Deferred[None] = Deferred()
        settings = SessionSettings(request_timeout=ASK_SECONDS, login_timeout=CONNECT_SECONDS)
        self._client = LinkClient(
            reactor,
            way.host,
            way.port,
            way.dialect,
            settings,
            self,
            tls=way.tls,
            profile=way.profile,
            credentials=way.credentials,
            others=way.others,
        )

    async def open_(self) -> None:
        """Connect and log in.

        Raises:
            UnreachableError: it did not succeed within 15 seconds.
        """
        self._client.start()
        self._opened.addTimeout(CONNECT_SECONDS, self._reactor)
        try:
            await self._opened
        except DeferredTimeoutError as late:
            seen = f"; {self.faults[-1]}" if self.faults else ""
            text = f"{self._way}: no log-in within {CONNECT_SECONDS:g} s{seen}"
            raise UnreachableError(text) from late

    async def close(self) -> None:
        """Log out and close the connection."""
        await self._client.stop()

    async def ask(self, request: Request) -> Response | Refusal:
        """Ask one question; what goes wrong with it is a value."""
        if self._link is None:
            return Refusal("the link is down", lost=True)
        try:
            return await self._link.request(request)
        except CstaError as fault:
            return _refusal(fault)

    # --- what the link tells (LinkObserver)

    def link_up(self, link: Link) -> None:
        """Questions may be asked."""
        self._link = link
        if not self._opened.called:
            self._opened.callback(None)

    def link_down(self, link: Link, reason: str) -> None:  # noqa: ARG002 - the transport's signature
        """Nothing can be asked."""
        self._link = None
        self._fail(reason)

    def attempt_failed(self, peer: str, reason: str, pause: float) -> None:  # noqa: ARG002 - as above
        """No connection; each address has one chance."""
        self._failed.add(peer)
        if len(self._failed) > len(self._way.others):
            self._fail(reason)
        else:
            self.faults.append(f"{peer}: {reason}")

    def _fail(self, reason: str) -> None:
        if not self._opened.called:
            self._opened.errback(UnreachableError(f"{self._way}: {reason}"))

    def event_received(self, link: Link, event: Event) -> None:
        """Between a monitor's start and stop some may come; they are nothing to us."""

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:  # noqa: ARG002 - as above
        """We offer no service."""
        link.respond(invoke_id, ErrorResponse(category="operation", value="serviceNotSupported"))

    def fault(self, link: Link, text: str, raw: bytes) -> None:  # noqa: ARG002 - as above
        """Something odd was survived."""
        self.faults.append(text)

    def status_changed(self, link: Link, status: SystemStatusValue) -> None:  # noqa: ARG002 - as above
        """The PBX says how it is."""
        self.status = status


def way_of(link: LinkSettings) -> Way:
    """The way to a PBX that the configuration names.

    Raises:
        UnreachableError: its dialect is not installed or not as the settings say, or the password cannot be had.
    """
    dialect = dialect_named(link.dialect)
    if dialect is None:
        raise UnreachableError(f"no dialect is called {link.dialect!r}")
    nowhere = Path()  # the settings' paths are absolute
    try:
        return Way(
            host=link.host,
            port=link.port,
            dialect=varied(dialect, link.dialect_settings),
            profile=link.profile,
            credentials=credentials(link, nowhere),
            tls=None if link.tls is None else link.tls.settings(nowhere),
            others=tuple(Address(one.host, one.port) for one in link.others),
        )
    except (SecretError, CstaError) as wrong:
        raise UnreachableError(str(wrong)) from wrong
