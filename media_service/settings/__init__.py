"""The media service's settings file: typed, checked as a whole, every problem told at its line."""

from media_service.settings.loading import Loaded, PortAccount, load_settings, parse_passwords
from media_service.settings.model import AudioSettings, MediaSettings
from media_service.settings.values import expand_numbers, expand_udp_range

__all__ = [
    "AudioSettings",
    "Loaded",
    "MediaSettings",
    "PortAccount",
    "expand_numbers",
    "expand_udp_range",
    "load_settings",
    "parse_passwords",
]
