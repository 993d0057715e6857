"""Conferences of the lab PBX: each member hears the sum of all others, mixed every 20 ms in plain Python.

Made for a handful of rooms of a few members: about 2 % of a core for a room of three. Members send and hear G.711.
"""

import ipaddress
import secrets
import socket
import sys
from array import array
from typing import Any, Final

from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall

from media_service.engine.encodings import FRAME_SAMPLES, FRAME_SECONDS, LAWS, STATIC_PAYLOAD_TYPES, Law
from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, Stream
from media_service.engine.pure.reception import SequenceCount, SourceFilter
from sip.errors import SipSyntaxError
from sip.rtp import RtpPacket

FRAME_OCTETS: Final = 2 * FRAME_SAMPLES
START_OCTETS: Final = 2 * FRAME_OCTETS
LIMIT_OCTETS: Final = 6 * FRAME_OCTETS
"""A member is heard with 40 ms in hand, and falls back to that when 120 ms have piled up."""

MAX_CATCH_UP: Final = 5
"""Frames that are made up for when the process was late; the rest of the time is let go."""


class Mixer:
    """All conferences of one PBX, by the name of their room; a place in one is a port with its own UDP socket.

    Args:
        reactor: the reactor, handed in.
        host: the numeric address that members send to.
        ports: UDP ports, of which the even ones are taken from the end.
    """

    def __init__(self, reactor: Any, host: str, ports: range) -> None:  # noqa: ANN401 - Twisted's reactor has many interfaces
        self._reactor = reactor
        self._host = host
        self._candidates = [port for port in reversed(ports) if port % 2 == 0]
        self._places: dict[str, _Place] = {}
        self._rooms: dict[str, list[_Place]] = {}
        self._ticking = LoopingCall.withCount(self._tick)
        self._ticking.clock = reactor

    @property
    def rooms(self) -> dict[str, int]:
        """How many members each room has."""
        return {name: len(members) for name, members in self._rooms.items()}

    def open(self, port: str) -> Address:
        """Bind a UDP port for one member; raises `EngineError` where none is free."""
        family = socket.AF_INET6 if ipaddress.ip_address(self._host).version == 6 else socket.AF_INET
        for number in self._candidates:
            with socket.socket(family, socket.SOCK_DGRAM) as bound:
                try:
                    bound.bind((self._host, number))
                except OSError:
                    continue  # taken, by another place or by another program
                bound.setblocking(False)
                place = self._places[port] = _Place(self._reactor)
                place.listening = self._reactor.adoptDatagramPort(bound.fileno(), family, place)
                return Address(self._host, number)
        raise EngineError("no UDP port is free for a conference")

    def connect(self, port: str, room: str, stream: Stream) -> None:
        """Let the member at ``port`` take part in ``room`` as ``stream`` says; may be called again."""
        place = self._places.get(port)
        if place is None:
            raise EngineError(f"port {port} is not open")
        place.settle(stream)
        members = self._rooms.setdefault(room, [])
        if place not in members:
            members.append(place)
        if not self._ticking.running:
            self._ticking.start(FRAME_SECONDS, now=False)

    def close(self, port: str) -> None:
        """Take the member at ``port`` out of its room; the last one closes the room."""
        place = self._places.pop(port, None)
        if place is None:
            return
        place.listening.stopListening()
        self._rooms = {
            name: members
            for name, members in (
                (name, [one for one in each if one is not place]) for name, each in self._rooms.items()
            )
            if members
        }
        if not self._rooms and self._ticking.running:
            self._ticking.stop()

    def shutdown(self) -> None:
        """Close all ports."""
        for port in list(self._places):
            self.close(port)

    def _tick(self, count: int) -> None:
        for _ in range(min(count, MAX_CATCH_UP)):
            for members in self._rooms.values():
                mix(members)


class _Place(DatagramProtocol):
    """One member's socket: what it says is kept until the next tick, what it hears is sent at each."""

    def __init__(self, reactor: Any) -> None:  # noqa: ANN401 - Twisted's reactor has many interfaces
        self.listening: Any = None
        self._reactor = reactor
        self._law: Law | None = None
        self._laws: dict[int, Law] = {}
        self._payload_type = 0
        self._sending = False
        self._filter = SourceFilter(("", 0))
        self._count = SequenceCount()
        self._heard = bytearray()
        self._flows = False
        self._sequence = secrets.randbelow(1 << 16)
        self._timestamp = secrets.randbelow(1 << 32)
        self._ssrc = secrets.randbelow(1 << 32)

    def settle(self, stream: Stream) -> None:
        """Take over what SDP settled."""
        law = LAWS[stream.encoding]
        self._law, self._payload_type, self._sending = law, stream.payload_type, stream.sending
        self._laws = {**STATIC_PAYLOAD_TYPES, stream.payload_type: law}
        named = (stream.remote.host, stream.remote.port)
        if named != self._filter.named:
            self._filter = SourceFilter(named)

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:  # noqa: N802 - Twisted's name
        """Keep what the member says; what is no audio of a known law is passed over."""
        try:
            packet = RtpPacket.parse(datagram)
        except SipSyntaxError:
            return
        law = self._laws.get(packet.payload_type)
        if law is None or not self._filter.accepts((addr[0], addr[1]), self._reactor.seconds()):
            return
        if self._count.heard(packet.ssrc, packet.sequence):
            self._heard += law.to_linear(packet.payload)
            if len(self._heard) > LIMIT_OCTETS:
                del self._heard[: len(self._heard) - START_OCTETS]

    def take(self) -> "array[int] | None":
        """What the member said in these 20 ms, ``None`` where it is silent."""
        if not self._flows and len(self._heard) < START_OCTETS:
            return None
        self._flows = len(self._heard) >= FRAME_OCTETS
        if not self._flows:
            return None
        samples = array("h", bytes(self._heard[:FRAME_OCTETS]))
        del self._heard[:FRAME_OCTETS]
        if sys.byteorder == "big":
            samples.byteswap()
        return samples

    def send(self, samples: "array[int] | None") -> None:
        """Send what the member hears; ``None`` is silence."""
        law = self._law
        self._timestamp = (self._timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        if law is None or not self._sending:
            return
        if samples is not None and sys.byteorder == "big":
            samples.byteswap()
        payload = law.silent_frame if samples is None else law.from_linear(samples.tobytes())
        self._sequence = (self._sequence + 1) & 0xFFFF
        packet = RtpPacket(self._payload_type, self._sequence, self._timestamp, self._ssrc, payload)
        self.listening.write(packet.serialise(), self._filter.target)


def mix(members: list[_Place]) -> None:
    """One frame of a room: everybody hears the sum of the others, cut off at full scale."""
    said = [member.take() for member in members]
    for member in members:
        others = [each for other, each in zip(members, said, strict=True) if other is not member and each is not None]
        member.send(summed(others))


def summed(voices: "list[array[int]]") -> "array[int] | None":
    """The sum of voices of equal length, cut off at full scale; ``None`` of none."""
    if len(voices) < 2:
        return array("h", voices[0]) if voices else None
    return array("h", (max(-32768, min(32767, sum(each))) for each in zip(*voices, strict=True)))
