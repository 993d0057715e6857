"""Frames of the control door to and from bytes: a 4-byte big-endian length and that many bytes of JSON."""

from enum import Enum
from typing import Any

import msgspec

from media_service.control.errors import FrameError
from media_service.control.messages import MAX_FRAME_BYTES, FromClient, FromService

HEADER_BYTES = 4
MAX_REASON = 200
"""Characters of what is wrong with a message: it may quote it."""


class Kind(Enum):
    """Whose messages a decoder reads."""

    CLIENT = "client"
    SERVICE = "service"


def encode(message: FromClient | FromService) -> bytes:
    """Make the frame of one message.

    Raises:
        FrameError: its JSON is longer than `MAX_FRAME_BYTES`.
    """
    body = msgspec.json.encode(message)
    if len(body) > MAX_FRAME_BYTES:
        raise FrameError(f"a {type(message).__name__} of {len(body)} bytes is longer than {MAX_FRAME_BYTES}")
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def _json_decoder(kind: Kind) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(FromClient if kind is Kind.CLIENT else FromService)


class Decoder:
    """Takes bytes as they arrive and gives whole messages; after a `FrameError` it takes nothing more."""

    def __init__(self, kind: Kind) -> None:
        self._json = _json_decoder(kind)
        self._rest = bytearray()
        self._broken = False

    def feed(self, data: bytes) -> list[FromClient | FromService]:
        """Give the messages that ``data`` completes.

        Keys that a message does not have are passed over: a newer peer may say more.

        Raises:
            FrameError: a length is beyond `MAX_FRAME_BYTES`, or a body is no known message. What stood complete in
                front of it is in ``before``.
        """
        if self._broken:
            raise FrameError("nothing can be read after a bad frame")
        self._rest += data
        messages: list[FromClient | FromService] = []
        start = 0
        try:
            while (end := self._end_of_frame(start)) is not None:
                messages.append(self._message(bytes(self._rest[start + HEADER_BYTES : end])))
                start = end
        except FrameError as error:
            self._broken = True
            self._rest.clear()
            raise FrameError(str(error), tuple(messages)) from error
        del self._rest[:start]
        return messages

    def _end_of_frame(self, start: int) -> int | None:
        if len(self._rest) - start < HEADER_BYTES:
            return None
        length = int.from_bytes(self._rest[start : start + HEADER_BYTES], "big")
        if length > MAX_FRAME_BYTES:
            raise FrameError(f"a frame of {length} bytes is longer than {MAX_FRAME_BYTES}")
        end = start + HEADER_BYTES + length
        return end if len(self._rest) >= end else None

    def _message(self, body: bytes) -> FromClient | FromService:
        try:
            message: FromClient | FromService = self._json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            # Text that is not UTF-8 is not among msgspec's own errors.
            raise FrameError(f"not a known message: {str(error)[:MAX_REASON]}") from error
        except RecursionError as error:
            raise FrameError("not a known message: nested too deep") from error
        return message
