"""One call at a media port: verbs, audio, digits and time in; wishes out. No I/O, no clock."""

import math
from dataclasses import dataclass
from typing import Final

from media_service.control.messages import (
    Action,
    AskDigit,
    HoldMusic,
    Play,
    Session,
    SessionEnded,
    Utterance,
    Verb,
    VerbEnded,
    VerbResult,
)
from media_service.ivr.digits import TypeAhead
from media_service.ivr.outcomes import Outcomes
from media_service.ivr.states import ANSWERED, TRANSITIONS, TRIGGER_OF, State, Trigger
from media_service.ivr.wishes import AnswerCall, EndCall, StartPlay, StopPlay, Tell, Wish

FINISHED: Final = VerbResult("finished")
STOPPED: Final = VerbResult("stopped")
MAX_TIMEOUT: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Fallback:
    """What a caller gets whom no CTI server cares for.

    After ``after`` seconds of neglect the call is answered and ``music`` plays for ``limit`` seconds at most, then the
    ``announcement``, and the call is released. Either may be ``None``.
    """

    after: float
    music: str | None
    limit: float
    announcement: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the INVITE said; ``at`` is Unix seconds."""

    session: str
    port: str
    caller: str
    called: str
    sip_call_id: str
    at: float


class CallSession:
    """A session's state machine; `states.TRANSITIONS` is its law.

    Feed it with what happens; after each feed take its wishes and do them. At ``get_timer()`` call ``handle_timer``.
    """

    def __init__(self, arrival: Arrival, fallback: Fallback) -> None:
        self.arrival = arrival
        self.state = State.RINGING
        self.outcomes = Outcomes()
        self._fallback = fallback
        self._attended = True
        self._digits = TypeAhead()
        self._verb: Verb | None = None
        self._token: str | None = None
        self._plays = 0
        self._deadline: float | None = None
        self._cared_at = arrival.at
        self._wishes: list[Wish] = []

    @property
    def over(self) -> bool:
        """The call has ended, or its end is among the wishes."""
        return self.state is State.OVER

    def describe(self) -> Session:
        """What a client is told of the session."""
        last = self.outcomes.last
        return Session(
            id=self.arrival.session,
            port=self.arrival.port,
            state="answered" if self.state in ANSWERED else "ringing",
            caller=self.arrival.caller,
            called=self.arrival.called,
            sip_call_id=self.arrival.sip_call_id,
            arrived_at=self.arrival.at,
            verb=last,
            outcome=self.outcomes.result(last) if last is not None else None,
        )

    def take_wishes(self) -> list[Wish]:
        """Give what is to be done, in order, once."""
        wishes, self._wishes = self._wishes, []
        return wishes

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
        objection = _objection(verb.action) if following is not None else self._impossible()
        if following is None or objection:
            self._tell_end(verb, VerbResult("failed", detail=objection))
            return
        self._end_verb(STOPPED)
        self._verb = verb
        self._cared_at = now
        came_from, self.state = self.state, following
        self._begin(verb.action, came_from, now)

    def confirmed(self, now: float) -> None:
        """The ACK of our 200 is in."""
        if not self._go(Trigger.CONFIRMED):
            return
        self._cared_at = now
        if self._verb is not None:
            self._end_verb(FINISHED)
        elif self._go(Trigger.NEGLECTED):
            self._start_fallback(now)

    def play_ended(self, token: str, now: float, *, finished: bool, detail: str = "") -> None:
        """What was played with ``token`` came to its end; ``finished`` is false where it could not be played."""
        if token != self._token:
            return
        asking = self.state is State.ASKING
        if not self._go(Trigger.PLAYED if finished else Trigger.PLAY_FAILED):
            return
        self._token = None
        if self.state is State.APOLOGY:
            self._apologise(now)
        elif self.state is State.OVER:
            self._end_fallback()
        elif finished and asking:
            self._await_digit(now)
        elif finished and isinstance(self._verb and self._verb.action, Play):
            self._end_verb(FINISHED, now)
        else:
            self._end_verb(VerbResult("failed", detail=detail or "what plays came to an end by itself"), now)

    def digit(self, digit: str, now: float) -> None:
        """A digit was pressed."""
        self._digits.press(digit)
        action = self._verb.action if self._verb is not None else None
        gives_way = isinstance(action, AskDigit) or (isinstance(action, Play) and action.barge_in)
        if not gives_way or not self._go(Trigger.BARGED_IN):
            return
        self._silence()
        self._deadline = None
        if isinstance(action, AskDigit):
            digit = self._digits.take()
        # After Play the digit stays: it was typed ahead of the question that comes next.
        self._end_verb(VerbResult("digits", digits=digit), now)

    def gone(self, reason: str, detail: str) -> None:
        """The call ended at the far end (``remote``) or ``failed``."""
        if self._go(Trigger.GONE):
            self._end_verb(VerbResult("stopped", detail="the call is over"))
            self._end_session(reason, detail)

    def release(self, detail: str) -> None:
        """The service itself ends the call, for instance because it stops."""
        if self._go(Trigger.HANGUP):
            self._end_verb(VerbResult("stopped", detail=detail))
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
        if not self._go(Trigger.TIME_UP):
            return
        if self.state is State.APOLOGY:
            self._apologise(now)
        else:
            self._end_verb(VerbResult("timeout"), now)

    def _neglected_since(self) -> float | None:
        if self.state is State.RINGING:
            return self.arrival.at
        if self.state is State.SILENT and self._verb is None and not self._attended:
            return self._cared_at
        return None

    # --- verbs ------------------------------------------------------------------------------------------------------

    def _impossible(self) -> str:
        if self.state is State.OVER:
            return "the call is over"
        return "the call is not answered yet"

    def _begin(self, action: Action, came_from: State, now: float) -> None:
        if self.state not in {State.ANSWERING, State.FALLBACK}:
            self._deadline = None
        match action:
            case Play():
                self._digits.forget()
                self._play(action.utterances, now)
            case AskDigit():
                self._ask(action, now)
            case HoldMusic():
                self._digits.forget()
                self._play((Utterance(prompt=action.prompt),), now, loop=True)
            case _ if self.state is State.OVER:
                self._end_verb(FINISHED)
                self._wishes.append(EndCall())
                self._end_session("local", "")
            case _ if came_from is State.RINGING:
                self._wishes.append(AnswerCall())
            case _ if self.state is not State.ANSWERING:
                self._digits.forget()
                # Answered already, by a client before this one or by the fallback.
                if self.state is State.SILENT:
                    self._silence()
                self._end_verb(FINISHED)

    def _ask(self, action: AskDigit, now: float) -> None:
        typed = self._digits.take()
        if typed and self._go(Trigger.BARGED_IN):
            self._silence()
            self._end_verb(VerbResult("digits", digits=typed), now)
        else:
            self._play(action.utterances, now)

    def _play(self, utterances: tuple[Utterance, ...], now: float, *, loop: bool = False) -> None:
        self._plays += 1
        self._token = f"{self.arrival.session}#{self._plays}"
        if utterances:
            self._wishes.append(StartPlay(self._token, utterances, loop))
        else:
            self._wishes.append(StopPlay())
            self.play_ended(self._token, now, finished=True)

    def _await_digit(self, now: float) -> None:
        if self._verb is not None and isinstance(self._verb.action, AskDigit):
            self._deadline = now + self._verb.action.timeout

    def _silence(self) -> None:
        if self._token is not None:
            self._token = None
            self._wishes.append(StopPlay())

    def _end_verb(self, result: VerbResult, now: float | None = None) -> None:
        verb, self._verb = self._verb, None
        if now is not None:
            self._cared_at = now
        if verb is not None:
            self._tell_end(verb, result)

    def _tell_end(self, verb: Verb, result: VerbResult) -> None:
        self.outcomes.ended(verb.id, result)
        self._wishes.append(Tell(VerbEnded(id=verb.id, session=self.arrival.session, outcome=result)))

    def _end_session(self, reason: str, detail: str) -> None:
        self._token = None
        self._deadline = None
        ended = SessionEnded(session=self.arrival.session, port=self.arrival.port, reason=reason, detail=detail)
        self._wishes.append(Tell(ended))

    def _go(self, trigger: Trigger) -> bool:
        following = TRANSITIONS.get((self.state, trigger))
        if following is None:
            return False
        self.state = following
        return True

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


def _objection(action: Action) -> str:
    """Say why a verb cannot be carried out whatever the state; empty where it can."""
    if isinstance(action, AskDigit) and not (math.isfinite(action.timeout) and 0 <= action.timeout <= MAX_TIMEOUT):
        return f"a timeout of {action.timeout} s is not between 0 and {MAX_TIMEOUT:g}"
    return ""
