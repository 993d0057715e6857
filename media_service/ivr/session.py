"""One call at a media port: verbs, audio, digits, speech and time in; wishes out. No I/O, no clock."""

from typing import Final, assert_never

from media_service.control.messages import (
    Action,
    Answer,
    AskDigit,
    Bridge,
    Collect,
    Conference,
    DigitHeard,
    Hangup,
    HoldMusic,
    LeaveConference,
    Menu,
    Message,
    Pause,
    PauseRecording,
    Play,
    Progress,
    Recognise,
    Record,
    SendDigits,
    StopRecording,
    Transfer,
    Unbridge,
    Utterance,
    Verb,
    VerbEnded,
    VerbResult,
)
from media_service.ivr.arrival import Arrival, Fallback
from media_service.ivr.asking import DigitQuestion, MenuQuestion
from media_service.ivr.collecting import CollectQuestion
from media_service.ivr.ground import SessionGround
from media_service.ivr.hearing import MessageQuestion, SpeechQuestion
from media_service.ivr.objections import objection
from media_service.ivr.questions import Ask, Heard, Settle, Stay, Step, TakeMessage, Wait
from media_service.ivr.states import ANSWERED, TRANSITIONS, TRIGGER_OF, UNANSWERED, State, Trigger
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
    Tell,
    Understand,
)

__all__ = ["Arrival", "CallSession", "Fallback"]

FINISHED: Final = VerbResult("finished")
_PARTS: Final = frozenset({Trigger.PLAY, Trigger.ASK, Trigger.MUSIC})
"""Verbs that are to be heard: a call that is bridged or confers leaves the others for them."""


class CallSession(SessionGround):
    """A session's state machine; `states.TRANSITIONS` is its law.

    Feed it with what happens; after each feed take its wishes and do them. At ``get_timer()`` call ``handle_timer``.
    ``placed`` is the identity of the wish that placed the call, and ``patience`` the seconds that it may ring.
    """

    # --- what happens -----------------------------------------------------------------------------------------------

    def verb(self, verb: Verb, now: float) -> None:
        """Carry a verb out, once: of a verb that came before only the end is told again."""
        if verb.id in self.outcomes:
            result = self.outcomes.result(verb.id)
            if result is not None:
                self._wishes.append(Tell(VerbEnded(id=verb.id, session=verb.session, outcome=result)))
            return
        self.outcomes.begun(verb.id)
        trigger = TRIGGER_OF[type(verb.action)]
        following = TRANSITIONS.get((self.state, trigger))
        reason = objection(verb.action) if following is not None else self._impossible(trigger)
        if following is None or reason:
            self._tell_end(verb, VerbResult("failed", detail=reason))
        elif trigger is Trigger.BACKGROUND:
            self._background[verb.id] = verb
            self._order(verb)
        else:
            self._end_verb(self._interrupted(now))
            self._verb = verb
            self._cared_at = now
            came_from, self.state = self.state, following
            if self._joined and trigger in _PARTS:
                self._wishes.append(Part())
            self._begin(verb.action, came_from, now)

    def confirmed(self, now: float) -> None:
        """The ACK of our 200 is in, or our own INVITE was answered."""
        placed = self.state is State.CALLING
        if not self._go(Trigger.CONFIRMED):
            return
        self._cared_at = now
        if placed:
            self._deadline = None
            self.changed()
        if self._verb is not None:
            self._end_verb(FINISHED)
        elif self._go(Trigger.NEGLECTED):
            self._start_fallback(now)

    def play_ended(
        self, token: str, now: float, *, finished: bool, detail: str = "", position: float | None = None
    ) -> None:
        """What was played with ``token`` came to its end; ``finished`` is false where it could not be played.

        ``position`` is where it ended, seconds from its beginning.
        """
        if self._music is not None and self._music[0] == token and position is not None:
            self._positions[self._music[1]] = position
        if token != self._token:
            return
        before = self.state
        if not self._go(Trigger.PLAYED if finished else Trigger.PLAY_FAILED):
            return
        self._token = None
        if self.state is State.APOLOGY:
            self._apologise(now)
        elif self.state is State.OVER:
            self._end_fallback()
        elif finished and self._question is not None:
            self._step(self._question.prompt_over(now), now)
        elif finished and before is not State.MUSIC:
            self._end_verb(FINISHED, now)
        else:
            self._end_verb(VerbResult("failed", detail=detail or "what plays came to an end by itself"), now)

    def digit(self, digit: str, now: float) -> None:
        """A digit was pressed."""
        if self.over:
            return
        if self._question is None or not self._question.masked:
            self._wishes.append(Tell(DigitHeard(session=self.arrival.session, digit=digit, at=now)))
        action = self._verb.action if self._verb is not None else None
        if self._question is not None:
            self._step(self._question.digit(digit, now), now)
            return
        # After Play the digit stays: it was typed ahead of the question that comes next.
        self._digits.press(digit)
        if isinstance(action, Play) and action.barge_in:
            self._settle(VerbResult("digits", digits=digit), now)

    def speech(self, now: float, *, speaking: bool) -> None:
        """The caller began or ceased to speak."""
        if self._question is not None:
            self._step(self._question.speech(now, speaking=speaking), now)

    def sent(self, token: str, now: float) -> None:
        """The digits given with ``token`` have been sent."""
        if self.state is State.SENDING and token == self._token:
            self._token = None
            self._settle(FINISHED, now)

    def not_sent(self, token: str, detail: str, now: float) -> None:
        """The digits given with ``token`` cannot be sent."""
        if self.state is State.SENDING and token == self._token:
            self._token = None
            self._settle(VerbResult("failed", detail=detail), now)

    def listening(self, token: str, file: str, now: float) -> None:
        """What is said is being written into ``file``."""
        if token == self._listening_token and self.state is State.RECORDING:
            self._message = (file, now)

    def listened(self, token: str, result: VerbResult, now: float) -> None:
        """What was said, or recorded, since `StartListening`; or why that cannot be told (``failed``)."""
        if token == self._listening_token and self._question is not None:
            self._message = None
            self._settle(result, now)

    def carried_out(self, verb_id: str, result: VerbResult, now: float) -> None:
        """An `Order` is done, or could not be."""
        if self._verb is not None and self._verb.id == verb_id:
            self._end_verb(result, now)
            return
        verb = self._background.pop(verb_id, None)
        if verb is not None:
            self._tell_end(verb, result)

    def joined(self, *, partner: str | None, room: str | None, by: str = "") -> None:
        """The call is bridged with ``partner``, or in ``room``; ``by`` names the session whose verb that was."""
        if by and self._go(Trigger.JOINED):
            self._deadline = None
            self._silence()
            self._end_verb(VerbResult("stopped", detail=f"session {by} was connected with this one"))
        self.partner, self.room = partner, room
        self.changed()

    def parted(self, now: float) -> None:
        """The call is no longer with others."""
        if self._joined:
            self.partner = self.room = None
            self._cared_at = now
            self.changed()

    def recorded_into(self, file: str | None) -> None:
        """A recording of the call began, or ended."""
        if file != self.recording:
            self.recording = file
            self.changed()

    def transfer_news(self, status: int, reason: str, now: float, *, over: bool) -> None:
        """How far a transfer is: the status of the far end's new call."""
        if self.state is not State.TRANSFERRING or not over:
            return
        if 200 <= status < 300:
            self._end_verb(VerbResult("finished", status=status))
            self._go(Trigger.HANGUP)
            self._wishes.append(EndCall())
            self._end_session("local", "transferred")
        else:
            self._settle(VerbResult("failed", detail=reason or "the far end gave the transfer up", status=status), now)

    def gone(self, reason: str, detail: str, now: float, status: int = 0) -> None:
        """The call ended at the far end (``remote``), was ``refused`` or ``failed``."""
        before = self.state
        if not self._go(Trigger.GONE):
            return
        result = self._interrupted(now, "the call is over")
        if before is State.CALLING:
            result = VerbResult("failed", detail=detail, status=status)
        elif before is State.TRANSFERRING and reason == "remote":
            # Many switches end the call at once instead of telling that they took the transfer.
            result = VerbResult("finished", detail="the far end left before it told how the transfer went")
        self._end_verb(result)
        self._end_session(reason, detail, status)

    def release(self, detail: str, now: float) -> None:
        """The service itself ends the call, for instance because it stops."""
        if self._go(Trigger.HANGUP):
            self._end_verb(self._interrupted(now, detail))
            self._wishes.append(EndCall())
            self._end_session("local", detail)

    def attended(self, now: float, *, by_anybody: bool) -> None:
        """A CTI server is connected to the service, or none is any more."""
        if self._attended and not by_anybody:
            self._cared_at = now
        self._attended = by_anybody

    # --- time -------------------------------------------------------------------------------------------------------

    def get_timer(self) -> float | None:
        """When `handle_timer` is due, Unix seconds."""
        if self._deadline is not None:
            return self._deadline
        neglected_since = self._neglected_since()
        return None if neglected_since is None else neglected_since + self._fallback.after

    def handle_timer(self, now: float) -> None:
        """Do what is due at ``now``."""
        timer = self.get_timer()
        if timer is None or now < timer:
            return
        if self._deadline is not None:
            self._deadline = None
            self._time_up(now)
        elif self.state is State.RINGING:
            self._go(Trigger.NEGLECTED)
            self._wishes.append(AnswerCall())
        elif self._go(Trigger.NEGLECTED):
            self._start_fallback(now)

    def _time_up(self, now: float) -> None:
        match self.state:
            case State.CALLING:
                self._go(Trigger.TIME_UP)
                self._end_verb(VerbResult("timeout", status=408))
                self._wishes.append(EndCall())
                self._end_session("local", "nobody answered", 408)
            case State.PAUSING:
                self._settle(FINISHED, now)
            case State.TRANSFERRING:
                self._settle(VerbResult("failed", detail="no word of the transfer in time", status=408), now)
            case _ if self._question is not None:
                self._step(self._question.time_up(now), now)
            case _ if self._go(Trigger.TIME_UP):
                self._apologise(now)
            case _:
                pass  # a deadline of a state that has been left

    def _neglected_since(self) -> float | None:
        if self.state is State.RINGING:
            return self._cared_at
        if self.state is State.SILENT and self._verb is None and not self._attended and not self._joined:
            return self._cared_at
        return None

    # --- verbs ------------------------------------------------------------------------------------------------------

    def _impossible(self, trigger: Trigger) -> str:
        if self.state is State.OVER:
            return "the call is over"
        if trigger is Trigger.PROGRESS and self.state in ANSWERED:
            return "the call is answered already"
        return "the call is not answered yet"

    def _begin(self, action: Action, came_from: State, now: float) -> None:
        if self.state not in {State.ANSWERING, State.FALLBACK}:
            self._deadline = None
        if not isinstance(action, (AskDigit, Menu, Collect, Recognise, Message)):
            self._digits.forget()
        match action:
            case Progress():
                self._wishes.append(OpenEarly())
                self._play(action.utterances, now, language=action.language)
            case Play():
                self._play(action.utterances, now, language=action.language)
            case AskDigit() | Menu() | Collect() | Recognise() | Message():
                self._ask(action, now)
            case HoldMusic():
                self._play_music(action, now)
            case Hangup():
                self._end_verb(FINISHED)
                self._wishes.append(EndCall(action.status) if came_from in UNANSWERED else EndCall())
                self._end_session("local", "")
            case Answer():
                self._answer(came_from)
            case _:
                self._silence()
                self._begin_silent(action, now)

    def _begin_silent(self, action: Action, now: float) -> None:
        match action:
            case SendDigits():
                self._token = self._next_token()
                self._wishes.append(SendOut(self._token, action.digits))
            case Pause() if action.seconds > 0:
                self._deadline = now + action.seconds
            case Pause():
                self._settle(FINISHED, now)
            case Transfer():
                self._deadline = now + action.timeout
                self._wishes.append(Refer(action.target, action.replaces))
            case _ if self._verb is not None:
                self._order(self._verb)
            case _:
                pass  # not reached: a verb is under way

    def _answer(self, came_from: State) -> None:
        if came_from in {State.RINGING, State.EARLY}:
            self._silence()
            self._wishes.append(AnswerCall())
        elif self.state is not State.ANSWERING:
            # Answered already, by a client before this one or by the fallback.
            if self.state is State.SILENT:
                self._silence()
            self._end_verb(FINISHED)

    def _ask(self, action: AskDigit | Menu | Collect | Recognise | Message, now: float) -> None:
        match action:
            case AskDigit():
                self._question = DigitQuestion(action)
            case Menu():
                self._question = MenuQuestion(action)
            case Collect():
                self._question = CollectQuestion(action)
            case Recognise():
                self._question = SpeechQuestion(action)
            case Message():
                self._question = MessageQuestion(action)
            case _ as never:
                assert_never(never)
        step = self._question.begin(self._digits, now)
        if isinstance(action, Recognise) and not isinstance(step, Settle):
            self._wishes.append(StartListening(self._listening_token))
        self._step(step, now)

    def _step(self, step: Step, now: float) -> None:
        match step:
            case Stay():
                pass
            case Ask(utterances=utterances, beep=beep):
                self._go(Trigger.ASKED_AGAIN)
                self._deadline = None
                self._play(utterances, now, language=self._language(), beep=beep)
            case Wait(until=until):
                if self._go(Trigger.HUSHED):
                    self._silence()
                self._deadline = until
            case Settle(result=result):
                self._settle(result, now)
            case TakeMessage(until=until):
                self._go(Trigger.BEEPED)
                self._deadline = until
                if self._verb is not None and isinstance(self._verb.action, Message):
                    self._wishes.append(StartListening(self._listening_token, self._verb.action.name))
            case Heard(until=until):
                self._heard(until)
            case _ as never:
                assert_never(never)

    def _heard(self, until: float) -> None:
        self._go(Trigger.HEARD)
        self._deadline = until
        action = self._verb.action if self._verb is not None else None
        if isinstance(action, Recognise):
            self._wishes.append(Understand(self._listening_token, action.grammar, action.language))
        else:
            self._wishes.append(FinishMessage(self._listening_token))

    def _play_music(self, action: HoldMusic, now: float) -> None:
        start = self._positions.get(action.prompt, 0.0)
        self._play((Utterance(prompt=action.prompt),), now, loop=True, start=start)
        if self._token is not None:
            self._music = (self._token, action.prompt)

    def _order(self, verb: Verb) -> None:
        match verb.action:
            case Record() | PauseRecording() | StopRecording() as action:
                self._wishes.append(Order(verb.id, action))
            case Bridge() | Unbridge() | Conference() | LeaveConference() as action:
                self._wishes.append(Order(verb.id, action))
            case _:
                pass  # not reached: the table leads no other verb here

    # --- fallback ---------------------------------------------------------------------------------------------------

    def _start_fallback(self, now: float) -> None:
        self._deadline = now + self._fallback.limit
        if self._fallback.music is not None:
            self._play((Utterance(prompt=self._fallback.music),), now, loop=True)
        elif self._go(Trigger.TIME_UP):
            self._apologise(now)

    def _apologise(self, now: float) -> None:
        self._deadline = None
        if self._fallback.announcement is not None:
            self._play((Utterance(prompt=self._fallback.announcement),), now)
        elif self._go(Trigger.PLAYED):
            self._end_fallback()

    def _end_fallback(self) -> None:
        self._wishes.append(EndCall())
        self._end_session("local", "no CTI server came for the caller")
