"""Tone ports: the packet engine's ports from which callers hear ringback and confirmation."""

from collections.abc import Callable
from pathlib import Path

from twisted.python.failure import Failure

from lab.switch.wishes import Tone
from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, MediaEngine, Playlist
from media_service.engine.streams import stream_of
from program.logs import Log
from sip.sdp import Agreement


class Tones:
    """Opens, connects and closes tone ports.

    ``ready(leg, port, address)`` and ``failed(leg, port)`` tell how an opening went.
    """

    def __init__(
        self,
        engine: MediaEngine,
        files: dict[Tone, Path],
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

    def open(self, leg: str, port: str) -> None:
        """Open ``port`` for ``leg``."""

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
            self._log.error("no tone port", leg=leg, reason=failure.getErrorMessage())
            if port in self._closing:
                self._closing.discard(port)
            else:
                self._failed(leg, port)
            return None

        opening = self._engine.open(port)
        opening.addCallbacks(opened, failed)
        opening.addErrback(lambda failure: self._log.error("tone port defect", trace=failure.getTraceback()))

    def connect(self, port: str, tone: Tone, agreement: Agreement) -> None:
        """Play ``tone`` to where ``agreement`` says."""
        if port not in self._open:
            return
        try:
            self._engine.connect(port, stream_of(agreement))
            self._engine.play(port, Playlist((self._files[tone],), loop=True), port)
        except EngineError as error:
            self._log.error("no tone", port=port, reason=str(error))

    def close(self, port: str) -> None:
        """Close ``port``, now or as soon as it is open."""
        if port in self._open:
            self._open.discard(port)
            self._engine.close(port)
        else:
            self._closing.add(port)
