"""Whatever message is filled in however, it comes back from the wire as it was, however the bytes are cut."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from csta import MessageError, XmlHeaderFramer, decode, encode, encode_frame
from csta.errors import FrameError
from csta.messages import Message
from csta.schema.kinds import Wire
from tests.strategies.csta_messages import any_message

MESSAGES = any_message(Wire.XML)


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
