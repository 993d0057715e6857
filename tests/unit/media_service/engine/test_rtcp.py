"""Reports of both ends (RFC 3550 section 6): what an engine tells of itself, and what it makes of what it is told."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.interface import (
    Address,
    Encoding,
    EngineEvent,
    MediaEngine,
    Srtp,
    SrtpProfile,
    Stream,
)
from media_service.signal import rtcp
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.engines import WithEngine, stream_to
from tests.unit.media_service.engine.far_end import FarEnd, said, tone
from tests.unit.media_service.engine.test_srtp import far_sessions

pytestmark = pytest.mark.integration


@pytest.fixture
def reports() -> Iterator[socket.socket]:
    """Where the far end hears reports, apart from its RTP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


def taken(sock: socket.socket, opened: Callable[[bytes], bytes] = bytes) -> tuple[rtcp.RtcpPacket, ...]:
    """What one report says; nothing where none has come."""
    try:
        return rtcp.parse(opened(sock.recv(2048)))
    except BlockingIOError:
        return ()


def stream(far: FarEnd, reports: socket.socket, srtp: Srtp | None = None) -> Stream:
    return replace(stream_to(far), rtcp=Address(*reports.getsockname()), srtp=srtp)


def answer(to: rtcp.Report, ssrc: int = 9) -> bytes:
    """A receiver report of the far end: a quarter lost, a jitter of 10 ms, heard at once."""
    assert to.sender is not None
    block = rtcp.ReceptionBlock(to.ssrc, 0.25, 5, 100, 80, rtcp.middle(to.sender.ntp), 0)
    return rtcp.build(rtcp.Report(ssrc, None, (block,)), "far")


def test_reports_are_sent_and_those_of_the_far_end_are_in_the_figures(
    with_engine: WithEngine, reports: socket.socket
) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream(far, reports))
        assert (await engine.figures("a")).mos is None
        far.say(tone(500, 6.0), address, lost=lambda number: number % 10 == 5)
        report, description = await until(reactor, lambda: taken(reports))
        assert isinstance(report, rtcp.Report)
        assert report.sender is not None
        assert abs(report.sender.packets - len(far.arrivals)) < 20
        assert report.sender.octets == 160 * report.sender.packets
        assert abs(report.sender.ntp / 2**32 - rtcp.NTP_EPOCH - time.time()) < 1.0
        (block,) = report.blocks
        assert 0.03 < block.fraction_lost < 0.2
        assert isinstance(description, rtcp.Description)
        assert description.cname
        await pause(reactor, 0.1)
        reports.sendto(answer(report), (address.host, address.port + 1))
        while (figures := await engine.figures("a")).round_trip is None:
            await pause(reactor, 0.02)
        assert 0.08 < figures.round_trip < 0.5
        assert (figures.remote_loss, figures.remote_jitter) == (0.25, 0.01)
        assert figures.mos is not None
        assert 1.0 < figures.mos < 4.0
        engine.close("a")
        goodbye = await until(reactor, lambda: taken(reports))
        while not isinstance(goodbye[-1], rtcp.Goodbye):
            goodbye = await until(reactor, lambda: taken(reports))
        assert goodbye[-1].ssrcs == (report.ssrc,)

    with FarEnd() as far:
        with_engine(story)


def test_reports_share_the_port_of_the_audio_where_that_is_agreed(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", replace(stream_to(far), rtcp=Address(far.host, far.port)))
        data = await until(reactor, lambda: [a.packet for a in far.arrivals if a.packet.payload_type in {72, 73}])
        report, *_ = rtcp.parse(data[0].serialise())
        assert isinstance(report, rtcp.Report)
        assert report.blocks == ()
        far.send(answer(report), address.host, address.port)
        while (await engine.figures("a")).remote_loss != 0.25:
            await pause(reactor, 0.02)
        assert (await engine.figures("a")).received == 0

    with FarEnd() as far:
        with_engine(story)


@pytest.mark.parametrize("profile", [SrtpProfile.AES_CM_128_HMAC_SHA1_80, SrtpProfile.AEAD_AES_128_GCM])
def test_reports_of_a_protected_stream_are_protected(
    with_engine: WithEngine, reports: socket.socket, profile: SrtpProfile
) -> None:
    length = 30 if profile is SrtpProfile.AES_CM_128_HMAC_SHA1_80 else 28
    srtp = Srtp(profile, os.urandom(length), os.urandom(length))
    inwards, outwards = far_sessions(srtp)

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream(far, reports, srtp))
        report, *_ = await until(reactor, lambda: taken(reports, inwards.unprotect_rtcp))
        reports.sendto(answer(report), (address.host, address.port + 1))
        await pause(reactor, 0.1)
        assert (await engine.figures("a")).remote_loss is None
        reports.sendto(outwards.protect_rtcp(answer(report)), (address.host, address.port + 1))
        while (await engine.figures("a")).remote_loss != 0.25:
            await pause(reactor, 0.02)

    with FarEnd() as far:
        with_engine(story)


def test_what_is_no_report_or_of_another_stream_changes_nothing(
    with_engine: WithEngine, reports: socket.socket
) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("a")
        engine.connect("a", stream(far, reports))
        report, *_ = await until(reactor, lambda: taken(reports))
        right = answer(report)
        other = answer(replace(report, ssrc=report.ssrc ^ 1))
        for data in (b"", b"\x81", os.urandom(200), right[:20], b"\x9f\xc9\xff\xff" + bytes(40), other):
            for port in (address.port, address.port + 1):
                reports.sendto(data, (address.host, port))
        await pause(reactor, 0.1)
        figures = await engine.figures("a")
        assert (figures.round_trip, figures.remote_loss, figures.remote_jitter) == (None, None, None)

    with FarEnd() as far:
        with_engine(story)


def test_the_figures_tell_a_good_call_from_a_bad_one(with_engine: WithEngine) -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        opinions = []
        for port, every in (("good", 0), ("bad", 4)):
            address = await engine.open(port)
            engine.connect(port, stream_to(far, Encoding.PCMU))
            await said(
                reactor,
                far.say(tone(500, 1.0), address, lost=lambda number, every=every: every > 0 and number % every == 3),
            )
            await pause(reactor, 0.05)
            figures = await engine.figures(port)
            opinions.append(figures.mos)
            assert figures.lost == (12 if every else 0)
        good, bad = opinions
        assert good is not None
        assert bad is not None
        assert good > 4.2
        assert bad < 3.0

    with FarEnd() as far:
        with_engine(story)
