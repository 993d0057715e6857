"""SIGHUP: a service that can reads its configuration anew; one that fails at it goes on."""

import signal

from tests.unit.program.running import start
from tests.unit.program.test_run import PROGRAM, entries, read_until, told

AT_A_TERMINAL = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"
"""Whoever runs the tests may have been started with nohup, and what a process ignores its children ignore."""

RELOADABLE = """
class Reloading(Service):
    async def reload(self):
        log.info("reloaded")
        {0}
service = Reloading()
"""


def hung_up(code: str, reason: str) -> tuple[int, str]:
    """One SIGHUP once the program has started, and SIGTERM once it says ``reason``."""
    with start(PROGRAM.format(code)) as process:
        try:
            seen = read_until(process, lambda text: "started" in text)
            process.send_signal(signal.SIGHUP)
            seen += read_until(process, lambda text: reason in text)
            process.send_signal(signal.SIGTERM)
            _, rest = process.communicate(timeout=20)
        except BaseException:
            process.kill()
            raise
    return process.returncode, seen + rest


def test_a_service_that_can_is_told_to_reload() -> None:
    status, log = hung_up(RELOADABLE.format(""), "reloaded")
    assert told(log) == ["started", "reading the configuration anew", "reloaded", "stopping", "stopped"]
    assert status == 0


def test_a_reload_that_fails_is_told_and_the_program_goes_on() -> None:
    status, log = hung_up(RELOADABLE.format("raise OSError('no file')"), "not reloaded")
    assert told(log)[-3:] == ["not reloaded", "stopping", "stopped"]
    assert next(one for one in entries(log) if one["event"] == "not reloaded")["reason"] == "no file"
    assert status == 0


def test_a_service_that_cannot_ends_as_the_terminal_it_was_started_at_does() -> None:
    with start(PROGRAM.format(AT_A_TERMINAL)) as process:
        read_until(process, lambda text: "started" in text)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=20)
    assert process.returncode == -signal.SIGHUP
