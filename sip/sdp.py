"""Session descriptions (RFC 4566) and the audio offer/answer of a telephone (RFC 3264, RFC 4733)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

from sip.errors import SipSyntaxError
from sip.grammar import parse_number

MAX_LINES: Final = 500
MAX_MEDIA: Final = 32
DEFAULT_PTIME: Final = 20
TELEPHONE_EVENT: Final = "telephone-event"


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


_DIRECTIONS: Final = frozenset(direction.value for direction in Direction)


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type of an m-line: RFC 4566 ``rtpmap`` and ``fmtp``."""

    payload_type: int
    name: str
    rate: int = 8000
    format: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """What makes two codecs the same, whatever their numbers."""
        return self.name.upper(), self.rate


PCMU: Final = Codec(0, "PCMU")
PCMA: Final = Codec(8, "PCMA")
DIGIT_EVENTS: Final = Codec(101, TELEPHONE_EVENT, 8000, "0-15")
TELEPHONY: Final = (PCMA, PCMU, DIGIT_EVENTS)
_STATIC: Final = {0: PCMU, 3: Codec(3, "GSM"), 8: PCMA, 9: Codec(9, "G722"), 18: Codec(18, "G729")}  # RFC 3551 table 4


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
    def on_hold(self) -> bool:
        """Whether the writer does not want to hear us: direction, or the old 0.0.0.0 (RFC 3264 8.4)."""
        return not self.direction.receives or self.host == "0.0.0.0"  # noqa: S104 - a mark on the wire, nothing is bound

    def lines(self, session_host: str) -> list[str]:
        """Write the m-line and its attributes."""
        text = [f"m={self.kind} {self.port} {self.protocol} {' '.join(self.formats)}"]
        if self.host and self.host != session_host:
            text.append(f"c={_connection(self.host)}")
        for codec in self.codecs:
            text.append(f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.rate}")
            if codec.format:
                text.append(f"a=fmtp:{codec.payload_type} {codec.format}")
        if self.ptime is not None:
            text.append(f"a=ptime:{self.ptime}")
        text += [f"a={attribute}" for attribute in self.attributes]
        if self.port:
            text.append(f"a={self.direction}")
        return text


def _connection(host: str) -> str:
    return f"IN {'IP6' if ':' in host else 'IP4'} {host}"


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A whole description. ``origin_version`` must rise by one with every change (RFC 3264 8)."""

    host: str
    session_id: int
    origin_version: int
    media: tuple[Media, ...]
    user: str = "-"
    name: str = "-"
    origin_host: str = ""
    attributes: tuple[str, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> "SessionDescription":
        """Read a description; lines of unknown type are skipped.

        Raises:
            SipSyntaxError: the only exception: no ``v=0``, broken m- or o-lines, no address, over the limits.
        """
        return _Reader(data).read()

    def serialise(self) -> bytes:
        """Write the description, lines ended by CRLF."""
        origin = _connection(self.origin_host or self.host)
        lines = [
            "v=0",
            f"o={self.user} {self.session_id} {self.origin_version} {origin}",
            f"s={self.name}",
            f"c={_connection(self.host)}",
            "t=0 0",
            *(f"a={attribute}" for attribute in self.attributes),
        ]
        for media in self.media:
            lines += media.lines(self.host)
        return ("\r\n".join(lines) + "\r\n").encode()

    @property
    def audio(self) -> Media | None:
        """The first audio line that is not refused."""
        return next((media for media in self.media if _usable(media)), None)

    def with_origin(self, *, session_id: int, version: int, host: str) -> Self:
        """Return the description under another origin: what a B2BUA sends on (the media stay where they are)."""
        return replace(self, session_id=session_id, origin_version=version, origin_host=host, user="-")

    def with_direction(self, direction: Direction) -> Self:
        """Return the description with every live audio line in that direction, as for hold."""
        return replace(
            self,
            media=tuple(replace(line, direction=direction) if line.port else line for line in self.media),
        )


def _usable(media: Media) -> bool:
    return media.kind == "audio" and media.port != 0 and media.protocol == "RTP/AVP"


class _Reader:
    """Reads one description line by line."""

    def __init__(self, data: bytes) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        self._lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line]
        self._host = ""
        self._origin: tuple[str, int, int, str] | None = None
        self._name = "-"
        self._direction = Direction.SENDRECV
        self._attributes: list[str] = []
        self._sections: list[tuple[str, list[tuple[str, str]]]] = []

    def read(self) -> SessionDescription:
        if not self._lines or self._lines[0].strip() != "v=0":
            raise SipSyntaxError("session description does not begin with v=0")
        if len(self._lines) > MAX_LINES:
            raise SipSyntaxError(f"session description of more than {MAX_LINES} lines")
        for line in self._lines[1:]:
            kind, mark, value = line.partition("=")
            if not mark or len(kind) != 1:
                raise SipSyntaxError(f"not a line of a session description: {line[:40]!r}")
            self._line(kind, value.strip())
        if self._origin is None:
            raise SipSyntaxError("session description without an origin")
        user, session_id, version, origin_host = self._origin
        media = tuple(self._media(head, lines) for head, lines in self._sections)
        return SessionDescription(
            host=self._host or next((line.host for line in media if line.host), origin_host),
            session_id=session_id,
            origin_version=version,
            media=media,
            user=user,
            name=self._name,
            origin_host=origin_host,
            attributes=tuple(self._attributes),
        )

    def _line(self, kind: str, value: str) -> None:
        if kind == "m":
            if len(self._sections) == MAX_MEDIA:
                raise SipSyntaxError(f"more than {MAX_MEDIA} media lines")
            self._sections.append((value, []))
        elif self._sections:
            self._sections[-1][1].append((kind, value))
        elif kind == "o":
            self._origin = _read_origin(value)
        elif kind == "c":
            self._host = _read_connection(value)
        elif kind == "s":
            self._name = value or "-"
        elif kind == "a":
            if value in _DIRECTIONS:
                self._direction = Direction(value)
            else:
                self._attributes.append(value)

    def _media(self, head: str, lines: list[tuple[str, str]]) -> Media:
        words = head.split()
        if len(words) < 4:
            raise SipSyntaxError(f"media line cannot be read: {head[:60]!r}")
        port = parse_number(words[1].partition("/")[0], what="media port", limit=65535)
        host, direction, ptime = self._host, self._direction, None
        rtpmaps: dict[str, str] = {}
        formats: dict[str, str] = {}
        others: list[str] = []
        for kind, value in lines:
            name, _, rest = value.partition(":")
            if kind == "c":
                host = _read_connection(value)
            elif kind != "a":
                continue
            elif value in _DIRECTIONS:
                direction = Direction(value)
            elif name in ("rtpmap", "fmtp"):
                number, _, text = rest.strip().partition(" ")
                (rtpmaps if name == "rtpmap" else formats)[number] = text.strip()
            elif name == "ptime" and rest.strip().isascii() and rest.strip().isdigit():
                ptime = int(rest.strip()[:5])
            else:
                others.append(value)
        if port and not host:
            raise SipSyntaxError("session description without an address")
        codecs = _read_codecs(words[3:], rtpmaps, formats) if words[2].startswith("RTP/") else ()
        return Media(words[0], port, words[2], tuple(words[3:]), codecs, host, direction, ptime, tuple(others))


def _read_origin(value: str) -> tuple[str, int, int, str]:
    words = value.split()
    if len(words) != 6:
        raise SipSyntaxError(f"origin cannot be read: {value[:60]!r}")
    session_id = parse_number(words[1], what="session id", limit=2**64)
    return words[0], session_id, parse_number(words[2], what="session version", limit=2**64), words[5]


def _read_connection(value: str) -> str:
    words = value.split()
    if len(words) != 3 or words[0] != "IN" or words[1] not in ("IP4", "IP6"):
        raise SipSyntaxError(f"connection cannot be read: {value[:60]!r}")
    return words[2].partition("/")[0]


def _read_codecs(numbers: Sequence[str], rtpmaps: dict[str, str], formats: dict[str, str]) -> tuple[Codec, ...]:
    codecs: list[Codec] = []
    for text in numbers:
        number = parse_number(text, what="payload type", limit=127)
        mapped = rtpmaps.get(text)
        if mapped is None:
            if number in _STATIC:
                codecs.append(replace(_STATIC[number], format=formats.get(text, "")))
            continue
        name, _, rate = mapped.partition("/")
        clock = parse_number(rate.partition("/")[0] or "8000", what="clock rate")
        codecs.append(Codec(number, name, clock, formats.get(text, "")))
    return tuple(codecs)


def audio_offer(
    host: str,
    port: int,
    session_id: int,
    codecs: Sequence[Codec] = TELEPHONY,
    *,
    version: int = 1,
    direction: Direction = Direction.SENDRECV,
) -> SessionDescription:
    """Return an offer of one audio stream received at ``host``:``port``; the codecs in the order of preference."""
    media = _audio_line(host, port, codecs, direction, DEFAULT_PTIME)
    return SessionDescription(host=host, session_id=session_id, origin_version=version, media=(media,))


@dataclass(frozen=True, slots=True)
class Agreement:
    """What offer and answer settled, seen from us.

    We send to ``host``:``port`` with ``codec.payload_type``, digits with ``digit_payload_type`` (``None``: the far end
    takes none), packets of ``ptime`` milliseconds; ``direction`` is ours.
    """

    host: str
    port: int
    codec: Codec
    digit_payload_type: int | None
    direction: Direction
    ptime: int = DEFAULT_PTIME


@dataclass(frozen=True, slots=True)
class Answer:
    """Our answer to an offer, and what it settles."""

    description: SessionDescription
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class NotAcceptable:
    """Offer and answer have no audio in common: refuse with 488."""

    reason: str


def _audio_line(host: str, port: int, codecs: Sequence[Codec], direction: Direction, ptime: int) -> Media:
    return Media(
        kind="audio",
        port=port,
        formats=tuple(str(codec.payload_type) for codec in codecs),
        codecs=tuple(codecs),
        host=host,
        direction=direction,
        ptime=ptime,
    )


def _settle(theirs: Media, ours: Sequence[Codec], direction: Direction) -> Agreement | None:
    known = {codec.key: codec for codec in ours}
    speech = [codec for codec in theirs.codecs if codec.name.lower() != TELEPHONE_EVENT and codec.key in known]
    if not speech:
        return None
    digits = [
        codec.payload_type
        for codec in theirs.codecs
        if codec.name.lower() == TELEPHONE_EVENT and codec.rate == speech[0].rate and codec.key in known
    ]
    if theirs.on_hold:
        direction = Direction.RECVONLY if direction.receives and theirs.direction.sends else Direction.INACTIVE
    elif not theirs.direction.sends:
        direction = Direction.SENDONLY if direction.sends else Direction.INACTIVE
    return Agreement(
        theirs.host, theirs.port, speech[0], digits[0] if digits else None, direction, theirs.ptime or DEFAULT_PTIME
    )


def negotiate(
    offer: SessionDescription,
    supported: Sequence[Codec],
    *,
    host: str,
    port: int,
    session_id: int,
    version: int = 1,
    direction: Direction = Direction.SENDRECV,
) -> Answer | NotAcceptable:
    """Answer an offer (RFC 3264 6): the first usable audio line is taken, all other lines are refused with port 0.

    The offerer's order decides among the codecs and its payload numbers are kept. We receive at ``host``:``port``.
    """
    chosen = offer.audio
    settled = _settle(chosen, supported, direction) if chosen is not None else None
    if chosen is None or settled is None:
        return NotAcceptable("no audio stream" if chosen is None else "no codec in common")
    codecs = [settled.codec]
    if settled.digit_payload_type is not None:
        codecs += [codec for codec in chosen.codecs if codec.payload_type == settled.digit_payload_type]
    taken = _audio_line(host, port, codecs, settled.direction, settled.ptime)
    lines = tuple(taken if line is chosen else Media(line.kind, 0, line.protocol, line.formats) for line in offer.media)
    return Answer(SessionDescription(host, session_id, version, lines), settled)


def accept_answer(offer: SessionDescription, answer: SessionDescription) -> Agreement | NotAcceptable:
    """Read the far end's answer to our offer (RFC 3264 7)."""
    ours, theirs = offer.audio, answer.audio
    if ours is None or theirs is None:
        return NotAcceptable("audio was refused")
    settled = _settle(theirs, ours.codecs, ours.direction)
    return settled if settled is not None else NotAcceptable("no codec in common")
