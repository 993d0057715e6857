"""Whatever a message holds, it survives being written and read; whatever bytes come, only one exception comes out."""

from hypothesis import given
from hypothesis import strategies as st

from sip.errors import SipSyntaxError
from sip.events import Endpoint
from sip.grammar import quote, split_commas, unquote
from sip.headers import CSeq, Headers, NameAddr, Via
from sip.message import Request, Response, StreamFramer, parse_message, serialise
from sip.rtp import RtpPacket
from sip.sdp import SessionDescription
from sip.ua import UserAgent
from sip.uri import SipUri

TOKENS = st.text("ABCDEFabcdefxyz0123456789-.!%*_+`'~", min_size=1, max_size=12)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)
VALUES = TEXT.map(lambda text: text.strip(" \t"))
NAMES = st.one_of(
    TOKENS.filter(lambda name: name.lower() not in ("l", "content-length")), st.sampled_from(["Via", "v"])
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=8)
URIS = st.text("abcz0129@.:;=%", min_size=1, max_size=20).map(lambda text: f"sip:{text}")
GARBAGE = st.binary(max_size=600)


def whole(headers: list[tuple[str, str]], body: bytes) -> Headers:
    return Headers([*headers, ("Content-Length", str(len(body)))])


@given(TOKENS, URIS, HEADERS, st.binary(max_size=200))
def test_requests_survive(method: str, uri: str, headers: list[tuple[str, str]], body: bytes) -> None:
    request = Request(method, uri, whole(headers, body), body)
    assert parse_message(serialise(request)) == request


@given(st.integers(100, 699), VALUES, HEADERS, st.binary(max_size=200))
def test_responses_survive(status: int, reason: str, headers: list[tuple[str, str]], body: bytes) -> None:
    response = Response(status, reason, whole(headers, body), body)
    assert parse_message(serialise(response)) == response


@given(st.lists(st.binary(max_size=80), max_size=5), st.lists(st.integers(1, 50), max_size=60))
def test_streams_are_cut_at_the_same_places_in_whatever_pieces_they_come(bodies: list[bytes], sizes: list[int]) -> None:
    messages = [serialise(Request("INFO", "sip:a@b", Headers([("X", "1")]), body)) for body in bodies]
    stream, framer, found = b"".join(messages), StreamFramer(), []
    for size in sizes:
        found += framer.feed(stream[:size])
        stream = stream[size:]
    found += framer.feed(stream)
    assert found == messages


@given(GARBAGE)
def test_garbage_raises_nothing_else(data: bytes) -> None:
    for read in (parse_message, StreamFramer().feed, SessionDescription.parse, RtpPacket.parse):
        try:
            read(data)
        except SipSyntaxError:
            continue


@given(TEXT)
def test_garbled_values_raise_nothing_else(text: str) -> None:
    for read in (SipUri.parse, NameAddr.parse, Via.parse, CSeq.parse, split_commas):
        try:
            read(text)
        except SipSyntaxError:
            continue


MODEL = (
    b"INVITE sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n"
    b'From: "A" <sip:a@192.0.2.1>;tag=1\r\nTo: <sip:bob@192.0.2.2>\r\nCall-ID: x@y\r\nCSeq: 1 INVITE\r\n'
    b"Contact: <sip:a@192.0.2.1>\r\nRecord-Route: <sip:192.0.2.3;lr>\r\nContent-Type: application/sdp\r\n"
    b"Content-Length: 5\r\n\r\nv=0\r\n"
)


@given(st.lists(st.tuples(st.integers(0, len(MODEL) - 1), st.binary(max_size=3)), max_size=6), st.sampled_from(
    [b"INVITE", b"BYE", b"CANCEL", b"ACK", b"OPTIONS", b"REGISTER", b"INFO", b"FOO"]
))  # fmt: skip
def test_a_user_agent_survives_damaged_requests_and_serves_the_next_call(
    damage: list[tuple[int, bytes]], method: bytes
) -> None:
    data = MODEL.replace(b"INVITE", method)
    for place, new in damage:
        data = data[:place] + new + data[place + 1 :]
    numbers = iter(range(10_000))
    agent = UserAgent(Endpoint("192.0.2.2", 5060), lambda: f"{next(numbers):016x}")
    source = Endpoint("192.0.2.1", 5060)
    agent.receive(data, source, 0.0)
    agent.outgoing()
    while agent.next_event() is not None:
        pass
    agent.receive(MODEL.replace(b"x@y", b"clean@call").replace(b"z9hG4bK1", b"z9hG4bKclean"), source, 1.0)
    assert type(agent.next_event()).__name__ == "InviteReceived"
    agent.handle_timer(200.0)


@given(st.binary(max_size=300))
def test_a_user_agent_survives_damaged_responses(tail: bytes) -> None:
    numbers = iter(range(10_000))
    agent = UserAgent(Endpoint("192.0.2.1", 5060), lambda: f"{next(numbers):016x}")
    agent.invite(target=SipUri("b", "192.0.2.2"), sdp=b"", from_user="a", now=0.0)
    [invite] = agent.outgoing()
    head = invite.data.split(b"\r\n", 1)[1].split(b"Content-Length")[0]
    agent.receive(b"SIP/2.0 200 OK\r\n" + head + tail, Endpoint("192.0.2.2", 5060), 0.1)
    agent.outgoing()
    agent.handle_timer(100.0)


@given(TEXT)
def test_quoted_strings_survive(text: str) -> None:
    assert unquote(quote(text)) == text


@given(TEXT, st.lists(st.tuples(TOKENS.map(str.lower), st.one_of(st.none(), TOKENS)), max_size=4))
def test_name_addrs_survive(display: str, params: list[tuple[str, str | None]]) -> None:
    value = NameAddr("sip:a@b", display, tuple(params))
    assert NameAddr.parse(str(value)) == value


@given(st.text(max_size=20), st.sampled_from(["b", "192.0.2.1", "[2001:db8::1]"]), st.none() | st.integers(1, 65535))
def test_uris_survive(user: str, host: str, port: int | None) -> None:
    uri = SipUri(user.encode("utf-8", "ignore").decode(), host, port, (("transport", "tcp"), ("lr", None)))
    assert SipUri.parse(str(uri)) == uri
