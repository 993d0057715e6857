"""The programs of the demo as child processes: started, watched until ready, read and stopped."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

LogEntry = dict[str, Any]
MAX_LINE_BYTES = 1 << 16


class ProgramEndedError(Exception):
    """A program ended although nobody asked it to; its last lines are in the message."""


class Program(ProcessProtocol):
    """One child process that logs one JSON object per line on standard error.

    Args:
        name: what the screen calls it.
        log: file that keeps every line it prints.
        listener: called with each log entry; lines that are no JSON object are kept in the file alone.
    """

    def __init__(self, name: str, log: Path, listener: Callable[[LogEntry], None]) -> None:
        self.name = name
        self.log = log
        self.ended: Deferred[int] = Deferred()
        self.exit_code: int | None = None
        self._listener = listener
        self._rest = b""
        self._file: IO[bytes] | None = None
        self._tail: list[str] = []

    def start(self, reactor: PosixReactorBase, command: Sequence[str], directory: Path) -> None:
        """Start ``command`` in ``directory``."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.log.open("ab")
        # A session of its own: Ctrl-C at the terminal reaches the demo alone, which stops its programs in order. And
        # whatever becomes of the demo, its programs end with it.
        guarded = ["setpriv", "--pdeathsig", "TERM", "setsid", *command]
        spawn = cast("Callable[..., object]", reactor.spawnProcess)  # Twisted leaves it unannotated
        spawn(self, guarded[0], guarded, env=None, path=str(directory))

    def stop(self, reactor: PosixReactorBase, patience: float = 10.0) -> Deferred[int]:
        """Ask it to stop (SIGTERM); after ``patience`` seconds make it (SIGKILL). Gives its exit code."""
        self._signal("TERM")
        killer = reactor.callLater(patience, self._signal, "KILL")

        def settled(code: int) -> int:
            if killer.active():
                killer.cancel()
            return code

        done: Deferred[int] = Deferred()
        if self.exit_code is not None:
            done.callback(self.exit_code)
        else:
            self.ended.chainDeferred(done)
        return done.addCallback(settled)

    def last_words(self) -> str:
        """Its last lines, for people."""
        return "\n".join(self._tail)

    def errReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take what it logs."""
        if self._file is not None:
            self._file.write(data)
            self._file.flush()
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()[-MAX_LINE_BYTES:]
        for line in lines:
            self._take(line)

    outReceived = errReceived  # noqa: N815 - Twisted's name

    def processEnded(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        """It has ended."""
        self.exit_code = _exit_code(reason.value)
        if self._file is not None:
            self._file.close()
            self._file = None
        self.ended.callback(self.exit_code)

    def _take(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        self._tail = [*self._tail[-9:], text]
        try:
            entry = json.loads(text)
        except ValueError:
            return
        if isinstance(entry, dict):
            self._listener(entry)

    def _signal(self, name: str) -> None:
        if self.transport is None or self.exit_code is not None:
            return
        try:
            cast("Any", self.transport).signalProcess(name)
        except ProcessExitedAlready:
            return


def _exit_code(reason: BaseException | None) -> int:
    """The exit status; the signal's number with a minus where a signal ended it."""
    if isinstance(reason, ProcessDone):
        return 0
    if isinstance(reason, ProcessTerminated):
        return int(reason.exitCode) if reason.exitCode is not None else -int(reason.signal or 0)
    return 1
