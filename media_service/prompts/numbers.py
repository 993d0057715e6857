"""Numbers as sequences of clips, by language."""

from collections.abc import Callable, Mapping
from typing import Final

from media_service.prompts.errors import PromptError

HIGHEST: Final = 999_999


def english(number: int) -> tuple[str, ...]:
    """Clip names for a number from 0 to 999999 in British form, which has an "and" before tens and units.

    105 is "one hundred and five", 2001 "two thousand and one", 21 "twenty one"; 1200 is "one thousand two hundred".
    """
    if not 0 <= number <= HIGHEST:
        raise PromptError(f"{number} is not between 0 and {HIGHEST}")
    thousands, rest = divmod(number, 1000)
    words: list[str] = []
    if thousands:
        words += [*_below_thousand(thousands), "num_thousand"]
    if thousands and 0 < rest < 100:
        words.append("num_and")
    if rest or not thousands:
        words += _below_thousand(rest)
    return tuple(words)


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [f"num_{hundreds}", "num_hundred"] if hundreds else []
    if hundreds and rest:
        words.append("num_and")
    if rest or not hundreds:
        words += _below_hundred(rest)
    return words


def _below_hundred(number: int) -> list[str]:
    if number <= 20:
        return [f"num_{number}"]
    tens, units = divmod(number, 10)
    return [f"num_{10 * tens}", *([f"num_{units}"] if units else [])]


SPELLERS: Final[Mapping[str, Callable[[int], tuple[str, ...]]]] = {"en": english}
"""Languages whose numbers can be spoken."""

CLIPS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        *(f"num_{number}" for number in range(21)),
        *(f"num_{tens}" for tens in range(30, 100, 10)),
        "num_hundred",
        "num_thousand",
        "num_and",
    )
}
"""Every clip that a language's numbers can ask for."""
