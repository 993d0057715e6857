"""Which rooms beside routing a server has, and which of them the console asks for what."""

from dataclasses import dataclass

from cti_server.console.faces import Faces
from cti_server.runtime.changes import Changes, LogLevel
from cti_server.runtime.keeping import Keeper
from cti_server.runtime.oversight.room import Oversight
from cti_server.runtime.retaining import Retaining
from cti_server.runtime.running import Attendant, Running
from cti_server.runtime.tracing.room import TracingRoom
from cti_server.runtime.tracing.spans import Traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendants:
    """Those that are started and stopped, in this order and the reverse; and their faces."""

    all: tuple[Attendant, ...]
    faces: Faces
    changes: Changes


def attend(running: Running) -> Attendants:
    """Make the rooms that the settings want."""
    tracing, traces = TracingRoom(running), Traces(running)
    rooms: list[Attendant] = [tracing, traces]
    changes = Changes(running, lambda: (LogLevel(), *rooms))
    oversight = Oversight(running, changes.stopped_trials, traces.figures)
    keeper = Keeper(running)
    rooms += (oversight, keeper, Retaining(running, keeper))
    faces = Faces(changes=changes, tracing=tracing, oversight=oversight, keeping=keeper)
    return Attendants(all=(*rooms, changes), faces=faces, changes=changes)
