"""Questions that one digit answers: with any digit, or with one of a menu's options."""

from media_service.control.messages import AskDigit, Menu, Utterances, VerbResult
from media_service.ivr.digits import TypeAhead
from media_service.ivr.questions import Ask, Question, Settle, Step, Wait


class DigitQuestion(Question):
    """`AskDigit`: the first digit is the answer, whichever it is."""

    def __init__(self, action: AskDigit) -> None:
        self._action = action

    def begin(self, typed: TypeAhead, now: float) -> Step:
        """A digit typed ahead is the answer."""
        digit = typed.take()
        return self.digit(digit, now) if digit else Ask(self._action.utterances)

    def digit(self, digit: str, now: float) -> Step:
        """Settle the question."""
        del now
        return Settle(VerbResult("digits", digits=digit))

    def prompt_over(self, now: float) -> Step:
        """The time counts from here."""
        return Wait(now + self._action.timeout)

    def time_up(self, now: float) -> Step:
        """No digit came."""
        del now
        return Settle(VerbResult("timeout"))


class MenuQuestion(Question):
    """`Menu`: rounds until an option is chosen; a wrong digit or none ends a round, and the last round the question."""

    def __init__(self, action: Menu) -> None:
        self._action = action
        self._rounds = 1

    def begin(self, typed: TypeAhead, now: float) -> Step:
        """An option typed ahead is chosen; what else was typed ahead was not meant for this menu."""
        digit = typed.take()
        if digit and digit in self._action.options:
            return self.digit(digit, now)
        typed.forget()
        return Ask(self._action.utterances)

    def digit(self, digit: str, now: float) -> Step:
        """An option is the answer; another digit ends the round."""
        del now
        if digit in self._action.options:
            return Settle(VerbResult("digits", digits=digit))
        return self._next_round(VerbResult("invalid", digits=digit), self._action.invalid)

    def prompt_over(self, now: float) -> Step:
        """The time counts from here."""
        return Wait(now + self._action.timeout)

    def time_up(self, now: float) -> Step:
        """The round brought no digit."""
        del now
        return self._next_round(VerbResult("timeout"), self._action.silent)

    def _next_round(self, otherwise: VerbResult, remark: Utterances) -> Step:
        if self._rounds >= self._action.tries:
            return Settle(otherwise)
        self._rounds += 1
        return Ask(remark + self._action.utterances)
