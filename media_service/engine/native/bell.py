"""What wakes the reactor when the packet thread or the file thread has news."""

from collections.abc import Callable
from typing import cast

from twisted.internet.base import ReactorBase
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure


class Bell:
    """A descriptor that the reactor watches until `hush`: ``rung`` when it is readable, ``lost`` if that fails."""

    def __init__(
        self, reactor: ReactorBase, descriptor: int, rung: Callable[[], None], lost: Callable[[str], None]
    ) -> None:
        self._reactor = reactor
        self._descriptor = descriptor
        self._rung = rung
        self._lost = lost
        self._watched = cast("IReadDescriptor", self)  # it is one by its methods; mypy knows zope's by name only
        reactor.addReader(self._watched)

    def hush(self) -> None:
        """Watch no longer."""
        self._reactor.removeReader(self._watched)

    def fileno(self) -> int:
        """The descriptor that the reactor watches."""
        return self._descriptor

    def logPrefix(self) -> str:  # noqa: N802 - Twisted's name
        """What Twisted puts before its own log lines."""
        return "packet engine"

    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        """The bell rings."""
        self._rung()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        """The reactor stops, or ``rung`` raised."""
        self._lost(f"the reactor lost the packet engine: {reason.value}")
