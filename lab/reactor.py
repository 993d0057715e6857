"""Installs Twisted's asyncio reactor, on uvloop where that is present, before anything can install another."""

import asyncio
from collections.abc import Callable
from typing import cast

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.main import installReactor
from twisted.internet.posixbase import PosixReactorBase


def install() -> PosixReactorBase:
    """Install and return the process's reactor; called once, before the rest is imported."""
    try:
        import uvloop  # noqa: PLC0415 - optional: asked for on Linux alone
    except ImportError:
        loop = asyncio.new_event_loop()
    else:
        loop = uvloop.new_event_loop()
    reactor = AsyncioSelectorReactor(loop)
    cast("Callable[[PosixReactorBase], None]", installReactor)(reactor)  # Twisted has no annotation for it
    return reactor
