"""What everything in a session stands on: its state, the verb under way, what plays, and what the clients are told."""

from abc import abstractmethod
from typing import Final

from msgspec.structs import replace

from media_service.control.messages import (
    Answer,
    Collect,
    Message,
    Recognise,
    Session,
    SessionChanged,
    SessionEnded,
    Utterance,
    Verb,
    VerbEnded,
    VerbResult,
)
from media_service.ivr.arrival import Arrival, Fallback
from media_service.ivr.digits import TypeAhead
from media_service.ivr.outcomes import Outcomes
from media_service.ivr.questions import Question
from media_service.ivr.states import ANSWERED, TRANSITIONS, State, Trigger
from media_service.ivr.wishes import Part, StartPlay, StopListening, StopPlay, Tell, Wish

PATIENCE: Final = 120.0
"""Seconds that a call which we place may ring, where nobody says how long."""


class SessionGround:
    """State and bookkeeping of one session; `CallSession` decides what happens."""

    def __init__(
        self, arrival: Arrival, fallback: Fallback, *, placed: str | None = None, patience: float = PATIENCE
    ) -> None:
        self.arrival = arrival
        self.state = State.RINGING if placed is None else State.CALLING
        self.outcomes = Outcomes()
        self.partner: str | None = None
        self.room: str | None = None
        self.recording: str | None = None
        self._fallback = fallback
        self._attended = True
        self._digits = TypeAhead()
        self._verb: Verb | None = None
        self._background: dict[str, Verb] = {}
        self._masked: str | None = None
        self._question: Question | None = None
        self._message: tuple[str, float] | None = None
        self._token: str | None = None
        self._tokens = 0
        self._music: tuple[str, str] | None = None
        self._positions: dict[str, float] = {}
        self._deadline: float | None = None
        self._cared_at = arrival.at
        self._wishes: list[Wish] = []
        if placed is not None:
            self.outcomes.begun(placed)
            self._verb = Verb(id=placed, session=arrival.session, action=Answer())
            self._deadline = arrival.at + patience

    @property
    def over(self) -> bool:
        """The call has ended, or its end is among the wishes."""
        return self.state is State.OVER

    @property
    def answered(self) -> bool:
        """The call can be spoken to."""
        return self.state in ANSWERED

    def describe(self) -> Session:
        """What a client is told of the session."""
        last = self.outcomes.last
        unanswered = "calling" if self.state is State.CALLING else "ringing"
        return self.arrival.describe(
            state="answered" if self.state in ANSWERED else unanswered,
            verb=last,
            outcome=self.outcomes.result(last) if last is not None else None,
            partner=self.partner,
            room=self.room,
            recording=self.recording,
        )

    def take_wishes(self) -> list[Wish]:
        """Give what is to be done, in order, once."""
        wishes, self._wishes = self._wishes, []
        return wishes

    def changed(self) -> None:
        """Tell the clients how the session stands; masked digits are told at the verb's end alone."""
        if self.over:
            return
        session = self.describe()
        if session.outcome is not None and session.verb == self._masked:
            session = replace(session, outcome=replace(session.outcome, digits=""))
        self._wishes.append(Tell(SessionChanged(session)))

    @abstractmethod
    def play_ended(
        self, token: str, now: float, *, finished: bool, detail: str = "", position: float | None = None
    ) -> None:
        """What was played with ``token`` came to its end."""

    @property
    def _joined(self) -> bool:
        return self.partner is not None or self.room is not None

    @property
    def _listening_token(self) -> str:
        return f"{self.arrival.session}#{self._verb.id}" if self._verb is not None else ""

    def _play(
        self,
        utterances: tuple[Utterance, ...],
        now: float,
        *,
        loop: bool = False,
        language: str = "",
        start: float = 0.0,
        beep: bool = False,
    ) -> None:
        self._token = self._next_token()
        if utterances or beep:
            self._wishes.append(StartPlay(self._token, utterances, loop, language, start, beep))
        else:
            self._wishes.append(StopPlay())
            self.play_ended(self._token, now, finished=True)

    def _language(self) -> str:
        return str(getattr(self._verb.action, "language", "")) if self._verb is not None else ""

    def _next_token(self) -> str:
        self._tokens += 1
        return f"{self.arrival.session}#{self._tokens}"

    def _silence(self) -> None:
        if self._token is not None:
            self._token = None
            self._wishes.append(StopPlay())

    def _interrupted(self, now: float, detail: str = "") -> VerbResult:
        """How the verb under way ends where it has no result of its own; a message that was begun stays."""
        if self._message is None:
            return VerbResult("stopped", detail=detail)
        file, since = self._message
        return VerbResult("stopped", detail=detail, file=file, seconds=round(max(0.0, now - since), 3))

    def _settle(self, result: VerbResult, now: float) -> None:
        if self._go(Trigger.SETTLED):
            self._deadline = None
            self._silence()
            self._end_verb(result, now)

    def _end_verb(self, result: VerbResult, now: float | None = None) -> None:
        verb, self._verb = self._verb, None
        question, self._question = self._question, None
        self._message = None
        if question is not None:
            for digit in question.leftover():
                self._digits.press(digit)
        if now is not None:
            self._cared_at = now
        if verb is not None:
            if isinstance(verb.action, (Recognise, Message)):
                self._wishes.append(StopListening())
            self._tell_end(verb, result)

    def _tell_end(self, verb: Verb, result: VerbResult) -> None:
        if isinstance(verb.action, Collect) and verb.action.masked:
            self._masked = verb.id
        self.outcomes.ended(verb.id, result)
        self._wishes.append(Tell(VerbEnded(id=verb.id, session=self.arrival.session, outcome=result)))

    def _end_session(self, reason: str, detail: str, status: int = 0) -> None:
        self._token = None
        self._deadline = None
        background, self._background = self._background, {}
        for verb in background.values():
            self._tell_end(verb, VerbResult("stopped", detail="the call is over"))
        if self._joined:
            self._wishes.append(Part())
        arrival = self.arrival
        self._wishes.append(
            Tell(SessionEnded(session=arrival.session, port=arrival.port, reason=reason, detail=detail, status=status))
        )

    def _go(self, trigger: Trigger) -> bool:
        following = TRANSITIONS.get((self.state, trigger))
        if following is None:
            return False
        self.state = following
        return True
