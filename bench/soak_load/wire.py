"""Frames between a server that is to be killed and the world that kills it: a length and a pickled value, on pipes."""

import pickle
import struct
from typing import Any, Final

LENGTH: Final = struct.Struct(">I")


def framed(value: object) -> bytes:
    """One frame."""
    body = pickle.dumps(value)
    return LENGTH.pack(len(body)) + body


class Frames:
    """Takes bytes as they come, gives the values that are complete."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, data: bytes) -> list[Any]:
        """The values that ``data`` completes; both ends are ours, so that they may be trusted."""
        self._rest += data
        found = []
        while len(self._rest) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._rest)
            end = LENGTH.size + length
            if len(self._rest) < end:
                break
            found.append(pickle.loads(self._rest[LENGTH.size : end]))
            self._rest = self._rest[end:]
        return found
