"""Whatever message is filled in however, it comes back from the wire as it was, however the bytes are cut."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from csta import ConnectionID, DeviceID, MessageError, XmlHeaderFramer, decode, encode, encode_frame
from csta.codec.schema import SHAPES, Shape
from csta.errors import FrameError
from csta.failures import FAILURES
from csta.identifiers import TYPES_OF_NUMBER
from csta.messages import ErrorResponse, Message
from csta.schema import kinds as k
from csta.states import ConnectionState

# White space at the ends is not kept, so texts have none there.
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1, max_size=32
)
PLAIN = TEXT.map(str.strip).filter(bool)
DEVICES = st.builds(DeviceID, PLAIN, st.sampled_from(TYPES_OF_NUMBER))
CONNECTIONS = st.builds(ConnectionID, PLAIN, PLAIN | st.just(""))
SIMPLE: dict[type[k.Kind], st.SearchStrategy[object]] = {
    k.Text: PLAIN,
    k.Boolean: st.booleans(),
    k.Device: DEVICES,
    k.DeviceSequence: DEVICES,
    k.Connection: CONNECTIONS,
    k.ObjectChoice: DEVICES | CONNECTIONS,
    k.CallState: st.lists(st.sampled_from(list(ConnectionState)), max_size=4).map(tuple),
}


def values(kind: k.Kind) -> st.SearchStrategy[object]:
    """Everything that an element of this kind may carry."""
    match kind:
        case k.Wrapped(_, inner):
            return values(inner)
        case k.Sequence(_, inner):
            return st.lists(values(inner), max_size=4).map(tuple)
        case k.Structure(type_, elements):
            return st.builds(type_, **fields(elements))
        case k.Integer(limit):
            return st.integers(0, limit)
        case k.Octets(limit) | k.UserOctets(limit):
            return st.binary(max_size=limit)
        case k.Enumerated(words):
            return st.sampled_from(list(words))
        case k.PartyChoice(_, presentations):
            return DEVICES | st.sampled_from(sorted(presentations, key=lambda presentation: presentation.value))
    return SIMPLE[type(kind)]


def fields(elements: tuple[k.Element, ...]) -> dict[str, st.SearchStrategy[object]]:
    found = {}
    for element in elements:
        strategy = values(element.kind)
        # A field whose class gives it a default other than None has that value when it is absent on the wire.
        absent = element.need is k.Need.NEVER and not isinstance(element.kind, k.Sequence)
        plain_default = element.field not in {"monitor_type", "last_redirection_device"}
        found[element.field] = st.none() | strategy if absent and plain_default else strategy
    return found


def messages_of(shape: Shape) -> st.SearchStrategy[Message]:
    return st.builds(shape.type, **fields(shape.elements))


ERRORS = st.sampled_from([ErrorResponse(category=c, value=v) for c, vs in FAILURES.items() for v in vs])
MESSAGES = st.one_of(*[messages_of(shape) for shape in SHAPES], ERRORS)


@settings(deadline=None, max_examples=300)
@given(MESSAGES)
def test_every_message_comes_back(message: Message) -> None:
    decoded = decode(encode(message))
    assert decoded.message == message
    assert decoded.findings == ()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 9999), st.binary(max_size=300)), max_size=8), st.data())
def test_frames_come_back_however_they_are_cut(frames: list[tuple[int, bytes]], data: st.DataObject) -> None:
    stream = b"".join(encode_frame(invoke_id, payload) for invoke_id, payload in frames)
    decoder, found, start = XmlHeaderFramer(), [], 0
    while start < len(stream):
        size = data.draw(st.integers(1, 400))
        decoder.feed(stream[start : start + size])
        start += size
        while (frame := decoder.next_frame()) is not None:
            found.append((frame.invoke_id, frame.payload))
    decoder.end()
    assert found == frames


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200))
def test_garbage_gives_frames_or_a_frame_error(garbage: bytes) -> None:
    decoder = XmlHeaderFramer()
    decoder.feed(garbage)
    with contextlib.suppress(FrameError):
        while (frame := decoder.next_frame()) is not None:
            assert 0 <= frame.invoke_id <= 9999


@settings(deadline=None, max_examples=300)
@given(MESSAGES, st.data())
def test_damaged_message_is_understood_or_refused_and_nothing_else(message: Message, data: st.DataObject) -> None:
    damaged = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=5))
        if not damaged:
            break
    with contextlib.suppress(MessageError):
        assert isinstance(decode(bytes(damaged)).message, Message)
