"""What the service manager is told, over real datagram sockets."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from program.notify import ServiceManager
from program.watchdog import Watchdog


class Noted:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, object]]] = []

    def __getattr__(self, level: str) -> Callable[..., None]:
        return lambda event, **facts: self.lines.append((level, event, facts))


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        if request.param == "path":
            address = str(tmp_path / "notify")
            door.bind(address)
        else:
            address = f"@callwright-test-{os.getpid()}"
            door.bind(f"\0{address[1:]}")
        door.settimeout(5)
        yield door, address


def test_the_manager_is_told_at_its_socket(manager: tuple[socket.socket, str]) -> None:
    door, address = manager
    teller = ServiceManager.of({"NOTIFY_SOCKET": address})

    assert teller.ready()
    assert teller.reloading(12.5)
    assert teller.status("two\nlines")
    assert teller.alive()
    assert teller.stopping()
    assert teller.extend(3)

    assert [door.recv(1000).decode() for _ in range(6)] == [
        "READY=1\nSTATUS=running",
        "RELOADING=1\nMONOTONIC_USEC=12500000\nSTATUS=reading the configuration anew",
        "STATUS=two lines",
        "WATCHDOG=1",
        "STOPPING=1\nSTATUS=stopping",
        "EXTEND_TIMEOUT_USEC=3000000",
    ]


def test_without_a_manager_nothing_is_told_and_nothing_fails(tmp_path: Path) -> None:
    assert not ServiceManager.of({}).ready()
    assert not ServiceManager.of({"NOTIFY_SOCKET": "relative"}).ready()
    assert not ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_wanted_as_the_environment_says(environment: dict[str, str], seconds: float | None) -> None:
    assert ServiceManager.of({"NOTIFY_SOCKET": "/run/x", **environment}, pid=42).watchdog == seconds


def test_signs_of_life_come_while_the_program_works_and_no_longer(manager: tuple[socket.socket, str]) -> None:
    door, address = manager
    door.settimeout(None)
    door.setblocking(False)
    wrong: list[str] = []
    clock, log = Clock(), Noted()
    watchdog = Watchdog(clock, ServiceManager(address, 30.0), lambda: wrong[0] if wrong else None, log)

    watchdog.start()
    clock.pump([5.0] * 6)
    assert heard(door) == 4  # one at once

    wrong.append("the pump does not move")
    clock.pump([5.0] * 6)
    assert heard(door) == 0
    assert log.lines == [
        ("critical", "does not work; the service manager will start it anew", {"reason": "the pump does not move"})
    ]

    wrong.clear()
    clock.pump([5.0] * 2)
    assert heard(door) == 1
    watchdog.stop()
    clock.advance(100)
    assert heard(door) == 0
    assert not clock.getDelayedCalls()


def test_a_fault_in_the_question_is_no_sign_of_life(manager: tuple[socket.socket, str]) -> None:
    door, address = manager
    door.setblocking(False)
    clock, log = Clock(), Noted()

    def works() -> str | None:
        raise ValueError("broken")

    Watchdog(clock, ServiceManager(address, 3.0), works, log).start()
    clock.advance(1.0)

    assert heard(door) == 0
    assert log.lines[0][2] == {"reason": "ValueError: broken"}


def heard(door: socket.socket) -> int:
    """How many signs of life have come."""
    count = 0
    while True:
        try:
            assert door.recv(1000) == b"WATCHDOG=1"
        except BlockingIOError:
            return count
        count += 1
