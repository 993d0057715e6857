"""Conferences as their owner knows them: who is in which, and by what number the core knows it."""

import itertools
from dataclasses import dataclass, field

from media_service.engine.errors import EngineError
from media_service.engine.interface import Role
from media_service.engine.native.running import Open


@dataclass(eq=False)
class _Room:
    number: int
    members: list[Open] = field(default_factory=list)


class Rooms:
    """A room is there while it has members; all of them are in one packet thread."""

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = {}
        self._numbers = itertools.count(1)

    def check(self, port: Open, name: str, role: Role, whisper_to: Open | None) -> int:
        """The handle of the one whispered to, 0 for none; raises `EngineError` for what cannot be meant."""
        room = self._rooms.get(name)
        if room is not None and room.members[0].core is not port.core:
            raise EngineError(f"port {port.name} was not opened beside the members of {name}")
        if (role is Role.WHISPERER) != (whisper_to is not None):
            raise EngineError("a whisperer, and nobody else, whispers to a member")
        if whisper_to is None:
            return 0
        if room is None or whisper_to not in room.members or whisper_to is port:
            raise EngineError(f"port {whisper_to.name} is not in the conference {name} to be whispered to")
        return whisper_to.handle

    def join(self, port: Open, name: str) -> int:
        """Make it a member of this room alone; the room's number."""
        if port.room != name:
            self.leave(port)
            self._rooms.setdefault(name, _Room(next(self._numbers))).members.append(port)
            port.room = name
        return self._rooms[name].number

    def leave(self, port: Open) -> None:
        """It is in no room."""
        if port.room is None:
            return
        room = self._rooms[port.room]
        room.members.remove(port)
        if not room.members:
            del self._rooms[port.room]
        port.room = None
