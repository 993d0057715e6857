"""Installs Twisted's asyncio reactor, on uvloop where that is present, before anything can install another."""

import asyncio
from collections.abc import Callable
from typing import cast

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.main import installReactor
from twisted.internet.posixbase import PosixReactorBase


def install() -> PosixReactorBase:
    """Install and give the reactor of this process; called once, first thing."""
    reactor = AsyncioSelectorReactor(_new_loop())
    # Twisted has no annotation for it.
    cast("Callable[[PosixReactorBase], None]", installReactor)(reactor)
    return reactor


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - optional: setup.cfg asks for it on Linux alone
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
