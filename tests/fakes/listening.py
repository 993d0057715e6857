"""Ears for tests: an RTP receiver with the kernel's arrival times, and a search for a prompt in what was heard."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Self

import numpy as np
from numpy.typing import NDArray

from media_service.codecs.g711 import SAMPLE_RATE, linear_from_a_law, linear_from_mu_law
from media_service.codecs.wav import read_wav
from sip.dtmf import DigitDetector
from sip.errors import SipSyntaxError
from sip.rtp import RtpPacket, sequence_difference, timestamp_difference

SO_TIMESTAMPNS = 35  # Linux; the socket module has no name for it
FAINT = 50.0
"""Root mean square (of 32768) below which there is nothing to be heard."""

Linear = bytes | bytearray | NDArray[np.int16]


# What was said


@dataclass(frozen=True)
class Match:
    """Where a prompt was found: it begins ``offset`` seconds into what was heard; ``score`` is -1 to 1.

    The same audio through G.711 scores above 0.98, with a lost packet now and then above 0.9; different speech or music
    stays below 0.3, as does silence.
    """

    offset: float
    score: float


def samples_of(sound: Linear | Path) -> NDArray[np.float64]:
    """PCM16 octets, an array or a WAV file as numbers."""
    if isinstance(sound, Path):
        sound = read_wav(sound.read_bytes())
    if isinstance(sound, np.ndarray):
        return sound.astype(np.float64)
    return np.frombuffer(bytes(sound), dtype="<i2").astype(np.float64)


def match(heard: Linear | Path, prompt: Linear | Path, *, start: float = 0.0, seconds: float | None = None) -> Match:
    """Find a prompt in what was heard, by normalised cross-correlation over all offsets.

    ``start`` and ``seconds`` choose a part of the prompt, where it was not heard whole (barge-in, the middle of music);
    ``offset`` is then that of the part. A prompt longer than what was heard is not found: offset 0, score 0.
    """
    sought = samples_of(prompt)[round(start * SAMPLE_RATE) :]
    if seconds is not None:
        sought = sought[: round(seconds * SAMPLE_RATE)]
    field = samples_of(heard)
    if not 0 < len(sought) <= len(field):
        return Match(0.0, 0.0)
    size = 1 << (len(field) + len(sought) - 1).bit_length()
    spectrum = np.fft.rfft(field, size) * np.conj(np.fft.rfft(sought, size))
    products = np.fft.irfft(spectrum, size)[: len(field) - len(sought) + 1]
    energy = np.concatenate(([0.0], np.cumsum(field**2)))
    windows = energy[len(sought) :] - energy[: len(energy) - len(sought)]
    floor = FAINT**2 * len(sought)
    scores = products / np.sqrt(np.maximum(windows, floor) * max(float(np.sum(sought**2)), floor))
    best = int(np.argmax(scores))
    return Match(best / SAMPLE_RATE, float(scores[best]))


def loudness(heard: Linear | Path) -> float:
    """Root mean square of the samples, 0 to 32768."""
    samples = samples_of(heard)
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


# What came in


@dataclass(frozen=True)
class Arrival:
    """One RTP packet; ``at`` is the kernel's time stamp, Unix seconds."""

    at: float
    packet: RtpPacket
    source: tuple[str, int]


class RtpListener:
    """A far end that only listens, or sends what a test gives it. Use it in a ``with`` statement.

    It receives on a thread of its own; arrival times are the kernel's, so a busy test does not spoil them. The receive
    buffer holds minutes.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.bind((host, port))
        self._ends, self._end = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        self.arrivals: list[Arrival] = []
        self.garbage: list[bytes] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.close()
        self._thread.join(5.0)
        self._ends.close()
        self._socket.close()

    @property
    def host(self) -> str:
        return str(self._socket.getsockname()[0])

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def send(self, data: bytes, host: str, port: int) -> None:
        """Send one datagram from the listener's own port."""
        self._socket.sendto(data, (host, port))

    def wait(self, packets: int, timeout: float = 5.0) -> bool:
        """Block until so many packets are in; whether they came in time. Not for the reactor's thread."""
        deadline = time.monotonic() + timeout
        while len(self.arrivals) < packets and time.monotonic() < deadline:
            time.sleep(0.005)
        return len(self.arrivals) >= packets

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._socket, self._ends], [], [])
            if self._socket not in ready:  # everything that has come is taken, and the end was wished
                return
            data, ancillary, _, source = self._socket.recvmsg(2048, 64)
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            try:
                packet = RtpPacket.parse(data)
            except SipSyntaxError:
                self.garbage.append(data)
            else:
                self.arrivals.append(Arrival(seconds + nanoseconds / 1e9, packet, source[:2]))

    # Figures

    def gaps(self) -> list[float]:
        """Seconds between packets, in order of arrival, over all payload types."""
        times = [arrival.at for arrival in self.arrivals]
        return [later - earlier for earlier, later in pairwise(times)]

    def longest_gap(self) -> float:
        """Seconds; 0 for fewer than two packets."""
        return max(self.gaps(), default=0.0)

    def late(self, limit: float = 0.040) -> int:
        """How many packets came more than ``limit`` seconds after the one before."""
        return sum(gap > limit for gap in self.gaps())

    def lost(self) -> int:
        """Sequence numbers that never came, over all streams."""
        total = 0
        for ssrc in {arrival.packet.ssrc for arrival in self.arrivals}:
            numbers = [arrival.packet.sequence for arrival in self.arrivals if arrival.packet.ssrc == ssrc]
            counted = set(_unwrapped(numbers))
            total += max(counted) - min(counted) + 1 - len(counted)
        return total

    def digits(self, payload_type: int = 101) -> str:
        """Digits heard as telephone events (RFC 4733)."""
        detector = DigitDetector()
        packets = [arrival.packet for arrival in self.arrivals if arrival.packet.payload_type == payload_type]
        return "".join(detector.packet(packet) for packet in packets)

    def linear(self, since: float = 0.0) -> bytes:
        """What was heard from Unix time ``since`` on, as PCM16; what is missing is silence.

        Payload types 0 and 8. Each stream (SSRC) begins where its first packet arrived and goes on by its timestamps.
        """
        heard = bytearray()
        arrivals = [
            arrival for arrival in self.arrivals if arrival.at >= since and arrival.packet.payload_type in {0, 8}
        ]
        begins: dict[int, tuple[int, int]] = {}
        for arrival in arrivals:
            packet = arrival.packet
            position = round((arrival.at - arrivals[0].at) * SAMPLE_RATE)
            first, place = begins.setdefault(packet.ssrc, (packet.timestamp, position))
            decode = linear_from_mu_law if packet.payload_type == 0 else linear_from_a_law
            start = 2 * (place + timestamp_difference(packet.timestamp, first))
            if start >= 0:
                heard += bytes(max(0, start - len(heard)))
                samples = decode(packet.payload)
                heard[start : start + len(samples)] = samples
        return bytes(heard)


def _unwrapped(numbers: list[int]) -> list[int]:
    """Sequence numbers counted on past 65535."""
    result, last = [], numbers[0]
    for number in numbers:
        last += sequence_difference(number, last & 0xFFFF)
        result.append(last)
    return result


def likeness(heard: Linear | Path, prompt: Path) -> float:
    """How much of a prompt was heard: the median score of its half seconds.

    A jitter buffer may leave out or repeat a frame anywhere, which shifts what follows; the parts are found all the
    same.
    """
    seconds = len(read_wav(prompt.read_bytes())) / 16000
    starts = [start / 2 for start in range(int(2 * seconds))]
    return median(match(heard, prompt, start=start, seconds=0.5).score for start in starts)
