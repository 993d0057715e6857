"""Frames of the local door: four bytes of length, big end first, then one JSON object."""

import json
import struct
from typing import Any, Final

LENGTH: Final = struct.Struct(">I")
LONGEST_WISH: Final = 8 * 1024
"""Bytes of what a client may say."""
LONGEST_REPLY: Final = 64 * 1024 * 1024
"""Bytes of what a server may answer."""
SOCKET_NAME: Final = "console.sock"
"""The door's file in the data directory."""


class FrameError(ValueError):
    """What came is no frame; the text says why."""


def encode(content: dict[str, Any]) -> bytes:
    """A frame of the object."""
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return LENGTH.pack(len(body)) + body


def take(received: bytearray, longest: int) -> dict[str, Any] | None:
    """Take the first frame off what was received; None where it is not there as a whole yet.

    Raises:
        FrameError: it is longer than ``longest`` bytes, or its body is no JSON object.
    """
    if len(received) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack_from(received)
    if length > longest:
        raise FrameError(f"a frame of {length} bytes, and {longest} may be")
    end = LENGTH.size + length
    if len(received) < end:
        return None
    body = bytes(received[LENGTH.size : end])
    del received[:end]
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise FrameError(f"a frame that is no JSON: {wrong}") from wrong
    if not isinstance(content, dict):
        raise FrameError("a frame that is no JSON object")
    return content
