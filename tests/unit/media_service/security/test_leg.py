"""The protected leg between an engine that only remembers and a far end of our own making."""

from dataclasses import replace

import pytest

from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, Encoding, PacketReceived, Stream
from media_service.security import stun
from media_service.security.dtls import PATIENCE, DtlsSession, DtlsState
from media_service.security.ice import CONSENT, IceParameters
from media_service.security.keying import Handshake
from media_service.security.leg import MediaFailed, MediaNews, MediaSecured, SecureLeg
from media_service.security.stun import Attribute, Kind
from tests.unit.media_service.security.handshakes import context, identity

DESCRIBED = Address("192.0.2.7", 4000)
BEHIND_NAT = Address("198.51.100.1", 61_000)
ICE = IceParameters("ours", "our-password-of-22-octets", "them", "their-password-of-22-octets")
STREAM = Stream(DESCRIBED, Encoding.PCMA, 8, 101, rtcp=DESCRIBED, protected=True)
NOW = 1000.0


class Engine:
    """Remembers streams and packets; ``broken`` refuses everything."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self.packets: list[tuple[bytes, Address]] = []
        self.broken = False

    def connect(self, port: str, stream: Stream) -> None:
        assert port == "port"
        if self.broken:
            raise EngineError("broken")
        self.streams.append(stream)

    def send_packet(self, port: str, data: bytes, target: Address) -> None:
        assert port == "port"
        if self.broken:
            raise EngineError("broken")
        self.packets.append((data, target))


class Call:
    """A leg with its engine, and the far end's half of DTLS."""

    def __init__(self, *, ice: bool = False, client: bool = False) -> None:
        self.engine = Engine()
        self.told: list[MediaNews] = []
        self.leg = SecureLeg(self.engine, "port", context("server"), self.told.append)  # type: ignore[arg-type]  # what is used of an engine
        self.out: list[bytes] = []
        self.far = DtlsSession(
            context("client"), [identity("server").fingerprint], client=not client, send=self.out.append
        )
        self.handshake = Handshake((identity("client").fingerprint,), client, ICE if ice else None)

    def connect(self, stream: Stream = STREAM, now: float = NOW) -> None:
        self.leg.connect(stream, self.handshake, now)

    def check(self, source: Address = BEHIND_NAT, now: float = NOW) -> None:
        attributes = [(Attribute.USERNAME, b"ours:them"), (Attribute.USE_CANDIDATE, b"")]
        data = stun.write(Kind.REQUEST, b"transaction!", attributes, ICE.local_password)
        self.leg.receive(PacketReceived("port", data, source), now)

    def shake(self, source: Address = BEHIND_NAT, now: float = NOW) -> None:
        """Carry DTLS to and fro until nothing is under way."""
        if self.far.get_timer() is None:
            self.far.start(now)
        while self.out or self.engine.packets:
            while self.out:
                self.leg.receive(PacketReceived("port", self.out.pop(0), source), now)
            packets, self.engine.packets = self.engine.packets, []
            for data, target in packets:
                if 20 <= data[0] < 64:
                    assert target == source
                    self.far.receive(data, now)

    def assert_secured(self, remote: Address) -> None:
        assert self.far.keys is not None
        last = self.engine.streams[-1]
        assert last.srtp is not None
        assert (last.srtp.sending, last.srtp.receiving) == (self.far.keys.receiving, self.far.keys.sending)
        assert last == replace(STREAM, remote=remote, rtcp=remote, srtp=last.srtp)


def test_a_stream_without_handshake_passes_through() -> None:
    call = Call()
    plain = replace(STREAM, protected=False)
    call.leg.connect(plain, None, NOW)
    assert call.engine.streams == [plain]
    assert call.leg.get_timer() is None
    call.leg.receive(PacketReceived("port", b"\x16" + bytes(40), BEHIND_NAT), NOW)
    call.check()
    assert (call.engine.packets, call.told) == ([], [])


def test_a_browser_checks_shakes_hands_and_is_heard() -> None:
    call = Call(ice=True)
    call.connect()
    assert call.engine.streams == [STREAM]
    call.check()
    assert call.engine.packets.pop(0)[1] == BEHIND_NAT
    call.shake()
    call.assert_secured(BEHIND_NAT)
    assert call.told == [MediaSecured(call.engine.streams[-1].srtp.profile)]  # type: ignore[union-attr]  # asserted before
    assert call.leg.get_timer() == NOW + CONSENT


def test_without_ice_the_handshake_shows_where_the_far_end_is() -> None:
    call = Call()
    call.connect()
    call.shake(BEHIND_NAT)
    call.assert_secured(BEHIND_NAT)
    assert call.leg.get_timer() is None


@pytest.mark.parametrize("ice", [False, True])
def test_we_begin_where_the_far_end_waits(ice: bool) -> None:
    call = Call(ice=ice, client=True)
    call.connect()
    assert bool(call.engine.packets) is not ice  # with ICE there must be a path first
    if ice:
        call.check(DESCRIBED)
    call.shake(DESCRIBED)
    call.assert_secured(DESCRIBED)


def test_handshakes_from_elsewhere_are_dropped() -> None:
    call = Call(ice=True)
    call.connect()
    call.check(BEHIND_NAT)
    call.engine.packets.clear()
    call.far.start(NOW)
    for data in call.out:
        call.leg.receive(PacketReceived("port", data, Address("203.0.113.66", 1)), NOW)
    assert call.engine.packets == []
    plain = Call()
    plain.connect()
    plain.far.start(NOW)
    plain.leg.receive(PacketReceived("port", plain.out[0], BEHIND_NAT), NOW)
    plain.engine.packets.clear()
    plain.leg.receive(PacketReceived("port", plain.out[0], Address("203.0.113.66", 1)), NOW)
    assert plain.engine.packets == []


@pytest.mark.parametrize("rtcp", [None, Address("192.0.2.7", 4001)])
def test_a_handshake_for_reports_is_not_taken_for_that_of_the_audio(rtcp: Address | None) -> None:
    call = Call()
    call.connect(replace(STREAM, rtcp=rtcp))
    reports = DtlsSession(context("client"), [identity("server").fingerprint], client=True, send=call.out.append)
    reports.start(NOW)
    call.leg.receive(PacketReceived("port", call.out.pop(), Address(DESCRIBED.host, DESCRIBED.port + 1)), NOW)
    assert call.engine.packets == []
    call.shake(DESCRIBED)
    assert call.engine.streams[-1].remote == DESCRIBED
    assert call.engine.streams[-1].rtcp == rtcp
    assert isinstance(call.told[-1], MediaSecured)


@pytest.mark.parametrize("ice", [False, True])
def test_a_far_end_that_never_comes_is_told_once(ice: bool) -> None:
    call = Call(ice=ice)
    call.connect()
    assert call.leg.get_timer() == NOW + PATIENCE
    call.leg.handle_timer(NOW + PATIENCE - 0.1)
    assert call.told == []
    call.leg.handle_timer(NOW + PATIENCE)
    call.leg.handle_timer(NOW + PATIENCE + 1)
    assert [type(news) for news in call.told] == [MediaFailed]
    assert call.leg.get_timer() is None


def test_a_far_end_that_checks_no_more_is_gone() -> None:
    call = Call(ice=True)
    call.connect()
    call.check()
    call.shake()
    call.check(now=NOW + 20)
    call.leg.handle_timer(NOW + CONSENT)
    assert len(call.told) == 1
    call.leg.handle_timer(NOW + 20 + CONSENT)
    assert isinstance(call.told[-1], MediaFailed)
    assert "gone" in call.told[-1].reason


def test_a_phone_that_moves_is_followed() -> None:
    call = Call(ice=True)
    call.connect()
    call.check()
    call.shake()
    call.check(DESCRIBED, NOW + 1)
    call.assert_secured(DESCRIBED)
    assert len(call.told) == 1


def test_hold_keeps_the_keys_and_another_certificate_begins_anew() -> None:
    call = Call(ice=True)
    call.connect()
    call.check()
    call.shake()
    keys = call.engine.streams[-1].srtp
    call.connect(replace(STREAM, sending=False), NOW + 1)
    assert call.engine.streams[-1] == replace(STREAM, remote=BEHIND_NAT, rtcp=BEHIND_NAT, srtp=keys, sending=False)
    call.handshake = replace(call.handshake, fingerprints=(identity("other").fingerprint,))
    call.connect(STREAM, NOW + 2)
    assert call.engine.streams[-1].srtp is None
    call.far.receive(call.engine.packets.pop()[0], NOW + 2)
    assert call.far.state is DtlsState.CLOSED
    call.far = DtlsSession(context("other"), [identity("server").fingerprint], client=True, send=call.out.append)
    call.shake(now=NOW + 2)
    call.assert_secured(BEHIND_NAT)
    assert call.engine.streams[-1].srtp != keys


def test_leaving_is_told_to_the_far_end_and_theirs_to_us() -> None:
    call = Call()
    call.connect()
    call.shake()
    call.leg.close()
    call.far.receive(call.engine.packets.pop()[0], NOW)
    assert call.far.state is DtlsState.CLOSED
    call.leg.receive(PacketReceived("port", b"\x16" * 20, BEHIND_NAT), NOW)
    assert call.leg.get_timer() is None
    theirs = Call()
    theirs.connect()
    theirs.shake()
    theirs.far.close()
    theirs.leg.receive(PacketReceived("port", theirs.out.pop(), BEHIND_NAT), NOW)
    assert theirs.told[-1] == MediaFailed("the far end has left")


def test_an_engine_that_fails_is_told() -> None:
    call = Call(ice=True)
    call.connect()
    call.engine.broken = True
    call.check()
    assert call.told == [MediaFailed("the engine refuses: broken")]


def test_a_service_without_certificate_says_so() -> None:
    call = Call()
    call.leg = SecureLeg(call.engine, "port", None, call.told.append)  # type: ignore[arg-type]  # what is used of an engine
    call.connect()
    assert isinstance(call.told[0], MediaFailed)


def test_two_lite_ends_use_what_is_described() -> None:
    call = Call(ice=True, client=True)
    call.handshake = replace(call.handshake, ice=replace(ICE, remote_lite=True))
    call.connect()
    call.shake(DESCRIBED)
    call.assert_secured(DESCRIBED)
    assert call.leg.get_timer() is None
