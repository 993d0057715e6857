"""Moments in BER: GeneralizedTime in every form that switches use, and the UTCTime of older ones (X.680 46, 47)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Final

from csta.codec.ber.forms import Form, Reading, string
from csta.codec.ber.tlv import BadValueError
from csta.errors import EncodeError

UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18

_MAX_OCTETS: Final = 40
_GENERALIZED: Final = re.compile(
    r"(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:(\d\d))?)?(?:[.,](\d{1,9}))?(Z|[+-]\d\d(?:\d\d)?)?\Z", re.ASCII
)
_SHORT_YEAR: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d))?()(Z|[+-]\d\d(?:\d\d)?)?\Z", re.ASCII)
_FIRST_YEAR: Final = 1970


@lru_cache(maxsize=64)
def moment(text: str) -> datetime:
    """The moment that a time in BER names; without a zone it counts as UTC, which is not said on the wire.

    A time of twelve digits is read with a year of four, and where that gives none since 1970, with a year of two.

    Raises:
        BadValueError: It names none.
    """
    found = _GENERALIZED.match(text)
    if found:
        try:
            value = _moment(int(found[1]), found)
        except (ValueError, OverflowError):
            value = None
        if value is not None and value.year >= _FIRST_YEAR:
            return value
    found = _SHORT_YEAR.match(text)
    if found:
        year = int(found[1])
        try:
            return _moment(year + (2000 if year < 50 else 1900), found)
        except (ValueError, OverflowError):
            pass
    raise BadValueError(f"is {text[:_MAX_OCTETS]!r}, no time")


def _moment(year: int, found: re.Match[str]) -> datetime:
    fraction = int((found[7] or "").ljust(6, "0")[:6] or 0)
    # A fraction belongs to the last part that is given: hours, minutes or seconds.
    unit = 1 if found[6] else 60 if found[5] else 3600
    zone = found[8]
    offset = timedelta()
    if zone and zone != "Z":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:] or 0)) * (-1 if zone[0] == "-" else 1)
    month, day, hour, minute, second = (int(part or 0) for part in found.group(2, 3, 4, 5, 6))
    value = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset) if offset else UTC)
    return value + timedelta(microseconds=fraction * unit)


def _octets(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise EncodeError(f"{value!r} is no time that knows its zone")
    try:
        moment_ = value.astimezone(UTC)
    except OverflowError:
        raise EncodeError(f"{value!r} is a time at the edge of all calendars") from None
    fraction = f".{moment_.microsecond:06d}".rstrip("0") if moment_.microsecond else ""
    return f"{moment_.year:04d}{moment_:%m%d%H%M%S}{fraction}Z".encode()


def _read(content: bytes, _reading: Reading) -> datetime:
    if len(content) > _MAX_OCTETS or not content.isascii():
        raise BadValueError(f"is {content[:_MAX_OCTETS]!r}, no time")
    return moment(content.decode("ascii"))


def time_form() -> Form:
    """GeneralizedTime in UTC (X.690 11.7); received also UTCTime."""
    return string(GENERALIZED_TIME, _read, _octets, UTC_TIME)
