"""TLS on links of both roles, with certificates made for the test and wires in memory."""

import datetime as dt
import ipaddress
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import MemoryReactorClock
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from csta import SessionSettings
from csta import messages as m
from csta.dialects.openscape_voice import DIALECT
from csta.transport import LinkClient, TlsError, TlsSettings, listen
from tests.unit.csta.samples import PILOT
from tests.unit.csta.test_transport import AbortableTransport, Observer

HOST = "127.0.0.1"
_NOW = dt.datetime.now(dt.UTC)


class Authority:
    """Signs certificates and writes them as PEM files."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign(name, self.key.public_key(), None, authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(_pem(self.certificate))

    def _sign(self, name: str, key: Any, host: str | None, *, authority: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named(self.name))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(_NOW - dt.timedelta(days=1))
            .not_valid_after(_NOW + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if host is not None:
            try:
                names: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(host))]
            except ValueError:
                names = [x509.DNSName(host)]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, name: str, host: str | None = None, passphrase: bytes | None = None) -> tuple[Path, Path]:
        """Give the files of a certificate and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, secret = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        certificate.write_bytes(_pem(self._sign(name, key.public_key(), host, authority=False)))
        how: serialization.KeySerializationEncryption = (
            serialization.NoEncryption() if passphrase is None else serialization.BestAvailableEncryption(passphrase)
        )
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how))
        return certificate, secret


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Wire:
    """A client and a switch that both speak TLS; the bytes are carried by hand."""

    def __init__(self, near: TlsSettings | None, far: TlsSettings | None) -> None:
        self.reactor = MemoryReactorClock()
        self.application, self.switch = Observer(), Observer()
        settings = SessionSettings(request_timeout=10.0)
        self.client = LinkClient(self.reactor, HOST, 1040, DIALECT, settings, self.application, tls=near)
        listen(self.reactor, HOST, 1040, DIALECT, settings, self.switch, tls=far)
        self.secured = far is not None
        self.client.start()
        self.connect()

    def connect(self) -> None:
        """Carry the connection that the client has asked for last."""
        self.near = self.reactor.tcpClients[-1][2].buildProtocol(None)
        if not self.secured:
            self.far = self.reactor.tcpServers[-1][1].buildProtocol(None)
        else:
            # What the reactor does for a port that listens with TLS.
            _, factory, options, *_ = self.reactor.sslServers[-1]
            self.far = TLSMemoryBIOFactory(options, False, factory, self.reactor).buildProtocol(None)
        self.near_wire, self.far_wire = AbortableTransport(), AbortableTransport()
        self.near.makeConnection(self.near_wire)
        self.far.makeConnection(self.far_wire)
        self.seen = b""
        self.move()

    def move(self) -> None:
        for _ in range(50):
            self.reactor.advance(0)
            to_far, to_near = self.near_wire.value(), self.far_wire.value()
            self.seen += to_far
            self.near_wire.clear()
            self.far_wire.clear()
            if to_far:
                self.far.dataReceived(to_far)
            if to_near:
                self.near.dataReceived(to_near)
            if not to_far and not to_near:
                break
        for protocol, wire in ((self.near, self.near_wire), (self.far, self.far_wire)):
            if (wire.disconnecting or wire.aborted) and not getattr(wire, "told", False):
                wire.told = True  # type: ignore[attr-defined]
                protocol.connectionLost(Failure(ConnectionDone()))

    def down(self) -> str:
        """Why the application's link ended."""
        return next(str(one[1]) for one in self.application.told if one[0] == "down")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "site-ca")


def switch_with(authority: Authority, host: str = HOST, *, asks: bool = False) -> TlsSettings:
    certificate, key = authority.issue(f"switch-{host}", host)
    return TlsSettings(certificate=certificate, key=key, ca=authority.file if asks else None)


def test_requests_and_events_go_over_tls(authority: Authority) -> None:
    wire = Wire(TlsSettings(ca=authority.file), switch_with(authority))
    assert wire.application.told == wire.switch.told == [("up",)]
    answers: list[Any] = []
    link = wire.client.link
    assert link is not None
    link.request(m.MonitorStart(monitor_object=PILOT)).addCallback(answers.append)
    wire.move()
    wire.switch.links[0].respond(wire.switch.told[-1][1], m.MonitorStartResponse(monitor_cross_ref_id="9"))
    wire.move()
    assert answers == [m.MonitorStartResponse(monitor_cross_ref_id="9")]
    assert b"MonitorStart" not in wire.seen


@pytest.mark.parametrize("name", ["pbx.example.net", None])
def test_the_peer_must_have_the_name_that_is_expected(authority: Authority, name: str | None) -> None:
    far = switch_with(authority, "pbx.example.net")
    wire = Wire(TlsSettings(ca=authority.file, server_name=name), far)
    if name is None:
        assert "another name" in wire.down()
        assert ("up",) not in wire.application.told
    else:
        assert wire.application.told == [("up",)]


def test_a_name_that_is_not_checked_may_be_any_but_the_signature_counts(authority: Authority, tmp_path: Path) -> None:
    far = switch_with(authority, "pbx.example.net")
    assert Wire(TlsSettings(ca=authority.file, check_name=False), far).application.told == [("up",)]
    stranger = Authority(tmp_path, "stranger")
    wire = Wire(TlsSettings(ca=stranger.file, check_name=False), far)
    assert "not signed by the trusted CA" in wire.down()


def test_a_switch_may_ask_for_the_applications_certificate(authority: Authority) -> None:
    far = switch_with(authority, asks=True)
    certificate, key = authority.issue("application")
    known = TlsSettings(ca=authority.file, certificate=certificate, key=key)
    assert Wire(known, far).application.told == [("up",)]
    wire = Wire(TlsSettings(ca=authority.file), far)
    assert "wants a certificate" in wire.down()
    assert not [one for one in wire.switch.told if one == ("up",)]


def test_a_switch_without_tls_is_recognised(authority: Authority) -> None:
    wire = Wire(TlsSettings(ca=authority.file), None)
    assert "does not speak TLS" in wire.down()


def test_certificate_and_key_may_be_in_one_file_with_the_chain(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("switch", HOST)
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + authority.file.read_bytes() + key.read_bytes())
    assert Wire(TlsSettings(ca=authority.file), TlsSettings(certificate=both)).application.told == [("up",)]


def client_with(settings: TlsSettings) -> LinkClient:
    return LinkClient(MemoryReactorClock(), HOST, 1040, DIALECT, SessionSettings(), Observer(), tls=settings)


def test_files_that_cannot_be_used_are_named(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("application")
    _, other = authority.issue("other")
    secret, locked = authority.issue("locked", passphrase=b"secret")
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for settings, text in (
        (TlsSettings(ca=tmp_path / "none.pem"), r"CA file .*none.pem cannot be read: No such file"),
        (TlsSettings(ca=empty), r"CA file .*empty.pem has no certificate"),
        (TlsSettings(certificate=certificate, key=other), r"other.key does not belong to .*application.crt"),
        (TlsSettings(certificate=certificate, key=empty), r"empty.pem has no private key"),
        (TlsSettings(certificate=secret, key=locked), r"locked.key is encrypted"),
        (TlsSettings(key=key), r"application.key has no certificate"),
    ):
        with pytest.raises(TlsError, match=text):
            client_with(settings)


def test_a_switch_needs_a_certificate(authority: Authority) -> None:
    failures: list[Any] = []
    tls = TlsSettings(ca=authority.file)
    listening: Deferred[Any] = listen(MemoryReactorClock(), HOST, 1040, DIALECT, SessionSettings(), Observer(), tls=tls)
    listening.addErrback(failures.append)
    assert "needs a certificate" in failures[0].getErrorMessage()


def test_the_next_connection_goes_by_the_files_as_they_are_then(authority: Authority, tmp_path: Path) -> None:
    """An authority, and our own certificate, that the switch does not fit; both are renewed while the link is down."""
    stranger = Authority(tmp_path, "stranger")
    certificate, key = stranger.issue("application")
    ca = tmp_path / "trusted.pem"
    ca.write_bytes(stranger.file.read_bytes())
    wire = Wire(TlsSettings(ca=ca, certificate=certificate, key=key), switch_with(authority, asks=True))
    assert "not signed by the trusted CA" in wire.down()
    folder = tmp_path / "renewed"
    folder.mkdir()
    authority.folder = folder
    new_certificate, new_key = authority.issue("application")
    authority.file.replace(ca)
    new_key.replace(key)
    wire.reactor.advance(60)
    wire.connect()
    assert ("up",) not in wire.application.told  # a key without its certificate: nothing of it is taken
    new_certificate.replace(certificate)
    wire.reactor.advance(60)
    wire.connect()
    assert wire.application.told[-1] == wire.switch.told[-1] == ("up",)


STORY = """
import sys
from pathlib import Path
from twisted.internet import asyncioreactor
asyncioreactor.install()
from twisted.internet import reactor
from csta import DeviceID, SessionSettings, messages as m
from csta.dialects.openscape_voice import DIALECT
from csta.transport import Address, LinkClient, TlsSettings, listen

ca, certificate, key = map(Path, sys.argv[1:])
ports, links = [], {}

class Switch:
    def __init__(self, name): self.name = name
    def link_up(self, link): links[self.name] = link
    def link_down(self, link, reason): pass
    def event_received(self, link, event): print("event", event)
    def fault(self, link, text, raw): print("fault", text)
    def request_received(self, link, invoke_id, request):
        print(self.name, "is asked")
        link.respond(invoke_id, m.MonitorStartResponse(monitor_cross_ref_id="9"))

class Application:
    ups = 0
    def link_up(self, link):
        self.ups += 1
        link.request(m.MonitorStart(monitor_object=DeviceID("7000"))).addCallback(self.answered)
    def answered(self, answer):
        print("answered", answer.monitor_cross_ref_id)
        if self.ups == 1:
            ports[0].stopListening()
            links["first"].close()
        else:
            client.stop().addCallback(lambda _: reactor.callLater(0.2, reactor.stop))
    def link_down(self, link, reason): print("down")
    def event_received(self, link, event): print("event", event)
    def fault(self, link, text, raw): print("fault", text)

def listening(port):
    global client
    ports.append(port)
    if len(ports) == 1:
        open_one("second")
        return
    addresses = [Address("127.0.0.1", each.getHost().port) for each in ports]
    client = LinkClient(reactor, addresses[0].host, addresses[0].port, DIALECT, SessionSettings(), Application(),
                        tls=TlsSettings(ca=ca), others=addresses[1:])
    client.start()

def open_one(name):
    tls = TlsSettings(certificate=certificate, key=key)
    listen(reactor, "127.0.0.1", 0, DIALECT, SessionSettings(), Switch(name), tls=tls).addCallback(listening)

open_one("first")
reactor.callLater(20, reactor.stop)
reactor.run()
"""


@pytest.mark.integration
def test_two_addresses_with_tls_on_real_sockets(authority: Authority) -> None:
    certificate, key = authority.issue("switch", HOST)
    command = [sys.executable, "-W", "error", "-c", STORY, str(authority.file), str(certificate), str(key)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "first is asked",
        "answered 9",
        "down",
        "second is asked",
        "answered 9",
        "down",
    ]
