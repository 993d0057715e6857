"""The media ports: which are registered at the PBX, and which session each one serves."""

from collections.abc import Callable, Iterable

from media_service.control.messages import Port


class PortTable:
    """State of every configured port; each change is told once.

    Args:
        numbers: the configured extensions, in their order.
        tell: called with a port whenever it has changed.
    """

    def __init__(self, numbers: Iterable[str], tell: Callable[[Port], None]) -> None:
        self._ports = {number: Port(number=number, registered=False) for number in numbers}
        self._tell = tell

    def all(self) -> tuple[Port, ...]:
        """Give all ports in the order of the settings."""
        return tuple(self._ports.values())

    def get(self, number: str) -> Port | None:
        """Give one port; ``None`` where it is not configured."""
        return self._ports.get(number)

    @property
    def free(self) -> int:
        """How many ports are registered and serve no session."""
        return sum(port.registered and port.session is None for port in self._ports.values())

    def a_free_one(self) -> str:
        """Give the number of a registered port without a session; empty where there is none."""
        return next((port.number for port in self._ports.values() if port.registered and port.session is None), "")

    def registered(self, number: str, *, registered: bool) -> bool:
        """Note whether the PBX knows the port; gives whether that is news."""
        port = self._ports[number]
        if port.registered == registered:
            return False
        self._set(Port(number=number, registered=registered, session=port.session))
        return True

    def taken(self, number: str, session: str) -> None:
        """A session begins at the port."""
        self._set(Port(number=number, registered=self._ports[number].registered, session=session))

    def freed(self, number: str, session: str) -> None:
        """A session at the port is over."""
        port = self._ports[number]
        if port.session == session:
            self._set(Port(number=number, registered=port.registered))

    def _set(self, port: Port) -> None:
        self._ports[port.number] = port
        self._tell(port)
