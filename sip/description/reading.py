"""Reads session descriptions (RFC 8866): lenient about what is unknown, strict about what would mislead."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sip.description.media import STATIC, Codec, Direction, Media
from sip.description.session import SessionDescription
from sip.errors import SipSyntaxError
from sip.grammar import parse_number

MAX_LINES: Final = 500
MAX_MEDIA: Final = 32
_DIRECTIONS: Final = frozenset(direction.value for direction in Direction)


def read(data: bytes) -> SessionDescription:
    """Read a description; raises `SipSyntaxError` and nothing else."""
    return _Reader(data).read()


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
            if value.lower() in _DIRECTIONS:
                self._direction = Direction(value.lower())
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
            elif value.lower() in _DIRECTIONS:
                direction = Direction(value.lower())
            elif name in ("rtpmap", "fmtp"):
                number, _, text = rest.strip().partition(" ")
                (rtpmaps if name == "rtpmap" else formats)[number] = text.strip()
            elif name == "ptime" and rest.strip().isascii() and rest.strip().isdigit():
                ptime = int(rest.strip()[:5])
            else:
                others.append(value)
        if port and not host:
            raise SipSyntaxError("session description without an address")
        codecs = _read_codecs(words[3:], rtpmaps, formats) if "RTP/" in words[2] else ()
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
            if number in STATIC:
                codecs.append(replace(STATIC[number], format=formats.get(text, "")))
            continue
        name, _, rate = mapped.partition("/")
        clock, _, channels = rate.partition("/")
        codecs.append(
            Codec(
                number,
                name,
                parse_number(clock or "8000", what="clock rate"),
                formats.get(text, ""),
                int(channels[:3]) if channels.isascii() and channels.isdigit() else 1,
            )
        )
    return tuple(codecs)
