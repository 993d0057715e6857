"""Ask the running server by its local door: one line of the console, its progress, one reply."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cti_server.console.doors.frames import LONGEST_REPLY, SOCKET_NAME, FrameError, encode, take
from cti_server.console.doors.local import Reached
from cti_server.settings import ServerSettings

AT_ONCE = 64 * 1024
_START = "start it with callwright run, or systemctl start callwright; callwright doctor says what is in its way"


class DoorError(Exception):
    """No server runs, or it does not answer; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """``status`` 0: done, 1: refused or failed, 2: not understood; ``text`` is what is shown."""

    status: int
    text: str


def ask(
    settings: ServerSettings,
    line: str,
    *,
    form: Literal["text", "json"] = "text",
    width: int | None = None,
    timeout: float = 60.0,
    progress: Callable[[str], None] | None = None,
) -> Reply:
    """Let the running server carry out one console line; ``timeout`` is seconds without a sign of life from it.

    Raises:
        DoorError: no server runs with these settings, it is not ours to ask, or it does not answer.
    """
    path = settings.data / SOCKET_NAME
    if not path.exists():
        raise DoorError(f"no server runs here: {path} is not there; {_START}")
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(timeout)
        try:
            with Reached(path) as address:
                door.connect(address)
        except OSError as fault:
            raise DoorError(f"no server runs here: {path}: {fault.strerror or fault}; {_START}") from fault
        try:
            _say(door, encode({"line": line, "form": form, "width": width}))
            return _hear(door, timeout, progress)
        except TimeoutError as fault:
            raise DoorError(f"the server has not answered for {timeout:g} s") from fault
        except (OSError, FrameError) as fault:
            raise DoorError(f"the server's answer cannot be read: {fault}") from fault


def _say(door: socket.socket, wish: bytes) -> None:
    """Send the wish; a server that has answered already, because it refuses the visitor, is heard all the same."""
    try:
        door.sendall(wish)
    except (BrokenPipeError, ConnectionResetError):
        return


def _hear(door: socket.socket, timeout: float, progress: Callable[[str], None] | None) -> Reply:
    received = bytearray()
    while True:
        frame = take(received, LONGEST_REPLY)
        if frame is None:
            door.settimeout(timeout)
            more = door.recv(AT_ONCE)
            if not more:
                raise DoorError("the server has gone without an answer")
            received += more
        elif "progress" in frame:
            if progress is not None:
                progress(str(frame["progress"]))
        else:
            return Reply(status=int(frame.get("status", 1)), text=str(frame.get("text", "")))
