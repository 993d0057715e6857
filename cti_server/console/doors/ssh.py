"""The SSH door (RFC 4251 to 4254, on Twisted Conch): keys and passwords, the same terminal, one-shot commands.

Conch imports the reactor as a side effect; import this module inside functions only.
"""

# Conch leaves its modules without annotations.
# mypy: allow-untyped-calls

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

import structlog
from twisted.conch.avatar import ConchUser
from twisted.conch.error import ConchError, ValidPublicKey
from twisted.conch.interfaces import IConchUser, ISession
from twisted.conch.ssh.common import getNS
from twisted.conch.ssh.connection import OPEN_RESOURCE_SHORTAGE, SSHConnection
from twisted.conch.ssh.factory import SSHFactory
from twisted.conch.ssh.keys import BadKeyError, FingerprintFormats, Key
from twisted.conch.ssh.session import SSHSession
from twisted.conch.ssh.transport import SSHServerTransport
from twisted.conch.ssh.userauth import SSHUserAuthServer
from twisted.cred.credentials import ISSHPrivateKey, IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.error import CannotListenError, ConnectionDone
from twisted.internet.interfaces import IAddress, IProtocolFactory
from twisted.python.components import registerAdapter
from twisted.python.failure import Failure

from cti_server.console.doors.admission import Admission, Worker
from cti_server.console.doors.keys import KeyFileError, authorized, host_key
from cti_server.console.parsing import LONGEST_LINE
from cti_server.console.rights import Actor
from cti_server.console.session.quiet import QuietTerminal
from cti_server.console.session.screen import believed
from cti_server.console.session.terminal import ConsoleTerminal
from cti_server.console.shell import Done, Shell
from cti_server.settings.supervision.console import SshSettings
from program.clock import Timer

T = TypeVar("T")
DOOR: Final = "ssh"
KEY_EXCHANGES: Final = (
    b"mlkem768x25519-sha256",
    b"curve25519-sha256",
    b"curve25519-sha256@libssh.org",
    b"ecdh-sha2-nistp256",
    b"ecdh-sha2-nistp384",
    b"ecdh-sha2-nistp521",
)
CIPHERS: Final = (b"aes256-ctr", b"aes192-ctr", b"aes128-ctr")
MACS: Final = (b"hmac-sha2-512", b"hmac-sha2-256")
SHA1_SIGNATURES: Final = frozenset({b"ssh-rsa", b"ssh-dss"})
"""Signatures that are not taken any more (RFC 8332, section 3)."""
LONGEST_BANNER: Final = 1024
TRIES: Final = 6
LOG_IN_TIME: Final = 60
"""Seconds from the connection to the log-in."""
MOST_CHANNELS: Final = 4
"""Channels of one connection at the same time."""
MOST_STRANGERS: Final = 32
"""Connections at the same time on which nobody is logged in yet."""


class House(Protocol):
    """What the door needs of the console."""

    @property
    def admission(self) -> Admission:
        """Who gets in."""

    def session(self, *, door: str, peer: str, actor: Actor | None = None, first: str | None = None) -> Any:  # noqa: ANN401 - its module is imported late
        """A new session; None where there are too many."""

    def shell_of(self, actor: Actor, progress: Callable[[str], None] | None = None) -> Shell:
        """The actor's way to the commands."""

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Call ``function`` in ``delay`` seconds."""


_GARBLED: Final = (
    ValueError,
    IndexError,
    KeyError,
    AttributeError,
    AssertionError,
    TypeError,
    struct.error,
    ConchError,
    UnicodeError,
)
"""What Conch raises for bytes that it cannot understand; it has no root of its faults."""


class SshDoor:
    """Listens for SSH.

    Args:
        house: the console.
        settings: address, keys, and whether passwords are taken.
        worker: where key files are read.
    """

    def __init__(self, *, house: House, settings: SshSettings, worker: Worker) -> None:
        self.house = house
        self.settings = settings
        self.worker = worker
        self.port = 0
        self._port: Any = None
        self._stopped = False
        self.log = structlog.get_logger(room="console")

    def start(self, reactor: ReactorBase) -> None:
        """Listen as soon as the host key is there; where that cannot be, the log says why, and calls go on."""
        file = self.settings.host_key
        if file is None:
            self.log.error("no SSH door: no file for the host key")
            return
        self.worker.run(lambda: host_key(file)).addCallback(self._listen, reactor, file).addErrback(self._no_door)

    def stop(self) -> Deferred[None]:
        """Listen no more."""
        self._stopped = True
        if self._port is None:
            return succeed(None)
        port, self._port = self._port, None
        return maybeDeferred(port.stopListening)

    def known(self, user: str, blob: bytes) -> bool:
        """Whether the key is in the user's file; blocks."""
        return authorized(self.settings.keys, user, blob)

    def _listen(self, text: bytes, reactor: ReactorBase, file: Path) -> None:
        if self._stopped:
            return
        key = Key.fromString(text)
        factory = cast("IProtocolFactory", _Factory(self, key))
        self._port = reactor.listenTCP(  # type: ignore[attr-defined]  # of PosixReactorBase
            self.settings.port, factory, interface=self.settings.host
        )
        self.port = self._port.getHost().port
        self.log.info(
            "SSH console listens",
            host=self.settings.host,
            port=self.port,
            host_key=str(file),
            fingerprint=f"SHA256:{key.fingerprint(FingerprintFormats.SHA256_BASE64).rstrip('=')}",
        )

    def _no_door(self, failure: Failure) -> None:
        failure.trap(CannotListenError, KeyFileError, BadKeyError)
        self.log.error("no SSH door", reason=failure.getErrorMessage())


class _Transport(SSHServerTransport):
    """Modern algorithms alone, no compression before log-in, a banner that has an end, and so much time to log in."""

    transport: Any
    factory: Any

    def __init__(self) -> None:
        super().__init__()
        self.ourVersionString = b"SSH-2.0-Callwright"
        self.supportedCiphers = list(CIPHERS)
        self.supportedMACs = list(MACS)
        self.supportedKeyExchanges = [each for each in self.supportedKeyExchanges if each in KEY_EXCHANGES]
        self.supportedCompressions = [b"none"]
        self.sessions: set[_Session] = set()
        self._limit: Timer | None = None

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        super().connectionMade()
        self.transport.registerProducer(_Pressure(self.sessions), True)
        # Conch has a limit for the log-in alone, and none for what comes before it.
        self._limit = self.factory.door.house.call_later(LOG_IN_TIME, self._too_slow)

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: N802 - Twisted's name
        if self._limit is not None and self._limit.active():
            self._limit.cancel()
        self.factory.strangers.discard(self)
        super().connectionLost(reason)

    def _too_slow(self) -> None:
        if self in self.factory.strangers:
            structlog.get_logger().info("console: nobody has logged in", door=DOOR, peer=self.transport.getPeer().host)
            self.transport.abortConnection()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Hand the data on; a peer that speaks no SSH is let go."""
        if not self.gotVersion and len(self.buf) + len(data) > LONGEST_BANNER and b"\n" not in self.buf + data:
            self.transport.abortConnection()
            return
        try:
            super().dataReceived(data)
        except _GARBLED as fault:
            structlog.get_logger().warning("console: SSH cannot be understood", reason=repr(fault))
            self.transport.abortConnection()

    def receiveError(self, reasonCode: int, description: bytes) -> None:  # noqa: N802, N803 - Twisted's names
        """The client says why it leaves; "disconnected by user" is how they all do."""
        log = structlog.get_logger()
        log.debug("console: SSH client has left", code=reasonCode, reason=description.decode("utf-8", "replace")[:200])

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        """Close, once what was written is out."""
        self.transport.unregisterProducer()
        super().loseConnection()

    def sendDisconnect(self, reason: int, desc: bytes) -> None:  # noqa: N802 - Twisted's name
        """Say why and close."""
        self.transport.unregisterProducer()
        super().sendDisconnect(reason, desc)


class _Pressure:
    """Tells the sessions of a connection when it takes no more (IPushProducer)."""

    def __init__(self, sessions: set["_Session"]) -> None:
        self._sessions = sessions

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        for session in self._sessions:
            session.pause()

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        for session in self._sessions:
            session.resume()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        self.pauseProducing()


class _Portal:
    """Decides about the credentials of one connection; ``known`` is called when somebody is in."""

    def __init__(self, door: SshDoor, peer: str, known: Callable[[], None]) -> None:
        self._door = door
        self._peer = peer
        self._known = known

    def listCredentialsInterfaces(self) -> list[Any]:  # noqa: N802 - Twisted's name
        return [ISSHPrivateKey, IUsernamePassword] if self._door.settings.passwords else [ISSHPrivateKey]

    def login(self, credentials: Any, _mind: object, *_interfaces: object) -> Deferred[Any]:  # noqa: ANN401 - Conch's
        user = credentials.username.decode("utf-8", "replace")
        if IUsernamePassword.providedBy(credentials):
            password = credentials.password.decode("utf-8", "replace")
            came = self._door.house.admission.by_password(user, password, door=DOOR, peer=self._peer)
        else:
            came = self._by_key(user, credentials)
        return came.addCallback(self._avatar)

    def _by_key(self, user: str, credentials: Any) -> Deferred[Actor | None]:  # noqa: ANN401 - Conch's
        blob, name = credentials.blob, credentials.algName
        if name in SHA1_SIGNATURES:
            raise UnauthorizedLogin("a signature of SHA-1 is not taken")
        if credentials.signature is None:
            return self._door.worker.run(lambda: self._door.known(user, blob)).addCallback(_offered)
        if getNS(credentials.signature)[0] != name or not Key.fromString(blob).verify(
            credentials.signature, credentials.sigData
        ):
            raise UnauthorizedLogin("the signature is wrong")
        known = partial(self._door.known, user, blob)
        return self._door.house.admission.by_key(user, known=known, door=DOOR, peer=self._peer)

    def _avatar(self, actor: Actor | None) -> tuple[Any, "_User", Callable[[], None]]:
        if actor is None:
            raise UnauthorizedLogin("wrong user, password or key")
        self._known()
        return IConchUser, _User(self._door, actor, self._peer), _nothing


def _offered(known: bool) -> None:
    """Tell the client whether a signature by the key would be taken (RFC 4252, section 7)."""
    raise ValidPublicKey if known else UnauthorizedLogin("not a key of the user's")


def _nothing() -> None:
    """Nobody has to be told that a user has left."""


class _UserAuth(SSHUserAuthServer):
    """Who comes from where is known to the portal, and tries are few."""

    transport: Any

    def serviceStarted(self) -> None:  # noqa: N802 - Twisted's name
        """Begin, with a portal of the connection's own."""
        peer, factory = self.transport.transport.getPeer().host, self.transport.factory
        factory.portal = _Portal(factory.door, peer, partial(factory.strangers.discard, self.transport))
        self.loginTimeout, self.attemptsBeforeDisconnect = LOG_IN_TIME, TRIES
        super().serviceStarted()

    def auth_publickey(self, packet: bytes) -> Deferred[Any]:
        """A key; whatever is wrong with it refuses the try alone."""
        return maybeDeferred(super().auth_publickey, packet)


class _Factory(SSHFactory):
    noisy = False
    protocol = _Transport
    services = {b"ssh-userauth": _UserAuth, b"ssh-connection": SSHConnection}  # noqa: RUF012 - as the base class has it

    def __init__(self, door: SshDoor, key: Key) -> None:
        self.door = door
        self._key = key
        self.portal: Any = None
        self.strangers: set[SSHServerTransport] = set()

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ANN401, N802 - Twisted's name and type
        if len(self.strangers) >= MOST_STRANGERS:
            self.door.log.warning("SSH connection refused: too many are not logged in", most=MOST_STRANGERS)
            return None
        stranger = super().buildProtocol(addr)
        self.strangers.add(stranger)
        return stranger

    def getPublicKeys(self) -> dict[bytes, Key]:  # noqa: N802 - Twisted's name
        return {self._key.sshType(): self._key.public()}

    def getPrivateKeys(self) -> dict[bytes, Key]:  # noqa: N802 - Twisted's name
        return {self._key.sshType(): self._key}

    def getPrimes(self) -> None:  # noqa: N802 - Twisted's name
        """No key exchange of a chosen group."""


class _User(ConchUser):
    """Somebody who is in: sessions, and nothing else of SSH (no forwarding, no files)."""

    def __init__(self, door: SshDoor, actor: Actor, peer: str) -> None:
        super().__init__()
        self.door, self.actor, self.peer = door, actor, peer
        self.channelLookup[b"session"] = _Channel

    def lookupChannel(self, channelType: bytes, windowSize: int, maxPacket: int, data: bytes) -> Any:  # noqa: ANN401, N802, N803 - Twisted's
        if len(self.conn.channels) >= MOST_CHANNELS:
            raise ConchError(OPEN_RESOURCE_SHORTAGE, "too many channels")
        return super().lookupChannel(channelType, windowSize, maxPacket, data)


class _Channel(SSHSession):
    """Tells its session when the client takes no more."""

    def stopWriting(self) -> None:  # noqa: N802 - Twisted's name
        if self.session is not None:
            self.session.pause()

    def startWriting(self) -> None:  # noqa: N802 - Twisted's name
        if self.session is not None:
            self.session.resume()


class _Glue:
    """What a protocol writes to."""

    def __init__(self, write: Callable[[bytes], None], close: Callable[[], None]) -> None:
        self.write = write
        self.loseConnection = close


class _Session:
    """One channel: a terminal, or a command (RFC 4254, section 6)."""

    def __init__(self, user: _User) -> None:
        self._user = user
        self._size: tuple[int, int] | None = None
        self._terminal: ConsoleTerminal | None = None
        self._process: Any = None
        self._ended = False

    def getPty(self, _term: bytes, size: tuple[int, int, int, int], _modes: object) -> None:  # noqa: N802 - Twisted's
        """The client has a terminal of so many rows and columns."""
        self._size = believed(size[1], size[0])

    def windowChanged(self, size: tuple[int, int, int, int]) -> None:  # noqa: N802 - Twisted's name
        """The terminal has another size now."""
        self._size = believed(size[1], size[0])
        if self._terminal is not None:
            self._terminal.terminalSize(*self._size)

    def openShell(self, process: Any) -> None:  # noqa: ANN401, N802 - Twisted's
        """A terminal session."""
        self._open(process, None)

    def execCommand(self, process: Any, command: bytes) -> None:  # noqa: ANN401, N802 - Twisted's
        """One command; what is live is shown where the client has a terminal (``ssh -t``)."""
        line = command[: LONGEST_LINE * 4].decode("utf-8", "replace")
        if self._size is not None:
            self._open(process, line)
            return
        self._attach(process)
        shell = self._user.door.house.shell_of(self._user.actor, self._progress)
        shell.perform(line).addCallback(self._done)

    def eofReceived(self) -> None:  # noqa: N802 - Twisted's name
        """The client sends no more: a terminal session ends with that, a command goes on."""
        if self._terminal is not None:
            self._terminal.end_of_input()

    def closed(self) -> None:
        """The channel is gone."""
        self._leave()

    def pause(self) -> None:
        """The client takes no more for now."""
        if self._terminal is not None:
            self._terminal.pause()

    def resume(self) -> None:
        """The client takes more again."""
        if self._terminal is not None:
            self._terminal.resume()

    def _attach(self, process: Any, write: Callable[[bytes], None] | None = None) -> None:  # noqa: ANN401 - Twisted's
        self._process = process
        self._user.conn.transport.sessions.add(self)
        process.makeConnection(_Glue(write or _unheard, self._leave))

    def _open(self, process: Any, first: str | None) -> None:  # noqa: ANN401 - Twisted's
        user = self._user
        session = user.door.house.session(door=DOOR, peer=user.peer, actor=user.actor, first=first)
        if session is None:
            self._attach(process)
            self._done(Done(status=1, text="too many sessions"))
            return
        screen = QuietTerminal(lambda: session)
        self._terminal = session
        self._attach(process, screen.dataReceived)
        if self._size is not None:
            session.terminalSize(*self._size)
        screen.makeConnection(_Glue(self._write, lambda: self._end(0)))

    def _write(self, data: bytes) -> None:
        self._process.outReceived(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def _progress(self, line: str) -> None:
        if not self._ended:
            self._process.errReceived(f"{line}\n".encode("utf-8", "replace"))

    def _done(self, done: Done) -> None:
        if self._ended:
            return
        text = f"{done.text}\n".encode("utf-8", "replace") if done.text else b""
        if done.status == 0 or done.text.startswith(("{", "[")):
            self._process.outReceived(text)
        else:
            self._process.errReceived(text)
        self._end(done.status)

    def _end(self, status: int) -> None:
        """Tell the exit status (RFC 4254, section 6.10) and close the channel."""
        if self._ended:
            return
        self._ended = True
        channel = self._process.session
        channel.conn.sendRequest(channel, b"exit-status", struct.pack(">L", status))
        self._process.loseConnection()

    def _leave(self) -> None:
        self._ended = True
        sessions = getattr(self._user.conn.transport, "sessions", None)
        if sessions is not None:
            sessions.discard(self)
        if self._terminal is not None:
            terminal, self._terminal = self._terminal, None
            terminal.connectionLost(Failure(ConnectionDone()))


def _unheard(_data: bytes) -> None:
    """A command reads nothing."""


registerAdapter(_Session, _User, ISession)
