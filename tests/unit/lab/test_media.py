"""Joining two phones' media by SDP: who is told what, and when."""

import pytest

from lab.media_paths import MediaPaths, PhoneWish
from lab.switch import steps
from lab.switch.wishes import Room, Tone
from sip.sdp import PCMA, PCMU, Media, SessionDescription, audio_offer


def said(port: int, *, direction: str = "sendrecv", video: bool = False) -> bytes:
    description = audio_offer(f"10.0.0.{port % 250}", port, 77)
    line = description.media[0]
    description = description.with_direction(type(line.direction)(direction))
    lines = (
        (*description.media, Media("video", 4000, "RTP/AVP", ("96",), host="10.0.0.9")) if video else description.media
    )
    return SessionDescription(description.host, 77, 1, lines).serialise()


def port_of(body: bytes) -> int:
    audio = SessionDescription.parse(body).audio
    assert audio is not None
    return audio.port


def sdp_of(body: bytes) -> SessionDescription:
    return SessionDescription.parse(body)


def talking() -> MediaPaths:
    """Leg a called b, which answered: a at port 5000, b at port 6000."""
    paths = MediaPaths("192.0.2.1")
    assert paths.arrived("a", said(5000))
    paths.invite("b", "a")
    (invite,) = paths.take_steps()
    assert isinstance(invite, steps.SendInvite)
    assert port_of(invite.body) == 5000
    paths.answered("b", said(6000))
    paths.hear("a", "b")
    paths.hear("b", "a")
    (accept,) = paths.take_steps()
    assert isinstance(accept, steps.AcceptCall)
    assert port_of(accept.body) == 6000
    paths.confirmed("a", b"")
    assert paths.take_steps() == []
    return paths


def hearing(paths: MediaPaths, leg: str, tone: Tone, phone: int) -> str:
    """``leg``, whose phone is at port ``phone``, is sent to a tone and answers; gives the tone port."""
    paths.hear(leg, tone)
    opening = paths.take_steps()[-1]
    assert isinstance(opening, steps.OpenTone)
    paths.tone_ready(leg, opening.port, "192.0.2.1", 22000)
    (offer,) = paths.take_steps()
    assert isinstance(offer, steps.SendOffer)
    assert port_of(offer.body) == 22000
    paths.offer_answered(leg, said(phone))
    (connect,) = paths.take_steps()
    assert isinstance(connect, steps.ConnectTone)
    assert (connect.sound, connect.agreement.port) == (tone, phone)
    return opening.port


def hearing_ringback(paths: MediaPaths, leg: str = "a") -> str:
    return hearing(paths, leg, Tone.RINGBACK, 5000)


def test_each_leg_sees_the_switchs_origin_with_a_rising_version() -> None:
    paths = talking()
    hearing_ringback(paths)
    paths.invite("c", "a")
    paths.answered("c", said(7000))
    paths.hear("a", "c")
    bodies = [sdp_of(step.body) for step in paths.take_steps() if isinstance(step, steps.SendOffer)]
    assert [(body.origin_host, body.origin_version) for body in bodies] == [("192.0.2.1", 3)]
    assert bodies[0].session_id != 77


def test_after_a_transfer_the_caller_hears_ringback_then_the_agent_and_the_tone_closes() -> None:
    paths = talking()
    paths.gone("b")
    tone = hearing_ringback(paths)
    paths.invite("c", "a")
    (invite,) = paths.take_steps()
    assert isinstance(invite, steps.SendInvite)
    assert port_of(invite.body) == 5000

    paths.answered("c", said(7000))
    paths.hear("a", "c")
    paths.hear("c", "a")
    (offer,) = paths.take_steps()
    assert isinstance(offer, steps.SendOffer)
    assert (offer.leg, port_of(offer.body)) == ("a", 7000)
    paths.offer_answered("a", said(5000))
    assert paths.take_steps() == [steps.CloseTone(tone)]


def test_an_answer_with_another_port_is_told_to_the_partner() -> None:
    paths = talking()
    paths.gone("b")
    hearing_ringback(paths)
    paths.invite("c", "a")
    paths.answered("c", said(7000))
    paths.hear("a", "c")
    paths.hear("c", "a")
    paths.take_steps()

    paths.offer_answered("a", said(5002))

    offers = [step for step in paths.take_steps() if isinstance(step, steps.SendOffer)]
    assert [(offer.leg, port_of(offer.body)) for offer in offers] == [("c", 5002)]
    paths.offer_answered("c", said(7000))
    assert paths.take_steps() == []


def test_a_phone_that_holds_is_answered_at_once_and_its_partner_is_left_to_the_model() -> None:
    paths = talking()

    assert paths.offer_received("a", said(5000, direction="sendonly")) is PhoneWish.HOLD
    (answer,) = paths.take_steps()
    assert isinstance(answer, steps.AnswerOffer)
    assert (answer.leg, sdp_of(answer.body).media[0].direction) == ("a", "inactive")

    paths.hear("b", Tone.HOLD)
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)
    assert (opening.leg, opening.sound) == ("b", Tone.HOLD)


def test_a_phone_that_holds_twice_is_answered_twice() -> None:
    paths = talking()
    paths.offer_received("a", said(5000, direction="sendonly"))
    paths.take_steps()

    assert paths.offer_received("a", said(5000, direction="inactive")) is PhoneWish.HOLD
    (answer,) = paths.take_steps()
    assert isinstance(answer, steps.AnswerOffer)


def test_a_phone_that_takes_its_call_back_gets_the_partners_own_answer() -> None:
    paths = talking()
    paths.offer_received("a", said(5000, direction="inactive"))
    tone = hearing(paths, "b", Tone.HOLD, 6000)

    assert paths.offer_received("a", said(5002)) is PhoneWish.RESUME
    assert paths.take_steps() == []
    paths.hear("a", "b")
    paths.hear("b", "a")
    paths.resumed("a")
    (offer,) = paths.take_steps()
    assert isinstance(offer, steps.SendOffer)
    assert (offer.leg, port_of(offer.body), sdp_of(offer.body).media[0].direction) == ("b", 5002, "sendrecv")
    paths.offer_answered("b", said(6002))
    closing, answer = paths.take_steps()
    assert closing == steps.CloseTone(tone)
    assert isinstance(answer, steps.AnswerOffer)
    assert (answer.leg, port_of(answer.body)) == ("a", 6002)
    assert paths.take_steps() == []


def test_a_phone_that_takes_its_call_back_from_a_partner_who_holds_hears_the_tone() -> None:
    paths = talking()
    paths.offer_received("a", said(5000, direction="inactive"))
    paths.offer_received("b", said(6000, direction="inactive"))
    paths.take_steps()

    paths.offer_received("a", said(5000))
    paths.hear("a", Tone.HOLD)
    paths.resumed("a")
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)
    paths.tone_ready("a", opening.port, "192.0.2.1", 22002)
    connect, answer = paths.take_steps()
    assert isinstance(connect, steps.ConnectTone)
    assert isinstance(answer, steps.AnswerOffer)
    assert (answer.leg, port_of(answer.body)) == ("a", 22002)


def test_a_phone_that_takes_back_what_is_gone_is_refused_and_is_still_on_hold() -> None:
    paths = talking()
    paths.offer_received("a", said(5000, direction="inactive"))
    paths.gone("b")
    paths.take_steps()

    paths.offer_received("a", said(5000))
    paths.resumed("a")

    assert paths.take_steps() == [steps.RefuseOffer("a", 491)]
    assert paths.offer_received("a", said(5000)) is PhoneWish.RESUME


def test_a_tone_that_cannot_be_had_refuses_the_phone_that_waits_for_it() -> None:
    paths = talking()
    paths.offer_received("a", said(5000, direction="inactive"))
    paths.offer_received("a", said(5000))
    paths.take_steps()
    paths.hear("a", Tone.HOLD)
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)

    paths.tone_failed("a", opening.port)

    assert paths.take_steps() == [steps.RefuseOffer("a", 500)]


def test_a_leg_goes_from_a_tone_to_a_room_by_another_port() -> None:
    paths = talking()
    tone = hearing(paths, "a", Tone.HOLD, 5000)

    paths.hear("a", Room("C1"))

    closing, opening = paths.take_steps()
    assert closing == steps.CloseTone(tone)
    assert isinstance(opening, steps.OpenTone)
    assert (opening.leg, opening.sound) == ("a", Room("C1"))


def test_a_refused_hold_is_refused_to_the_one_who_asked_and_nothing_has_changed() -> None:
    paths = talking()
    paths.offer_received("a", said(5002))
    paths.take_steps()

    paths.offer_refused("b", 488, 10.0)

    assert paths.take_steps() == [steps.RefuseOffer("a", 488)]
    paths.offer_received("b", b"")
    (answer,) = paths.take_steps()
    assert isinstance(answer, steps.AnswerOffer)
    assert port_of(answer.body) == 5000


def test_offers_from_both_sides_at_once_refuse_the_second() -> None:
    paths = talking()
    paths.offer_received("a", said(5002))
    paths.take_steps()

    paths.offer_received("b", said(6002))

    assert paths.take_steps() == [steps.RefuseOffer("b", 491)]


def test_the_partner_gone_while_an_answer_is_owed_refuses_the_offer() -> None:
    paths = talking()
    paths.offer_received("a", said(5002))
    paths.take_steps()

    paths.gone("b")

    assert paths.take_steps() == [steps.RefuseOffer("a", 480)]


def test_a_late_offer_is_answered_with_ours_and_its_answer_told_to_the_partner() -> None:
    paths = MediaPaths("192.0.2.1")
    assert paths.arrived("a", b"")
    paths.invite("b", "a")
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)
    paths.tone_ready("b", opening.port, "192.0.2.1", 22000)
    assert isinstance(paths.take_steps()[0], steps.SendInvite)
    paths.answered("b", said(6000))
    paths.hear("a", "b")
    paths.hear("b", "a")
    accept = next(step for step in paths.take_steps() if isinstance(step, steps.AcceptCall))
    assert port_of(accept.body) == 6000

    paths.confirmed("a", said(5000))

    (offer,) = paths.take_steps()
    assert isinstance(offer, steps.SendOffer)
    assert (offer.leg, port_of(offer.body)) == ("b", 5000)
    paths.offer_answered("b", said(6000))
    assert paths.take_steps() == [steps.CloseTone(opening.port)]


def test_a_late_offer_without_an_answer_in_the_ack_is_broken() -> None:
    paths = MediaPaths("192.0.2.1")
    paths.arrived("a", b"")
    paths.hear("a", Tone.CONFIRMATION)
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)
    paths.tone_ready("a", opening.port, "192.0.2.1", 22000)
    paths.take_steps()

    paths.confirmed("a", b"")

    assert [type(step) for step in paths.take_steps()] == [steps.Broken]


def test_a_tone_answers_a_call_by_itself() -> None:
    paths = MediaPaths("192.0.2.1")
    paths.arrived("a", said(5000))
    paths.hear("a", Tone.CONFIRMATION)
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)

    paths.tone_ready("a", opening.port, "192.0.2.1", 22000)

    connect, accept = paths.take_steps()
    assert isinstance(connect, steps.ConnectTone)
    assert connect.agreement.port == 5000
    assert isinstance(accept, steps.AcceptCall)
    assert port_of(accept.body) == 22000


def test_nothing_is_told_before_the_ack_however_late_it_is() -> None:
    paths = MediaPaths("192.0.2.1")
    paths.arrived("a", said(5000))
    paths.invite("b", "a")
    paths.answered("b", said(6000))
    paths.hear("a", "b")
    paths.take_steps()

    paths.hear("a", Tone.RINGBACK)
    assert paths.take_steps() == []
    paths.confirmed("a", b"")
    assert [type(step) for step in paths.take_steps()] == [steps.OpenTone]


def test_a_refused_join_is_tried_again_while_it_may_pass_and_then_broken() -> None:
    paths = talking()
    paths.gone("b")
    paths.invite("c", "a")
    paths.answered("c", said(7000))
    paths.hear("a", "c")
    paths.hear("c", "a")
    paths.take_steps()

    now = 100.0
    for attempt in range(1, 4):
        paths.offer_refused("a", 500, now)
        assert paths.take_steps() == []
        assert paths.get_timer() == now + attempt
        now += attempt
        paths.handle_timer(now)
        assert [type(step) for step in paths.take_steps()] == [steps.SendOffer]
    paths.offer_refused("a", 500, now)
    assert paths.take_steps() == [steps.Broken("a", "re-INVITE refused with 500")]


def test_a_caller_who_refuses_the_tone_waits_in_silence_and_is_joined_later() -> None:
    paths = talking()
    paths.gone("b")
    paths.hear("a", Tone.RINGBACK)
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)
    paths.tone_ready("a", opening.port, "192.0.2.1", 22000)
    paths.take_steps()

    paths.offer_refused("a", 488, 10.0)
    assert paths.take_steps() == []
    paths.invite("c", "a")
    paths.answered("c", said(7000))
    paths.hear("a", "c")

    assert [type(step) for step in paths.take_steps()] == [steps.SendInvite, steps.SendOffer]


@pytest.mark.parametrize("ready", [True, False])
def test_a_leg_that_ends_while_its_tone_opens_leaves_no_port_behind(*, ready: bool) -> None:
    paths = talking()
    paths.hear("a", Tone.RINGBACK)
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)

    paths.gone("a")
    assert paths.take_steps() == [steps.CloseTone(opening.port)]
    if ready:
        paths.tone_ready("a", opening.port, "192.0.2.1", 22000)
    else:
        paths.tone_failed("a", opening.port)
    assert paths.take_steps() == []


def test_without_a_free_tone_port_an_answered_caller_waits_and_a_feature_call_breaks() -> None:
    paths = talking()
    paths.hear("a", Tone.RINGBACK)
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)
    paths.tone_failed("a", opening.port)
    assert paths.take_steps() == []

    paths.arrived("f", said(5004))
    paths.hear("f", Tone.CONFIRMATION)
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)
    paths.tone_failed("f", opening.port)
    assert [type(step) for step in paths.take_steps()] == [steps.Broken]


def test_the_number_of_media_lines_never_shrinks() -> None:
    paths = MediaPaths("192.0.2.1")
    paths.arrived("a", said(5000, video=True))
    paths.invite("b", "a")
    paths.answered("b", said(6000))
    paths.hear("a", "b")
    paths.take_steps()
    paths.confirmed("a", b"")
    paths.hear("a", Tone.RINGBACK)
    (opening,) = paths.take_steps()
    assert isinstance(opening, steps.OpenTone)
    paths.tone_ready("a", opening.port, "192.0.2.1", 22000)

    (offer,) = paths.take_steps()
    assert isinstance(offer, steps.SendOffer)
    assert [(line.kind, line.port) for line in sdp_of(offer.body).media] == [("audio", 22000), ("video", 0)]


@pytest.mark.parametrize("body", [b"nonsense", b"v=0\r\n", said(0)])
def test_offers_and_answers_without_audio_are_turned_down(body: bytes) -> None:
    paths = MediaPaths("192.0.2.1")
    assert not paths.arrived("a", body)

    paths = talking()
    paths.offer_received("a", body)
    assert paths.take_steps() == [steps.RefuseOffer("a", 488)]
    paths.invite("c", "a")
    paths.take_steps()
    paths.answered("c", body)
    assert paths.take_steps() == [steps.Broken("c", "answered without audio")]


def test_payload_types_are_those_of_the_phones_end_to_end() -> None:
    paths = MediaPaths("192.0.2.1")
    own = audio_offer("10.0.0.1", 5000, 1, (PCMU, PCMA, audio_offer("h", 1, 1).media[0].codecs[2]))
    text = own.serialise().replace(b"101", b"127")
    paths.arrived("a", text)
    paths.invite("b", "a")

    (invite,) = paths.take_steps()
    assert isinstance(invite, steps.SendInvite)
    assert b"a=rtpmap:127 telephone-event/8000" in invite.body
    assert b"m=audio 5000 RTP/AVP 0 8 127" in invite.body
