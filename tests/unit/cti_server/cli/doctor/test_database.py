"""What ``callwright doctor`` says of the database: what it is, its room, who writes it, and whether it is whole."""

import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cti_server.cli.doctor import database as module
from cti_server.cli.doctor.database import database
from cti_server.cli.doctor.here import machine
from cti_server.settings import ServerSettings
from cti_server.settings.supervision.standby import StandbySettings
from cti_server.storage import Store
from cti_server.storage.inspection import Growth, LeaseFacts, PostgresFacts, SqliteFacts
from cti_server.vocabulary.events import OperationNoted, Recorded
from program.findings import Finding

GROWTH = Growth(rows=100_000, daily_rows=10_000, octets=2**30)
SQLITE = SqliteFacts(
    file=Path("callwright.db"), size=2**30, wal=4 * 2**20, free=900 * 2**30, total=2**40, writer=0, growth=GROWTH
)
LEASE = LeaseFacts(token=7, holder="", address="", since=7300.0, renewed=7300.0, rest=-1.0, session="")
POSTGRES = PostgresFacts(
    version="15.8",
    number=150_008,
    size=2**30,
    disk=None,
    connections=97,
    used=12,
    durable=(),
    replica=False,
    lease=LEASE,
    growth=GROWTH,
)
PAIRED = replace(LEASE, holder="one", address="192.0.2.1", renewed=0.4, rest=4.6)


def settings(folder: Path, url: str = "", **more: object) -> ServerSettings:
    return ServerSettings(data=folder, database=url or f"sqlite:///{folder / 'callwright.db'}", **more)


def written(settings: ServerSettings, rows: int, *, ago: float = 0.0) -> None:
    """A journal of so many rows, evenly over the time that it reaches back."""
    now = time.time()
    noted = OperationNoted(user="anna", door="ssh", peer="::1", line="show queues", outcome="done")
    with Store.open(settings.database) as store:
        store.journal.append(
            [Recorded(seq, now - ago * (rows - seq) / rows, None, noted) for seq in range(1, rows + 1)]
        )


def found(findings: list[Finding]) -> dict[str, Finding]:
    return {one.what: one for one in findings}


def looked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, facts: object, **more: object) -> dict[str, Finding]:
    """What is said of a database with these facts."""
    monkeypatch.setattr(module, "inspect", lambda _url, _now: facts)
    one = settings(tmp_path)
    Store.open(one.database).close()
    return found(list(database(one.model_copy(update=more))))


def test_a_database_that_is_not_there_yet_is_left_to_the_server(tmp_path: Path) -> None:
    (one,) = database(settings(tmp_path / "data"))
    assert one.good
    assert one.text == f"sqlite: {tmp_path / 'data' / 'callwright.db'} is not there yet; the first start makes it"
    assert list(tmp_path.iterdir()) == []
    disk = next(found for found in machine(tmp_path / "data") if found.what == "disk")
    assert disk.good or "free" in disk.text
    assert list(tmp_path.iterdir()) == []


def test_a_new_database_has_nothing_bad(tmp_path: Path) -> None:
    Store.open(settings(tmp_path).database).close()
    findings = list(database(settings(tmp_path)))
    assert [str(one) for one in findings if not one.good] == []
    said = found(findings)
    assert list(said) == ["database", "sqlite", "room", "journal", "reports"]
    assert said["database"].text.startswith("sqlite, 0 journal rows, ")
    assert "nobody writes it now" in said["sqlite"].text
    assert "not known yet" in said["room"].text


def test_size_growth_and_writer_are_told(tmp_path: Path) -> None:
    one = settings(tmp_path)
    written(one, 2000, ago=2 * 86_400.0)
    with Store.open(one.database) as store:
        store.become_writer()
        said = found(list(database(one)))
    assert said["journal"].text == "all 2000 rows fit their check sums"
    assert said["room"].text.startswith(("1000 rows a day, ", "1001 rows a day, ", "999 rows a day, "))
    assert "enough for years" in said["room"].text


def test_a_young_journal_is_taken_to_go_on_as_it_began(tmp_path: Path) -> None:
    one = settings(tmp_path)
    written(one, 1200, ago=7200.0)
    daily = int(found(list(database(one)))["room"].text.partition(" ")[0])
    assert daily == pytest.approx(14_400, rel=0.02)


def test_the_newest_rows_are_verified_and_all_with_deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEWEST", 100)
    one = settings(tmp_path)
    written(one, 300)
    assert found(list(database(one)))["journal"].text == "the newest 100 rows fit their check sums (--deep: all)"
    told: list[tuple[int, int]] = []
    deep = list(database(one, deep=True, progress=lambda done, of: told.append((done, of))))
    assert found(deep)["journal"].text == "all 300 rows fit their check sums"
    assert told == [(300, 300)]


@pytest.mark.parametrize(("row", "shallow"), [(250, False), (150, True)])
def test_a_row_that_was_changed_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: int, shallow: bool
) -> None:
    monkeypatch.setattr(module, "NEWEST", 100)
    one = settings(tmp_path)
    written(one, 300)
    connection = sqlite3.connect(tmp_path / "callwright.db")
    with connection:
        connection.execute("UPDATE journal SET body = replace(body, 'anna', 'emma') WHERE seq = ?", (row,))
    connection.close()
    assert found(list(database(one)))["journal"].good is shallow
    deep = found(list(database(one, deep=True)))["journal"]
    assert not deep.good
    assert f"{row} is damaged" in deep.text
    assert "docs/storage.md" in deep.text


def test_a_write_ahead_log_that_is_not_folded_in_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked(monkeypatch, tmp_path, SQLITE)["sqlite"].good
    said = looked(monkeypatch, tmp_path, replace(SQLITE, wal=300 * 2**20, writer=4711))["sqlite"]
    assert not said.good
    assert "300.0 MiB; process 4711 writes it" in said.text


def test_room_for_less_than_a_month_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "enough for 900 days" in looked(monkeypatch, tmp_path, SQLITE)["room"].text
    said = looked(monkeypatch, tmp_path, replace(SQLITE, free=20 * 2**30))["room"]
    assert not said.good
    assert "enough for 20 days: give it a larger disk" in said.text
    assert "df on the database's machine" in looked(monkeypatch, tmp_path, POSTGRES)["room"].text


@pytest.mark.parametrize(
    ("facts", "what", "said"),
    [
        (replace(POSTGRES, number=120_020, version="12.20"), "postgresql", "take 13 or newer"),
        (replace(POSTGRES, replica=True), "postgresql", "target_session_attrs=read-write"),
        (replace(POSTGRES, durable=("fsync", "synchronous_commit")), "postgresql", "fsync, synchronous_commit = off"),
        (replace(POSTGRES, used=80), "connections", "80 of 97 in use, 32 should be free: raise max_connections"),
    ],
)
def test_a_server_that_does_not_do_is_told_with_what_to_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: PostgresFacts, what: str, said: str
) -> None:
    assert all(one.good for one in looked(monkeypatch, tmp_path, POSTGRES).values())
    one = looked(monkeypatch, tmp_path, facts)[what]
    assert not one.good
    assert said in one.text


@pytest.mark.parametrize(
    ("lease", "paired", "good", "said"),
    [
        (None, False, True, "row is missing"),
        (LEASE, False, True, "free: no server writes now (token 7)"),
        (replace(LEASE, session="PostgreSQL session 12 from this host"), False, True, "writes alone, since 2 h"),
        (PAIRED, True, True, "one at 192.0.2.1 has it since 2 h, renewed 0.4 s ago, token 7"),
        (replace(PAIRED, rest=-300.0, renewed=305.0), True, False, "renewed last 5 min ago: no server acts now"),
        (replace(PAIRED, rest=-300.0, renewed=305.0), False, True, "free"),
    ],
)
def test_who_holds_the_lease_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lease: LeaseFacts | None, paired: bool, good: bool, said: str
) -> None:
    standby = StandbySettings(name="one", address="192.0.2.1") if paired else None
    one = looked(monkeypatch, tmp_path, replace(POSTGRES, lease=lease), standby=standby)["lease"]
    assert one.good is good
    assert said in one.text


def test_a_database_that_is_not_there_says_why(tmp_path: Path) -> None:
    (one,) = database(settings(tmp_path, "postgresql://nobody@127.0.0.1:1/none"))
    assert not one.good
    assert one.text.startswith("postgresql: ")
