import random
import socket
import struct
from itertools import pairwise

import pytest

from media_service.codecs.g711 import a_law_from_linear, linear_from_mu_law
from media_service.engine.encodings import CODINGS
from media_service.engine.interface import Address, Encoding, Listening, Stream
from media_service.engine.pure.clip import Clip
from media_service.engine.pure.frames import Digit, Ended, FromChild, Packet, Sent
from media_service.engine.pure.player import Player
from media_service.engine.pure.port import Port
from media_service.signal.dtmf import DtmfDetector
from sip.dtmf import TelephoneEvent, digit_packets
from sip.rtp import RtpPacket

MU_LAW_SILENCE, A_LAW_SILENCE = (CODINGS[law].silent_frame for law in (Encoding.PCMU, Encoding.PCMA))
FAR = ("127.0.0.1", 4000)


class FakeSocket(socket.socket):
    """Keeps what is sent and gives what a test puts in."""

    def __init__(self) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self.sent: list[tuple[RtpPacket, tuple[str, int]]] = []
        self.incoming: list[tuple[bytes, tuple[str, int]]] = []
        self.fault: OSError | None = None

    def sendto(self, data: bytes, address: tuple[str, int]) -> int:
        if self.fault:
            raise self.fault
        self.sent.append((RtpPacket.parse(data), address))
        return len(data)

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        if not self.incoming:
            raise BlockingIOError
        return self.incoming.pop(0)


class Bench:
    def __init__(self, number: int = 1, law: str = "PCMU", digits: int | None = 101, *, connected: bool = True) -> None:
        self.reports: list[FromChild] = []
        self.sock = FakeSocket()
        self.above = FakeSocket()
        self.port = Port(number, self.sock, self.above, self.reports.append)
        self.now = 0.0
        if connected:
            self.connect(law=law, digits=digits)
        self.sock.close()
        self.above.close()

    def connect(self, *, law: str = "PCMU", digits: int | None = 101, sending: bool = True) -> None:
        payload_type = {"PCMU": 0, "PCMA": 8}[law]
        self.port.connect(Stream(Address(*FAR), Encoding(law), payload_type, digits, sending))

    def tick(self, times: int = 1) -> list[RtpPacket]:
        before = len(self.sock.sent)
        for _ in range(times):
            self.now += 0.02
            self.port.tick(self.now)
        return [packet for packet, _ in self.sock.sent[before:]]

    def hear(self, *packets: RtpPacket | bytes, source: tuple[str, int] = FAR) -> None:
        for packet in packets:
            self.sock.incoming.append((packet if isinstance(packet, bytes) else packet.serialise(), source))
            self.port.receive(self.now)

    def play(self, samples: int, loop: bool = False, token: str = "t") -> None:
        player = Player(token, loop)
        self.port.play(player)
        player.load([Clip(struct.pack("<h", 5000) * samples)])


def audio(sequence: int, payload: bytes = b"\x10" * 160, payload_type: int = 0) -> RtpPacket:
    return RtpPacket(payload_type, sequence & 0xFFFF, 160 * sequence & 0xFFFFFFFF, 77, payload)


def test_sequence_and_timestamps_go_on_through_silence_and_sound() -> None:
    bench = Bench()
    packets = bench.tick(3)
    bench.play(400)
    packets += bench.tick(6)
    assert len(packets) == 9
    assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(packets)} == {1}
    assert {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in pairwise(packets)} == {160}
    assert len({packet.ssrc for packet in packets}) == 1
    assert [packet.marker for packet in packets] == [False] * 3 + [True] + [False] * 5
    assert [packet.payload == MU_LAW_SILENCE for packet in packets] == [True] * 3 + [False] * 3 + [True] * 3
    assert bench.reports == [Ended(1, "t", True, "", 0.05)]


def test_nothing_is_sent_before_the_stream_is_settled_and_a_playlist_waits() -> None:
    bench = Bench(connected=False)
    bench.play(160)
    assert bench.tick(3) == []
    assert bench.reports == []
    bench.connect()
    assert bench.tick()[0].marker


def test_hold_keeps_time() -> None:
    bench = Bench()
    (before,) = bench.tick()
    bench.connect(sending=False)
    assert bench.tick(10) == []
    bench.connect()
    after, next_one = bench.tick(2)
    assert (after.marker, next_one.marker) == (True, False)
    assert (after.timestamp - before.timestamp) & 0xFFFFFFFF == 11 * 160
    assert after.sequence == (before.sequence + 1) & 0xFFFF
    assert bench.port.sender.longest_gap < 0.1


def test_a_new_playlist_or_stop_ends_the_old_one_unfinished() -> None:
    bench = Bench()
    bench.play(16000, token="one")
    bench.play(16000, token="two")
    bench.port.stop()
    bench.port.stop()
    assert bench.reports == [Ended(1, "one", False, "", 0.0), Ended(1, "two", False, "", 0.0)]


def test_digits_freeze_the_timestamp_and_tell_their_end_three_times() -> None:
    bench = Bench()
    bench.play(16000)
    bench.tick()
    bench.port.send_digits("5#", "d")
    packets = bench.tick(21)
    events = [packet for packet in packets if packet.payload_type == 101]
    first, second = events[:7], events[7:]
    for digit, group in (("5", first), ("#", second)):
        told = [TelephoneEvent.parse(packet.payload) for packet in group]
        assert [event.digit for event in told] == [digit] * 7
        assert [event.duration for event in told] == [160, 320, 480, 640, 800, 800, 800]
        assert [event.end for event in told] == [False] * 4 + [True] * 3
        assert [packet.marker for packet in group] == [True] + [False] * 6
        assert len({packet.timestamp for packet in group}) == 1
    assert (second[0].timestamp - first[0].timestamp) & 0xFFFFFFFF == 10 * 160
    assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(packets)} == {1}
    assert (packets[-1].timestamp - first[0].timestamp) & 0xFFFFFFFF == 20 * 160
    assert bench.reports == [Sent(1, "d")]


def test_digits_wait_while_the_far_end_holds() -> None:
    bench = Bench()
    bench.connect(sending=False)
    bench.port.send_digits("1", "d")
    bench.tick(20)
    assert bench.reports == []
    bench.connect()
    bench.tick(10)
    assert bench.reports == [Sent(1, "d")]


def test_a_digit_heard_is_told_once_at_its_first_packet() -> None:
    bench = Bench()
    packets = digit_packets("7", payload_type=101, ssrc=5, sequence=10, timestamp=1000)
    bench.hear(packets[1])
    (report,) = bench.reports
    assert isinstance(report, Digit)
    assert report.digit == "7"
    bench.hear(*packets, *packets)
    assert len(bench.reports) == 1


def test_a_closed_far_end_disturbs_nothing() -> None:
    bench = Bench()
    bench.sock.fault = ConnectionRefusedError()
    bench.tick(3)
    bench.sock.fault = None
    (packet,) = bench.tick()
    assert packet.payload == MU_LAW_SILENCE
    assert (bench.port.sender.sent, bench.port.sender.unsent) == (1, 3)


def test_garbage_is_passed_over() -> None:
    bench = Bench()
    chance = random.Random(1)
    for length in [*range(40), 2048]:
        bench.hear(chance.randbytes(length))
        bench.hear(bytes([0xBF, 0x80]) + chance.randbytes(length))
        bench.hear(bytes([0x80, 101]) + bytes(10) + chance.randbytes(length % 4))
    bench.hear(audio(1, payload_type=34), audio(2, b""), audio(3), source=("127.9.9.9", 9))
    assert all(isinstance(report, Packet) for report in bench.reports)


def bridged(law: str = "PCMU", digits: int | None = 96) -> tuple[Bench, Bench]:
    one, other = Bench(1), Bench(2, law, digits)
    one.port.bridge(other.port)
    other.port.bridge(one.port)
    return one, other


def speak(one: Bench, other: Bench, sounds: list[bytes], payload_type: int = 0) -> list[RtpPacket]:
    """Feed one packet and tick both for each 20 ms; gives what the other sends."""
    sent = []
    for sequence, sound in enumerate(sounds):
        one.now = other.now
        one.hear(audio(sequence, sound, payload_type))
        one.tick()
        sent += other.tick()
    return sent


def test_a_bridge_carries_audio_and_transcodes() -> None:
    one, other = bridged("PCMA")
    sound = bytes(range(160))
    heard = speak(one, other, [sound] * 10)
    assert {packet.payload_type for packet in heard} == {8}
    assert heard[0].payload == A_LAW_SILENCE
    assert heard[-1].payload == a_law_from_linear(linear_from_mu_law(sound))


def test_a_bridge_of_one_law_changes_nothing() -> None:
    one, other = bridged()
    sounds = [bytes([0x80 + number]) * 160 for number in range(20)]
    assert speak(one, other, sounds)[-1].payload in sounds


def test_late_and_double_packets_do_not_enter_a_bridge() -> None:
    one, other = bridged()
    speak(one, other, [b"\x90" * 160] * 15)
    one.hear(audio(2, b"\x80" * 160), audio(14, b"\x80" * 160))
    assert b"\x80" * 160 not in [packet.payload for packet in speak(one, other, [])]


def test_padding_and_extension_are_stripped() -> None:
    one, other = bridged()
    sent = []
    for sequence in range(10):
        plain = audio(sequence).serialise()
        one.now = other.now
        one.hear(bytes([0xB1]) + plain[1:12] + bytes(4) + b"\0\0\0\1" + bytes(4) + b"\x10" * 160 + b"\0\0\3")
        one.tick()
        sent += other.tick()
    assert sent[-1].payload == b"\x10" * 160


def test_a_bridge_passes_digits_on_in_the_partners_numbers() -> None:
    one, other = bridged()
    (before,) = other.tick()
    for packet in digit_packets("9", payload_type=101, ssrc=5, sequence=10, timestamp=123456):
        one.now = other.now
        one.hear(packet)
        other.tick()
    (_, *events) = [packet for packet, _ in other.sock.sent]
    assert [packet.payload_type for packet in events] == [96] * 7
    assert {packet.timestamp for packet in events} == {before.timestamp}
    assert [packet.marker for packet in events] == [True] + [False] * 6
    assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise([before, *events])} == {1}
    assert [report.digit for report in one.reports if isinstance(report, Digit)] == ["9"]
    other.tick(3)
    assert other.sock.sent[-1][0].payload_type == 0


def test_a_partner_without_telephone_events_hears_a_digit_once_as_tones() -> None:
    one, other = bridged(digits=None)
    one.hear(*digit_packets("9", payload_type=101, ssrc=5, sequence=10, timestamp=123456))
    packets = other.tick(10)
    assert [packet.payload_type for packet in packets] == [0] * 10
    detector = DtmfDetector()
    heard = b"".join(linear_from_mu_law(packet.payload) for packet in packets)
    assert [found.digit for found in detector.feed(heard + bytes(1600))] == ["9"]


def test_a_partner_is_sent_no_endless_row_of_tones() -> None:
    one, other = bridged(digits=None)
    for number in range(300):
        one.hear(digit_packets("9", payload_type=101, ssrc=5, sequence=number, timestamp=2000 * number)[0])
    assert len(one.reports) == 300
    assert other.port._digits.waiting == 50


def test_datagrams_that_are_no_media_are_handed_up_but_not_a_flood_of_them() -> None:
    bench = Bench()
    bench.hear(b"\x00\x01stun", b"\x16dtls", b"\x05neither", b"\x40channel")
    assert bench.reports == [
        Packet(1, b"\x00\x01stun", Address(*FAR)),
        Packet(1, b"\x16dtls", Address(*FAR)),
    ]
    bench.hear(*[b"\x00"] * 500)
    assert len(bench.reports) == 50
    bench.now += 0.1
    bench.hear(*[b"\x00"] * 500)
    assert len(bench.reports) == 50 + 20


def test_nothing_is_sent_or_heard_while_keys_are_awaited() -> None:
    bench = Bench()
    bench.port.connect(Stream(Address(*FAR), Encoding.PCMU, 0, 101, protected=True))
    assert bench.tick(3) == []
    bench.hear(audio(1), *digit_packets("9", payload_type=101, ssrc=5, sequence=10, timestamp=1))
    assert bench.port.figures().received == 0
    assert bench.reports == []


def test_after_a_bridge_the_music_goes_on() -> None:
    one, other = bridged()
    other.play(16000)
    assert other.tick()[0].payload == MU_LAW_SILENCE
    one.port.unbridge()
    assert other.tick()[0].payload != MU_LAW_SILENCE


def test_time_that_could_not_be_served_is_let_go() -> None:
    bench = Bench()
    (before,) = bench.tick()
    bench.port.skip(100)
    (after,) = bench.tick()
    assert (after.timestamp - before.timestamp) & 0xFFFFFFFF == 101 * 160
    assert after.sequence == (before.sequence + 1) & 0xFFFF


@pytest.mark.parametrize("encoding", list(Encoding))
def test_no_datagram_whatever_disturbs_a_port_that_hears_everything(encoding: Encoding) -> None:
    chance = random.Random(7)
    bench, other = Bench(1), Bench(2)
    bench.port.connect(Stream(Address(*FAR), encoding, 96, 101, rtcp=Address(*FAR)))
    bench.port.listen(Listening(digits=True, speech=True, beep=True))
    bench.port.bridge(other.port)
    other.port.bridge(bench.port)
    sequence = timestamp = 0
    for number in range(4000):
        sequence = (sequence + chance.choice((1, 1, 1, 2, -1, 3000))) & 0xFFFF
        timestamp = (timestamp + chance.choice((160, 160, 960, 0, -160, 1 << 31))) & 0xFFFFFFFF
        first = 0x80 | chance.choice((0, 0, 0, 0x10, 0x20, 0x3F))
        kind = chance.choice((96, 96, 96, 0, 8, 9, 13, 101, 200, 201, 77, chance.randrange(256)))
        head = struct.pack("!BBHII", first, kind, sequence, timestamp, chance.choice((5, 5, 5, number)))
        bench.hear(head + chance.randbytes(chance.choice((0, 1, 4, 60, 160, 320, 1400, 2036))))
        bench.tick()
        other.now = bench.now
        other.tick()
    assert other.sock.sent
    bench.connect()
    assert bench.tick(3)
