"""Portuguese (of Portugal: "dezasseis", "cêntimos")."""

from datetime import date

from media_service.prompts.languages.grammar import Clips, Form, Grammar, split


class Portuguese(Grammar):
    """Numbers from 0 to 20, tens and hundreds are clips of their own; one, two and the hundreds have a feminine."""

    language = "pt"
    feminine_currencies = frozenset({"GBP"})

    def _cardinal(self, number: int, form: Form) -> list[str]:
        millions, thousands, units = split(number)
        clips: list[str] = []
        if millions:
            clips += [*_below_thousand(millions, Form.MASCULINE), "num_million" if millions == 1 else "num_millions"]
        if thousands:
            if clips and (thousands <= 100 or (thousands % 100 == 0 and not units)):
                clips.append("num_and")
            clips += [*(_below_thousand(thousands, form) if thousands > 1 else ()), "num_thousand"]
        if units or not clips:
            if clips and _takes_and(units):
                clips.append("num_and")
            clips += _below_thousand(units, form)
        return clips

    def _ordinal(self, number: int) -> list[str]:
        """Masculine, as "lugar" is: "décimo primeiro", "vigésimo terceiro"."""
        tens, units = divmod(number, 10)
        if number <= 10 or not units:
            return [f"ord_{number}"]
        return [f"ord_{10 * tens}", f"ord_{units}"]

    def _date(self, day: date, weekday: Clips) -> list[str]:
        """As in "[segunda-feira,] três de maio de ...", and "primeiro de maio"."""
        number = ["ord_1"] if day.day == 1 else self._cardinal(day.day, Form.COUNTING)
        return [*weekday, *number, "date_of", f"month_{day.month}", "date_of", *self._year(day.year)]

    def _time(self, hour: int, minute: int) -> list[str]:
        """As in "catorze horas e trinta minutos", "uma hora"."""
        clips = self._counted(hour, Form.FEMININE, "hour")
        return [*clips, "num_and", *self._counted(minute, Form.MASCULINE, "minute")] if minute else clips


def _takes_and(number: int) -> bool:
    """Whether "e" stands between a larger part and this last one: "mil e um", "mil e cem", "mil duzentos e um"."""
    return number < 100 or number % 100 == 0


def _below_thousand(number: int, form: Form) -> list[str]:
    hundreds, rest = divmod(number, 100)
    if number == 100:
        return ["num_100"]
    clips = []
    if hundreds:
        clips.append("num_hundred" if hundreds == 1 else f"num_{hundreds}00{'_f' if form is Form.FEMININE else ''}")
    if hundreds and rest:
        clips.append("num_and")
    return [*clips, *_below_hundred(rest, form)] if rest or not hundreds else clips


def _below_hundred(number: int, form: Form) -> list[str]:
    tens, units = divmod(number, 10)
    if number <= 20 or not units:
        return [f"num_{number}{_ending(number, form)}"]
    return [f"num_{10 * tens}", "num_and", f"num_{units}{_ending(units, form)}"]


def _ending(number: int, form: Form) -> str:
    return "_f" if number in {1, 2} and form is Form.FEMININE else ""
