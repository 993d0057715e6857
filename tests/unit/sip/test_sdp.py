"""Session descriptions: reading what others write, and the rules of offer and answer."""

import pytest

from sip.errors import SipSyntaxError
from sip.sdp import (
    DIGIT_EVENTS,
    L16,
    PCMA,
    PCMU,
    TELEPHONY,
    Answer,
    Codec,
    Direction,
    NotAcceptable,
    SessionDescription,
    accept_answer,
    audio_offer,
    negotiate,
    settle,
)

PHONE = (
    b"v=0\r\no=alice 2890844526 2890844527 IN IP4 host.example\r\ns=call\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\na=tool:x\r\n"
    b"m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    b"m=audio 4000/2 RTP/AVP 9 0 8 96\r\nc=IN IP4 192.0.2.8/127\r\na=rtpmap:9 G722/8000\r\n"
    b"a=rtpmap:96 telephone-event/8000/1\r\na=fmtp:96 0-16\r\na=ptime:30\r\na=ice-ufrag:x\r\n"
    b"m=audio 4010 RTP/SAVP 0\r\nm=application 9 TCP/BFCP *\r\n"
)


def answer_to(data: bytes, **more: object) -> Answer | NotAcceptable:
    offer = SessionDescription.parse(data)
    return negotiate(offer, TELEPHONY, host="192.0.2.1", port=6000, session_id=5, **more)  # type: ignore[arg-type]  # tests pass what fits


def test_an_offer_is_written_byte_for_byte() -> None:
    assert audio_offer("192.0.2.1", 4000, 77, (PCMA, DIGIT_EVENTS), version=3).serialise() == (
        b"v=0\r\no=- 77 3 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\n"
        b"a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )


def test_a_phones_description_is_read() -> None:
    offer = SessionDescription.parse(PHONE)
    assert (offer.session_id, offer.origin_version, offer.origin_host) == (2890844526, 2890844527, "host.example")
    audio = offer.audio
    assert audio is not None
    assert (audio.host, audio.port, audio.ptime) == ("192.0.2.8", 4000, 30)
    assert [codec.name for codec in audio.codecs] == ["G722", "PCMU", "PCMA", "telephone-event"]
    assert audio.attributes == ("ice-ufrag:x",)
    assert [line.kind for line in offer.media] == ["video", "audio", "audio", "application"]


def test_the_answer_takes_one_audio_line_and_refuses_the_others_in_their_places() -> None:
    answer = answer_to(PHONE)
    assert isinstance(answer, Answer)
    assert [(line.kind, line.port) for line in answer.description.media] == [
        ("video", 0), ("audio", 6000), ("audio", 0), ("application", 0),
    ]  # fmt: skip
    assert answer.description.media[1].formats == ("0", "96")
    agreed = answer.agreement
    assert (agreed.host, agreed.port, agreed.codec.name, agreed.digit_payload_type) == ("192.0.2.8", 4000, "PCMU", 96)
    assert agreed.ptime == 30
    again = SessionDescription.parse(answer.description.serialise())
    assert [(line.kind, line.port, line.protocol) for line in again.media] == [
        (line.kind, line.port, line.protocol) for line in answer.description.media
    ]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")],
)
def test_directions_are_mirrored(theirs: str, ours: str) -> None:
    offer = audio_offer("192.0.2.7", 4000, 1, direction=Direction(theirs))
    answer = answer_to(offer.serialise())
    assert isinstance(answer, Answer)
    assert answer.agreement.direction == ours
    assert answer.description.media[0].direction == ours
    assert Direction(theirs).mirrored == ours


def test_the_old_way_of_hold_stops_our_sending() -> None:
    answer = answer_to(audio_offer("0.0.0.0", 4000, 1).serialise())
    assert isinstance(answer, Answer)
    assert answer.agreement.direction is Direction.RECVONLY


def test_a_direction_for_the_whole_session_counts_for_its_lines() -> None:
    data = audio_offer("192.0.2.7", 4000, 1).serialise().replace(b"a=sendrecv\r\n", b"")
    offer = SessionDescription.parse(data.replace(b"t=0 0\r\n", b"t=0 0\r\na=sendonly\r\n"))
    assert offer.audio is not None
    assert offer.audio.on_hold


@pytest.mark.parametrize(
    "offer",
    [
        audio_offer("192.0.2.7", 4000, 1, (Codec(97, "opus", 48000),)),
        audio_offer("192.0.2.7", 0, 1),
        audio_offer("192.0.2.7", 4000, 1, (DIGIT_EVENTS,)),
        SessionDescription("192.0.2.7", 1, 1, ()),
    ],
)
def test_nothing_in_common_is_refused(offer: SessionDescription) -> None:
    assert isinstance(answer_to(offer.serialise()), NotAcceptable)


def test_the_answer_to_our_offer_is_read() -> None:
    offer = audio_offer("192.0.2.1", 4000, 1)
    answer = audio_offer("192.0.2.2", 6000, 9, (PCMU, Codec(96, "telephone-event")))
    agreed = accept_answer(offer, SessionDescription.parse(answer.serialise()))
    assert not isinstance(agreed, NotAcceptable)
    assert (agreed.host, agreed.port, agreed.codec, agreed.digit_payload_type) == ("192.0.2.2", 6000, PCMU, 96)
    refused = audio_offer("192.0.2.2", 0, 9)
    assert isinstance(accept_answer(offer, refused), NotAcceptable)


def test_a_switch_sends_on_a_description_under_its_own_origin() -> None:
    passed = SessionDescription.parse(PHONE).with_origin(session_id=3, version=8, host="192.0.2.99")
    text = passed.serialise()
    assert b"o=- 3 8 IN IP4 192.0.2.99\r\n" in text
    again = SessionDescription.parse(text)
    assert again.audio == SessionDescription.parse(PHONE).audio
    held = again.with_direction(Direction.SENDONLY).audio
    assert held is not None
    assert held.direction is Direction.SENDONLY


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"v=1\r\n",
        b"v=0\r\ns=-\r\n",
        b"v=0\r\no=- 1 IN IP4 a\r\n",
        b"v=0\r\no=- x 1 IN IP4 a\r\n",
        b"v=0\r\nnonsense\r\n",
        PHONE.replace(b"4000/2", b"70000"),
        PHONE.replace(b"m=video 5000 RTP/AVP 96", b"m=video"),
        PHONE.replace(b"RTP/AVP 9 0", b"RTP/AVP 999 0"),
        PHONE.replace(b"IN IP4 192.0.2.7", b"ATM NSAP x"),
        b"v=0\r\no=- 1 1 IN IP4 a\r\nm=audio 4000 RTP/AVP 0\r\n",
        PHONE + b"m=audio 1 RTP/AVP 0\r\n" * 40,
        PHONE + b"a=x\r\n" * 600,
    ],
)
def test_garbled_descriptions_are_syntax_errors(data: bytes) -> None:
    with pytest.raises(SipSyntaxError):
        SessionDescription.parse(data)


def test_values_of_a_line_stand_before_those_of_the_session() -> None:
    data = PHONE.replace(b"a=tool:x\r\n", b"a=setup:active\r\na=ice-ufrag:whole\r\n")
    described = SessionDescription.parse(data)
    line = described.media[1]
    assert described.value(line, "ice-ufrag") == "x"
    assert described.value(line, "setup") == "active"
    assert described.values(line, "fingerprint") == ()
    assert described.value(line, "fingerprint") == ""


def test_channels_are_read_and_written() -> None:
    offer = audio_offer("192.0.2.7", 4000, 1, (Codec(96, "opus", 48_000, "", 2), Codec(97, "L16", 8000, "", 2), PCMU))
    again = SessionDescription.parse(offer.serialise())
    assert b"a=rtpmap:96 opus/48000/2\r\n" in offer.serialise()
    assert again.media[0].codecs == offer.media[0].codecs
    odd = SessionDescription.parse(offer.serialise().replace(b"48000/2", b"48000/x"))
    assert odd.media[0].codecs[0].channels == 1


def test_stereo_of_16_bits_is_another_codec_than_mono() -> None:
    stereo = SessionDescription.parse(audio_offer("192.0.2.7", 4000, 1, (Codec(97, "l16", 8000, "", 2),)).serialise())
    assert settle(stereo.media[0], (L16,)) is None
    mono = SessionDescription.parse(audio_offer("192.0.2.7", 4000, 1, (Codec(98, "l16"),)).serialise())
    settled = settle(mono.media[0], (L16,))
    assert settled is not None
    assert (settled.codec.name, settled.codec.payload_type) == ("L16", 98)


@pytest.mark.parametrize(
    ("line", "audio"),
    [
        ("m=audio 4000 RTP/AVP 0", True),
        ("m=audio 4000 RTP/SAVPF 0", True),
        ("m=audio 4000 UDP/TLS/RTP/SAVPF 0", True),
        ("m=audio 0 RTP/AVP 0", False),
        ("m=audio 4000 TCP/RTP/AVP 0", False),
        ("m=audio 4000 udptl t38", False),
        ("m=image 4000 udptl t38", False),
        ("m=video 4000 RTP/AVP 96", False),
    ],
)
def test_which_lines_are_audio(line: str, audio: bool) -> None:
    described = SessionDescription.parse(f"v=0\r\no=- 1 1 IN IP4 a\r\nc=IN IP4 192.0.2.7\r\n{line}\r\n".encode())
    assert bool(described.audio_lines) == audio


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        (b"m=video 5000 RTP/AVP 96\r\n", 304),
        (b"m=audio 0 RTP/AVP 8\r\n", 304),
        (b"m=audio 5000 RTP/SAVP 8\r\n", 305),
        (b"m=audio 5000 TCP/RTP/AVP 8\r\n", 302),
        (b"m=audio 5000 RTP/AVP 18\r\n", 305),
    ],
)
def test_a_refusal_has_the_code_why(data: bytes, warning: int) -> None:
    head = b"v=0\r\no=- 1 1 IN IP4 a\r\nc=IN IP4 192.0.2.7\r\n"
    refused = answer_to(head + data)
    assert isinstance(refused, NotAcceptable)
    assert refused.warning == warning


def test_our_order_may_decide() -> None:
    offer = audio_offer("192.0.2.7", 4000, 1, (PCMU, PCMA)).media[0]
    ours, theirs = (settle(offer, TELEPHONY, own_order=own) for own in (True, False))
    assert ours is not None
    assert theirs is not None
    assert (ours.codec, theirs.codec) == (PCMA, PCMU)
