"""How much is written down while the server runs: log levels of rooms, and the black box of each link."""

from collections.abc import Callable

from cti_server.console.answers import Answer, Refused, Table
from cti_server.telemetry.blackbox import BlackBox
from program.levels import LEVELS, Levels


def log_level(levels: Levels, room: str | None, level: str | None) -> Answer:
    """Show the levels (without a level and a room), set one, or let a room log as configured again.

    ``configured`` as a level means the configuration's.
    """
    if level is not None and level not in {*LEVELS, "configured"}:
        return Refused(
            text=f"there is no log level {level!r}: it is {', '.join(LEVELS)} or configured", code="unknown-level"
        )
    if level == "configured" or (room is not None and level is None):
        levels.reset(room)
    elif level is not None:
        levels.set(room, level)
    rows = [(name or "(all others)", word) for name, word in levels.shown().items()]
    return Table(headings=("room", "level"), rows=rows)


def record(black_box: Callable[[], BlackBox | None], link: str | None, *, on: bool) -> Answer:
    """Switch the black box of a link (None: all) on or off."""
    box = black_box()
    if box is not None and not box.switch(link, on=on):
        known = ", ".join(box.links) or "none"
        return Refused(text=f"there is no link {link!r}; there are: {known}", code="unknown-link")
    return recorded(box)


def recorded(box: BlackBox | None) -> Answer:
    """Which links are recorded; refused where none has a black box."""
    if box is None:
        return Refused(text="there is no link whose frames could be recorded", code="no-black-box")
    rows = [(name, "recorded" if on else "not recorded") for name, on in sorted(box.links.items())]
    return Table(headings=("link", "black box"), rows=rows, empty="no link has come up yet")
