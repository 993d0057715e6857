"""Holds the collector of cycles back where next to nothing would be found: it has a tenth of a program's start."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collections() -> Iterator[None]:
    """While modules are loaded, and what a program keeps is made: the collector would look through all of it, often.

    Whoever takes longer than that lets it run in the meantime (`program.collector.Collector.set_aside`).
    """
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            gc.enable()
