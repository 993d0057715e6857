"""What is installed and can be named in the settings, found as entry points."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

from csta.dialects import Dialect
from csta.dialects.variations import Value, varied
from csta.errors import SessionError
from program.installed import entry_points

DIALECTS, CHANNELS, STRATEGIES = "callwright.dialects", "callwright.channels", "callwright.strategies"


@runtime_checkable
class SpellsDevices(Protocol):
    """What the settings need of a dialect."""

    def normalise_device(self, text: str, /) -> str:
        """Spell a device number as the dialect's events do."""


class PluginError(Exception):
    """An installed plugin cannot be used."""


class VariationError(PluginError):
    """A dialect cannot be varied so."""


def installed(group: str) -> frozenset[str]:
    """Names of the entry points of a group."""
    return frozenset(entry_points(group=group).names)


def load_named(group: str, what: str, names: Iterable[str]) -> dict[str, Any]:
    """Load the entry points of those names; raises ``LookupError`` where one of ``what`` is not installed."""
    found = {}
    for name in names:
        points = list(entry_points(group=group, name=name))
        if not points:
            raise LookupError(f"no {what} named {name!r} is installed")
        found[name] = points[0].load()
    return found


def dialect(name: str) -> SpellsDevices:
    """Load an installed dialect; raises ``PluginError`` with the reason where it cannot be used."""
    for entry in entry_points(group=DIALECTS, name=name):
        try:
            loaded = entry.load()
        except (ImportError, AttributeError) as error:
            raise PluginError(f"dialect {name} cannot be loaded: {error}") from error
        if not isinstance(loaded, SpellsDevices):
            raise PluginError(f"dialect {name} has no normalise_device")
        return loaded
    raise PluginError(f"no dialect is called {name}")


def check_variations(dialect: SpellsDevices, settings: Mapping[str, Value]) -> None:
    """Raises ``VariationError``, with what may stand there, where the settings are none of the dialect's."""
    if not settings:
        return
    if not isinstance(dialect, Dialect):
        raise VariationError("this dialect has no settings")
    try:
        varied(dialect, settings)
    except SessionError as error:
        raise VariationError(str(error)) from error
