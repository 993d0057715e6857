"""The SIP user agent without I/O: transactions, dialogs and registrations behind one door.

Feed it bytes and ``now``; take out events and bytes; call `handle_timer` at `get_timer`. Nothing else drives it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from sip.agent.incoming import Incoming
from sip.agent.table import Table
from sip.core import (
    SDP_TYPE,
    Core,
    Limits,
    check_request,
    check_response,
)
from sip.digest import Credentials
from sip.errors import SipStateError, SipSyntaxError
from sip.events import Endpoint, Leg, Outgoing, RequestKey, UaEvent
from sip.headers import Headers, NameAddr
from sip.legs.called import CalledLeg
from sip.legs.calling import CallingLeg
from sip.legs.info_digits import RELAY_TYPE, digit_body
from sip.legs.redirection import Redirection
from sip.legs.session_timer import SessionPolicy
from sip.location.records import Question, Record
from sip.message import Request, parse_message
from sip.registration import Registrant, Registration
from sip.trunks.keepalive import Keepalive, Watch
from sip.trunks.pace import DEFAULT_RATE, Pace
from sip.uri import SipUri

LEAVE_FASTER: Final = 4
"""Registrations are taken back so many times faster than made: a program that stops has a second or two."""


class UserAgent:
    """A user agent with any number of legs and registrations.

    ``tokens`` hands in fresh random hex text, 16 digits or more. ``local`` is the address that Via and Contact tell.
    Requests outside of calls whose method is in ``serves`` come out as `RequestReceived`; others are answered 405,
    OPTIONS 200. ``accepts`` names types of bodies beside SDP, in lower case: an INVITE may come with one, and an INFO
    with one is the program's to answer. With ``session`` calls have session timers (RFC 4028): a far end that has
    vanished ends its leg. ``transferable``: the far end of a call may ask us to call somebody else (`ReferReceived`);
    without it REFER is answered 405. ``register_rate``: registrations a second, after the first few. A wish for a
    leg that is gone does nothing, because its `Ended` may still be waiting in the queue; a wish that does not fit the
    leg's state raises `SipStateError`.
    """

    def __init__(
        self,
        local: Endpoint,
        tokens: Callable[[], str],
        product: str = "Callwright",
        limits: Limits | None = None,
        serves: Collection[str] = ("REGISTER", "MESSAGE"),
        *,
        accepts: Collection[str] = (),
        session: SessionPolicy | None = None,
        transferable: bool = False,
        register_rate: float = DEFAULT_RATE,
    ) -> None:
        self._core = Core(
            local,
            tokens,
            product,
            limits or Limits(),
            serves,
            accepts=accepts,
            session=session,
            transferable=transferable,
        )
        self._table = Table(self._core)
        self._legs = self._table.legs
        self._incoming = Incoming(self._core, self._table)
        self._registrants: dict[str, Registrant] = {}
        self._pace = Pace(register_rate)
        self._leaving = Pace(register_rate * LEAVE_FASTER)
        self._keepalives: dict[Endpoint, Keepalive] = {}

    # --- bytes, events, time

    @property
    def local(self) -> Endpoint:
        """Our own address; the transport sets it when the real port is known."""
        return self._core.local

    @local.setter
    def local(self, endpoint: Endpoint) -> None:
        self._core.local = endpoint

    def listens(self, port: int, ports: Mapping[str, int]) -> None:
        """Learn what the shell listens on: the port of UDP and TCP, and that of each transport; called before use."""
        self._core.local = Endpoint(self._core.local.host, port, self._core.local.transport)
        self._core.ports.update(ports)

    def tells_first(self) -> None:
        """Learn that the shell tells events before it sends: an INVITE that is answered at once is spared the 100."""
        self._core.transactions.told_first = True

    def speaks(self, transports: Collection[str]) -> None:
        """Learn over which transports requests can be sent; without this it is UDP and TCP."""
        self._core.locator.transports = tuple(transports)

    @property
    def leg_count(self) -> int:
        """How many legs there are, those being left included."""
        return len(self._legs)

    def receive(self, data: bytes, source: Endpoint, now: float) -> None:
        """Take one message in. Whatever the bytes are, no exception comes out."""
        if not data.strip(b"\r\n\x00"):
            return  # keep-alives of NAT (RFC 5626 4.4)
        try:
            message = parse_message(data)
            if isinstance(message, Request):
                check_request(message)
                self._incoming.request(message, source, now)
            else:
                check_response(message)
                self._core.transactions.response(message, now)
        except SipSyntaxError as error:
            self._incoming.malformed(error, data, source, now)

    def garbled(self, source: Endpoint, reason: str, data: bytes, now: float) -> None:
        """The shell could not cut messages out of a stream, or its peer passed a limit; the connection is closed."""
        self._incoming.told(source, reason, data, now)

    def questions(self) -> list[Question]:
        """Return what is to be asked of the name service, and forget it; give what it says to `answered`."""
        return self._core.locator.questions()

    def answered(self, question: Question, records: tuple[Record, ...], ttl: float, now: float) -> None:
        """Take an answer of the name service, empty where there is none; it holds for ``ttl`` seconds."""
        self._core.locator.answered(question, records, ttl, now)

    def outgoing(self) -> list[Outgoing]:
        """Return what has to be sent, oldest first, and forget it."""
        return self._core.transactions.outgoing()

    def next_event(self) -> UaEvent | None:
        """Return the oldest event not yet told, or ``None``."""
        return self._core.events.popleft() if self._core.events else None

    def get_timer(self) -> float | None:
        """Return when `handle_timer` wants to be called, ``None`` while nothing waits."""
        return self._core.timers.next_deadline()

    def handle_timer(self, now: float) -> None:
        """Do what is due at ``now``."""
        self._core.timers.run(now)

    def connected(self, peer: Endpoint) -> None:
        """A stream to ``peer`` stands, whoever opened it; `send_failed` tells that it is gone."""
        self._core.transactions.connected(peer)

    def send_failed(self, destination: Endpoint, now: float) -> None:
        """The shell could not send there (TCP refused or lost): requests under way to it fail with 503."""
        self._core.transactions.send_failed(destination, now)
        self._registrar_changed(destination, there=True, now=now)  # a lost connection may be a restarted registrar

    # --- calls

    def invite(
        self,
        *,
        target: SipUri,
        sdp: bytes,
        from_user: str,
        now: float,
        from_display: str = "",
        from_host: str = "",
        to: SipUri | None = None,
        proxy: Endpoint | None = None,
        credentials: Credentials | Sequence[Credentials] | None = None,
        headers: Sequence[tuple[str, str]] = (),
        content_type: str = SDP_TYPE,
        routes: Sequence[str] = (),
        follow: int = 0,
        refer: RequestKey | None = None,
    ) -> Leg:
        """Call ``target``, through ``proxy`` where given; without ``sdp`` the far end makes the offer.

        ``sdp`` may be another body, of ``content_type``: then the call has no media.

        From is ``from_user`` at ``from_host``, else at the target's host where a proxy is used, else at our own.
        ``credentials`` answer proxies and the callee, each realm with its own. ``routes`` are Route values to begin
        with, such as a registrar's Service-Route (RFC 3608). ``follow`` is how many targets of 3xx responses are tried
        at the most. ``refer``: this call is what a `ReferReceived` asks for; that is accepted, and its sender is told
        how the call goes.

        Raises:
            SipSyntaxError: the target names no host and there is no proxy.
            ValueError: a header that is not the program's to set, or a control character in one.
        """
        host = from_host or (target.host if proxy is not None and target.host else self._core.host_port)
        caller = NameAddr(str(SipUri(user=from_user, host=host)), from_display)
        leg = Leg(self._core.tokens())
        known = (credentials,) if isinstance(credentials, Credentials) else tuple(credentials or ())
        referral = self._table.referral(refer) if refer is not None else None
        calling = CallingLeg(
            self._core,
            self._table,
            leg,
            caller=caller,
            hop=proxy,
            credentials=known,
            redirection=Redirection(follow),
            referral=referral,
        )
        asked = referral.invite_headers() if referral is not None else []
        calling.start(target, to or target, sdp, [*asked, *headers], now, content_type, routes)
        self._table.add(calling)
        if referral is not None:
            referral.accept(now)
        return leg

    def ring(self, leg: Leg, now: float, sdp: bytes | None = None, status: int = 180) -> None:
        """Send 180, or another provisional ``status``, to the caller."""
        called = self._called(leg, "ring")
        if called is not None:
            called.ring(sdp, status, now)

    def accept(
        self,
        leg: Leg,
        sdp: bytes,
        now: float,
        content_type: str = SDP_TYPE,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Answer a call that came in."""
        called = self._called(leg, "accept")
        if called is not None:
            called.accept(sdp, now, content_type, headers)

    def refuse(self, leg: Leg, status: int, reason: str, now: float, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Refuse a call that came in with 3xx to 6xx; nothing more is told of the leg."""
        called = self._called(leg, "refuse")
        if called is not None:
            called.refuse(status, reason, headers, now)

    def hangup(self, leg: Leg, now: float, reason: str = "") -> None:
        """End a leg by CANCEL, BYE or 480, whichever its state asks for; nothing more is told of it.

        ``reason`` is a Reason value (RFC 3326) such as ``SIP;cause=200;text="Call completed elsewhere"``.

        Raises:
            ValueError: a control character in the reason.
        """
        found = self._legs.get(leg)
        if found is not None:
            found.reason = Headers([("Reason", reason)] if reason else [])
            found.hangup(now)

    def reinvite(self, leg: Leg, sdp: bytes, now: float) -> None:
        """Offer new media; without ``sdp`` the far end makes the offer (`OfferReceived`, answer by `accept_offer`)."""
        found = self._table.live(leg)
        if found is not None:
            found.reinvite(sdp, now)

    def update(self, leg: Leg, sdp: bytes, now: float) -> None:
        """Offer new media in an UPDATE (RFC 3311), also before the answer; as `reinvite` where none is allowed."""
        found = self._table.live(leg)
        if found is not None:
            found.update(sdp, now)

    def transfer(self, leg: Leg, target: SipUri, now: float) -> None:
        """Ask the far end to call ``target`` instead (RFC 3515); `TransferNews` tells how that goes."""
        found = self._table.live(leg)
        if found is not None:
            found.transfer(str(target), now)

    def connect(self, leg: Leg, consultation: Leg, now: float) -> None:
        """Connect the far ends of two calls: ``leg``'s calls that of ``consultation``, in its place (RFC 3891)."""
        found, other = self._table.live(leg), self._table.live(consultation)
        if found is not None and other is not None:
            found.transfer("", now, other)

    def accept_refer(self, key: RequestKey, now: float) -> None:
        """Accept a `ReferReceived` whose call is not made by `invite`: `tell_refer` says how that goes."""
        referral = self._table.referral(key)
        if referral is not None:
            referral.accept(now)

    def tell_refer(self, key: RequestKey, status: int, reason: str, now: float) -> None:
        """Tell who sent a REFER the status of the call that it asked for; a final one is the last."""
        referral = self._table.referral(key)
        if referral is not None:
            referral.tell(status, reason, now)

    def refuse_refer(self, key: RequestKey, status: int, now: float, reason: str = "") -> None:
        """Refuse a `ReferReceived`, with 603 for instance; too late does nothing.

        Raises:
            ValueError: ``status`` is no refusal.
        """
        if not 300 <= status <= 699:
            raise ValueError(f"not a refusal: {status}")
        referral = self._table.referral(key)
        if referral is not None:
            referral.refuse(status, now, reason)

    def accept_offer(
        self,
        leg: Leg,
        sdp: bytes,
        now: float,
        content_type: str = SDP_TYPE,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Answer an offer of the far end; does nothing where it was withdrawn meanwhile."""
        found = self._table.live(leg)
        if found is not None:
            found.accept_offer(sdp, now, content_type, headers)

    def refuse_offer(self, leg: Leg, status: int, now: float, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Refuse an offer of the far end, with 488 for instance; a Warning may say why."""
        found = self._table.live(leg)
        if found is not None:
            found.refuse_offer(status, now, headers)

    def info(
        self, leg: Leg, content_type: str, body: bytes, now: float, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Send an INFO within a call."""
        found = self._table.live(leg)
        if found is not None:
            found.info(content_type, body, now, headers)

    def ask_by_info(
        self, leg: Leg, content_type: str, body: bytes, now: float, headers: Sequence[tuple[str, str]] = ()
    ) -> RequestKey | None:
        """Send an INFO within a call and tell its answer: `InfoAnswered` with the key; ``None`` where the leg is gone.

        A leg that ends before the answer tells its `Ended` alone.
        """
        found = self._table.live(leg)
        if found is None:
            return None
        key = RequestKey(self._core.tokens())
        found.info(content_type, body, now, headers, key)
        return key

    def send_info_digit(
        self, leg: Leg, digit: str, now: float, duration: int = 160, content_type: str = RELAY_TYPE
    ) -> None:
        """Tell the far end by INFO that a DTMF digit was pressed for ``duration`` milliseconds.

        Raises:
            ValueError: no digit, or a duration outside 1 to 6000.
        """
        self.info(leg, content_type, digit_body(digit, duration, content_type), now)

    def call_id(self, leg: Leg) -> str | None:
        """Return the Call-ID of a leg, ``None`` where it is gone."""
        found = self._legs.get(leg)
        return found.call_id if found is not None else None

    # --- registrations

    def register(self, registration: Registration, now: float) -> None:
        """Register, and keep the registration alive; a former one of the same address of record is replaced."""
        registrant = Registrant(self._core, registration, self._pace, self._leaving)
        former = self._registrants.pop(registrant.aor, None)
        if former is not None:
            former.abandon()
        self._registrants[registrant.aor] = registrant
        registrant.start(now)

    def unregister(self, aor: SipUri, now: float) -> None:
        """Take a registration back; `Registered` with 0 tells that it is done. An unknown one does nothing."""
        registrant = self._registrants.pop(aor.address_of_record, None)
        if registrant is not None:
            registrant.leave(now)

    def _registrar_changed(self, registrar: Endpoint, *, there: bool, now: float) -> None:
        for registrant in self._registrants.values():
            if registrant.registrar == registrar and there:
                registrant.registrar_returned(now)
            elif registrant.registrar == registrar:
                registrant.registrar_lost(now)

    # --- trunks

    def watch(self, watch: Watch, now: float) -> None:
        """Ask a peer again and again whether it is there; a former watch of the same one is replaced."""
        self.unwatch(watch.peer)
        keepalive = self._keepalives[watch.peer] = Keepalive(self._core, watch, self._peer_changed)
        keepalive.start(now)

    def unwatch(self, peer: Endpoint) -> None:
        """Ask a peer no more; one that is not watched does nothing."""
        former = self._keepalives.pop(peer, None)
        if former is not None:
            former.stop()

    def reachable(self, peer: Endpoint) -> bool | None:
        """Tell whether a watched peer answers; ``None`` where it is not known yet, or not watched."""
        keepalive = self._keepalives.get(peer)
        return keepalive.reachable if keepalive is not None else None

    def best_of(self, peers: Sequence[Endpoint]) -> Endpoint:
        """Return the first of several peers that is not known to be out of reach, the first where all are.

        Raises:
            ValueError: there is none at all.
        """
        if not peers:
            raise ValueError("no peer to choose from")
        return next((peer for peer in peers if self.reachable(peer) is not False), peers[0])

    def _peer_changed(self, peer: Endpoint, there: bool, now: float) -> None:
        self._registrar_changed(peer, there=there, now=now)

    # --- other requests

    def respond(  # noqa: PLR0917 - the order in which a response is written
        self,
        key: RequestKey,
        status: int,
        reason: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        now: float,
    ) -> None:
        """Answer a `RequestReceived`, or an `InfoReceived` that has a key; too late does nothing.

        Contact and Content-Type may be among the headers.
        """
        transaction = self._table.answered(key, status)
        if transaction is not None:
            self._core.reply(transaction, status, now, reason=reason, headers=headers, body=body)
            if transaction.request.method == "REGISTER" and 200 <= status < 300:
                self._core.deliveries.registered(transaction.request, transaction.reply_to, now)

    def _called(self, leg: Leg, wish: str) -> CalledLeg | None:
        found = self._table.live(leg)
        if found is not None and not isinstance(found, CalledLeg):
            raise SipStateError(f"{wish} on a call that we made")
        return found
