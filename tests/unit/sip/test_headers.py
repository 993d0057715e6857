"""The structured header values: Via, CSeq, name-addr."""

import pytest

from sip.errors import SipSyntaxError
from sip.headers import CSeq, Headers, NameAddr, Via


def test_via_with_and_without_white_space() -> None:
    via = Via.parse("SIP / 2.0 / udp first.example : 4000 ;ttl=16 ;branch=z9hG4bKa7c6a8dlze.1")
    assert (via.transport, via.host, via.port) == ("UDP", "first.example", 4000)
    assert via.branch == "z9hG4bKa7c6a8dlze.1"
    assert str(via) == "SIP/2.0/UDP first.example:4000;ttl=16;branch=z9hG4bKa7c6a8dlze.1"
    assert str(Via.parse("SIP/2.0/TCP [2001:db8::1]:5070;rport").with_param("rport", "9")).endswith("]:5070;rport=9")


@pytest.mark.parametrize(
    "text",
    ["", "SIP/2.0/UDP", "SIP / 2.0 / UDP/x host", "HTTP/2.0/UDP a", "SIP/3.0/UDP a", "SIP/2.0/UDP a:0", "SIP/2.0 a b"],
)
def test_broken_vias(text: str) -> None:
    with pytest.raises(SipSyntaxError):
        Via.parse(text)


@pytest.mark.parametrize("text", ["", "1", "INVITE 1", "2147483648 INVITE", "1 IN VITE", "1 <"])
def test_broken_cseqs(text: str) -> None:
    with pytest.raises(SipSyntaxError):
        CSeq.parse(text)


@pytest.mark.parametrize(
    ("text", "display", "address", "tag"),
    [
        ('"A. G. Bell" <sip:agb@bell.example> ;tag=a48s', "A. G. Bell", "sip:agb@bell.example", "a48s"),
        ("sip:+12125551212@phone.example;tag=887s", "", "sip:+12125551212@phone.example", "887s"),
        (
            "Anonymous <sip:c8oqz84zk7z@privacy.example>;tag=hyh8",
            "Anonymous",
            "sip:c8oqz84zk7z@privacy.example",
            "hyh8",
        ),
        ("<sip:a@b;lr?x=y>", "", "sip:a@b;lr?x=y", ""),
        ('"a\\"b" <sip:a@b>;x', 'a"b', "sip:a@b", ""),
    ],
)
def test_name_addrs(text: str, display: str, address: str, tag: str) -> None:
    value = NameAddr.parse(text)
    assert (value.display, value.address, value.tag) == (display, address, tag)
    assert NameAddr.parse(str(value)) == value
    assert value.with_tag("new").tag == "new"


@pytest.mark.parametrize(
    "text", ["", "<>", "bob", '"x sip:a@b', '"x" sip:a@b', "<sip:a@b", "sip:a b@c", "<sip:a@b>x y"]
)
def test_broken_name_addrs(text: str) -> None:
    with pytest.raises(SipSyntaxError):
        NameAddr.parse(text)


def test_the_first_of_a_list_is_replaced_alone() -> None:
    headers = Headers([("v", "SIP/2.0/UDP a, SIP/2.0/UDP b"), ("Via", "SIP/2.0/UDP c")])
    headers.replace_first("Via", "X")
    assert headers.values("via") == ["X", "SIP/2.0/UDP b", "SIP/2.0/UDP c"]
    assert "Headers" in repr(headers)
