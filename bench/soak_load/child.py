"""A server to be killed: the real store, recorder, engine and pump as a process of their own; its channel is a pipe.

    python -m bench.soak_load.child DATABASE-URL EPOCH FACTOR

Commands come on standard input, effects and answers go to standard output. Its clock is ``EPOCH`` plus ``FACTOR`` times
the seconds since that moment, so that a quarter of an hour passes in half a minute.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from twisted.internet import fdesc
from twisted.internet import reactor as installed
from twisted.internet.abstract import FileDescriptor
from twisted.python.failure import Failure

from bench.soak_load.wire import Frames, framed
from cti_server.engine.invariants import check
from cti_server.engine.state import State
from cti_server.runtime.pump import Pump, PumpSettings
from cti_server.runtime.recorder import Recorder
from cti_server.runtime.threads import WorkerThread
from cti_server.storage.store import Store
from cti_server.vocabulary.commands import ReportLinkDown
from program import logs
from program.clock import Timer

reactor: Any = installed
"""Typed as interfaces that lack half of what it does."""


class FastClock:
    """Time that passes ``factor`` times as fast."""

    def __init__(self, epoch: float, factor: float) -> None:
        self._epoch, self._factor = epoch, factor

    def now(self) -> float:
        """Unix seconds."""
        return self._epoch + (time.time() - self._epoch) * self._factor

    def call_later(self, delay: float, function: Callable[[], object]) -> Timer:
        """Call in so many of its own seconds."""
        timer: Timer = reactor.callLater(max(0.0, delay) / self._factor, function)
        return timer


class Commands(FileDescriptor):
    """Standard input; its end ends the server."""

    def __init__(self, take: Callable[[Any], None], ended: Callable[[], None]) -> None:
        super().__init__(reactor)
        self._frames, self._take, self._ended = Frames(), take, ended
        fdesc.setNonBlocking(0)  # type: ignore[no-untyped-call]  # Twisted leaves it unannotated, and those below

    def fileno(self) -> int:
        """Standard input's."""
        return 0

    def doRead(self) -> Failure | None:  # noqa: N802 - the framework's name
        """Take what is there."""
        failure: Failure | None = fdesc.readFromFD(0, self._read)  # type: ignore[no-untyped-call]
        return failure

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - the framework's name
        """The world outside has gone."""
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        self._ended()

    def _read(self, data: bytes) -> None:
        for frame in self._frames.take(data):
            self._take(frame)


def summary(state: State) -> dict[str, Any]:
    """What the world outside compares."""
    contacts = {
        one.id: (one.call, one.stage.value, one.queue, one.entered, one.queued_at, dict(one.data), one.party)
        for one in state.contacts.values()
    }
    return {"seq": state.seq, "contacts": contacts, "breaches": check(state)}


def send(frame: object) -> None:
    """Tell the world outside."""
    data = framed(frame)
    while data:
        data = data[os.write(1, data) :]


def main(url: str, epoch: float, factor: float) -> None:
    """Recover, say so, and serve until standard input ends, or until killed."""
    logs.set_up(level="error", form="json", file=None)
    worker = WorkerThread(reactor, "storage")
    store = Store.open(url)
    store.become_writer()
    recorder = Recorder(store, snapshot_every=500)
    _, state = recorder.load()
    recorder.advance()
    # Patience and pauses are seconds of the disk, which is no faster than ever.
    times = PumpSettings(journal_patience=60.0 * factor, retry_delay=factor, projection_delay=0.5 * factor)
    clock = FastClock(epoch, factor)
    perform = lambda effect: send(("effect", effect))  # noqa: E731 - one line of wire
    pump = Pump(clock=clock, state=state, worker=worker, journal=recorder, perform=perform, settings=times)

    def take(frame: tuple[str, int, Any]) -> None:
        kind, number, command = frame
        if kind == "summary":
            send(("summary", summary(pump.state)))
            return
        answer = pump.submit(command)
        answer.addCallback(lambda refusal: send(("done", number, refusal is None)))
        answer.addErrback(lambda failure: send(("failed", number, failure.getTraceback())))

    def close(_result: object) -> None:
        worker.stop()
        store.close()
        reactor.stop()

    def end() -> None:
        pump.stop().addBoth(close)

    send(("ready", summary(state)))
    for link in [name for name, one in state.links.items() if one.up]:
        pump.tell(ReportLinkDown(link=link, reason="server restarted"))
    reactor.addReader(Commands(take, end))
    reactor.run()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
