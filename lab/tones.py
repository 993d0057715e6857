"""Ports of the switch: the packet engine's from which callers hear tones and music, and in conferences."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from lab.switch.wishes import Room, Sound, Tone
from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, MediaEngine, Playlist
from media_service.engine.streams import stream_of
from program.logs import Log
from sip.sdp import Agreement


class Tones:
    """Opens, connects and closes ports of the switch.

    ``files`` are played over and over, a tone without one is silence. ``ready(leg, port, address)`` and
    ``failed(leg, port)`` tell how an opening went.
    """

    def __init__(
        self,
        engine: MediaEngine,
        *,
        files: Mapping[Tone, Path],
        ready: Callable[[str, str, Address], None],
        failed: Callable[[str, str], None],
        log: Log,
    ) -> None:
        self._engine = engine
        self._files = files
        self._ready = ready
        self._failed = failed
        self._log = log
        self._open: set[str] = set()
        self._closing: set[str] = set()
        self._members: dict[str, str] = {}

    @property
    def rooms(self) -> dict[str, int]:
        """How many members each conference has."""
        return dict(Counter(self._members.values()))

    def open(self, leg: str, port: str, sound: Sound) -> None:
        """Open ``port`` for ``leg``, beside those of its conference."""
        room = sound.name if isinstance(sound, Room) else ""
        beside = next((member for member, name in self._members.items() if name == room), None)

        def opened(address: Address) -> None:
            if port in self._closing:
                self._closing.discard(port)
                self._engine.close(port)
                return
            self._open.add(port)
            self._ready(leg, port, address)

        def failed(failure: Failure) -> Failure | None:
            if not isinstance(failure.value, EngineError):
                return failure
            self._log.error("no port", leg=leg, sound=str(sound), reason=failure.getErrorMessage())
            if port in self._closing:
                self._closing.discard(port)
            else:
                self._failed(leg, port)
            return None

        opening: Deferred[Address] = maybeDeferred(self._engine.open, port, beside=beside)
        opening.addCallbacks(opened, failed)
        opening.addErrback(lambda failure: self._log.error("port defect", trace=failure.getTraceback()))

    def connect(self, port: str, sound: Sound, agreement: Agreement) -> None:
        """Play ``sound`` to where ``agreement`` says."""
        if port not in self._open:
            return
        try:
            self._engine.connect(port, stream_of(agreement))
            if isinstance(sound, Room):
                self._engine.join(port, sound.name)
                self._members[port] = sound.name
            elif sound in self._files:
                self._engine.play(port, Playlist((self._files[sound],), loop=True), port)
        except EngineError as error:
            self._log.error("nothing is heard", port=port, sound=str(sound), reason=str(error))

    def close(self, port: str) -> None:
        """Close ``port``, now or as soon as it is open."""
        if port not in self._open:
            self._closing.add(port)
            return
        self._open.discard(port)
        self._members.pop(port, None)
        self._engine.close(port)
