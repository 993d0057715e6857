"""What is installed and can be named in the settings: channels and routing strategies, from the entry points."""

from cti_server.channels.base import ChannelFactories
from cti_server.routing.strategies import Strategy
from cti_server.settings.plugins import CHANNELS, STRATEGIES, installed, load_named


def installed_channels(names: tuple[str, ...]) -> ChannelFactories:
    """The channels that the settings name, from the entry points.

    Raises:
        LookupError: one is not installed.
    """
    return load_named(CHANNELS, "channel", names)


def installed_strategies() -> dict[str, Strategy]:
    """All routing strategies that are installed."""
    return load_named(STRATEGIES, "strategy", sorted(installed(STRATEGIES)))
