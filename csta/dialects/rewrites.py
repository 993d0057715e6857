"""Rewrites of whole messages, for what data alone cannot say: each rule names its services, and is on or off."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from csta.dialects.filters import within_bits
from csta.dialects.private_data import with_empty_private_data, with_no_reoffer
from csta.messages import ChangeMonitorFilter, DeflectCall, Message, MonitorStart, SingleStepTransferCall


@dataclass(frozen=True, slots=True)
class Rule:
    """One rewrite, of messages of these classes."""

    of: tuple[type[Message], ...]
    rewrite: Callable[[Message], Message]


@dataclass(frozen=True, slots=True)
class Rewrites:
    """Rules that are on, in their order; calling it gives the rewritten message."""

    rules: tuple[Rule, ...] = ()

    def __call__(self, message: Message) -> Message:
        """Rewrite a message by every rule of its class."""
        for rule in self.rules:
            if isinstance(message, rule.of):
                message = rule.rewrite(message)
        return message

    def switched(self, rule: Rule, *, on: bool) -> "Rewrites":
        """The same with a rule on or off."""
        others = tuple(one for one in self.rules if one != rule)
        return Rewrites((*others, rule) if on else others)


EMPTY_PRIVATE_DATA: Final = Rule((DeflectCall,), with_empty_private_data)
"""DeflectCall carries empty private data, as the applications of HiPath 3000 send it."""

NO_REOFFER: Final = Rule((DeflectCall, SingleStepTransferCall), with_no_reoffer)
"""Deflects and transfers ask OpenScape Voice not to offer the call to others of the hunt group."""

HIPATH_FILTER_BITS: Final = MappingProxyType(
    {
        "call_control": 18,
        "call_associated": 5,
        "media_attachment": 2,
        "physical_device_feature": 11,
        "logical_device_feature": 14,
        "maintenance": 3,
        "voice": 7,
        "private": 1,
    }
)
"""How many bits HiPath 3000 has for each member of a monitor filter: those of ECMA-285's 1st edition."""

HIPATH_FILTER: Final = Rule((MonitorStart, ChangeMonitorFilter), within_bits(HIPATH_FILTER_BITS))
"""Filters hold no more bits than HiPath 3000 knows."""
