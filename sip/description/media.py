"""The values of a session description: directions, codecs and media lines (RFC 8866, RFC 3551, RFC 4733, RFC 7587)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DEFAULT_PTIME: Final = 20
"""Milliseconds of audio in each packet that we send."""
TELEPHONE_EVENT: Final = "telephone-event"
RTP_PROFILES: Final = frozenset(
    {
        *("RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"),
        *("UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"),
    }
)
"""Transports of RTP over UDP (RFC 3551, 4585, 3711, 5124, 5764)."""
_UNSPECIFIED: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - a mark on the wire, nothing is bound


class Direction(StrEnum):
    """Which way media flows, seen from the writer of the description (RFC 3264 5.1)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def mirrored(self) -> "Direction":
        """The same flow seen from the other side."""
        return {"sendonly": Direction.RECVONLY, "recvonly": Direction.SENDONLY}.get(self.value, self)

    @property
    def sends(self) -> bool:
        """Whether the writer sends."""
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        """Whether the writer wants to receive."""
        return self in (Direction.SENDRECV, Direction.RECVONLY)


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type of an m-line: ``rtpmap`` and ``fmtp`` (RFC 8866 6.6, 6.15); ``rate`` is its RTP clock."""

    payload_type: int
    name: str
    rate: int = 8000
    format: str = ""
    channels: int = 1

    @property
    def key(self) -> tuple[str, int]:
        """What makes two codecs the same, whatever their numbers."""
        return self.name.upper(), self.rate

    @property
    def counts_digits(self) -> bool:
        """Whether it is telephone-event (RFC 4733) and no audio."""
        return self.name.lower() == TELEPHONE_EVENT

    @property
    def mapping(self) -> str:
        """The value of ``a=rtpmap``."""
        channels = f"/{self.channels}" if self.channels > 1 else ""
        return f"{self.payload_type} {self.name}/{self.rate}{channels}"


PCMU: Final = Codec(0, "PCMU")
PCMA: Final = Codec(8, "PCMA")
G722: Final = Codec(9, "G722")
"""Its clock is 8000 by an old mistake that stays (RFC 3551 4.5.2)."""
OPUS: Final = Codec(96, "opus", 48_000, "maxplaybackrate=16000;stereo=0;sprop-stereo=0;minptime=20", 2)
"""Always two channels in the mapping (RFC 7587 7); what we play and record is mono."""
L16: Final = Codec(97, "L16")
DIGIT_EVENTS: Final = Codec(101, TELEPHONE_EVENT, 8000, "0-15")
WIDE_DIGIT_EVENTS: Final = Codec(102, TELEPHONE_EVENT, 48_000, "0-15")
"""Digits beside Opus, whose clock they must share (RFC 4733 2.1)."""
TELEPHONY: Final = (PCMA, PCMU, DIGIT_EVENTS)
STATIC: Final = {0: PCMU, 3: Codec(3, "GSM"), 8: PCMA, 9: G722, 18: Codec(18, "G729")}
"""Payload types that need no ``rtpmap`` (RFC 3551 table 4)."""


@dataclass(frozen=True, slots=True)
class Media:
    """One m-line with what follows it.

    ``port`` 0 means refused (RFC 3264 6). ``formats`` are the formats as written, ``codecs`` those among them that
    have a meaning here. ``host`` is the connection address of the line or of the session. ``attributes`` keeps all
    other ``a=`` lines.
    """

    kind: str
    port: int
    protocol: str = "RTP/AVP"
    formats: tuple[str, ...] = ()
    codecs: tuple[Codec, ...] = ()
    host: str = ""
    direction: Direction = Direction.SENDRECV
    ptime: int | None = None
    attributes: tuple[str, ...] = ()

    @property
    def nowhere(self) -> bool:
        """Whether the address says that nothing is to be sent there: the old hold (RFC 3264 8.4, RFC 6157 4.3.1)."""
        return self.host in _UNSPECIFIED or self.host.lower().endswith(".invalid")

    @property
    def on_hold(self) -> bool:
        """Whether the writer does not want to hear us: by its direction, or in the old way by its address."""
        return not self.direction.receives or self.nowhere

    @property
    def is_audio(self) -> bool:
        """Whether it is audio over RTP, of any profile, that is not refused; a bundled line may have no port."""
        offered = self.port != 0 or "bundle-only" in self.attributes  # RFC 9143 6
        return self.kind == "audio" and offered and self.protocol in RTP_PROFILES

    @property
    def secured(self) -> bool:
        """Whether its profile is one of SRTP."""
        return "SAVP" in self.protocol

    @property
    def shares_rtcp_port(self) -> bool:
        """Whether reports go through the port of the audio (RFC 5761)."""
        return "rtcp-mux" in self.attributes

    def values(self, name: str) -> tuple[str, ...]:
        """The values of every ``a=name:value`` of the line, in order."""
        return tuple(text[len(name) + 1 :].strip() for text in self.attributes if text.startswith(f"{name}:"))

    def refused(self) -> "Media":
        """The line as an answer refuses it (RFC 3264 6); its name in a bundle stays (RFC 5888 9.2)."""
        mid = tuple(text for text in self.attributes if text.startswith("mid:"))
        return Media(self.kind, 0, self.protocol, self.formats, attributes=mid)

    def lines(self, session_host: str) -> list[str]:
        """Write the m-line and its attributes."""
        text = [f"m={self.kind} {self.port} {self.protocol} {' '.join(self.formats)}"]
        if self.host and self.host != session_host:
            text.append(f"c={connection(self.host)}")
        for codec in self.codecs:
            text.append(f"a=rtpmap:{codec.mapping}")
            if codec.format:
                text.append(f"a=fmtp:{codec.payload_type} {codec.format}")
        if self.ptime is not None:
            text.append(f"a=ptime:{self.ptime}")
        text += [f"a={attribute}" for attribute in self.attributes]
        if self.port:
            text.append(f"a={self.direction}")
        return text


def connection(host: str) -> str:
    """The value of a c-line."""
    return f"IN {'IP6' if ':' in host else 'IP4'} {host}"
