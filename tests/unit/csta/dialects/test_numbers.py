"""Device numbers in every spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csta.dialects import openscape_4000, openscape_business, openscape_voice
from csta.dialects.numbers import angled_number, plain_number, without_separators

DIALECTS = [openscape_voice.DIALECT, openscape_4000.DIALECT, openscape_business.DIALECT]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("101", "101"),
        (" 101\t", "101"),
        ("0049 (89) 123-456", "004989123456"),
        ("+49.89.1", "+49891"),
        ("tel:+49-89-1;phone-context=x", "+49891"),
        ("SIP:101@pbx", "101"),
        ("sips:101", "101"),
        ("101;ext", "101"),
        ("*61", "*61"),
        ("trunk 3", "trunk 3"),
        ("N<101>", "N<101>"),
        ("", ""),
    ],
)
def test_plain_number(text: str, number: str) -> None:
    assert plain_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("N<302118840101>;displayNumber=2118840101;noa=nk", "302118840101"),
        ("N<302118840101>;noa=in", "+302118840101"),
        ("N<302118840101>;noa=national", "302118840101"),
        ("N<>;displayNumber=7001", ""),
        ("N<a b>", "a b"),
        ("101", None),
        ("N<7001", None),
        ("N<1>2", None),
    ],
)
def test_angled_number(text: str, number: str | None) -> None:
    assert angled_number(text) == number


def test_separators_stay_in_what_is_no_number() -> None:
    assert without_separators("conference-bridge 1") == "conference-bridge 1"
    assert without_separators("1-2") == "12"


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
@given(text=st.one_of(st.text(max_size=60), st.from_regex(r"[N<>;=+0-9 .()-]{0,30}", fullmatch=True)))
def test_normalising_twice_changes_nothing_and_never_raises(dialect: openscape_voice.Dialect, text: str) -> None:
    once = dialect.normalise_device(text)
    assert dialect.normalise_device(once) == once
