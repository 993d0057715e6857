"""Chooses few of many inputs: those that together go wherever all of them go, the short ones first."""

import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any, Final

import csta
import media_service
import sip
from tests.fuzz.target import Target

_ROOTS: Final = tuple(str(Path(str(room.__file__)).parent) for room in (csta, sip, media_service))

Way = tuple[str, int, int]
"""A step from one line of a file to another."""


class _Trace:
    """Gathers the steps that are taken within our own code."""

    def __init__(self) -> None:
        self.steps: set[Way] = set()
        self._last: dict[int, int] = {}

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> "_Trace | None":
        name = frame.f_code.co_filename
        if not name.startswith(_ROOTS):
            return None
        if event == "line":
            last = self._last.get(id(frame), -1)
            self.steps.add((name, last, frame.f_lineno))
            self._last[id(frame)] = frame.f_lineno
        elif event == "call":
            self._last[id(frame)] = -1
        return self


def steps_of(target: Target, data: bytes) -> set[Way]:
    """Where an input goes; one that breaks a property goes nowhere."""
    trace = _Trace()
    sys.settrace(trace)
    try:
        target.run(data)
    except Exception:  # noqa: BLE001 - a finding, reported elsewhere
        return set()
    finally:
        sys.settrace(None)
    return trace.steps


def chosen(target: Target, inputs: Iterable[bytes], most: int, known: set[Way] | None = None) -> list[bytes]:
    """At most so many inputs that together take the most steps beyond the ``known`` ones."""
    covered = set(known or ())
    found = {data: steps_of(target, data) - covered for data in sorted(set(inputs), key=len)}
    picked: list[bytes] = []
    while found and len(picked) < most:
        # A byte costs a little, so that a short input wins over a long one that is hardly better.
        best = max(found, key=lambda data: len(found[data]) / (200 + len(data)))
        gain = found.pop(best)
        if not gain:
            break
        picked.append(best)
        covered |= gain
        found = {data: rest for data, steps in found.items() if (rest := steps - gain)}
    return picked
