"""What legs, registrations and the user agent share: addresses, branches, events, responses, authentication."""

from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Final

from sip.digest import Credentials, authorization, choose_challenges, realm_of
from sip.errors import SipSyntaxError
from sip.events import Endpoint, UaEvent
from sip.headers import Headers, NameAddr, Via
from sip.legs.session_timer import SessionPolicy
from sip.location import delivery
from sip.location.delivery import Deliveries
from sip.location.locator import Locator
from sip.message import Request, Response, serialise
from sip.timers import Timers
from sip.transaction import (
    MAGIC_COOKIE,
    ClientTransaction,
    ResponseTaker,
    ServerTransaction,
    Transactions,
    make_response,
)
from sip.uri import DEFAULT_PORT, DEFAULT_TLS_PORT, SipUri

METHODS: Final = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE", "PRACK", "NOTIFY")
TRANSFER_METHODS: Final = ("REFER", "SUBSCRIBE")
"""Those taken within calls by a user agent that lets itself be transferred (RFC 3515)."""
SDP_TYPE: Final = "application/sdp"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one user agent takes on.

    Args:
        max_legs: calls; an INVITE above them is answered 503, as those of the next two limits.
        max_transactions: transactions at a time.
        retry_after: seconds told in Retry-After.
        max_invites_per_second: new calls in a second, in the mean over a second.
        max_datagram: bytes above which a request goes by TCP where the peer takes it (RFC 3261 18.1.1).
    """

    max_legs: int = 1000
    max_transactions: int = 20_000
    retry_after: int = 5
    max_invites_per_second: float = 1000.0
    max_datagram: int = 1300


def destination_of(uri: SipUri, fallback: Endpoint | None) -> Endpoint:
    """Return where a URI is reached, see `sip.location.delivery.destination_of`.

    Raises:
        SipSyntaxError: a URI without a host, such as tel, and no fallback.
    """
    found = delivery.destination_of(uri, fallback)
    if found is None:
        raise SipSyntaxError(f"{uri} names no host")
    return found


class Core:
    """The common ground of one user agent. ``local`` is what Via and Contact say; the shell corrects its port."""

    def __init__(
        self,
        local: Endpoint,
        tokens: Callable[[], str],
        product: str,
        limits: Limits,
        serves: Collection[str],
        *,
        accepts: Collection[str] = (),
        session: SessionPolicy | None = None,
        transferable: bool = False,
    ) -> None:
        self.local = local
        self.tokens = tokens
        self.product = product
        self.limits = limits
        self.serves = frozenset(serves)
        self.accepts = frozenset(accepts)
        self.accept = ", ".join((SDP_TYPE, *sorted(self.accepts)))
        self.session = session
        self.transferable = transferable
        self.supported = (
            "100rel",
            "replaces",
            *(("norefersub",) if transferable else ()),
            *(("timer",) if session is not None else ()),
        )
        self.supports = ", ".join(self.supported)
        methods = (*METHODS, *(TRANSFER_METHODS if transferable else ()))
        self.allow = ", ".join((*methods, *sorted(self.serves - set(methods))))
        self.timers = Timers()
        self.ports: dict[str, int] = {}
        self.locator = Locator(self.fraction)
        self.transactions = Transactions(self.timers)
        self.deliveries = Deliveries(
            self.locator, self.readdressed, self.transactions.connections, limits.max_datagram, self._family
        )
        self.transactions.delivery = self.deliveries
        self.events: deque[UaEvent] = deque()

    def emit(self, event: UaEvent) -> None:
        """Tell the program."""
        self.events.append(event)

    @property
    def host_port(self) -> str:
        """Our own address as it stands in Via and Contact."""
        return self._place("udp")

    def _place(self, transport: str) -> str:
        host = f"[{self.local.host}]" if ":" in self.local.host else self.local.host
        return f"{host}:{self.ports.get(transport, self.local.port)}"

    def _family(self) -> int | None:
        """Return the IP version that we speak, as our own address shows."""
        return (6 if ":" in self.local.host else 4) if delivery.is_address(self.local.host) else None

    def via(self, transport: str) -> str:
        """Return a Via value with a fresh branch, asking for rport (RFC 3581)."""
        spoken = (transport or "udp").upper()
        return f"SIP/2.0/{spoken} {self._place(transport)};branch={MAGIC_COOKIE}{self.tokens()};rport"

    def contact(self, user: str, transport: str) -> str:
        """Return our Contact value for ``user``, as it is reached by ``transport``."""
        uri = SipUri(user=user, host=self._place(transport))
        return f"<{uri if transport in ('udp', '') else uri.with_param('transport', transport)}>"

    def readdressed(self, request: Request, target: Endpoint) -> Request:
        """Return a request for another target: a new branch, the target's transport, our Contact for it."""
        headers = request.headers.copy()
        headers.replace_first("Via", self.via(target.transport))
        ours = headers.get("Contact")
        if ours is not None:
            contact = NameAddr.parse(ours)
            own = {self._place(transport) for transport in ("udp", *self.ports)}
            if f"{contact.uri.host}:{contact.uri.port}" in own and contact.uri.scheme == "sip":
                moved = NameAddr.parse(self.contact(contact.uri.user, target.transport))
                headers.set("Contact", str(NameAddr(moved.address, contact.display, contact.params)))
        return Request(request.method, request.uri, headers, request.body)

    def fraction(self) -> float:
        """Return a random number from 0 to 1, made of a token."""
        return int(self.tokens()[:6], 16) / 0xFFFFFF

    def start(self, request: Request, destination: Endpoint, user: ResponseTaker, now: float) -> ClientTransaction:
        """Send a request in a transaction of its own."""
        if "User-Agent" not in request.headers:
            request.headers.append_parsed("User-Agent", self.product)
        if request.uri[:5].lower() == "sips:":
            secure_contact(request)
        return self.transactions.start_client(request, destination, user, now)

    def response(self, request: Request, status: int, reason: str = "", tag: str = "") -> Response:
        """Return a response of ours to a request."""
        response = make_response(request, status, reason, tag or self.tokens())
        response.headers.append_parsed("Server", self.product)
        if status in (200, 405):
            response.headers.append_parsed("Allow", self.allow)
        if status == 200 and request.method in ("INVITE", "UPDATE", "OPTIONS"):
            response.headers.append_parsed("Supported", self.supports)
        return response

    def reply(
        self,
        transaction: ServerTransaction,
        status: int,
        now: float,
        *,
        reason: str = "",
        tag: str = "",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> None:
        """Answer a request."""
        response = self.response(transaction.request, status, reason, tag)
        for name, value in headers:
            response.headers.add(name, value)
        response.body = body
        if transaction.request.uri[:5].lower() == "sips:":
            secure_contact(response)
        transaction.respond(response, now)

    def reply_stateless(
        self, request: Request, source: Endpoint, status: int, headers: Sequence[tuple[str, str]] = (), reason: str = ""
    ) -> None:
        """Answer without remembering anything: garbage and floods (RFC 3261 8.2.7)."""
        response = self.response(request, status, reason, "stateless")
        for name, value in headers:
            response.headers.add(name, value)
        self.transactions.send(serialise(response), reply_endpoint(request, source))

    def authenticated(
        self, transaction: ClientTransaction, response: Response, credentials: Sequence[Credentials], sequence: int
    ) -> Request | None:
        """Return the challenged request once more, with credentials, CSeq ``sequence`` and a new branch.

        Each realm is answered once (once more where its nonce was stale): a proxy and the callee behind it may both
        ask. ``None`` where we have none for a realm that asks, cannot answer, or have answered already.
        """
        asked, answer = (
            ("Proxy-Authenticate", "Proxy-Authorization")
            if response.status == 407
            else ("WWW-Authenticate", "Authorization")
        )
        answered = transaction.answered
        chosen = [
            (challenge, one)
            for challenge, one in choose_challenges(response.headers.all(asked), credentials)
            if answered.get((asked, challenge.realm), 0) <= (1 if challenge.stale else 0)
        ]
        if not chosen:
            return None
        again = self.once_more(transaction, sequence)
        realms = {challenge.realm for challenge, _ in chosen}
        kept = [value for value in again.headers.all(answer) if realm_of(value) not in realms]
        again.headers.remove(answer)
        for challenge, one in chosen:
            answered[asked, challenge.realm] = answered.get((asked, challenge.realm), 0) + 1
            cnonce = self.tokens()[:16]
            kept.append(
                authorization(challenge, one, method=again.method, uri=again.uri, cnonce=cnonce, body=again.body)
            )
        for value in kept:
            again.headers.add(answer, value)
        return again

    def once_more(self, transaction: ClientTransaction, sequence: int) -> Request:
        """Return the request of a transaction for another one: CSeq ``sequence`` and a new branch."""
        old = transaction.request
        headers = old.headers.copy()
        headers.replace_first("Via", self.via(transaction.destination.transport))
        headers.set("CSeq", f"{sequence} {old.method}")
        return Request(old.method, old.uri, headers, old.body)

    def restart(
        self, transaction: ClientTransaction, request: Request, user: ResponseTaker, now: float
    ) -> ClientTransaction:
        """Send what `authenticated` or `once_more` made, in the refused transaction's place."""
        again = self.start(request, transaction.wanted, user, now)
        again.answered = transaction.answered
        return again


def reply_endpoint(request: Request, source: Endpoint) -> Endpoint:
    """Return where responses go: the stream they came on, maddr, rport, or received and sent-by (18.2.2, RFC 3581)."""
    via = request.via
    if source.transport != "udp":
        return source
    maddr = via.param("maddr")
    if maddr and delivery.is_address(maddr):
        return Endpoint(maddr.strip("[]"), via.port or DEFAULT_PORT)
    if via.param("rport") is not None:
        return source
    return Endpoint(source.host, via.port or DEFAULT_PORT)


def reply_otherwise(request: Request, source: Endpoint) -> Endpoint | None:
    """Return where responses go once the stream they came on is gone (18.2.2); ``None``: nowhere else."""
    if source.transport not in ("tcp", "tls"):
        return None
    port = request.via.port or (DEFAULT_TLS_PORT if source.transport == "tls" else DEFAULT_PORT)
    return Endpoint(source.host, port, source.transport)


def mark_source(request: Request, source: Endpoint) -> None:
    """Write into the topmost Via where the request came from (RFC 3261 18.2.1, RFC 3581 4)."""
    via = request.via
    marked = via
    if via.param("rport") is not None:
        marked = marked.with_param("rport", str(source.port)).with_param("received", source.host)
    elif not _same_host(via.host, source.host):
        marked = marked.with_param("received", source.host)
    if marked is not via:
        request.headers.replace_first("Via", str(marked))


def _same_host(one: str, other: str) -> bool:
    """Compare addresses by their value: IPv6 has many spellings (RFC 5118 4.5)."""
    one, other = one.strip("[]").lower(), other.strip("[]").lower()
    if one == other or not (delivery.is_address(one) and delivery.is_address(other)):
        return one == other
    return ip_address(one) == ip_address(other)


def secure_contact(message: Request | Response) -> None:
    """Make our Contact a sips URI, as a sips Request-URI asks (RFC 3261 8.1.1.8, 12.1.1)."""
    ours = message.headers.get("Contact")
    if ours is None:
        return
    contact = NameAddr.parse(ours)
    if contact.uri.scheme == "sip":
        uri = replace(
            contact.uri, scheme="sips", params=tuple(p for p in contact.uri.params if p != ("transport", "tls"))
        )
        message.headers.set("Contact", str(NameAddr(str(uri), contact.display, contact.params)))


def sdp_of(message: Request | Response) -> bytes:
    """Return the session description in a body, also as one part of a multipart body; empty where there is none."""
    if not message.body:
        return b""
    if message.content_type in (SDP_TYPE, ""):
        return message.body
    if message.content_type.startswith("multipart/"):
        return _sdp_part(message.headers.get("Content-Type") or "", message.body)
    return b""


def takes_sdp(request: Request) -> bool:
    """Tell whether the sender takes SDP in a response; without Accept it does (RFC 3261 20.1)."""
    if "Accept" not in request.headers:
        return True
    kinds = {value.partition(";")[0].strip().lower() for value in request.headers.values("Accept")}
    return not kinds.isdisjoint((SDP_TYPE, "application/*", "*/*", request.content_type or SDP_TYPE))


def _sdp_part(content_type: str, body: bytes) -> bytes:
    """Find the SDP in a multipart body (RFC 2046 5.1): switches send ISUP or location beside it."""
    _, _, tail = content_type.partition("boundary=")
    boundary = tail.partition(";")[0].strip().strip('"')
    if not boundary:
        return b""
    for part in body.split(b"--" + boundary.encode())[1:]:
        head, _, content = part.lstrip(b"\r\n").partition(b"\r\n\r\n")
        if SDP_TYPE.encode() in head.lower():
            return content.removesuffix(b"\r\n")
    return b""


_ONCE: Final = ("From", "To", "Call-ID", "CSeq", "Max-Forwards")


def check_request(request: Request) -> None:
    """Read every header that later steps rely on.

    Raises:
        SipSyntaxError: one is missing or broken, or there are two of one that may be there once.
    """
    _check_common(request)
    for name in _ONCE:
        if request.headers.count(name) > 1:
            raise SipSyntaxError(f"more than one {name}")
    vias = request.headers.values("Via")
    for via in vias[1:]:
        Via.parse(via)
    if request.cseq.method != request.method:
        raise SipSyntaxError("CSeq names another method")
    hops = request.headers.get("Max-Forwards")
    if hops is not None and not (hops.isascii() and hops.isdigit() and len(hops) < 6):
        raise SipSyntaxError("Max-Forwards is not a number")


def check_response(response: Response) -> None:
    """Read every header that later steps rely on.

    Raises:
        SipSyntaxError: one is missing or broken.
    """
    _check_common(response)


def _check_common(message: Request | Response) -> None:
    _ = (message.via, message.from_, message.to, message.call_id)
    if message.cseq.method in ("INVITE", "UPDATE", "SUBSCRIBE", "REFER"):
        for contact in message.contacts:
            _ = contact.uri if isinstance(message, Request) or message.status < 300 else contact
        for route in message.headers.values("Record-Route"):
            _ = NameAddr.parse(route).uri


def add_headers(headers: Headers, extra: Sequence[tuple[str, str]]) -> None:
    """Add the program's own headers to a request or response; Max-Forwards and the like replace ours.

    Raises:
        ValueError: a header that belongs to the dialog or the transaction, or a value with a control character.
    """
    for name, value in extra:
        if name.lower() in ("via", "from", "to", "call-id", "cseq", "contact", "content-length", "content-type"):
            raise ValueError(f"{name} is not the program's to set")
        if name.lower() in ("max-forwards", "user-agent", "supported"):
            headers.set(name, value)
        else:
            headers.add(name, value)
