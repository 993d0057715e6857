"""Finnish: what is counted stands in the partitive ("kaksi euroa"), a place in the essive ("kolmantena")."""

from datetime import date

from media_service.prompts.languages.grammar import Clips, Form, Grammar, split


class Finnish(Grammar):
    """Numbers are put together as they are written: "kaksikymmentä" and "kolme"."""

    language = "fi"
    position_frame = (("place_before",), ())

    def _cardinal(self, number: int, form: Form) -> list[str]:  # noqa: ARG002 - Finnish knows no gender
        millions, thousands, units = split(number)
        clips: list[str] = []
        if millions:
            clips += ["num_million"] if millions == 1 else [*_below_thousand(millions), "num_millions"]
        if thousands:
            clips += ["num_thousand"] if thousands == 1 else [*_below_thousand(thousands), "num_thousands"]
        if units or not clips:
            clips += _below_thousand(units)
        return clips

    def _ordinal(self, number: int) -> list[str]:
        """Essive: "kahdentenakymmenentenä" and "kolmantena"."""
        return _ordinal(number, "_na")

    def _date(self, day: date, weekday: Clips) -> list[str]:
        """As in "[maanantai] kolmas toukokuuta ...": the day in the nominative, the month in the partitive."""
        return [*weekday, *_ordinal(day.day, ""), f"month_{day.month}", *self._year(day.year)]

    def _time(self, hour: int, minute: int) -> list[str]:
        """As in "kello neljätoista nolla viisi"."""
        minutes = ["num_0"] if 0 < minute < 10 else []
        if minute:
            minutes += _below_hundred(minute)
        return ["hour", *_below_hundred(hour), *minutes]


def _ordinal(number: int, case: str) -> list[str]:
    tens, units = divmod(number, 10)
    if number < 20 or not units:
        return [f"ord_{number}{case}"]
    return [f"ord_{10 * tens}{case}", f"ord_{units}{case}"]


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    clips = []
    if hundreds:
        clips += ["num_hundred"] if hundreds == 1 else [f"num_{hundreds}", "num_hundreds"]
    return [*clips, *_below_hundred(rest)] if rest or not hundreds else clips


def _below_hundred(number: int) -> list[str]:
    tens, units = divmod(number, 10)
    if number < 20 or not units:
        return [f"num_{number}"]
    return [f"num_{10 * tens}", f"num_{units}"]
