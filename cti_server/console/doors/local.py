"""The local door: one-shot commands over a UNIX socket in the data directory, for the server's own user and root.

Who comes is told by the kernel (SO_PEERCRED, socket(7)), so nobody needs a password, and every command has a name
beside it in the journal.
"""

import os
import pwd
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, cast

import structlog
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IAddress, IProtocolFactory
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as Wire
from twisted.python.failure import Failure

from cti_server.console.doors.frames import LONGEST_WISH, SOCKET_NAME, FrameError, encode, take
from cti_server.console.rights import Actor, Right
from cti_server.console.shell import NOT_UNDERSTOOD, Done, Shell
from program.clock import Clock, Timer

DOOR: Final = "local"
MOST_VISITORS: Final = 32
WISH_TIME: Final = 10.0
"""Seconds in which a visitor must have said what they want."""
WIDEST: Final = 1000
_CREDENTIALS: Final = struct.Struct("3i")  # struct ucred: pid, uid, gid


class ShellFor(Protocol):
    """Gives somebody their way to the commands."""

    def __call__(self, actor: Actor, progress: Callable[[str], None]) -> Shell:
        """The shell of the actor, who is told how far things are by ``progress``."""


class LocalDoor:
    """Listens at ``console.sock``; nothing that happens here disturbs the server.

    Args:
        folder: the data directory.
        shell: gives a visitor their commands.
        clock: for the time in which a visitor must have spoken.
    """

    def __init__(self, *, folder: Path, shell: ShellFor, clock: Clock) -> None:
        self._path = folder / SOCKET_NAME
        self._shell = shell
        self._clock = clock
        self._reached = Reached(self._path)
        self._port: Any = None
        self._visitors: set[_Visitor] = set()
        self.log = structlog.get_logger(room="console")

    def start(self, reactor: ReactorBase) -> None:
        """Listen; where that cannot be, calls go on without the door, and the log says why."""
        try:
            # It is left open: by the same way the file is taken away in the end.
            address = self._reached.open()
            _clear(self._path, address)
            listening = reactor.listenUNIX(  # type: ignore[attr-defined]  # of PosixReactorBase
                address, cast("IProtocolFactory", _Visits(self)), mode=0o600
            )
        except (OSError, CannotListenError) as fault:
            self._reached.close()
            self.log.warning("no local door; callwright show and its like do not work", reason=str(fault))
            return
        self._port = listening
        self.log.info("local door listens", path=str(self._path))

    def stop(self) -> Deferred[None]:
        """Listen no more, and take the file away."""
        for visitor in list(self._visitors):
            visitor.leave()
        if self._port is None:
            return succeed(None)
        port, self._port = self._port, None
        return maybeDeferred(port.stopListening).addBoth(self._stopped)

    def admit(self) -> "_Visitor | None":
        """A protocol for a new visitor; None where there are too many."""
        if len(self._visitors) >= MOST_VISITORS:
            self.log.warning("local door: too many visitors", most=MOST_VISITORS)
            return None
        visitor = _Visitor(self, self._shell, self._clock)
        self._visitors.add(visitor)
        return visitor

    def _stopped(self, _result: object) -> None:
        self._reached.close()

    def left(self, visitor: "_Visitor") -> None:
        """A visitor is gone."""
        self._visitors.discard(visitor)


class Reached:
    """The path of a socket as the kernel takes it, however long it is: by way of its folder's descriptor (unix(7))."""

    LONGEST: Final = 100

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder: int | None = None

    def open(self) -> str:
        """The path; good until `close`."""
        if len(os.fsencode(self._path)) <= self.LONGEST:
            return str(self._path)
        self._folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._folder}/{self._path.name}"

    def close(self) -> None:
        """Let go of the folder."""
        if self._folder is not None:
            os.close(self._folder)
        self._folder = None

    def __enter__(self) -> str:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()


def _clear(path: Path, address: str) -> None:
    """Take away what a server that was killed has left; raises `OSError` where another one listens there."""
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.settimeout(1.0)
        try:
            visitor.connect(address)
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise OSError(f"another server listens at {path}")


class _Visits(Factory):
    noisy = False

    def __init__(self, door: LocalDoor) -> None:
        self._door = door

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ANN401, N802 - Twisted's name and type
        del addr
        return self._door.admit()


class _Visitor(Wire):
    """One command, its progress and its reply."""

    transport: Any

    def __init__(self, door: LocalDoor, shell: ShellFor, clock: Clock) -> None:
        self._door = door
        self._shell = shell
        self._clock = clock
        self._received = bytearray()
        self._limit: Timer | None = None
        self._asked = self._gone = False
        self._actor: Actor | None = None
        self.log = structlog.get_logger(room="console")

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        uid = _uid(self.transport.socket)
        if uid not in {0, os.getuid()}:
            self.log.warning("local door: refused, of another user", uid=uid)
            self._reply(Done(status=1, text="only the server's own user and root may come in here"))
            return
        user = _name(uid)
        self._actor = Actor(user=user, door=DOOR, peer=f"uid {uid}", rights=frozenset(Right), roles=("local",))
        self._limit = self._clock.call_later(WISH_TIME, self._too_slow)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self._asked or self._actor is None:
            return
        self._received += data
        try:
            wish = take(self._received, LONGEST_WISH)
        except FrameError as wrong:
            self._reply(Done(status=NOT_UNDERSTOOD, text=str(wrong)))
            return
        if wish is not None:
            self._asked = True
            self._answer(wish, self._actor)

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: N802 - Twisted's name
        del reason
        self._gone = True
        self._stop_limit()
        self._door.left(self)

    def leave(self) -> None:
        """The server stops."""
        self._reply(Done(status=1, text="the server is stopping"))

    def _answer(self, wish: dict[str, Any], actor: Actor) -> None:
        self._stop_limit()
        line, form, width = wish.get("line"), wish.get("form", "text"), wish.get("width")
        whole = isinstance(width, int) and not isinstance(width, bool) and 1 <= width <= WIDEST
        if not isinstance(line, str) or form not in {"text", "json"} or not (width is None or whole):
            self._reply(Done(status=NOT_UNDERSTOOD, text="a wish has line, form (text or json) and width"))
            return
        shell = self._shell(actor, self._progress)
        shell.perform(line, form=form, width=width).addCallback(self._reply)

    def _progress(self, line: str) -> None:
        if not self._gone:
            self.transport.write(encode({"progress": line}))

    def _reply(self, done: Done) -> None:
        if not self._gone:
            self.transport.write(encode({"status": done.status, "text": done.text}))
            self.transport.loseConnection()

    def _too_slow(self) -> None:
        self._limit = None
        self._reply(Done(status=NOT_UNDERSTOOD, text=f"nothing was asked within {WISH_TIME:g} s"))

    def _stop_limit(self) -> None:
        if self._limit is not None and self._limit.active():
            self._limit.cancel()
        self._limit = None


def _uid(visitor: socket.socket) -> int:
    credentials = visitor.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _pid, uid, _gid = _CREDENTIALS.unpack(credentials)
    return int(uid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"
