"""Install the reactor that the whole program runs on: Twisted on asyncio's loop, uvloop where it is present."""

import asyncio
import importlib
import importlib.util
import sys

from twisted.internet import asyncioreactor
from twisted.internet.base import ReactorBase


class ReactorError(Exception):
    """Another reactor was installed before ours."""


def install() -> ReactorBase:
    """Install and return the asyncio reactor; to be called before anything imports ``twisted.internet.reactor``.

    Raises:
        ReactorError: a reactor of another kind is installed already.
    """
    if "twisted.internet.reactor" not in sys.modules:
        asyncioreactor.install(new_loop())  # type: ignore[no-untyped-call]  # Twisted leaves it unannotated
    reactor = sys.modules["twisted.internet.reactor"]
    if not isinstance(reactor, asyncioreactor.AsyncioSelectorReactor):
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
