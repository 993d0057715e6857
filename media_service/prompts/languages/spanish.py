"""Spanish."""

from datetime import date

from media_service.prompts.languages.grammar import Clips, Form, Grammar, split


class Spanish(Grammar):
    """Numbers from 0 to 30 and tens are clips of their own; one, and what ends in it, has three forms."""

    language = "es"
    feminine_currencies = frozenset({"GBP"})

    def _cardinal(self, number: int, form: Form) -> list[str]:
        millions, thousands, units = split(number)
        clips: list[str] = []
        if millions:
            clips += [*_below_thousand(millions, Form.MASCULINE), "num_million" if millions == 1 else "num_millions"]
        if thousands:
            agreeing = Form.FEMININE if form is Form.FEMININE else Form.MASCULINE
            clips += [*(_below_thousand(thousands, agreeing) if thousands > 1 else ()), "num_thousand"]
        if units or not clips:
            clips += _below_thousand(units, form)
        return clips

    def _ordinal(self, number: int) -> list[str]:
        """Feminine, as "posición" is: "vigésima tercera"; up to twenty in one word."""
        tens, units = divmod(number, 10)
        if number <= 20 or not units:
            return [f"ord_{number}_f"]
        return [f"ord_{10 * tens}_f", f"ord_{units}_f"]

    def _date(self, day: date, weekday: Clips) -> list[str]:
        """As in "[lunes,] tres de mayo de ...", and "primero de mayo"."""
        number = ["ord_1"] if day.day == 1 else self._cardinal(day.day, Form.COUNTING)
        return [*weekday, *number, "date_of", f"month_{day.month}", "date_of", *self._year(day.year)]

    def _time(self, hour: int, minute: int) -> list[str]:
        """As in "las catorce y treinta", "la una y cinco", "las catorce horas"."""
        clips = ["hour_the_1" if hour == 1 else "hour_the_n", *self._cardinal(hour, Form.FEMININE)]
        if minute:
            return [*clips, "num_y", *self._cardinal(minute, Form.COUNTING)]
        return clips if hour == 1 else [*clips, "hour_n"]


def _below_thousand(number: int, form: Form) -> list[str]:
    hundreds, rest = divmod(number, 100)
    if number == 100:
        return ["num_100"]
    clips = []
    if hundreds:
        clips.append("num_hundred" if hundreds == 1 else f"num_{hundreds}00{'_f' if form is Form.FEMININE else ''}")
    return [*clips, *_below_hundred(rest, form)] if rest or not hundreds else clips


def _below_hundred(number: int, form: Form) -> list[str]:
    tens, units = divmod(number, 10)
    if number < 30 or not units:
        return [f"num_{number}{_ending(number, form)}"]
    return [f"num_{10 * tens}", "num_y", f"num_{units}{_ending(units, form)}"]


def _ending(number: int, form: Form) -> str:
    return f"_{form}" if number in {1, 21} and form is not Form.COUNTING else ""
