"""The endpoints over real sockets: what is answered, who is refused, and that nothing hangs."""

import asyncio
import http.client
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cti_server.settings.supervision.endpoints import WebSettings
from cti_server.telemetry.standing import Part, Standing
from cti_server.web import server as server_module
from cti_server.web.application import Endpoints, Sources
from cti_server.web.limits import LOCK_OUT, MOST_ADDRESSES, WRONG_AT_MOST, Limits
from cti_server.web.server import EndpointsError, WebServer, read_token

Answer = tuple[int, dict[str, str], bytes]
TOKEN = "a-token-of-some-length"
GOOD = Standing(role="active", parts=(Part(name="journal", good=True, text="written"),))
BAD = Standing(role="active", parts=(Part(name="journal", good=False, text="stalled"),))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def serving(
    standing: Callable[[], Standing] = lambda: GOOD, token: str | None = None, **settings: object
) -> AsyncIterator[int]:
    locked: list[str] = []
    sources = Sources(
        standing=standing,
        metrics=lambda accept: lambda: (f"figures for {accept}".encode(), "text/plain; version=1.0.0"),
        steady=asyncio.get_running_loop().time,
        locked_out=locked.append,
    )
    found = WebSettings(port=free_port(), **settings)
    server = WebServer(found, Endpoints(sources, token, found.requests).application)
    server.start(asyncio.get_running_loop())
    try:
        yield server.port
    finally:
        await server.stop()
    assert not server.listening


def get(port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


async def asked(port: int, path: str, **more: object) -> Answer:
    return await asyncio.to_thread(get, port, path, **more)


def test_the_three_endpoints_answer_and_nothing_else_is_there() -> None:
    async def story() -> None:
        async with serving() as port:
            status, headers, body = await asked(port, "/health")
            assert (status, json.loads(body)) == (200, {"alive": True})
            assert "server" not in {name.lower() for name in headers}
            assert headers["cache-control"] == "no-store"
            status, _, body = await asked(port, "/ready")
            assert status == 200
            assert json.loads(body)["parts"] == [{"name": "journal", "ok": True, "needed": True, "detail": "written"}]
            status, headers, body = await asked(port, "/metrics", Accept="text/plain")
            assert (status, headers["content-type"], body) == (
                200,
                "text/plain; version=1.0.0",
                b"figures for text/plain",
            )
            assert (await asked(port, "/"))[0] == 404
            assert (await asked(port, "/health", method="POST"))[0] == 405
            assert (await asked(port, "/health", body=b"x" * 10))[0] == 413

    asyncio.run(story())


@pytest.mark.parametrize(
    ("standing", "role"),
    [(BAD, "active"), (Standing(role="standby"), "standby"), (Standing(role="starting"), "starting")],
)
def test_a_server_that_routes_nothing_is_not_ready(standing: Standing, role: str) -> None:
    async def story() -> None:
        async with serving(lambda: standing) as port:
            status, _, body = await asked(port, "/ready")
            assert status == 503
            assert json.loads(body)["role"] == role
            assert json.loads(body)["ready"] is False
            assert (await asked(port, "/health"))[0] == 200

    asyncio.run(story())


def test_figures_and_parts_are_for_those_with_the_token_alone() -> None:
    async def story() -> None:
        async with serving(token=TOKEN) as port:
            assert (await asked(port, "/health"))[0] == 200
            status, _, body = await asked(port, "/ready")
            assert (status, json.loads(body)) == (200, {"ready": True, "role": "active"})
            assert (await asked(port, "/metrics"))[0] == 401
            assert (await asked(port, "/metrics", Authorization="Bearer wrong"))[0] == 401
            assert (await asked(port, "/metrics", Authorization=f"Bearer {TOKEN}"))[0] == 200
            assert "parts" in json.loads((await asked(port, "/ready", Authorization=f"Bearer {TOKEN}"))[2])
            assert (await asked(port, "/ready", Authorization="Bearer wrong"))[0] == 401

    asyncio.run(story())


def test_many_wrong_tokens_lock_an_address_out() -> None:
    async def story() -> None:
        async with serving(token=TOKEN) as port:
            for _ in range(WRONG_AT_MOST):
                assert (await asked(port, "/metrics"))[0] == 401
            status, headers, _ = await asked(port, "/metrics", Authorization=f"Bearer {TOKEN}")
            assert status == 429
            assert int(headers["retry-after"]) > 200

    asyncio.run(story())


def test_too_many_requests_of_one_address_are_refused() -> None:
    async def story() -> None:
        async with serving(requests=3) as port:
            assert [(await asked(port, "/health"))[0] for _ in range(4)] == [200, 200, 200, 429]

    asyncio.run(story())


def test_a_connection_that_says_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "PATIENCE", 0.2)

    async def story() -> None:
        async with serving(connections=2) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /health HTT")
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
            assert (await asked(port, "/health"))[0] == 200

    asyncio.run(story())


def test_a_connection_that_begins_another_request_and_stops_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "PATIENCE", 0.2)

    async def story() -> None:
        async with serving() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            whole = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
            for _ in range(2):  # with a pause that is longer than the patience: between requests it may be silent
                writer.write(whole)
                assert b"alive" in await asyncio.wait_for(reader.readuntil(b"}"), 5)
                await asyncio.sleep(0.4)
            writer.write(b"GET /health HTT")
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()

    asyncio.run(story())


def test_a_head_that_is_too_large_is_refused_and_garbage_disturbs_nothing() -> None:
    async def story() -> None:
        async with serving() as port:
            for rubbish in (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n"):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(rubbish)
                answer = await asyncio.wait_for(reader.read(100), 5)
                assert not answer or b" 400 " in answer
                writer.close()
            assert (await asked(port, "/health"))[0] == 200

    asyncio.run(story())


def test_a_defect_tells_the_asker_nothing() -> None:
    def broken() -> Standing:
        raise RuntimeError("the inside of the server")

    async def story() -> None:
        async with serving(broken) as port:
            status, _, body = await asked(port, "/ready")
            assert status == 500
            assert b"inside" not in body
            assert (await asked(port, "/health"))[0] == 200

    asyncio.run(story())


def test_an_address_that_is_taken_is_a_fault_with_its_reason() -> None:
    async def story() -> None:
        async with serving() as port:
            application = Endpoints(
                Sources(standing=lambda: GOOD, metrics=None, steady=lambda: 0.0), None, 10
            ).application
            second = WebServer(WebSettings(port=port), application)
            with pytest.raises(EndpointsError, match=f"127.0.0.1:{port}"):
                second.start(asyncio.get_running_loop())
            assert not second.listening
            await second.stop()

    asyncio.run(story())


def test_tokens_are_long_and_of_one_line(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    assert read_token(file) == TOKEN
    for wrong in ("short", f"{TOKEN}\n{TOKEN}", ""):
        file.write_text(wrong)
        with pytest.raises(EndpointsError, match="16 characters"):
            read_token(file)
    with pytest.raises(EndpointsError, match="cannot be read"):
        read_token(tmp_path / "none")


def test_the_allowance_of_an_address_fills_again_and_is_its_own() -> None:
    limits = Limits(60)
    assert [limits.admit("a", 0.0) for _ in range(60)] == [None] * 60
    assert limits.admit("a", 0.0) == pytest.approx(1.0)
    assert limits.admit("b", 0.0) is None
    assert limits.admit("a", 1.0) is None
    assert limits.admit("a", 1.0) is not None
    assert limits.admit("a", 0.5) is not None


def test_a_right_token_forgets_the_wrong_ones_and_a_lock_out_ends() -> None:
    limits = Limits(6000)
    assert not any(limits.wrong("a", 0.0) for _ in range(WRONG_AT_MOST - 1))
    limits.right("a", 0.0)
    assert not limits.wrong("a", 0.0)
    assert any(limits.wrong("a", 0.0) for _ in range(WRONG_AT_MOST))
    assert limits.admit("a", 1.0) == pytest.approx(LOCK_OUT - 1)
    assert limits.admit("a", LOCK_OUT + 1) is None


def test_of_many_addresses_those_that_were_silent_longest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti_server.web.limits.MOST_ADDRESSES", 2)
    limits = Limits(10)
    assert [limits.wrong("a", 0.0) for _ in range(WRONG_AT_MOST)][-1]
    limits.admit("b", 0.0)
    assert limits.admit("a", 1.0) == LOCK_OUT - 1.0
    limits.admit("c", 1.0)  # takes the place of b
    assert limits.admit("a", 2.0) == LOCK_OUT - 2.0


def test_many_addresses_fill_no_memory() -> None:
    limits = Limits(10)
    for number in range(MOST_ADDRESSES + 5):
        limits.admit(str(number), 0.0)
    assert len(limits._peers) == MOST_ADDRESSES


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "callwright.example"])
def test_beyond_this_machine_a_token_is_needed(host: str) -> None:
    with pytest.raises(ValueError, match="token_file"):
        WebSettings(host=host)
    assert WebSettings(host=host, token_file="token").host == host
