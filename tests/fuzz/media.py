"""What comes to the media service from anywhere: session descriptions, STUN, DTLS, and what must hold of each."""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Final

from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, Encoding, PacketReceived, SrtpProfile, Stream
from media_service.negotiation import Negotiation, Offering, Unusable
from media_service.security import stun
from media_service.security.dtls import DtlsContext, DtlsSession
from media_service.security.ice import IceLite, IceParameters
from media_service.security.identity import Identity, Security
from media_service.security.keying import Handshake, SrtpPolicy
from media_service.security.leg import SecureLeg
from media_service.security.stun import Attribute, Kind, StunError
from sip.errors import SipSyntaxError
from sip.sdp import SessionDescription
from tests.fuzz.target import check
from tests.fuzz.trees import mutate_octets

_OURS: Final = Address("192.0.2.1", 6000)
_THEIRS: Final = Address("192.0.2.7", 4000)
_ICE: Final = IceParameters("ours", "our-password-of-22-octets", "them", "their-password-of-22-octets")
_PROFILES: Final = (SrtpProfile.AEAD_AES_128_GCM, SrtpProfile.AES_CM_128_HMAC_SHA1_80)
_ENCODINGS: Final = (Encoding.OPUS, Encoding.G722, Encoding.PCMA, Encoding.PCMU, Encoding.L16)
_LONGEST_REPORT: Final = 300
_WORDS: Final = tuple(
    text.encode()
    for text in (
        *("m=audio 4000 RTP/SAVP 0 8", "m=audio 0 RTP/AVP 0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=bundle-only"),
        *("a=inactive", "a=sendonly", "a=rtcp-mux", "a=rtcp:9 IN IP4 0.0.0.0", "a=ice-lite", "a=setup:passive"),
        *("c=IN IP4 0.0.0.0", "c=IN IP6 ::1", "c=IN IP4 224.0.0.1", "c=IN IP4 x.invalid", "a=mid:0"),
        *("a=rtpmap:96 opus/48000/2", "a=rtpmap:0 L16/8000/2", "a=fmtp:96 " + "x" * 300, "a=ptime:99999"),
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40,
        "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" + "B" * 40 + "|2^31|1:4",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
    )
)
_HEAD: Final = b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
_PHONE: Final = (
    _HEAD + b"m=video 5000 RTP/AVP 96\r\nm=audio 4000/2 RTP/AVP 9 0 8 96\r\nc=IN IP4 192.0.2.8/127\r\n"
    b"a=rtpmap:96 telephone-event/8000/1\r\na=fmtp:96 0-16\r\na=ptime:30\r\na=rtcp:4444 IN IP4 192.0.2.9\r\n"
)
_BROWSER: Final = (
    _HEAD + b"a=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0 110\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
    b"a=ice-ufrag:Xk2f\r\na=ice-pwd:0123456789abcdefghijklmn\r\na=setup:actpass\r\na=rtcp-mux\r\n"
    b"a=rtpmap:111 opus/48000/2\r\na=rtpmap:110 telephone-event/48000\r\n" + _WORDS[-1] + b"\r\n"
)
_PROTECTED: Final = _HEAD + b"m=audio 4000 RTP/SAVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n" + _WORDS[-3]


@cache
def _identity() -> Identity:
    return Identity.make(1_800_000_000.0)


@cache
def _dtls() -> DtlsContext:
    return DtlsContext(_identity(), _PROFILES)


# --- session descriptions ---------------------------------------------------------------------------------------------


def run_sdp(data: bytes) -> None:
    """A description: read or refused; what is read can be written and read again; every policy answers or refuses."""
    try:
        described = SessionDescription.parse(data)
    except SipSyntaxError as error:
        check(len(str(error)) <= _LONGEST_REPORT, f"a report of {len(str(error))} characters")
        described = None
    if described is not None and data.isascii():
        again = SessionDescription.parse(described.serialise())
        check(len(again.media) == len(described.media), "another number of lines after writing")
    for policy in SrtpPolicy:
        _answer(data, policy, readable=described is not None)


def _answer(data: bytes, policy: SrtpPolicy, *, readable: bool) -> None:
    negotiation = Negotiation(5, Offering(_ENCODINGS, policy, _PROFILES), Security(bytes, _identity()))
    negotiation.address = _OURS
    answer = negotiation.answer(data)
    if isinstance(answer, Unusable):
        check((answer.status == 488) == readable, f"{answer.status} for what is readable: {readable}")
        check(len(answer.reason) <= _LONGEST_REPORT, "a long reason")
        return
    sdp, stream = answer
    offered, answered = SessionDescription.parse(data), SessionDescription.parse(sdp)
    check(len(answered.media) == len(offered.media), "an answer of other lines")
    check(sum(line.port != 0 for line in answered.media) == 1, "an answer with other than one stream")
    check(0 <= stream.payload_type < 128, "no payload type")
    check(policy is not SrtpPolicy.NEVER or (stream.srtp is None and not stream.protected), "protected though never")
    check(policy is not SrtpPolicy.REQUIRED or stream.srtp is not None or stream.protected, "open though required")
    negotiation.offer()
    _ = negotiation.take_answer(data)


def descriptions() -> Iterator[bytes]:
    """Of a phone, a browser, a phone with keys; and one that is none."""
    yield from (_PHONE, _BROWSER, _PROTECTED, _HEAD)


def mutate_sdp(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Other lines: dropped, doubled, moved, taken from elsewhere; seldom other octets."""
    if not random.randrange(4):
        return mutate_octets(data, random, others)
    lines = data.split(b"\r\n")
    at = random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines[at:at] = [random.choice(lines)] * random.choice((1, 1, 3, 40))
        case 2:
            lines.insert(at, random.choice(_WORDS))
        case _:
            lines[at] = mutate_octets(lines[at], random, others)
    return b"\r\n".join(lines)


# --- STUN -------------------------------------------------------------------------------------------------------------


def run_stun(data: bytes) -> None:
    """A datagram: read or refused; who knows the password alone moves media; answers are short."""
    try:
        message = stun.read(data)
    except StunError as error:
        check(len(str(error)) <= _LONGEST_REPORT, "a long report")
        message = None
    sent: list[bytes] = []
    ice = IceLite(_ICE, lambda answer, _target: sent.append(answer))
    ice.receive(data, _THEIRS, 1.0)
    check(len(sent) <= (message is not None), "an answer to what cannot be read, or more than one")
    for answer in sent:
        stun.read(answer)
        check(len(answer) <= 100 + 2 * len(data), "an answer far longer than what was asked")
    known = message is not None and message.is_by(_ICE.local_password)
    check(known or (ice.selected is None and not ice.known), "media moved by somebody else")


def checks() -> Iterator[bytes]:
    """A check that nominates, one without integrity, an indication, an answer."""
    user = (Attribute.USERNAME, b"ours:them")
    more = [(Attribute.PRIORITY, bytes(4)), (Attribute.ICE_CONTROLLING, bytes(8)), (Attribute.USE_CANDIDATE, b"")]
    yield stun.write(Kind.REQUEST, b"transaction!", [user, *more], _ICE.local_password)
    yield stun.write(Kind.REQUEST, b"transaction!", [user])
    yield stun.write(Kind.INDICATION, b"transaction!", [(Attribute.SOFTWARE, b"somebody")])
    yield stun.write(Kind.SUCCESS, b"transaction!", [(0x20, stun.xor_address(_THEIRS, b"transaction!"))], "x")


# --- DTLS -------------------------------------------------------------------------------------------------------------


class _Engine:
    """Counts what is sent."""

    def __init__(self) -> None:
        self.octets = 0
        self.streams: list[Stream] = []

    def connect(self, port: str, stream: Stream) -> None:
        if port != "port":
            raise EngineError(port)
        self.streams.append(stream)

    def send_packet(self, port: str, data: bytes, target: Address) -> None:
        if port != "port" or target != _THEIRS:
            raise EngineError(port)
        self.octets += len(data)


def run_dtls(data: bytes) -> None:
    """Datagrams, each behind its length in two octets, to a leg in both roles: no keys, and little noise."""
    for client in (False, True):
        engine = _Engine()
        leg = SecureLeg(engine, "port", _dtls(), lambda _news: None)  # type: ignore[arg-type]  # what it uses of an engine
        stream = Stream(_THEIRS, Encoding.PCMA, 8, 101, protected=True)
        leg.connect(stream, Handshake((_identity().fingerprint,), client=client), 1.0)
        count = 0
        for count, datagram in enumerate(_datagrams(data), start=1):  # noqa: B007 - counted for what follows
            leg.receive(PacketReceived("port", datagram, _THEIRS), 1.0)
        check(all(each.srtp is None for each in engine.streams), "keys out of nothing")
        check(engine.octets <= 4000 * (count + 1), f"{engine.octets} octets sent for {count} datagrams")
        leg.close()


def _datagrams(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 2 <= len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        yield data[at + 2 : end]
        at = end


def handshakes() -> Iterator[bytes]:
    """Both ends' first flights, and records that are none."""
    sent: list[bytes] = []
    client = DtlsSession(_dtls(), (_identity().fingerprint,), client=True, send=sent.append)
    client.start(1.0)
    server = DtlsSession(_dtls(), (_identity().fingerprint,), client=False, send=sent.append)
    server.receive(sent[0], 1.0)
    for datagrams in (sent[:1], sent[1:], sent, [b"\x16\xfe\xfd" + bytes(10), b"\x15\xfe\xfd" + bytes(10)]):
        yield b"".join(len(each).to_bytes(2) + each for each in datagrams)
