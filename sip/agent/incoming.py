"""Requests that come in: malformed ones, floods, those of a call, and those that begin something (RFC 3261 8.2)."""

from typing import Final

from sip.agent.admission import Complaints, Rate
from sip.agent.table import Table
from sip.core import Core, mark_source, reply_endpoint, reply_otherwise, sdp_of, takes_sdp
from sip.errors import SipSyntaxError
from sip.events import Endpoint, Leg, RequestReceived
from sip.legs.called import CalledLeg
from sip.legs.state import LegState
from sip.legs.transfer import Replaces, replaces_of
from sip.message import Request, parse_message
from sip.transaction import ServerTransaction

_OF_DIALOGS: Final = ("BYE", "INFO", "UPDATE", "PRACK", "NOTIFY")
"""Methods that outside of a dialog are for one that we do not know."""


class Incoming:
    """Takes every request, answers what can be answered here, and gives the rest to a leg or the program."""

    def __init__(self, core: Core, table: Table) -> None:
        self._core = core
        self._table = table
        self._complaints = Complaints(core.timers, core.emit)
        self._calls = Rate(core.limits.max_invites_per_second)

    def told(self, source: Endpoint, reason: str, data: bytes, now: float) -> None:
        """Tell of what a source sends that cannot be read, or of a limit that it passed."""
        self._complaints.take(source, reason, data, now)

    def malformed(self, error: SipSyntaxError, data: bytes, source: Endpoint, now: float) -> None:
        """Tell of a message that cannot be read, and answer 400 or 505 where it can be answered."""
        self.told(source, error.reason, data, now)
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

    def request(self, request: Request, source: Endpoint, now: float) -> None:
        """Take a request that has been checked."""
        transactions = self._core.transactions
        if source.transport != "udp":
            transactions.connected(source)
        known = transactions.find_server(request)
        if request.method == "ACK":
            self._ack(request, known, now)
        elif known is not None:
            known.receive_again()
        elif transactions.merges(request):
            self._refuse_stateless(request, source, 482)  # RFC 3261 8.2.2.2: it came on another way before
        elif self._too_much(request, now):
            wait = ("Retry-After", str(self._core.limits.retry_after))
            self._refuse_stateless(request, source, 503, wait)
        else:
            reply_to = reply_endpoint(request, source)
            mark_source(request, source)
            self._core.deliveries.learn(request, source)
            transaction = transactions.start_server(request, reply_to, reply_otherwise(request, source))
            if request.method == "CANCEL":
                self._cancel(transaction, now)
            elif request.to.tag:
                self._within_dialog(transaction, now)
            else:
                self._outside_dialog(transaction, source, now)

    def _refuse_stateless(self, request: Request, source: Endpoint, status: int, *headers: tuple[str, str]) -> None:
        mark_source(request, source)
        self._core.reply_stateless(request, source, status, headers)

    def _too_much(self, request: Request, now: float) -> bool:
        if request.method == "CANCEL" or self._table.of_request(request) is not None:
            return False  # existing calls go on whatever comes in
        if len(self._core.transactions) >= self._core.limits.max_transactions:
            return True
        if request.method != "INVITE" or request.to.tag:
            return False
        return len(self._table.legs) >= self._core.limits.max_legs or not self._calls.take(now)

    def _ack(self, request: Request, known: ServerTransaction | None, now: float) -> None:
        if known is not None and known.last_status >= 300:
            known.acknowledge(now)
            return
        leg = self._table.of_request(request)
        if leg is not None:
            leg.ack_received(request, now)

    def _cancel(self, transaction: ServerTransaction, now: float) -> None:
        invite = self._core.transactions.find_cancelled(transaction.request)
        if invite is None:
            self._core.reply(transaction, 481, now)
            return
        leg = self._table.of_invite(invite)
        self._core.reply(transaction, 200, now, tag=leg.local_tag if leg is not None else "")
        if leg is not None:
            leg.cancel_received(invite, now, transaction.request.headers.get("Reason") or "CANCEL")

    def _within_dialog(self, transaction: ServerTransaction, now: float) -> None:
        request = transaction.request
        leg = self._table.of_request(request)
        if leg is None or not leg.has_dialog(request.from_.tag):
            self._core.reply(transaction, 481, now)
        elif not self._refused_for_content(transaction, now):
            leg.request_received(transaction, now)

    def _outside_dialog(self, transaction: ServerTransaction, source: Endpoint, now: float) -> None:
        request = transaction.request
        if request.method not in ("INVITE", "OPTIONS") and request.method not in self._core.serves:
            self._core.reply(transaction, self._unserved(request.method), now)
        elif self._refused_for_content(transaction, now):
            return
        elif request.method == "INVITE":
            self._invited(transaction, source, now)
        elif request.method == "OPTIONS":
            headers = [("Accept", self._core.accept), ("Contact", self._core.contact("", source.transport))]
            self._core.reply(transaction, 200, now, headers=headers)
        else:
            self._core.emit(RequestReceived(self._table.leave_to_program(transaction, now), request, source))

    def _unserved(self, method: str) -> int:
        """Return the status that refuses a method outside of any dialog."""
        if method == "REFER" and self._core.transferable:
            return 603  # known, but nobody but the far end of a call may tell us whom to call (RFC 3515 5.1)
        return 481 if method in _OF_DIALOGS else 405

    def _refused_for_content(self, transaction: ServerTransaction, now: float) -> bool:
        """Answer what RFC 3261 8.2.1 to 8.2.3 asks to be refused; true where that was done."""
        request = transaction.request
        if "Replaces" in request.headers and (request.method != "INVITE" or "Join" in request.headers):
            self._core.reply(transaction, 400, now, reason="Replaces does not belong here")  # RFC 3891 3
            return True
        unknown = [tag for tag in request.headers.values("Require") if tag.lower() not in self._core.supported]
        if unknown:
            self._core.reply(transaction, 420, now, headers=[("Unsupported", ", ".join(unknown))])
            return True
        try:
            _ = request.target
        except SipSyntaxError as error:
            known_scheme = request.uri.partition(":")[0].lower() in ("sip", "sips", "tel")
            self._core.reply(transaction, 400 if known_scheme else 416, now)
            if known_scheme:
                self.told(transaction.reply_to, error.reason, request.start_line.encode(), now)
            return True
        if request.method == "INVITE" and not takes_sdp(request):
            self._core.reply(transaction, 406, now)  # RFC 3261 8.2.3: the answer would be of no use to the caller
            return True
        known = not request.body or bool(sdp_of(request)) or request.content_type in self._core.accepts
        plain = request.headers.get("Content-Encoding") in (None, "identity")
        if request.method == "INVITE" and not (known and plain):
            self._core.reply(transaction, 415, now, headers=[("Accept", self._core.accept)])
            return True
        return False

    def _invited(self, transaction: ServerTransaction, source: Endpoint, now: float) -> None:
        try:
            called = CalledLeg(self._core, self._table, Leg(self._core.tokens()), transaction, source)
            replaces = replaces_of(transaction.request)
        except SipSyntaxError as error:
            self._core.reply(transaction, 400, now, reason="Bad Request")
            self.told(source, error.reason, transaction.request.start_line.encode(), now)
            return
        brief = called.session.too_brief(transaction.request)
        if brief is not None:
            self._core.reply(transaction, 422, now, headers=brief)
            return
        refused = self._replace(called, replaces) if replaces is not None else 0
        if refused:
            self._core.reply(transaction, refused, now)
            return
        self._table.add(called)
        called.start(now)

    def _replace(self, called: CalledLeg, replaces: Replaces) -> int:
        """Find what a call wants to replace; return the status of the refusal, 0 where it may (RFC 3891 3)."""
        found = self._table.of_tags(replaces.call_id, replaces.to_tag)
        if found is None or not found.has_dialog(replaces.from_tag):
            return 481
        if not found.live:
            return 603
        if found.state is LegState.RINGING:
            return 481  # an early call that came in cannot be taken over
        if replaces.early_only and found.state is not LegState.PROCEEDING:
            return 486
        called.replaces = found
        return 0


def _salvage(data: bytes) -> Request | None:
    """Read a request whose headers are well formed but say something wrong."""
    try:
        message = parse_message(data)
    except SipSyntaxError:
        return None
    return message if isinstance(message, Request) else None
