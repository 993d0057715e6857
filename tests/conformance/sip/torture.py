"""Messages with the traits that RFC 4475 and RFC 5118 list, each with the verdict that they ask for.

A verdict is what a user agent server says: a status, ``taken`` (a call or request reaches the program), ``silence``, or
``read`` for responses that can be read. Names are those of the sections.
"""

from dataclasses import dataclass
from typing import Final

SDP: Final = b"v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
LONG: Final = "long" * 60


@dataclass(frozen=True)
class Case:
    """One message."""

    name: str
    clause: str
    verdict: int | str
    data: bytes


def lines(start: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join((start, *headers, "", "")).encode() + body


def standard(method: str, **changed: str | list[str] | None) -> list[str]:
    """Headers that are right, with some changed, repeated (a list) or left out (``None``)."""
    values: dict[str, str | list[str] | None] = {
        "Via": "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtort",
        "Max-Forwards": "70",
        "From": "<sip:caller@example.com>;tag=8",
        "To": "<sip:user@example.com>",
        "Call-ID": "torture.case@192.0.2.1",
        "CSeq": f"8 {method}",
        "Contact": "<sip:caller@192.0.2.1>",
    }
    values |= {name.replace("_", "-"): value for name, value in changed.items()}
    found: list[str] = []
    for name, value in values.items():
        found += [f"{name}: {each}" for each in ([value] if isinstance(value, str) else value or [])]
    return found


def request(
    method: str, uri: str = "sip:user@example.com", body: bytes = b"", **changed: str | list[str] | None
) -> bytes:
    if body:
        changed = {"Content_Type": "application/sdp", "Content_Length": str(len(body))} | changed
    return lines(f"{method} {uri} SIP/2.0", *standard(method, **changed), body=body)


def invite(uri: str = "sip:user@example.com", **changed: str | list[str] | None) -> bytes:
    return request("INVITE", uri, SDP, **changed)


ODD_METHOD: Final = "!interesting-Method0123456789_*+`.%indeed'~"
VALID: Final = (
    Case("intmeth", "4475 3.1.1.2", 405, request(
        ODD_METHOD, "sip:1_unusual.URI~(to-be!sure)&isn't+it$/?,:;@example.com")),
    Case("esc01", "4475 3.1.1.3", "taken", invite("sip:sips%3Auser%40example.com@example.net")),
    Case("escnull", "4475 3.1.1.4", "taken", request("REGISTER", "sip:example.com",
         To="sip:null-%00-null@example.com", Contact=["<sip:%00@h5.example.com>", "<sip:%00%00@h5.example.com>"])),
    Case("esc02", "4475 3.1.1.5", 405, request("RE%47IST%45R", "sip:registrar.example.com")),
    Case("lwsdisp", "4475 3.1.1.6", 200, request("OPTIONS", From="caller<sip:caller@example.com>;tag=323")),
    Case("longreq", "4475 3.1.1.7", "taken", invite(
        To=f'"I have a user name of {LONG} proportion" <sip:user@example.com:6000;p1={LONG};p2=x{LONG}>',
        From=f"sip:{LONG}@example.com;tag=12{LONG}982424", Call_ID=f"{LONG}@192.0.2.1",
        Via=[f"SIP/2.0/TCP sip{n}.example.com;branch=z9hG4bK{LONG}{n}" for n in range(34)])),
    Case("dblreq", "4475 3.1.1.8", "taken", request("REGISTER", "sip:example.com", Content_Length="0") + invite()),
    Case("semiuri", "4475 3.1.1.9", 200, request("OPTIONS", "sip:user;par=u%40example.net@example.com")),
    Case("transports", "4475 3.1.1.10", 200, request("OPTIONS", Via=[
        "SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw", "SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf",
        "SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj", "SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en",
        "SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee"])),
    Case("mpart01", "4475 3.1.1.11", "taken", request("MESSAGE", body=b"--7a\r\n\r\nplain\r\n--7a\r\nContent-Type: "
         b"application/octet-stream\r\n\r\n\x00\xff\x80\r\n--7a--", Content_Type="multipart/mixed;boundary=7a")),
    Case("unreason", "4475 3.1.1.12", "read", lines(
        "SIP/2.0 200 = 2**3 * 5**2 \u0441\u0442\u043e", *standard("INVITE"))),
    Case("noreason", "4475 3.1.1.13", "read", lines("SIP/2.0 100 ", *standard("INVITE", Contact=None))),
)  # fmt: skip
INVALID: Final = (
    Case("badinv01", "4475 3.1.2.1", 400, invite(
        Via="SIP/2.0/UDP 192.0.2.15;;,;,,", Contact='"Joe" <sip:joe@example.org>;;;;')),
    Case("clerr", "4475 3.1.2.2", 400, invite(Content_Length="9999")),
    Case("ncl", "4475 3.1.2.3", 400, invite(Content_Length="-999")),
    Case("scalar02", "4475 3.1.2.4", 400, request("REGISTER", "sip:example.com",
         CSeq="36893488147419103232 REGISTER", Max_Forwards="300", Expires="1" + "0" * 100)),
    Case("scalarlg", "4475 3.1.2.5", "silence", lines(
        "SIP/2.0 503 Service Unavailable", *standard("INVITE", CSeq="9292394834772304023312 INVITE"))),
    Case("quotbal", "4475 3.1.2.6", 400, invite(To='"Mr. J. User <sip:j.user@example.com>')),
    Case("ltgtruri", "4475 3.1.2.7", 400, invite("<sip:user@example.com>")),
    Case("lwsruri", "4475 3.1.2.8", 400, invite("sip:user@example.com; lr")),
    Case("lwsstart", "4475 3.1.2.9", 400, invite(" sip:user@example.com ")),
    Case("trws", "4475 3.1.2.10", 400, request("OPTIONS").replace(b"SIP/2.0\r\n", b"SIP/2.0  \r\n", 1)),
    Case("escruri", "4475 3.1.2.11", "taken", invite("sip:user@example.com?Route=%3Csip:example.com%3E")),
    Case("baddate", "4475 3.1.2.12", "taken", invite(Date="Fri, 01 Jan 2010 16:00:00 EST")),
    Case("regbadct", "4475 3.1.2.13", "taken", request(
        "REGISTER", "sip:example.com", Contact="sip:user@example.com?Route=%3Csip:sip.example.com%3E")),
    Case("badaspec", "4475 3.1.2.14", 200, request("OPTIONS", To='"Watson, T." < sip:t.watson@example.org >')),
    Case("baddn", "4475 3.1.2.15", 200, request("OPTIONS", From="Bell, Alexander <sip:a.g.bell@example.com>;tag=43")),
    Case("badvers", "4475 3.1.2.16", 505, request("OPTIONS").replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1)),
    Case("mismatch01", "4475 3.1.2.17", 400, request("OPTIONS", CSeq="8 INVITE")),
    Case("mismatch02", "4475 3.1.2.18", 400, request("NEWMETHOD", CSeq="8 INVITE")),
    Case("bigcode", "4475 3.1.2.19", "silence", lines("SIP/2.0 4294967301 big", *standard("INVITE"))),
)  # fmt: skip
APPLICATION: Final = (
    Case("insuf", "4475 3.3.1", 400, invite(Call_ID=None, From=None, To=None)),
    Case("unkscm", "4475 3.3.2", 416, request("OPTIONS", "nobodyKnowsThisScheme:totallyopaquecontent")),
    Case("novelsc", "4475 3.3.3", 416, request("OPTIONS", "soap.beep://192.0.2.103:3002")),
    Case("unksm2", "4475 3.3.4", "taken", request("REGISTER", "sip:example.com",
         To="isbn:2983792873", From="<http://www.example.com>;tag=3234233", Contact="<name:John_Smith>")),
    Case("bext01", "4475 3.3.5", 420, request("OPTIONS", Require="nothingSupportsThis, nothingSupportsThisEither",
         Proxy_Require="noProxiesSupportThis, norDoAnyProxiesSupportThis")),
    Case("invut", "4475 3.3.6", 415, invite(Content_Type="application/unknownformat")),
    Case("regaut01", "4475 3.3.7", "taken", request("REGISTER", "sip:example.com",
         Authorization="NoOneKnowsThisScheme opaque-data=here")),
    Case("multi01", "4475 3.3.8", 400, invite(CSeq=["5 INVITE", "59 INVITE"], Call_ID=["one@a", "two@a"],
         From=["<sip:a@b>;tag=1", "<sip:c@d>;tag=2"], To=["<sip:u@example.com>", "<sip:v@example.com>"])),
    Case("mcl01", "4475 3.3.9", 400, request("OPTIONS", Content_Length=["13", "5"])),
    Case("bcast", "4475 3.3.10", "silence", lines(
        "SIP/2.0 200 OK", *standard("INVITE", Via="SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23"))),
    Case("zeromf", "4475 3.3.11", 200, request("OPTIONS", Max_Forwards="0")),
    Case("cparam01", "4475 3.3.12", "taken", request(
        "REGISTER", "sip:example.com", Contact="sip:watson@192.0.2.1;unknownparam")),
    Case("cparam02", "4475 3.3.13", "taken", request(
        "REGISTER", "sip:example.com", Contact="<sip:watson@192.0.2.1;unknownparam>")),
    Case("regescrt", "4475 3.3.14", "taken", request(
        "REGISTER", "sip:example.com", Contact="<sip:user@example.com?Route=%3Csip:sip.example.com%3E>")),
    Case("sdp01", "4475 3.3.15", 406, invite(Accept="text/nobodyKnowsThis")),
    Case("inv2543", "4475 3.4.1", "taken", invite(Via="SIP/2.0/UDP iftgw.example.com", Contact=None,
         From="<sip:+13035551111@ift.client.example.net;user=phone>", Max_Forwards=None,
         Record_Route="<sip:UserB@example.com;maddr=ss1.example.com>")),
)  # fmt: skip
V6: Final = {"Via": "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3", "Contact": "<sip:caller@[2001:db8::1]>"}
IPV6: Final = (
    Case("valid", "5118 4.1", "taken", request("REGISTER", "sip:[2001:db8::10]", **V6)),
    Case("no brackets", "5118 4.2", 400, request("REGISTER", "sip:2001:db8::10", **V6)),
    Case("port inside", "5118 4.3", "taken", request("REGISTER", "sip:[2001:db8::10:5070]", **V6)),
    Case("port outside", "5118 4.4", "taken", request("REGISTER", "sip:[2001:db8::10]:5070", **V6)),
    Case("received in brackets", "5118 4.5", 481, request("BYE", "sip:[2001:db8::10]",
         Via="SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-1", To="<sip:u@b>;tag=bd76ya")),
    Case("received plain", "5118 4.5", 200, request("OPTIONS", "sip:[2001:db8::10]",
         Via="SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3")),
    Case("many addresses", "5118 4.7", 481, request("BYE", "sip:user@host.example.net", To="<sip:u@example.net>;tag=bd",
         Via=["SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781h",
              "SIP/2.0/TCP [2001:db8:a:b:c:d:e:f];received=2001:db8::9:255;branch=z9hG4bK451jj"])),
    Case("mapped", "5118 4.9", "taken", invite(
        "sip:user@[::ffff:192.0.2.10]", Via="SIP/2.0/UDP [::ffff:192.0.2.2]:5060;"
        "branch=z9hG4bKmap", Contact="<sip:caller@[::ffff:192.0.2.2]>")),
    Case("one colon too many", "5118 4.10", 200, request("OPTIONS", "sip:user@[2001:db8:::192.0.2.1]", **V6)),
)  # fmt: skip
CASES: Final = (*VALID, *INVALID, *APPLICATION, *IPV6)
