"""What every packet engine offers: ports that play, listen, record, bridge and confer, by commands and events.

Nothing here blocks: a driver may run its packets in another process. Commands for one port keep their order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from twisted.internet.defer import Deferred

from media_service.signal import tones


class Encoding(StrEnum):
    """Payload encodings that a port can send and receive (RFC 3551 names; Opus: RFC 7587)."""

    PCMU = "PCMU"
    PCMA = "PCMA"
    G722 = "G722"
    """16 kHz, though its RTP clock is 8000 (RFC 3551 4.5.2)."""
    OPUS = "opus"
    L16 = "L16"
    """8 kHz, big-endian; for loopback tests."""


class SrtpProfile(StrEnum):
    """Protection profiles (RFC 4568 6.2, RFC 7714)."""

    AES_CM_128_HMAC_SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    AES_CM_128_HMAC_SHA1_32 = "AES_CM_128_HMAC_SHA1_32"
    AEAD_AES_128_GCM = "AEAD_AES_128_GCM"
    AEAD_AES_256_GCM = "AEAD_AES_256_GCM"


@dataclass(frozen=True, slots=True)
class Srtp:
    """Keys of a protected stream: master key and salt in one piece, 30, 28 or 44 octets as the profile says."""

    profile: SrtpProfile
    sending: bytes
    receiving: bytes


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do on this machine: its encodings, its SRTP profiles, and one line for people."""

    encodings: tuple[Encoding, ...]
    srtp: tuple[SrtpProfile, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class Address:
    """An IPv4 or IPv6 address and UDP port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Stream:
    """What SDP settled for one port.

    ``payload_type`` is the number for ``encoding``; ``digit_payload_type`` that of telephone-event (RFC 4733), or
    ``None`` where the far end offers none. ``sending`` is false while the far end holds the call (RFC 3264 8.4).
    ``rtcp`` is where reports go: ``None`` the port above (RFC 3550 11), ``remote`` itself where they share a port
    (RFC 5761). ``srtp`` protects both ways; ``protected`` without keys means that they are being agreed upon (DTLS):
    until `MediaEngine.connect` brings them nothing is sent, and nothing heard but by `PacketReceived`.
    """

    remote: Address
    encoding: Encoding
    payload_type: int
    digit_payload_type: int | None
    sending: bool = True
    rtcp: Address | None = None
    srtp: Srtp | None = None
    protected: bool = False


Tone = tones.Tone

Sound = Path | Tone
"""A WAV file (mono PCM16 at 8 or 16 kHz) or a tone."""


@dataclass(frozen=True, slots=True)
class Playlist:
    """Sounds played one after the other without a gap, over and over where ``loop``.

    ``start`` is where in the whole list the first round begins, seconds; beyond its end it wraps round for a loop, and
    ends at once otherwise. Later rounds begin at the beginning.
    """

    files: tuple[Sound, ...]
    loop: bool = False
    start: float = 0.0


@dataclass(frozen=True, slots=True)
class PlayEnded:
    """The playlist given with ``token`` came to its end (``finished``) or was stopped, replaced or could not be played.

    ``detail`` is empty but where a file could not be played: then it names the file and what is wrong with it.
    ``position`` is where in the list (in its last round) it ended, seconds: a `Playlist.start` that goes on from there.
    """

    port: str
    token: str
    finished: bool
    detail: str = ""
    position: float = 0.0


@dataclass(frozen=True, slots=True)
class DigitReceived:
    """A digit began on the wire; ``at`` is Unix seconds.

    An RFC 4733 event is told at its first packet. ``in_band``: heard as a pair of tones (`Listening.digits`), told once
    it has lasted long enough to be one.
    """

    port: str
    digit: str
    at: float
    in_band: bool = False


@dataclass(frozen=True, slots=True)
class SpeechChanged:
    """Someone began (``speaking``) or ceased to speak on the port; ``at`` is Unix seconds. Only while listened for."""

    port: str
    speaking: bool
    at: float


@dataclass(frozen=True, slots=True)
class BeepHeard:
    """The tone of an answering machine ended, ``frequency`` Hz; ``at`` is Unix seconds. Only while listened for."""

    port: str
    frequency: float
    at: float


@dataclass(frozen=True, slots=True)
class PacketReceived:
    """A datagram that is no RTP or RTCP came to the port: STUN or DTLS by its first octet (RFC 7983)."""

    port: str
    data: bytes
    source: Address


@dataclass(frozen=True, slots=True)
class DigitsSent:
    """All digits given with ``token`` have been sent."""

    port: str
    token: str


@dataclass(frozen=True, slots=True)
class EngineFailed:
    """The engine can no longer move packets; every port is gone."""

    reason: str


EngineEvent = PlayEnded | DigitReceived | SpeechChanged | BeepHeard | PacketReceived | DigitsSent | EngineFailed


@dataclass(frozen=True, slots=True)
class Listening:
    """What to listen for beyond RFC 4733: tone pairs, speech, an answering machine's beep."""

    digits: bool = False
    speech: bool = False
    beep: bool = False


class Format(StrEnum):
    """How a recording is written; all at 8 kHz."""

    PCM = "pcm"
    """WAV, 16-bit."""
    A_LAW = "alaw"
    """WAV, G.711 A-law: half the size."""
    FLAC = "flac"


@dataclass(frozen=True, slots=True)
class Recording:
    """What to write into ``file``.

    ``stereo``: what is heard on the left, what is sent on the right; else what is heard alone, or both mixed where
    ``both``. ``trim``: silence at the beginning and at the end is left out.
    """

    file: Path
    format: Format = Format.PCM
    stereo: bool = False
    both: bool = False
    trim: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finished recording: ``seconds`` of audio in the file, ``paused`` seconds that were left out by pauses."""

    file: Path
    seconds: float
    paused: float


class Role(StrEnum):
    """How a port takes part in a conference."""

    SPEAKER = "speaker"
    """Hears all others and is heard by them (a supervisor's barge-in)."""
    LISTENER = "listener"
    """Hears all others and is heard by nobody (silent monitoring)."""
    WHISPERER = "whisperer"
    """Hears all others and is heard by one of them alone (coaching)."""


@dataclass(frozen=True, slots=True)
class PortFigures:
    """Counts of one port since it was opened; times in seconds.

    ``longest_gap`` is the longest time between two packets sent; ``jitter`` that of RFC 3550 A.8 at our side;
    ``late`` counts packets that came too late to be heard. ``round_trip``, ``remote_loss`` (0-1) and ``remote_jitter``
    are what the far end reports (``None``: it has not). ``mos`` estimates what we hear (E-model, ITU-T G.107), 1-4.5;
    ``None`` before anything was heard.
    """

    sent: int
    received: int
    lost: int
    longest_gap: float
    jitter: float = 0.0
    late: int = 0
    round_trip: float | None = None
    remote_loss: float | None = None
    remote_jitter: float | None = None
    mos: float | None = None


class MediaEngine(Protocol):
    """A packet engine. ``port`` is any name that the caller chooses, unique while the port is open.

    A command that cannot be meant raises `EngineError` at once: a port that is not open (but for `close`), an empty
    playlist, an address that is a name and no number, an encoding or profile that `capabilities` does not name. After
    `EngineFailed` every port is gone, and `start` may be called again.
    """

    def capabilities(self) -> Capabilities:
        """What this engine can do; known before `start`."""

    def start(self, listener: Callable[[EngineEvent], None]) -> Deferred[None]:
        """Start moving packets; ``listener`` is called on the reactor's thread."""

    def open(self, port: str, *, beside: str | None = None) -> Deferred[Address]:
        """Bind a UDP port (and the one above, for RTCP) and tell its address; `EngineError` where none is free.

        ``beside`` names an open port that this one is to be bridged or to confer with: an engine of several threads
        keeps both in one. Ports that were not opened beside each other may be refused by `bridge` and `join`.
        """

    def connect(self, port: str, stream: Stream) -> None:
        """Send and accept packets as ``stream`` says; may be called again (re-INVITE, keys agreed)."""

    def play(self, port: str, playlist: Playlist, token: str) -> None:
        """Play, once the port is connected; what played before on this port ends unfinished.

        A file that cannot be played ends the playlist before its first sample (`PlayEnded.detail` says why).
        """

    def stop(self, port: str) -> None:
        """Stop what plays."""

    def send_digits(self, port: str, digits: str, token: str) -> None:
        """Send ``digits`` (0-9, *, #, A-D), 100 ms each with 100 ms between.

        As RFC 4733 events; as tone pairs in the audio where the far end takes no telephone-event.
        """

    def listen(self, port: str, listening: Listening) -> None:
        """From now on listen for these, and for nothing else."""

    def record(self, port: str, recording: Recording) -> None:
        """Write until `stop_recording` or `close`. Lost time is written as silence: positions in the file are times."""

    def pause_recording(self, port: str, *, paused: bool) -> None:
        """Leave out what is said from now on (card numbers), or go on writing."""

    def stop_recording(self, port: str) -> Deferred[Recorded]:
        """Finish the file. Fails with `EngineError` where nothing was recorded or the file could not be written."""

    def bridge(self, one: str, other: str) -> None:
        """Each of the two ports sends what the other hears, instead of what it plays; digits pass on."""

    def unbridge(self, port: str) -> None:
        """Undo `bridge` for the port and its partner."""

    def join(self, port: str, room: str, role: Role = Role.SPEAKER, *, whisper_to: str | None = None) -> None:
        """Take part in the conference ``room``, or change the role in it; a room is there while it has members.

        The port sends the sum of those it hears instead of what it plays, without itself. ``whisper_to`` names the
        member that a `Role.WHISPERER` talks to.
        """

    def leave(self, port: str) -> None:
        """Leave the conference, if the port is in one."""

    def send_packet(self, port: str, data: bytes, target: Address) -> None:
        """Send a datagram as it is (STUN, DTLS); not counted as media."""

    def figures(self, port: str) -> Deferred[PortFigures]:
        """Counts of a port."""

    def close(self, port: str) -> None:
        """Release the port; nothing is heard of it afterwards."""

    def shutdown(self) -> Deferred[None]:
        """Close all ports and end."""
