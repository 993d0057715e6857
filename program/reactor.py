"""Installs the reactor that a whole program runs on: Twisted on asyncio's loop, uvloop's where that is present."""

import asyncio
import importlib
import importlib.util
import sys

from twisted.internet import asyncioreactor
from twisted.internet.base import ReactorBase
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.main import installReactor


class ReactorError(Exception):
    """Another reactor was installed before ours."""


class AsyncioSelectorReactor(asyncioreactor.AsyncioSelectorReactor):
    """Twisted's, but for the name that it notes for its old log before each read: nobody here asks for that.

    With it a descriptor that is ready costs twice as much, and a call has a dozen of them.
    """

    def addReader(self, reader: IReadDescriptor) -> None:  # noqa: N802 - Twisted's name
        """Watch, as Twisted does, and then have it read without further ado."""
        super().addReader(reader)  # type: ignore[no-untyped-call]  # Twisted leaves it unannotated
        if reader in self._readers:  # else it is one that the system cannot watch
            self._asyncioEventloop.add_reader(self._readers[reader], self._readOrWrite, reader, True)


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
