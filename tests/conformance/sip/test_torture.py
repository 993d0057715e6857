"""Messages that are odd but right, or wrong in one way each, after the ideas of RFC 4475; and a golden call."""

import pytest

from sip.errors import SipSyntaxError
from sip.events import Endpoint, InviteReceived, Malformed
from sip.message import Request, Response, parse_message, serialise
from sip.ua import UserAgent
from tests.unit.sip.wire import BOB, Wire, numbered_tokens

SOURCE = Endpoint("192.0.2.1", 5060)


def message(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join((*lines, "", "")).encode() + body


def invite(**changed: str | None) -> bytes:
    """A right INVITE, with headers changed or (``None``) left out."""
    headers: dict[str, str | None] = {
        "Via": "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtorture;rport",
        "From": "<sip:a@192.0.2.1>;tag=1",
        "To": "<sip:bob@192.0.2.2>",
        "Call-ID": "torture@192.0.2.1",
        "CSeq": "1 INVITE",
        "Contact": "<sip:a@192.0.2.1>",
        "Max-Forwards": "70",
    }
    headers |= {name.replace("_", "-"): value for name, value in changed.items() if name != "line"}
    start = changed.get("line") or "INVITE sip:bob@192.0.2.2 SIP/2.0"
    return message(start, *(f"{name}: {value}" for name, value in headers.items() if value is not None))


def agent() -> UserAgent:
    return UserAgent(BOB, numbered_tokens("b"))


def answers(data: bytes, ua: UserAgent | None = None) -> list[int]:
    ua = ua or agent()
    ua.receive(data, SOURCE, 0.0)
    found = [parse_message(outgoing.data) for outgoing in ua.outgoing()]
    return [response.status for response in found if isinstance(response, Response)]


def test_a_short_tortuous_invite_is_understood() -> None:
    data = message(
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0",
        "TO :",
        " sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n",
        'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
        "  ;",
        "  tag = 98asjd8",
        "MaX-fOrWaRdS: 0068",
        "Call-ID: wsinv.ndaksdj@192.0.2.1",
        "Content-Length   : 5",
        "cseq: 0009",
        "  INVITE",
        "Via  : SIP  /   2.0",
        " /UDP",
        "    192.0.2.2;branch=390skdjuw",
        "s :",
        "NewFangledHeader:   newfangled value",
        " continued newfangled value",
        "UnknownHeaderWithUnusualValue: ;;,,;;,;",
        "Content-Type: application/sdp",
        "Route:",
        " <sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
        "v:  SIP  / 2.0  / TCP     spindle.example.com   ;",
        "  branch  =   z9hG4bK9ikj8  ,",
        " SIP  /    2.0   / UDP  192.168.255.111   ; branch=",
        " z9hG4bK30239",
        'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =',
        "      newvalue ;",
        "  secondparam ; q = 0.33",
        body=b"v=0\r\n and what follows is no part of it",
    )
    parsed = parse_message(data)
    assert isinstance(parsed, Request)
    assert parsed.from_.display == 'J Rosenberg \\"'
    assert parsed.from_.tag == "98asjd8"
    assert parsed.to.tag == "1918181833n"
    assert (parsed.cseq.number, parsed.cseq.method) == (9, "INVITE")
    assert (parsed.via.transport, parsed.via.host) == ("UDP", "192.0.2.2")
    assert len(parsed.headers.values("Via")) == 3
    assert parsed.contacts[0].display == 'Quoted string ""'
    assert parsed.contacts[0].param("q") == "0.33"
    assert parsed.headers.get("subject") == ""
    assert parsed.headers.get("NewFangledHeader") == "newfangled value continued newfangled value"
    assert parsed.body == b"v=0\r\n"


@pytest.mark.parametrize(
    ("changed", "display"),
    [
        ({"From": '"Watson, Thomas" <sip:t@example.org>;tag=2'}, "Watson, Thomas"),
        ({"From": "Anna Müller <sip:a@192.0.2.1>;tag=2"}, "Anna Müller"),
        ({"From": '"<sip:evil@example.org>" <sip:a@192.0.2.1>;tag=2'}, "<sip:evil@example.org>"),
        ({"From": "sip:a@192.0.2.1;tag=2"}, ""),
        ({"From": "<sip:+4989123;phone-context=x@192.0.2.1;user=phone>;tag=2"}, ""),
        ({"From": "<tel:+49-89-123>;tag=2"}, ""),
        ({"line": "INVITE sip:bob%40home@192.0.2.2:5060;transport=udp?Subject=x SIP/2.0"}, ""),
        ({"line": "INVITE sip:null-%00-null@192.0.2.2 SIP/2.0"}, ""),
        ({"Contact": '<sip:a@192.0.2.1:5071;x="?>;q=0.1'.replace('"', "%22")}, ""),
        ({"Max-Forwards": "0"}, ""),
        ({"Supported": ""}, ""),
        ({"X-Long": "a" * 8000}, ""),
        ({"Call-ID": "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"}, ""),
        ({"Via": "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKq, SIP/2.0/TCP [2001:db8::9]:5070;branch=z9hG4bK0"}, ""),
    ],
)
def test_odd_but_right(changed: dict[str, str], display: str) -> None:
    ua = agent()
    assert answers(invite(**changed), ua) == [100]
    event = ua.next_event()
    assert isinstance(event, InviteReceived)
    assert event.request.from_.display == display


def test_latin_1_display_names_are_read() -> None:
    data = invite(From='"Müller" <sip:a@192.0.2.1>;tag=2').decode().encode("latin-1")
    parsed = parse_message(data)
    assert parsed.from_.display == "Müller"


@pytest.mark.parametrize(
    "changed",
    [
        {"From": None},
        {"To": None},
        {"Call-ID": None},
        {"CSeq": None},
        {"Contact": None},
        {"CSeq": "36893488147419103232 INVITE"},
        {"CSeq": "1 BYE"},
        {"CSeq": "-1 INVITE"},
        {"CSeq": "x INVITE"},
        {"Max-Forwards": "300000"},
        {"Max-Forwards": "many"},
        {"Content-Length": "-999"},
        {"Content-Length": "9999"},
        {"To": '"Mr. J. User <sip:j.user@example.com>'},
        {"From": "Bell, Alexander <>;tag=43"},
        {"Contact": "<sip:a@192.0.2.1"},
        {"Contact": "<http://a.example>"},
        {"Record-Route": "<sip:>"},
        {"Bad Header": "x"},
        {"line": "INVITE <sip:bob@192.0.2.2> SIP/2.0"},
        {"line": "INVITE sip:bob@192.0.2.2; lr SIP/2.0"},
        {"line": "INVITE  sip:bob@192.0.2.2  SIP/2.0"},
    ],
)
def test_wrong_requests_are_answered_400_and_told(changed: dict[str, str | None]) -> None:
    ua = agent()
    assert answers(invite(**changed), ua)[-1] == 400
    event = ua.next_event()
    assert isinstance(event, Malformed)
    assert event.reason
    assert ua.next_event() is None
    assert ua.leg_count == 0


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"line": "INVITE sip:bob@192.0.2.2 SIP/7.0"}, 505),
        ({"line": "INVITE nobodyKnowsThisScheme:totallyopaque SIP/2.0"}, 416),
        ({"line": "NEWMETHOD sip:bob@192.0.2.2 SIP/2.0", "CSeq": "1 NEWMETHOD"}, 405),
        ({"Require": "nothingSupportsThis, norThis"}, 420),
        ({"Content-Encoding": "gzip"}, 415),
        ({"To": "<sip:bob@192.0.2.2>;tag=unknown"}, 481),
        ({"line": "BYE sip:bob@192.0.2.2 SIP/2.0", "CSeq": "1 BYE"}, 481),
        ({"line": "CANCEL sip:bob@192.0.2.2 SIP/2.0", "CSeq": "1 CANCEL"}, 481),
        ({"line": "OPTIONS sip:bob@192.0.2.2 SIP/2.0", "CSeq": "1 OPTIONS"}, 200),
    ],
)
def test_requests_that_are_refused(changed: dict[str, str], status: int) -> None:
    assert answers(invite(**changed))[-1] == status


def test_a_body_of_another_type_is_refused_and_sdp_in_a_multipart_is_found() -> None:
    head = invite(Content_Type="application/unknown").removesuffix(b"\r\n")
    assert answers(head + b"Content-Length: 3\r\n\r\nxyz") == [100, 415]
    isup = b"--b1\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n"
    body = isup + b"--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b1--"
    ua = agent()
    head = invite(Content_Type="multipart/mixed;boundary=b1").removesuffix(b"\r\n")
    assert answers(head + b"Content-Length: %d\r\n\r\n" % len(body) + body, ua) == [100]
    event = ua.next_event()
    assert isinstance(event, InviteReceived)
    assert event.sdp == b"v=0"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\x00" * 4,
        b"hello",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"SIP/2.0 99 x\r\n\r\n",
        b"SIP/2.0 4294967301 better not break\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n\r\n",
        invite(Via=None),
        invite(Via="SIP/2.0/UDP"),
        invite(line="ACK sip:bob@192.0.2.2 SIP/2.0", CSeq="1 ACK", From=None),
        invite(line="SIP/2.0 200 OK"),
        b"INVITE sip:b@c SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nX: a\x00b\r\n\r\n",
    ],
)
def test_what_cannot_be_answered_is_met_with_silence(data: bytes) -> None:
    ua = agent()
    assert answers(data, ua) == []
    assert ua.leg_count == 0


def test_limits() -> None:
    with pytest.raises(SipSyntaxError, match="limit"):
        parse_message(b"x" * 70_000)
    with pytest.raises(SipSyntaxError, match="limit"):
        parse_message(invite(X="a" * 40_000))
    lines = [f"X-{number}: a" for number in range(300)]
    with pytest.raises(SipSyntaxError, match="header lines"):
        parse_message(message("OPTIONS sip:a@b SIP/2.0", *lines))


def test_header_names_are_told_apart_without_case_and_in_compact_form() -> None:
    parsed = parse_message(
        message("OPTIONS sip:a@b SIP/2.0", "v: SIP/2.0/UDP c", "I: 1@c", "VIA: SIP/2.0/UDP d", "k: x, y")
    )
    assert [name for name, _ in parsed.headers] == ["Via", "Call-ID", "Via", "Supported"]
    assert parsed.headers.all("Via") == ["SIP/2.0/UDP c", "SIP/2.0/UDP d"]
    assert parsed.headers.values("supported") == ["x", "y"]


def test_line_feeds_alone_end_lines_too() -> None:
    parsed = parse_message(b"OPTIONS sip:a@b SIP/2.0\nX: 1\n 2\nl: 2\n\nhi!")
    assert parsed.headers.get("X") == "1 2"
    assert parsed.body == b"hi"


def test_the_golden_call() -> None:
    """Byte for byte what goes over the wire; names and tokens are counted, so this never changes by chance."""
    wire = Wire()
    leg = wire.call(b"")
    event = wire.bob.last(InviteReceived)
    assert isinstance(event, InviteReceived)
    wire.bob.agent.accept(event.leg, b"", wire.now)
    wire.run()
    wire.alice.agent.hangup(leg, wire.now)
    wire.run()
    sent_invite, ack, bye = (serialise(sent) for sent in wire.alice.sent)
    ok = serialise(wire.bob.sent[1])
    assert sent_invite == (
        b"INVITE sip:bob@192.0.2.2 SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa000000000000004;rport\r\n"
        b"Max-Forwards: 70\r\n"
        b"From: <sip:alice@192.0.2.1:5060>;tag=a000000000000002\r\n"
        b"To: <sip:bob@192.0.2.2>\r\n"
        b"Call-ID: a000000000000003@192.0.2.1\r\n"
        b"CSeq: 1 INVITE\r\n"
        b"Contact: <sip:alice@192.0.2.1:5060>\r\n"
        b"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, NOTIFY, MESSAGE, REGISTER\r\n"
        b"Supported: 100rel, replaces\r\n"
        b"User-Agent: Callwright\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    assert ok == (
        b"SIP/2.0 200 OK\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa000000000000004;rport=5060;received=192.0.2.1\r\n"
        b"From: <sip:alice@192.0.2.1:5060>;tag=a000000000000002\r\n"
        b"To: <sip:bob@192.0.2.2>;tag=b000000000000002\r\n"
        b"Call-ID: a000000000000003@192.0.2.1\r\n"
        b"CSeq: 1 INVITE\r\n"
        b"Server: Callwright\r\n"
        b"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, NOTIFY, MESSAGE, REGISTER\r\n"
        b"Supported: 100rel, replaces\r\n"
        b"Contact: <sip:bob@192.0.2.2:5060>\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    assert ack == (
        b"ACK sip:bob@192.0.2.2:5060 SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa000000000000005;rport\r\n"
        b"Max-Forwards: 70\r\n"
        b"From: <sip:alice@192.0.2.1:5060>;tag=a000000000000002\r\n"
        b"To: <sip:bob@192.0.2.2>;tag=b000000000000002\r\n"
        b"Call-ID: a000000000000003@192.0.2.1\r\n"
        b"CSeq: 1 ACK\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    assert bye.startswith(b"BYE sip:bob@192.0.2.2:5060 SIP/2.0\r\n")
    assert b"CSeq: 2 BYE\r\n" in bye
