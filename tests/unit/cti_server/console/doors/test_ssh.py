"""The SSH door before anybody is logged in: strangers are few, and have little time."""

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.python.failure import Failure

from cti_server.settings.supervision.console import SshSettings
from tests.fakes.virtual_time import InlineWorker, VirtualClock

MOST = 3


class Line(StringTransport):
    def abortConnection(self) -> None:  # noqa: N802 - Twisted's name
        self.disconnected = True


class Door:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = importlib.import_module("cti_server.console.doors.ssh")
        monkeypatch.setattr(self.module, "MOST_STRANGERS", MOST)
        self.clock = VirtualClock()
        house = SimpleNamespace(call_later=self.clock.call_later)
        reactor = MemoryReactor()
        settings = SshSettings(host_key=folder / "key", keys=folder)
        self.door = self.module.SshDoor(house=house, settings=settings, worker=InlineWorker())
        self.door.start(reactor)
        self.factory: Any = reactor.tcpServers[0][1]
        self.factory.doStart()

    def come(self) -> tuple[Any, Line] | None:
        stranger, line = self.factory.buildProtocol(None), Line()
        if stranger is None:
            return None
        stranger.makeConnection(line)
        return stranger, line


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(tmp_path, monkeypatch)


def gone(stranger: Any) -> None:
    stranger.connectionLost(Failure(ConnectionDone()))


def test_who_does_not_log_in_is_let_go_after_a_minute(door: Door) -> None:
    found = door.come()
    assert found is not None
    door.clock.advance(door.module.LOG_IN_TIME - 1)
    assert not found[1].disconnected
    door.clock.advance(2)
    assert found[1].disconnected


def test_who_is_logged_in_may_stay(door: Door) -> None:
    found = door.come()
    assert found is not None
    stranger, line = found
    service = door.factory.services[b"ssh-userauth"]()
    service.clock = SimpleNamespace(callLater=lambda *_: SimpleNamespace(cancel=lambda: None, active=lambda: False))
    stranger.setService(service)
    actor = SimpleNamespace(user="anna")
    service.portal._avatar(actor)
    door.clock.advance(10 * door.module.LOG_IN_TIME)
    assert not line.disconnected
    assert len([one for one in range(MOST) if door.come() is not None]) == MOST


def test_strangers_are_few_and_make_room_when_they_leave(door: Door) -> None:
    came = [door.come() for _ in range(MOST)]
    assert door.come() is None
    first = came[0]
    assert first is not None
    gone(first[0])
    assert door.come() is not None
    assert door.come() is None
