"""Which rooms beside routing a server has, and which of them the console asks for what."""

from dataclasses import dataclass

from cti_server.console.faces import Faces
from cti_server.runtime.running import Attendant, Running


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendants:
    """Those that are started and stopped, in this order and the reverse; and their faces."""

    all: tuple[Attendant, ...]
    faces: Faces


def attend(running: Running) -> Attendants:  # noqa: ARG001 - rooms come to it
    """Make the rooms that the settings want."""
    return Attendants(all=(), faces=Faces())
