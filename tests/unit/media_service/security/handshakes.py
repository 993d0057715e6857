"""Two ends of DTLS with a wire between them that loses, doubles and turns round what it is told to."""

from collections.abc import Callable
from functools import cache

from media_service.engine.interface import SrtpProfile
from media_service.security.dtls import DtlsContext, DtlsSession
from media_service.security.identity import Identity

PROFILES = tuple(SrtpProfile)


@cache
def identity(name: str) -> Identity:
    """One certificate for each name."""
    return Identity.make(1_800_000_000.0 + len(name))


@cache
def context(name: str, profiles: tuple[SrtpProfile, ...] = PROFILES) -> DtlsContext:
    return DtlsContext(identity(name), profiles)


class Pair:
    """A client and a server; ``passes(index, data)`` says how often datagram ``index`` arrives."""

    def __init__(
        self,
        passes: Callable[[int, bytes], int] = lambda _index, _data: 1,
        *,
        client: DtlsContext | None = None,
        server: DtlsContext | None = None,
        expected: str = "client",
    ) -> None:
        self.wire: list[tuple[bool, bytes]] = []
        self.sent: list[bytes] = []
        self._passes = passes
        self.client = DtlsSession(
            client or context("client"),
            [identity("server").fingerprint],
            client=True,
            send=self._sender(to_server=True),
        )
        self.server = DtlsSession(
            server or context("server"),
            [identity(expected).fingerprint],
            client=False,
            send=self._sender(to_server=False),
        )

    def _sender(self, *, to_server: bool) -> Callable[[bytes], None]:
        def send(data: bytes) -> None:
            self.sent.append(data)
            self.wire += [(to_server, data)] * self._passes(len(self.sent) - 1, data)

        return send

    def start(self) -> None:
        self.client.start(0.0)
        self.server.start(0.0)

    def move(self, now: float = 0.0) -> None:
        """Deliver until nothing is under way."""
        while self.wire:
            to_server, data = self.wire.pop(0)
            (self.server if to_server else self.client).receive(data, now)

    def run(self, until: float = 60.0) -> float:
        """Deliver and let time pass until neither end has a timer; gives the time."""
        self.start()
        now = 0.0
        while now <= until:
            self.move(now)
            due = [at for end in (self.client, self.server) if (at := end.get_timer()) is not None]
            if not due:
                break
            now = min(due)
            self.client.handle_timer(now)
            self.server.handle_timer(now)
        return now
