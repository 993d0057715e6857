"""One call of a test phone: its leg, its port, and what SDP has settled for it (RFC 3264)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from lab.phone.habits import PhoneError
from lab.switch.wishes import CallerID
from media_service.engine.interface import Address
from sip import events
from sip.errors import SipSyntaxError
from sip.events import Leg
from sip.headers import NameAddr
from sip.sdp import (
    TELEPHONY,
    Agreement,
    Direction,
    NotAcceptable,
    SessionDescription,
    accept_answer,
    audio_offer,
    negotiate,
)


class TalkStep(StrEnum):
    """What happened to a call, for those who watch each of a phone's calls."""

    DIALLED = "dialled"
    RINGING = "ringing"
    ANSWERED = "answered"
    HELD = "held"
    RETRIEVED = "retrieved"
    REFUSED = "refused"
    """Nobody answered our call: ``status`` says why. ``ENDED`` follows."""
    ENDED = "ended"


@dataclass(slots=True, eq=False)
class Talk:
    """A call. ``number`` is its own among the phone's calls, ``other`` who is at its far end.

    ``held`` where we have put it on hold, ``leaving`` where we hang up, ``status`` the SIP status that refused it.
    """

    leg: Leg | None
    port: str
    number: int
    incoming: bool
    other: CallerID
    consulted: bool = False
    address: Address | None = None
    offer: bytes = b""
    answered: bool = False
    ringing: bool = False
    held: bool = False
    leaving: bool = False
    status: int = 0
    then: Callable[[], None] | None = None
    """What follows once our hold is accepted."""
    _own: SessionDescription | None = field(default=None, repr=False)
    _offered: SessionDescription | None = field(default=None, repr=False)
    _version: int = 0

    def first_offer(self) -> bytes:
        """The SDP of our INVITE; empty where the port has no address yet."""
        if self.address is None:
            return b""
        self._own = audio_offer(self.address.host, self.address.port, self._session_id(), version=self._next_version())
        return self._own.serialise()

    def other_direction(self, direction: Direction) -> bytes | None:
        """The SDP of a re-INVITE that holds the call or takes it back; ``None`` where the call has no media."""
        if self.address is None:
            return None
        offer = audio_offer(self.address.host, self.address.port, self._session_id(), version=self._next_version())
        self._offered = offer.with_direction(direction)
        return self._offered.serialise()

    def answer_to(self, offer: bytes) -> tuple[bytes | None, Agreement | None]:
        """Our answer to an offer, or our own offer where there is none; no body where nothing is in common."""
        if self.address is None:
            return None, None
        host, port = self.address.host, self.address.port
        if not offer.strip():
            return self.first_offer(), None
        try:
            description = SessionDescription.parse(offer)
        except SipSyntaxError:
            return None, None
        answer = negotiate(
            description, TELEPHONY, host=host, port=port, session_id=self._session_id(), version=self._next_version()
        )
        if isinstance(answer, NotAcceptable):
            return None, None
        return answer.description.serialise(), answer.agreement

    def agreed(self, sdp: bytes) -> Agreement | None:
        """What an answer to our offer settles; ``None`` where it settles nothing."""
        try:
            answer = SessionDescription.parse(sdp)
        except SipSyntaxError:
            return None
        if self._offered is not None:
            self._own, self._offered = self._offered, None
        agreement = None if self._own is None else accept_answer(self._own, answer)
        return None if isinstance(agreement, NotAcceptable) else agreement

    def offer_refused(self) -> None:
        """Our re-INVITE was refused: what was settled before stays."""
        self._offered = None

    @property
    def holding(self) -> bool:
        """Whether what is settled holds the call."""
        own = self._own
        return own is not None and own.media[0].direction in {Direction.SENDONLY, Direction.INACTIVE}

    def _session_id(self) -> int:
        return 1000 + self.number

    def _next_version(self) -> int:
        self._version += 1
        return self._version


def leg_of(talk: Talk) -> Leg:
    """The leg of a call that has one; raises `PhoneError` before."""
    if talk.leg is None:
        raise PhoneError("the call has not begun")
    return talk.leg


def asks_to_answer(event: events.InviteReceived) -> bool:
    """Whether the switch asks the phone to answer by itself at once, as for a call made from a desktop."""
    values = event.request.headers.values("Call-Info")
    return any("answer-after=0" in text.replace(" ", "").lower().split(";") for text in values)


def shown(event: events.InviteReceived) -> CallerID:
    """The display: the asserted identity (RFC 3325) before From."""
    values = event.request.headers.values("P-Asserted-Identity")
    for text in [*values, str(event.request.from_)]:
        try:
            shown = NameAddr.parse(text)
            return CallerID(shown.uri.user, shown.display)
        except SipSyntaxError:
            continue  # the next one may be readable
    return CallerID("")
