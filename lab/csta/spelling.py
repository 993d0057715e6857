"""How a dialect spells calls and devices: the switch's own names turned into them, and back."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache, lru_cache
from typing import Any, Final, TypeVar

from csta.dialects import Dialect, Encoding, Profile
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import Event, Message

OWN_OCTETS: Final = 16
"""Octets of the switch's own call identifiers."""
BER_OCTETS: Final = 4
"""Octets of a call identifier in BER where the dialect says nothing."""
MAX_NAMES: Final = 50_000
"""Calls whose short names are remembered; the oldest gives way."""

_M = TypeVar("_M", bound=Message)


class CallNames:
    """Short names of calls, each given once in a while: the switch's identifier to ``octets`` octets, and back."""

    def __init__(self, octets: int) -> None:
        self._octets = octets
        self._short: OrderedDict[str, str] = OrderedDict()
        self._long: dict[str, str] = {}
        self._numbered = 0

    def short(self, call_id: str) -> str:
        """The short name of a call; it is made where there is none yet."""
        known = self._short.get(call_id)
        return self._make(call_id) if known is None else known

    def long(self, name: str) -> str:
        """The call of a short name; what names no call stays as it is."""
        return self._long.get(name.upper(), name)

    def _make(self, call_id: str) -> str:
        most = 256**self._octets - 1
        if len(self._short) >= min(MAX_NAMES, most):
            _, oldest = self._short.popitem(last=False)
            del self._long[oldest]
        while True:
            self._numbered = self._numbered % most + 1
            name = f"{self._numbered:0{2 * self._octets}X}"
            if name not in self._long:
                break
        self._short[call_id], self._long[name] = name, call_id
        return name


class Spelling:
    """The names that one kind of PBX has for what the switch knows."""

    def __init__(self, dialect: Dialect, profile: Profile) -> None:
        usual = OWN_OCTETS if profile.encoding is Encoding.XML else BER_OCTETS
        octets = dialect.quirks.get("call_id_octets", usual)
        self._names = CallNames(octets) if isinstance(octets, int) and octets < OWN_OCTETS else None
        self._angled = "angled_devices" in dialect.quirks

    def outgoing(self, message: _M) -> _M:
        """The message in the dialect's names."""
        names = self._names
        angled = self._angled and isinstance(message, Event)
        if names is None and not angled:
            return message
        connection = _unchanged if names is None else (lambda one: replace(one, call_id=names.short(one.call_id)))
        spelled: _M = _respelled(message, _angle if angled else _unchanged, connection)
        return spelled

    def incoming(self, message: _M) -> _M:
        """The message in the switch's names."""
        names = self._names
        if names is None:
            return message
        spelled: _M = _respelled(message, _unchanged, lambda one: replace(one, call_id=names.long(one.call_id)))
        return spelled


@lru_cache(maxsize=MAX_NAMES)
def _angle(device: DeviceID) -> DeviceID:
    """OpenScape Voice's form of a device in events; what the nature of its address is, nobody says."""
    number = device.number
    return replace(device, number=f"N<{number}>;displayNumber={number};noa=nk")


def _unchanged(value: Any) -> Any:  # noqa: ANN401 - whatever it is
    return value


def _respelled(
    value: Any,  # noqa: ANN401 - a message, or anything that may stand in one
    device: Callable[[DeviceID], DeviceID],
    connection: Callable[[ConnectionID], ConnectionID],
) -> Any:  # noqa: ANN401 - as above
    """The same with every device and connection in it replaced; what has none is the very same object."""
    kind: Any = type(value)  # a class is hashable, though its instances say otherwise
    if kind is DeviceID:
        return device(value)
    if kind is ConnectionID:
        return connection(value)
    if kind is tuple:
        made = tuple(_respelled(one, device, connection) for one in value)
        return value if all(new is old for new, old in zip(made, value, strict=True)) else made
    changes = {}
    for name in _names_in(kind):
        old = getattr(value, name)
        new = old if old is None else _respelled(old, device, connection)
        if new is not old:
            changes[name] = new
    return replace(value, **changes) if changes else value


@cache
def _names_in(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a kind of value; none where it is no structure."""
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()
