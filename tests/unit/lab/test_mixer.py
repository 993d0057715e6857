"""Conferences: everybody hears the sum of the others, and nobody himself."""

from array import array
from itertools import pairwise

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from lab.mixer import LIMIT_OCTETS, Mixer, _Place, mix, summed
from media_service.engine.encodings import FRAME_SAMPLES, MU_LAW
from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, Encoding, Stream
from sip.rtp import RtpPacket
from tests.unit.media_service.driving import drive, pause


class Wire:
    """What a place's socket sends."""

    def __init__(self) -> None:
        self.packets: list[RtpPacket] = []
        self.targets: list[tuple[str, int]] = []

    def write(self, data: bytes, target: tuple[str, int]) -> None:
        self.packets.append(RtpPacket.parse(data))
        self.targets.append(target)

    def heard(self) -> set[int]:
        """The sample values of the last packet."""
        return set(array("h", MU_LAW.to_linear(self.packets[-1].payload)))


class Clock:
    def seconds(self) -> float:
        return 0.0


class Member:
    """A phone in a conference that says one value all the time."""

    def __init__(self, port: int, value: int, *, sending: bool = True) -> None:
        self.place = _Place(Clock())
        self.place.listening = self.wire = Wire()
        self.source = ("192.0.2.1", port)
        self.sequence = 0
        self.payload = MU_LAW.from_linear(array("h", [value] * FRAME_SAMPLES).tobytes())
        self.place.settle(Stream(Address(*self.source), Encoding.PCMU, 0, None, sending=sending))

    def says(self, frames: int) -> None:
        for _ in range(frames):
            self.sequence += 1
            packet = RtpPacket(0, self.sequence, self.sequence * FRAME_SAMPLES, 7, self.payload)
            self.place.datagramReceived(packet.serialise(), self.source)


def near(heard: set[int], expected: int) -> bool:
    return len(heard) == 1 and abs(heard.pop() - expected) <= abs(expected) * 0.04 + 8


@pytest.fixture
def three() -> list[Member]:
    return [Member(5000, 1000), Member(5002, 4000), Member(5004, -8000)]


def test_each_hears_the_sum_of_the_others_and_not_itself(three: list[Member]) -> None:
    for member in three:
        member.says(3)
    mix([member.place for member in three])

    assert near(three[0].wire.heard(), 4000 - 8000)
    assert near(three[1].wire.heard(), 1000 - 8000)
    assert near(three[2].wire.heard(), 1000 + 4000)
    assert three[0].wire.targets == [("192.0.2.1", 5000)]


def test_who_is_silent_adds_nothing_and_hears_the_others(three: list[Member]) -> None:
    three[0].says(3)
    three[1].says(1)  # not enough in hand to begin
    mix([member.place for member in three])

    assert near(three[2].wire.heard(), 1000)
    assert three[0].wire.packets[-1].payload == MU_LAW.silent_frame


def test_the_stream_goes_on_in_sequence(three: list[Member]) -> None:
    for _ in range(3):
        mix([member.place for member in three])

    packets = three[0].wire.packets
    assert [(packet.sequence - packets[0].sequence) & 0xFFFF for packet in packets] == [0, 1, 2]
    assert {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in pairwise(packets)} == {160}


def test_who_holds_is_sent_nothing() -> None:
    talker, holder = Member(5000, 1000), Member(5002, 0, sending=False)
    talker.says(3)
    mix([talker.place, holder.place])

    assert holder.wire.packets == []
    assert len(talker.wire.packets) == 1


def test_what_piles_up_is_cut_and_garbage_and_strangers_are_passed_over() -> None:
    member = Member(5000, 1000)
    member.says(50)
    assert len(member.place._heard) <= LIMIT_OCTETS

    before = len(member.place._heard)
    for garbage in (b"", b"\x00" * 40, b"\x80\x60" + b"\x00" * 200, bytes(range(256))):
        member.place.datagramReceived(garbage, member.source)
    stranger = RtpPacket(0, 1, 1, 9, member.payload).serialise()
    member.place.datagramReceived(stranger, ("192.0.2.99", 9))
    assert len(member.place._heard) == before


def test_a_sum_is_cut_off_at_full_scale() -> None:
    loud, quiet = array("h", [30000, -30000, 5]), array("h", [30000, -30000, 6])
    assert summed([loud, quiet]) == array("h", [32767, -32768, 11])
    assert summed([]) is None
    assert summed([quiet]) == quiet


def test_ports_are_taken_given_back_and_at_an_end() -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        mixer = Mixer(reactor, "127.0.0.1", range(23410, 23414))
        first, second = mixer.open("one"), mixer.open("two")
        assert {first.port, second.port} == {23410, 23412}
        with pytest.raises(EngineError, match="no UDP port is free"):
            mixer.open("three")
        with pytest.raises(EngineError, match="not open"):
            mixer.connect("three", "room", Stream(first, Encoding.PCMU, 0, None))
        for port in ("one", "two"):
            mixer.connect(port, "room", Stream(first, Encoding.PCMU, 0, None))
        assert mixer.rooms == {"room": 2}
        mixer.close("one")
        mixer.close("one")
        assert mixer.rooms == {"room": 1}
        await pause(reactor, 0)  # the socket is closed in the reactor's next round
        assert mixer.open("three") == first
        mixer.shutdown()
        assert mixer.rooms == {}

    drive(story)
