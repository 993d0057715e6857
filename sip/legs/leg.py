"""A call leg once its dialog stands: offers both ways by re-INVITE and UPDATE, ACK, BYE, INFO (RFC 3261 13 to 15).

The law (absent = the program made a mistake, `SipStateError`, or the far end did, and is answered 4xx):

CALLING -1xx-> PROCEEDING -2xx-> CONFIRMED         the calling side (``sip.legs.calling``)
RINGING -accept-> ACCEPTED -ACK-> CONFIRMED        the called side (``sip.legs.called``)
any -hangup-> LEAVING -last answer or timeout-> GONE
any -BYE, CANCEL, refusal, failure-> GONE
"""

from collections.abc import Sequence

from sip.core import SDP_TYPE, add_headers, sdp_of
from sip.errors import SipStateError
from sip.events import (
    Confirmed,
    Ended,
    InfoAnswered,
    InfoReceived,
    OfferAnswered,
    OfferReceived,
    OfferRefused,
    RequestKey,
)
from sip.headers import Headers
from sip.legs.info_digits import read_digit
from sip.legs.state import LegState, Success
from sip.legs.transferring import TransferringLeg
from sip.message import Request, Response
from sip.timers import T1, T2, TRANSACTION_TIMEOUT
from sip.transaction import ClientTransaction, ServerTransaction


class CallLeg(TransferringLeg):
    """One leg; the two kinds add how it begins."""

    # --- wishes of the program

    def hangup(self, now: float) -> None:
        """Leave the call; nothing more is told of it."""
        if self.state is LegState.ACCEPTED:
            self.state = LegState.LEAVING  # BYE must wait for the ACK or its timeout (RFC 3261 15)
        elif self.state is LegState.CONFIRMED:
            self._leave(now)

    def reinvite(self, sdp: bytes, now: float) -> None:
        """Offer ``sdp`` in a re-INVITE, as soon as no other offer is open (14.1); the last wish counts."""
        if not self._answered:
            raise SipStateError(f"re-INVITE while {self.state.value}")
        self._next_offer, self._next_method = sdp, "INVITE"
        self._offer_if_free(now)

    def update(self, sdp: bytes, now: float) -> None:
        """Offer ``sdp`` in an UPDATE (RFC 3311), as soon as no other offer is open; by re-INVITE where none is allowed.

        Raises:
            SipStateError: the call has not come so far that an offer may be made.
        """
        early = self.state in (LegState.RINGING, LegState.PROCEEDING) and "UPDATE" in self._peer_allows
        if (early and self._first_offer_open()) or not (early or self._answered):
            raise SipStateError(f"UPDATE while {self.state.value}")
        self._next_offer, self._next_method = sdp, "UPDATE" if "UPDATE" in self._peer_allows else "INVITE"
        self._offer_if_free(now)

    def accept_offer(
        self, sdp: bytes, now: float, content_type: str = SDP_TYPE, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Answer the far end's offer: in the 200 to its re-INVITE, or in the ACK to a 2xx that made the offer."""
        if self._unanswered is not None:
            transaction, response = self._unanswered
            self._unanswered = None
            self._agreed(sdp, sdp_of(response))
            self._acknowledge(transaction, response, sdp)
            self._offer_if_free(now)
        elif self._their_offer is not None:
            transaction_in, self._their_offer = self._their_offer, None
            self._succeed(transaction_in, sdp, now, content_type, headers)
            self._offer_if_free(now)

    def refuse_offer(self, status: int, now: float, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Refuse the far end's re-INVITE or UPDATE; an offer in its 2xx can only be refused by hanging up.

        Raises:
            ValueError: ``status`` is no refusal, or a header that is not the program's to set.
        """
        if not 300 <= status <= 699:
            raise ValueError(f"not a refusal: {status}")
        checked = Headers()
        add_headers(checked, headers)
        if self._their_offer is not None:
            transaction, self._their_offer = self._their_offer, None
            self.core.reply(transaction, status, now, tag=self.local_tag, headers=list(checked))
            self._offer_if_free(now)

    def info(
        self,
        content_type: str,
        body: bytes,
        now: float,
        headers: Sequence[tuple[str, str]] = (),
        key: RequestKey | None = None,
    ) -> None:
        """Send an INFO within the call (RFC 6086); with a ``key`` its final response is told."""
        if self.state is not LegState.CONFIRMED:
            raise SipStateError(f"INFO while {self.state.value}")
        transaction = self._send("INFO", now, body=body, content_type=content_type, headers=headers)
        if key is not None:
            self._told_answers[transaction] = key

    def replaced(self, now: float) -> None:
        """Another call has taken this one's place (RFC 3891)."""
        if self.live:
            self.hangup(now)
            self.core.emit(Ended(self.id, "remote", "replaced"))

    # --- requests of the far end within the dialog

    def request_received(self, transaction: ServerTransaction, now: float) -> None:
        """Take a request whose tags are those of this leg's dialog."""
        request = transaction.request
        dialog = self.dialog
        if dialog is not None and not dialog.accepts(request):
            self.core.reply(transaction, 500, now, tag=self.local_tag, reason="CSeq out of order")
        elif request.method == "BYE":
            self._bye_received(transaction, now)
        elif self.state is LegState.LEAVING:
            self.core.reply(transaction, 481, now, tag=self.local_tag)
        elif request.method in ("INVITE", "UPDATE"):
            self._offer_received(transaction, now)
        elif request.method == "INFO":
            self._info_received(transaction, now)
        elif request.method == "PRACK":
            self._prack_received(transaction, now)
        elif request.method == "NOTIFY":
            self._notify_received(transaction, now)
        elif request.method == "OPTIONS":
            self.core.reply(transaction, 200, now, tag=self.local_tag)
        else:
            self._transfer_asked(transaction, now)

    def ack_received(self, request: Request, now: float) -> None:
        """Take the ACK to a 2xx of ours."""
        success = self._successes.pop(request.cseq.number, None)
        if success is None:
            return  # a repeated ACK
        success.repeat.cancel()
        success.limit.cancel()
        if self.state is LegState.LEAVING:
            self._leave(now)
            return
        answer = sdp_of(request) if success.offered else b""
        self._agreed(b"", answer)
        if self.state is LegState.ACCEPTED:
            self.state = LegState.CONFIRMED
            self.core.emit(Confirmed(self.id, answer))
        elif success.offered:
            self.core.emit(OfferAnswered(self.id, answer))
        self._offer_if_free(now)

    def cancel_received(self, transaction: ServerTransaction, now: float, reason: str = "CANCEL") -> None:  # noqa: ARG002 - the called side tells it
        """A CANCEL came for an INVITE of this leg that has no final answer yet: here, a re-INVITE."""
        if transaction is self._their_offer:
            self._their_offer = None
            self.core.reply(transaction, 487, now, tag=self.local_tag)
            self._offer_if_free(now)

    def _prack_received(self, transaction: ServerTransaction, now: float) -> None:
        """Refuse a PRACK that is for no response of ours; the called side takes its own (RFC 3262 3)."""
        self.core.reply(transaction, 481, now, tag=self.local_tag)

    def _info_received(self, transaction: ServerTransaction, now: float) -> None:
        request = transaction.request
        if request.headers.get("Info-Package") is not None:
            none_here = [("Recv-Info", "")]  # we have announced no package (RFC 6086 4.2.2)
            refusal = "Bad Info Package"
            self.core.reply(transaction, 469, now, reason=refusal, tag=self.local_tag, headers=none_here)
            return
        key = None
        if request.content_type in self.core.accepts:
            key = self._table.leave_to_program(transaction, now)
        else:
            self.core.reply(transaction, 200, now, tag=self.local_tag)
        pressed = read_digit(request.content_type, request.body)
        digit, duration = (pressed.digit, pressed.duration) if pressed is not None else ("", 0)
        self.core.emit(InfoReceived(self.id, request.content_type, request.body, key, digit, duration))

    def _bye_received(self, transaction: ServerTransaction, now: float) -> None:
        self.core.reply(transaction, 200, now, tag=self.local_tag)
        reason = transaction.request.headers.get("Reason") or "BYE"
        self._close_open_invites(now)
        self._end("remote", reason)

    def _offer_received(self, transaction: ServerTransaction, now: float) -> None:
        """Take a re-INVITE or an UPDATE; one without a body may offer nothing (UPDATE) or want our offer (INVITE)."""
        request = transaction.request
        update = request.method == "UPDATE"
        brief = self.session.too_brief(request)
        offers = not update or bool(sdp_of(request))
        ready = self._answered or (update and not self._first_offer_open())
        if brief is not None:
            self.core.reply(transaction, 422, now, tag=self.local_tag, headers=brief)
        elif offers and (self._our_offer is not None or self._unanswered is not None or self._calls):
            self.core.reply(transaction, 491, now, tag=self.local_tag)
        elif offers and (self._their_offer is not None or not ready):
            wait = ("Retry-After", str(int(self.core.fraction() * 10)))
            self.core.reply(transaction, 500, now, tag=self.local_tag, headers=[wait])
        else:
            self._learn(request)
            if offers:
                self._their_offer = transaction
                self.core.emit(OfferReceived(self.id, sdp_of(request), request))
            else:
                self._succeed(transaction, b"", now)

    @property
    def _calls(self) -> bool:
        """Whether the offer in our first INVITE is open."""
        return self.state in (LegState.CALLING, LegState.PROCEEDING) and self._first_offer_open()

    def _first_offer_open(self) -> bool:
        """Whether the offer that the call began with still waits for its answer (RFC 3311 5.1)."""
        return not self._answered

    # --- session timers (RFC 4028)

    def _refresh_session(self, now: float) -> None:
        """Show the far end that we are there, and find out whether it is: UPDATE where it knows it (7.4)."""
        if self.state is not LegState.CONFIRMED or self._busy or self._next_offer is not None:
            self.session.put_off(now, alive=False)
        elif "UPDATE" in self._peer_allows or not self._sdp_here:
            self._refresh = self._send("UPDATE", now)
        else:
            self._our_offer = self._refresh = self._send("INVITE", now, body=self._sdp_here, content_type=SDP_TYPE)

    def _session_expired(self, now: float) -> None:
        if self.live:
            self._leave(now)
            self.core.emit(Ended(self.id, "timeout", "session expired"))

    # --- our 2xx

    def _succeed(
        self,
        transaction: ServerTransaction,
        body: bytes,
        now: float,
        content_type: str = SDP_TYPE,
        more: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Answer an INVITE 200, and repeat it until the ACK comes; or an UPDATE, which has none."""
        request = transaction.request
        if request.method in ("INVITE", "UPDATE"):
            self._dialog().refresh_target(request)  # only now: a refused offer leaves all as it was (RFC 6141 4.7)
        headers = [
            ("Contact", self.core.contact(self._user, transaction.reply_to.transport)),
            *(("Record-Route", value) for value in request.headers.all("Record-Route")),
            *(self.session.agree(request, now) if self._answered else ()),
            *([("Content-Type", content_type)] if body else []),
            *more,
        ]
        self.core.reply(transaction, 200, now, tag=self.local_tag, headers=headers, body=body)
        if content_type == SDP_TYPE:
            self._agreed(body, sdp_of(request))
        if request.method != "INVITE":
            return
        number = request.cseq.number
        timers = self.core.timers
        self._successes[number] = Success(
            transaction=transaction,
            offered=bool(body) and content_type == SDP_TYPE and not sdp_of(request),
            interval=T1,
            repeat=timers.at(now + T1, lambda later: self._repeat_success(number, later)),
            limit=timers.at(now + TRANSACTION_TIMEOUT, self._ack_overdue),
        )

    def _repeat_success(self, number: int, now: float) -> None:
        success = self._successes[number]
        success.transaction.repeat_last()
        success.interval = min(success.interval * 2, T2)
        success.repeat = self.core.timers.at(now + success.interval, lambda later: self._repeat_success(number, later))

    def _ack_overdue(self, now: float) -> None:
        """No ACK in 64*T1: the session is not there (13.3.1.4)."""
        told = self.state is not LegState.LEAVING
        self._leave(now)
        if told:
            self.core.emit(Ended(self.id, "timeout", "no ACK"))

    # --- our requests

    def _offer_if_free(self, now: float) -> None:
        early = self._next_method == "UPDATE" and self.state in (LegState.RINGING, LegState.PROCEEDING)
        if self._next_offer is None or self._busy or not (early or self.state is LegState.CONFIRMED):
            return
        sdp, self._next_offer = self._next_offer, None
        self._our_offer = self._send(self._next_method, now, body=sdp, content_type=SDP_TYPE)

    @property
    def _busy(self) -> bool:
        """Whether an offer is open, or a 2xx of ours waits for its ACK."""
        return bool(self._our_offer or self._their_offer or self._unanswered or self._retry or self._successes)

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take the response to a request within the dialog."""
        if response.status < 200 or (response.status < 300 and self._acknowledged_again(transaction, response)):
            return
        if response.status in (401, 407) and self.state is not LegState.GONE and self.dialog is not None:
            sequence = self.dialog.local_sequence + 1
            again = self.core.authenticated(transaction, response, self._credentials, sequence)
            if again is not None:
                self._ask_again(transaction, again, now)
                return
        self._tell_answer(transaction, response.status, response.content_type, response.body)
        match transaction.request.method:
            case "INVITE" | "UPDATE":
                self._offer_answered(transaction, response, now)
            case "BYE":
                self._gone()
            case "REFER" if response.status not in (408, 481):
                self._refer_answered(response)
            case _ if response.status in (408, 481):
                self._lost(f"{response.status} {response.reason}", now)
            case _:
                pass  # INFO: whether it was understood does not change the call

    def no_response(self, transaction: ClientTransaction, status: int, now: float) -> None:
        """The far end does not answer a request within the dialog: the call is lost (12.2.1.2)."""
        self._tell_answer(transaction, status)
        if transaction.request.method == "BYE":
            self._gone()
        else:
            self._lost("no answer" if status == 408 else "cannot be reached", now)

    def _tell_answer(
        self, transaction: ClientTransaction, status: int, content_type: str = "", body: bytes = b""
    ) -> None:
        key = self._told_answers.pop(transaction, None)
        if key is not None and self.live:
            self.core.emit(InfoAnswered(self.id, key, status, content_type, body))

    def _offer_answered(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take the final response to a re-INVITE or UPDATE of ours."""
        refreshing = transaction is self._refresh
        if response.status < 300:
            self._offer_accepted(transaction, response, now, offered=bool(transaction.request.body))
        elif transaction is self._our_offer or refreshing:
            self._offer_refused(transaction, response, now, refreshing=refreshing)

    def _offer_refused(
        self, transaction: ClientTransaction, response: Response, now: float, *, refreshing: bool
    ) -> None:
        standing = self.state in (LegState.CONFIRMED, LegState.PROCEEDING, LegState.RINGING)
        if response.status == 422 and standing and self.session.ask_for_more(response):
            again = self.core.once_more(transaction, self._dialog().local_sequence + 1)
            for name, value in self.session.ask():
                again.headers.set(name, value)
            self._ask_again(transaction, again, now)
            return
        offering = transaction is self._our_offer
        self._our_offer = None if offering else self._our_offer
        self._refresh = None if refreshing else self._refresh
        if response.status in (405, 501) and transaction.request.method == "UPDATE":
            self._peer_allows -= {"UPDATE"}
        if response.status in (408, 481):
            self._lost(f"{response.status} {response.reason}", now)
        elif refreshing and standing:
            self.session.put_off(now, alive=True)
            self._offer_if_free(now)
        elif response.status == 491 and standing:
            if self._next_offer is None:
                self._next_offer, self._next_method = transaction.request.body, transaction.request.method
            self._retry = self.core.timers.at(now + self._glare_wait(), self._retry_offer)
        elif standing:
            self.core.emit(OfferRefused(self.id, response.status))
            self._offer_if_free(now)

    def _offer_accepted(self, transaction: ClientTransaction, response: Response, now: float, *, offered: bool) -> None:
        invite = transaction.request.method == "INVITE"
        refreshing, self._refresh = transaction is self._refresh, None
        if not self.live or (transaction is not self._our_offer and not refreshing):
            if invite and (self._unanswered is None or self._unanswered[0] is not transaction):
                self._acknowledge(transaction, response, b"")  # we are leaving: stop its repetition
            return
        self._our_offer = None if transaction is self._our_offer else self._our_offer
        self._learn(response)
        self._dialog().refresh_target(response)
        if self._answered:
            self.session.accepted(response, now)
        sdp = sdp_of(response)
        if invite and not offered and sdp:
            self._unanswered = (transaction, response)
            self.core.emit(OfferReceived(self.id, sdp))
            return
        if invite:
            self._acknowledge(transaction, response, b"")
        if offered and not (refreshing and sdp in (b"", self._sdp_there)):
            self.core.emit(OfferAnswered(self.id, sdp))
        self._agreed(transaction.request.body, sdp)
        self._offer_if_free(now)

    def _glare_wait(self) -> float:
        """RFC 3261 14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other side, in steps of 10 ms."""
        low, high = (2.1, 4.0) if self._owns_call_id() else (0.0, 2.0)
        return round(low + (high - low) * self.core.fraction(), 2)

    def _owns_call_id(self) -> bool:
        return False

    def _retry_offer(self, now: float) -> None:
        self._retry = None
        self._offer_if_free(now)
