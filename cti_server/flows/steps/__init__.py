"""The component library: one module for each component, its settings beside what it does."""

from collections.abc import Mapping
from typing import Final

from cti_server.flows.component import Component
from cti_server.flows.steps.asking.menu import MENU, MenuStep
from cti_server.flows.steps.leaving.disconnect import DISCONNECT, DisconnectStep
from cti_server.flows.steps.queueing.enqueue import QUEUE, QueueStep
from cti_server.flows.steps.speaking.music import MUSIC, MusicStep
from cti_server.flows.steps.speaking.play import PLAY, PlayStep
from cti_server.flows.steps.speaking.position import POSITION, PositionStep

_ALL: Final[tuple[Component, ...]] = (PLAY, MENU, QUEUE, POSITION, MUSIC, DISCONNECT)

BUILT_IN: Final[Mapping[str, Component]] = {each.name: each for each in _ALL}
"""Every built-in component by the word in the files."""

__all__ = [
    "BUILT_IN",
    "DisconnectStep",
    "MenuStep",
    "MusicStep",
    "PlayStep",
    "PositionStep",
    "QueueStep",
]
