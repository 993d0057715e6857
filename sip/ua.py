"""The SIP user agent without I/O: transactions, dialogs and registrations behind one door.

Feed it bytes and ``now``; take out events and bytes; call `handle_timer` at `get_timer`. Nothing else drives it.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from sip.core import (
    SDP_TYPE,
    Core,
    Limits,
    check_request,
    check_response,
    mark_source,
    reply_endpoint,
    sdp_of,
)
from sip.digest import Credentials
from sip.errors import SipStateError, SipSyntaxError
from sip.events import Endpoint, Leg, Malformed, Outgoing, RequestKey, RequestReceived, UaEvent
from sip.headers import NameAddr
from sip.legs.base import LegBase
from sip.legs.called import CalledLeg
from sip.legs.calling import CallingLeg
from sip.legs.leg import CallLeg
from sip.legs.session_timer import SessionPolicy
from sip.legs.state import LegState
from sip.legs.transfer import Replaces, replaces_of
from sip.message import Request, parse_message
from sip.registration import Registrant, Registration
from sip.timers import TRANSACTION_TIMEOUT
from sip.transaction import ServerTransaction
from sip.trunks.keepalive import Keepalive, Watch
from sip.uri import SipUri

SHOWN_BYTES: Final = 500


class UserAgent:
    """A user agent with any number of legs and registrations.

    ``tokens`` hands in fresh random hex text, 16 digits or more. ``local`` is the address that Via and Contact tell.
    Requests outside of calls whose method is in ``serves`` come out as `RequestReceived`; others are answered 405,
    OPTIONS 200. ``accepts`` names types of bodies beside SDP, in lower case: an INVITE may come with one, and an INFO
    with one is the program's to answer. With ``session`` calls have session timers (RFC 4028): a far end that has
    vanished ends its leg. A wish for a leg that is gone does nothing, because its `Ended` may still be waiting in the
    queue; a wish that does not fit the leg's state raises `SipStateError`.
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
    ) -> None:
        self._core = Core(local, tokens, product, limits or Limits(), serves, accepts=accepts, session=session)
        self._legs: dict[Leg, CallLeg] = {}
        self._by_tag: dict[tuple[str, str], CallLeg] = {}
        self._by_invite: dict[ServerTransaction, CallLeg] = {}
        self._registrants: dict[str, Registrant] = {}
        self._keepalives: dict[Endpoint, Keepalive] = {}
        self._requests: dict[RequestKey, ServerTransaction] = {}

    # --- bytes, events, time

    @property
    def local(self) -> Endpoint:
        """Our own address; the transport sets it when the real port is known."""
        return self._core.local

    @local.setter
    def local(self, endpoint: Endpoint) -> None:
        self._core.local = endpoint

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
                self._request(message, source, now)
            else:
                check_response(message)
                self._core.transactions.response(message, now)
        except SipSyntaxError as error:
            self._malformed(error, data, source)

    def outgoing(self) -> list[Outgoing]:
        """Return what has to be sent, oldest first, and forget it."""
        out, self._core.transactions.out = self._core.transactions.out, []
        return out

    def next_event(self) -> UaEvent | None:
        """Return the oldest event not yet told, or ``None``."""
        return self._core.events.popleft() if self._core.events else None

    def get_timer(self) -> float | None:
        """Return when `handle_timer` wants to be called, ``None`` while nothing waits."""
        return self._core.timers.next_deadline()

    def handle_timer(self, now: float) -> None:
        """Do what is due at ``now``."""
        self._core.timers.run(now)

    def send_failed(self, destination: Endpoint, now: float) -> None:
        """The shell could not send there (TCP refused or lost): requests under way to it fail with 503."""
        self._core.transactions.send_failed(destination, now)

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
        credentials: Credentials | None = None,
        headers: Sequence[tuple[str, str]] = (),
        content_type: str = SDP_TYPE,
    ) -> Leg:
        """Call ``target``, through ``proxy`` where given; without ``sdp`` the far end makes the offer.

        ``sdp`` may be another body, of ``content_type``: then the call has no media.

        From is ``from_user`` at ``from_host``, else at the target's host where a proxy is used, else at our own.

        Raises:
            SipSyntaxError: the target names no host and there is no proxy.
            ValueError: a header that is not the program's to set, or a control character in one.
        """
        host = from_host or (target.host if proxy is not None and target.host else self._core.host_port)
        caller = NameAddr(str(SipUri(user=from_user, host=host)), from_display)
        leg = Leg(self._core.tokens())
        calling = CallingLeg(self._core, self, leg, caller=caller, hop=proxy, credentials=credentials)
        calling.start(target, to or target, sdp, headers, now, content_type)
        self._add(calling)
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

    def hangup(self, leg: Leg, now: float) -> None:
        """End a leg by CANCEL, BYE or 480, whichever its state asks for; nothing more is told of it."""
        if leg in self._legs:
            self._legs[leg].hangup(now)

    def reinvite(self, leg: Leg, sdp: bytes, now: float) -> None:
        """Offer new media; without ``sdp`` the far end makes the offer (`OfferReceived`, answer by `accept_offer`)."""
        found = self._live(leg)
        if found is not None:
            found.reinvite(sdp, now)

    def update(self, leg: Leg, sdp: bytes, now: float) -> None:
        """Offer new media in an UPDATE (RFC 3311), also before the answer; as `reinvite` where none is allowed."""
        found = self._live(leg)
        if found is not None:
            found.update(sdp, now)

    def transfer(self, leg: Leg, target: SipUri, now: float) -> None:
        """Ask the far end to call ``target`` instead (RFC 3515); `TransferNews` tells how that goes."""
        found = self._live(leg)
        if found is not None:
            found.transfer(str(target), now)

    def connect(self, leg: Leg, consultation: Leg, now: float) -> None:
        """Connect the far ends of two calls: ``leg``'s calls that of ``consultation``, in its place (RFC 3891)."""
        found, other = self._live(leg), self._live(consultation)
        if found is not None and other is not None:
            found.transfer("", now, other)

    def accept_offer(
        self,
        leg: Leg,
        sdp: bytes,
        now: float,
        content_type: str = SDP_TYPE,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Answer an offer of the far end; does nothing where it was withdrawn meanwhile."""
        found = self._live(leg)
        if found is not None:
            found.accept_offer(sdp, now, content_type, headers)

    def refuse_offer(self, leg: Leg, status: int, now: float) -> None:
        """Refuse an offer of the far end, with 488 for instance."""
        found = self._live(leg)
        if found is not None:
            found.refuse_offer(status, now)

    def info(
        self, leg: Leg, content_type: str, body: bytes, now: float, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Send an INFO within a call."""
        found = self._live(leg)
        if found is not None:
            found.info(content_type, body, now, headers)

    def ask_by_info(
        self, leg: Leg, content_type: str, body: bytes, now: float, headers: Sequence[tuple[str, str]] = ()
    ) -> RequestKey | None:
        """Send an INFO within a call and tell its answer: `InfoAnswered` with the key; ``None`` where the leg is gone.

        A leg that ends before the answer tells its `Ended` alone.
        """
        found = self._live(leg)
        if found is None:
            return None
        key = RequestKey(self._core.tokens())
        found.info(content_type, body, now, headers, key)
        return key

    def call_id(self, leg: Leg) -> str | None:
        """Return the Call-ID of a leg, ``None`` where it is gone."""
        found = self._legs.get(leg)
        return found.call_id if found is not None else None

    # --- registrations

    def register(self, registration: Registration, now: float) -> None:
        """Register, and keep the registration alive; a former one of the same address of record is replaced."""
        registrant = Registrant(self._core, registration)
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

    # --- trunks

    def watch(self, watch: Watch, now: float) -> None:
        """Ask a peer again and again whether it is there; a former watch of the same one is replaced."""
        self.unwatch(watch.peer)
        keepalive = self._keepalives[watch.peer] = Keepalive(self._core, watch)
        keepalive.start(now)

    def unwatch(self, peer: Endpoint) -> None:
        """Ask a peer no more; one that is not watched does nothing."""
        former = self._keepalives.pop(peer, None)
        if former is not None:
            former.stop()

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
        transaction = self._requests.pop(key, None) if status >= 200 else self._requests.get(key)
        if transaction is not None:
            self._core.reply(transaction, status, now, reason=reason, headers=headers, body=body)

    # --- what comes in

    def _malformed(self, error: SipSyntaxError, data: bytes, source: Endpoint) -> None:
        self._core.emit(Malformed(source, error.reason, data[:SHOWN_BYTES]))
        request = error.salvaged
        if request is None:
            request = _salvage(data)
        if not isinstance(request, Request) or request.method == "ACK":
            return
        try:
            mark_source(request, source)
        except (SipSyntaxError, ValueError):
            return  # no Via to answer by; the event above has told it
        status = 505 if error.reason == "unknown SIP version" else 400
        self._core.reply_stateless(request, source, status, reason="" if status == 505 else "Bad Request")

    def _request(self, request: Request, source: Endpoint, now: float) -> None:
        transactions = self._core.transactions
        known = transactions.find_server(request)
        if request.method == "ACK":
            self._ack(request, known, now)
        elif known is not None:
            known.receive_again()
        elif self._too_much(request):
            wait = ("Retry-After", str(self._core.limits.retry_after))
            self._core.reply_stateless(request, source, 503, [wait])
        else:
            reply_to = reply_endpoint(request, source)
            mark_source(request, source)
            transaction = transactions.start_server(request, reply_to)
            if request.method == "CANCEL":
                self._cancel(transaction, now)
            elif request.to.tag:
                self._within_dialog(transaction, now)
            else:
                self._outside_dialog(transaction, source, now)

    def _too_much(self, request: Request) -> bool:
        if (request.call_id, request.to.tag) in self._by_tag or request.method == "CANCEL":
            return False  # existing calls go on whatever comes in
        if len(self._core.transactions) >= self._core.limits.max_transactions:
            return True
        return request.method == "INVITE" and not request.to.tag and len(self._legs) >= self._core.limits.max_legs

    def _ack(self, request: Request, known: ServerTransaction | None, now: float) -> None:
        if known is not None and known.last_status >= 300:
            known.acknowledge(now)
            return
        leg = self._by_tag.get((request.call_id, request.to.tag))
        if leg is not None:
            leg.ack_received(request, now)

    def _cancel(self, transaction: ServerTransaction, now: float) -> None:
        invite = self._core.transactions.find_cancelled(transaction.request)
        if invite is None:
            self._core.reply(transaction, 481, now)
            return
        leg = self._by_invite.get(invite) or self._by_tag.get((invite.request.call_id, invite.request.to.tag))
        self._core.reply(transaction, 200, now, tag=leg.local_tag if leg is not None else "")
        if leg is not None:
            leg.cancel_received(invite, now)

    def _within_dialog(self, transaction: ServerTransaction, now: float) -> None:
        request = transaction.request
        leg = self._by_tag.get((request.call_id, request.to.tag))
        if leg is None or leg.dialog is None or leg.dialog.remote_tag != request.from_.tag:
            self._core.reply(transaction, 481, now)
        elif not self._refused_for_content(transaction, now):
            leg.request_received(transaction, now)

    def _outside_dialog(self, transaction: ServerTransaction, source: Endpoint, now: float) -> None:
        request = transaction.request
        if request.method not in ("INVITE", "OPTIONS") and request.method not in self._core.serves:
            status = 481 if request.method in ("BYE", "INFO", "UPDATE", "PRACK", "NOTIFY") else 405
            self._core.reply(transaction, status, now)
        elif self._refused_for_content(transaction, now):
            return
        elif request.method == "INVITE":
            self._invited(transaction, source, now)
        elif request.method == "OPTIONS":
            headers = [("Accept", self._core.accept), ("Contact", self._core.contact("", source.transport))]
            self._core.reply(transaction, 200, now, headers=headers)
        else:
            self._core.emit(RequestReceived(self.leave_to_program(transaction, now), request, source))

    def leave_to_program(self, transaction: ServerTransaction, now: float) -> RequestKey:
        """The program answers this request, by the key that is returned (called by legs)."""
        key = RequestKey(self._core.tokens())
        self._requests[key] = transaction
        self._core.timers.at(now + TRANSACTION_TIMEOUT, lambda _now: self._forget_request(key))
        return key

    def _forget_request(self, key: RequestKey) -> None:
        self._requests.pop(key, None)

    def _refused_for_content(self, transaction: ServerTransaction, now: float) -> bool:
        """Answer what RFC 3261 8.2.1 to 8.2.3 asks to be refused; true where that was done."""
        request = transaction.request
        unknown = [tag for tag in request.headers.values("Require") if tag.lower() not in self._core.supported]
        if unknown:
            self._core.reply(transaction, 420, now, headers=[("Unsupported", ", ".join(unknown))])
            return True
        try:
            _ = request.target
        except SipSyntaxError:
            self._core.reply(transaction, 416, now)
            return True
        known = not request.body or bool(sdp_of(request)) or request.content_type in self._core.accepts
        plain = request.headers.get("Content-Encoding") in (None, "identity")
        if request.method == "INVITE" and not (known and plain):
            self._core.reply(transaction, 415, now, headers=[("Accept", self._core.accept)])
            return True
        return False

    def _invited(self, transaction: ServerTransaction, source: Endpoint, now: float) -> None:
        try:
            called = CalledLeg(self._core, self, Leg(self._core.tokens()), transaction, source)
            replaces = replaces_of(transaction.request)
        except SipSyntaxError as error:
            self._core.reply(transaction, 400, now, reason="Bad Request")
            self._core.emit(Malformed(source, error.reason, transaction.request.start_line.encode()[:SHOWN_BYTES]))
            return
        brief = called.session.too_brief(transaction.request)
        if brief is not None:
            self._core.reply(transaction, 422, now, headers=brief)
            return
        refused = self._replace(called, replaces) if replaces is not None else 0
        if refused:
            self._core.reply(transaction, refused, now)
            return
        self._add(called)
        self._by_invite[transaction] = called
        called.start()

    def _replace(self, called: CalledLeg, replaces: Replaces) -> int:
        """Find what a call wants to replace; return the status of the refusal, 0 where it may (RFC 3891 3)."""
        found = self._by_tag.get((replaces.call_id, replaces.to_tag))
        if found is None or found.dialog is None or found.dialog.remote_tag != replaces.from_tag:
            return 481
        if not found.live:
            return 603
        if found.state is LegState.RINGING:
            return 481  # an early call that came in cannot be taken over
        if replaces.early_only and found.state is not LegState.PROCEEDING:
            return 486
        called.replaces = found
        return 0

    # --- the table of legs

    def _add(self, leg: CallLeg) -> None:
        self._legs[leg.id] = leg
        self._by_tag[leg.call_id, leg.local_tag] = leg

    def forget_leg(self, leg: LegBase) -> None:
        """The leg is gone (called by the leg)."""
        self._legs.pop(leg.id, None)
        self._by_tag.pop((leg.call_id, leg.local_tag), None)
        if isinstance(leg, CalledLeg):
            self._by_invite.pop(leg.invite, None)

    def _live(self, leg: Leg) -> CallLeg | None:
        found = self._legs.get(leg)
        return found if found is not None and found.live else None

    def _called(self, leg: Leg, wish: str) -> CalledLeg | None:
        found = self._live(leg)
        if found is not None and not isinstance(found, CalledLeg):
            raise SipStateError(f"{wish} on a call that we made")
        return found


def _salvage(data: bytes) -> Request | None:
    """Read a request whose headers are well formed but say something wrong."""
    try:
        message = parse_message(data)
    except SipSyntaxError:
        return None
    return message if isinstance(message, Request) else None
