"""The question that several digits answer: a customer number, a card number, a PIN."""

from media_service.control.messages import Collect, VerbResult
from media_service.ivr.digits import TypeAhead
from media_service.ivr.questions import STAY, Ask, Question, Settle, Step, Wait


class CollectQuestion(Question):
    """`Collect`: digits until there are enough, a terminator, or too long a pause.

    Without ``barge_in`` the prompt is heard to its end; digits that come meanwhile count when it is over, those of the
    time before do not.
    """

    def __init__(self, action: Collect) -> None:
        self._action = action
        self.masked = action.masked
        self._digits = ""
        self._early = ""
        self._prompt_plays = True
        self._over_at: float | None = None

    def begin(self, typed: TypeAhead, now: float) -> Step:
        """Digits typed ahead count where the prompt may be interrupted; those beyond the answer stay typed ahead."""
        if not self._action.barge_in:
            typed.forget()
            return Ask(self._action.utterances)
        step: Step | None = None
        while not isinstance(step, Settle) and (digit := typed.take()):
            step = self._take(digit, now)
        return step or Ask(self._action.utterances)

    def digit(self, digit: str, now: float) -> Step:
        """Take a digit, or keep it until the prompt is over."""
        if self._prompt_plays and not self._action.barge_in:
            self._early += digit
            return STAY
        return self._take(digit, now)

    def prompt_over(self, now: float) -> Step:
        """The times count from here."""
        self._prompt_plays = False
        early, self._early = self._early, ""
        for taken, digit in enumerate(early, 1):
            step = self._take(digit, now)
            if isinstance(step, Settle):
                self._early = early[taken:]
                return step
        return self._wait(self._action.between if self._digits else self._action.first, now)

    def time_up(self, now: float) -> Step:
        """Enough digits are an answer after a pause, but not at the end of the whole time."""
        too_late = self._over_at is not None and now >= self._over_at
        if self._digits and len(self._digits) >= self._action.minimum and not too_late:
            return Settle(VerbResult("digits", digits=self._digits))
        return Settle(VerbResult("timeout", digits=self._digits))

    def leftover(self) -> str:
        """What was pressed during the prompt beyond the answer; of a masked question nothing, for it might be told."""
        return "" if self.masked else self._early

    def _take(self, digit: str, now: float) -> Step:
        self._prompt_plays = False
        if digit in self._action.terminators:
            enough = len(self._digits) >= self._action.minimum
            return Settle(VerbResult("digits" if enough else "timeout", digits=self._digits, detail=digit))
        self._digits += digit
        if len(self._digits) >= self._action.maximum:
            return Settle(VerbResult("digits", digits=self._digits))
        return self._wait(self._action.between, now)

    def _wait(self, seconds: float, now: float) -> Step:
        if self._over_at is None:
            self._over_at = now + self._action.total
        return Wait(min(now + seconds, self._over_at))
