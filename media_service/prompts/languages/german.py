"""German."""

from datetime import date

from media_service.prompts.languages.grammar import Clips, Form, Grammar, split


class German(Grammar):
    """Numbers are put together as they are written: "vierund" and "zwanzig"."""

    language = "de"
    minute_form = Form.FEMININE

    def _cardinal(self, number: int, form: Form) -> list[str]:
        millions, thousands, units = split(number)
        clips: list[str] = []
        if millions:
            clips += [*_below_thousand(millions, Form.FEMININE), "num_million" if millions == 1 else "num_millions"]
        if thousands:
            clips += [*_below_thousand(thousands, Form.MASCULINE), "num_thousand"]
        if units or not clips:
            clips += _below_thousand(units, form)
        return clips

    def _ordinal(self, number: int) -> list[str]:
        """Dative, as in "an dritter Stelle": "einund" and "zwanzigster" make "einundzwanzigster"."""
        return _ordinal(number, "_r")

    def _date(self, day: date, weekday: Clips) -> list[str]:
        """As in "[Montag,] der dritte Mai ..."."""
        return [*weekday, "date_the", *_ordinal(day.day, ""), f"month_{day.month}", *self._year(day.year)]

    def _year(self, year: int) -> list[str]:
        """As in "neunzehnhundertvierundachtzig"."""
        century, rest = divmod(year, 100)
        if not 11 <= century < 20:
            return self._cardinal(year, Form.COUNTING)
        return [f"num_{century}", "num_hundred", *(_below_hundred(rest, Form.COUNTING) if rest else [])]

    def _time(self, hour: int, minute: int) -> list[str]:
        minutes = self._cardinal(minute, Form.COUNTING) if minute else []
        return [*self._cardinal(hour, Form.MASCULINE), "hour", *minutes]


def _ordinal(number: int, ending: str) -> list[str]:
    tens, units = divmod(number, 10)
    if number < 20 or not units:
        return [f"ord_{number}{ending}"]
    return [f"num_{units}_und", f"ord_{10 * tens}{ending}"]


def _below_thousand(number: int, form: Form) -> list[str]:
    hundreds, rest = divmod(number, 100)
    clips = ["num_1_m" if hundreds == 1 else f"num_{hundreds}", "num_hundred"] if hundreds else []
    if rest or not hundreds:
        clips += _below_hundred(rest, form)
    return clips


def _below_hundred(number: int, form: Form) -> list[str]:
    tens, units = divmod(number, 10)
    if number == 1 and form is not Form.COUNTING:
        return [f"num_1_{form}"]
    if number < 20 or not units:
        return [f"num_{number}"]
    return [f"num_{units}_und", f"num_{10 * tens}"]
