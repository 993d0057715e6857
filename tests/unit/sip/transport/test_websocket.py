"""SIP over WebSocket (RFC 7118), spoken to by Autobahn's client: handshakes, calls, keep-alives, limits."""

from pathlib import Path

import pytest
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.protocols.tls import TLSMemoryBIOFactory

from sip.events import Confirmed, InviteReceived, Malformed, RequestReceived
from sip.message import Request, Response, parse_message
from sip.transport import Listening, StreamLimits
from tests.unit.sip.transport.authority import Authority
from tests.unit.sip.transport.bench import Bench, Phone
from tests.unit.sip.wire import OFFER


class Browser(WebSocketClientProtocol):
    """Collects what comes."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = self.over = False
        self.heard: list[tuple[bytes, bool]] = []

    def onOpen(self) -> None:  # noqa: N802 - Autobahn's
        self.opened = True

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803 - Autobahn's
        self.heard.append((payload, isBinary))

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803 - Autobahn's
        self.over = True

    @property
    def messages(self) -> list[Request | Response]:
        return [parse_message(payload) for payload, _ in self.heard]

    def tell(self, text: str, body: bytes = b"", *, binary: bool = False) -> None:
        head = text.strip().replace("\n", "\r\n") + f"\r\nContent-Length: {len(body)}\r\n\r\n"
        self.sendMessage(head.encode() + body, isBinary=binary)


def browse(bench: Bench, port: int, protocols: tuple[str, ...] = ("sip",), ca: Path | None = None) -> Browser:
    browser = Browser()
    scheme = "ws" if ca is None else "wss"
    factory = WebSocketClientFactory(f"{scheme}://127.0.0.1:{port}", protocols=list(protocols), reactor=bench.reactor)
    factory.protocol = lambda: browser
    wrapped = factory
    if ca is not None:
        options = optionsForClientTLS("127.0.0.1", trustRoot=Certificate.loadPEM(ca.read_bytes()))
        wrapped = TLSMemoryBIOFactory(options, isClient=True, wrappedFactory=factory, clock=bench.reactor)
    bench.reactor.connectTCP("127.0.0.1", port, wrapped)
    return browser


def open_to(bench: Bench, phone: Phone) -> Browser:
    browser = browse(bench, phone.endpoint.ports["ws"])
    bench.until(lambda: browser.opened)
    return browser


def server(bench: Bench, limits: StreamLimits | None = None) -> Phone:
    return bench.phone("b", also=Listening(websocket_port=0), limits=limits)


def headers(method: str, more: str = "") -> str:
    return f"""{method} sip:bob@127.0.0.1 SIP/2.0
Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK{method}
Max-Forwards: 70
From: <sip:alice@example.com>;tag=1
To: <sip:bob@127.0.0.1>
Call-ID: {method}@df7jal23ls0d.invalid
CSeq: 1 {method}
Contact: <sip:alice@df7jal23ls0d.invalid;transport=ws>
{more}"""


@pytest.mark.parametrize("binary", [False, True])
def test_options_are_answered_in_the_kind_of_frame_that_they_came_in(bench: Bench, binary: bool) -> None:
    browser = open_to(bench, server(bench))
    browser.tell(headers("OPTIONS"), binary=binary)
    bench.until(lambda: len(browser.heard) == 1)
    [response] = browser.messages
    assert isinstance(response, Response)
    assert response.status == 200
    assert response.via.param("received") == "127.0.0.1"
    assert browser.heard[0][1] is binary
    assert browser.websocket_protocol_in_use == "sip"


def test_a_call_from_a_browser_is_answered_and_ended_over_its_connection(bench: Bench) -> None:
    phone = server(bench)
    browser = open_to(bench, phone)
    browser.tell(headers("INVITE", "Content-Type: application/sdp"), OFFER)
    bench.until(lambda: len(browser.heard) == 2)
    ok = browser.messages[1]
    assert isinstance(ok, Response)
    assert ok.status == 200
    contact = ok.contacts[0].uri
    assert (contact.port, contact.param("transport")) == (phone.endpoint.ports["ws"], "ws")
    ack = headers("ACK").replace("To: <sip:bob@127.0.0.1>", f"To: {ok.headers.get('To')}")
    browser.tell(ack.replace("z9hG4bKACK", "z9hG4bKack").replace("ACK@", "INVITE@"))
    bench.until(lambda: Confirmed in phone.kinds())
    phone.endpoint.call(lambda now: phone.agent.hangup(phone.events[0].leg, now))  # type: ignore[union-attr]  # an InviteReceived
    bench.until(lambda: len(browser.heard) == 3)
    bye = browser.messages[2]
    assert isinstance(bye, Request)
    assert (bye.method, bye.uri, bye.via.transport) == ("BYE", "sip:alice@df7jal23ls0d.invalid;transport=ws", "WS")


def test_a_browser_registers_and_is_called(bench: Bench) -> None:
    phone = server(bench)
    browser = open_to(bench, phone)
    browser.tell(headers("REGISTER", "Expires: 60"))
    bench.until(lambda: RequestReceived in phone.kinds())
    event = phone.events[0]
    assert isinstance(event, RequestReceived)
    phone.endpoint.call(lambda now: phone.agent.respond(event.key, 200, "OK", [], b"", now))
    bench.until(lambda: len(browser.heard) == 1)
    contact = event.request.contacts[0].uri
    phone.endpoint.call(
        lambda now: phone.agent.invite(target=contact, sdp=OFFER, from_user="b", proxy=event.source, now=now)
    )
    bench.until(lambda: len(browser.heard) == 2)
    invite = browser.messages[1]
    assert isinstance(invite, Request)
    assert (invite.method, invite.via.transport, invite.body) == ("INVITE", "WS", OFFER)


def test_secure_websockets(bench: Bench, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    phone = bench.phone("b", also=Listening(authority.settings("127.0.0.1"), secure_websocket_port=0))
    browser = browse(bench, phone.endpoint.ports["wss"], ca=authority.file)
    bench.until(lambda: browser.opened)
    browser.tell(headers("OPTIONS").replace("/WS", "/WSS"))
    bench.until(lambda: len(browser.heard) == 1)
    assert phone.events == []


def test_keep_alives_are_answered(bench: Bench) -> None:
    browser = open_to(bench, server(bench))
    browser.sendMessage(b"\r\n\r\n", isBinary=False)
    bench.until(lambda: browser.heard == [(b"\r\n", False)])


@pytest.mark.parametrize("protocols", [(), ("chat",)])
def test_a_handshake_without_sip_is_refused(bench: Bench, protocols: tuple[str, ...]) -> None:
    phone = server(bench)
    browser = browse(bench, phone.endpoint.ports["ws"], protocols)
    bench.until(lambda: browser.over)
    assert not browser.opened
    assert [type(event) for event in phone.events] == [Malformed]


def test_a_message_that_is_too_long_closes_its_connection_alone(bench: Bench) -> None:
    phone = server(bench)
    browser, other = open_to(bench, phone), open_to(bench, phone)
    browser.sendMessage(b"x" * 70_000, isBinary=False)
    bench.until(lambda: browser.over)
    other.tell(headers("OPTIONS"))
    bench.until(lambda: len(other.heard) == 1)


def test_a_browser_that_goes_ends_its_requests(bench: Bench) -> None:
    phone = server(bench)
    browser = open_to(bench, phone)
    browser.tell(headers("INVITE", "Content-Type: application/sdp"), OFFER)
    bench.until(lambda: len(browser.heard) == 2)
    browser.sendClose()
    bench.until(lambda: browser.over)
    phone.endpoint.call(lambda now: phone.agent.hangup(phone.events[0].leg, now))  # type: ignore[union-attr]  # an InviteReceived
    assert [type(event) for event in phone.events] == [InviteReceived]


def test_a_silent_browser_is_cut_off(bench: Bench) -> None:
    phone = server(bench, StreamLimits(first_message=0.1))
    browser = open_to(bench, phone)
    bench.until(lambda: browser.over)
    assert phone.events == []
