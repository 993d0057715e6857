"""The endpoints' certificate is renewed while they are open: real handshakes on loopback."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cti_server.settings.supervision.endpoints import EndpointTlsSettings, WebSettings
from cti_server.telemetry.standing import Standing
from cti_server.web.application import Endpoints, Sources
from cti_server.web.server import EndpointsError, WebServer
from tests.unit.cti_server.cli.doctor.test_doors import certificate, free_port

REQUEST = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def files(tmp_path: Path) -> EndpointTlsSettings:
    certificate(tmp_path / "cert.pem", 90, tmp_path / "key.pem")
    return EndpointTlsSettings(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")


def renew(files: EndpointTlsSettings) -> None:
    """Another pair in the place of the files."""
    folder = files.certificate.parent
    certificate(folder / "new.cert", 90, folder / "new.key")
    (folder / "new.cert").replace(files.certificate)
    (folder / "new.key").replace(files.key)


def server_of(files: EndpointTlsSettings) -> WebServer:
    sources = Sources(
        standing=lambda: Standing(role="active"),
        metrics=None,
        steady=asyncio.get_running_loop().time,
        locked_out=print,
    )
    settings = WebSettings(port=free_port(), tls=files)
    return WebServer(settings, Endpoints(sources, None, settings.requests).application)


@contextlib.asynccontextmanager
async def endpoints(files: EndpointTlsSettings) -> AsyncIterator[WebServer]:
    server = server_of(files)
    server.start(asyncio.get_running_loop())
    try:
        yield server
    finally:
        await server.stop()


async def connected(server: WebServer, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Connection:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # self-signed; it is compared with the file
    context.maximum_version = newest
    return await asyncio.open_connection("127.0.0.1", server.port, ssl=context)


async def answers(connection: Connection) -> bool:
    """Whether a request over the connection has its answer."""
    reader, writer = connection
    writer.write(REQUEST)
    return b'"alive":true' in await asyncio.wait_for(reader.readuntil(b"}"), 5)


def shown(connection: Connection) -> bytes:
    """The certificate that the connection was shown."""
    return bytes(connection[1].get_extra_info("ssl_object").getpeercert(binary_form=True))


def now(files: EndpointTlsSettings) -> bytes:
    return ssl.PEM_cert_to_DER_cert(files.certificate.read_text())


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_new_connections_get_the_renewed_certificate_and_old_ones_live_on(
    files: EndpointTlsSettings, newest: ssl.TLSVersion
) -> None:
    async def story() -> None:
        async with endpoints(files) as server:
            old = await connected(server, newest)
            assert await answers(old)
            assert shown(old) == (before := now(files))
            renew(files)
            new = await connected(server, newest)
            assert shown(new) == now(files) != before
            assert await answers(new)
            assert await answers(old)
            for _, writer in (old, new):
                writer.close()

    asyncio.run(story())


def test_a_pair_that_is_no_use_is_refused_with_one_warning_and_the_old_one_stays(files: EndpointTlsSettings) -> None:
    async def story() -> None:
        async with endpoints(files) as server:
            before, key = now(files), files.key.read_bytes()
            certificate(files.certificate, 90)  # whose key is not in the file
            for _ in range(2):
                connection = await connected(server)
                assert shown(connection) == before
                assert await answers(connection)
                connection[1].close()
            files.certificate.unlink()
            server.renew_certificate()
            files.key.write_bytes(key)
            renew(files)
            server.renew_certificate()
            connection = await connected(server)
            assert shown(connection) == now(files) != before
            connection[1].close()

    with capture_logs() as lines:
        asyncio.run(story())
    refused = [one["reason"] for one in lines if one["log_level"] == "warning"]
    assert len(refused) == 2
    assert "mismatch" in refused[0].lower().replace("_", " ")
    assert refused[1] == "No such file or directory"
    assert [one["event"] for one in lines].count("the endpoints have another certificate") == 1


def test_links_that_lead_to_other_files_are_followed(files: EndpointTlsSettings, tmp_path: Path) -> None:
    """As those who renew certificates set them: the settings keep the links' own names."""
    (tmp_path / "live").mkdir()
    for name in ("cert.pem", "key.pem"):
        (tmp_path / "live" / name).symlink_to(tmp_path / name)
    given = EndpointTlsSettings(certificate=Path("live/cert.pem"), key=Path("live/key.pem")).resolved(tmp_path)

    async def story() -> None:
        async with endpoints(given) as server:
            certificate(tmp_path / "cert2.pem", 90, tmp_path / "key2.pem")
            for name in ("cert", "key"):
                (tmp_path / "live" / f"{name}.pem").unlink()
                (tmp_path / "live" / f"{name}.pem").symlink_to(tmp_path / f"{name}2.pem")
            connection = await connected(server)
            assert shown(connection) == ssl.PEM_cert_to_DER_cert((tmp_path / "cert2.pem").read_text())
            connection[1].close()

    asyncio.run(story())


def test_endpoints_do_not_open_with_a_pair_that_is_no_use(files: EndpointTlsSettings) -> None:
    async def story() -> None:
        certificate(files.certificate, 90)
        with pytest.raises(EndpointsError, match=r"(?i)mismatch"):
            server_of(files).start(asyncio.get_running_loop())

    asyncio.run(story())
