"""say: speak a number, a date, a time, digits, an amount or a text out of the contact's data."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_server.flows.component import FAILED, Hear, Here, Leave, Reaction
from cti_server.flows.steps.pattern import Expression, Standard, language, reckoned, said, text_of
from cti_server.vocabulary.actions import Play
from cti_server.vocabulary.ids import StepId
from cti_server.vocabulary.plan import Step
from cti_server.vocabulary.values import Utterance, Value

LARGEST: Final = 999_999_999
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}")
_AMOUNT = re.compile(r"-?\d{1,9}(\.\d{1,2})?")


class Form(StrEnum):
    """How a value is spoken."""

    NUMBER = "number"
    POSITION = "position"
    DIGITS = "digits"
    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    WAIT = "wait"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class SayStep(Step):
    """Speak a value in the caller's language, from clips."""

    value: Expression
    """What is spoken: a datum's name, or an expression over data and facts."""
    form: Form = Form.NUMBER
    """How: number (twelve), position (twelfth), digits (one two), date (YYYY-MM-DD), time (HH:MM), amount (12.50), wait
    (seconds, in minutes), text (by speech synthesis)."""
    currency: str | None = None
    """The currency of an amount, for example EUR."""
    before: tuple[Utterance, ...] = ()
    """Heard before it."""
    after: tuple[Utterance, ...] = ()
    """Heard after it."""
    next: StepId | None = None
    """The step after this one; without it, the one below."""
    on_failure: StepId | None = None
    """The step after this one where the value is missing or cannot be spoken so, or nothing can be heard; without it
    the step that follows anyhow."""


class SayComponent(Standard):
    """Speaks a value; one that cannot be spoken leads to ``on_failure``."""

    name = "say"
    settings: type[Step] = SayStep
    speaks_numbers = True

    def enter(self, step: SayStep, here: Here) -> Reaction:
        """Speak what the value is now."""
        spoken = utterance_of(reckoned(step.value, here), step.form, step.currency)
        if spoken is None:
            return Leave(exit=FAILED)
        utterances = (*said(step.before, here), spoken, *said(step.after, here))
        return Hear(action=Play(utterances=utterances, language=language(here)))


def utterance_of(value: Value, form: Form, currency: str | None = None) -> Utterance | None:
    """What lets a value be heard in that form; None for one that cannot be."""
    text = text_of(value).strip()
    digits = "".join(each for each in text if each in "0123456789*#")
    match form:
        case Form.NUMBER | Form.POSITION | Form.WAIT:
            return _counted(text, form)
        case Form.DIGITS if digits:
            return Utterance(digits=digits)
        case Form.DATE if _DATE.fullmatch(text):
            return Utterance(date=text)
        case Form.TIME if _TIME.fullmatch(text):
            return Utterance(time=text)
        case Form.AMOUNT if _AMOUNT.fullmatch(text):
            return Utterance(amount=text, currency=currency)
        case _:
            return Utterance(text=text) if form is Form.TEXT and text else None


def _counted(text: str, form: Form) -> Utterance | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if not -LARGEST <= number <= LARGEST:  # also what is no number at all
        return None
    if form is Form.WAIT:
        return Utterance(wait=number) if number >= 0 else None
    if form is Form.POSITION:
        return Utterance(position=int(number)) if number >= 1 else None
    return Utterance(number=int(number))


SAY = SayComponent()
