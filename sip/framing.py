"""Cuts SIP messages out of a byte stream by Content-Length (RFC 3261 18.3), with keep-alives (RFC 5626 4.4.1)."""

import re
from typing import Final

from sip.errors import SipSyntaxError
from sip.message import MAX_HEADER_BYTES, MAX_MESSAGE_BYTES

_LENGTH: Final = re.compile(rb"(?:^|\n)(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,10})[ \t]*\r?(?:\n|$)", re.IGNORECASE)
KEEP_ALIVE_PING: Final = b"\r\n\r\n"
KEEP_ALIVE_PONG: Final = b"\r\n"


class StreamFramer:
    """One direction of one stream. After an error the stream has lost its frame: close the connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._needed = 0
        self.pings = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes in, in pieces of any size; return the messages that are now whole.

        ``pings`` counts the double line ends that came between messages and want a `KEEP_ALIVE_PONG`.

        Raises:
            SipSyntaxError: a header section over ``MAX_HEADER_BYTES`` or without a usable Content-Length, or a message
                over ``MAX_MESSAGE_BYTES``.
        """
        self._buffer += data
        messages: list[bytes] = []
        while (message := self._cut()) is not None:
            messages.append(message)
        return messages

    def _cut(self) -> bytes | None:
        if not self._needed and not self._find_end():
            return None
        if len(self._buffer) < self._needed:
            return None
        message = bytes(self._buffer[: self._needed])
        del self._buffer[: self._needed]
        self._needed = self._searched = 0
        return message

    def _skip_line_ends(self) -> None:
        count = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        whole = count - count % 4 if count == len(self._buffer) else count
        self.pings += bytes(self._buffer[:whole]).count(KEEP_ALIVE_PING)
        del self._buffer[:whole]

    def _find_end(self) -> bool:
        if self._searched == 0:
            self._skip_line_ends()
        end = self._buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end <= 0:
            self._searched = len(self._buffer) if self._buffer.strip(b"\r\n") else 0
            if len(self._buffer) > MAX_HEADER_BYTES:
                raise SipSyntaxError(f"no end of headers within {MAX_HEADER_BYTES} bytes")
            return False
        lengths = set(_LENGTH.findall(self._buffer, 0, end + 2))
        if len(lengths) != 1:
            raise SipSyntaxError("no single Content-Length on a stream")
        self._needed = end + 4 + int(lengths.pop())
        if self._needed > MAX_MESSAGE_BYTES:
            raise SipSyntaxError(f"message of {self._needed} bytes, limit {MAX_MESSAGE_BYTES}")
        return True
