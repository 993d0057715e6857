"""Monitor filters of switches of an earlier edition: what they do not know is not asked for."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from csta.messages import ChangeMonitorFilter, Message, MonitorStart
from csta.messages.structures import MonitorFilter


def within_bits(counts: Mapping[str, int]) -> Callable[[Message], Message]:
    """A rewrite that leaves out of a requested filter what the switch has no bit for.

    ``counts`` are the numbers of bits by the filter's members. An event that the switch does not know cannot be
    suppressed, and does not come either.
    """

    def rewrite(message: Message) -> Message:
        match message:
            case MonitorStart(requested_monitor_filter=asked) if asked is not None:
                return replace(message, requested_monitor_filter=_narrowed(asked, counts))
            case ChangeMonitorFilter(requested_filter_list=asked):
                return replace(message, requested_filter_list=_narrowed(asked, counts))
            case _:
                return message

    return rewrite


def _narrowed(asked: MonitorFilter, counts: Mapping[str, int]) -> MonitorFilter:
    members: dict[str, Any] = {}
    for name, bits in counts.items():
        words = getattr(asked, name)
        if words is not None:
            members[name] = frozenset(word for word in words if word.number is not None and word.number < bits)
    return replace(asked, **members)
