"""One call: its SIP leg, its engine port and its session joined; does what the session wishes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog
from twisted.internet.base import DelayedCall, ReactorBase

from media_service.control.messages import FromService, SessionEnded, Utterance, Verb, VerbEnded
from media_service.engine.errors import EngineError
from media_service.engine.interface import MediaEngine, Playlist, Stream
from media_service.ivr.session import CallSession
from media_service.ivr.wishes import AnswerCall, EndCall, StartPlay, StopPlay, Tell, Wish
from media_service.negotiation import Negotiation, Unusable
from media_service.prompts.errors import PromptError
from sip.events import Leg

Log = structlog.stdlib.BoundLogger


class SipLegs(Protocol):
    """What a call asks of the SIP side."""

    def accept(self, leg: Leg, sdp: bytes) -> None:
        """Answer with 200."""

    def hangup(self, leg: Leg) -> None:
        """BYE, or a final refusal before the answer."""

    def refuse(self, leg: Leg, status: int, reason: str) -> None:
        """Refuse a call that rings."""

    def accept_offer(self, leg: Leg, sdp: bytes) -> None:
        """Answer a re-INVITE."""

    def refuse_offer(self, leg: Leg, status: int) -> None:
        """Refuse a re-INVITE; the call stays as it was."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every call of a service uses; ``speak`` gives the files of utterances or raises `PromptError`."""

    reactor: ReactorBase
    clock: Callable[[], float]
    engine: MediaEngine
    sip: SipLegs
    speak: Callable[[tuple[Utterance, ...]], tuple[Path, ...]]
    tell: Callable[[FromService], None]


class Call:
    """One call from its INVITE to its end; ``ended`` is called once, when it is over.

    The session is fed here and nowhere else, so that its wishes are always carried out and its timer is always armed.
    """

    def __init__(
        self, around: Surroundings, leg: Leg, session: CallSession, offer: bytes, ended: Callable[["Call"], None]
    ) -> None:
        arrival = session.arrival
        self.leg = leg
        self.session = session
        self.port = arrival.session
        self.log: Log = structlog.get_logger().bind(session=arrival.session, port=arrival.port)
        self.announced = False
        self.negotiation = Negotiation(session_id=int(arrival.at * 1000))
        self._around = around
        self._offer = offer
        self._ended = ended
        self._timer: DelayedCall | None = None
        self._takes_info = True
        self._working = False
        self._closed = False

    # --- what happens -----------------------------------------------------------------------------------------------

    def begin(self, *, by_anybody: bool) -> None:
        """The call has been announced: clients hear of it from now on, and the clock of the unattended call runs."""
        self.announced = True
        self.attended(by_anybody=by_anybody)

    def verb(self, verb: Verb) -> None:
        """A client wants something."""
        self.session.verb(verb, self._around.clock())
        self._work()

    def attended(self, *, by_anybody: bool) -> None:
        """CTI servers came or went."""
        self.session.attended(self._around.clock(), by_anybody=by_anybody)
        self._work()

    def confirmed(self, sdp: bytes) -> None:
        """The ACK came; with an answer where the offer was ours."""
        if sdp and not self._take_answer(sdp):
            return
        self.session.confirmed(self._around.clock())
        self._work()

    def digit(self, digit: str) -> None:
        """A digit came in the audio (RFC 4733)."""
        self.session.digit(digit, self._around.clock())
        self._work()

    def info_digit(self, digit: str) -> None:
        """A digit came by INFO; counts only where the far end sends none in the audio, or it would count twice."""
        if self._takes_info:
            self.digit(digit)

    def play_ended(self, token: str, *, finished: bool, detail: str) -> None:
        """The engine has played, or could not."""
        self.session.play_ended(token, self._around.clock(), finished=finished, detail=detail)
        self._work()

    def offer_received(self, sdp: bytes) -> None:
        """A re-INVITE: hold, retrieval, or another place to send to (RFC 3264 8)."""
        if not sdp:
            self._around.sip.accept_offer(self.leg, self.negotiation.offer())
            return
        answer = self.negotiation.answer(sdp)
        if isinstance(answer, Unusable):
            self.log.warning("re-invite refused", status=answer.status, reason=answer.reason)
            self._around.sip.refuse_offer(self.leg, answer.status)
            return
        description, stream = answer
        self._connect(stream)
        self._around.sip.accept_offer(self.leg, description)

    def offer_answered(self, sdp: bytes) -> None:
        """The answer to our offer in the 200 of a re-INVITE."""
        self._take_answer(sdp)

    def gone(self, by: str, detail: str) -> None:
        """The leg is over at the far end, or failed."""
        self.session.gone("remote" if by == "remote" else "failed", detail)
        self._work()

    def fail(self, detail: str) -> None:
        """The call cannot go on from our side."""
        if not self.session.over:
            self._around.sip.hangup(self.leg)
            self.gone("error", detail)

    def release(self, detail: str) -> None:
        """The service ends the call."""
        self.session.release(detail)
        self._work()

    # --- what is done about it --------------------------------------------------------------------------------------

    def _work(self) -> None:
        if self._working:
            return
        self._working = True
        try:
            while wishes := self.session.take_wishes():
                for wish in wishes:
                    self._do(wish)
        finally:
            self._working = False
        self._arm()
        if self.session.over and not self._closed:
            self._closed = True
            self._around.engine.close(self.port)
            self._ended(self)

    def _do(self, wish: Wish) -> None:
        match wish:
            case AnswerCall():
                self._answer()
            case StartPlay():
                self._play(wish)
            case StopPlay():
                self._command(lambda engine: engine.stop(self.port))
            case EndCall():
                self._around.sip.hangup(self.leg)
            case Tell(message):
                if self.announced:
                    self._log_end(message)
                    self._around.tell(message)

    def _log_end(self, message: VerbEnded | SessionEnded) -> None:
        if isinstance(message, VerbEnded):
            # The digits themselves are the caller's: a PIN does not belong in a log.
            self.log.info("verb ended", verb=message.id, result=message.outcome.result, detail=message.outcome.detail)
        else:
            self.log.info("session ended", reason=message.reason, detail=message.detail)

    def _answer(self) -> None:
        if not self._offer:
            self._around.sip.accept(self.leg, self.negotiation.offer())
            return
        answer = self.negotiation.answer(self._offer)
        if isinstance(answer, Unusable):
            self._around.sip.refuse(self.leg, answer.status, answer.reason)
            self.session.gone("failed", answer.reason)
            return
        description, stream = answer
        self._connect(stream)
        self._around.sip.accept(self.leg, description)

    def _play(self, wish: StartPlay) -> None:
        try:
            files = self._around.speak(wish.utterances)
            self._around.engine.play(self.port, Playlist(files, loop=wish.loop), wish.token)
        except (PromptError, EngineError) as error:
            self.log.error("cannot play", reason=str(error))  # noqa: TRY400 - a fault of prompts, not of the program
            self._command(lambda engine: engine.stop(self.port))
            self.session.play_ended(wish.token, self._around.clock(), finished=False, detail=str(error))

    def _take_answer(self, sdp: bytes) -> bool:
        stream = self.negotiation.take_answer(sdp)
        if isinstance(stream, Unusable):
            self.fail(f"the answer to our offer cannot be used: {stream.reason}")
            return False
        self._connect(stream)
        return True

    def _connect(self, stream: Stream) -> None:
        self._takes_info = stream.digit_payload_type is None
        self._command(lambda engine: engine.connect(self.port, stream))

    def _command(self, command: Callable[[MediaEngine], None]) -> None:
        try:
            command(self._around.engine)
        except EngineError as error:
            self.log.warning("the engine refuses", reason=str(error))

    def _arm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        due = self.session.get_timer()
        if due is None:
            self._timer = None
        else:
            self._timer = self._around.reactor.callLater(max(0.0, due - self._around.clock()), self._time)

    def _time(self) -> None:
        self.session.handle_timer(self._around.clock())
        self._work()
