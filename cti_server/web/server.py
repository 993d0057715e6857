"""The web server below the endpoints: uvicorn on the loop that everything runs on, ended with the rest."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Generator
from pathlib import Path
from typing import Final, cast

import structlog
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from cti_server.settings.supervision.endpoints import WebSettings
from cti_server.web.certificate import RenewedCertificate

LARGEST_HEAD: Final = 16_384
"""Octets of a request's line and headers."""
PATIENCE: Final = 10.0
"""Seconds in which a request must be whole: the first since the connection came, others since their first octet."""
KEPT_OPEN: Final = 30
"""Seconds that a connection may be silent after a request."""
BACKLOG: Final = 64
SHORTEST_TOKEN: Final = 16
LAST_WORDS: Final = 2
"""Seconds that answers under way have at a stop."""


class EndpointsError(Exception):
    """The endpoints cannot be opened; the text says what to do."""


class _PatientProtocol(H11Protocol):
    """Closes a connection that does not come to the end of a request: it would hold its place for ever."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._wait_no_more()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # uvicorn stops waiting for the next request at its first octet.
        if self.timeout_keep_alive_task is None and not self._answering():
            self._wait()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_no_more()

    def _answering(self) -> bool:
        # uvicorn declares it as always there; it is None until the first request.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(PATIENCE, self._lose_patience)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        if not self._answering() and not self.transport.is_closing():
            self.transport.close()


class _Uvicorn(uvicorn.Server):
    """Takes no signals: the program has its own way of stopping."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class WebServer:
    """Opened by `start`, closed by `stop`; whatever happens in it, calls go on.

    Args:
        settings: where to listen, and with which certificate.
        application: what answers.
    """

    def __init__(self, settings: WebSettings, application: Starlette) -> None:
        self._settings = settings
        self._application = application
        self._server: _Uvicorn | None = None
        self._running: asyncio.Task[None] | None = None
        self._certificate: RenewedCertificate | None = None
        self.port = 0
        self.fault = ""
        self.log = structlog.get_logger(room="web")

    @property
    def listening(self) -> bool:
        """Whether requests are taken."""
        return self._running is not None and not self._running.done()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen, and serve as a task of the loop.

        Raises:
            EndpointsError: the address is taken or not ours, or the certificate cannot be used.
        """
        try:
            config = self._config()
            door = _listen(self._settings.host, self._settings.port)
        except (OSError, ssl.SSLError) as fault:
            self.fault = f"{self._settings.host}:{self._settings.port}: {fault.strerror or fault}"
            raise EndpointsError(f"the endpoints cannot be opened: {self.fault}") from fault
        self.port = door.getsockname()[1]
        self._server = _Uvicorn(config)
        self._running = loop.create_task(self._serve(self._server, door))
        self.log.info("endpoints open", host=self._settings.host, port=self.port, tls=self._settings.tls is not None)

    def renew_certificate(self) -> None:
        """Read the certificate again where its files have changed, as each new connection does."""
        if self._certificate is not None:
            self._certificate.renew()

    async def stop(self) -> None:
        """Take no more requests, end those under way within `LAST_WORDS`."""
        if self._server is None or self._running is None:
            return
        self._server.should_exit = True
        done, _ = await asyncio.wait([self._running], timeout=LAST_WORDS + 2)
        if not done:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _serve(self, server: _Uvicorn, door: socket.socket) -> None:
        try:
            await server.serve(sockets=[door])
        except Exception as defect:
            self.fault = f"{type(defect).__name__}: {defect}"
            self.log.exception("the endpoints have ended")
        finally:
            door.close()

    def _config(self) -> uvicorn.Config:
        # Its own log level is warning: each request would be a line otherwise.
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        tls = self._settings.tls
        config = uvicorn.Config(
            self._application,
            http=_PatientProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            limit_concurrency=self._settings.connections,
            backlog=BACKLOG,
            timeout_keep_alive=KEPT_OPEN,
            timeout_graceful_shutdown=LAST_WORDS,
            h11_max_incomplete_event_size=LARGEST_HEAD,
        )
        config.load()
        if tls is not None:
            self._certificate = RenewedCertificate(tls)
            config.ssl = self._certificate.context
        return config


def read_token(file: Path) -> str:
    """The token in the file's one line; blocks.

    Raises:
        EndpointsError: it cannot be read, or is too short to keep anybody out.
    """
    try:
        found = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise EndpointsError(f"token file {file} cannot be read: {fault}") from fault
    if len(found) < SHORTEST_TOKEN or len(found.split()) != 1:
        raise EndpointsError(f"{file}: give one token of {SHORTEST_TOKEN} characters or more")
    return found


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
        door.listen(BACKLOG)  # at once, so that a second one is refused here
    except BaseException:
        door.close()
        raise
    return door
