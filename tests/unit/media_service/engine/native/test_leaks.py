"""Thousands of ports come and go with all that a port can have: memory and descriptors are as before."""

import gc
import os
import random
from pathlib import Path
from typing import Final

import pytest

from media_service.engine.native._core import Clip, Core
from media_service.engine.native.running import g711_tables
from tests.unit.media_service.engine.native.test_hostile import HOST, Hostile, connect, running

ROUNDS: Final = int(os.environ.get("CALLWRIGHT_LEAK_ROUNDS", "2000"))
WARM: Final = 400
MOST_GROWN: Final = 1 << 20
"""Octets; a single buffer that each round forgot would be more."""


def memory() -> int:
    """Octets of this process that are in memory and its own."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def life(core: Core, clip: Clip, number: int) -> None:
    """Two ports from their beginning to their end, with everything between."""
    chance = random.Random(number)
    encoding = number % 5
    port, partner = core.open(HOST, 44500), core.open(HOST, 44502)
    connect(core, port, encoding, 96, 0, bytes(30)) if number % 3 == 0 else connect(core, port, encoding, 96)
    connect(core, partner, (number + 1) % 5, 96)
    core.listen(port, True, True, True)
    core.record(port, number, number % 3)
    core.play(port, number, 0)
    core.load(port, number, (clip, core.clip(chance.randbytes(1600))), True)
    core.send_digits(port, "123", number)
    core.bridge(port, partner) if number % 2 else core.join(port, 1, number % 3, partner)
    foe = Hostile(number, (96, 101, 0))
    for _ in range(20):
        data, on_rtcp = foe.datagram()
        core.hear(port, data, HOST, 40000, on_rtcp)
    core.prepare(clip, encoding)
    connect(core, port, (encoding + 2) % 5, 97)
    core.close(port)
    core.close(partner)
    core.collect()


def test_ports_leave_nothing_behind() -> None:
    with running() as core:
        clip = core.clip(bytes(16000))
        for number in range(WARM):
            life(core, clip, number)
        before, opened = memory(), descriptors()
        for number in range(WARM, WARM + ROUNDS):
            life(core, clip, number)
        assert descriptors() == opened
        assert memory() - before < MOST_GROWN


def test_cores_leave_nothing_behind() -> None:
    tables = g711_tables()

    def one(number: int) -> None:
        core = Core(*tables)
        core.start()
        life(core, core.clip(bytes(1600)), number)
        core.open(HOST, 44500)
        if number % 2:
            core.shutdown()

    for number in range(20):
        one(number)
    before, opened = memory(), descriptors()
    for number in range(60):
        one(number)
    assert descriptors() == opened
    assert memory() - before < MOST_GROWN


def test_what_is_refused_leaves_nothing_behind() -> None:
    with running() as core:
        port = core.open(HOST, 44500)

        def refused() -> None:
            with pytest.raises(OSError, match="in use"):
                core.open(HOST, 44500)
            with pytest.raises(OSError, match="in use"):
                core.open(HOST, 44499)
            with pytest.raises(ValueError, match="profile"):
                connect(core, port, 0, 0, 0, bytes(29))
            with pytest.raises(ValueError, match="no numeric address"):
                core.send_packet(port, bytes(1000), "phone.example", 4000)

        for _ in range(50):
            refused()
        before, opened = memory(), descriptors()
        for _ in range(500):
            refused()
        assert descriptors() == opened
        assert memory() - before < MOST_GROWN
