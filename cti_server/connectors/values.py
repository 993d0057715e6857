"""What comes back from databases and web services, made into the plain values that a contact's data are of."""

import math
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from cti_server.vocabulary.values import Value

LONGEST_TEXT: Final = 4096
"""Characters; a contact's data hold no longer text."""
MOST_VALUES: Final = 64
_WIDEST: Final = 2**63


class ValueRefusedError(Exception):
    """It is no value that a contact's data can be made of; the text says why."""


def plain(found: Any) -> Value:  # noqa: ANN401 - drivers and JSON give anything
    """The value as data: numbers, text and truth as they are, times in ISO 8601, decimals in full as text.

    Raises:
        ValueRefusedError: bytes, containers, text over `LONGEST_TEXT`, numbers over 64 bits.
    """
    match found:
        case None | bool():
            return found
        case int():
            if not -_WIDEST <= found < _WIDEST:
                raise ValueRefusedError("is a whole number of more than 64 bits")
            return int(found)
        case float():
            return found if math.isfinite(found) else None
        case Decimal():
            return format(found, "f") if found.is_finite() else None
        case datetime() | date() | time():
            return found.isoformat()
        case str() | UUID():
            text = str(found)
            if len(text) > LONGEST_TEXT:
                raise ValueRefusedError(f"is longer than {LONGEST_TEXT} characters")
            return text
        case _:
            raise ValueRefusedError(f"is no single value but {type(found).__name__}")
