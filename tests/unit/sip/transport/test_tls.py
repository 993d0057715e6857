"""TLS on loopback: calls, names checked, certificates of clients, old versions, and files that are no use."""

import dataclasses
import socket
import ssl
from pathlib import Path

import pytest

from sip.events import Answered, Confirmed, Ended, InviteReceived, Refused
from sip.message import Request
from sip.transport import Listening, SipEndpoint, TlsSettings, TransportError
from sip.uri import SipUri
from tests.unit.sip.transport.authority import Authority
from tests.unit.sip.transport.bench import Bench, Phone


def secure(bench: Bench, letter: str, settings: TlsSettings) -> Phone:
    return bench.phone(letter, also=Listening(settings, tls_port=0))


def invite_of(phone: Phone) -> Request:
    return next(event.request for event in phone.events if isinstance(event, InviteReceived))


def test_a_call_over_tls(bench: Bench, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    alice = secure(bench, "a", authority.settings("127.0.0.1"))
    bob = secure(bench, "b", authority.settings("127.0.0.1"))
    leg = alice.dial(bob.endpoint.ports["tls"], "tls")
    bench.until(lambda: Confirmed in bob.kinds())
    invite = invite_of(bob)
    own_port = alice.endpoint.ports["tls"]
    assert (invite.via.transport, invite.via.port) == ("TLS", own_port)
    assert str(invite.contacts[0].uri) == f"sip:a@127.0.0.1:{own_port};transport=tls"
    bob.endpoint.call(lambda now: bob.agent.hangup(bob.events[0].leg, now))  # type: ignore[union-attr]  # an InviteReceived
    bench.until(lambda: Ended in alice.kinds())
    assert leg


def test_a_call_to_a_sips_address_has_a_sips_contact(bench: Bench, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    alice = secure(bench, "a", authority.settings("127.0.0.1"))
    bob = secure(bench, "b", authority.settings("127.0.0.1"))
    alice.call(SipUri("b", "127.0.0.1", bob.endpoint.ports["tls"], scheme="sips"))
    bench.until(lambda: Confirmed in bob.kinds())
    assert str(invite_of(bob).contacts[0].uri) == f"sips:a@127.0.0.1:{alice.endpoint.ports['tls']}"
    answered = next(event for event in alice.events if isinstance(event, Answered))
    assert answered.response.contacts[0].uri.scheme == "sips"


def test_requests_of_the_called_side_use_the_callers_connection(bench: Bench, tmp_path: Path) -> None:
    """A caller without a TLS port of its own, as behind a NAT: its Contact cannot be connected to (RFC 5923)."""
    authority = Authority(tmp_path)
    alice = bench.phone("a", also=Listening(authority.settings("127.0.0.1")))
    bob = secure(bench, "b", authority.settings("127.0.0.1"))
    alice.dial(bob.endpoint.ports["tls"], "tls")
    bench.until(lambda: Confirmed in bob.kinds())
    bob.endpoint.call(lambda now: bob.agent.hangup(bob.events[0].leg, now))  # type: ignore[union-attr]  # an InviteReceived
    bench.until(lambda: Ended in alice.kinds())
    bench.until(lambda: bob.agent.leg_count == 0)


@pytest.mark.parametrize("case", ["another name", "another authority"])
def test_a_peer_whose_certificate_is_not_right_is_not_spoken_to(bench: Bench, tmp_path: Path, case: str) -> None:
    authority = Authority(tmp_path)
    other = Authority(tmp_path, "other")
    bob = secure(bench, "b", authority.settings("pbx.example" if case == "another name" else "127.0.0.1"))
    alice = secure(bench, "a", authority.settings("192.0.2.9", trusts=other if case == "another authority" else None))
    leg = alice.dial(bob.endpoint.ports["tls"], "tls")
    bench.until(lambda: Refused in alice.kinds())
    assert alice.events == [Refused(leg, 503, "Service Unavailable")]  # type: ignore[arg-type]  # a leg is a str
    assert bob.events == []


def test_a_pbx_may_have_another_name_in_its_certificate(bench: Bench, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    bob = secure(bench, "b", authority.settings("pbx.example"))
    alice = secure(bench, "a", authority.settings("127.0.0.1", server_name="pbx.example"))
    alice.dial(bob.endpoint.ports["tls"], "tls")
    bench.until(lambda: Confirmed in bob.kinds())


@pytest.mark.parametrize("known", [True, False])
def test_clients_may_have_to_show_a_certificate(bench: Bench, tmp_path: Path, known: bool) -> None:
    authority = Authority(tmp_path)
    stranger = Authority(tmp_path, "stranger")
    bob = secure(bench, "b", authority.settings("127.0.0.1", clients_verified=True))
    alice = secure(bench, "a", (authority if known else stranger).settings("127.0.0.2", trusts=authority))
    alice.dial(bob.endpoint.ports["tls"], "tls")
    bench.until(lambda: (Confirmed in bob.kinds()) if known else (Refused in alice.kinds()))
    assert (InviteReceived in bob.kinds()) is known


def test_nothing_older_than_tls_1_2_is_spoken(bench: Bench, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    bob = secure(bench, "b", authority.settings("127.0.0.1"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority.file)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    sock = socket.create_connection(("127.0.0.1", bob.endpoint.ports["tls"]))
    sock.settimeout(5)
    failures: list[ssl.SSLError] = []

    def shake() -> None:
        try:
            context.wrap_socket(sock, server_hostname="127.0.0.1").close()
        except ssl.SSLError as error:
            failures.append(error)

    bench.run(bench.loop.run_in_executor(None, shake))
    sock.close()
    assert len(failures) == 1


def test_files_that_are_no_use_are_told_by_name(bench: Bench, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    right, other = authority.settings("127.0.0.1"), authority.settings("127.0.0.2")
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")
    broken = tmp_path / "broken.pem"
    broken.write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    cases = {
        "missing.pem cannot be read": dataclasses.replace(right, certificate=tmp_path / "missing.pem"),
        "empty.pem holds no certificate": dataclasses.replace(right, authorities=empty),
        "broken.pem holds no certificate in PEM form, or a broken one": dataclasses.replace(right, certificate=broken),
        "does not belong to the certificate": dataclasses.replace(right, key=other.key),
        "empty.pem holds no private key": dataclasses.replace(right, key=empty),
    }
    for text, settings in cases.items():
        phone = Phone(bench.reactor, "x", also=Listening(settings, tls_port=0))
        failures: list[str] = []
        phone.endpoint.start().addErrback(lambda failure, told=failures: told.append(failure.getErrorMessage()))
        assert failures
        assert text in failures[0]


def test_secure_ports_need_a_certificate(bench: Bench) -> None:
    endpoint = SipEndpoint(bench.reactor, bench.phone("a").agent, print, "127.0.0.1", 0, also=Listening(tls_port=0))
    failures: list[object] = []
    endpoint.start().addErrback(lambda failure: failures.append(failure.type))
    assert failures == [TransportError]
