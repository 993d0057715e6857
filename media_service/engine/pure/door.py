"""The owner's side of the packet process: start it, write commands, read reports, see it end."""

import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Final, cast

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReadWriteDescriptor
from twisted.python.failure import Failure

from media_service.engine.pure import frames

_READ_OCTETS: Final = 1 << 16
_REAP_INTERVAL: Final = 0.02
_END_PATIENCE: Final = 5.0
"""Seconds that the packet process has, after its socket has closed, before it is killed."""


class Door:
    """The socket to the packet process. ``received`` hears each report, ``lost`` once why it is over."""

    def __init__(
        self,
        reactor: ReactorBase,
        sock: socket.socket,
        received: Callable[[frames.FromChild], None],
        lost: Callable[[str], None],
    ) -> None:
        sock.setblocking(False)
        self._reactor = reactor
        self._socket = sock
        self._received = received
        self._lost = lost
        self._decoder = frames.ReportDecoder()
        self._unwritten = bytearray()
        self._over = False
        self._watched = cast("IReadWriteDescriptor", self)  # it is one by its methods; mypy knows zope's by name only
        reactor.addReader(self._watched)

    def send(self, command: frames.ToChild) -> None:
        """Write a command; one that comes after the end is lost with everything else."""
        if self._over:
            return
        waiting = bool(self._unwritten)
        self._unwritten += frames.encode(command)
        if not waiting:
            self.doWrite()
        if self._unwritten and not self._over:
            self._reactor.addWriter(self._watched)

    def fileno(self) -> int:
        """The descriptor that the reactor watches."""
        return self._socket.fileno()

    def logPrefix(self) -> str:  # noqa: N802 - Twisted's name
        """What Twisted puts before its own log lines."""
        return "packet engine"

    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        """The reactor saw octets, or the end."""
        try:
            data = self._socket.recv(_READ_OCTETS)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(f"the packet process cannot be heard: {error}")
            return
        if not data:
            self._end("the packet process has ended")
            return
        try:
            reports = self._decoder.feed(data)
        except frames.FrameError as error:
            self._end(f"the packet process sent nonsense: {error}")
            return
        for report in reports:
            self._received(report)

    def doWrite(self) -> None:  # noqa: N802 - Twisted's name
        """The reactor may write."""
        try:
            del self._unwritten[: self._socket.send(self._unwritten)]
        except BlockingIOError:
            return
        except OSError as error:
            self._end(f"the packet process cannot be told: {error}")
            return
        if not self._unwritten:
            self._reactor.removeWriter(self._watched)

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        """The reactor stops, or found the descriptor bad."""
        self._end(f"the reactor lost the packet process: {reason.value}")

    def _end(self, reason: str) -> None:
        if self._over:
            return
        self._over = True
        self._reactor.removeReader(self._watched)
        self._reactor.removeWriter(self._watched)
        self._socket.close()
        self._lost(reason)


def start_process(host: str, udp_ports: range) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the packet process; gives it and the owner's end of the socket that it lives by."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-m", "media_service.engine.pure"]
        command += [str(theirs.fileno()), host, str(udp_ports.start), str(udp_ports.stop)]
        try:
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)  # noqa: S603 - our own program
        except OSError:
            ours.close()
            raise
    return process, ours


def reap(reactor: ReactorBase, process: subprocess.Popen[bytes]) -> Deferred[int]:
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
