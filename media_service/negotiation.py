"""From SDP to what the packet engine needs, and back: the one audio stream of a call (RFC 3264)."""

from dataclasses import dataclass
from typing import Final

from media_service.engine.interface import Address, Stream
from media_service.engine.streams import stream_of
from sip.errors import SipSyntaxError
from sip.sdp import (
    TELEPHONY,
    Agreement,
    NotAcceptable,
    SessionDescription,
    accept_answer,
    audio_offer,
    negotiate,
)

_NOWHERE: Final = Address("127.0.0.1", 9)


@dataclass(frozen=True, slots=True)
class Unusable:
    """An offer or answer that leads to no stream: ``status`` is the SIP response for it."""

    status: int
    reason: str


class Negotiation:
    """Offers and answers of one call. ``address`` is where the engine receives; the origin's version rises by one."""

    def __init__(self, session_id: int) -> None:
        self.address = _NOWHERE
        self._session_id = session_id
        self._version = 0
        self._offer: SessionDescription | None = None

    def objection(self, offer: bytes) -> Unusable | None:
        """Say what is wrong with a first offer, before anything is opened for it; no offer is no fault."""
        if not offer:
            return None
        answer = self._negotiate(offer)
        return answer if isinstance(answer, Unusable) else None

    def answer(self, offer: bytes) -> tuple[bytes, Stream] | Unusable:
        """Answer an offer."""
        negotiated = self._negotiate(offer)
        if isinstance(negotiated, Unusable):
            return negotiated
        description, agreement = negotiated
        self._version += 1
        return description.serialise(), stream_of(agreement)

    def offer(self) -> bytes:
        """Make an offer, because the INVITE brought none; `take_answer` takes what comes back."""
        self._version += 1
        self._offer = audio_offer(
            self.address.host, self.address.port, self._session_id, TELEPHONY, version=self._version
        )
        return self._offer.serialise()

    def take_answer(self, answer: bytes) -> Stream | Unusable:
        """Read the answer to our `offer`."""
        offer, self._offer = self._offer, None
        if offer is None:
            return Unusable(400, "an answer to no offer")
        try:
            settled = accept_answer(offer, SessionDescription.parse(answer))
        except SipSyntaxError as error:
            return Unusable(400, str(error))
        if isinstance(settled, NotAcceptable):
            return Unusable(488, settled.reason)
        return stream_of(settled)

    def _negotiate(self, offer: bytes) -> tuple[SessionDescription, Agreement] | Unusable:
        try:
            answer = negotiate(
                SessionDescription.parse(offer),
                TELEPHONY,
                host=self.address.host,
                port=self.address.port,
                session_id=self._session_id,
                version=self._version + 1,
            )
        except SipSyntaxError as error:
            return Unusable(400, str(error))
        if isinstance(answer, NotAcceptable):
            return Unusable(488, answer.reason)
        return answer.description, answer.agreement
