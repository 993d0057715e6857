"""The switch's side: a listener, and one link for each application that connects."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import SSL4ServerEndpoint, TCP4ServerEndpoint
from twisted.internet.interfaces import IListeningPort

from csta.captures.records import Tap
from csta.dialects.dialect import Dialect, Profile
from csta.session import Session
from csta.session_events import Role, SessionSettings
from csta.session_settings import Verifier
from csta.transport.link import LinkFactory, LinkObserver, LinkProtocol
from csta.transport.tls import ServerContexts, TlsSettings


def listen(  # noqa: PLR0917 - the order is the same everywhere: where, how, who
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
    verify: Verifier | None = None,
    admits: Callable[[], bool] = lambda: True,
) -> Deferred[IListeningPort]:
    """Be a switch for every application that connects; one observer serves all links. ``port`` 0 takes a free one.

    ``profile`` and ``verify`` are those of `Session`. ``admits`` is asked at each new connection; one that is not let
    in is closed before a byte has passed. The result fails with `SessionError` for an unknown profile, with
    `TlsError` where the TLS settings cannot be used, and with Twisted's CannotListenError.
    """

    def session() -> Session:
        return Session(Role.SWITCHING_FUNCTION, dialect, settings, profile=profile, verify=verify)

    def make() -> LinkProtocol:
        return LinkProtocol(reactor, session(), observer, tap)

    def begin() -> Deferred[IListeningPort]:
        session()  # refuses an unknown profile now, and not at the first connection
        plain: Any = TCP4ServerEndpoint  # whose constructors Twisted leaves untyped
        secured: Any = SSL4ServerEndpoint
        if tls is None:
            endpoint = plain(reactor, port, interface=host)
        else:
            endpoint = secured(reactor, port, ServerContexts(tls), interface=host)
        listening: Deferred[IListeningPort] = endpoint.listen(LinkFactory(make, admits))
        return listening

    return maybeDeferred(begin)
