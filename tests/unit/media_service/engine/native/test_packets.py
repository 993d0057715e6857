"""Packets of the native core on the wire: SRTP by another implementation, RTCP, what is no media, threads."""

import os
import socket
import struct
from itertools import pairwise
from pathlib import Path

import pylibsrtp
import pytest
import soundfile
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.errors import EngineError
from media_service.engine.interface import (
    Address,
    DigitReceived,
    Encoding,
    EngineEvent,
    MediaEngine,
    PacketReceived,
    Playlist,
    Srtp,
    SrtpProfile,
    Tone,
)
from sip.dtmf import digit_packets
from sip.rtp import RtpPacket
from tests.fakes.listening import RtpListener
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.native.world import events_of, levels, pair, record, sing, stream, with_native

pytestmark = pytest.mark.integration

OCTETS = {
    SrtpProfile.AES_CM_128_HMAC_SHA1_80: 30,
    SrtpProfile.AES_CM_128_HMAC_SHA1_32: 30,
    SrtpProfile.AEAD_AES_128_GCM: 28,
    SrtpProfile.AEAD_AES_256_GCM: 44,
}
THEIR_PROFILES = {
    SrtpProfile.AES_CM_128_HMAC_SHA1_80: pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    SrtpProfile.AES_CM_128_HMAC_SHA1_32: pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    SrtpProfile.AEAD_AES_128_GCM: pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    SrtpProfile.AEAD_AES_256_GCM: pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}


def session(profile: SrtpProfile, key: bytes, *, inbound: bool) -> pylibsrtp.Session:
    kind = pylibsrtp.Policy.SSRC_ANY_INBOUND if inbound else pylibsrtp.Policy.SSRC_ANY_OUTBOUND
    return pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=kind, srtp_profile=THEIR_PROFILES[profile]))


@pytest.mark.parametrize("profile", list(SrtpProfile))
def test_srtp_is_that_of_another_implementation(profile: SrtpProfile) -> None:
    sending, receiving = os.urandom(OCTETS[profile]), os.urandom(OCTETS[profile])
    ours, theirs = session(profile, sending, inbound=True), session(profile, receiving, inbound=False)

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        assert profile in engine.capabilities().srtp
        address = await engine.open("a")
        engine.connect("a", stream(far_address, srtp=Srtp(profile, sending, receiving)))
        for packet in digit_packets("7", payload_type=101, ssrc=5, sequence=1, timestamp=0):
            plain, protected = packet.serialise(), theirs.protect(packet.serialise())
            far.sendto(plain, (address.host, address.port))
            far.sendto(protected[:-1] + bytes([protected[-1] ^ 1]), (address.host, address.port))
            far.sendto(protected, (address.host, address.port))
            far.sendto(protected, (address.host, address.port))  # a replay
        (digit,) = await until(reactor, lambda: events_of(events, DigitReceived))
        assert digit.digit == "7"
        await pause(reactor, 0.1)
        assert (await engine.figures("a")).received == len(
            digit_packets("7", payload_type=101, ssrc=5, sequence=1, timestamp=0)
        )
        packet = RtpPacket.parse(ours.unprotect(far.recv(2048)))
        assert packet.payload == b"\xff" * 160
        # The same keys again, as in a re-INVITE, go on with the same packet count; other keys do not.
        engine.connect("a", stream(far_address, srtp=Srtp(profile, sending, receiving)))
        await pause(reactor, 0.1)
        drained = [ours.unprotect(each) for each in drain(far)]
        assert len(drained) > 3
        engine.connect("a", stream(far_address, srtp=Srtp(profile, receiving, sending)))
        await pause(reactor, 0.1)
        with pytest.raises(pylibsrtp.Error):
            ours.unprotect(drain(far)[-1])

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))
        far.settimeout(5)
        far_address = Address(*far.getsockname())
        with_native(story)


def drain(far: socket.socket) -> list[bytes]:
    taken = []
    far.setblocking(False)
    try:
        while True:
            taken.append(far.recv(2048))
    except BlockingIOError:
        return taken
    finally:
        far.settimeout(5)


@pytest.mark.parametrize("profile", list(SrtpProfile))
def test_protected_ports_hear_each_other(profile: SrtpProfile, tmp_path: Path) -> None:
    one, other = os.urandom(OCTETS[profile]), os.urandom(OCTETS[profile])

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await pair(engine, "a", Encoding.G722, keys=(Srtp(profile, one, other), Srtp(profile, other, one)))
        sing(engine, "far-a", 620.0)
        record(engine, "leg-a", tmp_path)
        await pause(reactor, 0.8)
        await engine.stop_recording("leg-a")
        assert (await engine.figures("leg-a")).lost == 0

    with_native(story)
    samples, _ = soundfile.read(tmp_path / "leg-a.wav", dtype="int16")
    assert levels(samples[2000:], 620.0)[0] > -20


def test_nothing_is_sent_or_heard_while_keys_are_being_agreed_upon() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream(Address(far.host, far.port), protected=True))
        for sequence in range(5):
            far.send(RtpPacket(0, sequence, 160 * sequence, 9, bytes(160)).serialise(), address.host, address.port)
        client_hello = b"\x16\xfe\xff" + bytes(60)
        far.send(client_hello, address.host, address.port)
        (came,) = await until(reactor, lambda: events_of(events, PacketReceived))
        assert came == PacketReceived("a", client_hello, Address(far.host, far.port))
        await pause(reactor, 0.15)
        assert far.arrivals == []
        assert (await engine.figures("a")).received == 0
        engine.send_packet("a", b"\x16\xfe\xfd", Address(far.host, far.port))
        await until(reactor, lambda: far.garbage == [b"\x16\xfe\xfd"])
        assert (await engine.figures("a")).sent == 0
        key = os.urandom(30)
        keys = Srtp(SrtpProfile.AES_CM_128_HMAC_SHA1_80, key, key)
        engine.connect("a", stream(Address(far.host, far.port), srtp=keys, protected=True))
        await until(reactor, lambda: far.arrivals)

    with RtpListener() as far:
        with_native(story)


def test_a_flood_of_datagrams_fills_no_memory() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")  # not connected yet: ICE may begin before the answer
        for _ in range(2000):
            far.send(b"\x00\x01" + bytes(18), address.host, address.port)
        await until(reactor, lambda: events)
        await pause(reactor, 0.3)
        assert 50 <= len(events) <= 2000
        events.clear()
        far.send(b"\x01\x01" + bytes(18), address.host, address.port)
        await until(reactor, lambda: events)

    with RtpListener() as far:
        with_native(story)


def test_reports_tell_both_sides_how_it_goes() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await pair(engine, "a")
        assert (await engine.figures("leg-a")).round_trip is None
        await pause(reactor, 8.0)
        for name in ("far-a", "leg-a"):
            figures = await engine.figures(name)
            assert figures.round_trip is not None, name
            assert 0.0 <= figures.round_trip < 0.1
            assert figures.remote_loss == 0.0
            assert figures.remote_jitter is not None
            assert figures.remote_jitter < 0.02
            assert figures.jitter < 0.02
            assert figures.mos is not None
            assert 4.0 < figures.mos <= 4.5

    with_native(story)


def test_reports_are_sound_and_end_with_a_goodbye() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        far_rtp = Address("127.0.0.1", 45678)
        engine.connect("a", stream(far_rtp, rtcp=Address(*reports.getsockname())))
        await pause(reactor, 0.1)
        engine.close("a")
        await pause(reactor, 0.05)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reports:
        reports.bind(("127.0.0.1", 0))
        reports.settimeout(5)
        with_native(story)
        report = reports.recv(2048)
    kinds = []
    while report:
        first, kind, words = struct.unpack_from("!BBH", report)
        assert first & 0xE0 == 0x80
        kinds.append(kind)
        report = report[4 * (words + 1) :]
    assert kinds == [200, 202, 203]


def test_reports_share_the_port_where_that_was_settled() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        address = Address(*far.getsockname())
        engine.connect("a", stream(address, rtcp=address))
        await pause(reactor, 0.1)
        engine.close("a")
        await pause(reactor, 0.05)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))
        with_native(story)
        last = drain(far)[-1]
    assert (last[0], last[1]) == (0x80, 200)


def test_threads_keep_what_belongs_together(tmp_path: Path) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        addresses = {}
        for name in ("far-a", "leg-a", "far-b"):
            addresses[name] = await engine.open(name)
        addresses["leg-b"] = await engine.open("leg-b", beside="leg-a")
        addresses["other"] = await engine.open("other")
        apart = [name for name in addresses if name != "leg-a" and not bridges(engine, "leg-a", name)]
        assert apart
        assert "leg-b" not in apart
        with pytest.raises(EngineError, match="beside"):
            engine.bridge("leg-a", apart[0])
        engine.join("leg-a", "room")
        with pytest.raises(EngineError, match="beside"):
            engine.join(apart[0], "room")
        with pytest.raises(EngineError, match="not open"):
            await engine.open("c", beside="nobody")
        for one, other in (("far-a", "leg-a"), ("far-b", "leg-b")):
            engine.connect(one, stream(addresses[other]))
            engine.connect(other, stream(addresses[one]))
        engine.bridge("leg-a", "leg-b")
        sing(engine, "far-a", 800.0)
        record(engine, "far-b", tmp_path)
        await pause(reactor, 0.8)
        await engine.stop_recording("far-b")

    with_native(story, threads=3)
    samples, _ = soundfile.read(tmp_path / "far-b.wav", dtype="int16")
    assert levels(samples[2500:], 800.0)[0] > -20


def bridges(engine: MediaEngine, one: str, other: str) -> bool:
    try:
        engine.bridge(one, other)
    except EngineError:
        return False
    engine.unbridge(one)
    return True


def test_no_threads_are_no_engine() -> None:
    with pytest.raises(EngineError, match="0 packet threads"):
        with_native(lambda reactor, engine, events: pause(reactor, 0), threads=0)


def test_what_is_new_is_marked_and_does_not_wait_for_the_ports_turn() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream(Address(far.host, far.port)))
        for number in range(12):
            await pause(reactor, 0.083 + 0.005 * (number % 4))
            engine.play("a", Playlist((Tone((500.0,), (), 0.02),)), str(number))
        await pause(reactor, 0.1)
        await until(reactor, lambda: len(events) == 12)
        assert (await engine.figures("a")).sent >= len(far.arrivals)

    with RtpListener() as far:
        with_native(story)
    pairs = list(pairwise(far.arrivals))
    assert {(later.packet.timestamp - one.packet.timestamp) % 2**32 for one, later in pairs} == {160}
    begun = [later.at - one.at for one, later in pairs if later.packet.marker]
    assert len(begun) == 12
    assert sorted(begun)[2] < 0.019
    # A stream that is ahead of its time waits in silence: after all those beginnings it is ahead by a frame at most.
    first, last = far.arrivals[0], far.arrivals[-1]
    ahead = (last.packet.timestamp - first.packet.timestamp) % 2**32 / 8000 - (last.at - first.at)
    assert ahead < 0.04
