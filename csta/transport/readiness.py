"""Prepares in the background what the first calls of a program need, so that they wait no longer than others."""

from typing import Any, Final

from csta.schema.records import write_next

AFTER: Final = 2.0
"""Seconds in which a program may start undisturbed."""
EVERY: Final = 0.01
"""Seconds between two messages' methods: calls that come meanwhile wait for one of them at the most."""


def write_methods(reactor: Any) -> None:  # noqa: ANN401 - an interface that zope declares
    """Have the methods of all messages written within some seconds, a message at a time.

    ``reactor`` offers IReactorTime.
    """

    def go_on() -> None:
        if write_next():
            reactor.callLater(EVERY, go_on)

    reactor.callLater(AFTER, go_on)
