"""What the shell makes of lines: rights, limits, filters, JSON, abbreviations, and what is kept of who did what."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail

from cti_server.console.commands import show
from cti_server.console.commands.table import COMMANDS
from cti_server.console.rights import ROLE_RIGHTS, Actor, Right, Role
from cti_server.console.shell import Done, Shell
from cti_server.storage.errors import JournalRemovedError
from cti_server.vocabulary.events import OperationNoted
from tests.fakes.virtual_time import VirtualClock
from tests.unit.cti_server.console.test_console import FakeOperations


def somebody(role: Role = Role.MASTER_ADMINISTRATOR, queues: frozenset[str] | None = None) -> Actor:
    return Actor(user="anna", door="ssh", peer="::1", rights=ROLE_RIGHTS[role], roles=(role,), queues=queues)


@pytest.fixture
def operations() -> FakeOperations:
    return FakeOperations(VirtualClock())


def say(operations: FakeOperations, line: str, actor: Actor | None = None, form: str = "text") -> Done:
    found: list[Done] = []
    seen: Any = operations.acting(actor or somebody())
    Shell(seen, COMMANDS).perform(line, form=form).addCallback(found.append)
    return found[0]


def noted(operations: FakeOperations) -> Iterator[tuple[str, str]]:
    for row in operations.rows:
        assert isinstance(row.event, OperationNoted)
        yield row.event.line, row.event.outcome


@pytest.mark.parametrize(
    ("line", "status"),
    [("show agents", 0), ("agent ready anna", 1), ("nonsense", 2), ("agent ready", 2), ("tail", 2), ("quit", 0)],
)
def test_the_status_says_how_it_went(operations: FakeOperations, line: str, status: int) -> None:
    assert say(operations, line).status == status


def test_tables_are_lists_of_objects_in_json_and_refusals_say_their_code(operations: FakeOperations) -> None:
    rows = json.loads(say(operations, "show agents --json").text)
    assert [row["agent"] for row in rows] == sorted(operations.state.plan.agents)
    assert rows[0]["for"] is None
    assert json.loads(say(operations, "agent ready anna", form="json").text)["refused"] == "not-logged-on"
    assert json.loads(say(operations, "nonsense", form="json").text)["refused"] == "not-understood"


def test_tables_are_filtered_sorted_and_cut(operations: FakeOperations) -> None:
    say(operations, "agent logon anna 7101")
    shown = say(operations, "show agents status=not-ready")
    assert "anna" in shown.text
    assert "anna" not in say(operations, "show agents status=ready").text
    assert "anna" in say(operations, "show agents agent=an*,zoe").text
    assert len(json.loads(say(operations, "show agents sort=-agent limit=1 --json").text)) == 1
    assert say(operations, "show agents colour=red").status == 2
    assert say(operations, "show agents sort=colour").status == 2
    assert say(operations, "show agents limit=many").status == 2


def test_one_is_shown_at_length(operations: FakeOperations) -> None:
    assert "status" in say(operations, "show agents anna").text
    assert say(operations, "show agents nobody").status == 1


def test_words_may_be_cut_where_they_are_clear(operations: FakeOperations) -> None:
    assert say(operations, "sh ag").text == say(operations, "show agents").text
    unclear = say(operations, "sh c")
    assert unclear.status == 2
    assert "show calls" in unclear.text
    assert "show contacts" in unclear.text


@pytest.mark.parametrize(
    ("role", "line", "allowed"),
    [
        (Role.SUPERVISOR, "agent logon anna 7101", True),
        (Role.SUPERVISOR, "media drain media-1", False),
        (Role.SUPERVISOR, "show contacts", False),
        (Role.MANAGER, "show contacts", True),
        (Role.MANAGER, "agent logon anna 7101", False),
        (Role.TELECOMMUNICATIONS_SPECIALIST, "media drain media-1", True),
        (Role.TELECOMMUNICATIONS_SPECIALIST, "queue close sales", False),
        (Role.ADMINISTRATOR, "queue close sales", False),
        (Role.MASTER_ADMINISTRATOR, "media drain media-1", True),
    ],
)
def test_each_role_may_what_the_product_says(operations: FakeOperations, role: Role, line: str, allowed: bool) -> None:
    done = say(operations, line, somebody(role))
    assert ("(not-allowed)" not in done.text) is allowed
    assert (done.status == 0) is allowed


def test_who_did_what_is_journaled_with_its_outcome_and_refusals_too(operations: FakeOperations) -> None:
    say(operations, "ag logon anna 7101")
    say(operations, "agent ready zoe")
    say(operations, "media drain media-1", somebody(Role.SUPERVISOR))
    say(operations, "show agents")
    assert list(noted(operations)) == [
        ("agent logon anna 7101", "done"),
        ("agent ready zoe", "unknown-agent"),
        ("media drain media-1", "not-allowed"),
    ]


def test_a_command_that_only_shows_something_without_arguments_is_then_not_journaled(
    operations: FakeOperations,
) -> None:
    for line in ("log level", "log level debug", "log level channels", "log level --json"):
        say(operations, line)
    assert [line for line, _ in noted(operations)] == ["log level debug", "log level channels"]


def test_customers_numbers_are_not_journaled(operations: FakeOperations) -> None:
    say(operations, "callback create sales +4930123456 +5")
    assert [line for line, _ in noted(operations)] == ["callback create sales '***' +5"]


def test_who_is_limited_to_queues_sees_and_touches_nothing_else(operations: FakeOperations) -> None:
    limited = somebody(Role.SUPERVISOR, frozenset({"elsewhere"}))
    assert json.loads(say(operations, "show agents --json", limited).text) == []
    refused = say(operations, "agent logon anna 7101", limited)
    assert "beyond your queues: elsewhere" in refused.text
    assert say(operations, "callback create sales 123", limited).status == 1


def test_every_command_says_what_it_needs_and_shows_an_example(operations: FakeOperations) -> None:
    for command in COMMANDS:
        assert command.right in Right
        if command.arguments or command.filters:
            continue
        assert say(operations, f"help {command.name}").text.startswith(command.usage.split(" [")[0])


def test_a_limited_user_is_not_told_of_other_queues_at_completion(operations: FakeOperations) -> None:
    seen: Any = operations.acting(somebody(Role.SUPERVISOR, frozenset()))
    assert Shell(seen, COMMANDS).complete("show queues ") == Shell(seen, COMMANDS).complete("show queues ")
    assert "sales" not in Shell(seen, COMMANDS).complete("top ")


@pytest.mark.parametrize("name", ["calls", "queues", "agents", "contacts", "links", "ports"])
def test_the_keys_of_json_are_those_that_the_page_tells(operations: FakeOperations, name: str) -> None:
    page = (Path(__file__).parents[4] / "docs" / "console.md").read_text(encoding="utf-8")
    told = re.search(rf"^\| `show {name}` \| (.*) \|$", page, re.MULTILINE)
    assert told is not None
    keys = told[1].split(", ")
    assert [heading.replace(" ", "_") for heading in getattr(show, name.upper())] == keys
    rows = json.loads(say(operations, f"show {name} --json").text)
    assert all(list(row) == keys for row in rows)


def test_top_is_narrowed_to_one_queue_after_the_other_by_a_key(operations: FakeOperations) -> None:
    seen: Any = operations.acting(somebody())
    failures: list[Any] = []
    Shell(seen, COMMANDS).answer("top").addErrback(failures.append)
    wish = failures[0].value
    shown = [wish.shown]
    for _ in range(len(operations.state.plan.queues) + 1):
        wish.narrow()
        shown.append(wish.shown)
    assert shown[0] == shown[-1] == "overview sort=-waiting"
    assert {one.rpartition("=")[2] for one in shown[1:-1]} == set(operations.state.plan.queues)
    wish.turn()
    assert wish.shown == "overview sort=-longest"


def test_what_retention_has_removed_is_refused_and_no_failure(
    operations: FakeOperations, monkeypatch: pytest.MonkeyPatch
) -> None:
    def removed(*_: object) -> Deferred[str]:
        return fail(JournalRemovedError("contact 1: its rows in the journal were removed by retention"))

    monkeypatch.setattr(operations, "why", removed, raising=False)
    told = say(operations, "why 1")
    assert told.status == 1
    assert "contact 1: its rows in the journal were removed by retention" in told.text
    told = say(operations, "why 1", form="json")
    assert json.loads(told.text)["refused"] == "removed"
