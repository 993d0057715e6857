"""What every framing has in common: how a stream of bytes is cut into frames, and what a wrong one looks like."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import Final

from csta.errors import FrameError, FrameTooLargeError

MAX_FRAME_BYTES: Final = 1 << 20
APDU_TAGS: Final = frozenset({0x60, 0x61, 0x62, 0x63, 0x64, 0xA1, 0xA2, 0xA3, 0xA4})
"""First bytes of what BER carries here: ACSE's AARQ, AARE, RLRQ, RLRE and ABRT, and the four of ROSE."""
SIEMENS_START: Final = 0x26
TPKT_VERSION: Final = 3


class Framing(Enum):
    """How messages are cut from the stream; the values are the words that configs and reports use."""

    XML_HEADER = "xml-header"
    """8-byte header with length and invoke ID (ECMA-323 annex G.2)."""
    SIEMENS = "siemens"
    """``26``, then a bit for the last fragment and 15 bits of length (HiPath 3000, OpenScape Business)."""
    LENGTH16 = "length16"
    """Two bytes of length."""
    TPKT = "tpkt"
    """TPKT (RFC 1006, RFC 2126)."""
    BARE_BER = "bare-ber"
    """Nothing: BER says itself where it ends."""
    SNIFFED = "sniffed"
    """The peer's first bytes decide."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: the message's bytes, and the invoke ID where the framing carries it rather than the message."""

    invoke_id: int | None
    payload: bytes


class Framer(ABC):
    """Cuts a stream of bytes into frames, however they arrive, and makes frames of messages.

    After a `FrameError` the stream has lost its place, and nothing more comes out.
    """

    framing: Framing

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._max = max_frame_bytes
        self._buffer = bytearray()
        self._broken = False

    def feed(self, data: bytes) -> None:
        """Take bytes as they come from the link."""
        if not self._broken:
            self._buffer += data

    @property
    def pending(self) -> bytes:
        """The bytes that do not make a frame yet, 64 of them at most: what a report shows."""
        return bytes(self._buffer[:64])

    def next_frame(self) -> Frame | None:
        """Return the next complete frame, or None where more bytes are needed.

        Raises:
            FrameError: The bytes are not a frame; the text tells why, and what to check.
        """
        return None if self._broken or not self._buffer else self._cut()

    def end(self) -> None:
        """The link is closed.

        Raises:
            FrameError: It closed in the middle of a frame.
        """
        if not self._broken and (begun := self._begun()):
            raise self._break(f"the link closed in the middle of a frame, {begun} bytes into it")

    @abstractmethod
    def frame(self, payload: bytes, invoke_id: int | None = None) -> bytes:
        """Return a message's bytes as a frame.

        Raises:
            FrameTooLargeError: No peer could take it.
            SessionError: The framing carries invoke IDs, and this is none.
        """

    @abstractmethod
    def _cut(self) -> Frame | None:
        """Take a frame from the buffer, which is not empty."""

    def _begun(self) -> int:
        """How many bytes of an incomplete frame are here."""
        return len(self._buffer)

    def _take(self, start: int, end: int) -> bytes:
        """Return these bytes of the buffer, and drop everything up to their end."""
        taken = bytes(self._buffer[start:end])
        del self._buffer[:end]
        return taken

    def _break(self, text: str) -> FrameError:
        self._broken = True
        return FrameError(text)

    def _break_at_start(self, expected: str) -> FrameError:
        """What to say where the first bytes of a frame are not those of this framing."""
        head = bytes(self._buffer[:8])
        return self._break(f"{describe(head)}, where {expected} is expected")

    def _check_limit(self, total: int) -> None:
        if total > self._max:
            raise self._break(f"a frame's length of {total} bytes exceeds the limit of {self._max}")

    def _check_sendable(self, total: int, limit: int) -> None:
        if total > limit:
            raise FrameTooLargeError(f"a frame of {total} bytes exceeds the {limit} that every peer can take")


def recognise(head: bytes) -> Framing | None:
    """Return the framing whose first frame begins like this, None where it is none or more bytes are needed.

    Eight bytes decide everything that can be decided.
    """
    if head[:1] == bytes([SIEMENS_START]):
        return Framing.SIEMENS
    if head and head[0] in APDU_TAGS:
        return Framing.BARE_BER
    if len(head) < 3:
        return None
    # What three bytes decide is not decided otherwise by eight, or it would depend on how they arrive.
    numbered = len(head) >= 8 and head[0] == 0 and head[4:8].isdigit() and head[2] not in APDU_TAGS
    if head[:2] == b"\x00\x00" or numbered:
        return Framing.XML_HEADER
    if head[2] in APDU_TAGS:
        return Framing.LENGTH16
    return Framing.TPKT if head[0] == TPKT_VERSION else None


_LOOKS: Final = {
    Framing.XML_HEADER: "looks like XML's frames with an 8-byte header",
    Framing.SIEMENS: "looks like ASN.1 framing with a leading 26",
    Framing.LENGTH16: "looks like ASN.1 framing with 2 bytes of length",
    Framing.TPKT: "looks like TPKT",
    Framing.BARE_BER: "looks like ASN.1 without framing",
}


def describe(head: bytes) -> str:
    """Say what a stream's first bytes look like, and what to check."""
    if head.isascii() and head.decode("ascii").strip().isprintable():
        return f"{head!r} is text, not a frame's header: is this the port of another service?"
    if head[:1] == b"\x16" and head[1:2] == b"\x03":
        return f"{head.hex(' ')} looks like TLS: does the config expect a link without it?"
    if head[:1] == b"\x15" and head[1:2] == b"\x03":
        return f"{head.hex(' ')} is an alert of TLS: the peer wants a link with TLS"
    framing = recognise(head)
    if framing is None:
        return f"{head.hex(' ')} is no frame's header"
    return f"{head.hex(' ')} {_LOOKS[framing]}: do profile, framing ({framing.value}) and port belong together?"
