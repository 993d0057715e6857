"""What a bridge makes of a bad network: packets come late, in bursts, out of order, twice or not at all."""

import heapq
import random
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.codecs.g711 import mu_law_from_linear
from media_service.engine.interface import Address, EngineEvent, MediaEngine, PortFigures
from sip.rtp import RtpPacket
from tests.unit.media_service.driving import pause, until
from tests.unit.media_service.engine.native.world import levels, pair, record, stream, with_native

pytestmark = pytest.mark.integration

HERTZ, SECONDS = 620.0, 2.6
Plan = list[tuple[float, RtpPacket]]


def packets() -> Iterator[RtpPacket]:
    time_line = np.arange(160)
    for number in range(round(SECONDS * 50)):
        sound = 8000 * np.sin(2 * np.pi * HERTZ * (time_line + 160 * number) / 8000)
        payload = mu_law_from_linear(sound.astype("<i2").tobytes())
        yield RtpPacket(0, (65500 + number) % 65536, (2**32 - 4000 + 160 * number) % 2**32, 77, payload)


def steady() -> Plan:
    return [(0.02 * number, packet) for number, packet in enumerate(packets())]


def shaken(most: float) -> Plan:
    chance = random.Random(3550)
    return [(at + chance.uniform(0, most), packet) for at, packet in steady()]


def bursts() -> Plan:
    return [(at - at % 0.1 + 0.1, packet) for at, packet in steady()]


def thinned() -> Plan:
    chance = random.Random(7)
    return [item for item in steady() if chance.random() > 0.05]


def doubled() -> Plan:
    return [item for at, packet in steady() for item in ((at, packet), (at + 0.03, packet))]


def fast_clock() -> Plan:
    return [(at * 0.985, packet) for at, packet in steady()]


def send(plan: Plan, target: Address, origin: socket.socket) -> threading.Thread:
    """Send each packet at its time, on a thread."""
    queue = [(at, place, packet.serialise()) for place, (at, packet) in enumerate(plan)]
    heapq.heapify(queue)

    def run() -> None:
        begun = time.monotonic()
        while queue:
            at, _, data = heapq.heappop(queue)
            time.sleep(max(0.0, begun + at - time.monotonic()))
            origin.sendto(data, (target.host, target.port))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def carried(plan: Plan, folder: Path) -> tuple[float, float, PortFigures]:
    """Level of the tone behind the bridge (dB), share of 20 ms frames in which it is gone, and the port's figures."""
    told: list[PortFigures] = []

    async def story(reactor: AsyncioSelectorReactor, engine: MediaEngine, events: list[EngineEvent]) -> None:
        address = await engine.open("leg")
        engine.connect("leg", stream(Address(*origin.getsockname())))
        await pair(engine, "b")
        engine.bridge("leg", "leg-b")
        thread = send(plan, address, origin)
        await pause(reactor, 0.6)
        file.append(record(engine, "far-b", folder))
        await until(reactor, lambda: not thread.is_alive())
        await engine.stop_recording("far-b")
        told.append(await engine.figures("leg"))

    file: list[Path] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as origin:
        origin.bind(("127.0.0.1", 0))
        with_native(story)
    samples, _ = soundfile.read(file[0], dtype="int16")
    samples = samples[1600:-1600]
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160).astype(float)
    gone = float(np.mean(np.sqrt(np.mean(frames**2, axis=1)) < 1000))
    return levels(samples, HERTZ)[0], gone, told[0]


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(steady(), id="steady"),
        pytest.param(shaken(0.06), id="60 ms of jitter"),
        pytest.param(bursts(), id="bursts of five"),
        pytest.param(doubled(), id="each twice"),
        pytest.param(fast_clock(), id="a clock 1.5 % too fast"),
    ],
)
def test_nothing_is_missed_that_came(plan: Plan, tmp_path: Path) -> None:
    level, gone, figures = carried(plan, tmp_path)
    assert level == pytest.approx(-12.2, abs=1.5)
    assert gone < 0.05
    assert figures.lost == 0


def test_what_is_lost_is_concealed_and_counted(tmp_path: Path) -> None:
    plan = thinned()
    missing = len(steady()) - len(plan)
    level, gone, figures = carried(plan, tmp_path)
    assert level == pytest.approx(-12.2, abs=1.5)
    assert gone < 0.03
    assert figures.lost == missing
    assert figures.mos is not None
    assert figures.mos < 4.2


def test_jitter_is_told_as_rfc_3550_counts_it(tmp_path: Path) -> None:
    _, _, calm = carried(steady(), tmp_path)
    _, _, rough = carried(shaken(0.06), tmp_path)
    assert calm.jitter < 0.006
    assert 0.012 < rough.jitter < 0.035  # the mean difference of two uniform delays is a third of their range
