"""Certificates that are renewed while SIP over TLS goes on, with real handshakes on loopback."""

import asyncio
import dataclasses
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from twisted.logger import LogEvent, LogLevel, formatEvent, globalLogPublisher

from sip.events import Confirmed, Ended, Refused
from sip.transport import Listening, TlsSettings
from tests.unit.sip.transport.authority import Authority
from tests.unit.sip.transport.bench import Bench, Phone

NAME = "127.0.0.1"


def renewed(authority: Authority, settings: TlsSettings) -> None:
    """Another certificate and key for the same name in the place of the files, as those who renew them put it."""
    fresh = authority.folder / "fresh"
    fresh.mkdir(exist_ok=True)
    elsewhere = authority.folder
    try:
        authority.folder = fresh
        new = authority.settings(NAME)
    finally:
        authority.folder = elsewhere
    for old, now in ((settings.certificate, new.certificate), (settings.key, new.key)):
        assert old is not None
        assert now is not None
        now.replace(old)


def serial_of(file: Path | None) -> int:
    assert file is not None
    return x509.load_pem_x509_certificate(file.read_bytes()).serial_number


def shown(bench: Bench, phone: Phone, authority: Authority) -> int:
    """The serial number of the certificate that a new connection is shown."""
    context = ssl.create_default_context(cafile=str(authority.file))
    found: list[int] = []

    async def look() -> None:
        _, writer = await asyncio.open_connection(NAME, phone.endpoint.ports["tls"], ssl=context)
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        found.append(x509.load_der_x509_certificate(certificate).serial_number)
        writer.transport.abort()

    bench.run(look())
    return found[0]


@contextmanager
def warnings() -> Iterator[list[str]]:
    """The texts of what is logged as a warning meanwhile."""
    found: list[str] = []

    def observe(event: LogEvent) -> None:
        if event["log_level"] is LogLevel.warn:
            found.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    try:
        yield found
    finally:
        globalLogPublisher.removeObserver(observe)


def test_new_connections_get_the_renewed_certificate_and_a_call_on_an_old_one_goes_on(
    bench: Bench, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    settings = authority.settings(NAME)
    bob = bench.phone("b", also=Listening(settings, tls_port=0))
    alice = bench.phone("a", also=Listening(TlsSettings(authorities=authority.file)))
    alice.dial(bob.endpoint.ports["tls"], "tls")
    bench.until(lambda: Confirmed in bob.kinds())
    before = serial_of(settings.certificate)
    assert shown(bench, bob, authority) == before
    renewed(authority, settings)
    after = serial_of(settings.certificate)
    assert shown(bench, bob, authority) == after != before
    assert not bob.endpoint.renew_certificates(), "they have been read"
    bob.endpoint.call(lambda now: bob.agent.hangup(bob.events[0].leg, now))  # type: ignore[union-attr]  # an InviteReceived
    bench.until(lambda: Ended in alice.kinds())


def test_files_that_are_no_use_are_refused_with_one_warning_until_they_are_right(bench: Bench, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    settings = authority.settings(NAME)
    assert settings.key is not None
    bob = bench.phone("b", also=Listening(settings, tls_port=0))
    before, key = serial_of(settings.certificate), settings.key.read_bytes()
    with warnings() as told:
        settings.key.write_bytes(b"-----BEGIN PRIVATE KEY-----\n")
        assert [shown(bench, bob, authority) for _ in range(2)] == [before, before]
        assert len(told) == 1
        assert f"{settings.key} holds no private key" in told[0]
        settings.key.unlink()
        assert shown(bench, bob, authority) == before
        assert "cannot be read" in told[1]
        settings.key.write_bytes(key)
        assert bob.endpoint.renew_certificates()
        assert shown(bench, bob, authority) == before
        renewed(authority, settings)
        assert shown(bench, bob, authority) == serial_of(settings.certificate) != before
    assert len(told) == 2


def test_a_link_that_leads_to_other_files_is_followed(bench: Bench, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    settings = authority.settings(NAME)
    assert settings.certificate is not None
    assert settings.key is not None
    live = [tmp_path / "live.crt", tmp_path / "live.key"]
    for link, file in zip(live, (settings.certificate, settings.key), strict=True):
        link.symlink_to(file.rename(file.with_name(f"1-{file.name}")))
    bob = bench.phone("b", also=Listening(TlsSettings(live[0], live[1]), tls_port=0))
    before = shown(bench, bob, authority)
    new = authority.settings(NAME)
    for link, file in zip(live, (new.certificate, new.key), strict=True):
        assert file is not None
        link.unlink()
        link.symlink_to(file)
    assert shown(bench, bob, authority) == serial_of(new.certificate) != before


def test_connections_that_are_opened_show_the_renewed_certificate(bench: Bench, tmp_path: Path) -> None:
    """Who was not let in with a certificate of nobody's is let in once it is replaced."""
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    bob = bench.phone("b", also=Listening(authority.settings("127.0.0.2", NAME, clients_verified=True), tls_port=0))
    wrong = dataclasses.replace(stranger.settings(NAME), authorities=authority.file)
    alice = bench.phone("a", also=Listening(wrong))
    alice.dial(bob.endpoint.ports["tls"], "tls")
    bench.until(lambda: Refused in alice.kinds())
    renewed(authority, wrong)
    alice.dial(bob.endpoint.ports["tls"], "tls")
    bench.until(lambda: Confirmed in bob.kinds())
