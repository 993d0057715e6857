"""What is installed and can be named in the settings: channels and routing strategies, from the entry points."""

from collections.abc import Callable
from importlib.metadata import entry_points

from cti_server.channels.base import Channel, ChannelFactories, Site
from cti_server.routing.strategies import Strategy

CHANNELS = "callwright.channels"
STRATEGIES = "callwright.strategies"


def installed_channels(names: tuple[str, ...]) -> ChannelFactories:
    """The channels that the settings name, from the entry points.

    Raises:
        LookupError: one is not installed.
    """
    found: dict[str, Callable[[Site], Channel]] = {}
    for name in names:
        points = list(entry_points(group=CHANNELS, name=name))
        if not points:
            raise LookupError(f"no channel named {name!r} is installed")
        found[name] = points[0].load()
    return found


def installed_strategies() -> dict[str, Strategy]:
    """All routing strategies that are installed."""
    return {point.name: point.load() for point in entry_points(group=STRATEGIES)}
