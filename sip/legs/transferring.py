"""Transfers within a call, both ways: our REFER and its news, and the far end's (RFC 3515, RFC 3891, RFC 4488)."""

from abc import abstractmethod

from sip.core import TRANSFER_METHODS
from sip.errors import SipStateError
from sip.events import ReferReceived, TransferNews
from sip.legs.base import LegBase
from sip.legs.referral import Referral, read_refer
from sip.legs.state import LegState
from sip.legs.transfer import ReferNews, Replaces, refer_to
from sip.message import Response
from sip.transaction import ServerTransaction


class TransferringLeg(LegBase):
    """A leg that can be transferred, and whose far end can be."""

    def transfer(self, target: str, now: float, consultation: "TransferringLeg | None" = None) -> None:
        """Ask the far end to call ``target`` instead (RFC 3515), in place of our ``consultation`` call with it.

        Raises:
            SipStateError: the call does not stand, or a transfer is under way.
            SipSyntaxError: the target is no address.
        """
        if self.state is not LegState.CONFIRMED or self._refer is not None:
            raise SipStateError(f"transfer while {self.state.value if self._refer is None else 'transferring'}")
        other = consultation._dialog() if consultation is not None else None
        replaces = Replaces(other.call_id, other.remote_tag, other.local_tag) if other is not None else None
        where = refer_to(other.remote_target if other is not None else target, replaces)
        headers = [("Refer-To", where), ("Referred-By", f"<{self._dialog().local.address}>")]
        self._refer = self._send("REFER", now, headers=headers)

    @abstractmethod
    def hangup(self, now: float) -> None:
        """Leave the call; nothing more is told of it."""

    # --- the far end's news of our transfer

    def _notify_received(self, transaction: ServerTransaction, now: float) -> None:
        """Take news of our transfer: the REFER made the subscription (RFC 3515 2.4.4)."""
        event = (transaction.request.headers.get("Event") or "").partition(";")[0].strip().lower()
        if event != "refer" or self._refer is None:
            self.core.reply(transaction, 481 if event == "refer" else 489, now, tag=self.local_tag)
            return
        self.core.reply(transaction, 200, now, tag=self.local_tag)
        news = ReferNews.of(transaction.request)
        self._transfer_news(news.status, news.reason, over=news.over)

    def _refer_answered(self, response: Response) -> None:
        """Take the final response to our REFER: it refuses, or takes it without a subscription (RFC 4488 4)."""
        if response.status >= 300:
            self._transfer_news(response.status, response.reason, over=True)
        elif (response.headers.get("Refer-Sub") or "").partition(";")[0].strip().lower() == "false":
            self._transfer_news(0, "", over=True)

    def _transfer_news(self, status: int, reason: str, *, over: bool) -> None:
        if over:
            self._refer = None
        if self.live:
            self.core.emit(TransferNews(self.id, status, reason, over))

    # --- the far end's wishes

    def _transfer_asked(self, transaction: ServerTransaction, now: float) -> None:
        """Take a REFER, or a SUBSCRIBE for the news of one; those who cannot be transferred know neither (405)."""
        if not self.core.transferable or transaction.request.method not in TRANSFER_METHODS:
            self.core.reply(transaction, 405, now, tag=self.local_tag)
        elif transaction.request.method == "REFER":
            self._refer_received(transaction, now)
        else:
            self._subscribe_received(transaction, now)

    def _refer_received(self, transaction: ServerTransaction, now: float) -> None:
        wanted = read_refer(transaction.request)
        refused = wanted if isinstance(wanted, int) else 0 if self._answered else 603
        if self._referrals.crowded():
            self.core.reply(transaction, 503, now, tag=self.local_tag, headers=[("Retry-After", "5")])
        elif isinstance(wanted, int) or refused:
            self.core.reply(transaction, refused, now, tag=self.local_tag)
        else:
            self._dialog().refresh_target(transaction.request)
            referral = self._referrals.add(
                lambda number: Referral(
                    self.core,
                    transaction,
                    wanted,
                    dialog=self._dialog(),
                    hop=self._hop,
                    credentials=self._credentials,
                    contact_user=self._user,
                    number=number,
                )
            )
            key = self._table.keep_referral(referral, now)
            self.core.emit(ReferReceived(self.id, key, wanted.target, wanted.replaces, wanted.referred_by))

    def _subscribe_received(self, transaction: ServerTransaction, now: float) -> None:
        event = transaction.request.headers.get("Event") or ""
        referral = self._referrals.find(event) if event.partition(";")[0].strip().lower() == "refer" else None
        if referral is not None:
            referral.subscribe(transaction, now)
        else:
            status = 481 if event.partition(";")[0].strip().lower() == "refer" else 489
            self.core.reply(transaction, status, now, tag=self.local_tag)
