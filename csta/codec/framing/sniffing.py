"""The framing that the peer's first bytes decide, for those who do not know or serve several on one port."""

from typing import Final

from csta.codec.framing.bare_ber import BareBerFramer
from csta.codec.framing.base import Frame, Framer, Framing, recognise
from csta.codec.framing.length16 import Length16Framer
from csta.codec.framing.siemens import SiemensFramer
from csta.codec.framing.tpkt import TpktFramer
from csta.codec.framing.xml_header import XmlHeaderFramer
from csta.errors import SessionError

_ENOUGH: Final = 8


class SniffingFramer(Framer):
    """Waits for the peer's first bytes, and is from then on the framing that they show."""

    framing = Framing.SNIFFED

    def __init__(self, max_frame_bytes: int = 1 << 20) -> None:
        super().__init__(max_frame_bytes)
        self._chosen: Framer | None = None

    @property
    def found(self) -> Framing | None:
        """The framing that was recognised; None before the first bytes have decided."""
        return self._chosen.framing if self._chosen else None

    @property
    def pending(self) -> bytes:
        """The bytes that do not make a frame yet, 64 of them at most."""
        return self._chosen.pending if self._chosen else super().pending

    def feed(self, data: bytes) -> None:
        """Take bytes as they come from the link."""
        if self._chosen is None:
            super().feed(data)
        else:
            self._chosen.feed(data)

    def next_frame(self) -> Frame | None:
        """Return the next complete frame; see `Framer.next_frame`."""
        if self._chosen is None:
            self._look()
        return self._chosen.next_frame() if self._chosen else None

    def _look(self) -> None:
        head = bytes(self._buffer[:_ENOUGH])
        framing = None if self._broken else recognise(head)
        if framing is not None:
            self._chosen = framer_for(framing, self._max)
            self._chosen.feed(bytes(self._buffer))
            self._buffer.clear()
        elif len(head) >= _ENOUGH and not self._broken:
            raise self._break_at_start("a frame of CSTA")

    def end(self) -> None:
        """The link is closed; see `Framer.end`."""
        if self._chosen is None:
            super().end()
        else:
            self._chosen.end()

    def frame(self, payload: bytes, invoke_id: int | None = None) -> bytes:
        """Return a message's bytes as a frame.

        Raises:
            SessionError: The peer has not spoken yet, so nobody knows how.
        """
        if self._chosen is None:
            raise SessionError("the framing is not known before the peer has spoken")
        return self._chosen.frame(payload, invoke_id)

    def _cut(self) -> Frame | None:
        return self.next_frame()


_FRAMERS: Final[dict[Framing, type[Framer]]] = {
    framer.framing: framer
    for framer in (XmlHeaderFramer, SiemensFramer, Length16Framer, TpktFramer, BareBerFramer, SniffingFramer)
}


def framer_for(framing: Framing, max_frame_bytes: int = 1 << 20) -> Framer:
    """Return a new framer of a framing."""
    return _FRAMERS[framing](max_frame_bytes)
