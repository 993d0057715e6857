"""The nearest known name to a misspelt one."""

import difflib
from collections.abc import Iterable

_LONGEST_NAME = 80
"""Longer words are no misspelt names, and comparing them costs time."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Give ``; did you mean 'x'?`` for the known name nearest to ``name``, or nothing where none is near."""
    if len(name) > _LONGEST_NAME:
        return ""
    candidates = sorted(set(known))
    near = difflib.get_close_matches(name.lower(), [each.lower() for each in candidates], n=1, cutoff=0.6)
    for candidate in candidates:
        if near and candidate.lower() == near[0] and candidate != name:
            return f"; did you mean {candidate!r}?"
    return ""
