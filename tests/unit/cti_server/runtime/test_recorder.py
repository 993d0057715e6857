"""The storage thread's side: what is loaded equals what was appended, with and without snapshots."""

from pathlib import Path

import pytest

from cti_server.engine.engine import Engine
from cti_server.runtime.recorder import Recorder
from cti_server.storage.store import Store
from cti_server.vocabulary.commands import LoadPlan, LogAgentOn, SetAgentReady
from cti_server.vocabulary.ids import AgentId, DeviceNumber
from cti_server.vocabulary.values import Origin
from tests.unit.cti_server.runtime.test_pump import ANNA, PLAN


def decide(engine: Engine) -> list[object]:
    rows: list[object] = []
    for at, command in enumerate(
        (
            LoadPlan(plan=PLAN),
            LogAgentOn(agent=ANNA, device=DeviceNumber("7101"), origin=Origin.PHONE),
            SetAgentReady(agent=AgentId("anna"), origin=Origin.PHONE),
        )
    ):
        rows.extend(engine.handle(command, 1000.0 + at).events)
    return rows


@pytest.mark.parametrize("every", [1, 2, 1000])
def test_what_is_loaded_is_what_was_decided(tmp_path: Path, every: int) -> None:
    engine = Engine()
    rows = decide(engine)
    with Store.open(f"sqlite:///{tmp_path / 'db'}") as store:
        recorder = Recorder(store, snapshot_every=every)
        assert recorder.load()[0] == 0
        for row in rows:
            recorder.append([row], [])  # type: ignore[list-item]
        assert recorder.load() == (len(rows), engine.state)
        recorder.advance()
        saved = recorder.save()
        assert saved == (None if every == 1 else len(rows)) or store.snapshots.latest() == (len(rows), engine.state)
        assert Recorder(store).load() == (len(rows), engine.state)


def test_rows_that_come_again_after_a_fault_are_folded_once(tmp_path: Path) -> None:
    engine = Engine()
    rows = decide(engine)
    with Store.open(f"sqlite:///{tmp_path / 'db'}") as store:
        recorder = Recorder(store)
        recorder.load()
        recorder.append(rows, [])  # type: ignore[arg-type]
        recorder.append(rows, [])  # type: ignore[arg-type]
        recorder.save()
        assert store.snapshots.latest() == (len(rows), engine.state)


def test_a_fault_in_the_shadow_fails_no_append(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    rows = decide(engine)
    with Store.open(f"sqlite:///{tmp_path / 'db'}") as store:
        recorder = Recorder(store, snapshot_every=1)
        recorder.load()

        def broken(_seq: int, _state: object) -> None:
            raise OSError("no space for a snapshot")

        monkeypatch.setattr(store.snapshots, "save", broken)
        recorder.append(rows, [])  # type: ignore[arg-type]
        assert store.journal.last_seq() == len(rows)
        while recorder.advance():
            pass
        assert store.projections.lag() == 0
        monkeypatch.undo()
        assert recorder.save() == len(rows)


def test_no_append_waits_for_a_snapshot(tmp_path: Path) -> None:
    engine = Engine()
    rows = decide(engine)
    with Store.open(f"sqlite:///{tmp_path / 'db'}") as store:
        recorder = Recorder(store, snapshot_every=2)
        recorder.load()
        recorder.append(rows, [])  # type: ignore[arg-type]
        assert store.snapshots.latest() is None
        assert recorder.advance()  # the snapshot, and the projections are still to come
        assert store.snapshots.latest() == (len(rows), engine.state)
        assert store.projections.lag() == len(rows)
        assert not recorder.advance()
        assert store.projections.lag() == 0
