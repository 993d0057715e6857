"""Frames of BER with two bytes of length, big-endian and without sign, which count what follows them."""

from typing import Final

from csta.codec.framing.base import APDU_TAGS, Frame, Framer, Framing

HEADER_BYTES: Final = 2


class Length16Framer(Framer):
    """Ericsson's, Matra's and others' framing."""

    framing = Framing.LENGTH16

    def frame(self, payload: bytes, invoke_id: int | None = None) -> bytes:  # noqa: ARG002 - it is in the message
        """Return a message's bytes as a frame of at most 65535 bytes and the length."""
        self._check_sendable(len(payload), 0xFFFF)
        return len(payload).to_bytes(2, "big") + payload

    def _cut(self) -> Frame | None:
        if len(self._buffer) <= HEADER_BYTES:
            return None
        # Looked at before the rest is here: text taken for a length would be waited for in vain.
        if self._buffer[HEADER_BYTES] not in APDU_TAGS:
            raise self._break_at_start("2 bytes of length and a message of ROSE or ACSE")
        length = int.from_bytes(self._buffer[:HEADER_BYTES], "big")
        if not length:
            raise self._break("a frame without content")
        self._check_limit(length)
        end = HEADER_BYTES + length
        return Frame(None, self._take(HEADER_BYTES, end)) if len(self._buffer) >= end else None
