"""Frames of XML over TCP without SOAP (ECMA-323 annex G.2): an 8-byte header, then the XML.

```
00 00 | total length, 16 bits, big-endian | invoke ID, 4 ASCII digits | XML in UTF-8
```

The length counts bytes, header included. Some implementations use the first four bytes as one 32-bit length for
messages of 64 KiB and more: such frames are accepted, up to a limit, but never sent.
"""

from dataclasses import dataclass
from typing import Final

from csta.errors import FrameError, FrameTooLargeError, SessionError

HEADER_BYTES: Final = 8
MAX_SENT_BYTES: Final = 0xFFFF
EVENT_INVOKE_ID: Final = 9999
"""Invoke ID of every event, and of nothing else."""
MAX_REQUEST_INVOKE_ID: Final = 9998

_BER_FRAME_START: Final = 0x26


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: whose request, answer or event it is, and the message's bytes."""

    invoke_id: int
    payload: bytes


def encode_frame(invoke_id: int, payload: bytes) -> bytes:
    """Return the frame as bytes.

    Raises:
        SessionError: The invoke ID is not within 0..9999.
        FrameTooLargeError: Header and payload have more than 65535 bytes.
    """
    if not 0 <= invoke_id <= EVENT_INVOKE_ID:
        raise SessionError(f"invoke ID {invoke_id} is not within 0..{EVENT_INVOKE_ID}")
    total = HEADER_BYTES + len(payload)
    if total > MAX_SENT_BYTES:
        raise FrameTooLargeError(f"a frame of {total} bytes exceeds the {MAX_SENT_BYTES} that every peer can take")
    return b"\x00\x00%b%04d%b" % (total.to_bytes(2, "big"), invoke_id, payload)


class FrameDecoder:
    """Cuts a stream of bytes into frames, however they arrive.

    After a `FrameError` the stream has lost its place and the decoder gives nothing more.
    """

    def __init__(self, max_frame_bytes: int = 1 << 20) -> None:
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
            FrameError: The bytes are not a frame; the text tells why.
        """
        if self._broken or len(self._buffer) < 4:
            return None
        total = int.from_bytes(self._buffer[:4], "big")
        if not HEADER_BYTES <= total <= self._max:
            raise self._break(self._length_fault(total))
        if len(self._buffer) < HEADER_BYTES:
            return None
        digits = bytes(self._buffer[4:HEADER_BYTES])
        if not digits.isdigit():
            raise self._break(f"invoke ID {digits!r} is not four digits")
        if len(self._buffer) < total:
            return None
        payload = bytes(self._buffer[HEADER_BYTES:total])
        del self._buffer[:total]
        return Frame(int(digits), payload)

    def end(self) -> None:
        """The link is closed.

        Raises:
            FrameError: It closed in the middle of a frame.
        """
        if self._buffer and not self._broken:
            raise self._break(f"the link closed in the middle of a frame, {len(self._buffer)} bytes into it")

    def _break(self, text: str) -> FrameError:
        self._broken = True
        return FrameError(text)

    def _length_fault(self, total: int) -> str:
        head = bytes(self._buffer[:HEADER_BYTES])
        if head[0] == _BER_FRAME_START:
            return f"{head.hex(' ')} looks like ASN.1 framing, not XML: is this the port of another dialect?"
        if any(head[:2]) and head[:4].isascii() and head[:4].decode("ascii").isprintable():
            return f"{head!r} is text, not a frame's header"
        if total < HEADER_BYTES:
            return f"a frame's length of {total} bytes is less than its header's {HEADER_BYTES}"
        return f"a frame's length of {total} bytes exceeds the limit of {self._max}"
