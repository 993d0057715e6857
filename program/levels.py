"""How much each room of a program logs, and how that is changed while it runs."""

import sys
from typing import Any, Final

import structlog

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
LIBRARIES: Final = "libraries"
"""The room of what comes through Twisted's log and the standard library's."""
_PASSED_OVER: Final = ("structlog", "program.levels", "program.logs", "logging")
_INNER: Final = frozenset({"cti_server"})
"""Packages whose rooms are counted one by one."""
_LARGEST_DEPTH: Final = 40


class Levels:
    """The level of the whole program, and of rooms that have one of their own; read and changed on any thread.

    A room is what stands behind ``cti_server`` in a module's name (``channels``, ``engine``), another package's name
    (``csta``, ``sip``, ``program``), or `LIBRARIES`.
    """

    def __init__(self, level: int = LEVELS["info"]) -> None:
        self._configured = self._general = level
        self._rooms: dict[str, int] = {}
        self.least = level

    def configure(self, level: int) -> None:
        """Begin anew with the level of the configuration."""
        self._configured = level
        self.reset(None)

    def set(self, room: str | None, level: str) -> None:
        """Give a room (None: the whole program, and every room with it) another level.

        Raises:
            ValueError: there is no such level.
        """
        if level not in LEVELS:
            raise ValueError(f"log level {level!r} is none of {', '.join(LEVELS)}")
        if room is None:
            self._rooms, self._general = {}, LEVELS[level]
        else:
            self._rooms = {**self._rooms, room: LEVELS[level]}
        self._count()

    def reset(self, room: str | None) -> None:
        """Let a room (None: the whole program) log as configured."""
        if room is None:
            self._rooms, self._general = {}, self._configured
        else:
            self._rooms = {name: level for name, level in self._rooms.items() if name != room}
        self._count()

    def shown(self) -> dict[str, str]:
        """The level of the whole program under the empty name, and of the rooms that have one of their own."""
        words = {number: word for word, number in LEVELS.items()}
        return {"": words[self._general], **{name: words[level] for name, level in sorted(self._rooms.items())}}

    def takes(self, level: int) -> bool:
        """Whether any room writes entries of this level: one comparison for those that nobody wants."""
        return level >= self.least

    def sift(self, _logger: object, method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """A processor of structlog's: drop what the room of the caller does not write."""
        if self._rooms:
            wanted = self._rooms.get(LIBRARIES if "source" in entry else _caller(), self._general)
            if LEVELS.get(method, LEVELS["error"]) < wanted:
                raise structlog.DropEvent
        return entry

    def _count(self) -> None:
        self.least = min([self._general, *self._rooms.values()])


IN_FORCE: Final = Levels()
"""The levels of this process."""

_Everything: Any = structlog.make_filtering_bound_logger(LEVELS["debug"])


class RoomLogger(_Everything):  # type: ignore[misc]  # structlog makes the class at run time
    """A bound logger whose level can be changed after it was bound."""

    def debug(self, event: str, *args: Any, **facts: Any) -> Any:  # noqa: ANN401 - any fact can be logged
        """Tell what only a search for a fault needs."""
        return super().debug(event, *args, **facts) if IN_FORCE.takes(10) else None

    def info(self, event: str, *args: Any, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell what happens."""
        return super().info(event, *args, **facts) if IN_FORCE.takes(20) else None

    def warning(self, event: str, *args: Any, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell what was survived."""
        return super().warning(event, *args, **facts) if IN_FORCE.takes(30) else None

    def error(self, event: str, *args: Any, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell what failed."""
        return super().error(event, *args, **facts) if IN_FORCE.takes(40) else None

    def log(self, level: int, event: str, *args: Any, **facts: Any) -> Any:  # noqa: ANN401 - as above
        """Tell something at a level that is known by its number."""
        return super().log(level, event, *args, **facts) if IN_FORCE.takes(level) else None


def _caller() -> str:
    """The room of whoever logs: the first module on the stack that is no part of logging itself."""
    frame: Any = sys._getframe(1)
    for _ in range(_LARGEST_DEPTH):
        if frame is None:
            break
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith(_PASSED_OVER):
            return room_of(name)
        frame = frame.f_back
    return ""


def room_of(module: str) -> str:
    """The room of a module: ``engine`` for ``cti_server.engine.turn``, ``csta`` for ``csta.session.wire``."""
    parts = module.split(".")
    return parts[1] if parts[0] in _INNER and len(parts) > 1 else parts[0]
