"""Look-ups in a real web service on loopback: encoding, limits, time-outs, TLS, the circuit."""

import asyncio
import datetime as dt
import ipaddress
import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cti_server.connectors.web.connector import WebConnector
from cti_server.connectors.web.service import picked
from cti_server.vocabulary.ids import SecretId
from cti_server.vocabulary.outside import RequestOutcome, RequestResult, WebLookUp
from cti_server.vocabulary.values import Value
from tests.unit.cti_server.connectors.asking import Now, question, site
from tests.unit.cti_server.connectors.web_peer import Peer, peer

VALUES = {"name": "customer.names.0", "vip": "customer.vip", "balance": "customer.balance", "last": "customer.names.9"}


@pytest.fixture
def server() -> Iterator[Peer]:
    with peer() as one:
        yield one


def connector(tmp_path: Path, port: int, path: str, *, now: Now | None = None, **more: Any) -> WebConnector:
    url = f"http://127.0.0.1:{port}/{path}"
    settings = {"name": "crm", "url": url, "values": VALUES, "timeout": 0.5, **more}
    return WebConnector(site(tmp_path, now, web=[settings]))


def look_up(one: WebConnector, **parameters: Value) -> RequestOutcome:
    async def ask() -> RequestOutcome:
        try:
            return await one.ask(question(WebLookUp(service="crm", parameters=parameters)))
        finally:
            await one.stop()

    return asyncio.run(ask())


def test_values_are_picked_from_the_answer(tmp_path: Path, server: Peer) -> None:
    outcome = look_up(connector(tmp_path, server.port, "customers/{number}"), number="+49 89/1?a=b&c", vip=True)
    assert outcome.result is RequestResult.DONE
    assert outcome.values == {"name": "Anna", "vip": True, "balance": 1.5, "last": None}
    assert server.asked[0][1] == "/customers/%2B49%2089%2F1%3Fa%3Db%26c?vip=true"


def test_post_sends_json_and_secret_headers(tmp_path: Path, server: Peer) -> None:
    (tmp_path / "token").write_text("Bearer abc\n")
    more = {"method": "POST", "secret_headers": {"Authorization": {"file": "token"}}, "headers": {"X-Site": "one"}}
    outcome = look_up(connector(tmp_path, server.port, "customers/{number}?a=1", **more), number=7, reason="x")
    assert outcome.result is RequestResult.DONE
    method, path, headers, body = server.asked[0]
    assert (method, path, json.loads(body)) == ("POST", "/customers/7?a=1", {"reason": "x"})
    assert (headers["Authorization"], headers["X-Site"]) == ("Bearer abc", "one")


@pytest.mark.parametrize(
    ("path", "result", "said"),
    [
        ("nobody", RequestResult.NOTHING_FOUND, ""),
        ("slow", RequestResult.TIMED_OUT, "within"),
        ("dripping", RequestResult.TIMED_OUT, "within"),
        ("large", RequestResult.FAILED, "larger than 64 KiB"),
        ("bomb", RequestResult.FAILED, "larger than 64 KiB"),
        ("deep", RequestResult.FAILED, "no JSON"),
        ("text", RequestResult.FAILED, "no JSON"),
        ("nan", RequestResult.FAILED, "no JSON"),
        ("elsewhere", RequestResult.FAILED, "status 302"),
        ("teapot", RequestResult.FAILED, "status 418"),
        ("customers/{number}", RequestResult.FAILED, "needs number"),
    ],
)
def test_answers_that_are_none(tmp_path: Path, server: Peer, path: str, result: RequestResult, said: str) -> None:
    began = time.monotonic()
    outcome = look_up(connector(tmp_path, server.port, path))
    assert outcome.result is result
    assert said in outcome.detail
    assert time.monotonic() - began < 3


def test_a_container_is_no_value(tmp_path: Path, server: Peer) -> None:
    outcome = look_up(connector(tmp_path, server.port, "customers/1", values={"all": "customer"}))
    assert outcome.result is RequestResult.FAILED
    assert "no single value" in outcome.detail


@pytest.mark.parametrize("dots", [".", ".."])
def test_dots_do_not_lead_elsewhere(tmp_path: Path, server: Peer, dots: str) -> None:
    assert look_up(connector(tmp_path, server.port, "customers/{number}"), number=dots).result is RequestResult.FAILED
    assert server.asked == []


def test_the_circuit_opens_and_closes(tmp_path: Path, server: Peer) -> None:
    now = Now()
    one = connector(tmp_path, server.port, "flaky", now=now, breaker={"failures": 2, "pause": 30})

    async def ask() -> list[RequestResult]:
        found = []
        for step in range(6):
            if step == 3:
                now.seconds += 30
            if step == 4:
                server.status = 200
                now.seconds += 30
            found.append((await one.ask(question(WebLookUp(service="crm")))).result)
        await one.stop()
        return found

    failed, refused, done = RequestResult.FAILED, RequestResult.REFUSED, RequestResult.DONE
    assert asyncio.run(ask()) == [failed, failed, refused, failed, done, done]
    assert len(server.asked) == 5


def test_a_slow_service_does_not_hold_the_loop_and_is_left_in_time(tmp_path: Path, server: Peer) -> None:
    one = connector(tmp_path, server.port, "slow", at_once=2)

    async def ask() -> tuple[list[RequestResult], int]:
        tasks = [asyncio.create_task(one.ask(question(WebLookUp(service="crm")))) for _ in range(3)]
        beats = 0
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0.01)
            beats += 1
        await one.stop()
        return [task.result().result for task in tasks], beats

    results, beats = asyncio.run(ask())
    assert results == [RequestResult.TIMED_OUT, RequestResult.TIMED_OUT, RequestResult.REFUSED]
    assert beats >= 10


def test_nobody_there_is_a_failure_without_secrets_in_it(tmp_path: Path) -> None:
    one = connector(tmp_path, 1, "pins/{pin}")

    async def ask() -> RequestOutcome:
        wish = WebLookUp(service="crm", secrets={"pin": SecretId("s1")})
        try:
            return await one.ask(question(wish))
        finally:
            await one.stop()

    outcome = asyncio.run(ask())
    assert outcome.result is RequestResult.FAILED
    assert "4711" not in outcome.detail


def test_a_certificate_must_be_trusted(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with peer(context) as server:
        url = f"https://127.0.0.1:{server.port}/customers/1"
        found = [look_up(connector(tmp_path, 0, "", url=url, **more)) for more in ({}, {"ca": str(certificate)})]
    assert [one.result for one in found] == [RequestResult.FAILED, RequestResult.DONE]


def test_an_unknown_service_is_told(tmp_path: Path) -> None:
    outcome = asyncio.run(WebConnector(site(tmp_path)).ask(question(WebLookUp(service="crm"))))
    assert "'crm'" in outcome.detail


@pytest.mark.parametrize(
    ("path", "value"), [("a.0.b", 1), ("a.1", None), ("a.x", None), ("b", None), ("a.0.b.c", None)]
)
def test_picked(path: str, value: Any) -> None:
    assert picked({"a": [{"b": 1}]}, path) == value


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "peer.pem"
    file.write_bytes(made.public_bytes(pem) + private)
    return file
