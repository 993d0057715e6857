import pytest

from csta.dialects.openscape_voice import DIALECT, normalise_device


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7001", "7001"),
        (" 7001 ", "7001"),
        ("+15619231000", "+15619231000"),
        ("+1 (561) 923-1000", "+15619231000"),
        ("9231000", "9231000"),
        ("*61", "*61"),
        ("N<302118840101>;displayNumber=302118840101;noa=nk", "302118840101"),
        ("N<302118840101>;displayNumber=2118840101;noa=international", "+302118840101"),
        ("N<+302118840101>;displayNumber=;noa=international", "+302118840101"),
        ("n<7001>", "7001"),
        ("N<>;displayNumber=7001", ""),
        ("7001;displayNumber=7001", "7001"),
        ("tel:+49-89-123456;phone-context=x", "+4989123456"),
        ("sip:7001@pbx.example", "7001"),
        ("conference bridge 1", "conference bridge 1"),
        ("", ""),
        ("N<7001", "N<7001"),
    ],
)
def test_device_forms(text: str, number: str) -> None:
    assert normalise_device(text) == number


@pytest.mark.parametrize("text", ["7001", "N<302118840101>;noa=nk", "tel:+49 89 1", "Müller", "N<N<1>>"])
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_device(text)
    assert normalise_device(once) == once


def test_dialect_is_the_documented_one() -> None:
    assert DIALECT.profile().port == 1040
    assert DIALECT.profile().namespace.endswith("/csta/ed4")
