"""The reactor: asyncio's, on uvloop where that is installed, and never in the place of another."""

import importlib.util

import pytest
from twisted.internet.task import Clock

from program.reactor import loop_of
from tests.unit.program.running import run

TELL = "print(type(reactor).__name__, type(loop_of(reactor)).__module__)"


def test_uvloop_is_used_where_it_is_present() -> None:
    if importlib.util.find_spec("uvloop") is None:
        pytest.skip("uvloop is asked for on Linux alone")
    ran = run(f"from program.reactor import install, loop_of; reactor = install(); {TELL}")
    assert ran.stdout == "AsyncioSelectorReactor uvloop\n", ran.stderr


def test_asyncio_serves_where_uvloop_is_missing() -> None:
    ran = run(
        "import sys; sys.modules['uvloop'] = None; from program.reactor import install, loop_of; reactor = install(); "
        + TELL
    )
    assert ran.stdout == "AsyncioSelectorReactor asyncio.unix_events\n", ran.stderr


def test_the_loop_is_also_the_one_that_asyncio_gives() -> None:
    ran = run(
        "import asyncio; from program.reactor import install, loop_of; reactor = install(); "
        "print(asyncio.get_event_loop() is loop_of(reactor), install() is reactor)"
    )
    assert ran.stdout == "True True\n", ran.stderr


def test_a_reactor_of_another_kind_is_not_taken_for_ours() -> None:
    ran = run(
        "from twisted.internet import selectreactor; selectreactor.install(); import program.reactor as r; r.install()"
    )
    assert ran.returncode == 1
    assert "ReactorError: SelectReactor is installed already" in ran.stderr


def test_a_virtual_clock_has_no_loop() -> None:
    assert loop_of(Clock()) is None  # type: ignore[arg-type]  # it stands in for a reactor in many tests
