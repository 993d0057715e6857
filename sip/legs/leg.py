"""A call leg once its dialog stands: offers both ways, ACK, BYE, INFO (RFC 3261 sections 13 to 15).

The law (absent = the program made a mistake, `SipStateError`, or the far end did, and is answered 4xx):

CALLING -1xx-> PROCEEDING -2xx-> CONFIRMED         the calling side (``sip.legs.calling``)
RINGING -accept-> ACCEPTED -ACK-> CONFIRMED        the called side (``sip.legs.called``)
any -hangup-> LEAVING -last answer or timeout-> GONE
any -BYE, CANCEL, refusal, failure-> GONE
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from sip.core import SDP_TYPE, Core, add_headers, destination_of, sdp_of
from sip.dialog import Dialog
from sip.digest import Credentials
from sip.errors import SipStateError
from sip.events import (
    Confirmed,
    Ended,
    Endpoint,
    InfoAnswered,
    InfoReceived,
    Leg,
    OfferAnswered,
    OfferReceived,
    OfferRefused,
    RequestKey,
)
from sip.message import Request, Response, serialise
from sip.timers import T1, T2, TRANSACTION_TIMEOUT, Timer
from sip.transaction import ClientTransaction, ServerTransaction


class LegState(Enum):
    """States of the law above."""

    CALLING = "calling"
    PROCEEDING = "proceeding"
    RINGING = "ringing"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    LEAVING = "leaving"
    GONE = "gone"


class LegTable(Protocol):
    """Where legs are found by the requests of the far end."""

    def forget_leg(self, leg: "CallLeg") -> None:
        """The leg is gone."""

    def leave_to_program(self, transaction: ServerTransaction, now: float) -> RequestKey:
        """The program answers this request, by the key that is returned."""


@dataclass(slots=True)
class _Success:
    """A 2xx of ours that is repeated until its ACK comes (13.3.1.4)."""

    transaction: ServerTransaction
    offered: bool
    interval: float
    repeat: Timer
    limit: Timer


class Ignore:
    """Takes the answers that change nothing: to CANCEL, or to the BYE of a call that was never wanted."""

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Whatever it is."""

    def no_response(self, transaction: ClientTransaction, status: int, now: float) -> None:
        """So be it: the far end is gone or will find out."""


class CallLeg:
    """One leg; the two kinds add how it begins."""

    def __init__(
        self, core: Core, table: LegTable, leg: Leg, *, user: str, hop: Endpoint | None, credentials: Credentials | None
    ) -> None:
        self.id = leg
        self.core = core
        self.state = LegState.RINGING
        self.dialog: Dialog | None = None
        self.local_tag = ""
        self.call_id = ""
        self._table = table
        self._user = user
        self._hop = hop
        self._credentials = credentials
        self._successes: dict[int, _Success] = {}
        self._acks: dict[tuple[int, str], tuple[bytes, Endpoint]] = {}
        self._unanswered: tuple[ClientTransaction, Response] | None = None  # a 2xx with an offer that wants our answer
        self._their_offer: ServerTransaction | None = None
        self._our_offer: ClientTransaction | None = None
        self._next_offer: bytes | None = None
        self._retry: Timer | None = None
        self._told_answers: dict[ClientTransaction, RequestKey] = {}

    @property
    def live(self) -> bool:
        """Whether wishes still mean something."""
        return self.state not in (LegState.LEAVING, LegState.GONE)

    # --- wishes of the program

    def hangup(self, now: float) -> None:
        """Leave the call; nothing more is told of it."""
        if self.state is LegState.ACCEPTED:
            self.state = LegState.LEAVING  # BYE must wait for the ACK or its timeout (RFC 3261 15)
        elif self.state is LegState.CONFIRMED:
            self._leave(now)

    def reinvite(self, sdp: bytes, now: float) -> None:
        """Offer ``sdp`` in a re-INVITE, as soon as no other offer is open (14.1); the last wish counts."""
        if self.state not in (LegState.CONFIRMED, LegState.ACCEPTED):
            raise SipStateError(f"re-INVITE while {self.state.value}")
        self._next_offer = sdp
        self._offer_if_free(now)

    def accept_offer(
        self, sdp: bytes, now: float, content_type: str = SDP_TYPE, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Answer the far end's offer: in the 200 to its re-INVITE, or in the ACK to a 2xx that made the offer."""
        if self._unanswered is not None:
            transaction, response = self._unanswered
            self._unanswered = None
            self._acknowledge(transaction, response, sdp)
            self._offer_if_free(now)
        elif self._their_offer is not None:
            transaction_in, self._their_offer = self._their_offer, None
            self._succeed(transaction_in, sdp, now, content_type, headers)

    def refuse_offer(self, status: int, now: float) -> None:
        """Refuse the far end's re-INVITE; an offer in its 2xx can only be refused by hanging up."""
        if self._their_offer is not None:
            transaction, self._their_offer = self._their_offer, None
            self.core.reply(transaction, status, now, tag=self.local_tag)
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
        elif request.method == "INVITE":
            self._reinvite_received(transaction, now)
        elif request.method == "INFO":
            self._info_received(transaction, now)
        else:
            self.core.reply(transaction, 200 if request.method == "OPTIONS" else 405, now, tag=self.local_tag)

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
        if self.state is LegState.ACCEPTED:
            self.state = LegState.CONFIRMED
            self.core.emit(Confirmed(self.id, answer))
        elif success.offered:
            self.core.emit(OfferAnswered(self.id, answer))
        self._offer_if_free(now)

    def cancel_received(self, transaction: ServerTransaction, now: float) -> None:
        """A CANCEL came for an INVITE of this leg that has no final answer yet: here, a re-INVITE."""
        if transaction is self._their_offer:
            self._their_offer = None
            self.core.reply(transaction, 487, now, tag=self.local_tag)
            self._offer_if_free(now)

    def _info_received(self, transaction: ServerTransaction, now: float) -> None:
        request = transaction.request
        key = None
        if request.content_type in self.core.accepts:
            key = self._table.leave_to_program(transaction, now)
        else:
            self.core.reply(transaction, 200, now, tag=self.local_tag)
        self.core.emit(InfoReceived(self.id, request.content_type, request.body, key))

    def _bye_received(self, transaction: ServerTransaction, now: float) -> None:
        self.core.reply(transaction, 200, now, tag=self.local_tag)
        reason = transaction.request.headers.get("Reason") or "BYE"
        self._close_open_invites(now)
        self._end("remote", reason)

    def _close_open_invites(self, now: float) -> None:
        if self._their_offer is not None:
            self.core.reply(self._their_offer, 487, now, tag=self.local_tag)
            self._their_offer = None

    def _reinvite_received(self, transaction: ServerTransaction, now: float) -> None:
        if self._our_offer is not None or self._unanswered is not None:
            self.core.reply(transaction, 491, now, tag=self.local_tag)
        elif self._their_offer is not None or self.state not in (LegState.CONFIRMED, LegState.ACCEPTED):
            wait = ("Retry-After", str(int(self.core.fraction() * 10)))
            self.core.reply(transaction, 500, now, tag=self.local_tag, headers=[wait])
        else:
            if self.dialog is not None:
                self.dialog.refresh_target(transaction.request)
            self._their_offer = transaction
            self.core.emit(OfferReceived(self.id, sdp_of(transaction.request), transaction.request))

    # --- our 2xx

    def _succeed(
        self,
        transaction: ServerTransaction,
        body: bytes,
        now: float,
        content_type: str = SDP_TYPE,
        more: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Answer an INVITE 200, and repeat it until the ACK comes."""
        headers = [
            ("Contact", self.core.contact(self._user, transaction.reply_to.transport)),
            *(("Record-Route", value) for value in transaction.request.headers.all("Record-Route")),
            *([("Content-Type", content_type)] if body else []),
            *more,
        ]
        self.core.reply(transaction, 200, now, tag=self.local_tag, headers=headers, body=body)
        number = transaction.request.cseq.number
        timers = self.core.timers
        self._successes[number] = _Success(
            transaction=transaction,
            offered=bool(body) and content_type == SDP_TYPE and not sdp_of(transaction.request),
            interval=T1,
            repeat=timers.at(now + T1, lambda later: self._repeat_success(number, later)),
            limit=timers.at(now + TRANSACTION_TIMEOUT, self._ack_overdue),
        )

    def _repeat_success(self, number: int, now: float) -> None:
        success = self._successes[number]
        success.transaction.resend_success()
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
        busy = self._our_offer or self._their_offer or self._unanswered or self._retry or self._successes
        if self._next_offer is None or busy or self.state is not LegState.CONFIRMED:
            return
        sdp, self._next_offer = self._next_offer, None
        self._our_offer = self._send("INVITE", now, body=sdp, content_type=SDP_TYPE)

    def _send(
        self,
        method: str,
        now: float,
        *,
        body: bytes = b"",
        content_type: str = "",
        headers: Sequence[tuple[str, str]] = (),
    ) -> ClientTransaction:
        dialog = self._dialog()
        destination = destination_of(dialog.next_hop, self._hop)
        request = dialog.request(method, via=self.core.via(destination.transport))
        if method == "INVITE":
            request.headers.add("Contact", self.core.contact(self._user, destination.transport))
            request.headers.add("Allow", self.core.allow)
        add_headers(request.headers, headers)
        if body:
            request.headers.add("Content-Type", content_type)
            request.body = body
        return self.core.start(request, destination, self, now)

    def _dialog(self) -> Dialog:
        if self.dialog is None:
            raise SipStateError("the call has no dialog yet")
        return self.dialog

    def _acknowledge(
        self, transaction: ClientTransaction, response: Response, sdp: bytes, to: Dialog | None = None
    ) -> None:
        """Send the ACK to a 2xx, and keep it for the next time that the 2xx comes (13.2.2.4)."""
        dialog = to or self._dialog()
        destination = destination_of(dialog.next_hop, self._hop)
        number = transaction.request.cseq.number
        ack = dialog.request("ACK", via=self.core.via(destination.transport), sequence=number)
        for name in ("Authorization", "Proxy-Authorization"):
            for value in transaction.request.headers.all(name):
                ack.headers.append_parsed(name, value)
        if sdp:
            ack.headers.add("Content-Type", SDP_TYPE)
            ack.body = sdp
        data = serialise(ack)
        self._acks[number, response.to.tag] = (data, destination)
        self.core.transactions.send(data, destination)

    def _acknowledged_again(self, transaction: ClientTransaction, response: Response) -> bool:
        kept = self._acks.get((transaction.request.cseq.number, response.to.tag))
        if kept is not None:
            self.core.transactions.send(*kept)
        return kept is not None

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take the response to a request within the dialog."""
        if response.status < 200 or (response.status < 300 and self._acknowledged_again(transaction, response)):
            return
        if response.status in (401, 407) and self.state is not LegState.GONE and self.dialog is not None:
            sequence = self.dialog.local_sequence + 1
            again = self.core.authenticated(transaction, response, self._credentials, sequence)
            if again is not None:
                self.dialog.local_sequence = sequence
                renewed = self.core.restart(transaction, again, self, now)
                self._our_offer = renewed if transaction is self._our_offer else self._our_offer
                if transaction in self._told_answers:
                    self._told_answers[renewed] = self._told_answers.pop(transaction)
                return
        self._tell_answer(transaction, response.status, response.content_type, response.body)
        match transaction.request.method:
            case "INVITE":
                self._reinvite_answered(transaction, response, now)
            case "BYE":
                self._gone()
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

    def _reinvite_answered(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        offered = bool(transaction.request.body)
        if response.status < 300:
            self._reinvite_accepted(transaction, response, now, offered=offered)
            return
        if transaction is not self._our_offer:
            return
        self._our_offer = None
        if response.status == 491 and self.state is LegState.CONFIRMED:
            if self._next_offer is None:
                self._next_offer = transaction.request.body
            self._retry = self.core.timers.at(now + self._glare_wait(), self._retry_offer)
        elif response.status in (408, 481):
            self._lost(f"{response.status} {response.reason}", now)
        elif self.state is LegState.CONFIRMED:
            self.core.emit(OfferRefused(self.id, response.status))
            self._offer_if_free(now)

    def _reinvite_accepted(
        self, transaction: ClientTransaction, response: Response, now: float, *, offered: bool
    ) -> None:
        if transaction is not self._our_offer or self.state is not LegState.CONFIRMED:
            if self._unanswered is None or self._unanswered[0] is not transaction:
                self._acknowledge(transaction, response, b"")  # we are leaving: stop its repetition
            return
        self._our_offer = None
        self._dialog().refresh_target(response)
        sdp = sdp_of(response)
        if not offered and sdp:
            self._unanswered = (transaction, response)
            self.core.emit(OfferReceived(self.id, sdp))
            return
        self._acknowledge(transaction, response, b"")
        self.core.emit(OfferAnswered(self.id, sdp))
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

    # --- the end

    def _leave(self, now: float) -> None:
        """Send BYE and wait for its answer."""
        self._close_open_invites(now)
        self._stop_timers()
        self.state = LegState.LEAVING
        if self._unanswered is not None:
            transaction, response = self._unanswered
            self._unanswered = None
            self._acknowledge(transaction, response, b"")
        self._send("BYE", now)

    def _lost(self, reason: str, now: float) -> None:
        if not self.live:
            return
        self._leave(now)
        self.core.emit(Ended(self.id, "error", reason))

    def _end(self, by: str, reason: str) -> None:
        told = self.live
        self._gone()
        if told:
            self.core.emit(Ended(self.id, by, reason))

    def _gone(self) -> None:
        self._stop_timers()
        self.state = LegState.GONE
        self._table.forget_leg(self)

    def _stop_timers(self) -> None:
        for success in self._successes.values():
            success.repeat.cancel()
            success.limit.cancel()
        self._successes.clear()
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
