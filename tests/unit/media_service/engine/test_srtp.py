"""Protected streams, against libsrtp at the far end: every profile both ways, forged and repeated packets, new keys."""

import os

import pylibsrtp
import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.codecs.g711 import linear_from_mu_law
from media_service.engine.arguments import KEY_OCTETS
from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    DigitReceived,
    Encoding,
    EngineEvent,
    MediaEngine,
    Playlist,
    Srtp,
    SrtpProfile,
    Stream,
    Tone,
)
from sip.dtmf import digit_packets
from sip.rtp import RtpPacket
from tests.fakes.listening import RtpListener
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.engines import WithEngine
from tests.unit.media_service.engine.far_end import FarEnd, amplitude, last

pytestmark = pytest.mark.integration

POLICIES = {
    SrtpProfile.AES_CM_128_HMAC_SHA1_80: pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    SrtpProfile.AES_CM_128_HMAC_SHA1_32: pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    SrtpProfile.AEAD_AES_128_GCM: pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    SrtpProfile.AEAD_AES_256_GCM: pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}


def keys(profile: SrtpProfile) -> Srtp:
    return Srtp(profile, os.urandom(KEY_OCTETS[profile]), os.urandom(KEY_OCTETS[profile]))


def far_sessions(srtp: Srtp) -> tuple[pylibsrtp.Session, pylibsrtp.Session]:
    """What the far end opens with, and protects with."""
    policy, profile = pylibsrtp.Policy, POLICIES[srtp.profile]
    return (
        pylibsrtp.Session(policy(srtp.sending, policy.SSRC_ANY_INBOUND, srtp_profile=profile)),
        pylibsrtp.Session(policy(srtp.receiving, policy.SSRC_ANY_OUTBOUND, srtp_profile=profile)),
    )


def stream(far: RtpListener, srtp: Srtp | None) -> Stream:
    return Stream(Address(far.host, far.port), Encoding.PCMU, 0, 101, srtp=srtp, protected=True)


def opened(session: pylibsrtp.Session, packets: list[RtpPacket]) -> bytes:
    """The audio of protected packets, as PCM16."""
    return b"".join(
        linear_from_mu_law(RtpPacket.parse(session.unprotect(packet.serialise())).payload) for packet in packets
    )


def test_this_machine_has_every_profile(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        assert set(engine.capabilities().srtp) == set(SrtpProfile)

    with_engine(story)


@pytest.mark.parametrize("profile", list(SrtpProfile))
def test_audio_and_digits_are_protected_both_ways(with_engine: WithEngine, profile: SrtpProfile) -> None:
    srtp = keys(profile)
    inwards, outwards = far_sessions(srtp)

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream(far, srtp))
        engine.play("a", Playlist((Tone((1000.0,), (), 0.6),)), "t")
        for packet in digit_packets("7", payload_type=101, ssrc=9, sequence=1, timestamp=0):
            far.send(outwards.protect(packet.serialise()), address.host, address.port)
        await until(reactor, lambda: len(events) == 2)
        assert [event.digit for event in events if isinstance(event, DigitReceived)] == ["7"]
        assert (await engine.figures("a")).received == 7

    with RtpListener() as far:
        with_engine(story)
    heard = opened(inwards, [arrival.packet for arrival in far.arrivals])
    assert amplitude(last(heard, 0.3, before=0.2), 1000) > 4000


def test_forged_repeated_and_unprotected_packets_are_none(with_engine: WithEngine) -> None:
    srtp = keys(SrtpProfile.AES_CM_128_HMAC_SHA1_80)
    _, outwards = far_sessions(srtp)
    plain = RtpPacket(0, 5, 800, 9, bytes(160)).serialise()
    right = outwards.protect(plain)

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream(far, srtp))
        forged = right[:-1] + bytes([right[-1] ^ 1])
        for data in (forged, plain, right[:14], right, right, right, forged):
            far.send(data, address.host, address.port)
        await pause(reactor, 0.1)
        assert (await engine.figures("a")).received == 1

    with RtpListener() as far:
        with_engine(story)


def test_the_stream_begins_when_keys_come_and_goes_on_with_new_ones(with_engine: WithEngine) -> None:
    first, second = (keys(SrtpProfile.AEAD_AES_128_GCM) for _ in range(2))

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream(far, None))
        await pause(reactor, 0.1)
        assert not far.arrivals
        engine.connect("a", stream(far, first))
        await until(reactor, lambda: len(far.arrivals) > 5)
        engine.connect("a", stream(far, first))
        await pause(reactor, 0.1)
        count.append(len(far.arrivals))
        engine.connect("a", stream(far, second))
        await until(reactor, lambda: len(far.arrivals) > count[0] + 10)

    count: list[int] = []
    with FarEnd() as far:
        with_engine(story)
    packets = [arrival.packet for arrival in far.arrivals]
    assert opened(far_sessions(first)[0], packets[: count[0]])
    assert opened(far_sessions(second)[0], packets[count[0] + 3 :])
    assert far.lost() == 0


def test_keys_of_the_wrong_length_are_refused(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        for profile in SrtpProfile:
            with pytest.raises(EngineError):
                engine.connect("a", stream(far, Srtp(profile, bytes(29), bytes(29))))

    with RtpListener() as far:
        with_engine(story)
