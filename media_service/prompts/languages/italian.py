"""Italian."""

from datetime import date

from media_service.prompts.languages.grammar import Clips, Form, Grammar, split


class Italian(Grammar):
    """Numbers are put together as they are written, but where a vowel is lost: "ventuno", "ventotto"."""

    language = "it"
    feminine_currencies = frozenset({"GBP"})

    def _cardinal(self, number: int, form: Form) -> list[str]:
        if number == 1 and form is not Form.COUNTING:
            return [f"num_1_{form}"]
        millions, thousands, units = split(number)
        clips: list[str] = []
        if millions:
            clips += ["num_1_m", "num_million"] if millions == 1 else [*_below_thousand(millions), "num_millions"]
        if thousands:
            clips += ["num_thousand"] if thousands == 1 else [*_below_thousand(thousands), "num_thousands"]
        if units or not clips:
            clips += _below_thousand(units)
        return clips

    def _ordinal(self, number: int) -> list[str]:
        """Feminine, as "posizione" is: "venti" and "treesima"; "ventunesima" and "ventottesima" lose a vowel."""
        tens, units = divmod(number, 10)
        if number < 20 or units in {0, 1, 8}:
            return [f"ord_{number}_f"]
        return [f"num_{10 * tens}", f"ord_and_{units}_f"]

    def _date(self, day: date, weekday: Clips) -> list[str]:
        """As in "[lunedì] tre maggio ...", and "primo maggio"."""
        number = ["ord_1"] if day.day == 1 else _below_hundred(day.day)
        return [*weekday, *number, f"month_{day.month}", *self._year(day.year)]

    def _time(self, hour: int, minute: int) -> list[str]:
        """As in "ore quattordici e trenta", "ore una"."""
        hours = ["num_1_f"] if hour == 1 else _below_hundred(hour)
        return ["hour", *hours, *(["num_and", *_below_hundred(minute)] if minute else [])]


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    clips = [f"num_{hundreds}"] if hundreds > 1 else []
    if hundreds:
        clips.append("num_hundred")
    return [*clips, *_below_hundred(rest)] if rest or not hundreds else clips


def _below_hundred(number: int) -> list[str]:
    tens, units = divmod(number, 10)
    if number < 20 or units in {0, 1, 8}:
        return [f"num_{number}"]
    return [f"num_{10 * tens}", f"num_{units}"]
