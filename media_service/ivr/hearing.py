"""Questions that the caller's voice answers: speech that a grammar knows, or a message that is kept."""

from typing import Final

from media_service.control.messages import Message, Recognise, VerbResult
from media_service.ivr.digits import TypeAhead
from media_service.ivr.questions import STAY, Ask, Heard, Question, Settle, Step, TakeMessage, Wait

LONGEST_SPEECH: Final = 15.0
"""Seconds of speech after which it is understood as it is."""
RECOGNITION_LIMIT: Final = 20.0
"""Seconds that understanding may take."""
FILE_LIMIT: Final = 10.0
"""Seconds that finishing a file may take."""


class SpeechQuestion(Question):
    """`Recognise`: the caller may speak into the prompt; an utterance ends with a pause."""

    def __init__(self, action: Recognise) -> None:
        self._action = action
        self._spoke = False
        self._understanding = False

    def begin(self, typed: TypeAhead, now: float) -> Step:
        """A digit typed ahead is the answer where it is one of those that count."""
        digit = typed.take()
        if digit and digit in self._action.digits:
            return self.digit(digit, now)
        typed.forget()
        return Ask(self._action.utterances)

    def digit(self, digit: str, now: float) -> Step:
        """A digit that counts is the answer."""
        del now
        return Settle(VerbResult("digits", digits=digit)) if digit in self._action.digits else STAY

    def prompt_over(self, now: float) -> Step:
        """The time counts from here."""
        return Wait(now + self._action.timeout)

    def speech(self, now: float, *, speaking: bool) -> Step:
        """Speech stops the prompt; its end is the end of the answer."""
        if self._understanding or speaking == self._spoke:
            return STAY
        self._spoke = True
        return Wait(now + LONGEST_SPEECH) if speaking else self._heard(now)

    def time_up(self, now: float) -> Step:
        """Nothing was said; or too much, or understanding it took too long."""
        if self._understanding:
            return Settle(VerbResult("failed", detail="the speech recogniser did not answer in time"))
        return self._heard(now) if self._spoke else Settle(VerbResult("timeout"))

    def _heard(self, now: float) -> Step:
        self._understanding = True
        return Heard(now + RECOGNITION_LIMIT)


class MessageQuestion(Question):
    """`Message`: a prompt, a beep, and what the caller says until silence, a terminator or the longest time."""

    def __init__(self, action: Message) -> None:
        self._action = action
        self._until: float | None = None
        self._finishing = False

    def begin(self, typed: TypeAhead, now: float) -> Step:
        """Digits before the beep mean nothing."""
        del now
        typed.forget()
        return Ask(self._action.utterances, beep=True)

    def digit(self, digit: str, now: float) -> Step:
        """A terminator ends the message."""
        if self._until is not None and not self._finishing and digit in self._action.terminators:
            return self._finish(now)
        return STAY

    def prompt_over(self, now: float) -> Step:
        """The beep is over."""
        self._until = now + self._action.maximum
        return TakeMessage(min(self._until, now + self._action.silence))

    def speech(self, now: float, *, speaking: bool) -> Step:
        """Silence ends the message after a while."""
        if self._until is None or self._finishing:
            return STAY
        return Wait(self._until if speaking else min(self._until, now + self._action.silence))

    def time_up(self, now: float) -> Step:
        """The message is long enough, or nobody speaks any more; or its file could not be finished."""
        if self._finishing:
            return Settle(VerbResult("failed", detail="the recording could not be finished in time"))
        return self._finish(now)

    def _finish(self, now: float) -> Step:
        self._finishing = True
        return Heard(now + FILE_LIMIT)
