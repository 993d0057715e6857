"""The ground of a call leg: its dialog, the requests and ACKs sent from it, and its end (RFC 3261 12, 13.2.2.4, 15)."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from sip.core import SDP_TYPE, Core, add_headers, destination_of
from sip.dialog import Dialog
from sip.digest import Credentials
from sip.errors import SipStateError
from sip.events import Ended, Endpoint, Leg, RequestKey
from sip.headers import Headers
from sip.legs.referral import Referrals
from sip.legs.session_timer import SessionTimer
from sip.legs.state import LegState, LegTable, Success
from sip.message import Request, Response, serialise
from sip.timers import Timer
from sip.transaction import ClientTransaction, ServerTransaction


class LegBase(ABC):
    """What a leg remembers, and how it sends and ends."""

    def __init__(
        self,
        core: Core,
        table: LegTable,
        leg: Leg,
        *,
        user: str,
        hop: Endpoint | None,
        credentials: Sequence[Credentials] = (),
    ) -> None:
        self.id = leg
        self.core = core
        self.state = LegState.RINGING
        self.dialog: Dialog | None = None
        self.local_tag = ""
        self.call_id = ""
        self.reason = Headers()  # why we leave (RFC 3326), empty where the program does not say
        self._table = table
        self._user = user
        self._hop = hop
        self._credentials = tuple(credentials)
        self._successes: dict[int, Success] = {}
        self._acks: dict[tuple[int, str], tuple[bytes, Endpoint]] = {}
        self._unanswered: tuple[ClientTransaction, Response] | None = None  # a 2xx with an offer that wants our answer
        self._their_offer: ServerTransaction | None = None
        self._our_offer: ClientTransaction | None = None
        self._next_offer: bytes | None = None
        self._next_method = "INVITE"
        self._refresh: ClientTransaction | None = None  # one that the session timer alone has asked for
        self._sdp_here = b""  # what both sides agreed on last
        self._sdp_there = b""
        self._peer_allows: frozenset[str] = frozenset()
        self.session = SessionTimer(
            core.session, core.timers, refresh=self._refresh_session, expired=self._session_expired
        )
        self._retry: Timer | None = None
        self._refer: ClientTransaction | None = None  # the transfer under way
        self._referrals = Referrals()  # those that the far end wants of us
        self._told_answers: dict[ClientTransaction, RequestKey] = {}

    @property
    def live(self) -> bool:
        """Whether wishes still mean something."""
        return self.state not in (LegState.LEAVING, LegState.GONE)

    def has_dialog(self, remote_tag: str) -> bool:
        """Tell whether the far end that this tag names is ours; ``0`` is also none at all (RFC 3891 3)."""
        return self.dialog is not None and self.dialog.remote_tag in (
            remote_tag,
            "" if remote_tag == "0" else remote_tag,
        )

    @abstractmethod
    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take the response to a request of ours."""

    @abstractmethod
    def no_response(self, transaction: ClientTransaction, status: int, now: float) -> None:
        """No final response came to a request of ours."""

    @abstractmethod
    def _refresh_session(self, now: float) -> None:
        """Ask whether the far end is still there (RFC 4028)."""

    @abstractmethod
    def _session_expired(self, now: float) -> None:
        """The far end has not been heard of in time."""

    @property
    def _answered(self) -> bool:
        """Whether the call has been answered and goes on."""
        return self.state in (LegState.CONFIRMED, LegState.ACCEPTED)

    def _agreed(self, here: bytes, there: bytes) -> None:
        """Remember what both sides agreed on; empty: as before."""
        self._sdp_here, self._sdp_there = here or self._sdp_here, there or self._sdp_there

    def _learn(self, message: Request | Response) -> None:
        """Remember which methods the far end knows (RFC 3261 20.5)."""
        allowed = message.headers.values("Allow")
        if allowed:
            self._peer_allows = frozenset(allowed)

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
        if method in ("INVITE", "UPDATE", "REFER"):
            request.headers.add("Contact", self.core.contact(self._user, destination.transport))
        if method in ("INVITE", "UPDATE"):
            self._add_abilities(request.headers)
        add_headers(request.headers, headers)
        if body:
            request.headers.add("Content-Type", content_type)
            request.body = body
        return self.core.start(request, destination, self, now)

    def _add_abilities(self, headers: Headers) -> None:
        """Say in an INVITE or UPDATE what we know, and what we want of the session timer."""
        headers.append_parsed("Allow", self.core.allow)
        headers.append_parsed("Supported", ", ".join(self.core.supported))
        for name, value in self.session.ask() if self._answered or self.dialog is None else ():
            headers.append_parsed(name, value)

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

    def _ask_again(self, transaction: ClientTransaction, again: Request, now: float) -> None:
        """Send a refused request once more, changed, in its transaction's place."""
        self._dialog().local_sequence = again.cseq.number
        renewed = self.core.restart(transaction, again, self, now)
        self._our_offer = renewed if transaction is self._our_offer else self._our_offer
        self._refer = renewed if transaction is self._refer else self._refer
        self._refresh = renewed if transaction is self._refresh else self._refresh
        if transaction in self._told_answers:
            self._told_answers[renewed] = self._told_answers.pop(transaction)

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
        self._send("BYE", now, headers=list(self.reason))

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
        self.session.end()
        self.state = LegState.GONE
        self._table.forget_leg(self)

    def _stop_timers(self) -> None:
        self.session.stop()
        for success in self._successes.values():
            success.repeat.cancel()
            success.limit.cancel()
        self._successes.clear()
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _close_open_invites(self, now: float) -> None:
        self._referrals.call_ended(now)
        if self._their_offer is not None:
            self.core.reply(self._their_offer, 487, now, tag=self.local_tag)
            self._their_offer = None
        if self._our_offer is not None:
            self._our_offer.abandon_later(now)
