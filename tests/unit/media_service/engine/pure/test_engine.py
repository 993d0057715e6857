"""What is `PureEngine`'s own: its packet process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.engine.errors import EngineError
from media_service.engine.interface import EngineEvent, EngineFailed, Playlist
from media_service.engine.pure.engine import PureEngine
from sip.rtp import timestamp_difference
from tests.fakes.listening import Arrival, RtpListener
from tests.unit.media_service.driving import drive, pause, until
from tests.unit.media_service.engine.engines import PROMPTS, UDP, run_with, stream_to

pytestmark = pytest.mark.integration

Story = Callable[[AsyncioSelectorReactor, PureEngine, list[EngineEvent]], Awaitable[None]]


def with_engine(story: Story) -> None:
    run_with(PureEngine, story)


def test_the_end_of_the_packet_process_is_told_and_a_new_one_can_be_started() -> None:
    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        os.kill(engine.process_id, signal.SIGSTOP)
        waiting = engine.figures("a")
        os.kill(engine.process_id, signal.SIGKILL)
        with pytest.raises(EngineError, match="status -9"):
            await waiting
        (failed,) = await until(reactor, lambda: events)
        assert isinstance(failed, EngineFailed)
        with pytest.raises(EngineError, match="not open"):
            engine.stop("a")
        await engine.start(events.append)
        assert (await engine.open("a")).port in UDP

    with_engine(story)


def test_the_packet_process_outlives_ctrl_c_but_not_its_owner() -> None:
    async def story(reactor: AsyncioSelectorReactor) -> None:
        engine = PureEngine(reactor, "127.0.0.1", UDP)
        await engine.start(lambda event: None)
        process = engine.process_id
        os.kill(process, signal.SIGINT)
        os.kill(process, signal.SIGTERM)
        await engine.open("a")
        await engine.shutdown()
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)

    drive(story)


def stopped_for(seconds: float) -> list[Arrival]:
    """What the far end hears of music while the packet process is stopped for a while in its midst."""

    async def story(reactor: AsyncioSelectorReactor, engine: PureEngine, events: list[EngineEvent]) -> None:
        await engine.open("a")
        engine.connect("a", stream_to(far))
        engine.play("a", Playlist((PROMPTS / "hold_music.wav",), loop=True), "music")
        await until(reactor, lambda: len(far.arrivals) > 10)
        assert engine.process_id
        os.kill(engine.process_id, signal.SIGSTOP)
        await pause(reactor, seconds)
        os.kill(engine.process_id, signal.SIGCONT)
        await pause(reactor, 0.5)

    with RtpListener() as far:
        with_engine(story)
    assert far.lost() == 0
    assert far.longest_gap() >= seconds - 0.03
    return far.arrivals


def media_time(arrivals: list[Arrival]) -> float:
    return timestamp_difference(arrivals[-1].packet.timestamp, arrivals[0].packet.timestamp) / 8000


def test_a_short_stop_is_made_up_for_packet_by_packet() -> None:
    arrivals = stopped_for(0.3)
    passed = arrivals[-1].at - arrivals[0].at
    assert abs(media_time(arrivals) - passed) < 0.06
    assert abs(len(arrivals) * 0.02 - passed) < 0.08


def test_a_long_stop_is_let_go_but_the_clock_of_the_stream_is_right() -> None:
    arrivals = stopped_for(1.0)
    passed = arrivals[-1].at - arrivals[0].at
    assert abs(media_time(arrivals) - passed) < 0.06
    assert len(arrivals) * 0.02 < passed - 0.7


OWNER = """
import sys
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from media_service.engine.pure.engine import PureEngine
reactor = AsyncioSelectorReactor()
engine = PureEngine(reactor, "127.0.0.1", range(42000, 42400))
reactor.callWhenRunning(lambda: engine.start(print).addCallback(lambda _: print(engine.process_id, flush=True)))
reactor.run()
"""


def test_the_packet_process_ends_with_a_killed_owner() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        process = int(owner.stdout.readline())
        os.kill(process, 0)
        owner.kill()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{process}/cmdline").exists() and Path(f"/proc/{process}/cmdline").read_bytes():
        assert time.monotonic() < deadline, "the packet process lives on"
        time.sleep(0.02)
