"""What the native core's tests share: pairs of ports that talk to each other, and ears for tones in a recording."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.interface import (
    Address,
    Encoding,
    EngineEvent,
    MediaEngine,
    Playlist,
    Recording,
    Srtp,
    Stream,
    Tone,
)
from media_service.engine.native.engine import NativeEngine
from tests.unit.media_service.engine.engines import Story, run_with

UDP: Final = range(43000, 43800)
PAYLOAD_TYPES: Final = {
    Encoding.PCMU: 0,
    Encoding.PCMA: 8,
    Encoding.G722: 9,
    Encoding.OPUS: 111,
    Encoding.L16: 96,
}


def with_native(story: Story, threads: int = 1) -> None:
    """Run a story with a started native engine."""

    def make(reactor: AsyncioSelectorReactor, host: str, udp: range) -> MediaEngine:
        return NativeEngine(reactor, host, udp, threads)

    run_with(make, story, UDP)


def stream(far: Address, encoding: Encoding = Encoding.PCMU, *, digits: int | None = 101, **more: object) -> Stream:
    return Stream(far, encoding, PAYLOAD_TYPES[encoding], digits, **more)


async def pair(
    engine: MediaEngine,
    name: str,
    encoding: Encoding = Encoding.PCMU,
    *,
    digits: int | None = 101,
    keys: tuple[Srtp, Srtp] | None = None,
) -> tuple[Address, Address]:
    """Two ports that talk to each other: ``far-NAME``, a phone, and ``leg-NAME``, ours."""
    far, leg = await engine.open(f"far-{name}"), await engine.open(f"leg-{name}")
    first, second = keys or (None, None)
    engine.connect(f"far-{name}", stream(leg, encoding, digits=digits, srtp=first))
    engine.connect(f"leg-{name}", stream(far, encoding, digits=digits, srtp=second))
    return far, leg


def sing(engine: MediaEngine, port: str, *hertz: float, seconds: float = 30.0) -> None:
    engine.play(port, Playlist((Tone(hertz, (), seconds, level=-13.0),)), f"tone-{port}")


def record(engine: MediaEngine, port: str, folder: Path, **more: object) -> Path:
    file = folder / f"{port}.wav"
    engine.record(port, Recording(file, **more))
    return file


def levels(samples: NDArray[np.int16], *hertz: float) -> list[float]:
    """dB (of a full sine) at each frequency: the median of pieces of 100 ms, as one may be stretched."""
    sound = samples[: len(samples) // 800 * 800].astype(np.float64).reshape(-1, 800) / 32768
    window = np.hanning(800)
    time = np.arange(800) / 8000
    found = []
    for each in hertz:
        pieces = 2 * np.abs(np.sum(sound * window * np.exp(-2j * np.pi * each * time), axis=1)) / np.sum(window)
        found.append(float(20 * np.log10(max(np.median(pieces), 1e-6))))
    return found


def events_of(events: list[EngineEvent], kind: type) -> list[EngineEvent]:
    return [event for event in events if isinstance(event, kind)]
