"""The texts of single values in XML: numbers, octets, truth, moments; what a text may hold."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from csta.codec.xml.tree import MAX_WORD, BadValueError
from csta.errors import EncodeError

# XML 1.0 clause 2.2: everything but these may stand in text.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_PLAIN: Final = re.compile("[^\t\n\x20-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHOLE: Final = re.compile(r"([+-]?[0-9]{1,20})(?:\.0{0,20})?\Z")
_GENERALIZED: Final = re.compile(r"(\d{8})(\d{6})([.,]\d{1,9})?(Z|[+-]\d{4})?\Z", re.ASCII)
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}


def escaped(name: str, value: str) -> str:
    """Return a text as it stands between tags.

    Raises:
        EncodeError: It has a character that XML forbids; ``name`` tells whose it is.
    """
    if _NOT_PLAIN.search(value) is None:
        return value
    # A carriage return as itself would come back as a line feed (XML 1.0 clause 2.11).
    plain = allowed(name, value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("\r", "&#13;")


def allowed(name: str, value: str) -> str:
    """Return a text as it is.

    Raises:
        EncodeError: It has a character that XML forbids.
    """
    if _FORBIDDEN.search(value):
        raise EncodeError(f"{name}: a character that XML forbids in {value!r}")
    return value


_IN_ATTRIBUTES: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}
# White space in an attribute that is not written by its number comes back as blanks (XML 1.0 clause 3.3.3).
_QUOTING: Final = str.maketrans(_IN_ATTRIBUTES)


def quoted(name: str, value: str) -> str:
    """Return a text as an attribute's value, quotes and all.

    Raises:
        EncodeError: It has a character that XML forbids; ``name`` tells whose it is.
    """
    return f'"{allowed(name, value).translate(_QUOTING)}"'


def truth_of(text: str) -> bool:
    """Read a boolean; capitals harm nothing."""
    value = _TRUTH.get(text)
    if value is None:
        value = _TRUTH.get(text.lower())
    if value is None:
        raise BadValueError(f"is {text[:MAX_WORD]!r}, neither true nor false")
    return value


def number_of(text: str, lowest: int, limit: int) -> int:
    """Read a whole number; some schemas make a decimal of what is whole in others."""
    # Length first, by the pattern: int() of a very long text takes long.
    match = _WHOLE.match(text)
    value = lowest - 1 if match is None else int(match[1])
    if not lowest <= value <= limit:
        raise BadValueError(f"is {text[:MAX_WORD]!r}, not a number within {lowest}..{limit}")
    return value


def octets_of(text: str) -> bytes:
    """Read hexadecimal octets."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise BadValueError(f"is {text[:MAX_WORD]!r}, not hexadecimal octets") from None


def time_of(text: str) -> datetime:
    """Read a moment: ISO 8601 as XML has it, or BER's GeneralizedTime; one that names no zone is in UTC."""
    match = _GENERALIZED.match(text)
    iso = text[: MAX_WORD + 1] if match is None else f"{match[1]}T{match[2]}{match[3] or ''}{match[4] or ''}"
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        raise BadValueError(f"is {text[:MAX_WORD]!r}, no date and time") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def time_text(name: str, moment: datetime) -> str:
    """Return a moment in ISO 8601, with ``Z`` for UTC.

    Raises:
        EncodeError: It does not name its zone, or lies at the edge of all calendars.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise EncodeError(f"{name}: {moment.isoformat()} names no time zone")
    # XML's zones have no seconds.
    if offset % timedelta(minutes=1):
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise EncodeError(f"{name}: {moment.isoformat()} is a time at the edge of all calendars") from None
    return moment.isoformat().replace("+00:00", "Z")
