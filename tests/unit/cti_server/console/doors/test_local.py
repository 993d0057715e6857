"""The local door: who may come in, and what becomes of wishes that are none."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.testing import StringTransport

from cti_server.console.doors import local
from cti_server.console.doors.frames import LENGTH, LONGEST_WISH, encode, take
from cti_server.console.doors.local import MOST_VISITORS, WISH_TIME, LocalDoor
from cti_server.console.rights import Actor, Right
from cti_server.console.shell import Done
from tests.fakes.virtual_time import VirtualClock


class Line(StringTransport):
    socket = None


class Shell:
    def __init__(self, actor: Actor, asked: list[tuple[Actor, str]]) -> None:
        self._actor = actor
        self._asked = asked

    def perform(self, line: str, *, form: str, width: int | None) -> Deferred[Done]:
        self._asked.append((self._actor, line))
        return succeed(Done(status=0, text=f"{form} {width}"))


class House:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.uid = os.getuid()
        monkeypatch.setattr(local, "_uid", lambda _socket: self.uid)
        self.clock = VirtualClock()
        self.asked: list[tuple[Actor, str]] = []
        shell: Any = lambda actor, _progress: Shell(actor, self.asked)  # noqa: E731 - the whole of a fake
        self.door = LocalDoor(folder=folder, shell=shell, clock=self.clock)

    def come(self) -> tuple[Any, Line]:
        visitor, line = self.door.admit(), Line()
        assert visitor is not None
        visitor.makeConnection(line)
        return visitor, line


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    return House(tmp_path, monkeypatch)


def said(line: Line) -> dict[str, Any] | None:
    return take(bytearray(line.value()), 1 << 20)


def test_the_servers_own_user_may_do_everything_under_their_name(house: House) -> None:
    visitor, line = house.come()
    visitor.dataReceived(encode({"line": "show queues", "form": "json", "width": 80}))
    assert said(line) == {"status": 0, "text": "json 80"}
    assert line.disconnecting
    ((actor, asked),) = house.asked
    assert asked == "show queues"
    assert (actor.door, actor.peer, actor.rights) == ("local", f"uid {os.getuid()}", frozenset(Right))


def test_another_user_is_refused_whatever_they_say(house: House) -> None:
    house.uid = os.getuid() + 4711
    visitor, line = house.come()
    answer = said(line)
    assert answer is not None
    assert (answer["status"], line.disconnecting) == (1, True)
    assert "root may come in" in answer["text"]
    visitor.dataReceived(encode({"line": "stop"}))
    assert house.asked == []


@pytest.mark.parametrize(
    "wish",
    [
        LENGTH.pack(LONGEST_WISH + 1),
        LENGTH.pack(3) + b"{]}",
        LENGTH.pack(2) + b"[]",
        encode({"line": 7}),
        encode({"line": "show", "form": "xml"}),
        encode({"line": "show", "width": True}),
        encode({"line": "show", "width": 10_000}),
    ],
)
def test_what_is_no_wish_is_not_understood(house: House, wish: bytes) -> None:
    visitor, line = house.come()
    visitor.dataReceived(wish)
    answer = said(line)
    assert answer is not None
    assert (answer["status"], line.disconnecting) == (2, True)
    assert house.asked == []


def test_a_wish_may_come_in_pieces_and_a_second_one_is_not_heard(house: House) -> None:
    visitor, line = house.come()
    for octet in encode({"line": "one"}):
        visitor.dataReceived(bytes([octet]))
    visitor.dataReceived(encode({"line": "two"}))
    assert [asked for _, asked in house.asked] == ["one"]
    assert json.loads(line.value()[LENGTH.size :])["status"] == 0


def test_who_asks_nothing_is_let_go(house: House) -> None:
    _, line = house.come()
    house.clock.advance(WISH_TIME - 1)
    assert not line.disconnecting
    house.clock.advance(2)
    assert line.disconnecting


def test_visitors_are_few_and_make_room_when_they_leave(house: House) -> None:
    came = [house.come() for _ in range(MOST_VISITORS)]
    assert house.door.admit() is None
    came[0][0].connectionLost()
    assert house.door.admit() is not None
