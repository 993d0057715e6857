"""Monitor filters: which events a monitor leaves out, whether one gets through, and several filters joined to one.

A word in a filter keeps its event from being sent, so that no filter at all lets everything through (ECMA-269 15.1.2).
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache, reduce
from types import MappingProxyType
from typing import Any, Final

from csta.messages.base import Event
from csta.messages.enumerations import (
    CallAssociatedEvent,
    CallControlEvent,
    LogicalDeviceEvent,
    MaintenanceEventName,
    MediaAttachmentEvent,
    PhysicalDeviceEvent,
    VendorEvent,
    VoiceEventName,
)
from csta.messages.structures import MonitorFilter
from csta.schema.elements import shape_of
from csta.words import Word

_GROUPS: Final[tuple[tuple[str, type[Word]], ...]] = (
    ("call_control", CallControlEvent),
    ("call_associated", CallAssociatedEvent),
    ("media_attachment", MediaAttachmentEvent),
    ("physical_device_feature", PhysicalDeviceEvent),
    ("logical_device_feature", LogicalDeviceEvent),
    ("maintenance", MaintenanceEventName),
    ("voice", VoiceEventName),
    ("private", VendorEvent),
)
"""The groups of a filter in the order of the events' outer tags (eventSpecificInfo, ECMA-285)."""

_ORDERS: Final[Mapping[str, tuple[Word, ...]]] = MappingProxyType(
    {
        "call_control": (
            CallControlEvent.BRIDGED,
            CallControlEvent.CALL_CLEARED,
            CallControlEvent.CONFERENCED,
            CallControlEvent.CONNECTION_CLEARED,
            CallControlEvent.DELIVERED,
            CallControlEvent.DIGITS_DIALED,
            CallControlEvent.DIVERTED,
            CallControlEvent.ESTABLISHED,
            CallControlEvent.FAILED,
            CallControlEvent.HELD,
            CallControlEvent.NETWORK_CAPABILITIES_CHANGED,
            CallControlEvent.NETWORK_REACHED,
            CallControlEvent.OFFERED,
            CallControlEvent.ORIGINATED,
            CallControlEvent.QUEUED,
            CallControlEvent.RETRIEVED,
            CallControlEvent.SERVICE_INITIATED,
            CallControlEvent.TRANSFERRED,
        ),
        "maintenance": (
            MaintenanceEventName.BACK_IN_SERVICE,
            MaintenanceEventName.DEVICE_CAPABILITY_CHANGED,
            MaintenanceEventName.OUT_OF_SERVICE,
            MaintenanceEventName.PARTIALLY_IN_SERVICE,
        ),
        "voice": (
            VoiceEventName.PLAY,
            VoiceEventName.RECORD,
            VoiceEventName.REVIEW,
            VoiceEventName.STOP,
            VoiceEventName.SUSPEND_PLAY,
            VoiceEventName.SUSPEND_RECORD,
            VoiceEventName.VOICE_ATTRIBUTES_CHANGED,
            VoiceEventName.BOOKMARK_REACHED,
            VoiceEventName.COMPLETED,
            VoiceEventName.DTMF_DETECTED,
            VoiceEventName.EMPTIED,
            VoiceEventName.INTERRUPTION_DETECTED,
            VoiceEventName.NOT_RECOGNIZED,
            VoiceEventName.RECOGNIZED,
            VoiceEventName.SILENCE_TIMEOUT_EXPIRED,
            VoiceEventName.SPEECH_DETECTED,
            VoiceEventName.STARTED,
            VoiceEventName.VOICE_ERROR_OCCURRED,
        ),
    }
)
"""Events by their inner tags, in the groups whose filter bits are in another order."""

_NAMES: Final = tuple(one.name for one in fields(MonitorFilter) if one.name in {name for name, _ in _GROUPS})


@cache
def place_of(event: type[Event]) -> tuple[str, Word] | None:
    """Give the field of `MonitorFilter` and the word in it that leave this kind of event out; None where none can."""
    shape = shape_of(event)
    if shape is None or shape.event is None:
        return None
    outer, inner = shape.event
    field, kind = _GROUPS[outer]
    order = _ORDERS.get(field)
    word = kind.numbered(inner) if order is None else order[inner]
    return (field, word) if word.known else None


def lets_through(applied: MonitorFilter | None, event: Event) -> bool:
    """Whether a monitor with this filter reports the event."""
    if applied is None:
        return True
    kind: Any = type(event)  # a class is hashable, though its instances say otherwise
    place = place_of(kind)
    return place is None or place[1] not in (getattr(applied, place[0]) or ())


def widest(filters: Iterable[MonitorFilter | None]) -> MonitorFilter | None:
    """Give the filter that lets through whatever one of these does; None where that is everything.

    Raises:
        ValueError: There are none.
    """
    found = [_sets(one) for one in filters]
    if not found:
        raise ValueError("no filters to join")
    return _filter(reduce(lambda left, right: {name: left[name] & right[name] for name in _NAMES}, found))


def narrowest(filters: Iterable[MonitorFilter | None]) -> MonitorFilter | None:
    """Give the filter that lets through only what all of these do; None where that is everything."""
    found = [_sets(one) for one in filters]
    empty: dict[str, frozenset[Any]] = {name: frozenset() for name in _NAMES}
    return _filter(reduce(lambda left, right: {name: left[name] | right[name] for name in _NAMES}, found, empty))


def covers(wide: MonitorFilter | None, narrow: MonitorFilter | None) -> bool:
    """Whether ``wide`` lets through whatever ``narrow`` does."""
    left, right = _sets(wide), _sets(narrow)
    return all(left[name] <= right[name] for name in _NAMES)


def _sets(one: MonitorFilter | None) -> dict[str, frozenset[Any]]:
    return {name: frozenset() if one is None else getattr(one, name) or frozenset() for name in _NAMES}


def _filter(sets: dict[str, frozenset[Any]]) -> MonitorFilter | None:
    named: dict[str, Any] = {name: words for name, words in sets.items() if words}
    return MonitorFilter(**named) if named else None
