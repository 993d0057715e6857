"""What every language can say from clips: numbers, digits, dates, times, amounts, waiting times and positions."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Final

from media_service.prompts.errors import PromptError

Clips = tuple[str, ...]
"""Names of clips, to be played one after the other."""

HIGHEST_NUMBER: Final = 999_999_999
HIGHEST_AMOUNT: Final = Decimal("999999.99")
HIGHEST_ORDINAL: Final = 100
HIGHEST_YEAR: Final = 2999
LONGEST_WAIT: Final = 60
"""Minutes; a longer wait is "more than an hour", for nobody believes a figure."""

CURRENCIES: Final = ("EUR", "USD", "GBP", "CHF", "BRL")
"""ISO 4217."""

_DIGITS: Final[Mapping[str, str]] = {
    **{digit: f"num_{digit}" for digit in "0123456789"},
    "*": "key_star",
    "#": "key_hash",
    "+": "key_plus",
}
_UNSPOKEN: Final = " -./()"
MAX_DIGITS: Final = 64


class Form(StrEnum):
    """How a number agrees with what it stands before."""

    COUNTING = ""
    """By itself: "eins", "uno"."""
    MASCULINE = "m"
    """Before a masculine (German: or neuter) noun: "ein Euro", "un euro"."""
    FEMININE = "f"
    """Before a feminine noun: "eine Minute", "una libra"."""


class Grammar(ABC):
    """One language. Every method gives clip names and raises `PromptError` for a value beyond what can be said.

    Clips are named alike in all languages: ``num_7``, ``num_1_f``, ``ord_3``, ``month_5``, ``weekday_1`` (Monday),
    ``cur_eur_1`` and ``cur_eur_n`` (one, several), ``cur_eur_minor_1``; a language has those that it needs.
    """

    language: ClassVar[str]
    minute_form: ClassVar[Form] = Form.MASCULINE
    feminine_currencies: ClassVar[frozenset[str]] = frozenset()
    position_frame: ClassVar[tuple[Clips, Clips]] = (("place_before",), ("place_after",))

    # --- what can be said -------------------------------------------------------------------------------------------

    def cardinal(self, number: int, form: Form = Form.COUNTING) -> Clips:
        """A whole number from 0 to `HIGHEST_NUMBER`, or below zero as far."""
        _within(number, -HIGHEST_NUMBER, HIGHEST_NUMBER)
        return (*(("minus",) if number < 0 else ()), *self._cardinal(abs(number), form))

    def ordinal(self, number: int) -> Clips:
        """A place from 1 to `HIGHEST_ORDINAL`, in the form that the sentence of `position` needs."""
        _within(number, 1, HIGHEST_ORDINAL)
        return tuple(self._ordinal(number))

    def digits(self, text: str) -> Clips:
        """Digits, ``*``, ``#`` and ``+`` one by one; separators are passed over."""
        if len(text) > MAX_DIGITS:
            raise PromptError(f"{len(text)} digits are more than {MAX_DIGITS}")
        spoken = [character for character in text if character not in _UNSPOKEN]
        wrong = [character for character in spoken if character not in _DIGITS]
        if wrong or not spoken:
            raise PromptError(f"{text!r} is not made of digits")
        return tuple(_DIGITS[character] for character in spoken)

    def date(self, day: dt.date, *, weekday: bool = False) -> Clips:
        """A day with its year, up to `HIGHEST_YEAR`."""
        _within(day.year, 1, HIGHEST_YEAR)
        return tuple(self._date(day, (f"weekday_{day.isoweekday()}",) if weekday else ()))

    def time(self, hour: int, minute: int) -> Clips:
        """A time of day, 0:00 to 23:59."""
        _within(hour, 0, 23)
        _within(minute, 0, 59)
        return tuple(self._time(hour, minute))

    def amount(self, amount: Decimal, currency: str) -> Clips:
        """Money up to `HIGHEST_AMOUNT`, either sign, in one of `CURRENCIES`; more than two decimals are refused."""
        if currency not in CURRENCIES:
            raise PromptError(f"{currency!r} is none of {', '.join(CURRENCIES)}")
        if not amount.is_finite() or abs(amount) > HIGHEST_AMOUNT:
            raise PromptError(f"{amount} is not between -{HIGHEST_AMOUNT} and {HIGHEST_AMOUNT}")
        if amount != amount.quantize(Decimal("0.01")):
            raise PromptError(f"{amount} has more than two decimals")
        major, minor = divmod(int(abs(amount) * 100), 100)
        noun = f"cur_{currency.lower()}"
        clips = ["minus"] if amount < 0 else []
        if major or not minor:
            clips += self._counted(major, self._gender_of(currency), noun)
        if major and minor:
            clips.append("amount_and")
        if minor:
            clips += self._counted(minor, Form.MASCULINE, f"{noun}_minor")
        return tuple(clips)

    def wait(self, seconds: float) -> Clips:
        """A waiting time in minutes, to the nearest: "less than one minute", "about three minutes"."""
        if not 0 <= seconds < float("inf"):
            raise PromptError(f"{seconds} is no waiting time")
        if seconds < 60:
            return ("wait_less",)
        minutes = int(seconds / 60 + 0.5)
        if minutes > LONGEST_WAIT:
            return ("wait_more",)
        return ("wait_about", *self._counted(minutes, self.minute_form, "minute"))

    def position(self, number: int) -> Clips:
        """A whole sentence: "You are third in the queue."; beyond `HIGHEST_ORDINAL` with the number itself."""
        _within(number, 1, HIGHEST_NUMBER)
        if number > HIGHEST_ORDINAL:
            return ("position_before", *self._cardinal(number, Form.COUNTING), "position_after")
        before, after = self.position_frame
        return (*before, *self._ordinal(number), *after)

    @cached_property
    def clips(self) -> frozenset[str]:
        """Every clip that the methods above can ask for; found by asking them all."""
        return frozenset(clip for said in self._everything() for clip in said)

    # --- what a language says in its own way ------------------------------------------------------------------------

    @abstractmethod
    def _cardinal(self, number: int, form: Form) -> list[str]:
        """A number from 0 to `HIGHEST_NUMBER`."""

    @abstractmethod
    def _ordinal(self, number: int) -> list[str]:
        """A place from 1 to `HIGHEST_ORDINAL`."""

    @abstractmethod
    def _date(self, day: dt.date, weekday: Clips) -> list[str]:
        """A day, after its ``weekday`` where there is one."""

    @abstractmethod
    def _time(self, hour: int, minute: int) -> list[str]:
        """A time of day."""

    def _year(self, year: int) -> list[str]:
        return self._cardinal(year, Form.COUNTING)

    def _is_singular(self, number: int) -> bool:
        """Whether a noun after ``number`` is in the singular."""
        return number == 1

    def _counted(self, number: int, form: Form, noun: str) -> list[str]:
        return [*self._cardinal(number, form), f"{noun}_{'1' if self._is_singular(number) else 'n'}"]

    def _gender_of(self, currency: str) -> Form:
        return Form.FEMININE if currency in self.feminine_currencies else Form.MASCULINE

    def _everything(self) -> Iterator[Clips]:
        for form in Form:
            yield from (self.cardinal(number, form) for number in range(1100))
            yield from (self.cardinal(1000 * number, form) for number in range(1, 1000))
            yield from (self.cardinal(1_000_000 * number + 1, form) for number in range(1, 1000))
        yield self.cardinal(-1)
        yield self.digits("".join(_DIGITS))
        yield from map(self.position, range(1, HIGHEST_ORDINAL + 2))
        for number in range(366):
            yield self.date(dt.date.fromordinal(dt.date(2024, 1, 1).toordinal() + number), weekday=True)
        yield from (self.date(dt.date(year, 1, 1)) for year in range(1, HIGHEST_YEAR + 1))
        yield from (self.time(minute // 60, minute % 60) for minute in range(24 * 60))
        for currency in CURRENCIES:
            for value in ("-1.01", "0", "1.99", "21", "0.01", "0.21"):
                yield self.amount(Decimal(value), currency)
        yield from (self.wait(60.0 * minutes) for minutes in range(LONGEST_WAIT + 2))


def _within(number: int, lowest: int, highest: int) -> None:
    if not lowest <= number <= highest:
        raise PromptError(f"{number} is not between {lowest} and {highest}")


def split(number: int) -> tuple[int, int, int]:
    """Millions, thousands and the rest."""
    millions, rest = divmod(number, 1_000_000)
    thousands, units = divmod(rest, 1000)
    return millions, thousands, units
