"""The stream that a port sends: RTP numbers, protection, the socket, and what is counted of it (RFC 3550 5.1)."""

import os
import socket
import struct
from typing import Final

from media_service.engine.pure.protection import Protection
from media_service.engine.pure.reception import Source

_HEADER: Final = struct.Struct("!BBHII")
_VERSION: Final = 0x80
_MASK: Final = 0xFFFFFFFF


class Sender:
    """Numbers, protects and sends packets. ``timestamp`` is that of the present tick, in the encoding's clock.

    The first sequence number is below 2**15, so that the loss of the first packets does not lead a receiver's SRTP
    astray (RFC 4568 6.4).
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sent = 0
        self.octets = 0
        self.unsent = 0
        self.longest_gap = 0.0
        self.protection: Protection | None = None
        sequence, self.timestamp, self.ssrc = struct.unpack("!HII", os.urandom(10))
        self._sequence: int = sequence & 0x7FFF
        self._socket = sock
        self._sent_at = 0.0

    def advance(self, step: int) -> None:
        """Let time pass."""
        self.timestamp = (self.timestamp + step) & _MASK

    def pause(self) -> None:
        """Nothing is sent for a while: what follows is no gap."""
        self._sent_at = 0.0

    def send(self, type_octet: int, timestamp: int, payload: bytes, target: Source, now: float) -> None:
        """Send a packet: marker and payload type in one octet."""
        self._sequence = sequence = (self._sequence + 1) & 0xFFFF
        data = _HEADER.pack(_VERSION, type_octet, sequence, timestamp, self.ssrc) + payload
        if self.protection is not None:
            data = self.protection.protected(data)
        if not self.datagram(data, target):
            self.unsent += 1
            return
        self.sent += 1
        self.octets += len(payload)
        if self._sent_at and now - self._sent_at > self.longest_gap:
            self.longest_gap = now - self._sent_at
        self._sent_at = now

    def datagram(self, data: bytes, target: Source) -> bool:
        """Send octets as they are; tells whether they went.

        The far end's port may be closed (ICMP), the route gone, a queue full: they are lost as on any network.
        """
        try:
            self._socket.sendto(data, target)
        except OSError:
            return False
        return True
