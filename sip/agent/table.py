"""The legs of one user agent, found by id, by the tags of a dialog and by the INVITE that began them."""

from sip.core import Core
from sip.events import Leg, RequestKey
from sip.legs.base import LegBase
from sip.legs.called import CalledLeg
from sip.legs.leg import CallLeg
from sip.legs.referral import Referral, ReferralState
from sip.message import Request
from sip.timers import TRANSACTION_TIMEOUT
from sip.transaction import ServerTransaction


class Table:
    """All legs, and the requests that wait for the program's answer; what legs know of it is `LegTable`."""

    def __init__(self, core: Core) -> None:
        self.legs: dict[Leg, CallLeg] = {}
        self._core = core
        self._by_tag: dict[tuple[str, str], CallLeg] = {}
        self._by_invite: dict[ServerTransaction, CallLeg] = {}
        self._requests: dict[RequestKey, ServerTransaction] = {}
        self._referrals: dict[RequestKey, Referral] = {}

    def add(self, leg: CallLeg) -> None:
        """Take a new leg in."""
        self.legs[leg.id] = leg
        self._by_tag[leg.call_id, leg.local_tag] = leg
        if isinstance(leg, CalledLeg):
            self._by_invite[leg.invite] = leg

    def forget_leg(self, leg: LegBase) -> None:
        """The leg is gone (called by the leg)."""
        self.legs.pop(leg.id, None)
        self._by_tag.pop((leg.call_id, leg.local_tag), None)
        if isinstance(leg, CalledLeg):
            self._by_invite.pop(leg.invite, None)

    def live(self, leg: Leg) -> CallLeg | None:
        """Return a leg that wishes still mean something to, otherwise ``None``."""
        found = self.legs.get(leg)
        return found if found is not None and found.live else None

    def of_tags(self, call_id: str, local_tag: str) -> CallLeg | None:
        """Return the leg of a dialog by Call-ID and our tag."""
        return self._by_tag.get((call_id, local_tag))

    def of_request(self, request: Request) -> CallLeg | None:
        """Return the leg whose dialog a request's Call-ID and To tag name; its From tag is not looked at."""
        return self._by_tag.get((request.call_id, request.to.tag))

    def of_invite(self, invite: ServerTransaction) -> CallLeg | None:
        """Return the leg that an INVITE of the far end belongs to: it began there, or is a re-INVITE."""
        return self._by_invite.get(invite) or self.of_request(invite.request)

    def leave_to_program(self, transaction: ServerTransaction, now: float) -> RequestKey:
        """The program answers this request, by the key that is returned (called by legs)."""
        key = RequestKey(self._core.tokens())
        self._requests[key] = transaction
        self._core.timers.at(now + TRANSACTION_TIMEOUT, lambda later: self._overdue(key, later))
        return key

    def answered(self, key: RequestKey, status: int) -> ServerTransaction | None:
        """Return the request that the program answers with ``status``, and forget it at a final one."""
        return self._requests.pop(key, None) if status >= 200 else self._requests.get(key)

    def keep_referral(self, referral: Referral, now: float) -> RequestKey:
        """The program answers this REFER, by the key that is returned (called by legs)."""
        key = RequestKey(self._core.tokens())
        self._referrals[key] = referral
        self._core.timers.at(now + TRANSACTION_TIMEOUT, lambda later: self._review_referral(key, later))
        return key

    def referral(self, key: RequestKey) -> Referral | None:
        """Return a REFER by its key, ``None`` where it is long over."""
        return self._referrals.get(key)

    def _review_referral(self, key: RequestKey, now: float) -> None:
        """Forget a REFER that is over; one that the program has not answered by now is over as well."""
        referral = self._referrals[key]
        referral.refuse(480, now)
        if referral.state is ReferralState.OVER:
            del self._referrals[key]
        else:
            self._core.timers.at(now + TRANSACTION_TIMEOUT, lambda later: self._review_referral(key, later))

    def _overdue(self, key: RequestKey, now: float) -> None:
        """The program has not answered: the request must not stay for ever."""
        transaction = self._requests.pop(key, None)
        if transaction is not None:
            self._core.reply(transaction, 500, now)
