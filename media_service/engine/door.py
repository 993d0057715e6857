"""The owner's side of the packet process: start it, write commands, read reports, see it end."""

import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import Deferred
from twisted.internet.fdesc import readFromFD, setNonBlocking, writeToFD
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.main import CONNECTION_DONE
from twisted.python.failure import Failure

from media_service.engine import frames

_REAP_INTERVAL: Final = 0.02
_END_PATIENCE: Final = 5.0
"""Seconds that the packet process has, after its socket has closed, before it is killed."""


class EngineReactor(Protocol):
    """What the engine needs of a reactor; any that Twisted has for POSIX will do."""

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object) -> IDelayedCall:  # noqa: A002, N802 - Twisted's names
        """Call later."""

    def addReader(self, reader: Any) -> None:  # noqa: N802 - Twisted's name
        """Watch for reading."""


class Door(FileDescriptor):
    """The socket to the packet process. ``received`` hears each report, ``lost`` once why it is over."""

    def __init__(
        self,
        reactor: EngineReactor,
        sock: socket.socket,
        received: Callable[[frames.FromChild], None],
        lost: Callable[[str], None],
    ) -> None:
        super().__init__(reactor)  # type: ignore[arg-type]  # mypy knows zope's interfaces by name only
        setNonBlocking(sock.fileno())
        self._socket = sock
        self._descriptor = sock.fileno()
        self._received = received
        self._lost = lost
        self._decoder = frames.ReportDecoder()
        self._reason = "the packet process has ended"
        self.connected = 1
        self.startReading()

    def fileno(self) -> int:
        """The descriptor that the reactor watches."""
        return self._descriptor

    def send(self, command: frames.ToChild) -> None:
        """Write a command; one that comes after the end is lost with everything else."""
        if self.connected:
            self.write(frames.encode(command))

    def doRead(self) -> Exception | None:  # noqa: N802 - Twisted's name
        """The reactor saw octets."""
        return readFromFD(self._descriptor, self._take)

    def writeSomeData(self, data: bytes) -> int | Exception:  # noqa: N802 - Twisted's name
        """The reactor may write."""
        return writeToFD(self._descriptor, data)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        """The packet process is gone, or we have hung up."""
        super().connectionLost(reason)
        self._descriptor = -1
        self._socket.close()
        self._lost(self._reason)

    def _take(self, data: bytes) -> None:
        try:
            for report in self._decoder.feed(data):
                self._received(report)
        except frames.FrameError as error:
            self._reason = f"the packet process sent nonsense: {error}"
            self.loseConnection(Failure(CONNECTION_DONE))


def start_process(host: str, udp_ports: range) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the packet process; gives it and the owner's end of the socket that it lives by."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-m", "media_service.engine"]
        command += [str(theirs.fileno()), host, str(udp_ports.start), str(udp_ports.stop)]
        try:
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)  # noqa: S603 - our own program
        except OSError:
            ours.close()
            raise
    return process, ours


def reap(reactor: EngineReactor, process: subprocess.Popen[bytes]) -> Deferred[int]:
    """Wait for the end of a process whose socket is closed, and kill it if it does not end; gives its exit status."""
    ended: Deferred[int] = Deferred()
    tries = [0]

    def look() -> None:
        status = process.poll()
        if status is not None:
            ended.callback(status)
            return
        tries[0] += 1
        if tries[0] == round(_END_PATIENCE / _REAP_INTERVAL):
            process.kill()
        reactor.callLater(_REAP_INTERVAL, look)

    look()
    return ended
