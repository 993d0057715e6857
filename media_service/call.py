"""One call: its SIP leg, its engine port and its session joined; does what the session wishes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from twisted.internet.base import DelayedCall

from media_service import joining
from media_service.control.messages import (
    PauseRecording,
    Record,
    SessionChanged,
    SessionEnded,
    StopRecording,
    Verb,
    VerbEnded,
    VerbResult,
)
from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    DigitReceived,
    DigitsSent,
    EngineEvent,
    PacketReceived,
    PlayEnded,
    SpeechChanged,
)
from media_service.ivr.session import CallSession
from media_service.ivr.wishes import (
    AnswerCall,
    EndCall,
    FinishMessage,
    OpenEarly,
    Order,
    Part,
    Refer,
    SendOut,
    StartListening,
    StartPlay,
    StopListening,
    StopPlay,
    Tell,
    Understand,
    Wish,
)
from media_service.negotiation import Negotiation, Unusable
from media_service.security.dtls import DtlsContext
from media_service.sound.audio import Audio
from media_service.sound.listening import Ear
from media_service.sound.playing import Player
from media_service.sound.recordings import CallRecorder, Tape
from media_service.surroundings import Surroundings
from sip.errors import SipError
from sip.events import Leg

Log = structlog.stdlib.BoundLogger


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a call begins with: its leg, the far end's offer, and the host by which numbers there are reached.

    ``leg`` is empty until a call that we place has one.
    """

    leg: Leg
    offer: bytes
    host: str = ""


class Call:
    """One call from its INVITE to its end; ``ended`` is called once, when it is over.

    The session is fed here and nowhere else, so that its wishes are always carried out and its timer is always armed.
    """

    def __init__(
        self,
        around: Surroundings,
        session: CallSession,
        beginning: Beginning,
        negotiation: Negotiation,
        *,
        dtls: DtlsContext | None,
        ended: Callable[["Call"], None],
    ) -> None:
        arrival = session.arrival
        self.leg = beginning.leg
        self.host = beginning.host
        self.session = session
        self.around = around
        self.port = arrival.session
        self.log: Log = around.log.bind(session=arrival.session, port=arrival.port)
        self.announced = False
        self.audio = Audio(around.engine, self.port, negotiation, dtls=dtls, log=self.log, failed=self.fail)
        self._offer = beginning.offer
        self._ended = ended
        self._timer: DelayedCall | None = None
        self._due = 0.0
        self._working = False
        self._closed = False
        self._early_fault = ""
        self._preview = b""
        tape = Tape(around.engine, self.port)
        self._player = Player(around, self.port, self.log, self._not_played)
        self._recorder = CallRecorder(tape, around.recordings, session.recorded_into)
        self._ear = Ear(around, self.port, tape, self.log, began=self._message_began, ended=self._listened)

    # --- what happens -----------------------------------------------------------------------------------------------

    def begin(self, *, by_anybody: bool) -> None:
        """The call has been announced: clients hear of it from now on, and the clock of the unattended call runs."""
        self.announced = True
        self.attended(by_anybody=by_anybody)

    def verb(self, verb: Verb) -> None:
        """A client wants something."""
        self.log.debug("verb begins", verb=verb.id, action=type(verb.action).__name__)
        self.session.verb(verb, self.around.clock())
        self._work()

    def attended(self, *, by_anybody: bool) -> None:
        """CTI servers came or went."""
        self.session.attended(self.around.clock(), by_anybody=by_anybody)
        self._work()

    def confirmed(self, sdp: bytes) -> None:
        """The ACK came, with an answer where the offer was ours; or our own INVITE was answered."""
        answer = sdp or self._preview
        if answer and not self._take_answer(answer):
            return
        self.session.confirmed(self.around.clock())
        self._work()

    def progress(self, sdp: bytes) -> None:
        """Our own INVITE goes on. An answer in it counts where the 200 brings none (RFC 6337 3.1.1)."""
        self._preview = sdp or self._preview

    def info_digit(self, digit: str) -> None:
        """A digit came by INFO."""
        now = self.around.clock()
        if self.audio.takes_info(digit, now):
            self.session.digit(digit, now)
            self._work()

    def engine_event(self, event: EngineEvent) -> None:
        """The engine tells something of our port."""
        now = self.around.clock()
        match event:
            case DigitReceived(digit=digit, in_band=in_band):
                if not in_band or self.audio.takes_in_band(digit, now):
                    self.session.digit(digit, now)
            case PlayEnded(token=token, finished=finished, detail=detail, position=position):
                self.session.play_ended(token, now, finished=finished, detail=detail, position=position)
            case SpeechChanged(speaking=speaking):
                self.session.speech(now, speaking=speaking)
            case DigitsSent(token=token):
                self.session.sent(token, now)
            case PacketReceived():
                self.audio.packet(event, now)
            case _:
                self.log.debug("engine event without meaning here", engine_event=type(event).__name__)
        self._work()

    def offer_received(self, sdp: bytes) -> None:
        """A re-INVITE: hold, retrieval, or another place to send to (RFC 3264 8)."""
        answer = self.audio.answer_again(sdp, self.around.clock()) if sdp else self.audio.negotiation.offer()
        if isinstance(answer, Unusable):
            self.log.warning("re-invite refused", status=answer.status, reason=answer.reason)
            self.around.sip.refuse_offer(self.leg, answer.status)
        else:
            self._hear_digits()
            self.around.sip.accept_offer(self.leg, answer)
        self._work()

    def offer_answered(self, sdp: bytes) -> None:
        """The answer to our offer in the 200 of a re-INVITE."""
        self._take_answer(sdp)

    def transfer_news(self, status: int, reason: str, *, over: bool) -> None:
        """How far a transfer is."""
        self.session.transfer_news(status, reason, self.around.clock(), over=over)
        self._work()

    def parted(self, now: float) -> None:
        """The other call of the bridge has left it."""
        self.session.parted(now)
        self._work()

    def joined(self, *, partner: str, by: str) -> None:
        """Another session's verb bridged this call with it."""
        self.session.joined(partner=partner, room=None, by=by)
        self._work()

    def gone(self, by: str, detail: str, status: int = 0) -> None:
        """The leg is over at the far end, was refused, or failed."""
        reason = by if by in {"remote", "refused"} else "failed"
        self.session.gone(reason, detail, self.around.clock(), status)
        self._work()

    def fail(self, detail: str) -> None:
        """The call cannot go on from our side."""
        if not self.session.over:
            self._end(480)
            self.gone("error", detail)

    def release(self, detail: str) -> None:
        """The service ends the call."""
        self.session.release(detail, self.around.clock())
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
            # They let go of the call, so that nothing of it is left to the collector of cycles.
            for part in (self.audio, self._player, self._ear):
                part.close()
            self._ended(self)

    def _do(self, wish: Wish) -> None:
        match wish:
            case StopPlay():
                self._player.stop()
            case StartPlay():
                self._play(wish)
            case Tell(message):
                # Whoever wished for a call hears what became of the wish, however early it ended.
                if self.announced or isinstance(message, VerbEnded):
                    self._log_news(message)
                    self.around.tell(message)
            case StartListening():
                self._ear.start(wish)
            case StopListening():
                self._ear.stop()
            case Understand():
                self._ear.understand(wish)
            case FinishMessage():
                self._ear.finish(wish)
            case SendOut(token=token, digits=digits):
                self._send(token, digits)
            case _:
                self._do_with_others(wish)

    def _do_with_others(self, wish: Wish) -> None:
        match wish:
            case AnswerCall():
                self._answer()
            case OpenEarly():
                self._open_early()
            case EndCall(status=status):
                self._end(status)
            case Refer():
                self._refer(wish)
            case Order():
                self._carry_out(wish)
            case Part():
                joining.part(self)
            case _:
                self.log.error("defect: a wish that nobody knows", wish=type(wish).__name__)

    def _log_news(self, message: object) -> None:
        match message:
            case VerbEnded(id=verb, outcome=outcome):
                # The digits and words themselves are the caller's: a PIN does not belong in a log.
                self.log.info("verb ended", verb=verb, result=outcome.result, detail=outcome.detail)
            case SessionEnded(reason=reason, detail=detail):
                self.log.info("session ended", reason=reason, detail=detail)
            case SessionChanged(session=session):
                facts = {"partner": session.partner, "room": session.room, "recording": session.recording}
                self.log.info("session changed", state=session.state, **facts)
            case _:
                pass  # a digit

    def _answer(self) -> None:
        answer = self.audio.answer(self._offer, self.around.clock())
        if isinstance(answer, Unusable):
            self._refuse(answer)
            return
        self._hear_digits()
        self.around.sip.accept(self.leg, answer)

    def _open_early(self) -> None:
        self._early_fault = ""
        if not self._offer:
            self._early_fault = "the caller made no offer, so nothing can be heard before the answer"
            return
        answer = self.audio.answer(self._offer, self.around.clock())
        if isinstance(answer, Unusable):
            self._early_fault = answer.reason
            self._refuse(answer)
            return
        self._hear_digits()
        self.around.sip.early(self.leg, answer)

    def _refuse(self, answer: Unusable) -> None:
        headers = answer.headers(self.audio.negotiation.address.host)
        self.around.sip.refuse(self.leg, answer.status, answer.reason, headers)
        self.session.gone("failed", answer.reason, self.around.clock(), answer.status)

    def _end(self, status: int) -> None:
        if not self.leg:
            return  # a call that we place, and of which nobody has heard yet
        if status == 480:
            self.around.sip.hangup(self.leg)
        else:
            self.around.sip.refuse(self.leg, status, "")

    def _play(self, wish: StartPlay) -> None:
        if self._early_fault:
            reason, self._early_fault = self._early_fault, ""
            self._not_played(wish.token, reason)
        else:
            self._player.start(wish)

    def _not_played(self, token: str, reason: str) -> None:
        self.session.play_ended(token, self.around.clock(), finished=False, detail=reason)
        self._work()

    def _send(self, token: str, digits: str) -> None:
        try:
            self.around.engine.send_digits(self.port, digits, token)
        except EngineError as error:
            self.log.warning("digits cannot be sent", reason=str(error))
            self.session.not_sent(token, str(error), self.around.clock())

    def _refer(self, wish: Refer) -> None:
        other = self.around.find(wish.replaces) if wish.replaces is not None else None
        try:
            if wish.replaces is None:
                self.around.sip.transfer(self.leg, wish.target, self.host)
            elif other is None or other is self or not other.session.answered:
                self.transfer_news(481, f"session {wish.replaces[:80]} is none that can be taken over", over=True)
            else:
                self.around.sip.connect(self.leg, other.leg)
        except SipError as error:
            self.transfer_news(400, str(error), over=True)

    def _carry_out(self, order: Order) -> None:
        now = self.around.clock()
        done = partial(self._carried_out, order.verb)
        match order.action:
            case Record() as action:
                done(self._recorder.start(action))
            case PauseRecording(paused=paused):
                done(self._recorder.pause(paused=paused))
            case StopRecording():
                self._recorder.stop(done)
            case action:
                self.session.carried_out(order.verb, joining.connect(self, action), now)

    def _carried_out(self, verb: str, result: VerbResult) -> None:
        self.session.carried_out(verb, result, self.around.clock())
        self._work()

    def _message_began(self, token: str, file: str) -> None:
        self.session.listening(token, file, self.around.clock())

    def _listened(self, token: str, result: VerbResult) -> None:
        self.session.listened(token, result, self.around.clock())
        self._work()

    def _take_answer(self, sdp: bytes) -> bool:
        unusable = self.audio.take_answer(sdp, self.around.clock())
        if unusable is not None:
            self.fail(f"the answer to our offer cannot be used: {unusable.reason}")
            return False
        self._hear_digits()
        return True

    def _hear_digits(self) -> None:
        self._ear.listen_in_band(wanted=self.around.in_band_digits and not self.audio.takes_events)

    def _arm(self) -> None:
        """Set the one timer; one that fires too early does no harm, so a later deadline leaves it alone."""
        if self.session.over:
            self._disarm()
            return
        due, of_audio = self.session.get_timer(), self.audio.get_timer()
        if due is None or (of_audio is not None and of_audio < due):
            due = of_audio
        if due is None:
            return
        if self._timer is not None:
            if self._due <= due:
                return
            self._disarm()
        self._due = due
        self._timer = self.around.reactor.callLater(max(0.0, due - self.around.clock()), self._time)

    def _disarm(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _time(self) -> None:
        self._timer = None
        now = self.around.clock()
        self.audio.handle_timer(now)
        self.session.handle_timer(now)
        self._work()
