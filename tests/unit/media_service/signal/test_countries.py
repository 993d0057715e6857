"""Tones by country."""

import pytest

from media_service.signal.countries import COUNTRIES, Kind, tone
from media_service.signal.levels import level_of
from media_service.signal.tones import Tone, pcm
from tests.unit.media_service.signal.twins import samples_of


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("kind", list(Kind))
def test_every_country_has_every_tone(country: str, kind: Kind) -> None:
    sound = samples_of(pcm(tone(country, kind, 5.0)))
    assert len(sound) == 40000
    assert -17.0 <= level_of(sound[40:200]) <= -9.0


def test_some_tones_as_their_countries_list_them() -> None:
    assert tone("de", "busy") == Tone((425.0,), (0.48, 0.48), 30.0)
    assert tone("US", "ringback").frequencies == (440.0, 480.0)
    assert tone("GB", Kind.RINGBACK).cadence == (0.4, 0.2, 0.4, 2.0)
    assert tone("FR", Kind.RINGBACK) == Tone((440.0,), (1.5, 3.5), 30.0)
    assert set(COUNTRIES) >= {"AT", "BE", "BR", "CH", "DE", "ES", "FI", "FR", "GB", "IT", "NL", "PT", "US"}


def test_countries_and_tones_that_are_not_known() -> None:
    with pytest.raises(ValueError, match="'XX'"):
        tone("XX", "busy")
    with pytest.raises(ValueError, match="howler"):
        tone("DE", "howler")
