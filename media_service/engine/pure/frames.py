"""What the engine's owner and its packet process say to each other: small msgpack frames over a socket pair.

One frame is a 4-byte big-endian length and that many bytes of msgpack. A port is a number that is never used twice, so
that what is still on its way for a closed port cannot be taken for news of a later one. ``request`` numbers join an
answer to its question.
"""

import struct
from typing import Final

import msgspec

from media_service.engine.interface import Address, Format, Listening, PortFigures, Role, Stream, Tone

_LENGTH: Final = struct.Struct(">I")
MAX_FRAME_OCTETS: Final = 1 << 20


class Open(msgspec.Struct, frozen=True, tag="open", array_like=True):
    """Bind a UDP port; answered by `Opened` or `Refused`."""

    request: int
    port: int


class Connect(msgspec.Struct, frozen=True, tag="connect", array_like=True):
    """What SDP settled, checked by the owner."""

    port: int
    stream: Stream


class Play(msgspec.Struct, frozen=True, tag="play", array_like=True):
    """Play files (by path) and tones one after the other; ends in `Ended`."""

    port: int
    sounds: tuple[str | Tone, ...]
    loop: bool
    start: float
    token: str


class Stop(msgspec.Struct, frozen=True, tag="stop", array_like=True):
    """Stop what plays."""

    port: int


class SendDigits(msgspec.Struct, frozen=True, tag="send_digits", array_like=True):
    """Send digits; ends in `Sent`."""

    port: int
    digits: str
    token: str


class Listen(msgspec.Struct, frozen=True, tag="listen", array_like=True):
    """Listen for these and nothing else; heard are `Digit`, `Speech` and `Beep`."""

    port: int
    listening: Listening


class Record(msgspec.Struct, frozen=True, tag="record", array_like=True):
    """Write what is heard, or heard and sent, into a file."""

    port: int
    file: str
    format: Format
    stereo: bool
    both: bool
    trim: bool


class PauseRecording(msgspec.Struct, frozen=True, tag="pause_recording", array_like=True):
    """Leave out what comes, or go on."""

    port: int
    paused: bool


class StopRecording(msgspec.Struct, frozen=True, tag="stop_recording", array_like=True):
    """Finish the file; answered by `Finished` or `Refused`."""

    request: int
    port: int


class Bridge(msgspec.Struct, frozen=True, tag="bridge", array_like=True):
    """Join two ports."""

    one: int
    other: int


class Unbridge(msgspec.Struct, frozen=True, tag="unbridge", array_like=True):
    """Part a port and its partner."""

    port: int


class Join(msgspec.Struct, frozen=True, tag="join", array_like=True):
    """Take part in a conference."""

    port: int
    room: str
    role: Role
    whisper_to: int | None


class Leave(msgspec.Struct, frozen=True, tag="leave", array_like=True):
    """Leave the conference."""

    port: int


class SendPacket(msgspec.Struct, frozen=True, tag="send_packet", array_like=True):
    """Send a datagram as it is."""

    port: int
    data: bytes
    target: Address


class AskFigures(msgspec.Struct, frozen=True, tag="ask_figures", array_like=True):
    """Answered by `Figures`."""

    request: int
    port: int


class Close(msgspec.Struct, frozen=True, tag="close", array_like=True):
    """Release a port."""

    port: int


class Shutdown(msgspec.Struct, frozen=True, tag="shutdown", array_like=True):
    """Close all ports, finish all files and end; the socket's end is the answer."""


class Ready(msgspec.Struct, frozen=True, tag="ready", array_like=True):
    """First frame of the packet process: it moves packets from now on."""


class Opened(msgspec.Struct, frozen=True, tag="opened", array_like=True):
    """The UDP port that was bound."""

    request: int
    udp_port: int


class Finished(msgspec.Struct, frozen=True, tag="finished", array_like=True):
    """A recording is in its file: its length, and how long it was paused, in seconds."""

    request: int
    seconds: float
    paused: float


class Refused(msgspec.Struct, frozen=True, tag="refused", array_like=True):
    """What was asked cannot be done."""

    request: int
    reason: str


class Ended(msgspec.Struct, frozen=True, tag="ended", array_like=True):
    """A playlist is over; ``detail`` says what was wrong with a file that could not be played."""

    port: int
    token: str
    finished: bool
    detail: str
    position: float


class Digit(msgspec.Struct, frozen=True, tag="digit", array_like=True):
    """A digit began on the wire, or was heard as a pair of tones; ``at`` is Unix seconds."""

    port: int
    digit: str
    at: float
    in_band: bool = False


class Speech(msgspec.Struct, frozen=True, tag="speech", array_like=True):
    """Someone began or ceased to speak."""

    port: int
    speaking: bool
    at: float


class Beep(msgspec.Struct, frozen=True, tag="beep", array_like=True):
    """An answering machine's tone ended."""

    port: int
    frequency: float
    at: float


class Packet(msgspec.Struct, frozen=True, tag="packet", array_like=True):
    """A datagram that is neither RTP nor RTCP came."""

    port: int
    data: bytes
    source: Address


class Sent(msgspec.Struct, frozen=True, tag="sent", array_like=True):
    """All digits of ``token`` are sent."""

    port: int
    token: str


class Figures(msgspec.Struct, frozen=True, tag="figures", array_like=True):
    """Counts of a port."""

    request: int
    figures: PortFigures


ToChild = (
    Open
    | Connect
    | Play
    | Stop
    | SendDigits
    | Listen
    | Record
    | PauseRecording
    | StopRecording
    | Bridge
    | Unbridge
    | Join
    | Leave
    | SendPacket
    | AskFigures
    | Close
    | Shutdown
)
News = Ended | Digit | Speech | Beep | Packet | Sent
"""What happened on a port."""
FromChild = Ready | Opened | Finished | Refused | Figures | News


class FrameError(Exception):
    """The other end sent what is no frame of this protocol."""


def encode(message: ToChild | FromChild) -> bytes:
    """One frame."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


class _Cutter:
    """Cuts a stream of bytes into the bodies of frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Bodies that are whole now; raises `FrameError` for one above the limit."""
        self._buffer += data
        bodies = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_FRAME_OCTETS:
                raise FrameError(f"a frame of {length} octets")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            bodies.append(bytes(self._buffer[_LENGTH.size : end]))
            del self._buffer[:end]
        return bodies


_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on garbage: text that is not UTF-8 and nesting without end are not among its own errors."""


class CommandDecoder:
    """Commands out of the bytes that the packet process receives."""

    def __init__(self) -> None:
        self._cutter = _Cutter()
        self._decoder = msgspec.msgpack.Decoder(ToChild)

    def feed(self, data: bytes) -> list[ToChild]:
        """Commands that are whole now; raises `FrameError`."""
        try:
            return [self._decoder.decode(body) for body in self._cutter.feed(data)]
        except _UNREADABLE as error:
            raise FrameError(str(error)) from error


class ReportDecoder:
    """Reports out of the bytes that the engine's owner receives."""

    def __init__(self) -> None:
        self._cutter = _Cutter()
        self._decoder = msgspec.msgpack.Decoder(FromChild)

    def feed(self, data: bytes) -> list[FromChild]:
        """Reports that are whole now; raises `FrameError`."""
        try:
            return [self._decoder.decode(body) for body in self._cutter.feed(data)]
        except _UNREADABLE as error:
            raise FrameError(str(error)) from error
