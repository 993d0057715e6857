"""The components that there are: the built-in ones and those of plug-ins, found as entry points."""

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Final, cast

from cti_server.flows.component import Component
from cti_server.flows.steps import BUILT_IN
from cti_server.vocabulary.plan import Step
from program.installed import entry_points

GROUP: Final = "callwright.steps"
_PARTS: Final = ("name", "settings", "kinds", "waits", "ends", "exits", "enter", "resume")


@dataclass(frozen=True, slots=True)
class Library:
    """Components by the word in the files, and the plug-ins that cannot be used, with the reason."""

    components: Mapping[str, Component]
    broken: Mapping[str, str]

    def by_settings(self) -> dict[type[Step], Component]:
        """Components by the class of their settings."""
        return {each.settings: each for each in self.components.values()}


@functools.cache
def library() -> Library:
    """All components of this installation; a plug-in takes no built-in one's name."""
    components: dict[str, Component] = dict(BUILT_IN)
    broken: dict[str, str] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        if entry.name in BUILT_IN:
            continue
        loaded = _load(entry)
        if isinstance(loaded, str):
            broken[entry.name] = loaded
        else:
            components[entry.name] = loaded
    return Library(components, broken)


def _load(entry: EntryPoint) -> Component | str:
    """The component, or why it cannot be used."""
    try:
        loaded = entry.load()
    except Exception as fault:  # noqa: BLE001 - a plug-in is foreign code, and may raise anything while it is imported
        return f"step {entry.name} cannot be loaded from {entry.value}: {type(fault).__name__}: {fault}"
    missing = [part for part in _PARTS if not hasattr(loaded, part)]
    if missing:
        return f"step {entry.name} ({entry.value}) is no component: it has no {', '.join(missing)}"
    settings = loaded.settings
    if not (isinstance(settings, type) and issubclass(settings, Step) and dataclasses.is_dataclass(settings)):
        return f"step {entry.name} ({entry.value}) is no component: its settings are no dataclass below Step"
    return cast("Component", loaded)
