"""Frames of BER in TPKT (RFC 1006 clause 6, RFC 2126): version 3, a spare byte, 16 bits of length with the header.

Whether a switch puts the message there directly or within data TPDUs of the ISO transport (``02 F0 80``, class 0) is
open; both are taken, pieces included, and answered in kind. Its connection requests are not spoken.
"""

from typing import Final

from csta.codec.framing.base import TPKT_VERSION, Frame, Framer, Framing

HEADER_BYTES: Final = 4
_DATA_TPDU: Final = b"\x02\xf0"
_DATA_HEADER_BYTES: Final = 3
_LAST: Final = 0x80
_MAX_PIECES: Final = 128
_CONNECTION_TPDUS: Final = frozenset({0xE0, 0xD0, 0x80})


class TpktFramer(Framer):
    """TPKT, with or without data TPDUs inside."""

    framing = Framing.TPKT

    def __init__(self, max_frame_bytes: int = 1 << 20) -> None:
        super().__init__(max_frame_bytes)
        self._in_tpdus = False
        self._pieces: list[bytes] = []
        self._collected = 0

    def frame(self, payload: bytes, invoke_id: int | None = None) -> bytes:  # noqa: ARG002 - it is in the message
        """Return a message's bytes as one TPKT of at most 65535 bytes."""
        inside = _DATA_TPDU + bytes([_LAST]) + payload if self._in_tpdus else payload
        total = HEADER_BYTES + len(inside)
        self._check_sendable(total, 0xFFFF)
        return bytes([TPKT_VERSION, 0]) + total.to_bytes(2, "big") + inside

    def _cut(self) -> Frame | None:
        while self._buffer:
            if self._buffer[0] != TPKT_VERSION:
                raise self._break_at_start("TPKT's version 3")
            if len(self._buffer) < HEADER_BYTES:
                return None
            total = int.from_bytes(self._buffer[2:HEADER_BYTES], "big")
            if total <= HEADER_BYTES:
                raise self._break(f"a TPKT of {total} bytes has no content")
            self._check_limit(self._collected + total)
            if len(self._buffer) < total:
                return None
            payload = self._opened(self._take(HEADER_BYTES, total))
            if payload is not None:
                return Frame(None, payload)
        return None

    def _opened(self, inside: bytes) -> bytes | None:
        """Return the message, or None after a piece that is not its last."""
        if len(inside) > 1 and inside[0] == len(inside) - 1 and inside[1] & 0xF0 in _CONNECTION_TPDUS:
            raise self._break("the peer wants an ISO transport connection (RFC 1006), which is not spoken here")
        if not inside.startswith(_DATA_TPDU) or len(inside) < _DATA_HEADER_BYTES:
            return inside
        self._in_tpdus = True
        if len(self._pieces) >= _MAX_PIECES:
            raise self._break(f"a message in more than {_MAX_PIECES} pieces")
        self._pieces.append(inside[_DATA_HEADER_BYTES:])
        self._collected += len(self._pieces[-1])
        if not inside[2] & _LAST:
            return None
        payload = b"".join(self._pieces)
        self._pieces.clear()
        self._collected = 0
        return payload

    def _begun(self) -> int:
        return self._collected + len(self._buffer)
