"""What legs, registrations and the user agent share: addresses, branches, events, responses, authentication."""

import ipaddress
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sip.digest import Credentials, authorization, choose_challenges, realm_of
from sip.errors import SipSyntaxError
from sip.events import Endpoint, UaEvent
from sip.headers import Headers, NameAddr
from sip.legs.session_timer import SessionPolicy
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
from sip.uri import DEFAULT_PORT, SipUri

METHODS: Final = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE", "PRACK", "NOTIFY")
TRANSFER_METHODS: Final = ("REFER", "SUBSCRIBE")
"""Those taken within calls by a user agent that lets itself be transferred (RFC 3515)."""
SDP_TYPE: Final = "application/sdp"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one user agent takes on: legs, transactions, and the Retry-After (seconds) told to those above it."""

    max_legs: int = 1000
    max_transactions: int = 20_000
    retry_after: int = 5


def is_address(host: str) -> bool:
    """Tell whether ``host`` is an IP address that needs no look-up."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def destination_of(uri: SipUri, fallback: Endpoint | None) -> Endpoint:
    """Return where a URI is reached; names are not looked up here, ``fallback`` is taken for them where there is one.

    Raises:
        SipSyntaxError: a tel URI and no fallback.
    """
    if uri.host and (fallback is None or is_address(uri.host)):
        transport = "tcp" if uri.transport == "tcp" else "udp"
        return Endpoint(uri.host.strip("[]"), uri.port or DEFAULT_PORT, transport)
    if fallback is None:
        raise SipSyntaxError(f"{uri} names no host")
    return fallback


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
        methods = (*METHODS, *(TRANSFER_METHODS if transferable else ()))
        self.allow = ", ".join((*methods, *sorted(self.serves - set(methods))))
        self.timers = Timers()
        self.transactions = Transactions(self.timers)
        self.events: deque[UaEvent] = deque()

    def emit(self, event: UaEvent) -> None:
        """Tell the program."""
        self.events.append(event)

    @property
    def host_port(self) -> str:
        """Our own address as it stands in Via and Contact."""
        host = f"[{self.local.host}]" if ":" in self.local.host else self.local.host
        return f"{host}:{self.local.port}"

    def via(self, transport: str) -> str:
        """Return a Via value with a fresh branch, asking for rport (RFC 3581)."""
        return f"SIP/2.0/{transport.upper()} {self.host_port};branch={MAGIC_COOKIE}{self.tokens()};rport"

    def contact(self, user: str, transport: str) -> str:
        """Return our Contact value for ``user``."""
        uri = SipUri(user=user, host=self.host_port)
        return f"<{uri.with_param('transport', 'tcp') if transport == 'tcp' else uri}>"

    def fraction(self) -> float:
        """Return a random number from 0 to 1, made of a token."""
        return int(self.tokens()[:6], 16) / 0xFFFFFF

    def start(self, request: Request, destination: Endpoint, user: ResponseTaker, now: float) -> ClientTransaction:
        """Send a request in a transaction of its own."""
        if "User-Agent" not in request.headers:
            request.headers.append_parsed("User-Agent", self.product)
        return self.transactions.start_client(request, destination, user, now)

    def response(self, request: Request, status: int, reason: str = "", tag: str = "") -> Response:
        """Return a response of ours to a request."""
        response = make_response(request, status, reason, tag or self.tokens())
        response.headers.append_parsed("Server", self.product)
        if status in (200, 405):
            response.headers.append_parsed("Allow", self.allow)
        if status == 200 and request.method in ("INVITE", "UPDATE", "OPTIONS"):
            response.headers.append_parsed("Supported", ", ".join(self.supported))
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
        again = self.start(request, transaction.destination, user, now)
        again.answered = transaction.answered
        return again


def reply_endpoint(request: Request, source: Endpoint) -> Endpoint:
    """Return where responses go: the stream they came on, or by received, rport and sent-by (18.2.2, RFC 3581)."""
    via = request.via
    if source.transport != "udp" or via.param("rport") is not None:
        return source
    return Endpoint(source.host, via.port or DEFAULT_PORT)


def mark_source(request: Request, source: Endpoint) -> None:
    """Write into the topmost Via where the request came from (RFC 3261 18.2.1, RFC 3581 4)."""
    via = request.via
    marked = via
    if via.param("rport") is not None:
        marked = marked.with_param("rport", str(source.port)).with_param("received", source.host)
    elif via.host.strip("[]") != source.host:
        marked = marked.with_param("received", source.host)
    if marked is not via:
        request.headers.replace_first("Via", str(marked))


def sdp_of(message: Request | Response) -> bytes:
    """Return the session description in a body, also as one part of a multipart body; empty where there is none."""
    if not message.body:
        return b""
    if message.content_type in (SDP_TYPE, ""):
        return message.body
    if message.content_type.startswith("multipart/"):
        return _sdp_part(message.headers.get("Content-Type") or "", message.body)
    return b""


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


def check_request(request: Request) -> None:
    """Read every header that later steps rely on.

    Raises:
        SipSyntaxError: one is missing or broken.
    """
    _check_common(request)
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
