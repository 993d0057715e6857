"""Call progress tones by country: frequencies and cadences of ITU-T E.180 supplement 2 (01/94), levels by E.180.

Where an administration lists several, the one of its public network that is told first stands here. What a country
does not define is filled with the tone that E.180 recommends (425 Hz; special information by E.180 section 7).
"""

from enum import StrEnum
from typing import Final

from media_service.signal.tones import Tone

DEFAULT_SECONDS: Final = 30.0


class Kind(StrEnum):
    """Tones of E.180, by what they tell the caller."""

    DIAL = "dial"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    SPECIAL_INFORMATION = "special-information"
    CALL_WAITING = "call-waiting"
    CONFIRMATION = "confirmation"


Shape = tuple[tuple[float, ...], tuple[float, ...]]
"""Frequencies sounding together, and seconds on, off, on, off, …; no cadence: all the time."""

_SPECIAL: Final = Tone((950.0, 1400.0, 1800.0), (0.33, 0.0, 0.33, 0.0, 0.33, 1.0), DEFAULT_SECONDS, sequence=True)
"""E.180 section 7: three tones of 330 ms one after the other, then silence of a second."""

_RECOMMENDED: Final[dict[Kind, Shape]] = {
    Kind.DIAL: ((425.0,), ()),
    Kind.RINGBACK: ((425.0,), (1.0, 4.0)),
    Kind.BUSY: ((425.0,), (0.5, 0.5)),
    Kind.CONGESTION: ((425.0,), (0.2, 0.2)),
    Kind.CALL_WAITING: ((425.0,), (0.2, 0.6, 0.2, 3.0)),
    Kind.CONFIRMATION: ((425.0,), (0.1, 0.1, 0.1, 0.1, 0.1, 0.5)),
}

_OWN: Final[dict[str, dict[Kind, Shape]]] = {
    "AT": {
        Kind.DIAL: ((420.0,), ()),
        Kind.RINGBACK: ((420.0,), (1.0, 5.0)),
        Kind.BUSY: ((420.0,), (0.4, 0.4)),
        Kind.CONGESTION: ((420.0,), (0.2, 0.2)),
        Kind.CALL_WAITING: ((420.0,), (0.04, 1.95)),
    },
    "BE": {
        Kind.RINGBACK: ((425.0,), (1.0, 3.0)),
        Kind.BUSY: ((425.0,), (0.5, 0.5)),
        Kind.CONGESTION: ((425.0,), (0.167, 0.167)),
        Kind.CALL_WAITING: ((1400.0,), (0.175, 0.175, 0.175, 3.5)),
    },
    "BR": {
        Kind.RINGBACK: ((425.0,), (1.0, 4.0)),
        Kind.BUSY: ((425.0,), (0.25, 0.25)),
        Kind.CONGESTION: ((425.0,), (0.25, 0.25, 0.75, 0.25)),
        Kind.CALL_WAITING: ((425.0,), (0.05, 1.0)),
    },
    "CH": {
        Kind.RINGBACK: ((425.0,), (1.0, 4.0)),
        Kind.BUSY: ((425.0,), (0.5, 0.5)),
        Kind.CONGESTION: ((425.0,), (0.2, 0.2)),
        Kind.CALL_WAITING: ((425.0,), (0.2, 0.2, 0.2, 4.0)),
    },
    "DE": {
        Kind.RINGBACK: ((425.0,), (1.0, 4.0)),
        Kind.BUSY: ((425.0,), (0.48, 0.48)),
        Kind.CONGESTION: ((425.0,), (0.24, 0.24)),
        Kind.CALL_WAITING: ((425.0,), (0.2, 0.2, 0.2, 5.0)),
    },
    "ES": {
        Kind.RINGBACK: ((425.0,), (1.5, 3.0)),
        Kind.BUSY: ((425.0,), (0.2, 0.2)),
        Kind.CONGESTION: ((425.0,), (0.2, 0.2, 0.2, 0.2, 0.2, 0.6)),
        Kind.CALL_WAITING: ((425.0,), (0.175, 0.175, 0.175, 3.5)),
    },
    "FI": {
        Kind.RINGBACK: ((425.0,), (1.0, 4.0)),
        Kind.BUSY: ((425.0,), (0.3, 0.3)),
        Kind.CONGESTION: ((425.0,), (0.2, 0.2)),
        Kind.CALL_WAITING: ((425.0,), (0.15, 0.15, 0.15, 8.0)),
        Kind.CONFIRMATION: ((425.0,), (0.65, 0.025)),
    },
    "FR": {
        Kind.DIAL: ((440.0,), ()),
        Kind.RINGBACK: ((440.0,), (1.5, 3.5)),
        Kind.BUSY: ((440.0,), (0.5, 0.5)),
        Kind.CONGESTION: ((440.0,), (0.25, 0.25)),
        Kind.CALL_WAITING: ((440.0,), (0.3, 10.0)),
    },
    "GB": {
        Kind.DIAL: ((350.0, 440.0), ()),
        Kind.RINGBACK: ((400.0, 450.0), (0.4, 0.2, 0.4, 2.0)),
        Kind.BUSY: ((400.0,), (0.375, 0.375)),
        Kind.CONGESTION: ((400.0,), (0.4, 0.35, 0.225, 0.525)),
        Kind.CALL_WAITING: ((400.0,), (0.1, 3.0)),
        Kind.CONFIRMATION: ((1400.0,), ()),
    },
    "IT": {
        Kind.DIAL: ((425.0,), (0.2, 0.2, 0.6, 1.0)),
        Kind.RINGBACK: ((425.0,), (1.0, 4.0)),
        Kind.BUSY: ((425.0,), (0.5, 0.5)),
        Kind.CONGESTION: ((425.0,), (0.2, 0.2)),
        Kind.CALL_WAITING: ((425.0,), (0.4, 0.1, 0.25, 0.1, 0.15, 14.0)),
    },
    "NL": {
        Kind.RINGBACK: ((425.0,), (1.0, 4.0)),
        Kind.BUSY: ((425.0,), (0.5, 0.5)),
        Kind.CONGESTION: ((425.0,), (0.25, 0.25)),
        Kind.CALL_WAITING: ((425.0,), (0.5, 9.5)),
    },
    "PT": {
        Kind.RINGBACK: ((425.0,), (1.0, 5.0)),
        Kind.BUSY: ((425.0,), (0.5, 0.5)),
        Kind.CONGESTION: ((425.0,), (0.2, 0.2)),
        Kind.CALL_WAITING: ((425.0,), (0.2, 0.2, 0.2, 5.0)),
        Kind.CONFIRMATION: ((425.0,), (1.0, 0.2)),
    },
    "US": {
        Kind.DIAL: ((350.0, 440.0), ()),
        Kind.RINGBACK: ((440.0, 480.0), (2.0, 4.0)),
        Kind.BUSY: ((480.0, 620.0), (0.5, 0.5)),
        Kind.CONGESTION: ((480.0, 620.0), (0.25, 0.25)),
        Kind.CALL_WAITING: ((440.0,), (0.3, 10.0)),
        Kind.CONFIRMATION: ((350.0, 440.0), (0.1, 0.1, 0.1, 0.1, 0.1, 0.1)),
    },
}
_OWN["CA"] = _OWN["US"]

COUNTRIES: Final = tuple(sorted(_OWN))
"""Countries (ISO 3166-1 alpha-2) whose tones are known."""
LEVELS: Final = {1: -13.0, 2: -16.0}
"""dBm0 of each frequency by how many sound together: -13 in sum or a little under (E.180 section 3.2: -10 +- 5)."""


def tone(country: str, kind: Kind | str, seconds: float = DEFAULT_SECONDS) -> Tone:
    """The tone of a country, over and over for ``seconds``.

    Raises `ValueError`, naming what is known, for another country or kind.
    """
    own = _OWN.get(country.upper())
    if own is None:
        raise ValueError(f"no tones of {country!r} are known; those of {', '.join(COUNTRIES)} are")
    if kind not in tuple(Kind):
        raise ValueError(f"{kind!r} is no tone; {', '.join(Kind)} are")
    kind = Kind(kind)
    if kind is Kind.SPECIAL_INFORMATION:
        return Tone(_SPECIAL.frequencies, _SPECIAL.cadence, seconds, sequence=True)
    frequencies, cadence = own.get(kind, _RECOMMENDED[kind])
    return Tone(frequencies, cadence, seconds, LEVELS[len(frequencies)])
