"""Dialects are found as entry points and asked how they spell devices."""

import pytest

from cti_server.settings import plugins


def test_the_dialect_spells_devices() -> None:
    assert plugins.dialect("openscape_voice").normalise_device("7000") == "7000"


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(plugins.PluginError, match="no dialect is called nothing"):
        plugins.dialect("nothing")


def test_built_in_plugins_are_installed() -> None:
    assert "voice" in plugins.installed(plugins.CHANNELS)
    assert "longest-idle" in plugins.installed(plugins.STRATEGIES)
