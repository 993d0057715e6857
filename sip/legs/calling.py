"""The leg of a call that we make: INVITE, its responses, CANCEL and the races between them (RFC 3261 9.1, 13.2)."""

from collections.abc import Sequence
from typing import Final

from sip.core import SDP_TYPE, Core, add_headers, destination_of, sdp_of
from sip.dialog import Dialog, routed
from sip.digest import Credentials
from sip.events import Answered, Endpoint, Leg, OfferReceived, Progress, Refused
from sip.headers import Headers, NameAddr
from sip.legs.leg import CallLeg
from sip.legs.provisional import EarlyDialog, number_of
from sip.legs.redirection import Redirection
from sip.legs.referral import Referral
from sip.legs.state import Ignore, LegState, LegTable
from sip.message import REASONS, Request, Response
from sip.timers import TRANSACTION_TIMEOUT, Timer
from sip.transaction import ClientTransaction, ServerTransaction
from sip.uri import SipUri

MAX_EARLY_DIALOGS: Final = 20
"""Branches of a fork that are told apart; more are a defect or an attack."""


class CallingLeg(CallLeg):
    """A leg that began with our INVITE."""

    def __init__(
        self,
        core: Core,
        table: LegTable,
        leg: Leg,
        *,
        caller: NameAddr,
        hop: Endpoint | None,
        credentials: Sequence[Credentials] = (),
        redirection: Redirection | None = None,
        referral: Referral | None = None,
    ) -> None:
        super().__init__(core, table, leg, user=caller.uri.user, hop=hop, credentials=credentials)
        self._proxy = hop
        self._redirection = redirection or Redirection(0)
        self._referral = referral  # who is told how this call goes
        self.state = LegState.CALLING
        self.local_tag = core.tokens()
        self.call_id = f"{core.tokens()}@{core.local.host}"
        self._caller = caller.with_tag(self.local_tag)
        self._invite: ClientTransaction | None = None
        self._early_media: dict[str, bytes] = {}
        self._early: dict[str, EarlyDialog] = {}
        self._early_offer: Response | None = None  # a reliable 1xx with an offer that wants our answer in its PRACK
        self._early_media_agreed = False
        self._unwanted_limit: Timer | None = None

    def start(  # noqa: PLR0917 - what an INVITE is made of
        self,
        target: SipUri,
        to: SipUri,
        body: bytes,
        headers: Sequence[tuple[str, str]],
        now: float,
        content_type: str = SDP_TYPE,
        routes: Sequence[str] = (),
    ) -> None:
        """Send the INVITE, along ``routes`` where given.

        Raises:
            SipSyntaxError: the target names no host and there is no proxy, or a route that cannot be read.
            ValueError: a header that is not the program's to set.
        """
        first = NameAddr.parse(routes[0]).uri if routes else target
        uri, routes = routed(str(target), routes)
        destination = self._hop or destination_of(first, None)
        self._redirection.tried(target)
        fields = Headers()
        fields.append_parsed("Via", self.core.via(destination.transport))
        fields.append_parsed("Max-Forwards", "70")
        for route in routes:
            fields.add("Route", route)
        fields.append_parsed("From", str(self._caller))
        fields.append_parsed("To", f"<{to}>")
        fields.append_parsed("Call-ID", self.call_id)
        fields.append_parsed("CSeq", "1 INVITE")
        fields.append_parsed("Contact", self.core.contact(self._user, destination.transport))
        self._add_abilities(fields)
        add_headers(fields, headers)
        if body:
            fields.append_parsed("Content-Type", content_type)
            self._agreed(body if content_type == SDP_TYPE else b"", b"")
        self._hop = destination
        self._invite = self.core.start(Request("INVITE", uri, fields, body), destination, self, now)

    def hangup(self, now: float) -> None:
        """Leave: CANCEL where a provisional response allows it, later where not yet (9.1), BYE once answered."""
        if self.state in (LegState.CALLING, LegState.PROCEEDING):
            self._tell_referrer(487, REASONS[487], now)
        if self.state is LegState.CALLING:
            self.state = LegState.LEAVING
        elif self.state is LegState.PROCEEDING:
            self.state = LegState.LEAVING
            self._cancel(now)
        else:
            super().hangup(now)

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response: to the first INVITE here, to all else as within any dialog."""
        if transaction is not self._invite:
            super().response_received(transaction, response, now)
        elif response.status < 200:
            self._provisional(response, now)
        elif response.status < 300:
            self._take_answer(transaction, response, now)
        else:
            self._refused(transaction, response, now)

    def no_response(self, transaction: ClientTransaction, status: int, now: float) -> None:
        """The far end does not answer, or cannot be reached."""
        if transaction is not self._invite:
            super().no_response(transaction, status, now)
        elif self.state is LegState.LEAVING:
            self._gone()
        else:
            self._tell_referrer(status, REASONS[status], now)
            self._gone()
            self.core.emit(Refused(self.id, status, REASONS[status]))

    def has_dialog(self, remote_tag: str) -> bool:
        """Tell whether the tag is the far end's, or that of one branch of a fork before the answer."""
        return super().has_dialog(remote_tag) or (self.state is LegState.PROCEEDING and remote_tag in self._early)

    def request_received(self, transaction: ServerTransaction, now: float) -> None:
        """Take a request of the far end; one of a branch that our media do not follow may not change them."""
        tag = transaction.request.from_.tag
        if tag not in self._early or (self.dialog is not None and self.dialog.remote_tag == tag):
            super().request_received(transaction, now)
        elif not self._early[tag].dialog.accepts(transaction.request):
            self.core.reply(transaction, 500, now, tag=self.local_tag, reason="CSeq out of order")
        elif transaction.request.method == "UPDATE" and not transaction.request.body:
            self._early[tag].dialog.refresh_target(transaction.request)
            contact = [("Contact", self.core.contact(self._user, transaction.reply_to.transport))]
            self.core.reply(transaction, 200, now, tag=self.local_tag, headers=contact)
        else:
            known = transaction.request.method in ("UPDATE", "INFO", "INVITE")
            self.core.reply(transaction, 488 if known else 481, now, tag=self.local_tag)

    def _owns_call_id(self) -> bool:
        return True

    def _provisional(self, response: Response, now: float) -> None:
        if self.state is LegState.LEAVING:
            if self._unwanted_limit is None:
                self._cancel(now)
            return
        if self.state is LegState.CALLING:
            self.state = LegState.PROCEEDING
        if self.state is not LegState.PROCEEDING or response.status == 100:
            return
        sdp, tag, number = sdp_of(response), response.to.tag, number_of(response)
        if tag and self._invite is not None and tag not in self._early and len(self._early) < MAX_EARLY_DIALOGS:
            self._early[tag] = EarlyDialog(Dialog.of_caller(self._invite.request, response))
            self.dialog = self.dialog or self._early[tag].dialog
        early = self._early.get(tag)
        if number and (early is None or not early.takes(number)):
            return
        if sdp:
            self._early_media[tag] = sdp
        self._learn(response)
        self._tell_referrer(response.status, response.reason, now)
        self.core.emit(Progress(self.id, response.status, sdp, response))
        if early is not None and number:
            self._acknowledge_early(early, response, sdp, now)

    def _acknowledge_early(self, early: EarlyDialog, response: Response, sdp: bytes, now: float) -> None:
        """PRACK a reliable 1xx (RFC 3262 4); where it holds an offer, once the program has answered it."""
        offered = bool(self._invite is not None and self._invite.request.body)
        if sdp and not offered and not self._early_media_agreed and early.dialog is self.dialog:
            self._early_offer = response
            self.core.emit(OfferReceived(self.id, sdp))
            return
        if sdp and offered and early.dialog is self.dialog:
            self._early_media_agreed = True
            self._agreed(b"", sdp)
        self._prack(early.dialog, response, b"", now)

    def _prack(self, dialog: Dialog, response: Response, sdp: bytes, now: float) -> None:
        destination = destination_of(dialog.next_hop, self._hop)
        prack = dialog.request("PRACK", via=self.core.via(destination.transport))
        prack.headers.add("RAck", f"{number_of(response)} {response.cseq.number} INVITE")
        if sdp:
            prack.headers.add("Content-Type", SDP_TYPE)
            prack.body = sdp
        self.core.start(prack, destination, self if dialog is self.dialog else Ignore(), now)

    def accept_offer(
        self, sdp: bytes, now: float, content_type: str = SDP_TYPE, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Answer the far end's offer, in a PRACK where it came in a reliable 1xx."""
        response, self._early_offer = self._early_offer, None
        if response is None or self.state is not LegState.PROCEEDING:
            super().accept_offer(sdp, now, content_type, headers)
            return
        self._early_media_agreed = True
        self._agreed(sdp, sdp_of(response))
        self._prack(self._dialog(), response, sdp, now)

    def _first_offer_open(self) -> bool:
        return super()._first_offer_open() and not self._early_media_agreed

    def _lost(self, reason: str, now: float) -> None:
        if self.state is LegState.PROCEEDING:
            self.hangup(now)
            self.core.emit(Refused(self.id, 408, reason))
        else:
            super()._lost(reason, now)

    def _cancel(self, now: float) -> None:
        invite = self._invite
        if invite is None:
            return
        old = invite.request
        headers = Headers([("Via", str(old.via)), ("Max-Forwards", "70")])
        for name in ("Route", "From", "To", "Call-ID"):
            for value in old.headers.all(name):
                headers.append_parsed(name, value)
        headers.append_parsed("CSeq", f"{old.cseq.number} CANCEL")
        for name, value in self.reason:
            headers.append_parsed(name, value)
        self.core.start(Request("CANCEL", old.uri, headers), invite.destination, Ignore(), now)
        # Where no final response follows in 64*T1 the call counts as cancelled (9.1).
        self._unwanted_limit = self.core.timers.at(now + TRANSACTION_TIMEOUT, lambda _now: self._give_up(invite))

    def _take_answer(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        if self._acknowledged_again(transaction, response):
            return
        if self.state is LegState.CONFIRMED and self.dialog is not None and response.to.tag == self.dialog.remote_tag:
            return  # repeated while our answer to its offer is still being made
        early = self._early.pop(response.to.tag, None)
        agreed = self._early_media_agreed and early is not None and early.dialog is self.dialog
        answered = Dialog.of_caller(transaction.request, response)
        if early is not None:  # what was sent and came in the early dialog counts on
            answered.local_sequence = early.dialog.local_sequence
            answered.remote_sequence = early.dialog.remote_sequence
        if self.state not in (LegState.CALLING, LegState.PROCEEDING):
            self._hang_up_other(transaction, response, answered, now)
            return
        self.state = LegState.CONFIRMED
        self.dialog = answered
        self._learn(response)
        self.session.accepted(response, now)
        sdp = sdp_of(response)
        if not transaction.request.body and sdp and not agreed:
            self._unanswered = (transaction, response)
        else:
            self._acknowledge(transaction, response, b"")
            sdp = sdp or self._early_media.get(response.to.tag, b"")
            self._agreed(b"", sdp)
        self._early_media.clear()
        self._tell_referrer(response.status, response.reason, now)
        self.core.emit(Answered(self.id, sdp, response))

    def _hang_up_other(self, transaction: ClientTransaction, response: Response, dialog: Dialog, now: float) -> None:
        """A 2xx for a call that we left, or from a second branch of a fork (13.2.2.4): ACK, then BYE."""
        self._acknowledge(transaction, response, b"", dialog)
        if self.state is LegState.LEAVING and self._unwanted_limit is not None:
            self._unwanted_limit.cancel()
        if self.state is LegState.LEAVING and (self.dialog is None or self.dialog.remote_tag == dialog.remote_tag):
            self.dialog = dialog
            self._send("BYE", now, headers=list(self.reason))
            return
        destination = destination_of(dialog.next_hop, self._hop)
        bye = dialog.request("BYE", via=self.core.via(destination.transport))
        self.core.start(bye, destination, Ignore(), now)
        if self.state is LegState.LEAVING:
            self._gone()

    def _refused(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        if self.state is LegState.LEAVING:
            self._gone()
            return
        if response.status in (401, 407):
            sequence = transaction.request.cseq.number + 1
            again = self.core.authenticated(transaction, response, self._credentials, sequence)
            if again is not None:
                self._call_again(transaction, again, now)
                return
        if response.status == 422 and self.session.ask_for_more(response):
            again = self.core.once_more(transaction, transaction.request.cseq.number + 1)
            for name, value in self.session.ask():
                again.headers.set(name, value)
            self._call_again(transaction, again, now)
            return
        target = self._redirection.next_after(response)
        if target is not None:
            self._call_elsewhere(transaction, target, now)
            return
        self._tell_referrer(response.status, response.reason, now)
        self._gone()
        self.core.emit(Refused(self.id, response.status, response.reason, response))

    def _call_elsewhere(self, transaction: ClientTransaction, target: SipUri, now: float) -> None:
        """Call another target with the same Call-ID, From and To (8.1.3.4); it gets no credentials of the first."""
        self.state, self.dialog = LegState.CALLING, None
        self._forget_early()
        again = self.core.once_more(transaction, transaction.request.cseq.number + 1)
        headers = again.headers
        for name in ("Authorization", "Proxy-Authorization"):
            headers.remove(name)
        destination = transaction.destination
        if self._proxy is None and "Route" not in headers:
            destination = self._hop = destination_of(target, None)
            headers.replace_first("Via", self.core.via(destination.transport))
            headers.set("Contact", self.core.contact(self._user, destination.transport))
        request = Request("INVITE", str(target), headers, again.body)
        self._invite = self.core.start(request, destination, self, now)

    def _forget_early(self) -> None:
        """Forget the dialogs of an INVITE that was refused."""
        self._early.clear()
        self._early_media.clear()
        self._early_offer = None
        self._early_media_agreed = False

    def _tell_referrer(self, status: int, reason: str, now: float) -> None:
        if self._referral is not None:
            self._referral.tell(status, reason, now)

    def _call_again(self, transaction: ClientTransaction, again: Request, now: float) -> None:
        self.state, self.dialog = LegState.CALLING, None
        self._forget_early()
        self._invite = self.core.restart(transaction, again, self, now)

    def _give_up(self, invite: ClientTransaction) -> None:
        invite.abandon()
        self._gone()

    def _gone(self) -> None:
        if self._unwanted_limit is not None:
            self._unwanted_limit.cancel()
        super()._gone()
