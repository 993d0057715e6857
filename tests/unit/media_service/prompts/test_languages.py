"""Numbers and ordinals against num2words, which nobody here wrote; what it gets wrong is put right, rule by rule."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from media_service.prompts.errors import PromptError
from media_service.prompts.languages import GRAMMARS
from media_service.prompts.languages.grammar import HIGHEST_NUMBER, Form
from tests.unit.media_service.prompts.words import LANGUAGES, TEXTS, spoken

NUMBERS = [
    *range(2300),
    *range(2300, 100_000, 613),
    *range(1000, 1_000_000, 1000),
    *range(100_000, 1_000_000, 4999),
    *range(1_000_000, 1_002_200, 7),
    *range(1_000_000, HIGHEST_NUMBER, 1_000_000),
    *range(1_234_567, HIGHEST_NUMBER, 1_700_311),
    HIGHEST_NUMBER,
]
SPELLINGS = {
    # The plural s of vingt and cent is written at the end of a number alone; nobody hears it.
    "fr": [(r"\b(cent|vingt)s\b", r"\1")],
    # Duden: hunderteintausend, zweihunderteine Millionen.
    "de": [("hunderteinstausend", "hunderteintausend"), ("hunderteins millionen", "hunderteine millionen")],
    # The e after a million may be left out, and centootto is as right as centotto; 18 is diciotto whatever it follows.
    "it": [(r"(milion[ei]) e ", r"\1 "), ("é", "e"), (" ", ""), ("dicotto", "diciotto"), ("centoott", "centott")],
    # The Academy's grammar: uno loses its o before mil.
    "es": [("veintiuno mil", "veintiún mil"), (r"\buno mil", "un mil")],
}


def heard(language: str, text: str) -> str:
    text = text.lower()
    for written, said in SPELLINGS.get(language, []):
        text = re.sub(written, said, text)
    return re.sub(r"[\s,-]", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_num2words(language: str) -> None:
    grammar = GRAMMARS[language]
    wrong = [
        (number, said, wanted)
        for number in NUMBERS
        if heard(language, said := spoken(language, grammar.cardinal(number)))
        != heard(language, wanted := num2words(number, lang=language))
    ]
    assert wrong == []


def test_english_years_are_those_of_num2words() -> None:
    for year in range(1000, 2200):
        assert heard("en", spoken("en", tuple(GRAMMARS["en"]._year(year)))) == heard(
            "en", num2words(year, to="year", lang="en")
        )


@pytest.mark.parametrize("language", ["de", "fr", "it", "pt", "es", "fi"])
def test_years_are_those_of_num2words(language: str) -> None:
    for year in [*range(1500, 2100, 7), *range(1980, 2060)]:
        wanted = num2words(year, lang=language, to="year")
        if language == "pt" and year % 100 == 0 and year < 2000:
            wanted = num2words(year, lang=language)
        assert heard(language, spoken(language, tuple(GRAMMARS[language]._year(year)))) == heard(language, wanted)


SPANISH_TEENS = {
    11: "undécima",
    12: "duodécima",
    13: "decimotercera",
    14: "decimocuarta",
    15: "decimoquinta",
    16: "decimosexta",
    17: "decimoséptima",
    18: "decimoctava",
    19: "decimonovena",
}


def ordinal_of(language: str, number: int) -> str:
    """What `Grammar.ordinal` is to say: the form that stands in the sentence about the position."""
    if language == "es" and number in SPANISH_TEENS:
        return SPANISH_TEENS[number]
    if language == "fi":
        return str(num2words(number, lang="fi", to="ordinal", case="essive"))
    word = str(num2words(number, lang=language, to="ordinal"))
    match language:
        case "fr" if number == 1:
            return "première"
        case "de":
            return f"{word}r"
        case "it":
            return f"{word[:-1]}a"
        case "es":
            return re.sub(r"o\b", "a", word).replace("quadragésima", "cuadragésima")
        case _:
            return word


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinals_are_those_of_num2words(language: str) -> None:
    for number in range(1, 101):
        said = spoken(language, GRAMMARS[language].ordinal(number))
        assert heard(language, said) == heard(language, ordinal_of(language, number))


@pytest.mark.parametrize("language", ["de", "fi"])
def test_the_days_of_a_month_are_ordinals_of_num2words(language: str) -> None:
    for day in range(1, 32):
        said = spoken(language, GRAMMARS[language].date(dt.date(2026, 1, day)))
        ordinal = num2words(day, lang=language, to="ordinal")
        assert heard(language, ordinal) in heard(language, said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_clip_has_a_text_and_every_text_is_asked_for(language: str) -> None:
    grammar = GRAMMARS[language]
    assert set(TEXTS[language]) >= grammar.clips
    for clip in grammar.clips:
        assert TEXTS[language][clip].strip()


@given(
    language=st.sampled_from(LANGUAGES),
    number=st.integers(-HIGHEST_NUMBER, HIGHEST_NUMBER),
    form=st.sampled_from(list(Form)),
)
def test_the_clips_that_a_language_names_are_all_that_it_asks_for(language: str, number: int, form: Form) -> None:
    grammar = GRAMMARS[language]
    assert set(grammar.cardinal(number, form)) <= grammar.clips


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [-HIGHEST_NUMBER - 1, HIGHEST_NUMBER + 1])
def test_numbers_beyond_the_clips_are_refused(language: str, number: int) -> None:
    with pytest.raises(PromptError, match=str(number)):
        GRAMMARS[language].cardinal(number)


@pytest.mark.parametrize(
    ("language", "form", "number", "words"),
    [
        ("fr", Form.FEMININE, 1, "une"),
        ("fr", Form.FEMININE, 21, "vingt et une"),
        ("fr", Form.FEMININE, 31, "trente et une"),
        ("fr", Form.FEMININE, 71, "soixante et onze"),
        ("fr", Form.FEMININE, 81, "quatre-vingts une"),
        ("fr", Form.FEMININE, 91, "quatre-vingts onze"),
        ("fr", Form.FEMININE, 11, "onze"),
        ("fr", Form.FEMININE, 101, "cent une"),
        ("de", Form.MASCULINE, 1, "ein"),
        ("de", Form.FEMININE, 1, "eine"),
        ("de", Form.FEMININE, 21, "einund zwanzig"),
        ("de", Form.MASCULINE, 101, "ein hundert ein"),
        ("it", Form.MASCULINE, 1, "un"),
        ("it", Form.FEMININE, 1, "una"),
        ("it", Form.FEMININE, 21, "ventuno"),
        ("es", Form.MASCULINE, 1, "un"),
        ("es", Form.MASCULINE, 21, "veintiún"),
        ("es", Form.FEMININE, 21, "veintiuna"),
        ("es", Form.MASCULINE, 31, "treinta y un"),
        ("es", Form.FEMININE, 241, "doscientas cuarenta y una"),
        ("es", Form.FEMININE, 200_000, "doscientas mil"),
        ("pt", Form.FEMININE, 1, "uma"),
        ("pt", Form.FEMININE, 22, "vinte e duas"),
        ("pt", Form.FEMININE, 202, "duzentas e duas"),
        ("fi", Form.MASCULINE, 1, "yksi"),
    ],
)
def test_numbers_agree_with_what_they_count(language: str, form: Form, number: int, words: str) -> None:
    assert spoken(language, GRAMMARS[language].cardinal(number, form)) == words
