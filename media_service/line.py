"""The SIP side: one user agent, the registrations of all ports, and the wishes of calls."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase

from media_service.control.signalling import Signalling
from media_service.settings import MediaSettings, PortAccount
from media_service.settings.network import SipSettings
from media_service.surroundings import Headers
from sip.core import Limits
from sip.digest import Credentials
from sip.errors import SipError, SipSyntaxError
from sip.events import Endpoint, Leg, Malformed, Registered, RegistrationFailed, UaEvent
from sip.legs.session_timer import SessionPolicy
from sip.registration import Registration
from sip.transport import Listening, SipEndpoint, TlsSettings
from sip.trunks.keepalive import Watch
from sip.ua import UserAgent
from sip.uri import SipUri

PRODUCT: Final = "Callwright media service"
SPARE_LEGS: Final = 50
"""Legs beyond one for each port: those that are being refused or have just been left."""
DEFAULT_PORT: Final = 5060
_NUMBER: Final = re.compile(r"[A-Za-z0-9*#+._-]{1,64}", re.ASCII)


class RegistrationNews(Protocol):
    """Told whenever the registrar has spoken, or has not."""

    def __call__(self, number: str, *, registered: bool, detail: str) -> None:
        """Take the news of one port."""


class Line:
    """Our user agent on its address, with one registration for each account.

    Args:
        reactor: the reactor, handed in.
        settings: SIP address and registrar.
        accounts: who registers.
        tokens: fresh random hex text.
        listener: hears everything of calls.
        registrations: hears of registrations.
        clock: Unix seconds.
    """

    def __init__(
        self,
        reactor: PosixReactorBase,
        settings: MediaSettings,
        accounts: tuple[PortAccount, ...],
        *,
        tokens: Callable[[], str],
        listener: Callable[[UaEvent], None],
        registrations: RegistrationNews,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._news = registrations
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger()
        sip = settings.sip
        lines = settings.trunk.lines if settings.trunk is not None else 0
        limits = Limits(
            max_legs=len(accounts) + lines + SPARE_LEGS,
            max_invites_per_second=sip.calls_per_second,
            max_datagram=sip.largest_datagram,
        )
        session = SessionPolicy(sip.session_timer, sip.session_timer_minimum) if sip.session_timer is not None else None
        self._agent = UserAgent(Endpoint(sip.host, sip.port), tokens, PRODUCT, limits, serves=(), session=session)
        self._endpoint = SipEndpoint(
            reactor, self._agent, self._heard, sip.host, sip.port, also=_also(sip), tap=self._passed
        )
        self.signalling = Signalling(clock)
        self._accounts = {account.number: account for account in accounts}
        self._registrations = {account.number: self._registration(account) for account in accounts}
        self._numbers = {each.aor.address_of_record: number for number, each in self._registrations.items()}
        self._registered_now: set[str] = set()
        self._leaving: set[str] = set()
        self._left: Deferred[None] | None = None

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._endpoint.port

    def start(self) -> "Deferred[None]":
        """Listen; fails with ``CannotListenError`` where the address is taken or not ours."""
        return self._endpoint.start()

    def stop(self) -> "Deferred[None]":
        """Listen no more."""
        return self._endpoint.stop()

    def follow(self, session: str, leg: Leg) -> None:
        """Let the SIP messages of a leg be found under the session's name."""
        self.signalling.name(session, self._agent.call_id(leg))

    def _passed(self, data: bytes, peer: Endpoint, sent: bool) -> None:
        self.signalling.take(data, str(peer), sent=sent)

    # --- registrations ----------------------------------------------------------------------------------------------

    def register(self) -> None:
        """Register every port, and keep it registered; a PBX that is not up yet is tried again."""
        for registration in self._registrations.values():
            self._endpoint.call(partial(self._agent.register, registration))
        if self._registrations:
            # After its restart a PBX knows nobody: it is asked whether it is there, and all register anew.
            self._endpoint.call(partial(self._agent.watch, Watch(self._registrar())))

    def renew_certificates(self) -> bool:
        """Read certificates that have changed on the disk; whether others are in use now."""
        return self._endpoint.renew_certificates()

    def unregister(self) -> "Deferred[None]":
        """Take all registrations back; fires when the registrar has answered for each."""
        left: Deferred[None] = Deferred()
        if not self._registered_now:
            left.callback(None)
            return left
        self._left = left
        self._leaving = set(self._registered_now)
        for number in tuple(self._leaving):
            self._endpoint.call(partial(self._agent.unregister, self._registrations[number].aor))
        return left

    def _registration(self, account: PortAccount) -> Registration:
        registrar = self._settings.registrar
        aor = SipUri(user=account.number, host=registrar.domain or registrar.host)
        return Registration(
            aor,
            self._registrar(),
            Credentials(account.user, account.password),
            registrar.expires,
            tuple(_place(backup, registrar.transport) for backup in registrar.backups),
        )

    def _registrar(self) -> Endpoint:
        registrar = self._settings.registrar
        return Endpoint(registrar.host, registrar.port or 0, registrar.transport)  # 0: found by DNS (RFC 3263)

    # --- wishes of calls --------------------------------------------------------------------------------------------

    def ring(self, leg: Leg) -> None:
        """Send 180."""
        self._endpoint.call(lambda now: self._agent.ring(leg, now))

    def early(self, leg: Leg, sdp: bytes) -> None:
        """Send 183 with SDP: the caller hears us before the answer."""
        self._endpoint.call(lambda now: self._agent.ring(leg, now, sdp, 183))

    def accept(self, leg: Leg, sdp: bytes) -> None:
        """Answer with 200."""
        self._endpoint.call(lambda now: self._agent.accept(leg, sdp, now))

    def refuse(self, leg: Leg, status: int, reason: str, headers: Headers = ()) -> None:
        """Refuse a call that rings."""
        self._endpoint.call(lambda now: self._agent.refuse(leg, status, reason, now, headers))

    def hangup(self, leg: Leg) -> None:
        """BYE, or 480 before the answer."""
        self._endpoint.call(lambda now: self._agent.hangup(leg, now))

    def accept_offer(self, leg: Leg, sdp: bytes) -> None:
        """Answer a re-INVITE."""
        self._endpoint.call(lambda now: self._agent.accept_offer(leg, sdp, now))

    def refuse_offer(self, leg: Leg, status: int) -> None:
        """Refuse a re-INVITE; the call stays as it was."""
        self._endpoint.call(lambda now: self._agent.refuse_offer(leg, status, now))

    def transfer(self, leg: Leg, target: str, host: str) -> None:
        """Send REFER; raises `SipError` where the target is none, or the call's state does not allow it."""
        uri = self._uri(target, self._domain() or host)
        self._endpoint.call(lambda now: self._agent.transfer(leg, uri, now))

    def connect(self, leg: Leg, consultation: Leg) -> None:
        """Send REFER with Replaces; raises as `transfer`."""
        self._endpoint.call(lambda now: self._agent.connect(leg, consultation, now))

    # --- calls that we place ----------------------------------------------------------------------------------------

    def objection(self, target: str) -> str:
        """Say why ``target`` cannot be called; empty where it can."""
        try:
            self._uri(target, self._domain())
        except SipError as error:
            return str(error)
        return ""

    def invite(self, port: str, target: str, sdp: bytes, caller: str, display: str, *, headers: Headers = ()) -> Leg:
        """Call a number or SIP URI from a port.

        Raises:
            SipError: the target is none.
            ValueError: a control character in what is to be shown.
        """
        account = self._accounts.get(port)
        uri = self._uri(target, self._domain())
        place = partial(
            self._agent.invite, target=uri, sdp=sdp, from_user=caller, from_display=display, headers=headers
        )
        if account is None:
            return self._endpoint.call(lambda now: place(proxy=self._gateway(), now=now))
        credentials = Credentials(account.user, account.password)
        return self._endpoint.call(
            lambda now: place(proxy=self._registrar(), credentials=credentials, from_host=self._domain(), now=now)
        )

    def _domain(self) -> str:
        """The host of numbers: the registrar's domain, or the trunk's gateway; empty where neither is there."""
        if self._accounts:
            return self._settings.registrar.domain or self._settings.registrar.host
        gateway = self._gateway()
        return gateway.host if gateway is not None else ""

    def _gateway(self) -> Endpoint | None:
        trunk = self._settings.trunk
        if trunk is None or trunk.gateway is None:
            return None
        return _place(trunk.gateway, "udp")

    def _uri(self, target: str, host: str) -> SipUri:
        if ":" in target:
            return SipUri.parse(target)
        if not _NUMBER.fullmatch(target):
            raise SipSyntaxError(f"{target[:60]!r} is neither a number nor a SIP URI")
        if not host:
            raise SipSyntaxError("the settings name no registrar and no gateway for numbers")
        return SipUri(user=target, host=host)

    # --- what comes in ----------------------------------------------------------------------------------------------

    def _heard(self, event: UaEvent) -> None:
        match event:
            case Registered(aor=aor, expires=expires):
                self._registered(self._numbers[aor], expires)
            case RegistrationFailed(aor=aor, status=status, reason=reason):
                self._registered_now.discard(self._numbers[aor])
                self._news(self._numbers[aor], registered=False, detail=f"{status} {reason}")
            case Malformed(source=source, reason=reason, data=data):
                self._log.warning("sip message cannot be read", peer=str(source), reason=reason, begins=repr(data[:60]))
            case _:
                self._listener(event)

    def _registered(self, number: str, expires: int) -> None:
        if self._left is None:
            self._registered_now.add(number)
            self._news(number, registered=expires > 0, detail="unregistered")
            return
        self._leaving.discard(number)
        if not self._leaving and not self._left.called:
            self._left.callback(None)


def _also(sip: SipSettings) -> Listening:
    """What is listened on beside UDP and TCP."""
    files = sip.tls
    tls = None
    if files is not None:
        tls = TlsSettings(files.certificate, files.key, files.authorities, files.clients_verified, files.server_name)
    return Listening(tls, sip.tls_port, sip.websocket_port, sip.secure_websocket_port)


def _place(text: str, transport: str) -> Endpoint:
    host, _, port = text.partition(":")
    return Endpoint(host, int(port or DEFAULT_PORT), transport)
