"""A switch whose certificate is renewed while it listens, with real handshakes on loopback."""

import asyncio
import ssl
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography import x509
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.logger import LogEvent, LogLevel, formatEvent, globalLogPublisher

from csta import SessionSettings
from csta.dialects.openscape_voice import DIALECT
from csta.transport import listen
from tests.unit.csta.test_transport import Observer
from tests.unit.csta.test_transport_tls import HOST, Authority, switch_with


class Listening:
    """A switch that listens with TLS, on a loop of its own."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.settings = switch_with(authority)
        self.loop = asyncio.new_event_loop()
        self.reactor = AsyncioSelectorReactor(self.loop)  # type: ignore[no-untyped-call]  # Twisted leaves it unannotated
        ports: list[Any] = []
        settings = SessionSettings()
        listen(self.reactor, HOST, 0, DIALECT, settings, Observer(), tls=self.settings).addCallback(ports.append)
        (self.port,) = ports
        self.context = ssl.create_default_context(cafile=str(authority.file))
        self.told: list[str] = []

    def run(self, story: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(asyncio.wait_for(story, 10))

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(HOST, self.port.getHost().port, ssl=self.context)

    async def shown(self) -> int:
        """The serial number of the certificate that a new connection is shown."""
        _, writer = await self.connected()
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.transport.abort()
        return x509.load_der_x509_certificate(found).serial_number

    def now(self) -> int:
        """That of the file."""
        assert self.settings.certificate is not None
        return x509.load_pem_x509_certificate(self.settings.certificate.read_bytes()).serial_number

    def renew(self) -> None:
        """Another certificate and key in the place of the files."""
        folder, fresh = self.authority.folder, self.authority.folder / "fresh"
        fresh.mkdir(exist_ok=True)
        self.authority.folder = fresh
        new = switch_with(self.authority)
        self.authority.folder = folder
        for old, one in ((self.settings.certificate, new.certificate), (self.settings.key, new.key)):
            assert old is not None
            assert one is not None
            one.replace(old)

    def heard(self, event: LogEvent) -> None:
        if event["log_level"] is LogLevel.warn:
            self.told.append(formatEvent(event))


@contextmanager
def listening(folder: Path) -> Iterator[Listening]:
    made = Listening(Authority(folder, "site-ca"))
    globalLogPublisher.addObserver(made.heard)
    try:
        yield made
    finally:
        globalLogPublisher.removeObserver(made.heard)
        made.port.stopListening()
        made.loop.run_until_complete(asyncio.sleep(0.02))
        for call in made.reactor.getDelayedCalls():
            call.cancel()
        made.reactor.removeAll()
        made.loop.close()


def test_new_connections_get_the_renewed_certificate_and_old_ones_live_on(tmp_path: Path) -> None:
    with listening(tmp_path) as switch:

        async def story() -> None:
            before = switch.now()
            reader, writer = await switch.connected()
            assert await switch.shown() == before
            switch.renew()
            assert await switch.shown() == switch.now() != before
            assert not reader.at_eof()
            writer.write(b"no frame at all" * 100)  # the old connection is read: what is no CSTA ends it
            await writer.drain()
            await reader.read()
            writer.transport.abort()

        switch.run(story())
        assert switch.told == []


def test_a_pair_that_is_no_use_is_refused_with_one_warning(tmp_path: Path) -> None:
    with listening(tmp_path) as switch:

        async def story() -> None:
            before = switch.now()
            assert switch.settings.key is not None
            switch.settings.key.write_bytes(b"no key")
            assert [await switch.shown(), await switch.shown()] == [before, before]
            (told,) = switch.told
            assert "former certificates" in told
            assert str(switch.settings.key) in told
            switch.renew()
            assert await switch.shown() == switch.now() != before

        switch.run(story())
        assert len(switch.told) == 1
