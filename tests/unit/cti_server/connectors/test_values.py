"""What drivers and JSON give becomes plain data, or is refused with the reason."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest

from cti_server.connectors.values import LONGEST_TEXT, ValueRefusedError, plain


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        (float("nan"), None),
        (Decimal("12.50"), "12.50"),
        (Decimal("NaN"), None),
        (dt.date(2026, 11, 23), "2026-11-23"),
        (dt.time(9, 5), "09:05:00"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("Ä" * LONGEST_TEXT, "Ä" * LONGEST_TEXT),
    ],
)
def test_plain(found: Any, value: Any) -> None:
    assert plain(found) == value
    assert type(plain(found)) is type(value)


@pytest.mark.parametrize("found", [b"x", [1], {"a": 1}, 2**63, "x" * (LONGEST_TEXT + 1), object()])
def test_what_is_refused(found: Any) -> None:
    with pytest.raises(ValueRefusedError):
        plain(found)
