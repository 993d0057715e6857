"""English (British numbers: "one hundred and five"; twelve-hour times)."""

from datetime import date
from typing import Final

from media_service.prompts.languages.grammar import Clips, Form, Grammar, split

_NOON: Final = 12


class English(Grammar):
    """Numbers from 0 to 20 and tens are clips of their own."""

    language = "en"

    def _cardinal(self, number: int, form: Form) -> list[str]:  # noqa: ARG002 - English numbers know no gender
        millions, thousands, units = split(number)
        clips: list[str] = []
        if millions:
            clips += [*_below_thousand(millions), "num_million"]
        if thousands:
            clips += [*_below_thousand(thousands), "num_thousand"]
        if clips and 0 < units < 100:
            clips.append("num_and")
        if units or not clips:
            clips += _below_thousand(units)
        return clips

    def _ordinal(self, number: int) -> list[str]:
        tens, units = divmod(number, 10)
        if number <= 20 or not units:
            return [f"ord_{number}"]
        return [f"num_{10 * tens}", f"ord_{units}"]

    def _date(self, day: date, weekday: Clips) -> list[str]:
        return [*weekday, "date_the", *self._ordinal(day.day), "date_of", f"month_{day.month}", *self._year(day.year)]

    def _year(self, year: int) -> list[str]:
        """As in "nineteen eighty-four", "nineteen oh five", "nineteen hundred", but "two thousand and five"."""
        century, rest = divmod(year, 100)
        if year < 1000 or (century % 10 == 0 and rest < 10):
            return self._cardinal(year, Form.COUNTING)
        if not rest:
            return [*_below_hundred(century), "num_hundred"]
        return [*_below_hundred(century), *_two_digits(rest)]

    def _time(self, hour: int, minute: int) -> list[str]:
        if minute == 0 and hour % _NOON == 0:
            return ["time_noon" if hour else "time_midnight"]
        minutes = _two_digits(minute) if minute else []
        return [*_below_hundred(hour % _NOON or _NOON), *minutes, "time_am" if hour < _NOON else "time_pm"]


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    clips = [f"num_{hundreds}", "num_hundred"] if hundreds else []
    if hundreds and rest:
        clips.append("num_and")
    if rest or not hundreds:
        clips += _below_hundred(rest)
    return clips


def _below_hundred(number: int) -> list[str]:
    if number <= 20:
        return [f"num_{number}"]
    tens, units = divmod(number, 10)
    return [f"num_{10 * tens}", *([f"num_{units}"] if units else [])]


def _two_digits(number: int) -> list[str]:
    """As in years and times: "oh five", "thirty"."""
    return ["num_oh", f"num_{number}"] if number < 10 else _below_hundred(number)
