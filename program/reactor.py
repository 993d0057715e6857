"""Installs the reactor that a whole program runs on: Twisted on asyncio's loop, uvloop's where that is present."""

import asyncio
import importlib
import importlib.util
import sys
from collections.abc import Callable

from twisted.internet import asyncioreactor
from twisted.internet.base import DelayedCall, ReactorBase
from twisted.internet.interfaces import IReadDescriptor, IWriteDescriptor
from twisted.internet.main import installReactor
from twisted.internet.posixbase import PosixReactorBase
from twisted.logger import Logger


class ReactorError(Exception):
    """Another reactor was installed before ours."""


class AsyncioSelectorReactor(asyncioreactor.AsyncioSelectorReactor):
    """Twisted's, with less ado about what a call needs dozens of times.

    It notes no name for Twisted's old log before each read: nobody here asks for that, and a descriptor that is ready
    costs half as much without. What other threads hand over is called by the loop itself, not by a timer that the loop
    then waits for; and a new timer is held against the next one, without looking through all. What is to be written
    is written at the end of the turn, all of it at once; the system is asked to tell when more can be written only
    where it did not take everything.
    """

    _log = Logger()
    # Twisted leaves both unannotated, so that the type checker takes them for None alone.
    _scheduledAt: float | None  # type: ignore[assignment]  # noqa: N815 - Twisted's name
    _timerHandle: asyncio.TimerHandle | None  # type: ignore[assignment]  # noqa: N815 - Twisted's name

    def __init__(self, eventloop: asyncio.AbstractEventLoop | None = None) -> None:
        self._soon: dict[IWriteDescriptor, None] = {}
        super().__init__(eventloop)

    def addWriter(self, writer: IWriteDescriptor) -> None:  # noqa: N802 - Twisted's name
        """Have it write at the end of this turn, and from then on whenever it can, until it has no more."""
        if writer not in self._writers and writer not in self._soon:
            self._soon[writer] = None
            self._asyncioEventloop.call_soon(self._write_soon, writer)

    def _write_soon(self, writer: IWriteDescriptor) -> None:
        if writer in self._soon:
            self._readOrWrite(writer, False)  # type: ignore[no-untyped-call]  # Twisted leaves it unannotated, and those below
        if writer in self._soon:  # else it has written everything, or is gone
            del self._soon[writer]
            super().addWriter(writer)  # type: ignore[no-untyped-call]

    def removeWriter(self, writer: IWriteDescriptor) -> None:  # noqa: N802 - Twisted's name
        """Let it write no more."""
        if writer in self._soon:
            del self._soon[writer]
        else:
            super().removeWriter(writer)  # type: ignore[no-untyped-call]

    def getWriters(self) -> list[IWriteDescriptor]:  # noqa: N802 - Twisted's name
        """All that have something to write."""
        found: list[IWriteDescriptor] = super().getWriters()  # type: ignore[no-untyped-call]
        return [*found, *self._soon]

    def removeAll(self) -> list[IReadDescriptor | IWriteDescriptor]:  # noqa: N802 - Twisted's name
        """Watch nothing any more; gives what was watched."""
        soon, self._soon = list(self._soon), {}
        found: list[IReadDescriptor | IWriteDescriptor] = super().removeAll()  # type: ignore[no-untyped-call]
        return [*found, *(one for one in soon if one not in found)]

    def addReader(self, reader: IReadDescriptor) -> None:  # noqa: N802 - Twisted's name
        """Watch, as Twisted does, and then have it read without further ado."""
        super().addReader(reader)  # type: ignore[no-untyped-call]  # Twisted leaves it unannotated
        if reader in self._readers:  # else it is one that the system cannot watch
            self._asyncioEventloop.add_reader(self._readers[reader], self._readOrWrite, reader, True)

    def callFromThread(self, f: Callable[..., object], *args: object, **kwargs: object) -> None:  # type: ignore[override]  # noqa: N802 - Twisted's two classes name it differently
        """Call from any thread, on the reactor's own, in the order in which it was asked for."""
        self._asyncioEventloop.call_soon_threadsafe(self._called, f, args, kwargs)

    def _called(self, function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> None:
        try:
            function(*args, **kwargs)
        except Exception:  # noqa: BLE001 - as Twisted has it: logged, and the reactor goes on
            self._log.failure("while a call from a thread was handled")

    def callLater(self, delay: float, callable: Callable[..., object], *args: object, **kw: object) -> DelayedCall:  # noqa: A002, N802 - Twisted's names
        """Call in ``delay`` seconds, 0 or more."""
        call: DelayedCall = PosixReactorBase.callLater(self, delay, callable, *args, **kw)
        at = self._asyncioEventloop.time() + delay
        if self._scheduledAt is None or at < self._scheduledAt:
            if self._timerHandle is not None:
                self._timerHandle.cancel()
            self._scheduledAt = at
            self._timerHandle = self._asyncioEventloop.call_at(at, self._onTimer)
        return call


def install() -> AsyncioSelectorReactor:
    """Install and return the asyncio reactor; to be called before anything imports ``twisted.internet.reactor``.

    Where it is installed already, that one is returned.

    Raises:
        ReactorError: a reactor of another kind is installed already.
    """
    if "twisted.internet.reactor" not in sys.modules:
        installReactor(AsyncioSelectorReactor(new_loop()))  # type: ignore[no-untyped-call]  # Twisted leaves it unannotated
    reactor = sys.modules["twisted.internet.reactor"]
    if not isinstance(reactor, AsyncioSelectorReactor):
        raise ReactorError(f"{type(reactor).__name__} is installed already; the asyncio reactor must come first")
    return reactor


def new_loop() -> asyncio.AbstractEventLoop:
    """A fresh event loop, set as the thread's own: uvloop's where it is installed, otherwise asyncio's."""
    loop: asyncio.AbstractEventLoop
    if importlib.util.find_spec("uvloop") is not None:
        loop = importlib.import_module("uvloop").new_event_loop()
    else:
        loop = asyncio.SelectorEventLoop()
    asyncio.set_event_loop(loop)
    return loop


def loop_of(reactor: ReactorBase) -> asyncio.AbstractEventLoop | None:
    """The event loop below a reactor; None below one that has none, as in tests on a virtual clock."""
    if isinstance(reactor, AsyncioSelectorReactor):
        loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        return loop
    return None
