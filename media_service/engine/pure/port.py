"""One port of the packet process: a UDP socket, the stream that it sends and the stream that it hears."""

import socket
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from media_service.engine.encodings import CODINGS, COMFORT_NOISE, FRAME_SECONDS, NARROW, STATIC_CODINGS, Coder, Coding
from media_service.engine.interface import Address, Listening, PortFigures, Stream
from media_service.engine.pure.conference import Room
from media_service.engine.pure.digits import DigitSender, EventPacket
from media_service.engine.pure.ears import Ears
from media_service.engine.pure.frames import Digit, Ended, FromChild, Packet, Sent
from media_service.engine.pure.hearing import Hearing
from media_service.engine.pure.player import Player
from media_service.engine.pure.protection import Protection
from media_service.engine.pure.reception import SequenceCount, Source, SourceFilter
from media_service.engine.pure.recorder import Recorder
from media_service.engine.pure.reports import Reports
from media_service.engine.pure.sending import Sender
from media_service.engine.resampling import Resampler
from media_service.signal.quality import mos
from sip.dtmf import MAX_DURATION, DigitDetector, TelephoneEvent
from sip.errors import SipSyntaxError
from sip.rtp import RtpPacket

_HEADER: Final = struct.Struct("!BBHII")
_VERSION: Final = 0x80
_MARKER: Final = 0x80
_DATAGRAM: Final = 2048
_RELAY_HOLD: Final = 0.05
"""Seconds after a passed-on event packet in which no audio is sent between: one lost event packet's worth."""
_RELAYED_DIGITS: Final = 50
"""Digits that wait to be sent as tones for a partner whose far end takes no events; what comes beyond is lost."""
_RTP_FIRST: Final = 64
_STUN_LAST: Final = 3
_DTLS_FIRST: Final = 20
"""First octets of what is multiplexed with RTP (RFC 7983 section 7)."""
_REPORTS: Final = (192, 223)
"""Second octets of RTCP (RFC 5761 section 4)."""
_SILENCE: Final = bytes(320)
_STRANGERS: Final = 50
_STRANGERS_PER_SECOND: Final = 200
"""Datagrams that are no media and are handed up: so many at once and on average; STUN and DTLS need a few dozen."""


class _Sound(NamedTuple):
    """What one tick sends: encoded already, or PCM16 at ``rate``."""

    payload: bytes = b""
    linear: bytes = b""
    rate: int = NARROW


class Port:
    """Sends one packet for each `tick`; `receive` takes one datagram. ``report`` carries news to the owner."""

    def __init__(
        self, number: int, sock: socket.socket, above: socket.socket, report: Callable[[FromChild], None]
    ) -> None:
        self.number = number
        self.sock = sock
        self.sender = Sender(sock)
        self.count = SequenceCount()
        self.recorder: Recorder | None = None
        self.room: Room | None = None
        self._partner: Port | None = None
        self._report = report
        self._payload_type = 0
        self._coding: Coding | None = None
        self._codings: dict[int, Coding] = {}
        self._coder: Coder | None = None
        self._digit_payload_type: int | None = None
        self._sending = False
        self._deaf = False
        self._protection: Protection | None = None
        self._filter = SourceFilter(("", 0))
        self.reports = Reports(above, self.sender, self.count, self._filter)
        self._player: Player | None = None
        self._digits = DigitSender()
        self._detector = DigitDetector()
        self._ears: Ears | None = None
        self._hearing: Hearing | None = None
        self._late = 0
        self._heard: bytes | None = None
        self._heard_at: dict[int, bytes] = {}
        self._monitor: Coder | None = None
        self._upwards, self._downwards, self._recorded = Resampler(), Resampler(), Resampler()
        self._relayed: int | None = None
        self._relay_timestamp = 0
        self._relay_until = 0.0
        self._talking = False
        self._paused = False
        self._strangers: float = _STRANGERS
        self._stranger_at = 0.0

    # What the owner asks

    def connect(self, stream: Stream) -> None:
        """Take over what SDP settled."""
        named = (stream.remote.host, stream.remote.port)
        if self._coding is None or named != self._filter.named:
            self._filter = SourceFilter(named)
            self._talking = False
        coding = CODINGS[stream.encoding]
        if coding is not self._coding:
            self._coder, self._monitor = coding.coder(), None
        self._payload_type, self._coding = stream.payload_type, coding
        same_clock = {each: one for each, one in STATIC_CODINGS.items() if one.clock_rate == coding.clock_rate}
        self._codings = {**same_clock, stream.payload_type: coding}
        self._digit_payload_type = stream.digit_payload_type
        self._protect(stream)
        self.reports.connect(None if self._deaf else stream, coding, self._filter)
        self._sending = stream.sending and not self._deaf
        if not self._sending:
            self.sender.pause()
            self._talking = False
            self._paused = self.sender.sent > 0

    def _protect(self, stream: Stream) -> None:
        """Keys that stay the same go on where they are: packets count on, and replays are still known."""
        if stream.srtp is None:
            self._protection = None
        elif self._protection is None or self._protection.keys != stream.srtp:
            self._protection = Protection(stream.srtp)
        self.sender.protection = self._protection
        self._deaf = stream.protected and stream.srtp is None

    def play(self, player: Player) -> None:
        """Play instead of what played before."""
        self.stop()
        self._player = player

    def stop(self, detail: str = "") -> None:
        """Stop what plays."""
        self._end_player(finished=False, detail=detail)

    def plays(self, player: Player) -> bool:
        """Whether it is still this player's turn."""
        return self._player is player

    def player_over(self) -> None:
        """There is nothing left to play: the playlist is over, also where it had no sample at all."""
        self._end_player(finished=True)

    def send_digits(self, digits: str, token: str) -> None:
        """Queue digits."""
        self._digits.add(digits, token)

    def listen(self, listening: Listening) -> None:
        """Listen for these and nothing else."""
        wanted = listening.digits or listening.speech or listening.beep
        self._ears = Ears(self.number, listening, self._report) if wanted else None

    def bridge(self, partner: "Port") -> None:
        """Send what the partner hears."""
        self._partner = partner

    def unbridge(self) -> None:
        """Send what plays again; the partner too."""
        partner, self._partner = self._partner, None
        if partner is not None:
            partner.unbridge()

    # The stream that is sent

    def tick(self, now: float) -> None:
        """Send the next 20 ms. Time goes on in silence too: the stream never stops but for hold."""
        self._hear(now)
        coding = self._coding
        if coding is None:
            if self.recorder is not None:
                self.recorder.take(None, None)
            return
        self.sender.advance(coding.step)
        sound, event = self._sound(coding), None
        if self._sending and self._digits.busy:
            sound, event = self._digit(coding, sound)
        if self.recorder is not None:
            self.recorder.take(self.heard(NARROW), self._as_recorded(sound) if self.recorder.both else None)
        if not self._sending:
            return
        if event is not None:
            self._send_event(event, now)
        elif now >= self._relay_until:
            self._send_audio(coding, sound, now)

    def skip(self, frames: int) -> None:
        """Let time pass that could not be served."""
        if self._coding is not None:
            self.sender.advance(frames * self._coding.step)
        if self.recorder is not None:
            self.recorder.skip(frames)

    def every_second(self, now: float) -> None:
        """Housekeeping that need not be done for each packet."""
        self._filter.release_silent(now)
        self.reports.every_second(now)
        if self.recorder is not None:
            self.recorder.flush()

    def _sound(self, coding: Coding) -> _Sound | None:
        if self.room is not None:
            mixed = self.room.hears(self.number)
            return None if mixed is None else _Sound(linear=mixed)
        if self._partner is not None:
            heard = self._partner.heard(coding.rate)
            return None if heard is None else _Sound(linear=heard, rate=coding.rate)
        player = self._player
        if player is None or not player.loaded:
            return None
        frame = player.frame(coding)
        if player.over:
            self.player_over()
        return _Sound(payload=frame)

    def _end_player(self, *, finished: bool, detail: str = "") -> None:
        player, self._player = self._player, None
        if player is not None:
            self._report(Ended(self.number, player.token, finished, detail, player.position))

    def _digit(self, coding: Coding, sound: _Sound | None) -> tuple[_Sound | None, EventPacket | None]:
        """This tick of the digits that are being sent: what is heard of it, and its packet."""
        event = None
        if self._digit_payload_type is None:
            tones, token = self._digits.tones(coding.rate)
            sound = _Sound(linear=tones, rate=coding.rate)
        else:
            event, token = self._digits.event(self.sender.timestamp, coding.step)
        if token:
            self._report(Sent(self.number, token))
        return sound, event

    def _send_audio(self, coding: Coding, sound: _Sound | None, now: float) -> None:
        # RFC 3551 4.1: the first packet after none were sent, silent or not.
        marker = _MARKER if self._paused else 0
        self._paused = False
        if sound is None:
            self._talking, payload = False, coding.silent_frame
        else:
            if not self._talking:
                self._talking, marker = True, _MARKER
            payload = sound.payload
            if not payload and self._coder is not None:
                payload = self._coder.encode(self._upwards.convert(sound.linear, sound.rate, coding.rate))
        self.sender.send(marker | self._payload_type, self.sender.timestamp, payload, self._filter.target, now)

    def _send_event(self, event: EventPacket, now: float) -> None:
        if self._digit_payload_type is not None:
            marker = _MARKER if event.begins else 0
            kind = marker | self._digit_payload_type
            self.sender.send(kind, event.timestamp, event.payload, self._filter.target, now)
            self._talking = self._paused = False

    def _as_recorded(self, sound: _Sound | None) -> bytes | None:
        """What is sent, as PCM16 at 8 kHz."""
        if sound is None or not self._sending or self._coding is None:
            return None
        linear, rate = sound.linear, sound.rate
        if sound.payload:
            if self._monitor is None:
                self._monitor = self._coding.coder()
            linear, rate = self._monitor.decode(sound.payload), self._coding.rate
        return self._recorded.convert(linear, rate, NARROW)

    # The stream that is heard

    def heard(self, rate: int) -> bytes | None:
        """The latest 20 ms that were heard, as PCM16 at ``rate``; ``None`` for silence."""
        if self._heard is None or self._hearing is None:
            return None
        frame = self._heard_at.get(rate)
        if frame is None:
            frame = self._heard_at[rate] = self._downwards.convert(self._heard, self._hearing.coding.rate, rate)
        return frame

    def _hear(self, now: float) -> None:
        """Take the next frame out of the jitter buffer, where anything needs it."""
        if self._coding is None or (
            self.recorder is None and self.room is None and self._partner is None and self._ears is None
        ):
            self._deafen()
            return
        if self._hearing is None:
            self._hearing = Hearing(self._coding)
        self._heard = self._hearing.pull(now)
        self._heard_at.clear()
        if self._ears is not None:
            self._ears.feed(self.heard(NARROW) or _SILENCE)
        if self.room is not None:
            self.room.say(self.number, self.heard(NARROW))

    def _deafen(self) -> None:
        if self._hearing is not None:
            self._late += self._hearing.late
            self._hearing = self._heard = None

    def receive(self, now: float) -> None:
        """Take one datagram; what is no RTP of this stream is passed over, or handed up (RFC 7983)."""
        try:
            data, source = self.sock.recvfrom(_DATAGRAM)
        except OSError:
            return  # nothing there after all, or the far end's port is closed (ICMP)
        if data and data[0] < _RTP_FIRST:
            self._hand_up(data, source, now)
            return
        if self._coding is None or self._deaf or len(data) < _HEADER.size or data[0] & 0xC0 != _VERSION:
            return
        if _REPORTS[0] <= data[1] <= _REPORTS[1]:
            self.reports.hear(data, (source[0], source[1]), now)
            return
        payload_type = data[1] & 0x7F
        if payload_type not in self._codings and payload_type not in {self._digit_payload_type, COMFORT_NOISE}:
            return
        if self._protection is not None:
            opened = self._protection.opened(data)
            if opened is None:
                return
            data = opened
        self._take(data, (source[0], source[1]), now)

    def _take(self, data: bytes, source: Source, now: float) -> None:
        _, type_octet, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
        payload = data[_HEADER.size :] if data[0] == _VERSION else _payload_of(data)
        if not payload or not self._filter.accepts(source, now):
            return
        newer = self.count.heard(ssrc, sequence)
        coding = self._codings.get(type_octet & 0x7F)
        if coding is not None:
            if newer:
                self.count.arrived(timestamp, now, coding.clock_rate)
            if self._hearing is not None:
                self._listen_to(coding).put(ssrc, sequence, timestamp, payload, now)
        elif type_octet & 0x7F == self._digit_payload_type:
            self._hear_event(payload, ssrc, timestamp, now)

    def _listen_to(self, coding: Coding) -> Hearing:
        """The way of packets of this coding; another coding in midstream begins anew."""
        if self._hearing is None or self._hearing.coding is not coding:
            self._deafen()
            self._hearing = Hearing(coding)
        return self._hearing

    def _hand_up(self, data: bytes, source: Source, now: float) -> None:
        gained = (now - self._stranger_at) * _STRANGERS_PER_SECOND
        self._strangers, self._stranger_at = min(self._strangers + gained, _STRANGERS), now
        if (data[0] <= _STUN_LAST or data[0] >= _DTLS_FIRST) and self._strangers >= 1:
            self._strangers -= 1
            self._report(Packet(self.number, data, Address(source[0], source[1])))

    def _hear_event(self, payload: bytes, ssrc: int, timestamp: int, now: float) -> None:
        try:
            event = TelephoneEvent.parse(payload)
        except SipSyntaxError:
            return
        digit = self._detector.event(event, timestamp, ssrc)
        if digit:
            self._report(Digit(self.number, digit, time.time()))
        if self._partner is not None and self._coding is not None:
            self._partner.pass_on(event, digit, timestamp, self._coding, now)

    def pass_on(self, event: TelephoneEvent, digit: str, timestamp: int, heard: Coding, now: float) -> None:
        """The partner heard an event packet: send it on at once, in this stream's own numbers.

        Where this far end takes no events, the ``digit`` that began with it, if any, is sent as a pair of tones.
        """
        if self._coding is None or not self._sending:
            return
        if self._digit_payload_type is None:
            if digit and self._digits.waiting < _RELAYED_DIGITS:
                self.send_digits(digit, "")
            return
        begins = timestamp != self._relayed
        if begins:
            self._relayed, self._relay_timestamp = timestamp, self.sender.timestamp
        self._relay_until = now + _RELAY_HOLD
        if heard.clock_rate != self._coding.clock_rate:
            scaled = event.duration * self._coding.clock_rate // heard.clock_rate
            event = replace(event, duration=min(scaled, MAX_DURATION))
        self._send_event(EventPacket(begins, self._relay_timestamp, event.serialise()), now)

    def figures(self) -> PortFigures:
        """What has been counted and told."""
        sender, count, told = self.sender, self.count, self.reports.told
        late = self._late + (self._hearing.late if self._hearing is not None else 0)
        figures = PortFigures(sender.sent, count.received, count.lost, sender.longest_gap, count.jitter, late)
        return replace(
            figures,
            round_trip=told.round_trip,
            remote_loss=told.loss,
            remote_jitter=told.jitter,
            mos=self._opinion(late),
        )

    def _opinion(self, late: int) -> float | None:
        """How good the call sounds here (E-model): by the way to us, a packet, the buffer, and what is missing.

        Where nothing is decoded, the buffer is that of a receiver which holds twice the jitter.
        """
        received, lost = self.count.received, self.count.lost
        if self._coding is None or not received:
            return None
        buffer = 2 * self.count.jitter + FRAME_SECONDS if self._hearing is None else self._hearing.delay
        delay = (self.reports.told.round_trip or 0.0) / 2 + FRAME_SECONDS + buffer
        return mos(delay, (lost + late) / (received + lost), self._coding.encoding)


def _payload_of(data: bytes) -> bytes:
    """The payload of a packet with sources, an extension or padding; empty where it does not parse."""
    try:
        return RtpPacket.parse(data).payload
    except SipSyntaxError:
        return b""
