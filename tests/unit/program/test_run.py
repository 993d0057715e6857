"""A run from start to stop: signals, exit status, faults of start and stop, and children that are seen to end."""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.program.running import run, start

PROGRAM = """
import sys
from program.reactor import install
reactor = install()
from twisted.internet.defer import Deferred, succeed
from program.logs import logger, set_up
from program.run import Program

set_up(level="debug", form="json")
log = logger(program="small")

class Service:
    async def start(self):
        log.info("started")
    async def stop(self):
        log.info("stopped")

service = Service()
patience = 10.0
{0}
program = Program(reactor, service, log, patience=patience)
sys.exit(program.run())
"""
CHILD = """
import subprocess
from twisted.internet.protocol import ProcessProtocol
SILENT = "import os, time; os.close(0); os.close(1); os.close(2); time.sleep(0.3)"
class Child(ProcessProtocol):
    def processEnded(self, reason):
        program.finish(7)
def begin():
    reactor.spawnProcess(Child(), sys.executable, [sys.executable, "-c", SILENT], env=None)
    return succeed(None)
service.start = begin
reactor.callLater(10, reactor.stop)
"""


def entries(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def told(text: str) -> list[str]:
    return [entry["event"] for entry in entries(text) if entry.get("program") == "small"]


def with_signals(code: str, *numbers: signal.Signals) -> tuple[int, str]:
    """Send the signals one after the other once the program says that it has started."""
    with start(PROGRAM.format(code)) as process:
        try:
            seen = read_until(process, lambda text: "started" in text)
            for number in numbers:
                process.send_signal(number)
                time.sleep(0.1)  # two that come at once are one to the kernel
            _, rest = process.communicate(timeout=20)
        except BaseException:
            process.kill()
            raise
    return process.returncode, seen + rest


def read_until(process: subprocess.Popen[str], found: Callable[[str], bool]) -> str:
    assert process.stderr is not None
    seen = ""
    while not found(seen):
        line = process.stderr.readline()
        assert line, seen
        seen += line
    return seen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_clean_stop(number: signal.Signals) -> None:
    status, log = with_signals("", number)
    assert told(log) == ["started", "stopping", "stopped"]
    assert entries(log)[-2]["signal"] == number.name
    assert status == 0


def test_impatience_does_not_disturb_the_stop() -> None:
    slow = "from twisted.internet.task import deferLater\nservice.stop = lambda: deferLater(reactor, 0.5)"
    status, log = with_signals(slow, signal.SIGINT, signal.SIGINT, signal.SIGTERM)
    assert told(log) == ["started", "stopping", "stopping already", "stopping already"]
    assert status == 0


def test_a_stop_that_hangs_ends_all_the_same() -> None:
    status, log = with_signals("service.stop = Deferred\npatience = 0.2", signal.SIGTERM)
    assert told(log) == ["started", "stopping", "stop took too long"]
    assert status == 1


def test_a_stop_that_fails_is_told_with_its_trace() -> None:
    status, log = with_signals("service.stop = lambda: 1 / 0", signal.SIGTERM)
    last = entries(log)[-1]
    assert (last["event"], last["reason"]) == ("not stopped cleanly", "division by zero")
    assert "ZeroDivisionError" in last["exception"]
    assert status == 1


def test_a_start_that_is_impossible_gives_its_reason_and_is_still_stopped() -> None:
    code = "async def start():\n    raise OSError('the port is taken')\nservice.start = start"
    ran = run(PROGRAM.format(code))
    first, second, third = entries(ran.stderr)
    assert (first["level"], first["event"], first["reason"]) == ("critical", "cannot start", "the port is taken")
    assert "exception" not in first
    assert (second["level"], "OSError" in second["exception"]) == ("debug", True)
    assert third["event"] == "stopped"
    assert ran.returncode == 1


def test_a_start_that_meets_a_defect_shows_its_trace_at_once() -> None:
    ran = run(PROGRAM.format("service.start = lambda: None.nothing"))
    first = entries(ran.stderr)[0]
    assert (first["level"], first["event"]) == ("critical", "cannot start")
    assert "AttributeError" in first["exception"]
    assert ran.returncode == 1


def test_a_start_that_the_stop_breaks_off_is_no_fault() -> None:
    code = (
        "begun = Deferred()\n"
        "def start():\n    log.info('started')\n    return begun\n"
        "def stop():\n    begun.errback(ConnectionError('closed'))\n    return succeed(None)\n"
        "service.start, service.stop = start, stop"
    )
    status, log = with_signals(code, signal.SIGTERM)
    assert told(log) == ["started", "stopping", "the stop came before the start was done"]
    assert status == 0


def test_the_collector_of_cycles_waits_for_the_start_but_not_for_ever() -> None:
    code = """
import gc
import program.run
program.run.LONGEST_WAIT = 0.01
async def slow():
    before = gc.isenabled()
    done = Deferred()
    reactor.callLater(0.5, done.callback, None)
    await done
    log.info("started", before=before, after=gc.isenabled())
    reactor.callLater(0, reactor.stop)
service.start = slow
gc.disable()
"""
    done = run(PROGRAM.format(code))
    (entry,) = [one for one in entries(done.stderr) if one["event"] == "started"]
    assert (entry["before"], entry["after"]) == (False, True)


def test_the_service_gives_the_exit_status() -> None:
    ran = run(PROGRAM.format("reactor.callWhenRunning(lambda: program.finish(3))"))
    assert told(ran.stderr) == ["started", "stopped"]
    assert ran.returncode == 3


def test_what_the_stop_brings_about_is_no_exit_status() -> None:
    code = (
        "def stop():\n    program.finish(3)\n    log.info('stopped')\n    return succeed(None)\n"
        "service.stop = stop\nreactor.callWhenRunning(lambda: program.finish(0))"
    )
    ran = run(PROGRAM.format(code))
    assert told(ran.stderr) == ["started", "stopped"]
    assert ran.returncode == 0


def test_a_reactor_that_somebody_stops_is_a_stop_like_any_other() -> None:
    ran = run(PROGRAM.format("reactor.callLater(0.1, reactor.stop)"))
    assert told(ran.stderr) == ["started", "stopped"]
    assert ran.returncode == 0


def test_a_child_that_closed_its_pipes_before_is_seen_to_end() -> None:
    # On uvloop Twisted's own handler of SIGCHLD is never called; such a child would not end for its parent.
    ran = run(PROGRAM.format(CHILD))
    assert ran.returncode == 7, ran.stderr


def test_an_exception_on_the_event_loop_is_logged_with_its_trace() -> None:
    code = (
        "import asyncio\nasyncio.get_event_loop().call_later(0.05, lambda: 1 / 0)\nreactor.callLater(0.2, reactor.stop)"
    )
    ran = run(PROGRAM.format(code))
    found = [entry for entry in entries(ran.stderr) if "ZeroDivisionError" in entry.get("exception", "")]
    assert [entry["level"] for entry in found] == ["critical"]
    assert ran.returncode == 0
