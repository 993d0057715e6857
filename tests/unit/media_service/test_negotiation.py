from dataclasses import replace

from media_service.engine.interface import Address, Encoding, Stream
from media_service.negotiation import Negotiation, Unusable
from sip.sdp import DIGIT_EVENTS, PCMU, Codec, Direction, SessionDescription, audio_offer


def negotiation() -> Negotiation:
    made = Negotiation(session_id=77)
    made.address = Address("127.0.0.1", 21_000)
    return made


def test_an_offer_becomes_a_stream_and_an_answer_with_rising_version() -> None:
    ours = negotiation()
    offer = audio_offer("10.0.0.9", 5004, 1, (PCMU, replace(DIGIT_EVENTS, payload_type=97))).serialise()
    assert ours.objection(offer) is None
    first = ours.answer(offer)
    assert not isinstance(first, Unusable)
    assert first[1] == Stream(Address("10.0.0.9", 5004), Encoding.PCMU, 0, 97)
    held = ours.answer(audio_offer("10.0.0.9", 5004, 1, (PCMU,), direction=Direction.INACTIVE).serialise())
    assert not isinstance(held, Unusable)
    assert held[1] == Stream(Address("10.0.0.9", 5004), Encoding.PCMU, 0, None, sending=False)
    described = [SessionDescription.parse(sdp) for sdp, _ in (first, held)]
    assert [each.origin_version for each in described] == [1, 2]
    assert {each.session_id for each in described} == {77}


def test_offers_that_lead_to_nothing() -> None:
    assert negotiation().objection(b"") is None
    assert negotiation().objection(b"v=0\r\n") == Unusable(400, "session description without an origin")
    wideband = audio_offer("10.0.0.9", 5004, 1, (Codec(96, "opus", 48_000),)).serialise()
    assert negotiation().objection(wideband) == Unusable(488, "no codec in common", 305)
    assert negotiation().answer(wideband) == Unusable(488, "no codec in common", 305)


def test_our_own_offer_and_its_answer() -> None:
    ours = negotiation()
    offered = SessionDescription.parse(ours.offer())
    assert offered.audio is not None
    assert offered.audio.port == 21_000
    answer = audio_offer("10.0.0.9", 5006, 3, (PCMU,)).serialise()
    assert ours.take_answer(answer) == Stream(Address("10.0.0.9", 5006), Encoding.PCMU, 0, None)
    assert ours.take_answer(answer) == Unusable(400, "an answer to no offer")


def test_answers_that_lead_to_nothing() -> None:
    ours = negotiation()
    ours.offer()
    refused = audio_offer("10.0.0.9", 5006, 3).serialise().replace(b"m=audio 5006", b"m=audio 0")
    assert isinstance(ours.take_answer(refused), Unusable)
    ours.offer()
    assert isinstance(ours.take_answer(b"nonsense"), Unusable)
