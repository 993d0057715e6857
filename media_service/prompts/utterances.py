"""From an utterance to the clips that say it in one language."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from media_service.control.actions import Utterance
from media_service.prompts.errors import PromptError
from media_service.prompts.languages.grammar import Clips, Grammar

FIELDS: Final = (
    "prompt",
    "number",
    "position",
    "digits",
    "date",
    "time",
    "amount",
    "wait",
    "text",
    "tone",
    "silence",
)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(r"(\d\d?):(\d\d)", re.ASCII)
_AMOUNT: Final = re.compile(r"-?\d{1,9}(\.\d{1,6})?", re.ASCII)


def kind_of(utterance: Utterance) -> str:
    """Which of `FIELDS` is set; `PromptError` where it is not exactly one, or a currency stands without an amount."""
    if utterance == Utterance(prompt=utterance.prompt) and utterance.prompt is not None:
        return "prompt"  # nearly always
    kinds = [name for name in FIELDS if getattr(utterance, name) is not None]
    if len(kinds) != 1:
        told = " and ".join(kinds) or "nothing"
        raise PromptError(f"an utterance is one thing to be heard, not {told}")
    if utterance.currency is not None and kinds != ["amount"]:
        raise PromptError(f"a currency goes with an amount, not with a {kinds[0]}")
    return kinds[0]


def clips_of(utterance: Utterance, language: str, grammar: Grammar | None) -> Clips:
    """The clips of an utterance; ``grammar`` is ``None`` for a language whose numbers cannot be spoken.

    Raises `PromptError` for an impossible one, and for one that is not made of clips (text, tone, silence).
    """
    kind = kind_of(utterance)
    if utterance.prompt is not None:
        return (checked_name(utterance.prompt),)
    if kind in {"text", "tone", "silence"}:
        raise PromptError(f"a {kind} is not made of clips")
    if grammar is None:
        raise PromptError(f"a {kind} cannot be spoken in {language}")
    return _spoken(utterance, grammar)


def _spoken(utterance: Utterance, grammar: Grammar) -> Clips:
    match utterance:
        case Utterance(number=int(number)):
            return grammar.cardinal(number)
        case Utterance(position=int(number)):
            return grammar.position(number)
        case Utterance(digits=str(digits)):
            return grammar.digits(digits)
        case Utterance(wait=float() | int() as seconds):
            return grammar.wait(seconds)
        case _:
            return _read(utterance, grammar)


def _read(utterance: Utterance, grammar: Grammar) -> Clips:
    """What comes as text: dates, times, amounts."""
    match utterance:
        case Utterance(date=str(text)):
            return grammar.date(_read_date(text))
        case Utterance(time=str(text)):
            return grammar.time(*_read_time(text))
        case Utterance(amount=str(text), currency=str(currency)):
            return grammar.amount(_read_amount(text), currency)
        case _:
            raise PromptError(f"amount {utterance.amount} has no currency")


def checked_name(name: str) -> str:
    """Give a prompt's name back, or raise `PromptError` where it is none."""
    if not _NAME.fullmatch(name):
        raise PromptError(f"{name!r} is no prompt name (a-z, 0-9, _ and -)")
    return name


def _read_date(text: str) -> date:
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError as error:
        raise PromptError(f"{text!r} is no date such as 2026-05-03") from error


def _read_time(text: str) -> tuple[int, int]:
    match = _TIME.fullmatch(text)
    if match is None:
        raise PromptError(f"{text!r} is no time such as 14:30")
    return int(match[1]), int(match[2])


def _read_amount(text: str) -> Decimal:
    try:
        return Decimal(text if _AMOUNT.fullmatch(text) else "")
    except InvalidOperation as error:
        raise PromptError(f"{text!r} is no amount such as 12.50") from error
