"""The typed model of the config files, their loading and cross-checks."""

from cti_server.settings.difference import plan_difference
from cti_server.settings.loading import Loaded, load_settings
from cti_server.settings.server import (
    BlackBoxSettings,
    LinkSettings,
    LogSettings,
    MediaServiceSettings,
    PromptSettings,
    ServerSettings,
)
from cti_server.settings.supervision.console import ConsoleSettings

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
