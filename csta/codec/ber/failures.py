"""UniversalFailure in BER: a category as its tag, a value as a number (ECMA-285 module 120)."""

from collections.abc import Mapping
from typing import Any, Final

from csta.codec.ber.forms import ENUMERATED, Form, Read, Reading, wrapper
from csta.codec.ber.tlv import CONSTRUCTED, CONTEXT, integer, integer_octets, only
from csta.errors import EncodeError
from csta.failures import FAILURES, PRIVATE_ERROR_CODE, UNSPECIFIED, Failure

_CATEGORIES: Final = tuple(category for category in FAILURES if category not in {UNSPECIFIED, PRIVATE_ERROR_CODE})
_UNSPECIFIED: Final = len(_CATEGORIES)
_NUMBERS: Final[Mapping[str, Mapping[int, str]]] = {
    category: {number: word for word, number in FAILURES[category].items()} for category in _CATEGORIES
}


def read_failure(category: str, data: bytes, start: int, stop: int, reading: Reading) -> Failure:
    """The error of a category; an unknown number is kept as ``#number`` and reported.

    Raises:
        BadValueError: There is no number.
    """
    number = integer(data, start, stop)
    word = _NUMBERS[category].get(number)
    if word is None:
        reading.note(f"unknown error {category}/{number}")
        word = f"#{number}"
    return Failure(category, word)


def _reader(category: str, *, explicit: bool) -> Read:
    def read(data: bytes, start: int, stop: int, reading: Reading) -> Failure:
        if explicit:
            _, start, stop, _, _ = only(data, start, stop, reading.max_depth)
        return read_failure(category, data, start, stop, reading)

    return read


def failure_octets(category: str, value: str) -> bytes:
    """UniversalFailure for an error.

    Raises:
        EncodeError: BER has no such error.
    """
    if category == UNSPECIFIED and not value:
        return wrapper(CONTEXT | CONSTRUCTED | _UNSPECIFIED)(b"\x05\x00")
    number = FAILURES.get(category, {}).get(value)
    if number is None or category not in _CATEGORIES:
        raise EncodeError(f"{category}/{value} is no error that BER can say")
    tag = CONTEXT | CONSTRUCTED | _CATEGORIES.index(category)
    return wrapper(tag)(wrapper(ENUMERATED)(integer_octets(number)))


def failure_form() -> Form:
    """UniversalFailure: a CHOICE with explicit tags; implicit ones of older switches are understood."""
    readers: dict[int, Read] = {}
    for number, category in enumerate(_CATEGORIES):
        readers[CONTEXT | CONSTRUCTED | number] = _reader(category, explicit=True)
        readers[CONTEXT | number] = _reader(category, explicit=False)
    for tag in (CONTEXT | CONSTRUCTED | _UNSPECIFIED, CONTEXT | _UNSPECIFIED):
        readers[tag] = lambda _data, _start, _stop, _reading: Failure(UNSPECIFIED)

    def write(value: Any) -> bytes:  # noqa: ANN401 - whatever the field holds
        if value.__class__ is not Failure:
            raise EncodeError(f"{value!r} is not a failure")
        return failure_octets(value.category, value.value)

    return Form(readers, write)
