"""What comes to a media port and to the control door, and what must hold: both engines read packets alike."""

from collections.abc import Iterator
from functools import cache
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Final

from media_service.control.codec import Decoder, Kind, encode
from media_service.control.errors import FrameError
from media_service.control.messages import (
    Action,
    Answer,
    Collect,
    Drain,
    FromClient,
    FromService,
    Hangup,
    Hello,
    Menu,
    Place,
    Play,
    Record,
    Transfer,
    Utterance,
    Verb,
)
from media_service.engine.pure.reception import SequenceCount
from media_service.engine_choice import native_fault
from media_service.ivr.session import Arrival, CallSession, Fallback
from media_service.signal import rtcp
from media_service.signal.jitter import JitterBuffer
from sip.errors import SipSyntaxError
from sip.rtp import RtpPacket
from tests.fuzz.target import check
from tests.fuzz.trees import mutate_octets

if TYPE_CHECKING:
    from media_service.engine.native._core import Core

_HOST, _UDP, _FAR = "127.0.0.1", 44600, 40000
_LONGEST_REPORT: Final = 300
_HEARD: Final = frozenset({0, 8, 13, 101})
_MOST_HELD: Final = 100


# --- packets ----------------------------------------------------------------------------------------------------------


@cache
def _core() -> "Core | None":
    """The native core, where it was built."""
    if native_fault():
        return None
    from media_service.engine.native._core import Core  # noqa: PLC0415 - it may not be there
    from media_service.engine.native.running import g711_tables  # noqa: PLC0415 - likewise

    core = Core(*g711_tables())
    core.start()
    return core


def run_packets(data: bytes) -> None:
    """Datagrams, each behind its length in two octets: both readers take and count the same; neither is disturbed."""
    received, counted, buffer = 0, SequenceCount(), JitterBuffer()
    datagrams = list(_datagrams(data))
    for number, datagram in enumerate(datagrams):
        packet = _heard(datagram)
        if packet is not None:
            received += 1
            counted.heard(packet.ssrc, packet.sequence)
            buffer.put(packet.sequence, packet.timestamp, packet.payload, number * 0.02)
        buffer.take(number * 0.02)
        check(len(buffer) <= _MOST_HELD, f"{len(buffer)} packets in hand")
    core = _core()
    if core is not None:
        heard, lost = _native(core, datagrams)
        check(heard == received, f"{heard} heard by one, {received} by the other")
        check(lost == counted.lost, f"{lost} lost for one, {counted.lost} for the other")


def _native(core: "Core", datagrams: list[bytes]) -> tuple[int, int]:
    """How many packets the native core heard of these at a port, and how many it missed."""
    port = core.open(_HOST, _UDP)
    try:
        core.connect(port, _HOST, _FAR, 0, 0, 101, True, "", 0, -1, b"", b"")
        core.listen(port, True, True, True)
        core.record(port, 1, 2)
        for datagram in datagrams:
            core.hear(port, datagram, _HOST, _FAR, False)
        figures = core.figures(port)
        return figures[1], figures[2]
    finally:
        core.close(port)
        core.collect()


def _datagrams(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 2 <= len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        yield data[at + 2 : end][:2048]
        at = end


def _heard(datagram: bytes) -> RtpPacket | None:
    """The packet that counts, if it is one; what is told by others is read as well."""
    if len(datagram) >= 2 and datagram[0] >> 6 == 2 and 192 <= datagram[1] <= 223:
        _report(datagram)
        return None
    try:
        packet = RtpPacket.parse(datagram)
    except SipSyntaxError as error:
        check(len(str(error)) <= _LONGEST_REPORT, "a long report")
        return None
    again = RtpPacket.parse(packet.serialise())
    check(again == packet, "another packet after writing")
    return packet if packet.payload and packet.payload_type in _HEARD else None


def _report(datagram: bytes) -> None:
    try:
        packets = rtcp.parse(datagram)
    except rtcp.RtcpError as error:
        check(len(str(error)) <= _LONGEST_REPORT, "a long report")
        return
    check(len(packets) <= len(datagram) // 4, "more packets than words")
    for packet in packets:
        if isinstance(packet, rtcp.Report):
            written = rtcp.build(packet, "a")
            check(rtcp.parse(written)[0] == packet, "another report after writing")


def packets() -> Iterator[bytes]:
    """Speech, a digit, a report, a leap, a header with all that it may have."""
    speech = [RtpPacket(0, 65530 + each & 0xFFFF, 160 * each, 7, bytes([each] * 160)).serialise() for each in range(12)]
    digit = [RtpPacket(101, 20 + each, 4000, 7, bytes([5, 10, each, 160])).serialise() for each in range(4)]
    report = rtcp.build(rtcp.Report(7, rtcp.SenderFacts(1 << 40, 5, 6, 7), ()), "somebody", goodbye="done")
    full = b"\xb2\x80\0\x01" + bytes(16) + b"\xbe\xde\0\x01" + bytes(8) + b"\0\0\0\x04"
    for several in (
        speech,
        digit,
        [report],
        [full],
        [*speech[:3], report, *digit, *speech[6:]],
        [b"\x16\xfe\xfd", b""],
    ):
        yield b"".join(len(each).to_bytes(2) + each for each in several)


def mutate_packets(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Other datagrams: lost, doubled, late, and with other octets; seldom other lengths."""
    if not random.randrange(10):
        return mutate_octets(data, random, others)
    several = list(_datagrams(data)) or [b""]
    at = random.randrange(len(several))
    match random.randrange(5):
        case 0:
            del several[at]
        case 1:
            several.insert(random.randrange(len(several) + 1), several[at])
        case 2 if others:
            several[at:at] = list(_datagrams(random.choice(others)))[:4]
        case _:
            several[at] = mutate_octets(several[at], random, others)
    return b"".join(len(each).to_bytes(2) + each for each in several if len(each) < 1 << 16)


# --- the control door -------------------------------------------------------------------------------------------------


def run_frames(data: bytes) -> None:
    """A client's octets: read or refused, the same however they are cut up; a session takes every verb there is."""
    whole, refused = _read([data])
    for size in (1, 7):
        pieces, again = _read([data[at : at + size] for at in range(0, len(data), size)])
        check((pieces, bool(again)) == (whole, bool(refused)), "other messages where it was cut up")
    check(len(refused) <= _LONGEST_REPORT, "a long report")
    for message in whole:
        check(_read([encode(message)])[0] == [message], "another message after writing")
    _obey([message for message in whole if isinstance(message, Verb)])


def _read(pieces: list[bytes]) -> tuple[list[FromClient | FromService], str]:
    decoder, messages = Decoder(Kind.CLIENT), []
    for piece in pieces:
        try:
            messages += decoder.feed(piece)
        except FrameError as error:
            return [*messages, *error.before], str(error)
    return messages, ""


def _obey(verbs: list[Verb]) -> None:
    arrival = Arrival(session="s", port="1", caller="2", called="3", sip_call_id="x@y", at=0.0)
    session = CallSession(arrival, Fallback(8.0, None, 60.0, None))
    session.verb(Verb("begin", "s", Answer()), 0.0)
    session.confirmed(0.0)
    for now, verb in zip(count(), verbs, strict=False):
        session.verb(verb, float(now))
        session.digit("1", float(now))
        for _ in range(10):
            due = session.get_timer()
            if due is None or due > now:
                break
            session.handle_timer(float(now))
        session.take_wishes()


def frames() -> Iterator[bytes]:
    """What a client says."""
    said = (Utterance(prompt="welcome"), Utterance(number=7), Utterance())
    actions: tuple[Action, ...] = (
        *(Answer(), Play(said, barge_in=True), Menu(said, "12", 3.0), Collect(said, 4, masked=True), Record("call")),
        *(Transfer("7201"), Hangup(486)),
    )
    hello = encode(Hello(2, "cti"))
    yield hello
    yield hello + b"".join(encode(Verb(f"v{at}", "s", action)) for at, action in enumerate(actions))
    yield hello + encode(Place("p", "mine", "sip:7201@192.0.2.1", caller="1", beside="s")) + encode(Drain(on=True))
    yield b"\0\0\0\x02{}\0\0\0\x01["


def mutate_frames(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Other bodies whose lengths are right, most often; frames that come and go."""
    if not random.randrange(8):
        return mutate_octets(data, random, others)
    bodies, at = [], 0
    while at + 4 <= len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4])
        bodies.append(data[at + 4 : end])
        at = end
    bodies = bodies or [b"{}"]
    at = random.randrange(len(bodies))
    match random.randrange(4):
        case 0:
            del bodies[at]
        case 1:
            bodies.insert(at, random.choice(bodies))
        case _:
            bodies[at] = mutate_octets(bodies[at], random, others)
    return b"".join(len(each).to_bytes(4) + each for each in bodies)
