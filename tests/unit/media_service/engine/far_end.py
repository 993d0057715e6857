"""A far end that talks and listens by itself: packets paced by the clock, lost and delayed as a test says."""

import struct
import threading
import time
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.codecs.g711 import a_law_from_linear, mu_law_from_linear
from media_service.engine.interface import Address
from sip.rtp import RtpPacket
from tests.fakes.listening import RtpListener
from tests.unit.media_service.driving import until

RATE: Final = 8000
Encode = Callable[[bytes], bytes]


def tone(frequency: float, seconds: float, amplitude: float = 8000.0, rate: int = RATE) -> bytes:
    """A sine as PCM16."""
    times = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * frequency * times)).astype("<i2").tobytes()


def amplitude(pcm: bytes, frequency: float, rate: int = RATE) -> float:
    """Peak of the sine of ``frequency`` in PCM16, whatever its phase; 0 for no samples."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    if not len(samples):
        return 0.0
    turning: npt.NDArray[np.complex128] = np.exp(-2j * np.pi * frequency * np.arange(len(samples)) / rate)
    return float(2 * abs(turning @ samples) / len(samples))


def last(pcm: bytes, seconds: float, before: float = 0.0, rate: int = RATE) -> bytes:
    """The last ``seconds`` of PCM16 but for what came ``before`` the end."""
    end = len(pcm) - 2 * round(before * rate)
    return pcm[max(end - 2 * round(seconds * rate), 0) : end]


class FarEnd(RtpListener):
    """Sends G.711 (or what ``encode`` makes) in packets of 20 ms, from the port on which it listens."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__(host)
        self._talks: list[threading.Thread] = []
        self._hushed = threading.Event()

    def __exit__(self, *trouble: object) -> None:
        self._hushed.set()
        for talk in self._talks:
            talk.join(5.0)
        super().__exit__(*trouble)

    def say(
        self,
        pcm: bytes,
        to: Address,
        *,
        payload_type: int = 0,
        encode: Encode | None = None,
        lost: Callable[[int], bool] = lambda number: False,
        delay: Callable[[int], float] = lambda number: 0.0,
        wrap: Encode = lambda packet: packet,
        octets: int = 320,
        step: int = 160,
    ) -> threading.Thread:
        """Begin to speak, on a thread of its own; ``lost`` and ``delay`` (seconds) are asked of each packet's number.

        ``octets`` of PCM16 go into a packet, which is ``step`` timestamps long; ``wrap`` protects whole packets.
        """
        made = encode or {0: mu_law_from_linear, 8: a_law_from_linear}[payload_type]
        ssrc = int.from_bytes(struct.pack("!I", id(pcm) & 0xFFFFFFFF))
        due: list[tuple[float, bytes]] = []
        for number, start in enumerate(range(0, len(pcm) - octets + 1, octets)):
            packet = RtpPacket(
                payload_type, 1000 + number, 4000 + step * number, ssrc, made(pcm[start : start + octets])
            )
            if not lost(number):
                due.append((0.02 * number + delay(number), wrap(packet.serialise())))
        due.sort(key=lambda each: each[0])
        thread = threading.Thread(target=self._send_all, args=(due, to), daemon=True)
        self._talks.append(thread)
        thread.start()
        return thread

    def _send_all(self, due: list[tuple[float, bytes]], to: Address) -> None:
        began = time.monotonic()
        for at, data in due:
            if self._hushed.wait(max(began + at - time.monotonic(), 0.0)):
                return
            self.send(data, to.host, to.port)


async def said(reactor: AsyncioSelectorReactor, *talks: threading.Thread) -> None:
    """Wait until all has been said, while the reactor runs."""
    await until(reactor, lambda: not any(talk.is_alive() for talk in talks))
