"""BER without frames: each message says itself how long it is (X.690 clause 8.1.3), or ends with two zero bytes."""

from typing import Final

from csta.codec.framing.base import APDU_TAGS, Frame, Framer, Framing

_MAX_DEPTH: Final = 32
_INDEFINITE: Final = 0x80
_MAX_LENGTH_BYTES: Final = 4
_MAX_TAG_BYTES: Final = 5
_CONSTRUCTED: Final = 0x20


class BareBerFramer(Framer):
    """Walks elements as far as it must to find the end, and remembers how far it came."""

    framing = Framing.BARE_BER

    def __init__(self, max_frame_bytes: int = 1 << 20) -> None:
        super().__init__(max_frame_bytes)
        self._at = 0
        self._open = 0

    def frame(self, payload: bytes, invoke_id: int | None = None) -> bytes:  # noqa: ARG002 - it is in the message
        """Return the message's bytes as they are."""
        self._check_sendable(len(payload), self._max)
        return payload

    def _cut(self) -> Frame | None:
        if self._buffer[0] not in APDU_TAGS:
            raise self._break_at_start("a message of ROSE or ACSE")
        while True:
            found = self._header()
            if found is None:
                return None
            self._at = found
            self._check_limit(self._at)
            if not self._open:
                break
        if len(self._buffer) < self._at:
            return None
        payload = self._take(0, self._at)
        self._at = 0
        return Frame(None, payload)

    def _header(self) -> int | None:
        """Return where the walk goes on after the element at hand; None where its header is not all here.

        The end of an indefinite length closes a level, the beginning of one opens it.
        """
        start = self._at
        if not self._open and start:
            return start
        after_tag = self._after_tag(start)
        if after_tag is None or after_tag >= len(self._buffer):
            return None
        first = self._buffer[after_tag]
        if self._buffer[start] == 0 and first == 0 and self._open:
            self._open -= 1
            return after_tag + 1
        if first == _INDEFINITE:
            if not self._buffer[start] & _CONSTRUCTED:
                raise self._break("an indefinite length of a primitive element, which BER forbids")
            self._open += 1
            if self._open > _MAX_DEPTH:
                raise self._break(f"more than {_MAX_DEPTH} elements of indefinite length within each other")
            return after_tag + 1
        return self._after_content(after_tag + 1, first)

    def _after_content(self, at: int, first: int) -> int | None:
        """Return where the content ends whose length begins with ``first`` and may go on at ``at``."""
        if first < _INDEFINITE:
            return at + first
        end = at + (first & 0x7F)
        if end - at > _MAX_LENGTH_BYTES:
            raise self._break(f"a length of {end - at} bytes")
        return None if len(self._buffer) < end else end + int.from_bytes(self._buffer[at:end], "big")

    def _after_tag(self, start: int) -> int | None:
        if start >= len(self._buffer):
            return None
        if self._buffer[start] & 0x1F != 0x1F:
            return start + 1
        for at in range(start + 1, min(start + 1 + _MAX_TAG_BYTES, len(self._buffer))):
            if not self._buffer[at] & 0x80:
                return at + 1
        if len(self._buffer) > start + _MAX_TAG_BYTES:
            raise self._break(f"a tag of more than {_MAX_TAG_BYTES} bytes")
        return None
