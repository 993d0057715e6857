"""UniversalFailure in XML: the root of negative answers, and a value inside some messages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from csta import failures
from csta.codec.xml.tree import Reading, split_tag, text_of
from csta.codec.xml.values import escaped
from csta.errors import EncodeError
from csta.failures import Failure

ERROR_ROOT: Final = "CSTAErrorCode"

ERROR_ELEMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {"systemResourceAvailability": "systemResourceAvailibility"}
)
"""Error categories whose XML element is spelt otherwise (ECMA-323, UniversalFailure)."""

_CATEGORIES: Final = {element: category for category, element in ERROR_ELEMENTS.items()}
_MAX_ERROR_WORD: Final = 128


def read_failure(element: Element, reading: Reading) -> Failure:
    """Read a failure; an unknown one is kept and reported, an empty one is unspecified."""
    for child in element:
        local, ours = split_tag(child.tag)
        if ours:
            category = _CATEGORIES.get(local, local)[:_MAX_ERROR_WORD]
            value = text_of(child)[:_MAX_ERROR_WORD]
            if not failures.is_known(category, value):
                reading.note(f"unknown error {category}/{value}")
            return Failure(category, value)
    reading.note(f"{split_tag(element.tag)[0]} without an error")
    return Failure(failures.UNSPECIFIED)


def write_failure(name: str, failure: Failure) -> str:
    """Return the element inside which says what failed; ``name`` is that of the element around it.

    Raises:
        EncodeError: It is no error of the standard.
    """
    if not failures.is_known(failure.category, failure.value):
        raise EncodeError(f"{name}: {failure.category}/{failure.value} is no error of the standard")
    element = ERROR_ELEMENTS.get(failure.category, failure.category)
    # A private error code may be any text.
    return f"<{element}>{escaped(element, failure.value)}</{element}>" if failure.value else f"<{element}/>"
