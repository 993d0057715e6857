"""The door for faults at run time: a Unix socket that only its owner can open, one JSON object a line."""

import json
import os
import socket
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver

from lab.faults import Mishap, Rate

PATIENCE: Final = 10.0
"""Seconds that the asker waits for the answer."""
MAX_LINE: Final = 4096
MAX_SECONDS: Final = 86400.0


class FaultDoorError(Exception):
    """The door cannot be opened or reached, or what is asked for is no fault; the text says which."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for: ``name`` is a `Rate`, a `Mishap`, ``none`` to end all rates, or ``list``."""

    name: str
    rate: float | None = None
    seconds: float | None = None
    device: str | None = None

    def line(self) -> bytes:
        """As it goes over the socket."""
        return json.dumps(
            {"fault": self.name, "rate": self.rate, "seconds": self.seconds, "device": self.device}
        ).encode()

    @classmethod
    def parse(cls, line: bytes) -> "Ask":
        """Read a line.

        Raises:
            FaultDoorError: It is nothing that can be asked for.
        """
        try:
            found = json.loads(line)
        except ValueError:
            raise FaultDoorError("not a JSON object") from None
        if not isinstance(found, dict) or not isinstance(found.get("fault"), str):
            raise FaultDoorError("not a JSON object with the name of a fault")
        device = found.get("device")
        if not isinstance(device, str | None):
            raise FaultDoorError("device must be a number as text")
        asked = cls(found["fault"], _number(found, "rate", 1.0), _number(found, "seconds", MAX_SECONDS), device)
        if asked.name not in {*map(str, Rate), *map(str, Mishap), "none", "list"}:
            raise FaultDoorError(f"{asked.name!r} is no fault, but {', '.join(names())}")
        if asked.name in set(map(str, Rate)) and asked.rate is None:
            raise FaultDoorError(f"{asked.name} needs a rate from 0 to 1")
        return asked


def names() -> list[str]:
    """All that can be asked for."""
    return [*map(str, Rate), *map(str, Mishap), "none", "list"]


def _number(found: Mapping[str, Any], name: str, most: float) -> float | None:
    value = found.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise FaultDoorError(f"{name} must be a number from 0 to {most:g}")
    return float(value)


class _Visitor(LineReceiver):
    delimiter = b"\n"
    MAX_LENGTH = MAX_LINE
    transport: Any

    def __init__(self, obey: Callable[[Ask], str]) -> None:
        self._obey = obey

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        """Do what is asked for, and say what was done."""
        try:
            answer = {"done": self._obey(Ask.parse(line))}
        except FaultDoorError as error:
            answer = {"refused": str(error)}
        self.transport.write(json.dumps(answer).encode() + b"\n")

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802, ARG002 - Twisted's name and signature
        """Nothing that is asked for is so long."""
        self.transport.loseConnection()


class _Visitors(Factory):
    noisy = False

    def __init__(self, obey: Callable[[Ask], str]) -> None:
        self._obey = obey

    def buildProtocol(self, addr: object) -> _Visitor:  # noqa: N802, ARG002 - Twisted's name and signature
        """Make one visitor."""
        return _Visitor(self._obey)


class FaultDoor:
    """The socket at ``path``; ``obey`` does what is asked for and says what it did."""

    def __init__(self, reactor: Any, path: Path, obey: Callable[[Ask], str]) -> None:  # noqa: ANN401 - Twisted's reactor has many interfaces
        self._reactor = reactor
        self._path = path
        self._obey = obey
        self._port: Any = None

    def open(self) -> None:
        """Listen; a socket that nobody serves any more is replaced.

        Raises:
            FaultDoorError: The path is something else, or cannot be made.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._remove_stale()
            # The mask closes the moment between the socket's making and its change of mode.
            mask = os.umask(0o177)
            try:
                self._port = self._reactor.listenUNIX(str(self._path), _Visitors(self._obey), mode=0o600)
            finally:
                os.umask(mask)
        except OSError as error:
            raise FaultDoorError(f"{self._path}: {error.strerror or error}") from error

    def _remove_stale(self) -> None:
        try:
            mode = self._path.stat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            raise FaultDoorError(f"{self._path} is there and no socket")
        with socket.socket(socket.AF_UNIX) as visitor:
            try:
                visitor.connect(str(self._path))
            except ConnectionRefusedError:
                self._path.unlink()
                return
        raise FaultDoorError(f"{self._path}: another lab PBX listens there")

    def close(self) -> Deferred[None]:
        """Listen no more."""
        port, self._port = self._port, None
        return maybeDeferred(lambda: None if port is None else port.stopListening())


def ask(path: Path, asked: Ask) -> str:
    """Ask a running lab PBX for a fault; gives what it did.

    Raises:
        FaultDoorError: Nobody is there, or it is refused.
    """
    try:
        with socket.socket(socket.AF_UNIX) as visitor:
            visitor.settimeout(PATIENCE)
            visitor.connect(str(path))
            visitor.sendall(asked.line() + b"\n")
            answer = visitor.makefile("rb").readline(MAX_LINE)
    except OSError as error:
        raise FaultDoorError(f"no lab PBX at {path}: {error.strerror or error}") from error
    try:
        found = json.loads(answer)
    except ValueError:
        raise FaultDoorError("no answer") from None
    if "refused" in found:
        raise FaultDoorError(found["refused"])
    return str(found["done"])
