"""Agents' PINs: checked by hash, off the loop, locked out after too many wrong ones, set by a command."""

import asyncio
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from cti_server.connectors.base import Site
from cti_server.connectors.pins.book import PinBook, PinsError
from cti_server.connectors.pins.command import agent_pin
from cti_server.connectors.pins.connector import PinConnector
from cti_server.settings.server import ServerSettings
from cti_server.vocabulary.ids import AgentId, SecretId
from cti_server.vocabulary.outside import CheckPin, RequestOutcome, RequestResult
from tests.unit.cti_server.connectors.asking import Now, question

DIGITS = {SecretId("right"): "4711", SecretId("wrong"): "0815"}


def connector(tmp_path: Path, now: Now) -> PinConnector:
    settings = {"connectors": {"pins": {"file": "pins", "attempts": 3, "lock_out": 60}}}
    checked = ServerSettings.model_validate(settings).resolved(tmp_path)
    return PinConnector(Site(settings=checked, now=now, reveal=DIGITS.get))


def check(one: PinConnector, *secrets: str, agent: str = "anna") -> list[RequestOutcome]:
    async def ask() -> list[RequestOutcome]:
        wishes = [CheckPin(agent=AgentId(agent), secret=SecretId(name)) for name in secrets]
        return [await one.ask(question(wish)) for wish in wishes]

    return asyncio.run(ask())


def test_right_wrong_unknown_and_forgotten(tmp_path: Path) -> None:
    PinBook(tmp_path / "pins").set("anna", "4711")
    one = connector(tmp_path, Now())
    found = check(one, "right", "wrong", "gone")
    assert [dict(each.values) for each in found[:2]] == [
        {"right": True, "locked": False},
        {"right": False, "locked": False},
    ]
    assert found[2].result is RequestResult.FAILED
    assert dict(check(one, "right", agent="ben")[0].values)["right"] is False
    asyncio.run(one.stop())


def test_too_many_wrong_ones_lock_out_for_a_while(tmp_path: Path) -> None:
    PinBook(tmp_path / "pins").set("anna", "4711")
    now = Now()
    one = connector(tmp_path, now)
    found = check(one, "wrong", "wrong", "wrong", "right")
    assert [each.values["right"] for each in found] == [False] * 4
    assert [each.values["locked"] for each in found] == [False, False, True, True]
    now.seconds += 60
    assert check(one, "right")[0].values == {"right": True, "locked": False}
    asyncio.run(one.stop())


def test_many_at_the_same_time_count_as_many(tmp_path: Path) -> None:
    PinBook(tmp_path / "pins").set("anna", "4711")
    one = connector(tmp_path, Now())

    async def ask() -> list[RequestOutcome]:
        wish = CheckPin(agent=AgentId("anna"), secret=SecretId("wrong"))
        return list(await asyncio.gather(*(one.ask(question(wish)) for _ in range(6))))

    found = asyncio.run(ask())
    assert sum(bool(each.values["locked"]) for each in found) >= 3
    assert check(one, "right")[0].values["right"] is False
    asyncio.run(one.stop())


def test_a_damaged_file_is_told_and_locks_nobody_out(tmp_path: Path) -> None:
    (tmp_path / "pins").write_text("anna\n")
    one = connector(tmp_path, Now())
    found = check(one, *["right"] * 5)
    assert {each.result for each in found} == {RequestResult.FAILED}
    assert not one.statuses()[0].up
    PinBook(tmp_path / "other").set("anna", "4711")
    (tmp_path / "other").replace(tmp_path / "pins")
    assert check(one, "right")[0].values["right"] is True
    asyncio.run(one.stop())


def test_hashing_does_not_hold_the_loop(tmp_path: Path) -> None:
    PinBook(tmp_path / "pins").set("anna", "4711")
    one = connector(tmp_path, Now())

    async def ask() -> int:
        wish = CheckPin(agent=AgentId("anna"), secret=SecretId("right"))
        tasks = [asyncio.create_task(one.ask(question(wish))) for _ in range(3)]
        beats = 0
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0.001)
            beats += 1
        return beats

    assert asyncio.run(ask()) > 5
    asyncio.run(one.stop())


@pytest.mark.parametrize("pin", ["123", "1234567890123", "12a4", "", "١٢٣٤"])
def test_what_is_no_pin(tmp_path: Path, pin: str) -> None:
    with pytest.raises(PinsError, match="4 to 12 digits"):
        PinBook(tmp_path / "pins").set("anna", pin)
    assert not (tmp_path / "pins").exists()


def test_the_file_has_hashes_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    book = PinBook(tmp_path / "new" / "pins")
    book.set("anna", "4711")
    book.set("ben", "0815")
    book.set("anna", "1234")
    text = book.file.read_text()
    assert [line.partition(":")[0] for line in text.splitlines()] == ["anna", "ben"]
    assert "1234:" not in text
    assert "argon2id" in text
    assert book.file.stat().st_mode & 0o077 == 0
    assert [book.verify("anna", pin) for pin in ("4711", "1234")] == [False, True]


def test_the_command_sets_a_pin(tmp_path: Path) -> None:
    (tmp_path / "server.yaml").write_text("connectors:\n  pins:\n    file: pins\n")
    arguments = ["anna", "--config", str(tmp_path), "--pin-stdin"]
    result = CliRunner().invoke(agent_pin, arguments, input="4711\n")
    assert result.exit_code == 0, result.output
    assert PinBook(tmp_path / "pins").verify("anna", "4711")
    assert CliRunner().invoke(agent_pin, arguments, input="12\n").exit_code == 1


def test_a_start_hashes_nothing(tmp_path: Path) -> None:
    class NoHash(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            raise AssertionError(f"hashed: {len(password)} characters with {salt!r}")

    book = PinBook(tmp_path / "pins", NoHash())
    with pytest.raises(AssertionError, match="hashed"):
        book.verify("anna", "4711")
