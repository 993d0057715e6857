"""Many threads at one core while packets flood it: nothing is lost, nothing hangs. `make tsan-media` sees races."""

import os
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import pytest

from media_service.engine.native._core import Clip, Core
from media_service.engine.native.running import g711_tables
from tests.unit.media_service.engine.native.test_hostile import Hostile

HOST: Final = "127.0.0.1"
SECONDS: Final = float(os.environ.get("CALLWRIGHT_STRESS_SECONDS", "2"))
FIRST, PORTS_EACH, SENDERS = 44000, 80, 44400
MOST_OPEN: Final = 40
KEYS: Final = {-2: 0, -1: 0, 0: 30, 2: 28}
ENDED, RECORDING_OVER = 1, 5


class Stress:
    """One core and what the threads do at it; each thread has its own chance."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.until = time.monotonic() + SECONDS
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.news: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._open: list[tuple[int, int]] = []
        self._clips = [core.clip(bytes(4000 * each)) for each in range(1, 5)]
        for clip in self._clips:
            self._prepare(clip)

    def run(self, *deeds: Callable[[random.Random], None]) -> None:
        """Do each deed in a thread of its own until the time is over."""
        threads = [threading.Thread(target=self._repeat, args=(deed, seed)) for seed, deed in enumerate(deeds)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS + 30)
            assert not thread.is_alive(), "a thread hangs"

    def _repeat(self, deed: Callable[[random.Random], None], seed: int) -> None:
        chance = random.Random(seed)
        try:
            while time.monotonic() < self.until:
                deed(chance)
                self.counts[deed.__name__] += 1
        except Exception as error:  # noqa: BLE001 - told by the test, whichever it is
            self.faults.append(repr(error))

    def _some(self) -> list[tuple[int, int]]:
        with self._lock:
            return list(self._open)

    def _prepare(self, clip: Clip) -> None:
        for encoding in range(5):
            self.core.prepare(clip, encoding)

    def open_and_close(self, chance: random.Random) -> None:
        """Open a port, connect it with another, and close one where there are many."""
        try:
            udp = FIRST + 2 * chance.randrange(PORTS_EACH)
            port = self.core.open(HOST, udp)
        except OSError:
            time.sleep(0.001)
            return
        others = self._some()
        far = chance.choice(others)[1] if others and chance.random() < 0.4 else SENDERS + 2 * chance.randrange(4)
        profile = chance.choice((-2, -1, -1, -1, 0, 2))
        key = bytes(KEYS[profile])
        self.core.connect(port, HOST, far, chance.randrange(5), 96, 101, True, "", 0, profile, key, key)
        with self._lock:
            self._open.append((port, udp))
            closed = self._open.pop(chance.randrange(len(self._open))) if len(self._open) > MOST_OPEN else None
        if closed is not None:
            self.core.close(closed[0])

    def command(self, chance: random.Random) -> None:
        """Ask anything of one or two ports."""
        ports = self._some()
        if len(ports) < 2:
            time.sleep(0.001)
            return
        (one, _), (other, _) = chance.sample(ports, 2)
        number = chance.getrandbits(40)
        chance.choice((self._join, self._hear, self._play))(chance, one, other, number)

    def _join(self, chance: random.Random, one: int, other: int, number: int) -> None:
        match number % 4:
            case 0:
                self.core.bridge(one, other)
            case 1:
                self.core.join(one, number % 3, chance.randrange(3), other)
            case 2:
                self.core.leave(one)
            case _:
                self.core.unbridge(one)

    def _hear(self, chance: random.Random, one: int, other: int, number: int) -> None:
        match number % 5:
            case 0:
                self.core.listen(one, chance.random() < 0.5, chance.random() < 0.5, chance.random() < 0.5)
            case 1:
                self.core.record(one, number, chance.randrange(3))
            case 2:
                self.core.pause_recording(one, chance.random() < 0.5)
            case 3:
                self.core.stop_recording(one)
            case _:
                assert self.core.figures(other)[1] >= 0

    def _play(self, chance: random.Random, one: int, other: int, number: int) -> None:
        match number % 4:
            case 0:
                self.core.stop(one)
            case 1:
                self.core.send_digits(one, "1#", number)
            case 2:
                self.core.send_packet(other, b"\x16\xfe\xfd" + bytes(20), HOST, SENDERS + 1)
            case _:
                self.core.play(one, number, chance.choice((0, 100, 99_999)))
                clips = (*chance.sample(self._clips, 2), self.core.clip(bytes(3200)))
                self.core.load(one, number, clips, chance.random() < 0.5)
                self._prepare(clips[-1])

    def flood(self, chance: random.Random) -> None:
        """Send fifty packets of any kind to any ports."""
        foe = Hostile(chance.getrandbits(30), (96, 96, 0, 8, 101))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(50):
                ports = self._some()
                data, on_rtcp = foe.datagram()
                if ports:
                    sender.sendto(data, (HOST, chance.choice(ports)[1] + on_rtcp))

    def collect(self, _chance: random.Random) -> None:
        """Take what the core tells."""
        self.news.update(kind for kind, *_ in self.core.collect())
        time.sleep(0.005)


@pytest.mark.parametrize("stopped", [False, True], ids=["to the end", "stopped amid"])
def test_any_number_of_threads(*, stopped: bool) -> None:
    core = Core(*g711_tables())
    core.start()
    stress = Stress(core)
    end = threading.Timer(SECONDS / 2, core.shutdown)
    if stopped:
        end.start()
    try:
        with pytest.raises(RuntimeError, match="runs already"):
            core.start()
        command, flood = stress.command, stress.flood
        stress.run(stress.open_and_close, stress.open_and_close, command, command, flood, flood, stress.collect)
    finally:
        end.cancel()
        core.shutdown()
    assert stress.faults == []
    stress.collect(random.Random())
    assert min(stress.counts[name] for name in ("open_and_close", "command", "flood", "collect")) > 10
    assert stress.news[ENDED] > 0
    assert stress.news[RECORDING_OVER] > 0


def test_a_core_may_end_twice_and_begin_again() -> None:
    core = Core(*g711_tables())
    core.shutdown()
    for _ in range(3):
        core.start()
        port = core.open(HOST, FIRST)
        ends = [threading.Thread(target=core.shutdown) for _ in range(4)]
        for end in ends:
            end.start()
        for end in ends:
            end.join(10)
            assert not end.is_alive()
        core.shutdown()
        core.close(port)
        with pytest.raises(OSError, match="shutdown"):
            core.open(HOST, FIRST)
