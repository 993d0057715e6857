"""Whatever comes in (frames, command lines, customers' data) ends as an answer that no terminal acts on."""

import json
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cti_server.console.answers import Answer, Moment, Refused, Table, Told
from cti_server.console.command import UsageError
from cti_server.console.commands.contact import tell
from cti_server.console.commands.table import COMMANDS
from cti_server.console.doors.frames import LONGEST_WISH, FrameError, encode, take
from cti_server.console.operations import History
from cti_server.console.parsing import read
from cti_server.console.presenting import as_json, as_text
from cti_server.console.session.tailing import Tail
from cti_server.console.shell import Shell
from cti_server.vocabulary.events import OperationNoted, Recorded
from cti_server.vocabulary.ids import ContactId
from tests.fakes.virtual_time import VirtualClock
from tests.unit.cti_server.console.test_console import FakeOperations

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\r\x08\u202e\u2028<ok>"
NOTED = OperationNoted(user=EVIL, door="ssh", peer=EVIL, line=f"{EVIL}\nsecond", outcome="done")


def harmless(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n")) and "<ok>" in text


@pytest.mark.parametrize(
    "answer",
    [
        Table(headings=("a", EVIL), rows=[(EVIL, Moment(1e300)), (EVIL, 1)]),
        Table(headings=("a",), rows=[], empty=EVIL),
        Told(text=EVIL, facts={"a": EVIL}),
        Refused(text=EVIL, code="x", facts={EVIL: [EVIL]}),
        EVIL,
    ],
)
@pytest.mark.parametrize("width", [None, 40])
def test_nothing_that_is_answered_acts_on_a_terminal(answer: Answer, width: int | None) -> None:
    assert all(line.isprintable() for line in as_text(answer, width).split("\n"))
    written = as_json(answer)
    assert written.isprintable()
    if not isinstance(answer, Table):
        assert json.loads(written)["text"] == EVIL


def test_a_contacts_life_and_live_events_show_data_without_acting_on_it() -> None:
    life = tell(ContactId(1), History([Recorded(1, 1000.0, None, NOTED)], []), 1000.0)
    assert harmless(life)
    assert "\nsecond" not in life
    lines: list[str] = []
    operations: Any = FakeOperations(VirtualClock())
    Tail(operations, {}, lines.append)
    operations.listeners[0]([Recorded(1, 1000.0, None, NOTED)])
    assert harmless(lines[0])
    assert "\n" not in lines[0]


@given(st.text(max_size=600))
@settings(max_examples=60, deadline=None)
def test_any_line_has_an_answer(line: str) -> None:
    operations: Any = FakeOperations(VirtualClock())
    found: list[Any] = []
    shell = Shell(operations, COMMANDS)
    shell.perform(line).addCallback(found.append)
    assert found[0].status in {0, 1, 2}
    shell.complete(line)
    shell.keeps(line)


@given(st.binary(max_size=200), st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_any_frame_is_taken_awaited_or_refused(body: bytes, length: int) -> None:
    for received in (bytearray(struct.pack(">I", length) + body), bytearray(struct.pack(">I", len(body)) + body)):
        try:
            taken = take(received, LONGEST_WISH)
        except FrameError:
            continue
        assert taken is None or isinstance(taken, dict)


@given(st.lists(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3), max_size=4), st.integers(1, 7))
@settings(max_examples=100, deadline=None)
def test_frames_come_out_however_they_are_cut(contents: list[dict[str, str]], size: int) -> None:
    wire = b"".join(map(encode, contents)) + b"\x00"
    received, taken = bytearray(), []
    for place in range(0, len(wire), size):
        received += wire[place : place + size]
        while (one := take(received, LONGEST_WISH)) is not None:
            taken.append(one)
    assert taken == json.loads(json.dumps(contents))


def test_a_deep_frame_is_refused() -> None:
    body = b"[" * 8000
    with pytest.raises(FrameError):
        take(bytearray(struct.pack(">I", len(body)) + body), LONGEST_WISH)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("show queues", True),
        ("help callback", True),
        ("callback create sales +4930123456", False),
        ("contact open email info@example.net mailto:a@b.c", False),
        ("contact open email info@example.net", True),
        ("callbak create sales +4930123456", False),
        ("callback create 'sales", False),
    ],
)
def test_lines_with_customers_numbers_are_not_kept(line: str, kept: bool) -> None:
    operations: Any = FakeOperations(VirtualClock())
    assert Shell(operations, COMMANDS).keeps(line) is kept


@pytest.mark.parametrize("line", ["agent ready anna", "tail", "top", "watch show links", "queue close sales", "quit"])
def test_what_changes_something_or_is_live_is_not_watched(line: str) -> None:
    operations: Any = FakeOperations(VirtualClock())
    found: list[Any] = []
    Shell(operations, COMMANDS).perform(f"watch {line}").addCallback(found.append)
    assert found[0].status == 2
    assert "cannot be watched" in found[0].text


def test_every_masked_argument_is_masked() -> None:
    for command in COMMANDS:
        words = [*command.words, *("secret" for _ in command.arguments)]
        try:
            wish = read(words, COMMANDS)
        except UsageError:
            continue
        if any(one.masked for one in command.arguments):
            assert wish.masked.count("***") == sum(one.masked for one in command.arguments)


def test_help_fits_one_screen() -> None:
    operations: Any = FakeOperations(VirtualClock())
    lines = Shell(operations, COMMANDS).help([]).split("\n")
    assert len(lines) <= 23
    assert max(map(len, lines)) < 80
