"""Frames of BER as HiPath 3000 and OpenScape Business have them.

```
26 | 1 bit: the message ends here, 15 bits: length of what follows | BER, or a piece of it
```

A message of more than 32767 bytes goes in several such pieces, of which the last has the bit set. The meaning of the
bit comes from sources that never show it cleared; that pieces simply follow each other is an inference.
"""

from typing import Final

from csta.codec.framing.base import SIEMENS_START, Frame, Framer, Framing

HEADER_BYTES: Final = 3
_COMPLETE: Final = 0x8000
_MAX_PIECE: Final = 0x7FFF
_MAX_PIECES: Final = 128


class SiemensFramer(Framer):
    """``26``, a bit and 15 bits of length."""

    framing = Framing.SIEMENS

    def __init__(self, max_frame_bytes: int = 1 << 20) -> None:
        super().__init__(max_frame_bytes)
        self._pieces: list[bytes] = []
        self._collected = 0

    def frame(self, payload: bytes, invoke_id: int | None = None) -> bytes:  # noqa: ARG002 - it is in the message
        """Return a message's bytes as a frame, in several pieces where it is long."""
        self._check_sendable(len(payload), self._max)
        framed = bytearray()
        for start in range(0, max(len(payload), 1), _MAX_PIECE):
            piece = payload[start : start + _MAX_PIECE]
            last = start + _MAX_PIECE >= len(payload)
            framed.append(SIEMENS_START)
            framed += (len(piece) | (_COMPLETE if last else 0)).to_bytes(2, "big")
            framed += piece
        return bytes(framed)

    def _cut(self) -> Frame | None:
        while self._buffer:
            if self._buffer[0] != SIEMENS_START:
                raise self._break_at_start("a frame that begins with 26")
            if len(self._buffer) < HEADER_BYTES:
                return None
            word = int.from_bytes(self._buffer[1:HEADER_BYTES], "big")
            length = word & _MAX_PIECE
            self._check_limit(self._collected + length)
            if len(self._buffer) < HEADER_BYTES + length:
                return None
            self._collect(self._take(HEADER_BYTES, HEADER_BYTES + length))
            if word & _COMPLETE:
                return Frame(None, self._joined())
        return None

    def _collect(self, piece: bytes) -> None:
        if len(self._pieces) >= _MAX_PIECES:
            raise self._break(f"a message in more than {_MAX_PIECES} pieces")
        self._pieces.append(piece)
        self._collected += len(piece)

    def _joined(self) -> bytes:
        payload = b"".join(self._pieces)
        self._pieces.clear()
        self._collected = 0
        return payload

    def _begun(self) -> int:
        return self._collected + len(self._buffer)
