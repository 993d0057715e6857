"""Tells the service manager how the program stands, by the datagrams of sd_notify(3)."""

import os
import socket
from collections.abc import Mapping
from typing import Final, Self

SOCKET_VARIABLE: Final = "NOTIFY_SOCKET"
WATCHDOG_VARIABLE: Final = "WATCHDOG_USEC"
WATCHDOG_PID_VARIABLE: Final = "WATCHDOG_PID"
LONGEST_STATUS: Final = 200
_MICROSECONDS: Final = 1_000_000


class ServiceManager:
    """Where there is no service manager, nothing is told and nothing fails.

    Args:
        address: the manager's socket: a path, or ``@name`` for one of Linux's abstract sockets; empty: no manager.
        watchdog: seconds within which the manager wants to hear that the program is alive; None: it does not.
    """

    def __init__(self, address: str = "", watchdog: float | None = None) -> None:
        self._address = address
        self.watchdog = watchdog

    @classmethod
    def of(cls, environment: Mapping[str, str] | None = None, pid: int | None = None) -> Self:
        """As the environment says; a watchdog that is meant for another process is none."""
        found = os.environ if environment is None else environment
        address = found.get(SOCKET_VARIABLE, "")
        own = found.get(WATCHDOG_PID_VARIABLE, "") in {"", str(os.getpid() if pid is None else pid)}
        text = found.get(WATCHDOG_VARIABLE, "")
        wanted = int(text) / _MICROSECONDS if address and own and text.isdecimal() and int(text) else None
        return cls(address if address.startswith(("/", "@")) else "", wanted)

    def ready(self, status: str = "running") -> bool:
        """The start, or a reload, is done."""
        return self._tell("READY=1", _status(status))

    def reloading(self, monotonic: float, status: str = "reading the configuration anew") -> bool:
        """A reload begins at ``monotonic`` seconds of the system's monotonic clock; `ready` ends it."""
        return self._tell("RELOADING=1", f"MONOTONIC_USEC={int(monotonic * _MICROSECONDS)}", _status(status))

    def stopping(self, status: str = "stopping") -> bool:
        """The stop begins."""
        return self._tell("STOPPING=1", _status(status))

    def status(self, text: str) -> bool:
        """One line for people: ``systemctl status`` shows it."""
        return self._tell(_status(text))

    def alive(self) -> bool:
        """The watchdog's sign of life."""
        return self._tell("WATCHDOG=1")

    def extend(self, seconds: float) -> bool:
        """A start or stop takes longer: so many seconds more from now."""
        return self._tell(f"EXTEND_TIMEOUT_USEC={int(seconds * _MICROSECONDS)}")

    def _tell(self, *lines: str) -> bool:
        """Whether the manager was told; it is never waited for."""
        if not self._address:
            return False
        # An abstract socket's name begins with a null byte (unix(7)).
        target = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as door:
                door.sendto("\n".join(lines).encode(), target)
        except OSError:
            return False  # the manager restarts, or its queue is full: the next sign of life comes in time
        return True


def _status(text: str) -> str:
    """One line, whatever the text has in it: a second one would be taken for an assignment of its own."""
    return f"STATUS={''.join(c if c.isprintable() else ' ' for c in text)[:LONGEST_STATUS]}"
