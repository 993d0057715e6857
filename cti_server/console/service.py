"""The console: opens its doors, counts sessions over all of them, and lets users in."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import structlog
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred, succeed
from twisted.internet.interfaces import IAddress, IProtocol, IProtocolFactory
from twisted.internet.protocol import Factory

from cti_server.console import access
from cti_server.console.command import ConsoleCommand
from cti_server.console.commands.table import COMMANDS
from cti_server.console.doors.admission import Admission, Worker
from cti_server.console.doors.local import LocalDoor
from cti_server.console.operations import Operations
from cti_server.console.rights import Actor, Right
from cti_server.console.session.history import Histories
from cti_server.console.shell import Shell
from cti_server.console.users import Account, Users
from cti_server.settings.supervision.console import ConsoleSettings
from program.clock import Clock, Timer

TRIES = 3
WRONG_PASSWORD_DELAY = 1.0
LOG_IN_TIME = 60.0
HISTORIES = "console-history"


class Console:
    """All console sessions.

    Args:
        operations: the running system.
        users: who may log in.
        worker: where passwords are checked and files are read; hashing takes long on purpose.
        clock: for delays.
        settings: the doors, roles and limits.
        data: the server's directory, for the local door, the host key and what users gave before; None: none of them.
        commands: the table of commands.
    """

    tries = TRIES
    wrong_password_delay = WRONG_PASSWORD_DELAY
    log_in_limit = LOG_IN_TIME

    def __init__(
        self,
        *,
        operations: Operations,
        users: Users,
        worker: Worker,
        clock: Clock,
        settings: ConsoleSettings | None = None,
        data: Path | None = None,
        commands: Sequence[ConsoleCommand] = COMMANDS,
    ) -> None:
        self._operations = operations
        self._worker = worker
        self._clock = clock
        self._commands = (*commands, *access.commands(self))
        self._users = users
        self._settings = settings = settings or ConsoleSettings()
        self._data = data
        self.idle_limit = settings.idle_minutes * 60.0
        self.admission = Admission(
            users=users,
            operations=operations,
            worker=worker,
            clock=clock,
            roles=settings.roles.items(),
            queues=settings.queues,
        )
        self._histories = None if data is None else Histories(data / HISTORIES)
        self._sessions: set[Any] = set()
        self._port: Any = None
        self._ssh: Any = None
        self._local: LocalDoor | None = None
        self.log = structlog.get_logger(room="console")

    # --- the doors --------------------------------------------------------------------------------------------------

    def start(self, reactor: ReactorBase) -> int:
        """Open the doors; returns the port that telnet took, where 0 was given, and 0 where it is not offered.

        The SSH and the local door that cannot be opened are told in the log, and calls go on.

        Raises:
            twisted.internet.error.CannotListenError: telnet's address or port is not to be had.
        """
        taken = 0
        if self._settings.telnet:
            factory = cast("IProtocolFactory", _TelnetFactory(self))
            host = self._settings.host
            self._port = reactor.listenTCP(  # type: ignore[attr-defined]  # of PosixReactorBase
                self._settings.port, factory, interface=host
            )
            taken = self._port.getHost().port
            self.log.info("console listens", host=host, port=taken)
        if self._data is not None:
            self._local = LocalDoor(folder=self._data, shell=self.shell_of, clock=self._clock)
            self._local.start(reactor)
        if self._settings.ssh is not None:
            # Its modules import the reactor as a side effect, so they are imported when it is there.
            ssh = importlib.import_module("cti_server.console.doors.ssh")
            self._ssh = ssh.SshDoor(house=self, settings=self._settings.ssh, worker=self._worker)
            self._ssh.start(reactor)
        return taken

    def stop(self) -> Deferred[None]:
        """Listen no more and end all sessions."""
        for session in list(self._sessions):
            session.close("\nthe server is stopping")
        stops = [door.stop() for door in (self._local, self._ssh) if door is not None]
        if self._port is not None:
            stops.append(maybeDeferred(self._port.stopListening))
        return DeferredList(stops, consumeErrors=True).addCallback(_nothing)

    def build(self, peer: str) -> IProtocol | None:
        """A telnet protocol with a new session behind it, or None where there are too many sessions."""
        # Twisted's terminal modules import the reactor as a side effect, so they are imported when a session comes.
        telnet = importlib.import_module("cti_server.console.doors.telnet")
        session = self.session(door=telnet.DOOR, peer=peer)
        return None if session is None else cast("IProtocol", telnet.build_telnet(session))

    def session(self, *, door: str, peer: str, actor: Actor | None = None, first: str | None = None) -> Any:  # noqa: ANN401 - its module is imported late
        """A new session; None where there are too many."""
        if len(self._sessions) >= self._settings.sessions:
            self.log.warning("console session refused: too many", peer=peer, most=self._settings.sessions)
            return None
        terminal = importlib.import_module("cti_server.console.session.terminal")
        session = terminal.open_session(self, door=door, peer=peer, actor=actor, first=first)
        self._sessions.add(session)
        return session

    # --- what sessions need (House) ---------------------------------------------------------------------------------

    def log_in(self, user: str, password: str, *, door: str, peer: str) -> Deferred[Actor | None]:
        """Who comes in by the password, or None."""
        return self.admission.by_password(user, password, door=door, peer=peer)

    def operations_of(self, actor: Actor) -> Operations:
        """The running system, seen by the actor."""
        return self._operations.acting(actor)

    def shell_of(self, actor: Actor, progress: Callable[[str], None] | None = None) -> Shell:
        """The commands, for the actor."""
        return Shell(self._operations.acting(actor, progress), self._commands)

    def lines_of(self, user: str) -> Deferred[list[str]]:
        """The lines that the user gave in earlier sessions."""
        histories = self._histories
        return succeed([]) if histories is None else self._worker.run(lambda: histories.read(user))

    def keep_lines(self, user: str, lines: Sequence[str]) -> None:
        """Keep the lines for the user's next session."""
        histories = self._histories
        if histories is not None:
            self._worker.run(lambda: histories.write(user, lines)).addErrback(_nothing)

    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now()

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Call ``function`` in ``delay`` seconds."""
        return self._clock.call_later(delay, function)

    def leave(self, session: object) -> None:
        """The session is over."""
        self._sessions.discard(session)

    # --- what commands about users need (access.Keeper) -------------------------------------------------------------

    def accounts(self) -> Deferred[Sequence[Account]]:
        """Who may log in."""
        return self._worker.run(self._users.accounts)

    @property
    def rights(self) -> Mapping[str, frozenset[Right]]:
        """The rights of each role."""
        return {str(role): rights for role, rights in self.admission.rights.items()}

    @property
    def limits(self) -> Mapping[str, frozenset[str]]:
        """The queues of each user who is limited to some."""
        return self.admission.limits

    def lockouts(self) -> Sequence[tuple[str, str, int, float]]:
        """Who must wait now after failed tries."""
        found = self.admission.lockouts.standing(self._clock.now())
        return [(one.kind, one.name, one.failed, one.until) for one in found]

    def reconfigure(self, settings: ConsoleSettings) -> None:
        """Take other roles, limits and times from here on; the doors stay as they were opened, sessions as they are."""
        self._settings = settings
        self.idle_limit = settings.idle_minutes * 60.0
        self.admission.reconfigure(settings.roles.items(), settings.queues)


def _nothing(_results: object) -> None:
    """What is waited for is over; how each of them went is logged."""


class _TelnetFactory(Factory):
    noisy = False

    def __init__(self, console: Console) -> None:
        self._console = console

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ANN401, N802 - Twisted's name and type
        return self._console.build(str(getattr(addr, "host", addr)))
