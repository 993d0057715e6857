"""References to customers' addresses: what stands in journal and log for a number, and how the edge resolves it.

A flow sees the caller's number as it is. In all that is recorded of the flow, ``{party:17}`` stands for it, so that
erasing row 17 of the parties erases the number. Only references to a contact's own party are ever resolved.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

from cti_server.vocabulary.ids import PartyId

AddressOf = Callable[[PartyId], str | None]
"""The address of a party, such as ``tel:+4989123456``; None where it is not known (any more)."""
Identify = Callable[[str], PartyId]
"""The party of an address, a new one where it is not known."""
T = TypeVar("T")

SHORTEST: Final = 3
"""Numbers of fewer characters are told from other figures only where they stand alone."""
_MARK: Final = "{party:"


def nobody(_party: PartyId) -> str | None:
    """An `AddressOf` that knows nobody."""
    return None


def number_in(address: str) -> str:
    """An address without its scheme: ``+4989123456`` of ``tel:+4989123456``."""
    return address.partition(":")[2] or address


def reference(party: PartyId) -> str:
    """What stands for the party's number."""
    return f"{_MARK}{party}}}"


def hidden(value: T, party: PartyId | None, number: str | None) -> T:
    """The same with references to the party in place of its number, in all texts however deep.

    In the midst of a text the number is replaced where it is a word of its own.
    """
    if party is None or not number:
        return value
    mark = reference(party)

    def change(text: str) -> str:
        if text == number:
            return mark
        if len(number) < SHORTEST or number not in text:
            return text
        return re.sub(rf"(?<!\w){re.escape(number)}(?!\w)", mark, text)

    return cast("T", _mapped(value, change))


def revealed(value: T, party: PartyId | None, number: str | None) -> T:
    """The same with the number in place of references to the party; nothing in their place where it is not known."""
    if party is None:
        return value
    mark = reference(party)
    return cast("T", _mapped(value, lambda text: text.replace(mark, number or "") if mark in text else text))


# The parts of a value are of any type, which stays what it is.
def _mapped(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - see above
    if type(value) is str:
        return change(value)
    if isinstance(value, tuple):
        parts = tuple(_mapped(each, change) for each in value)
        return parts if any(new is not old for new, old in zip(parts, value, strict=True)) else value
    if isinstance(value, Mapping):
        return {name: _mapped(each, change) for name, each in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changes = {}
        for each in dataclasses.fields(value):
            old = getattr(value, each.name)
            new = _mapped(old, change)
            if new is not old:
                changes[each.name] = new
        return dataclasses.replace(value, **changes) if changes else value
    return value
