"""Being transferred: the far end's REFER, the program's answer, and our news of it (RFC 3515, RFC 4488, RFC 3892)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final
from urllib.parse import unquote

from sip.core import Core, destination_of
from sip.dialog import Dialog
from sip.digest import Credentials
from sip.errors import SipSyntaxError
from sip.events import Endpoint
from sip.headers import NameAddr
from sip.legs.transfer import SIPFRAG, Replaces
from sip.message import REASONS, Request, Response
from sip.timers import Timer
from sip.transaction import ClientTransaction, ServerTransaction
from sip.uri import SipUri

EXPIRES: Final = 180
"""Seconds that the implicit subscription lasts; nobody lets a phone ring for longer."""
MAX_OPEN: Final = 4
"""REFERs of one call that are under way at a time; more are a defect or an attack."""
MAX_URI_HEADERS: Final = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a REFER asks for: call ``target``, in place of another call where ``replaces`` is given.

    ``quiet``: no news are wanted (RFC 4488). ``referred_by`` is the header as it came, empty where there is none.
    """

    target: SipUri
    replaces: Replaces | None = None
    referred_by: str = ""
    quiet: bool = False


def read_refer(request: Request) -> Wanted | int:
    """Read a REFER; return the status of the refusal where it asks for what cannot be done.

    400: not exactly one Refer-To, or one that cannot be read (RFC 3515 2.4.2); 416: no sip or tel address; 603: another
    method than INVITE. Headers that the address asks for, but Replaces, are not ours to send and are left out.
    """
    values = request.headers.values("Refer-To")
    if len(values) != 1:
        return 400
    try:
        address = NameAddr.parse(values[0]).address
    except SipSyntaxError:
        return 400
    try:
        uri = SipUri.parse(address)
    except SipSyntaxError:
        return 416 if address.partition(":")[0].lower() not in ("sip", "sips", "tel") else 400
    if (uri.param("method") or "INVITE").upper() != "INVITE":
        return 603
    try:
        replaces = _asked_replaces(uri.headers)
    except SipSyntaxError:
        return 400
    target = replace(uri, headers="", params=tuple(pair for pair in uri.params if pair[0] != "method"))
    quiet = (request.headers.get("Refer-Sub") or "").partition(";")[0].strip().lower() == "false"
    return Wanted(target, replaces, _referred_by(request), quiet)


def _asked_replaces(headers: str) -> Replaces | None:
    """Find Replaces among the headers of an address (RFC 3891 7.1); raises `SipSyntaxError` where it is broken."""
    found = [
        unquote(value)
        for name, _, value in (pair.partition("=") for pair in headers.split("&")[:MAX_URI_HEADERS])
        if unquote(name).lower() == "replaces"
    ]
    if len(found) > 1:
        raise SipSyntaxError("more than one Replaces in Refer-To")
    if found and any(ord(mark) < 32 or mark == "\x7f" for mark in found[0]):
        raise SipSyntaxError("control character in Replaces")
    return Replaces.parse(found[0]) if found else None


def _referred_by(request: Request) -> str:
    """Return Referred-By where it can be read: it goes on to the new callee (RFC 3892 3)."""
    value = (request.headers.get("Referred-By") or "").strip()
    try:
        return str(NameAddr.parse(value)) if value else ""
    except SipSyntaxError:
        return ""


class ReferralState(Enum):
    """ASKED -accept-> OPEN -last news, or nobody listens-> OVER; ASKED -refuse, end of the call, quiet-> OVER."""

    ASKED = "asked"
    OPEN = "open"
    OVER = "over"


class Referral:
    """One REFER that came in within a call.

    Its subscription goes on in the call's dialog when the call itself has ended, as transferring phones hang up early;
    a far end that has forgotten the dialog ends it by 481. NOTIFYs are sent one after the other; of news that come
    faster the latest counts.
    """

    def __init__(
        self,
        core: Core,
        transaction: ServerTransaction,
        wanted: Wanted,
        *,
        dialog: Dialog,
        hop: Endpoint | None,
        credentials: Sequence[Credentials],
        contact_user: str,
        number: int,
    ) -> None:
        self.wanted = wanted
        self.state = ReferralState.ASKED
        self._core = core
        self._transaction = transaction
        self._dialog = dialog
        self._hop = hop
        self._credentials = credentials
        self._user = contact_user
        # RFC 3515 2.4.6: those after a dialog's first REFER are told apart by its CSeq.
        self.id = str(transaction.request.cseq.number)
        self._event = "refer" if number == 0 else f"refer;id={self.id}"
        self._news = (100, REASONS[100])
        self._waiting = False
        self._terminated = ""
        self._current: ClientTransaction | None = None
        self._expiry: Timer | None = None

    def invite_headers(self) -> list[tuple[str, str]]:
        """Return what the new call's INVITE says of the transfer."""
        wanted = self.wanted
        return [
            *([("Replaces", str(wanted.replaces)), ("Require", "replaces")] if wanted.replaces is not None else []),
            *([("Referred-By", wanted.referred_by)] if wanted.referred_by else []),
        ]

    def accept(self, now: float) -> None:
        """Answer 202 and tell that we try; does nothing where the far end's wish is gone, or accepted already."""
        if self.state is not ReferralState.ASKED:
            return
        quiet = [("Refer-Sub", "false")] if self.wanted.quiet else []
        headers = [("Contact", self._contact(self._transaction.reply_to.transport)), *quiet]
        self._core.reply(self._transaction, 202, now, tag=self._dialog.local_tag, headers=headers)
        if self.wanted.quiet:
            self.state = ReferralState.OVER
            return
        self.state = ReferralState.OPEN
        self._expiry = self._core.timers.at(now + EXPIRES, self._expired)
        self._notify(now)

    def refuse(self, status: int, now: float, reason: str = "") -> None:
        """Answer 3xx to 6xx; does nothing where it is answered already."""
        if self.state is ReferralState.ASKED:
            self.state = ReferralState.OVER
            self._core.reply(self._transaction, status, now, tag=self._dialog.local_tag, reason=reason)

    def tell(self, status: int, reason: str, now: float) -> None:
        """Tell how far the new call is; a final status ends the subscription."""
        if self.state is not ReferralState.OPEN or self._terminated:
            return
        self._news = (status, reason or REASONS.get(status, ""))
        if status >= 200:
            self._terminated = "noresource"
        self._notify(now)

    def subscribe(self, transaction: ServerTransaction, now: float) -> None:
        """Take a SUBSCRIBE for this subscription: it is told anew, and ended where no time is asked for (RFC 6665)."""
        asked = (transaction.request.headers.get("Expires") or str(EXPIRES)).strip()
        seconds = min(int(asked), EXPIRES) if asked.isascii() and asked.isdigit() and len(asked) < 10 else EXPIRES
        contact = ("Contact", self._contact(transaction.reply_to.transport))
        headers = [("Expires", str(seconds)), contact]
        self._core.reply(transaction, 200, now, tag=self._dialog.local_tag, headers=headers)
        if seconds == 0:
            self._terminated = self._terminated or "timeout"
        elif self._expiry is not None:
            self._expiry.cancel()
            self._expiry = self._core.timers.at(now + seconds, self._expired)
        self._notify(now)

    def call_ended(self, now: float) -> None:
        """The call is over: what is not answered yet never will be (RFC 3261 15.1.2)."""
        self.refuse(487, now)

    # --- the subscription

    def _contact(self, transport: str) -> str:
        return self._core.contact(self._user, transport)

    def _notify(self, now: float) -> None:
        if self._current is not None:
            self._waiting = True
            return
        self._waiting = False
        dialog = self._dialog
        destination = destination_of(dialog.next_hop, self._hop)
        notify = dialog.request("NOTIFY", via=self._core.via(destination.transport))
        headers = notify.headers
        headers.add("Contact", self._contact(destination.transport))
        headers.add("Event", self._event)
        headers.add("Subscription-State", self._subscription_state(now))
        headers.add("Content-Type", f"{SIPFRAG};version=2.0")
        status, reason = self._news
        shown = "".join(mark if mark.isprintable() else " " for mark in reason)
        notify.body = f"SIP/2.0 {status} {shown}\r\n".encode()
        if self._terminated:
            self._close()
        self._current = self._core.start(notify, destination, self, now)

    def _subscription_state(self, now: float) -> str:
        if self._terminated or self._expiry is None:
            return f"terminated;reason={self._terminated or 'noresource'}"
        return f"active;expires={max(1, round(self._expiry.when - now))}"

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take the answer to a NOTIFY; a refusal means that nobody listens (RFC 6665 4.2.2)."""
        if transaction is not self._current or response.status < 200:
            return
        if response.status in (401, 407):
            sequence = self._dialog.local_sequence + 1
            again = self._core.authenticated(transaction, response, self._credentials, sequence)
            if again is not None:
                self._dialog.local_sequence = sequence
                self._current = self._core.restart(transaction, again, self, now)
                return
        self._current = None
        if response.status >= 300:
            self._close()
        elif self._waiting:
            self._notify(now)

    def no_response(self, transaction: ClientTransaction, status: int, now: float) -> None:  # noqa: ARG002 - `ResponseTaker`'s
        """Nobody listens."""
        if transaction is self._current:
            self._current = None
            self._close()

    def _expired(self, now: float) -> None:
        self._terminated = "timeout"
        self._notify(now)

    def _close(self) -> None:
        self.state = ReferralState.OVER
        self._waiting = False
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None


class Referrals:
    """The REFERs of one call."""

    def __init__(self) -> None:
        self._all: list[Referral] = []
        self._count = 0

    def crowded(self) -> bool:
        """Tell whether no more may come now."""
        self._all = [one for one in self._all if one.state is not ReferralState.OVER]
        return len(self._all) >= MAX_OPEN

    def add(self, make: Callable[[int], Referral]) -> Referral:
        """Keep a new one, made from how many there were before."""
        referral = make(self._count)
        self._count += 1
        self._all.append(referral)
        return referral

    def find(self, event: str) -> Referral | None:
        """Return the open subscription that an Event value names; without an id the only one, or the first."""
        _, _, tail = event.partition(";")
        wanted = next(
            (part.partition("=")[2].strip() for part in tail.split(";") if part.strip().startswith("id=")), ""
        )
        still = [one for one in self._all if one.state is ReferralState.OPEN and wanted in ("", one.id)]
        return still[0] if still else None

    def call_ended(self, now: float) -> None:
        """The call is over."""
        for referral in self._all:
            referral.call_ended(now)
