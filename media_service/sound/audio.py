"""The audio of one call between SDP and the engine's port: negotiation, protection, and which digits count."""

from collections.abc import Callable
from typing import Final

import structlog

from media_service.engine.errors import EngineError
from media_service.engine.interface import MediaEngine, PacketReceived, Stream
from media_service.negotiation import Negotiation, Unusable
from media_service.security.dtls import DtlsContext
from media_service.security.leg import MediaFailed, MediaNews, SecureLeg

Log = structlog.stdlib.BoundLogger
SAME_DIGIT: Final = 0.5
"""Seconds within which a digit that comes by INFO and in the audio is the same one."""


class Audio:
    """One call's audio. ``failed`` is told why there is none, or no more."""

    def __init__(
        self,
        engine: MediaEngine,
        port: str,
        negotiation: Negotiation,
        *,
        dtls: DtlsContext | None,
        log: Log,
        failed: Callable[[str], None],
    ) -> None:
        self.negotiation = negotiation
        self.takes_events = True
        """The far end sends digits as telephone-events (RFC 4733)."""
        self.stream: Stream | None = None
        """What was settled last."""
        self._log = log
        self._failed = failed
        self._secure = SecureLeg(engine, port, dtls, self._news)
        self._answer = b""
        self._last_in_band = ("", 0.0)
        self._info_seen = False

    def answer(self, offer: bytes, now: float) -> bytes | Unusable:
        """Answer the first offer, or make one where there is none; a second time gives the same."""
        if self._answer:
            return self._answer
        if not offer:
            return self.negotiation.offer()
        answered = self.answer_again(offer, now)
        if not isinstance(answered, Unusable):
            self._answer = answered
        return answered

    def answer_again(self, offer: bytes, now: float) -> bytes | Unusable:
        """Answer an offer within the call."""
        answer = self.negotiation.answer(offer)
        if isinstance(answer, Unusable):
            return answer
        description, stream = answer
        self._connect(stream, now)
        return description

    def take_answer(self, sdp: bytes, now: float) -> Unusable | None:
        """Read the answer to our offer."""
        stream = self.negotiation.take_answer(sdp)
        if isinstance(stream, Unusable):
            return stream
        self._connect(stream, now)
        return None

    def packet(self, event: PacketReceived, now: float) -> None:
        """Something of ICE or DTLS came."""
        self._secure.receive(event, now)

    def get_timer(self) -> float | None:
        """When `handle_timer` is due, Unix seconds."""
        return self._secure.get_timer()

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        due = self._secure.get_timer()
        if due is not None and now >= due:
            self._secure.handle_timer(now)

    def close(self) -> None:
        """The call is over: nothing more is told."""
        self._secure.close()
        self._failed = _nobody

    # --- digits that may come twice ---------------------------------------------------------------------------------

    def takes_info(self, digit: str, now: float) -> bool:
        """Whether a digit that came by INFO counts: not where telephone-events come, nor where it was heard already."""
        if self.takes_events:
            return False
        self._info_seen = True
        heard, at = self._last_in_band
        return not (heard == digit and now - at < SAME_DIGIT)

    def takes_in_band(self, digit: str, now: float) -> bool:
        """Whether a digit that was heard as tones counts: not where others come by telephone-event or INFO."""
        if self.takes_events or self._info_seen:
            return False
        self._last_in_band = (digit, now)
        return True

    # --- the engine -------------------------------------------------------------------------------------------------

    def _connect(self, stream: Stream, now: float) -> None:
        self.stream = stream
        self.takes_events = stream.digit_payload_type is not None
        try:
            self._secure.connect(stream, self.negotiation.handshake, now)
        except EngineError as error:
            self._log.warning("the engine refuses", reason=str(error))

    def _news(self, news: MediaNews) -> None:
        if isinstance(news, MediaFailed):
            self._failed(news.reason)
        else:
            self._log.info("media protected", profile=str(news.profile))


def _nobody(_reason: str) -> None:
    """Stand in for who heard of a call that is over."""
