"""Every kind of event as every release wrote it: it is still read, and says what it said."""

import json
from pathlib import Path
from typing import Any

import pytest

from cti_server.storage import Store
from cti_server.storage.codec import KINDS, UPGRADES, decode_event, encode_event
from cti_server.vocabulary.events import Event
from tests.recordings.__main__ import FOLDER, written
from tests.recordings.kinds import every_kind

FILES = sorted(FOLDER.glob("kinds_*.jsonl"))
RECORDED = [
    pytest.param(json.loads(line), id=f"{file.stem}-{json.loads(line)['kind']}")
    for file in FILES
    for line in file.read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", RECORDED)
def test_what_a_release_wrote_is_read(row: dict[str, Any]) -> None:
    event = decode_event(row["kind"], row["version"], row["body"])
    kind, version, body = encode_event(event)
    assert (kind, version) == (row["kind"], KINDS[row["kind"]].VERSION)
    if version == row["version"]:
        now, then = json.loads(body), json.loads(row["body"])
        lost = [name for name in then if name not in now]
        assert not lost, f"{lost} of {kind} went without a new version and an upgrade"
        assert without_later_fields(now, then) == then


def without_later_fields(now: Any, then: Any) -> Any:
    """What is written now, less the fields that records had not then, however deep they stand."""
    match now, then:
        case dict(), dict():
            return {name: without_later_fields(value, then[name]) for name, value in now.items() if name in then}
        case list(), list() if len(now) == len(then):
            return [without_later_fields(*pair) for pair in zip(now, then, strict=True)]
        case _:
            return now


def test_fields_that_are_younger_are_all_that_may_differ() -> None:
    then = {"a": [{"b": 1}], "c": {"d": ""}}
    assert without_later_fields({"a": [{"b": 1, "late": ""}], "c": {"d": ""}, "late": 2}, then) == then
    for other in (
        {"a": [{"b": 2}], "c": {"d": ""}},
        {"a": [{}], "c": {"d": ""}},
        {"a": [], "c": {"d": ""}},
        {"a": then},
    ):
        assert without_later_fields(other, then) != then


def test_every_kind_of_today_is_recorded() -> None:
    recorded = {param.values[0]["kind"] for param in RECORDED}
    missing = set(KINDS) - recorded
    assert not missing, f"python -m tests.recordings adds {sorted(missing)}"
    assert recorded <= set(KINDS), "a kind that was once written can be read for ever"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_old_version_has_an_upgrade(kind: str) -> None:
    missing = [version for version in range(1, KINDS[kind].VERSION) if (kind, version) not in UPGRADES]
    assert not missing


def test_a_journal_of_every_kind_goes_through_the_store(tmp_path: Path) -> None:
    rows = every_kind()
    with Store.open(f"sqlite:///{tmp_path / 'all.db'}") as store:
        store.journal.append(rows)
        assert list(store.journal.read()) == rows
        assert store.journal.verify() == len(KINDS)
        store.back_up(tmp_path / "all.backup", None, 0.0)
        with Store.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
            other.restore(tmp_path / "all.backup", replace=False)
            assert list(other.journal.read()) == rows


def test_every_field_is_filled_where_it_can_be() -> None:
    empty = [
        f"{type(row.event).__name__}.{name}"
        for row in every_kind()
        for name, value in vars_of(row.event).items()
        if value is None or value in ("", (), {}, [])
    ]
    assert empty == []


def vars_of(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__}


def test_a_file_of_a_release_is_never_written_over(tmp_path: Path) -> None:
    target = tmp_path / "kinds" / "kinds_1.jsonl"
    assert written(target, anew=False)
    lines = target.read_text().splitlines()
    assert not written(target, anew=False)
    old = json.dumps({**json.loads(lines[0]), "body": '{"old":1}'})
    target.write_text("\n".join([old, *lines[2:]]) + "\n")
    assert written(target, anew=False)
    assert target.read_text().splitlines() == [json.dumps(json.loads(old)), *lines[1:]]
