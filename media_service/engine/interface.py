"""What every packet engine offers: ports that play, listen, record and bridge, driven by commands and heard by events.

Nothing here blocks: a driver may run its packets in another process. Commands for one port keep their order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from twisted.internet.defer import Deferred


class Encoding(StrEnum):
    """Payload encodings that a port can send and receive (RFC 3551 names)."""

    PCMU = "PCMU"
    PCMA = "PCMA"


@dataclass(frozen=True, slots=True)
class Address:
    """An IPv4 or IPv6 address and UDP port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Stream:
    """What SDP settled for one port.

    ``payload_type`` is the number for ``encoding``; ``digit_payload_type`` that of telephone-event (RFC 4733), or
    ``None`` where the far end offers none. ``sending`` is false while the far end holds the call (RFC 3264 8.4).
    """

    remote: Address
    encoding: Encoding
    payload_type: int
    digit_payload_type: int | None
    sending: bool = True


@dataclass(frozen=True, slots=True)
class Playlist:
    """WAV files (8 kHz mono PCM16) played one after the other without a gap, over and over where ``loop``."""

    files: tuple[Path, ...]
    loop: bool = False


@dataclass(frozen=True, slots=True)
class PlayEnded:
    """The playlist given with ``token`` came to its end (``finished``) or was stopped, replaced or could not be played.

    ``detail`` is empty but where a file could not be played: then it names the file and what is wrong with it.
    """

    port: str
    token: str
    finished: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """A digit began on the wire (RFC 4733 event, told at its first packet); ``at`` is Unix seconds."""

    port: str
    digit: str
    at: float


@dataclass(frozen=True, slots=True)
class DigitsSent:
    """All digits given with ``token`` have been sent."""

    port: str
    token: str


@dataclass(frozen=True, slots=True)
class EngineFailed:
    """The engine can no longer move packets; every port is gone."""

    reason: str


EngineEvent = PlayEnded | DigitReceived | DigitsSent | EngineFailed


@dataclass(frozen=True, slots=True)
class PortFigures:
    """Counts of one port since it was opened; ``longest_gap`` is the longest time between two packets sent, seconds."""

    sent: int
    received: int
    lost: int
    longest_gap: float


class MediaEngine(Protocol):
    """A packet engine. ``port`` is any name that the caller chooses, unique while the port is open.

    A command that cannot be meant raises `EngineError` at once: a port that is not open (but for `close`), an empty
    playlist, an address that is a name and no number, digits where the far end takes no telephone events. After
    `EngineFailed` every port is gone, and `start` may be called again.
    """

    def start(self, listener: Callable[[EngineEvent], None]) -> Deferred[None]:
        """Start moving packets; ``listener`` is called on the reactor's thread."""

    def open(self, port: str) -> Deferred[Address]:
        """Bind a UDP port and tell its address. Fails with `EngineError` where none is free."""

    def connect(self, port: str, stream: Stream) -> None:
        """Send and accept packets as ``stream`` says; may be called again (re-INVITE)."""

    def play(self, port: str, playlist: Playlist, token: str) -> None:
        """Play, once the port is connected; what played before on this port ends unfinished.

        A file that cannot be played ends the playlist before its first sample (`PlayEnded.detail` says why).
        """

    def stop(self, port: str) -> None:
        """Stop what plays."""

    def send_digits(self, port: str, digits: str, token: str) -> None:
        """Send RFC 4733 events for ``digits`` (0-9, *, #, A-D), 100 ms each with 100 ms between."""

    def record(self, port: str, file: Path) -> None:
        """Write what is heard on the port into a WAV file (8 kHz mono PCM16) until `stop_recording` or `close`.

        Lost time is written as silence, so that positions in the file are times.
        """

    def stop_recording(self, port: str) -> Deferred[None]:
        """Finish the file. Fails with `EngineError` where nothing was recorded or the file could not be written."""

    def bridge(self, one: str, other: str) -> None:
        """Each of the two ports sends what the other hears, instead of what it plays."""

    def unbridge(self, port: str) -> None:
        """Undo `bridge` for the port and its partner."""

    def figures(self, port: str) -> Deferred[PortFigures]:
        """Counts of a port."""

    def close(self, port: str) -> None:
        """Release the port; nothing is heard of it afterwards."""

    def shutdown(self) -> Deferred[None]:
        """Close all ports and end."""
