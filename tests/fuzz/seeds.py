"""The inputs that fuzzing begins with: golden vectors, filled-in messages, recorded sessions, captures of these."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from csta import Role, Session, decode, encode
from csta.codec import ber, xml
from csta.codec.framing import Framing, framer_for
from csta.dialects.dialect import Encoding
from csta.errors import EncodeError
from csta.messages import ErrorResponse
from csta.messages.association import AssociationMessage
from tests.fuzz.decoders import RULES
from tests.fuzz.framers import FRAMINGS
from tests.fuzz.scripts import UP_FIRST, Op, Step, written
from tests.fuzz.sessions import WAYS_AND_ROLES, Way
from tests.fuzz.stock import ANSWERS, EVENTS, NOTICES, REQUESTS
from tests.unit.csta.ber_samples import GOLDEN, IN_BER, sample
from tests.unit.csta.captures.packets import ACK, APPLICATION, FIN, SWITCH, SYN, ethernet, pcap, pcapng, tcp
from tests.unit.csta.samples import SAMPLES
from tests.unit.csta.test_xml_golden import GOLDEN as GOLDEN_XML
from tests.unit.csta.wire import WHO

_SHOWN: Final = (Op.ASK, Op.EVENT, Op.NOTICE, Op.HONEST_MESSAGE, Op.HONEST_ANSWER, Op.ANSWER, Op.STATUS, Op.TIME)


def apdus() -> Iterator[bytes]:
    """A message of every shape in BER, by all rules, and the errors."""
    for line in GOLDEN.read_text("ascii").splitlines():
        yield bytes.fromhex(line.split()[1])
    for shape in IN_BER:
        for rules in RULES[1:]:
            try:
                yield ber.encode(sample(shape), 1, rules)
            except EncodeError:
                continue
    yield ber.encode(ErrorResponse(category="operation", value="generic"), 3)
    yield bytes.fromhex("a4090201018101020000"[:20])
    yield from acse()


def acse() -> Iterator[bytes]:
    """What an association begins and ends with, as two sessions say it."""
    for way in WAYS_AND_ROLES:
        if way.spoken.encoding is Encoding.BER:
            yield from _apdus_of(way)


def _apdus_of(way: Way) -> Iterator[bytes]:
    for role, stream in _dialogue(way):
        framer = framer_for(way.spoken.framing, 1 << 20)
        framer.feed(stream)
        while (frame := framer.next_frame()) is not None:
            if isinstance(ber.decode(frame.payload).message, AssociationMessage) or role is way.role:
                yield frame.payload


def documents() -> Iterator[bytes]:
    """A message of every shape in XML."""
    for message in SAMPLES:
        yield encode(message)
    for message, _ in GOLDEN_XML:
        yield encode(message)
    for shape in IN_BER:
        try:
            yield xml.encode(sample(shape))
        except EncodeError:
            continue
    yield encode(ErrorResponse(category="operation", value="generic"))


def values() -> Iterator[bytes]:
    """Elements of BER in all their forms."""
    yield from (bytes.fromhex(text) for text in ("3080020101020180ff0000", "24800403616263040000", "bf8123020500"))
    yield from (bytes.fromhex(text) for text in ("0603290c81", "03020780", "028109" + "00" * 9, "308430000000"))
    for number, apdu in enumerate(apdus()):
        if not number % 20:
            yield apdu


def _dialogue(way: Way) -> list[tuple[Role, bytes]]:
    """What each role says of a link that comes up, asks and tells something, and is released."""
    profile = way.spoken
    if profile.framing is Framing.SNIFFED:
        plain = Framing.SIEMENS if profile.encoding is Encoding.BER else Framing.XML_HEADER
        profile = replace(profile, framing=plain)
    ends = {role: Session(role, way.dialect, profile=profile, credentials=WHO) for role in Role}
    application, switch = ends[Role.COMPUTING_FUNCTION], ends[Role.SWITCHING_FUNCTION]
    said = dict.fromkeys(Role, b"")

    def move() -> None:
        for _ in range(6):
            for role, other in ((Role.COMPUTING_FUNCTION, switch), (Role.SWITCHING_FUNCTION, application)):
                data = ends[role].data_to_send()
                said[role] += data
                other.receive_data(data, 1.0)

    application.connection_made(1.0)
    switch.connection_made(1.0)
    move()
    for request in [request for request in REQUESTS if request.response in ANSWERS][:4]:
        invoke_id = application.send_request(request, 1.0)
        move()
        switch.send_response(invoke_id, ANSWERS[request.response], 1.0)
    for event in EVENTS[:4]:
        switch.send_event(event, 1.0)
    move()
    application.close(2.0)
    move()
    return list(said.items())


def streams() -> Iterator[bytes]:
    """Streams in every framing."""
    for way in WAYS_AND_ROLES:
        for role, stream in _dialogue(way):
            if role is way.role:
                number = FRAMINGS.index(way.spoken.framing)
                yield bytes((number, len(stream) & 0xFF)) + stream[:2048]
                yield bytes((FRAMINGS.index(Framing.SNIFFED), 0)) + stream[:512]
    piece = bytes.fromhex("260003a10402268004010102") + b"\x01" * 2
    yield bytes((FRAMINGS.index(Framing.SIEMENS), 1)) + piece
    yield bytes((FRAMINGS.index(Framing.BARE_BER), 1)) + bytes.fromhex("a1800201010201d330800000000000") * 2
    yield bytes((FRAMINGS.index(Framing.BARE_BER), 1)) + bytes.fromhex("a18207d0") + bytes(2000)


def scripts() -> Iterator[bytes]:
    """What the peer of each way says, as it stands and after an honest log-in; and the operations in turn."""
    for number, way in enumerate(WAYS_AND_ROLES):
        for role, stream in _dialogue(way):
            if role is not way.role:
                yield written(number, [Step(Op.BYTES, data=stream)])
                yield written(number | UP_FIRST, [Step(Op.BYTES, data=stream), Step(Op.ANSWER), Step(Op.TIME, 40)])
        steps = [Step(op, argument) for argument in range(3) for op in _SHOWN]
        yield written(number | UP_FIRST, [*steps, Step(Op.CLOSE)])
    for op in _SHOWN:
        yield written(len(WAYS_AND_ROLES) // 2 | UP_FIRST, [Step(op, argument) for argument in range(48)])
    yield written(0, [Step(Op.HONEST_MESSAGE, argument) for argument in range(len(REQUESTS + EVENTS + NOTICES))])


def captures() -> Iterator[bytes]:
    """The dialogues as packets and as JSON lines."""
    for way in WAYS_AND_ROLES[::3]:
        said = dict(_dialogue(way))
        packets = list(_packets(said[Role.COMPUTING_FUNCTION][:1500], said[Role.SWITCHING_FUNCTION][:1500]))
        yield pcap(packets)
        yield pcapng(packets)
        lines = [b'{"callwright-capture": 1, "dialect": "", "profile": "", "link": "pbx"}']
        lines.append(b'{"t": 1.5, "link": "pbx", "peer": "a:1", "way": "open"}')
        for role, stream in said.items():
            name = b"out" if role is Role.COMPUTING_FUNCTION else b"in"
            data = stream[:1500].hex().encode()
            lines.append(b'{"t": 2.25, "link": "pbx", "peer": "a:1", "way": "' + name + b'", "data": "' + data + b'"}')
        lines.append(b'{"t": 3, "link": "pbx", "peer": "a:1", "way": "closed", "text": "by us"}')
        yield b"\n".join(lines) + b"\n"


def _packets(out: bytes, back: bytes) -> Iterator[tuple[float, bytes]]:
    yield 1.0, ethernet(tcp(APPLICATION, SWITCH, 99, flags=SYN))
    yield 1.1, ethernet(tcp(SWITCH, APPLICATION, 199, flags=SYN | ACK, ack=100))
    for start in range(0, max(len(out), len(back)), 600):
        if out[start:]:
            yield 1.2, ethernet(tcp(APPLICATION, SWITCH, 100 + start, out[start : start + 600]), vlan=True)
        if back[start:]:
            yield 1.3, ethernet(tcp(SWITCH, APPLICATION, 200 + start, back[start : start + 600]))
    yield 2.0, ethernet(tcp(APPLICATION, SWITCH, 100 + len(out), flags=FIN | ACK, ack=200 + len(back)))
    yield 2.1, ethernet(tcp(SWITCH, APPLICATION, 200 + len(back), flags=FIN | ACK, ack=101 + len(out)))


def tags() -> list[str]:
    """The names of elements that the documents have."""
    found: set[str] = set()
    for document in documents():
        decode(document)
        found.update(name.decode() for name in _names(document))
    return sorted(found)


def _names(document: bytes) -> Iterator[bytes]:
    for piece in document.split(b"<")[1:]:
        name = piece.split(b">")[0].split(b" ")[0].strip(b"/?")
        if name.isalnum():
            yield name
