"""A whole session description (RFC 8866): written, read by `reading`, and sent on under another origin."""

from dataclasses import dataclass, replace
from typing import Self

from sip.description.media import Direction, Media, connection


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
        """Read a description; lines of unknown type (bandwidth, keys, time zones) are skipped.

        Raises:
            SipSyntaxError: the only exception: no ``v=0``, broken m- or o-lines, no address, over the limits.
        """
        from sip.description.reading import read  # noqa: PLC0415 - the reader makes what is defined here

        return read(data)

    def serialise(self) -> bytes:
        """Write the description, lines ended by CRLF."""
        origin = connection(self.origin_host or self.host)
        lines = [
            "v=0",
            f"o={self.user} {self.session_id} {self.origin_version} {origin}",
            f"s={self.name}",
            f"c={connection(self.host)}",
            "t=0 0",
            *(f"a={attribute}" for attribute in self.attributes),
        ]
        for media in self.media:
            lines += media.lines(self.host)
        return ("\r\n".join(lines) + "\r\n").encode()

    @property
    def audio(self) -> Media | None:
        """The first audio line of plain RTP that is not refused."""
        return next((line for line in self.audio_lines if line.protocol == "RTP/AVP"), None)

    @property
    def audio_lines(self) -> tuple[Media, ...]:
        """Every audio line over RTP, of any profile, that is not refused."""
        return tuple(media for media in self.media if media.is_audio)

    def values(self, media: Media, name: str) -> tuple[str, ...]:
        """The values of ``a=name:…`` for a line: its own, else those of the session (RFC 8866 5.13)."""
        whole = tuple(text[len(name) + 1 :].strip() for text in self.attributes if text.startswith(f"{name}:"))
        return media.values(name) or whole

    def value(self, media: Media, name: str) -> str:
        """The first of `values`; empty where there is none."""
        return next(iter(self.values(media, name)), "")

    def with_origin(self, *, session_id: int, version: int, host: str) -> Self:
        """Return the description under another origin: what a B2BUA sends on (the media stay where they are)."""
        return replace(self, session_id=session_id, origin_version=version, origin_host=host, user="-")

    def with_direction(self, direction: Direction) -> Self:
        """Return the description with every live audio line in that direction, as for hold."""
        return replace(
            self,
            media=tuple(replace(line, direction=direction) if line.port else line for line in self.media),
        )
