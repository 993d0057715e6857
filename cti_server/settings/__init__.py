"""The typed model of the config files, their loading and cross-checks."""

from cti_server.settings.difference import plan_difference
from cti_server.settings.loading import Loaded, load_settings
from cti_server.settings.server import (
    BlackBoxSettings,
    ConsoleSettings,
    LinkSettings,
    LogSettings,
    MediaServiceSettings,
    PromptSettings,
    ServerSettings,
)

__all__ = [
    "BlackBoxSettings",
    "ConsoleSettings",
    "LinkSettings",
    "Loaded",
    "LogSettings",
    "MediaServiceSettings",
    "PromptSettings",
    "ServerSettings",
    "load_settings",
    "plan_difference",
]
