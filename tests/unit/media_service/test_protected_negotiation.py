"""Offers and answers of protected media: phones with SDES, gateways with DTLS, browsers with ICE."""

from base64 import b64encode
from dataclasses import replace
from itertools import count

import pytest

from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, Capabilities, Encoding, SrtpProfile, Stream
from media_service.engine.streams import stream_of
from media_service.negotiation import Negotiation, Offering, Unusable
from media_service.security.identity import Security
from media_service.security.keying import SrtpPolicy
from sip.sdp import Agreement, Codec, Direction, SessionDescription
from tests.unit.media_service.security.handshakes import identity

CM80 = SrtpProfile.AES_CM_128_HMAC_SHA1_80
PROFILES = (SrtpProfile.AEAD_AES_128_GCM, CM80)
KEY = b64encode(bytes(range(30))).decode()
CRYPTO = f"a=crypto:1 {CM80} inline:{KEY}\r\n"
HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
PRINT = "a=fingerprint:SHA-256 " + ":".join(["AB"] * 32) + "\r\n"
CHROME = (
    "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
    "a=extmap-allow-mixed\r\na=msid-semantic: WMS x\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
    "a=ice-ufrag:Xk2f\r\na=ice-pwd:0123456789abcdefghijklmn\r\na=ice-options:trickle\r\n"
    + PRINT
    + "a=setup:actpass\r\na=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=sendrecv\r\n"
    "a=msid:x y\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n"
    "a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\n"
    "a=rtpmap:126 telephone-event/8000\r\na=ssrc:1 cname:z\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:96 VP8/90000\r\na=mid:1\r\na=rtcp-mux\r\n"
)
"""A browser's offer before it has gathered candidates."""


def audio(protocol: str, *lines: str, port: int = 4000, formats: str = "8 101") -> str:
    return f"m=audio {port} {protocol} {formats}\r\na=rtpmap:101 telephone-event/8000\r\n" + "".join(lines)


def ours(
    srtp: SrtpPolicy = SrtpPolicy.OPTIONAL, *codecs: Encoding, web: bool = False, own_order: bool = False
) -> Negotiation:
    numbers = count(1)
    security = Security(lambda length: bytes([next(numbers)]) * length, identity("us"))
    offering = Offering(codecs or (Encoding.PCMA, Encoding.PCMU), srtp, PROFILES, own_order, web)
    made = Negotiation(77, offering, security)
    made.address = Address("127.0.0.1", 21_000)
    return made


def answered(negotiation: Negotiation, offer: str) -> tuple[SessionDescription, Stream]:
    answer = negotiation.answer(offer.encode())
    assert not isinstance(answer, Unusable), answer
    assert negotiation.objection(offer.encode()) is None
    return SessionDescription.parse(answer[0]), answer[1]


def test_a_phone_with_sdes_is_answered_with_our_key() -> None:
    negotiation = ours(SrtpPolicy.REQUIRED)
    description, stream = answered(negotiation, HEAD + audio("RTP/SAVP", CRYPTO))
    line = description.media[0]
    assert line.protocol == "RTP/SAVP"
    assert line.values("crypto") == (f"1 {CM80} inline:{b64encode(bytes([1]) * 30).decode()}",)
    assert stream.srtp is not None
    assert (stream.srtp.sending, stream.srtp.receiving) == (bytes([1]) * 30, bytes(range(30)))
    assert (stream.protected, negotiation.handshake) == (False, None)


def test_keys_beside_plain_rtp_are_taken_up() -> None:
    description, stream = answered(ours(), HEAD + audio("RTP/AVP", CRYPTO))
    assert stream.srtp is not None
    assert description.media[0].protocol == "RTP/AVP"
    assert len(description.media[0].values("crypto")) == 1


@pytest.mark.parametrize("policy", [SrtpPolicy.NEVER, SrtpPolicy.OPTIONAL])
def test_plain_rtp_stays_plain(policy: SrtpPolicy) -> None:
    description, stream = answered(ours(policy), HEAD + audio("RTP/AVP", "" if policy == "optional" else CRYPTO))
    assert stream.srtp is None
    assert description.media[0].values("crypto") == ()


@pytest.mark.parametrize("protected_first", [True, False])
@pytest.mark.parametrize(
    ("policy", "taken"), [("never", "RTP/AVP"), ("optional", "RTP/SAVP"), ("required", "RTP/SAVP")]
)
def test_of_two_lines_the_policy_takes_one(policy: str, taken: str, protected_first: bool) -> None:
    lines = [audio("RTP/SAVP", CRYPTO, port=4002), audio("RTP/AVP")]
    description, stream = answered(
        ours(SrtpPolicy(policy)), HEAD + "".join(lines if protected_first else reversed(lines))
    )
    assert [line.port != 0 for line in description.media] == [line.protocol == taken for line in description.media]
    assert {line.protocol for line in description.media} == {"RTP/SAVP", "RTP/AVP"}
    assert (stream.srtp is not None) == (taken == "RTP/SAVP")


@pytest.mark.parametrize(
    ("policy", "offer", "warning"),
    [
        ("never", audio("RTP/SAVP", CRYPTO), 302),
        ("never", CHROME.removeprefix(HEAD), 302),
        ("required", audio("RTP/AVP"), 302),
        ("optional", audio("RTP/SAVP"), 302),
        ("optional", audio("RTP/SAVP", CRYPTO.replace("\r\n", " UNENCRYPTED_SRTP\r\n")), 302),
        ("optional", audio("UDP/TLS/RTP/SAVP", CRYPTO), 302),
        ("optional", audio("UDP/TLS/RTP/SAVP", PRINT, "a=setup:holdconn\r\n"), 302),
        ("optional", audio("UDP/TLS/RTP/SAVP", PRINT.replace("SHA-256", "md5"), "a=setup:actpass\r\n"), 302),
        ("optional", audio("TCP/RTP/AVP"), 302),
        ("optional", "m=video 5000 RTP/AVP 96\r\n", 304),
        ("optional", audio("RTP/AVP", port=0), 304),
        ("optional", audio("RTP/AVP", formats="18 101"), 305),
        ("optional", audio("RTP/AVP", "c=IN IP4 phone.example\r\n"), 301),
        ("optional", audio("RTP/AVP", "c=IN IP6 2001:db8::1\r\n"), 301),
        ("optional", audio("RTP/AVP", "c=IN IP4 224.2.1.1/127\r\n"), 330),
        ("optional", audio("RTP/AVP", "c=IN IP4 255.255.255.255\r\n"), 330),
    ],
)
def test_what_cannot_be_is_refused_with_the_code_why(policy: str, offer: str, warning: int) -> None:
    whole = offer if offer.startswith("v=") else HEAD + offer
    refused = ours(SrtpPolicy(policy)).answer(whole.encode())
    assert isinstance(refused, Unusable)
    assert (refused.status, refused.warning) == (488, warning)
    assert refused.headers("media.example") == (("Warning", f'{warning} media.example "{refused.reason}"'),)
    assert Unusable(400, "broken").headers("media.example") == ()


@pytest.mark.parametrize(("setup", "role", "client"), [("actpass", "passive", False), ("passive", "active", True)])
def test_a_gateway_with_dtls_and_no_ice(setup: str, role: str, client: bool) -> None:
    negotiation = ours()
    offer = HEAD.replace("t=0 0\r\n", "t=0 0\r\n" + PRINT) + audio("UDP/TLS/RTP/SAVP", f"a=setup:{setup}\r\n")
    description, stream = answered(negotiation, offer)
    assert description.media[0].values("setup") == (role,)
    assert description.media[0].values("fingerprint") == (identity("us").fingerprint.value,)
    assert stream == Stream(Address("192.0.2.7", 4000), Encoding.PCMA, 8, 101, protected=True)
    assert negotiation.handshake is not None
    assert (negotiation.handshake.client, negotiation.handshake.ice) == (client, None)
    assert negotiation.handshake.fingerprints[0].text == ":".join(["AB"] * 32)
    again, _ = answered(negotiation, offer.replace("setup:passive", "setup:actpass"))
    assert again.media[0].values("setup") == (role,)  # an association that goes on keeps its roles


def test_a_browser_is_answered() -> None:
    negotiation = ours()
    description, stream = answered(negotiation, CHROME)
    line, video = description.media
    assert (video.kind, video.port, video.attributes) == ("video", 0, ("mid:1",))
    assert (line.protocol, line.formats, line.direction) == ("UDP/TLS/RTP/SAVPF", ("0", "126"), "sendrecv")
    assert set(description.attributes) == {"group:BUNDLE 0", "ice-lite"}
    assert {"mid:0", "rtcp-mux", "end-of-candidates", "setup:passive"} < set(line.attributes)
    assert line.values("candidate") == ("1 1 udp 2130706431 127.0.0.1 21000 typ host",)
    assert (stream.remote.host, stream.rtcp, stream.sending, stream.protected) == ("0.0.0.0", stream.remote, True, True)
    assert negotiation.handshake is not None
    ice = negotiation.handshake.ice
    assert ice is not None
    assert (ice.remote_name, ice.remote_password) == ("Xk2f", "0123456789abcdefghijklmn")
    assert line.values("ice-ufrag") == (ice.local_name,)
    assert line.values("ice-pwd") == (ice.local_password,)
    assert len(ice.local_password) >= 22
    assert ice.local_password not in repr(ice)


def test_a_browser_on_hold_and_its_restart_of_ice() -> None:
    negotiation = ours()
    answered(negotiation, CHROME)
    before = negotiation.handshake
    held, stream = answered(negotiation, CHROME.replace("a=sendrecv", "a=inactive"))
    assert (held.media[0].direction, stream.sending) == ("inactive", False)
    assert negotiation.handshake == before
    answered(negotiation, CHROME.replace("Xk2f", "Yk2f"))
    after = negotiation.handshake
    assert before is not None
    assert after is not None
    assert replace(after, ice=before.ice) == before
    assert after.ice is not None
    assert before.ice is not None
    assert after.ice.local_name != before.ice.local_name


@pytest.mark.parametrize("broken", ["a=ice-ufrag:x\r\n", "a=ice-pwd:short\r\n", ""])
def test_ice_that_is_none_is_left_out(broken: str) -> None:
    negotiation = ours()
    lines = [PRINT, "a=setup:actpass\r\n", "a=ice-ufrag:Xk2f\r\n", "a=ice-pwd:0123456789abcdefghijklmn\r\n"]
    if broken:
        lines = [broken, *lines, "a=rtcp-mux\r\n"]  # the first of a name counts; without mux there are two components
    description, _ = answered(negotiation, HEAD + audio("UDP/TLS/RTP/SAVPF", *lines))
    assert "ice-lite" not in description.attributes
    assert negotiation.handshake is not None
    assert negotiation.handshake.ice is None


def test_a_bundled_line_without_a_port_of_its_own() -> None:
    offer = CHROME.replace("m=audio 9", "m=audio 0").replace("a=mid:0", "a=mid:0\r\na=bundle-only")
    description, _ = answered(ours(), offer)
    assert description.media[0].port == 21_000


@pytest.mark.parametrize(
    ("codecs", "own_order", "formats"),
    [
        ((Encoding.PCMA, Encoding.PCMU), False, ("0", "126")),
        ((Encoding.PCMA, Encoding.PCMU), True, ("8", "126")),
        ((Encoding.PCMA, Encoding.G722), False, ("9", "126")),
        ((Encoding.PCMA, Encoding.OPUS), False, ("111", "110")),
        ((Encoding.PCMA, Encoding.OPUS), True, ("8", "126")),
    ],
)
def test_codecs_by_setting(codecs: tuple[Encoding, ...], own_order: bool, formats: tuple[str, ...]) -> None:
    negotiation = ours(SrtpPolicy.OPTIONAL, *codecs, own_order=own_order)
    description, stream = answered(negotiation, CHROME)
    assert description.media[0].formats == formats
    assert (str(stream.payload_type), str(stream.digit_payload_type)) == formats
    assert b"opus/48000/2" in description.serialise() or stream.encoding is not Encoding.OPUS


def test_two_of_ours_agree_on_everything() -> None:
    for policy, web in (("optional", False), ("required", False), ("required", True), ("never", False)):
        caller, called = ours(SrtpPolicy(policy), web=web), ours(SrtpPolicy(policy))
        for _ in range(2):  # and again
            answer = called.answer(caller.offer())
            assert not isinstance(answer, Unusable), answer
            stream = caller.take_answer(answer[0])
            assert isinstance(stream, Stream)
            assert stream.remote == called.address
            assert (stream.srtp is None) == (policy == "never" or web)
            if stream.srtp is not None and answer[1].srtp is not None:
                assert stream.srtp.sending == answer[1].srtp.receiving
            if web:
                assert caller.handshake is not None
                assert called.handshake is not None
                assert (caller.handshake.client, called.handshake.client) == (True, False)
                assert caller.handshake.ice is not None
                assert caller.handshake.ice.remote_lite


def test_an_offer_for_browsers_and_their_answer() -> None:
    negotiation = ours(SrtpPolicy.REQUIRED, web=True)
    offer = SessionDescription.parse(negotiation.offer())
    assert set(offer.attributes) == {"group:BUNDLE 0", "ice-lite"}
    assert {"setup:actpass", "rtcp-mux", "mid:0"} < set(offer.media[0].attributes)
    answer = CHROME.partition("m=video")[0].replace("actpass", "active").replace("111 63 9 0 8 13 110 126", "8 126")
    stream = negotiation.take_answer(answer.encode())
    assert isinstance(stream, Stream)
    assert (stream.encoding, stream.digit_payload_type, stream.protected) == (Encoding.PCMA, 126, True)
    assert negotiation.handshake is not None
    assert not negotiation.handshake.client
    again = SessionDescription.parse(negotiation.offer())
    assert again.media[0].formats == ("8", "0", "126")
    assert again.media[0].values("ice-ufrag") == offer.media[0].values("ice-ufrag")


def test_protection_that_is_passed_over_is_a_refusal_only_where_it_is_required() -> None:
    plain = (HEAD + audio("RTP/AVP")).encode()
    optional = ours()
    assert b"crypto" in optional.offer()
    taken = optional.take_answer(plain)
    assert isinstance(taken, Stream)
    assert taken.srtp is None
    required = ours(SrtpPolicy.REQUIRED)
    assert b"RTP/SAVP" in required.offer()
    assert required.take_answer(plain) == Unusable(488, "no codec in common", 305)
    required.offer()
    assert required.take_answer(plain.replace(b"AVP", b"SAVP")) == Unusable(
        488, "no protection of media in common", 302
    )
    web = ours(SrtpPolicy.REQUIRED, web=True)
    web.offer()
    answer = CHROME.replace(PRINT, "").replace("actpass", "active").encode()
    assert web.take_answer(answer) == Unusable(488, "no protection of media in common", 302)


def test_a_re_offer_keeps_lines_and_payload_types() -> None:
    negotiation = ours(SrtpPolicy.OPTIONAL, Encoding.OPUS, Encoding.PCMA)
    offer = (
        HEAD
        + "m=image 5000 udptl t38\r\n"
        + audio("RTP/AVP", "a=rtpmap:101 telephone-event/8000\r\n", formats="8 96 101")
    )
    offer += "a=rtpmap:96 speex/16000\r\n"
    answered(negotiation, offer)
    again = SessionDescription.parse(negotiation.offer())
    assert [(line.kind, line.port) for line in again.media] == [("image", 0), ("audio", 21_000)]
    numbers = {codec.key: codec.payload_type for codec in again.media[1].codecs}
    assert numbers[("PCMA", 8000)] == 8
    assert numbers[("TELEPHONE-EVENT", 8000)] == 101
    assert numbers[("OPUS", 48_000)] != 96  # it is another codec's in this call
    assert len(set(numbers.values())) == len(numbers)
    assert b"crypto" not in again.serialise()


def test_the_version_rises_with_changes_alone() -> None:
    negotiation = ours(SrtpPolicy.NEVER)
    plain = HEAD + audio("RTP/AVP")
    versions = [
        answered(negotiation, offer)[0].origin_version for offer in (plain, plain, plain + "a=sendonly\r\n", plain)
    ]
    assert versions == [1, 1, 2, 3]


@pytest.mark.parametrize(
    ("lines", "sending", "direction"),
    [
        ("a=sendonly\r\n", False, "recvonly"),
        ("a=SENDONLY\r\n", False, "recvonly"),
        ("a=inactive\r\n", False, "inactive"),
        ("a=recvonly\r\n", True, "sendonly"),
        ("c=IN IP4 0.0.0.0\r\n", False, "recvonly"),
        ("c=IN IP6 ::\r\n", False, "recvonly"),
        ("c=IN IP6 hold.invalid\r\n", False, "recvonly"),
        ("c=IN IP4 0.0.0.0\r\na=sendonly\r\n", False, "recvonly"),
        ("c=IN IP4 0.0.0.0\r\na=inactive\r\n", False, "inactive"),
    ],
)
def test_hold_in_every_spelling(lines: str, sending: bool, direction: str) -> None:
    description, stream = answered(ours(), HEAD + audio("RTP/AVP", lines))
    assert (stream.sending, description.media[0].direction) == (sending, direction)


@pytest.mark.parametrize(
    ("line", "rtcp"),
    [
        ("", None),
        ("a=rtcp:4444\r\n", Address("192.0.2.7", 4444)),
        ("a=rtcp:4444 IN IP4 192.0.2.8\r\n", Address("192.0.2.8", 4444)),
        ("a=rtcp-mux\r\n", Address("192.0.2.7", 4000)),
        ("a=rtcp:9 IN IP4 0.0.0.0\r\n", None),
        ("a=rtcp:9 IN IP6 ::1\r\n", None),
        ("a=rtcp:9 IN IP4 224.0.0.1\r\n", None),
        ("a=rtcp:99999\r\n", None),
        ("a=rtcp:x IN\r\n", None),
        ("a=rtcp:5000 IN IP4 name.example\r\n", None),
    ],
)
def test_where_reports_go(line: str, rtcp: Address | None) -> None:
    description, stream = answered(ours(), HEAD + audio("RTP/AVP", line))
    assert stream.rtcp == rtcp
    assert ("rtcp-mux" in description.media[0].attributes) == ("mux" in line)


def test_what_else_phones_write_is_tolerated_and_our_packets_are_of_20_ms() -> None:
    offer = HEAD.replace("t=0 0", "b=CT:128\r\nt=0 0\r\nk=clear:x\r\nz=0 0") + audio(
        "RTP/AVP", "b=AS:64\r\nb=TIAS:64000\r\na=ptime:40\r\na=maxptime:60\r\na=silenceSupp:off - - - -\r\n"
    )
    description, stream = answered(ours(), offer)
    assert description.media[0].ptime == 20
    assert stream.digit_payload_type == 101


def test_opus_with_digits_of_another_clock_alone() -> None:
    offer = HEAD + audio("RTP/AVP", "a=rtpmap:97 opus/48000/2\r\n", formats="97 101")
    _, stream = answered(ours(SrtpPolicy.NEVER, Encoding.OPUS), offer)
    assert (stream.encoding, stream.payload_type, stream.digit_payload_type) == (Encoding.OPUS, 97, 101)


def test_ipv6_is_answered_over_ipv6() -> None:
    negotiation = ours()
    negotiation.address = Address("2001:db8::5", 21_000)
    offer = (HEAD + audio("RTP/AVP")).replace("IP4 192.0.2.7", "IP6 2001:db8::7")
    description, stream = answered(negotiation, offer)
    assert b"c=IN IP6 2001:db8::5\r\n" in description.serialise()
    assert stream.remote == Address("2001:db8::7", 4000)


def test_an_offering_is_what_the_engine_can_do() -> None:
    able = Capabilities((Encoding.PCMU, Encoding.PCMA), (), "no SRTP")
    offering = Offering.within(able, (Encoding.OPUS, Encoding.PCMA), SrtpPolicy.OPTIONAL)
    assert offering == Offering((Encoding.PCMA,), SrtpPolicy.NEVER, ())
    with pytest.raises(EngineError, match="no SRTP"):
        Offering.within(able, srtp=SrtpPolicy.REQUIRED)
    with pytest.raises(EngineError, match="G722"):
        Offering.within(able, (Encoding.G722,))
    with pytest.raises(ValueError, match="required"):
        Negotiation(1, Offering(srtp=SrtpPolicy.REQUIRED))


def test_a_codec_that_no_engine_has_is_a_defect() -> None:
    agreement = Agreement("192.0.2.7", 4000, Codec(3, "GSM"), None, Direction.SENDRECV)
    with pytest.raises(ValueError, match="GSM"):
        stream_of(agreement)
