"""Dates, times, amounts, waits and positions, by tables that a speaker of each language can read."""

import datetime as dt
from decimal import Decimal

import pytest

from media_service.prompts.errors import PromptError
from media_service.prompts.languages import GRAMMARS
from tests.unit.media_service.prompts.words import LANGUAGES, spoken

DATES = {
    "en": {
        "2026-05-03": "Sunday the third of May twenty twenty six",
        "2005-12-31": "Saturday the thirty first of December two thousand and five",
        "1905-01-21": "Saturday the twenty first of January nineteen oh five",
        "1900-02-28": "Wednesday the twenty eighth of February nineteen hundred",
    },
    "fr": {
        "2026-05-01": "le vendredi premier mai deux mille vingt-six",
        "1984-08-31": "le vendredi trente et un août mille neuf cent quatre-vingts quatre",
    },
    "de": {
        "2026-05-03": "Sonntag der dritte Mai zwei tausend sechsund zwanzig",
        "1984-08-31": "Freitag der einund dreißigste August neunzehn hundert vierund achtzig",
    },
    "it": {
        "2026-05-01": "venerdì primo maggio due mila venti sei",
        "2021-03-28": "domenica ventotto marzo due mila ventuno",
    },
    "pt": {
        "2026-05-01": "sexta-feira primeiro de maio de dois mil e vinte e seis",
        "1984-08-31": "sexta-feira trinta e um de agosto de mil novecentos e oitenta e quatro",
    },
    "es": {
        "2026-05-01": "viernes primero de mayo de dos mil veintiséis",
        "1984-08-31": "viernes treinta y uno de agosto de mil novecientos ochenta y cuatro",
    },
    "fi": {
        "2026-05-03": "sunnuntai kolmas toukokuuta kaksi tuhatta kaksikymmentä kuusi",
        "1984-08-31": "perjantai kolmaskymmenes ensimmäinen elokuuta tuhat yhdeksän sataa kahdeksankymmentä neljä",
    },
}
TIMES = {
    "en": {
        "0:00": "midnight",
        "12:00": "noon",
        "9:00": "nine a m",
        "9:05": "nine oh five a m",
        "14:30": "two thirty p m",
        "0:15": "twelve fifteen a m",
        "12:21": "twelve twenty one p m",
    },
    "fr": {
        "0:00": "zéro heure",
        "1:00": "une heure",
        "1:01": "une heure une",
        "14:30": "quatorze heures trente",
        "21:05": "vingt et une heures cinq",
    },
    "de": {
        "0:00": "null Uhr",
        "1:05": "ein Uhr fünf",
        "14:30": "vierzehn Uhr dreißig",
        "21:01": "einund zwanzig Uhr eins",
    },
    "it": {"0:00": "ore zero", "1:05": "ore una e cinque", "14:30": "ore quattordici e trenta", "21:00": "ore ventuno"},
    "pt": {
        "1:00": "uma hora",
        "2:01": "duas horas e um minuto",
        "14:30": "catorze horas e trinta minutos",
        "22:00": "vinte e duas horas",
    },
    "es": {
        "1:00": "la una",
        "1:05": "la una y cinco",
        "14:30": "las catorce y treinta",
        "21:00": "las veintiuna horas",
    },
    "fi": {
        "1:00": "kello yksi",
        "14:05": "kello neljätoista nolla viisi",
        "21:30": "kello kaksikymmentä yksi kolmekymmentä",
    },
}
AMOUNTS = {
    "en": {
        "1 EUR": "one euro",
        "2.01 USD": "two dollars and one cent",
        "0.50 GBP": "fifty pence",
        "0.01 GBP": "one penny",
        "-12.50 CHF": "minus twelve Swiss francs and fifty centimes",
        "0 BRL": "zero reais",
    },
    "fr": {
        "0 EUR": "zéro euro",
        "1 GBP": "une livre",
        "21 GBP": "vingt et une livres",
        "1.50 EUR": "un euro et cinquante centimes",
        "2.01 USD": "deux dollars et un cent",
        "200 CHF": "deux cent francs suisses",
        "3 BRL": "trois réaux",
    },
    "de": {
        "1 EUR": "ein Euro",
        "1.01 USD": "ein Dollar und ein Cent",
        "12.50 CHF": "zwölf Schweizer Franken und fünfzig Rappen",
        "101 EUR": "ein hundert ein Euro",
        "0.02 GBP": "zwei Pence",
        "5 BRL": "fünf Reais",
    },
    "it": {
        "1 EUR": "un euro",
        "1 GBP": "una sterlina",
        "2 USD": "due dollari",
        "21.01 CHF": "ventuno franchi svizzeri e un centesimo",
        "0.30 EUR": "trenta centesimi",
    },
    "pt": {
        "1 EUR": "um euro",
        "1 GBP": "uma libra",
        "202 GBP": "duzentas e duas libras",
        "1.50 BRL": "um real e cinquenta centavos",
        "2.01 EUR": "dois euros e um cêntimo",
        "0 EUR": "zero euros",
    },
    "es": {
        "1 EUR": "un euro",
        "1 GBP": "una libra",
        "21 EUR": "veintiún euros",
        "21 GBP": "veintiuna libras",
        "231.01 USD": "doscientos treinta y un dólares con un centavo",
        "500.31 GBP": "quinientas libras con treinta y un peniques",
    },
    "fi": {
        "1 EUR": "yksi euro",
        "2 EUR": "kaksi euroa",
        "21.01 EUR": "kaksikymmentä yksi euroa ja yksi sentti",
        "0.50 EUR": "viisikymmentä senttiä",
        "1 CHF": "yksi Sveitsin frangi",
        "3 GBP": "kolme puntaa",
    },
}
WAITS = {
    "en": ("less than one minute", "about one minute", "about three minutes", "more than one hour"),
    "fr": ("moins d'une minute", "environ une minute", "environ trois minutes", "plus d'une heure"),
    "de": ("weniger als eine Minute", "etwa eine Minute", "etwa drei Minuten", "mehr als eine Stunde"),
    "it": ("meno di un minuto", "circa un minuto", "circa tre minuti", "più di un'ora"),
    "pt": ("menos de um minuto", "cerca de um minuto", "cerca de três minutos", "mais de uma hora"),
    "es": ("menos de un minuto", "aproximadamente un minuto", "aproximadamente tres minutos", "más de una hora"),
    "fi": ("alle minuutti", "noin yksi minuutti", "noin kolme minuuttia", "yli tunti"),
}
POSITIONS = {
    "en": "You are third in the queue.",
    "fr": "Vous êtes en troisième position dans la file d'attente.",
    "de": "Sie sind an dritter Stelle in der Warteschlange.",
    "it": "Lei è in terza posizione nella coda.",
    "pt": "Está em terceiro lugar na fila de espera.",
    "es": "Está en la tercera posición de la cola.",
    "fi": "Olette jonossa kolmantena",
}


@pytest.mark.parametrize(("language", "day"), [(language, day) for language in DATES for day in DATES[language]])
def test_dates(language: str, day: str) -> None:
    assert spoken(language, GRAMMARS[language].date(dt.date.fromisoformat(day), weekday=True)) == DATES[language][day]
    assert not any(clip.startswith("weekday") for clip in GRAMMARS[language].date(dt.date.fromisoformat(day)))


@pytest.mark.parametrize(("language", "time"), [(language, time) for language in TIMES for time in TIMES[language]])
def test_times(language: str, time: str) -> None:
    hour, minute = map(int, time.split(":"))
    assert spoken(language, GRAMMARS[language].time(hour, minute)) == TIMES[language][time]


@pytest.mark.parametrize(("language", "money"), [(each, money) for each in AMOUNTS for money in AMOUNTS[each]])
def test_amounts(language: str, money: str) -> None:
    value, currency = money.split()
    said = spoken(language, GRAMMARS[language].amount(Decimal(value), currency))
    assert said.replace("cents", "cent") == AMOUNTS[language][money].replace("cents", "cent")


@pytest.mark.parametrize("language", LANGUAGES)
def test_waiting_times(language: str) -> None:
    grammar = GRAMMARS[language]
    assert tuple(spoken(language, grammar.wait(seconds)) for seconds in (59.9, 89, 175, 3700)) == WAITS[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_positions(language: str) -> None:
    grammar = GRAMMARS[language]
    assert spoken(language, grammar.position(3)) == POSITIONS[language]
    far = grammar.position(120)
    assert far[0] == "position_before"
    assert far[1:-1] == grammar.cardinal(120)
    assert far[-1] == "position_after"


def test_digits_are_said_one_by_one() -> None:
    said = GRAMMARS["de"].digits("+49 (89) 7-0*#")
    assert spoken("de", said) == "Plus vier neun acht neun sieben null Stern Raute"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_beyond_the_clips_is_refused(language: str) -> None:
    grammar = GRAMMARS[language]
    for impossible in (
        lambda: grammar.ordinal(0),
        lambda: grammar.ordinal(101),
        lambda: grammar.position(0),
        lambda: grammar.digits(""),
        lambda: grammar.digits(" - "),
        lambda: grammar.digits("12a"),
        lambda: grammar.digits("1" * 65),
        lambda: grammar.digits("٣"),
        lambda: grammar.date(dt.date(3000, 1, 1)),
        lambda: grammar.time(24, 0),
        lambda: grammar.time(0, 60),
        lambda: grammar.amount(Decimal("1.001"), "EUR"),
        lambda: grammar.amount(Decimal(1_000_000), "EUR"),
        lambda: grammar.amount(Decimal("NaN"), "EUR"),
        lambda: grammar.amount(Decimal("Infinity"), "EUR"),
        lambda: grammar.amount(Decimal(1), "XXX"),
        lambda: grammar.wait(-1),
        lambda: grammar.wait(float("nan")),
        lambda: grammar.wait(float("inf")),
    ):
        with pytest.raises(PromptError):
            impossible()
