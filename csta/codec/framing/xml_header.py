"""Frames of XML over TCP without SOAP (ECMA-323 annex G.2): an 8-byte header, then the XML.

```
00 00 | total length, 16 bits, big-endian | invoke ID, 4 ASCII digits | XML in UTF-8
```

The length counts bytes, header included. Some implementations use the first four bytes as one 32-bit length for
messages of 64 KiB and more: such frames are accepted, up to a limit, but never sent.
"""

from typing import Final

from csta.codec.framing.base import Frame, Framer, Framing
from csta.errors import FrameError, FrameTooLargeError, SessionError

HEADER_BYTES: Final = 8
MAX_SENT_BYTES: Final = 0xFFFF
EVENT_INVOKE_ID: Final = 9999
"""Invoke ID of every event, and of nothing else."""
MAX_REQUEST_INVOKE_ID: Final = 9998


def encode_frame(invoke_id: int | None, payload: bytes) -> bytes:
    """Return the frame as bytes.

    Raises:
        SessionError: The invoke ID is not within 0..9999.
        FrameTooLargeError: Header and payload have more than 65535 bytes.
    """
    if invoke_id is None or not 0 <= invoke_id <= EVENT_INVOKE_ID:
        raise SessionError(f"invoke ID {invoke_id} is not within 0..{EVENT_INVOKE_ID}")
    total = HEADER_BYTES + len(payload)
    if total > MAX_SENT_BYTES:
        raise FrameTooLargeError(f"a frame of {total} bytes exceeds the {MAX_SENT_BYTES} that every peer can take")
    return b"\x00\x00%b%04d%b" % (total.to_bytes(2, "big"), invoke_id, payload)


class XmlHeaderFramer(Framer):
    """The framing of OpenScape Voice, and of XML everywhere else."""

    framing = Framing.XML_HEADER

    def frame(self, payload: bytes, invoke_id: int | None = None) -> bytes:
        """Return a message's bytes as a frame; see `encode_frame`."""
        return encode_frame(invoke_id, payload)

    def _cut(self) -> Frame | None:
        if len(self._buffer) < 4:
            return None
        total = int.from_bytes(self._buffer[:4], "big")
        if not HEADER_BYTES <= total <= self._max:
            raise self._break_length(total)
        if len(self._buffer) < HEADER_BYTES:
            return None
        digits = bytes(self._buffer[4:HEADER_BYTES])
        if not digits.isdigit():
            raise self._break(f"invoke ID {digits!r} is not four digits")
        if len(self._buffer) < total:
            return None
        return Frame(int(digits), self._take(HEADER_BYTES, total))

    def _break_length(self, total: int) -> FrameError:
        if any(self._buffer[:2]) and total > self._max and self._buffer[0]:
            return self._break_at_start("XML's header 00 00")
        if total < HEADER_BYTES:
            return self._break(f"a frame's length of {total} bytes is less than its header's {HEADER_BYTES}")
        return self._break(f"a frame's length of {total} bytes exceeds the limit of {self._max}")
