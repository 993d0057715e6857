"""Events as they are in no dialect: calls by their story names, without what one kind of PBX adds to them."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from csta.identifiers import ConnectionID
from csta.messages import Event
from tests.scenarios.csta.pbx import reported
from tests.stories.transcript import Names

ADDED = frozenset({"extensions", "services_permitted", "media_call_characteristics"})
"""What dialects add."""


def neutral(told: Iterable[tuple[str, Event]]) -> list[Event]:
    """The events with the devices that they were told by."""
    names = Names()
    return [_plain(reported(device, event), names) for device, event in told]


def _plain(value: Any, names: Names) -> Any:
    match value:
        case ConnectionID(call_id):
            return replace(value, call_id=names.call(call_id)) if call_id else value
        case tuple():
            return tuple(_plain(one, names) for one in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            members = {each.name: getattr(value, each.name) for each in fields(value)}
            changes = {
                name: None if name in ADDED else _plain(member, names)
                for name, member in members.items()
                if member is not None
            }
            return replace(value, **changes)
        case _:
            return value
