"""The entry points of what is installed, read once: each reading opens a file of every distribution there is."""

from functools import cache
from importlib import metadata
from importlib.metadata import EntryPoints


def entry_points(group: str, name: str | None = None) -> EntryPoints:
    """Those of a group, or those of one name in it; what is installed while a program runs is there at its next start.

    There may be none of that group or name: whoever asked knows what to say then.
    """
    found = _of_group(group)
    return found if name is None else found.select(name=name)


@cache
def _of_group(group: str) -> EntryPoints:
    return _all().select(group=group)


@cache
def _all() -> EntryPoints:
    known = metadata.entry_points()
    # Python 3.11 has groups there, for the sake of those who came before `EntryPoints`.
    return EntryPoints(one for group in known.groups for one in known.select(group=group))
