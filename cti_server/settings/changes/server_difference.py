"""What changes from one ``server.yaml`` to another, line by line, and which of it can be taken up without a restart."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from pydantic import BaseModel

from cti_server.settings.server import ServerSettings

_PASSWORD: Final = re.compile(r"//[^/@\s]*@")
"""Who logs in where, in a URL: it may hold a password."""
_LONGEST: Final = 120
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting by its path in ``server.yaml``, as it was and as it is; ``live``: it needs no restart."""

    path: str
    before: str
    after: str
    live: bool

    def __str__(self) -> str:
        told = "" if self.live else " (needs a restart)"
        return f"server.yaml {self.path}: {self.before} -> {self.after}{told}"


def server_difference(old: ServerSettings, new: ServerSettings, live: Sequence[str] = ()) -> list[SettingChange]:
    """One entry per setting that differs, in the order of the file; ``live`` are paths that are taken up at once.

    Passwords in URLs are not shown; parts of lists are named by their names where they have one.
    """
    return [
        SettingChange(path, _shown(before), _shown(after), live=_within(path, live))
        for path, before, after in _differences("", old, new)
    ]


def _within(path: str, live: Sequence[str]) -> bool:
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in live)


def _differences(path: str, old: object, new: object) -> Iterator[tuple[str, object, object]]:
    if old == new:
        return
    before, after = _parts(old), _parts(new)
    if before is None or after is None or type(old) is not type(new):
        yield path, old, new
        return
    for name in [*before, *(each for each in after if each not in before)]:
        inner = f"{path}.{name}" if path else name
        yield from _differences(inner, before.get(name, _MISSING), after.get(name, _MISSING))


def _parts(value: object) -> dict[str, Any] | None:
    """What a value is made of, by name; None for one that is shown as a whole."""
    match value:
        case BaseModel():
            return {name: getattr(value, name) for name in type(value).model_fields}
        case dict():
            return {str(name): each for name, each in value.items()}
        case tuple() if value and all(isinstance(getattr(each, "name", None), str) for each in value):
            return {each.name: each for each in value}
        case _:
            return None


def _shown(value: object) -> str:
    if value is _MISSING or value is None or value in ("", (), {}):
        return "nothing"
    match value:
        case bool():
            text = "yes" if value else "no"
        case BaseModel():
            named = getattr(value, "name", None)
            text = named if isinstance(named, str) else "set"
        case tuple() | list():
            text = ", ".join(_shown(each) for each in value)
        case PurePath():
            text = str(value)
        case float():
            text = f"{value:g}"
        case _:
            text = _PASSWORD.sub("//***@", str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
