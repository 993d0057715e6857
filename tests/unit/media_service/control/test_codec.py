import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_service.control.codec import Decoder, Kind, encode
from media_service.control.errors import FrameError
from media_service.control.messages import (
    MAX_FRAME_BYTES,
    Answer,
    AskDigit,
    Hello,
    HoldMusic,
    Ping,
    Play,
    Port,
    PortChanged,
    Session,
    SessionArrived,
    SessionEnded,
    Utterance,
    Verb,
    VerbEnded,
    VerbResult,
    Welcome,
)

SESSION = Session(
    id="7001-ab", port="7001", state="ringing", caller="7201", called="7000", sip_call_id="x@y", arrived_at=1.5
)
CLIENT_MESSAGES = [
    Hello(version=1, client="cti"),
    Verb(id="1-1", session="s", action=Answer()),
    Verb(id="1-2", session="s", action=Play((Utterance(prompt="welcome"), Utterance(number=3)), barge_in=True)),
    Verb(id="1-3", session="s", action=AskDigit((), timeout=5.0)),
    Verb(id="1-4", session="s", action=HoldMusic("hold_music")),
    Ping(),
]
SERVICE_MESSAGES = [
    Welcome(version=1, service="media-1", ports=(Port("7001", registered=True),), sessions=(SESSION,)),
    PortChanged(Port("7001", registered=False, session="s")),
    SessionEnded(session="s", port="7001", reason="remote"),
    VerbEnded(id="1-2", session="s", outcome=VerbResult("digits", digits="1")),
]


def feed_in_pieces(kind: Kind, data: bytes, size: int) -> list[object]:
    decoder = Decoder(kind)
    return [message for at in range(0, len(data), size) for message in decoder.feed(data[at : at + size])]


@pytest.mark.parametrize("size", [1, 3, 7, 10_000])
@pytest.mark.parametrize(("kind", "messages"), [(Kind.CLIENT, CLIENT_MESSAGES), (Kind.SERVICE, SERVICE_MESSAGES)])
def test_messages_come_out_as_they_went_in_however_the_stream_is_cut(
    kind: Kind, messages: list[object], size: int
) -> None:
    data = b"".join(encode(message) for message in messages)
    assert feed_in_pieces(kind, data, size) == messages


def test_the_frame_is_a_length_and_json() -> None:
    assert encode(Hello(version=1, client="cti")) == b'\0\0\0\x2b{"type":"hello","version":1,"client":"cti"}'


def frame(body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    "garbage",
    [
        frame(b'{"type":"hello","version":1,"client":"\x80"}'),
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff" * 10,
        frame(b""),
        frame(b"{"),
        frame(b"[]"),
        frame(b"\x00\xff"),
        frame(b'{"type":"nonsense"}'),
        frame(b'{"type":"hello"}'),
        frame(b'{"type":"hello","version":"1","client":"x"}'),
        frame(b'{"type":"ping","x":' + b"[" * 200_000),
        frame(b'{"type":"verb","id":"1","session":"s","action":{"type":"ask_digit","utterances":[],"timeout":NaN}}'),
        (MAX_FRAME_BYTES + 1).to_bytes(4, "big"),
    ],
)
def test_garbage_is_a_frame_error_and_what_came_before_is_kept(garbage: bytes) -> None:
    decoder = Decoder(Kind.CLIENT)
    with pytest.raises(FrameError) as caught:
        decoder.feed(encode(Ping()) + garbage)
    assert caught.value.before == (Ping(),)
    with pytest.raises(FrameError):
        decoder.feed(encode(Ping()))


def test_unknown_keys_are_passed_over() -> None:
    body = b'{"type":"hello","version":1,"client":"x","colour":{"deep":[1,2]}}'
    assert Decoder(Kind.CLIENT).feed(frame(body)) == [Hello(version=1, client="x")]


class SessionOfOld(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=False):
    """What an older release knows of a session."""

    id: str
    port: str
    state: str
    caller: str
    called: str
    sip_call_id: str
    arrived_at: float
    user_to_user: tuple[str, ...] = ()


def test_older_peers_know_nothing_of_a_callers_trace_and_go_on() -> None:
    traced = msgspec.structs.replace(SESSION, traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    facts = {name: getattr(SESSION, name) for name in SessionOfOld.__struct_fields__}
    body = msgspec.json.encode({"type": "session_arrived", "session": facts})
    assert Decoder(Kind.SERVICE).feed(frame(body)) == [SessionArrived(SESSION)], "an older service says less"
    sent = encode(SessionArrived(traced))
    assert Decoder(Kind.SERVICE).feed(sent) == [SessionArrived(traced)]
    heard = msgspec.json.decode(sent[4:])["session"]
    assert msgspec.convert(heard, SessionOfOld) == SessionOfOld(**facts), "an older server passes it over"
    assert b"traceparent" not in encode(SessionArrived(SESSION))


def test_a_message_too_long_is_refused_in_sending() -> None:
    with pytest.raises(FrameError, match="longer than"):
        encode(Hello(version=1, client="x" * MAX_FRAME_BYTES))


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_give_messages_or_a_frame_error(pieces: list[bytes]) -> None:
    decoder = Decoder(Kind.SERVICE)
    for piece in pieces:
        try:
            decoder.feed(piece)
        except FrameError:
            return
