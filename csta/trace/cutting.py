"""Cuts one direction of a connection into frames as a link would, but finds its place again after what is no frame."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from csta.captures.looks import BARE_FRAME, LENGTH16_FRAME, SIEMENS_FRAME, TPKT_FRAME, XML_FRAME
from csta.codec.framing import Frame, Framer, Framing, SniffingFramer, framer_for
from csta.errors import FrameError

_PATTERNS: Final[dict[Framing, re.Pattern[bytes]]] = {
    Framing.XML_HEADER: XML_FRAME,
    Framing.SIEMENS: SIEMENS_FRAME,
    Framing.TPKT: TPKT_FRAME,
    Framing.LENGTH16: LENGTH16_FRAME,
    Framing.BARE_BER: BARE_FRAME,
}
_UNMISTAKABLE: Final = (Framing.XML_HEADER, Framing.SIEMENS, Framing.TPKT)
_LONGEST_START: Final = 16
"""More bytes than the beginning of a frame needs to be recognised."""
_MAX_SKIPPED: Final = 4096


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no frame, and why; at most the first 4096 of them."""

    text: str
    data: bytes


class Cutter:
    """Bytes in, frames and damage out, in order.

    Args:
        framing: How the stream is framed; None or `Framing.SNIFFED`: as its bytes show.
        amid: The capture begins in the middle of the stream, so what stands before the first frame is no fault.
    """

    def __init__(self, framing: Framing | None = None, *, amid: bool = False) -> None:
        self._asked: Framing | None = None if framing is Framing.SNIFFED else framing
        self._framer = self._fresh()
        self._since = bytearray()
        self._searching = amid
        self._skipped = bytearray()
        self._why = ""

    @property
    def framing(self) -> Framing | None:
        """The framing in use; None before it is known."""
        if isinstance(self._framer, SniffingFramer):
            return self._framer.found or self._asked
        return self._framer.framing

    def feed(self, data: bytes) -> Iterator[Frame | Damage]:
        """Take the next bytes of the stream; give what they complete."""
        while data:
            if self._searching:
                data = self._search(data)
                if not data:
                    return
                yield from self._skipped_before()
            self._since += data
            self._framer.feed(data)
            data = b""
            try:
                while (frame := self._framer.next_frame()) is not None:
                    yield frame
            except FrameError as error:
                data = self._broken(error)
            else:
                if not self._framer.pending:
                    self._since.clear()

    def lost(self, why: str) -> Iterator[Damage]:
        """Bytes are missing here: what was begun is damaged, and the next frame has to be searched for."""
        begun = self._framer.pending
        if begun:
            yield Damage(f"a frame is cut short: {why}", begun)
        self._search_anew("")

    def end(self) -> Iterator[Damage]:
        """The stream is over; what was begun is damaged."""
        yield from self._skipped_before()
        try:
            self._framer.end()
        except FrameError as error:
            yield Damage(str(error), self._framer.pending)
        self._search_anew("")
        self._searching = False

    def _fresh(self) -> Framer:
        return framer_for(self._asked or Framing.SNIFFED)

    def _search_anew(self, why: str) -> None:
        # What was sniffed once stays: a connection does not change its framing.
        self._asked = self.framing
        self._framer = self._fresh()
        self._since.clear()
        self._skipped.clear()
        self._searching, self._why = True, why

    def _broken(self, error: FrameError) -> bytes:
        """Return the bytes in which to search: those from the bad frame on, without its first."""
        at = bytes(self._since).rfind(self._framer.pending)
        rest = bytes(self._since[max(at, 0) :])
        self._search_anew(str(error))
        self._skipped += rest[:1]
        return rest[1:]

    def _search(self, data: bytes) -> bytes:
        """Drop what is no beginning of a frame; return what follows, or nothing where more bytes are needed."""
        tail = bytes(self._since)
        self._since.clear()
        data = tail + data
        framing = self.framing
        searched: tuple[Framing, ...] = _UNMISTAKABLE if framing is None else (framing,)
        patterns = [_PATTERNS[one] for one in searched]
        found = [match.start() for pattern in patterns if (match := pattern.search(data))]
        if not found and not framing and not self._skipped:
            # The others are too short to be searched for, but may well stand at the beginning.
            beginning = any(_PATTERNS[one].match(data) for one in (Framing.LENGTH16, Framing.BARE_BER))
            found = [0] if beginning else []
        if found:
            self._skip(data[: min(found)])
            self._searching = False
            return data[min(found) :]
        keep = min(len(data), _LONGEST_START)
        self._skip(data[: len(data) - keep])
        self._since += data[len(data) - keep :]
        return b""

    def _skip(self, data: bytes) -> None:
        self._skipped += data[: max(0, _MAX_SKIPPED - len(self._skipped))]

    def _skipped_before(self) -> Iterator[Damage]:
        if self._why:
            yield Damage(self._why, bytes(self._skipped))
        self._why = ""
        self._skipped.clear()
