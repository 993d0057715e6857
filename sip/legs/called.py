"""The leg of a call that comes in: ring, also reliably, accept, refuse, CANCEL (RFC 3261 9.2, 13.3; RFC 3262)."""

from collections.abc import Sequence
from typing import Final

from sip.core import SDP_TYPE, Core, add_headers, sdp_of
from sip.dialog import Dialog
from sip.errors import SipStateError
from sip.events import Ended, Endpoint, InviteReceived, Leg, OfferAnswered, OfferReceived
from sip.headers import Headers
from sip.legs.leg import CallLeg
from sip.legs.provisional import ReliableResponses, requires, supports
from sip.legs.state import LegState, LegTable
from sip.timers import Timer
from sip.transaction import ServerTransaction

RING_REPEAT: Final = 60.0  # 13.3.1.1: a provisional response every minute keeps proxies from giving up


class CalledLeg(CallLeg):
    """A leg that began with the far end's INVITE."""

    def __init__(self, core: Core, table: LegTable, leg: Leg, transaction: ServerTransaction, source: Endpoint) -> None:
        request = transaction.request
        super().__init__(core, table, leg, user=request.target.user, hop=source)
        self.local_tag = core.tokens()
        self.call_id = request.call_id
        self.dialog = Dialog.of_called(request, self.local_tag)
        self._learn(request)
        self.invite = transaction
        self._source = source
        self.replaces: CallLeg | None = None
        self._ring_timer: Timer | None = None
        self._expiry: Timer | None = None
        self._reliable = ReliableResponses(core, transaction, self.local_tag, self._prack_overdue)
        self._early_media_agreed = False
        self._held_answer: tuple[bytes, str, list[tuple[str, str]]] | None = None

    def start(self, now: float) -> None:
        """Tell the program; where the INVITE says how long it is good for, it is over by then (13.3.1)."""
        request = self.invite.request
        seconds = request.headers.seconds("Expires")
        if seconds:
            self._expiry = self.core.timers.at(now + seconds, self._expired)
        replaced = self.replaces.id if self.replaces is not None else None
        self.core.emit(InviteReceived(self.id, request, sdp_of(request), self._source, replaced))

    def ring(self, sdp: bytes | None, status: int, now: float) -> None:
        """Send a provisional response, with early media where ``sdp`` is given; it is repeated every minute.

        Raises:
            SipStateError: the call is answered already.
        """
        self._need_ringing("ring")
        request = self.invite.request
        headers = [
            ("Contact", self.core.contact(self._user, self.invite.reply_to.transport)),
            *(("Record-Route", value) for value in request.headers.all("Record-Route")),
            *([("Content-Type", SDP_TYPE)] if sdp else []),
        ]
        offer_wanted = not request.body and not self._early_media_agreed
        if not supports(request) or not (requires(request) or sdp or self._reliable.used):
            self.core.reply(self.invite, status, now, tag=self.local_tag, headers=headers, body=sdp or b"")
        elif sdp or not (requires(request) and offer_wanted):
            self._reliable.send(status, headers, sdp or b"", now)
        # Else nothing: the first reliable response would have to make the offer (RFC 3261 13.2.1), the answer does it.
        self._stop_ring_timer()
        self._ring_timer = self.core.timers.at(now + RING_REPEAT, lambda later: self.ring(sdp, status, later))

    def accept(
        self, body: bytes, now: float, content_type: str = SDP_TYPE, headers: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Answer 200 with our answer, or with our offer where the INVITE had none.

        Raises:
            SipStateError: the call is answered already.
            ValueError: a header that is not the program's to set.
        """
        self._need_ringing("accept")
        checked = Headers()
        add_headers(checked, headers)
        if self._reliable.describing:
            self._stop_ring_timer()
            self._held_answer = (body, content_type, list(checked))  # RFC 3262 3: the PRACK comes first
        else:
            self._accept(body, now, content_type, list(checked))

    def _accept(self, body: bytes, now: float, content_type: str, headers: Sequence[tuple[str, str]]) -> None:
        self._stop_ringing()
        self._held_answer = None
        self.state = LegState.ACCEPTED
        described = self._early_media_agreed and content_type == SDP_TYPE
        self._succeed(self.invite, b"" if described else body, now, content_type, headers)
        if self.replaces is not None:
            self.replaces.replaced(now)

    def _prack_received(self, transaction: ServerTransaction, now: float) -> None:
        described = self._reliable.acknowledge(transaction.request, now)
        if described is None:
            super()._prack_received(transaction, now)
            return
        sdp = sdp_of(transaction.request)
        offered = bool(sdp_of(self.invite.request))
        if sdp and (offered or self._early_media_agreed) and not self._busy:
            self._their_offer = transaction
            self.core.emit(OfferReceived(self.id, sdp, transaction.request))
        else:
            self.core.reply(transaction, 200, now, tag=self.local_tag)
        if described and not self._early_media_agreed:
            self._early_media_agreed = offered or bool(sdp)
            self._agreed(described, sdp_of(self.invite.request) or sdp)
            if sdp and not offered:
                self.core.emit(OfferAnswered(self.id, sdp))
        if self._held_answer is not None and not self._reliable.describing:
            body, content_type, headers = self._held_answer
            self._accept(body, now, content_type, headers)

    def _prack_overdue(self, now: float) -> None:
        """No PRACK in 64*T1: the caller is not there (RFC 3262 3)."""
        self._fail("timeout", "no PRACK", now)

    def _lost(self, reason: str, now: float) -> None:
        if self.state is LegState.RINGING:
            self._fail("error", reason, now)
        else:
            super()._lost(reason, now)

    def _fail(self, by: str, reason: str, now: float) -> None:
        self.core.reply(self.invite, 504, now, tag=self.local_tag)
        self._end(by, reason)

    def _first_offer_open(self) -> bool:
        return super()._first_offer_open() and not self._early_media_agreed

    def refuse(self, status: int, reason: str, headers: Sequence[tuple[str, str]], now: float) -> None:
        """Answer 3xx to 6xx; the leg is gone.

        Raises:
            SipStateError: the call is answered already.
            ValueError: ``status`` is no refusal, or a header that is not the program's to set.
        """
        self._need_ringing("refuse")
        if not 300 <= status <= 699:
            raise ValueError(f"not a refusal: {status}")
        checked = Headers()
        elsewhere = [pair for pair in headers if status < 400 and pair[0].lower() == "contact"]
        add_headers(checked, [pair for pair in headers if pair not in elsewhere])
        for name, value in elsewhere:  # a redirection says where to call (RFC 3261 21.3)
            checked.add(name, value)
        self.core.reply(self.invite, status, now, tag=self.local_tag, reason=reason, headers=list(checked))
        self._gone()

    def hangup(self, now: float) -> None:
        """Leave: 480 before the answer, BYE after it."""
        if self.state is LegState.RINGING:
            self.refuse(480, "", list(self.reason), now)
        else:
            super().hangup(now)

    def cancel_received(self, transaction: ServerTransaction, now: float, reason: str = "CANCEL") -> None:
        """The caller gives up; too late where the call is answered."""
        if transaction is not self.invite:
            super().cancel_received(transaction, now, reason)
        elif self.state is LegState.RINGING:
            self._close_open_invites(now)
            self._gone()
            self.core.emit(Ended(self.id, "remote", reason))

    def _close_open_invites(self, now: float) -> None:
        if self.state is LegState.RINGING:
            self.core.reply(self.invite, 487, now, tag=self.local_tag)
        super()._close_open_invites(now)

    def _need_ringing(self, wish: str) -> None:
        if self.state is not LegState.RINGING or (self._held_answer is not None and wish != "refuse"):
            raise SipStateError(f"{wish} while {self.state.value}")

    def _expired(self, now: float) -> None:
        """The caller wanted an answer by now, and got none."""
        if self.state is LegState.RINGING:
            self._close_open_invites(now)
            self._end("timeout", "expired")

    def _stop_ringing(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        self._reliable.stop()
        self._stop_ring_timer()

    def _stop_ring_timer(self) -> None:
        if self._ring_timer is not None:
            self._ring_timer.cancel()
            self._ring_timer = None

    def _gone(self) -> None:
        self._stop_ringing()
        self._reliable.end()
        super()._gone()
