"""The properties of the framings: however a stream is cut up, the same frames come out, and only `FrameError`.

An input's first byte chooses the framing, its second how the stream is cut.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from csta.codec.framing import Frame, Framer, Framing, SniffingFramer, framer_for
from csta.errors import CstaError, FrameError, LocalError
from tests.fuzz.target import check

FRAMINGS: Final = tuple(Framing)
_MAX_FRAME: Final = 4096
_MAX_STEPS: Final = 16


@dataclass(frozen=True, slots=True)
class _Cut:
    frames: tuple[Frame, ...]
    broken: bool
    ended_within: bool


def run_framers(data: bytes) -> None:
    """A stream."""
    framing = FRAMINGS[data[0] % len(FRAMINGS)] if data else Framing.SNIFFED
    stream = data[2:]
    whole = _cut(framing, [stream])
    random = Random(data[1] if len(data) > 1 else 0)
    pieces, at = [], 0
    while at < len(stream):
        step = random.randrange(1, _MAX_STEPS) if data[1] else 1
        pieces.append(stream[at : at + step])
        at += step
    in_pieces = _cut(framing, pieces)
    check(whole == in_pieces, f"whole: {whole}\nin pieces: {in_pieces}")


def _cut(framing: Framing, pieces: list[bytes]) -> _Cut:
    framer = framer_for(framing, _MAX_FRAME)
    frames: list[Frame] = []
    fed = 0
    try:
        for piece in pieces:
            framer.feed(piece)
            fed += len(piece)
            while (frame := framer.next_frame()) is not None:
                _frame(framer, frame)
                frames.append(frame)
            check(len(framer.pending) <= 64, "more pending bytes than a report shows")
        framer.end()
    except FrameError as error:
        check(0 < len(str(error)) < 300, f"a report of {len(str(error))} characters")
        ended = "closed in the middle" in str(error)
        _stays_broken(framer)
        return _Cut(tuple(frames), broken=not ended, ended_within=ended)
    check(sum(len(frame.payload) for frame in frames) <= fed, "more came out than went in")
    return _Cut(tuple(frames), broken=False, ended_within=False)


def _frame(framer: Framer, frame: Frame) -> None:
    """A frame that came can be sent, and comes again."""
    check(len(frame.payload) <= _MAX_FRAME, "a frame beyond the limit")
    try:
        data = framer.frame(frame.payload, frame.invoke_id)
    except LocalError:
        return
    found = framer.found if isinstance(framer, SniffingFramer) else framer.framing
    check(found is not None, "a frame of no framing")
    other = framer_for(found or Framing.SNIFFED, len(data))
    other.feed(data)
    check(other.next_frame() == frame and not other.pending, "a frame that does not come again")


def _stays_broken(framer: Framer) -> None:
    framer.feed(b"\x26\x80\x00" * 3)
    try:
        check(framer.next_frame() is None, "a frame after the stream had lost its place")
        framer.end()
    except CstaError as error:
        check(isinstance(error, FrameError), f"{error!r}")
