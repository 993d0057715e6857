"""One port of the packet process: a UDP socket, the stream that it sends and the stream that it hears."""

import os
import socket
import struct
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from media_service.engine.encodings import FRAME_SAMPLES, LAWS, STATIC_PAYLOAD_TYPES, Law, transcode
from media_service.engine.interface import Encoding
from media_service.engine.pure.digits import DigitSender, EventPacket
from media_service.engine.pure.frames import Connect, Digit, Ended, FromChild, Sent
from media_service.engine.pure.player import Player
from media_service.engine.pure.reception import SequenceCount, SourceFilter
from media_service.engine.pure.recorder import Recorder
from sip.dtmf import DigitDetector, TelephoneEvent
from sip.errors import SipSyntaxError
from sip.rtp import RtpPacket

_HEADER: Final = struct.Struct("!BBHII")
_VERSION: Final = 0x80
_MARKER: Final = 0x80
_MASK: Final = 0xFFFFFFFF
_DATAGRAM: Final = 2048
_RELAY_HOLD: Final = 0.05
"""Seconds after a passed-on event packet in which no audio is sent between: one lost event packet's worth."""
_BRIDGE_START: Final = 2 * FRAME_SAMPLES
_BRIDGE_LIMIT: Final = 6 * FRAME_SAMPLES
"""A bridge starts with 40 ms in hand, and falls back to that when 120 ms have piled up."""


class _Heard(NamedTuple):
    """One packet that was taken."""

    payload: bytes
    ssrc: int
    timestamp: int
    newer: bool
    at: float


class Port:
    """Sends one packet for each `tick`; `receive` takes one datagram. ``report`` carries news to the owner."""

    def __init__(self, number: int, sock: socket.socket, report: Callable[[FromChild], None]) -> None:
        self.number = number
        self.sock = sock
        self.sent = 0
        self.unsent = 0
        self.longest_gap = 0.0
        self.count = SequenceCount()
        self.recorder: Recorder | None = None
        self.partner: Port | None = None
        self.slot = 0
        self._report = report
        self._law: Law | None = None
        self._laws: dict[int, Law] = {}
        self._payload_type = 0
        self._digit_payload_type: int | None = None
        self._sending = False
        self._filter = SourceFilter(("", 0))
        self._player: Player | None = None
        self._digits = DigitSender()
        self._detector = DigitDetector()
        self._bridged = bytearray()
        self._bridge_flows = False
        self._relayed: int | None = None
        self._relay_timestamp = 0
        self._relay_until = 0.0
        sequence, self._timestamp, self._ssrc = struct.unpack("!HII", os.urandom(10))
        self._sequence: int = sequence
        self._talking = False
        self._sent_at = 0.0

    # What the owner asks

    def connect(self, command: Connect) -> None:
        """Take over what SDP settled."""
        named = (command.host, command.remote_port)
        if self._law is None or named != self._filter.named:
            self._filter = SourceFilter(named)
            self._talking = False
        law = LAWS[Encoding(command.encoding)]
        if law is not self._law:
            self._bridged.clear()
        self._law = law
        self._laws = {**STATIC_PAYLOAD_TYPES, command.payload_type: law}
        self._payload_type = command.payload_type
        self._digit_payload_type = command.digit_payload_type
        self._sending = command.sending
        if not command.sending:
            self._sent_at, self._talking = 0.0, False

    def play(self, player: Player) -> None:
        """Play instead of what played before."""
        self.stop()
        self._player = player

    def stop(self, detail: str = "") -> None:
        """Stop what plays."""
        player, self._player = self._player, None
        if player is not None:
            self._report(Ended(self.number, player.token, False, detail))

    def plays(self, player: Player) -> bool:
        """Whether it is still this player's turn."""
        return self._player is player

    def player_empty(self) -> None:
        """The playlist had no sample: it is over at once; an endless round of nothing is not begun."""
        player, self._player = self._player, None
        if player is not None:
            self._report(Ended(self.number, player.token, True, ""))

    def send_digits(self, digits: str, token: str) -> None:
        """Queue digits."""
        self._digits.add(digits, token)

    def bridge(self, partner: "Port") -> None:
        """Send what the partner hears."""
        self.partner = partner
        self._bridged.clear()
        self._bridge_flows = False

    def unbridge(self) -> None:
        """Send what plays again; the partner too."""
        partner, self.partner = self.partner, None
        if partner is not None:
            partner.unbridge()

    # The stream that is sent

    def tick(self, now: float) -> None:
        """Send the next 20 ms. Time goes on in silence too: the stream never stops but for hold."""
        law = self._law
        if law is None:
            return
        self._timestamp = (self._timestamp + FRAME_SAMPLES) & _MASK
        audio = self._bridged_frame(law) if self.partner is not None else self._played_frame(law)
        if not self._sending:
            return
        if self._digits.busy:
            event, token = self._digits.step(self._timestamp)
            if token:
                self._report(Sent(self.number, token))
            if event is not None:
                self._send_event(event, now)
                return
        if now < self._relay_until:
            return
        marker = 0
        if audio is None:
            self._talking, audio = False, law.silent_frame
        elif not self._talking:
            self._talking, marker = True, _MARKER
        self._send(marker | self._payload_type, self._timestamp, audio, now)

    def skip(self, frames: int) -> None:
        """Let time pass that could not be served."""
        self._timestamp = (self._timestamp + frames * FRAME_SAMPLES) & _MASK

    def every_second(self, now: float) -> None:
        """Housekeeping that need not be done for each packet."""
        self._filter.release_silent(now)
        if self.recorder is not None:
            self.recorder.advance(now)

    def _played_frame(self, law: Law) -> bytes | None:
        player = self._player
        if player is None or not player.loaded:
            return None
        frame = player.frame(law)
        if player.over:
            self._player = None
            self._report(Ended(self.number, player.token, True, ""))
        return frame

    def _bridged_frame(self, law: Law) -> bytes | None:
        heard = self._bridged
        if not self._bridge_flows:
            if len(heard) < _BRIDGE_START:
                return None
            self._bridge_flows = True
        if not heard:
            self._bridge_flows = False
            return None
        frame = bytes(heard[:FRAME_SAMPLES])
        del heard[:FRAME_SAMPLES]
        return frame + law.silent_octet * (FRAME_SAMPLES - len(frame))

    def _send_event(self, event: EventPacket, now: float) -> None:
        if self._digit_payload_type is not None:
            marker = _MARKER if event.begins else 0
            self._send(marker | self._digit_payload_type, event.timestamp, event.payload, now)
            self._talking = False

    def _send(self, type_octet: int, timestamp: int, payload: bytes, now: float) -> None:
        self._sequence = sequence = (self._sequence + 1) & 0xFFFF
        try:
            self.sock.sendto(
                _HEADER.pack(_VERSION, type_octet, sequence, timestamp, self._ssrc) + payload, self._filter.target
            )
        except OSError:
            # The far end's port is closed (ICMP), no route, a full queue: the packet is lost as on any network.
            self.unsent += 1
            return
        self.sent += 1
        if self._sent_at and now - self._sent_at > self.longest_gap:
            self.longest_gap = now - self._sent_at
        self._sent_at = now

    # The stream that is heard

    def receive(self, now: float) -> None:
        """Take one datagram; what is no RTP of this stream is passed over."""
        try:
            data, source = self.sock.recvfrom(_DATAGRAM)
        except OSError:
            return  # nothing there after all, or the far end's port is closed (ICMP)
        if self._law is None or len(data) < _HEADER.size or data[0] & 0xC0 != _VERSION:
            return
        _, type_octet, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
        payload_type = type_octet & 0x7F
        law = self._laws.get(payload_type)
        if law is None and payload_type != self._digit_payload_type:
            return
        payload = data[_HEADER.size :] if data[0] == _VERSION else _payload_of(data)
        if not payload or not self._filter.accepts((source[0], source[1]), now):
            return
        heard = _Heard(payload, ssrc, timestamp, self.count.heard(ssrc, sequence), now)
        if law is None:
            self._hear_event(heard)
        else:
            self._hear_audio(law, heard)

    def _hear_audio(self, law: Law, heard: _Heard) -> None:
        if self.recorder is not None:
            self.recorder.hear(law.to_linear(heard.payload), heard.ssrc, heard.timestamp, heard.at)
        if heard.newer and self.partner is not None:
            self.partner.pass_on_audio(law, heard.payload)

    def _hear_event(self, heard: _Heard) -> None:
        try:
            event = TelephoneEvent.parse(heard.payload)
        except SipSyntaxError:
            return
        if digit := self._detector.event(event, heard.timestamp, heard.ssrc):
            self._report(Digit(self.number, digit, time.time()))
        if self.partner is not None:
            self.partner.pass_on_event(heard.payload, heard.timestamp, heard.at)

    def pass_on_audio(self, law: Law, payload: bytes) -> None:
        """The partner heard audio."""
        if self._law is None:
            return
        self._bridged += transcode(payload, law, self._law)
        if len(self._bridged) > _BRIDGE_LIMIT:
            del self._bridged[: len(self._bridged) - _BRIDGE_START]

    def pass_on_event(self, payload: bytes, timestamp: int, now: float) -> None:
        """The partner heard an event packet: send it on at once, in this stream's own numbers."""
        if self._digit_payload_type is None or not self._sending:
            return
        begins = timestamp != self._relayed
        if begins:
            self._relayed, self._relay_timestamp = timestamp, self._timestamp
        self._relay_until = now + _RELAY_HOLD
        self._send_event(EventPacket(begins, self._relay_timestamp, payload), now)


def _payload_of(data: bytes) -> bytes:
    """The payload of a packet with sources, an extension or padding; empty where it does not parse."""
    try:
        return RtpPacket.parse(data).payload
    except SipSyntaxError:
        return b""
