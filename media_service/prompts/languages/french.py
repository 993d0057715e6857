"""French (of France: "soixante-dix", "quatre-vingts")."""

from datetime import date

from media_service.prompts.languages.grammar import Clips, Form, Grammar, split


class French(Grammar):
    """Numbers below thirty are clips of their own, for the sake of the liaison in "vingt-deux"."""

    language = "fr"
    minute_form = Form.FEMININE
    feminine_currencies = frozenset({"GBP"})

    def _cardinal(self, number: int, form: Form) -> list[str]:
        millions, thousands, units = split(number)
        clips: list[str] = []
        if millions:
            clips += [*_below_thousand(millions, Form.MASCULINE), "num_million" if millions == 1 else "num_millions"]
        if thousands:
            clips += [*(_below_thousand(thousands, Form.MASCULINE) if thousands > 1 else ()), "num_thousand"]
        if units or not clips:
            clips += _below_thousand(units, form)
        return clips

    def _ordinal(self, number: int) -> list[str]:
        """Feminine, as "position" is: "première", "vingt et unième", "soixante et onzième"."""
        base, rest = _base(number)
        if number < 20 or number == 100 or not rest:
            return ["ord_1_f" if number == 1 else f"ord_{number}"]
        if rest == 1:
            return [f"num_{base}", "ord_unieme" if base == 80 else "ord_et_unieme"]
        if rest == 11 and base == 60:
            return ["num_60", "ord_et_onzieme"]
        return [f"num_{base}", f"ord_{rest}"]

    def _date(self, day: date, weekday: Clips) -> list[str]:
        number = ["ord_1"] if day.day == 1 else self._cardinal(day.day, Form.COUNTING)
        return ["date_the", *weekday, *number, f"month_{day.month}", *self._year(day.year)]

    def _time(self, hour: int, minute: int) -> list[str]:
        minutes = self._cardinal(minute, Form.FEMININE) if minute else []
        return [*self._counted(hour, Form.FEMININE, "hour"), *minutes]

    def _is_singular(self, number: int) -> bool:
        return number < 2


def _below_thousand(number: int, form: Form) -> list[str]:
    hundreds, rest = divmod(number, 100)
    clips = [f"num_{hundreds}"] if hundreds > 1 else []
    if hundreds:
        clips.append("num_hundred")
    if rest or not hundreds:
        clips += _below_hundred(rest, form)
    return clips


def _below_hundred(number: int, form: Form) -> list[str]:
    base, rest = _base(number)
    ending = "_f" if form is Form.FEMININE and rest == 1 and base != 10 else ""
    if number < 30 or not rest:
        return [f"num_{number}{ending}"]
    if rest == 1 and base != 80:
        return [f"num_{base}", f"num_et_un{ending}"]
    if rest == 11 and base == 60:
        return ["num_60", "num_et_onze"]
    return [f"num_{base}", f"num_{rest}{ending}"]


def _base(number: int) -> tuple[int, int]:
    """What a number below a hundred is counted from, twenty by twenty above sixty, and how far it is from there."""
    base = number - number % (20 if number >= 60 else 10)
    return base, number - base
