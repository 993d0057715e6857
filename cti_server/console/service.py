"""The console's telnet door: listens, counts sessions, checks passwords away from the reactor's thread."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import structlog
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, DeferredList, DeferredLock, maybeDeferred
from twisted.internet.interfaces import IAddress, IProtocol, IProtocolFactory
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from cti_server.console.command import ConsoleCommand
from cti_server.console.commands.table import COMMANDS
from cti_server.console.doors.local import LocalDoor
from cti_server.console.operations import Operations
from cti_server.console.rights import Actor
from cti_server.console.shell import Shell
from cti_server.console.users import Users
from cti_server.telemetry.event_lines import EventLines
from cti_server.vocabulary.events import Recorded
from program.clock import Clock, Timer

T = TypeVar("T")
MOST_SESSIONS = 20
TRIES = 3
WRONG_PASSWORD_DELAY = 1.0
LOG_IN_TIME = 60.0


class Worker(Protocol):
    """Does work that blocks elsewhere."""

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        """The work's result or failure."""


class Console:
    """All console sessions.

    Args:
        operations: the running system.
        users: who may log in.
        worker: where passwords are checked; hashing takes long on purpose.
        clock: for delays.
        commands: the table of commands.
    """

    tries = TRIES
    wrong_password_delay = WRONG_PASSWORD_DELAY
    idle_limit = LOG_IN_TIME

    def __init__(
        self,
        *,
        operations: Operations,
        users: Users,
        worker: Worker,
        clock: Clock,
        commands: Sequence[ConsoleCommand] = COMMANDS,
    ) -> None:
        self._operations = operations
        self._users = users
        self._worker = worker
        self._clock = clock
        self._commands = commands
        self._one_at_a_time = DeferredLock()
        self._sessions: set[Any] = set()
        self._port: Any = None
        self._local: LocalDoor | None = None
        self.log = structlog.get_logger(room="console")

    # --- the door ---------------------------------------------------------------------------------------------------

    def start(self, reactor: ReactorBase, host: str, port: int) -> int:
        """Listen; the port that was taken, where 0 was given.

        Raises:
            twisted.internet.error.CannotListenError: the address or port is not to be had.
        """
        factory = cast("IProtocolFactory", _TelnetFactory(self))
        listening = reactor.listenTCP(port, factory, interface=host)  # type: ignore[attr-defined]  # of PosixReactorBase
        self._port = listening
        taken: int = listening.getHost().port
        self.log.info("console listens", host=host, port=taken)
        return taken

    def start_local(self, reactor: ReactorBase, data: Path) -> None:
        """Open the local door in the data directory; a fault is logged, and calls go on."""
        self._local = LocalDoor(folder=data, shell=self.shell_of, clock=self._clock)
        self._local.start(reactor)

    def stop(self) -> Deferred[None]:
        """Listen no more and end all sessions."""
        for session in list(self._sessions):
            session.close("\nthe server is stopping")
        stops = [] if self._local is None else [self._local.stop()]
        if self._port is not None:
            stops.append(maybeDeferred(self._port.stopListening))
        return DeferredList(stops, consumeErrors=True).addCallback(_nothing)

    def build(self, peer: str) -> IProtocol | None:
        """A telnet protocol with a new session behind it, or None where there are too many sessions."""
        if len(self._sessions) >= MOST_SESSIONS:
            self.log.warning("console session refused: too many", peer=peer, most=MOST_SESSIONS)
            return None
        # Twisted's terminal modules import the reactor as a side effect, so they are imported when a session comes.
        terminal = importlib.import_module("cti_server.console.terminal")
        session = terminal.open_session(self, peer)
        self._sessions.add(session)
        return cast("IProtocol", terminal.build_telnet(session))

    # --- what sessions need (House) ---------------------------------------------------------------------------------

    def verify(self, user: str, password: str) -> Deferred[bool]:
        """Whether the password is the user's; one check at a time, because each takes much memory by design."""
        return self._one_at_a_time.run(self._worker.run, lambda: self._users.verify(user, password)).addErrback(
            self._cannot_verify
        )

    def shell_of(self, actor: Actor, progress: Callable[[str], None] | None = None) -> Shell:
        """The commands, for the actor."""
        return Shell(self._operations.acting(actor, progress), self._commands)

    def shell(self) -> Shell:
        """The commands."""
        return Shell(self._operations, self._commands)

    def listen(self, listener: Callable[[Sequence[Recorded]], None]) -> Callable[[], None]:
        """Live events."""
        return self._operations.listen(listener)

    def event_lines(self) -> EventLines:
        """Turns rows into facts."""
        contacts = self._operations.state.contacts
        return EventLines({one.id: one.call for one in contacts.values() if one.call is not None})

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Call ``function`` in ``delay`` seconds."""
        return self._clock.call_later(delay, function)

    def leave(self, session: object) -> None:
        """The session is over."""
        self._sessions.discard(session)

    def _cannot_verify(self, failure: Failure) -> bool:
        self.log.error("passwords cannot be checked", reason=failure.getErrorMessage())
        return False


def _nothing(_results: object) -> None:
    """What is waited for is over; how each of them went is logged."""


class _TelnetFactory(Factory):
    noisy = False

    def __init__(self, console: Console) -> None:
        self._console = console

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ANN401, N802 - Twisted's name and type
        return self._console.build(f"{getattr(addr, 'host', addr)}:{getattr(addr, 'port', '')}")
