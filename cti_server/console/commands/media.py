"""Console commands for the media services: how they stand, and which of them take calls."""

from collections.abc import Sequence

from cti_server.console.answers import Answer, Refused
from cti_server.console.operations import Operations
from cti_server.console.tables import render
from cti_server.vocabulary.status import MediaStatus


def show_media(operations: Operations, _words: Sequence[str]) -> str:
    """``media``."""
    rows = [
        (
            one.name,
            one.peer,
            "up" if one.state == "up" else one.state.upper(),
            one.ports,
            one.registered,
            one.free,
            one.lines,
            one.sessions,
            f"{one.weight:g}",
            _draining(one),
        )
        for one in operations.media()
    ]
    headings = (
        "service",
        "peer",
        "state",
        "ports",
        "registered",
        "free",
        "lines",
        "sessions",
        "weight",
        "draining",
    )
    return render(headings, rows, "no media services")


def drain(operations: Operations, words: Sequence[str]) -> Answer:
    """``media drain NAME``."""
    return _told(operations, words[0], on=True)


def resume(operations: Operations, words: Sequence[str]) -> Answer:
    """``media resume NAME``."""
    return _told(operations, words[0], on=False)


def _told(operations: Operations, name: str, *, on: bool) -> Answer:
    answer = operations.drain(name, on=on)
    if answer is not None:
        return answer
    known = ", ".join(one.name for one in operations.media()) or "none"
    return Refused(text=f"no media service is called {name!r}; there are: {known}", code="unknown-service")


def _draining(one: MediaStatus) -> str:
    if not one.draining:
        return "no"
    return "yes" if one.sessions else "yes, empty"
