"""Backup and restore: from either database to either, while it is written to, whole or refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy

from cti_server.engine.state import State
from cti_server.storage import BackupError, JournalDamagedError, LeaseTakenError, Store
from cti_server.storage.backups import restoring as restoring_module
from cti_server.storage.backups import writing as backup_module
from cti_server.storage.backups.restoring import restore_files
from cti_server.storage.backups.writing import Manifest, verify
from cti_server.vocabulary.events import LinkCameUp, Recorded
from cti_server.vocabulary.ids import LinkName, PartyId
from tests.unit.cti_server.storage.altering import altered
from tests.unit.cti_server.storage.test_projections import several_contacts, whole

PARTIES = [(PartyId(1), "tel:+49 30 ä"), (PartyId(2), "tel:+49 89"), (PartyId(3), "mailto:x@example.org")]
NOW = 1_790_000_000.0


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    (folder / "secrets").mkdir(parents=True)
    (folder / "server.yaml").write_text("name: callwright\n")
    (folder / "secrets" / "users").write_bytes(b"\x00\xff")
    (folder / "secrets" / "users").chmod(0o600)
    (folder / "elsewhere").symlink_to("/etc/hostname")
    return folder


@pytest.fixture
def filled(store: Store) -> Store:
    rows = several_contacts()
    store.journal.append(rows, PARTIES)
    store.projections.advance()
    store.snapshots.save(3, State(seq=3))
    store.snapshots.save(len(rows), State(seq=len(rows)))
    store.erase("tel:+49 89")
    return store


def made(store: Store, tmp_path: Path, config: Path | None = None) -> Path:
    file = tmp_path / "backups" / "one.backup"
    store.back_up(file, config, NOW)
    return file


def test_everything_comes_back_in_either_database(filled: Store, other: Store, tmp_path: Path, config: Path) -> None:
    rows, right = several_contacts(), whole(filled)
    file = made(filled, tmp_path, config)
    told: list[tuple[int, int]] = []
    manifest = other.restore(file, replace=False, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (len(rows), len(rows))
    assert (manifest.rows, manifest.parties, manifest.files, manifest.made) == (len(rows), 3, 2, NOW)
    assert list(other.journal.read()) == rows
    assert other.journal.last() == filled.journal.last() == (manifest.rows, manifest.checksum)
    assert [other.queries.party(party) for party, _ in PARTIES] == [PARTIES[0][1], None, PARTIES[2][1]]
    assert other.snapshots.latest() == (len(rows), State(seq=len(rows)))
    assert other.queries.contacts() == []
    other.projections.advance()
    assert whole(other) == right
    other.journal.append([Recorded(len(rows) + 1, 1e9, None, LinkCameUp(link=LinkName("pbx")))])
    assert other.journal.verify() == len(rows) + 1


def test_the_file_is_private_verified_and_nothing_is_left_beside_it(filled: Store, tmp_path: Path) -> None:
    file = made(filled, tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    assert [each.name for each in file.parent.iterdir()] == ["one.backup"]
    assert isinstance(verify(file), Manifest)
    with pytest.raises(BackupError, match="is there already"):
        filled.back_up(file, None, NOW)


def test_it_is_of_one_moment_while_rows_are_added(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_module, "BATCH", 5)
    rows = len(several_contacts())

    def append(done: int, of: int) -> None:
        last = filled.journal.last_seq()
        filled.journal.append([Recorded(last + 1, 1e9, None, LinkCameUp(link=LinkName("pbx")))], [(PartyId(last), "x")])
        assert of == rows

    manifest = filled.back_up(tmp_path / "moving.backup", None, NOW, append)
    assert (manifest.rows, manifest.parties) == (rows, 3)
    assert filled.journal.last_seq() > rows
    assert verify(tmp_path / "moving.backup") == manifest


def test_an_empty_database_has_a_backup(store: Store, other: Store, tmp_path: Path) -> None:
    assert other.restore(made(store, tmp_path), replace=False).rows == 0
    assert other.journal.last_seq() == 0


def test_what_is_not_empty_is_replaced_only_on_demand(filled: Store, other: Store, tmp_path: Path) -> None:
    file = made(filled, tmp_path)
    mine = [Recorded(1, 5.0, None, LinkCameUp(link=LinkName("mine")))]
    other.journal.append(mine, [(PartyId(9), "tel:9")])
    with pytest.raises(BackupError, match="has a journal of 1 rows; with --replace they are deleted"):
        other.restore(file, replace=False)
    assert list(other.journal.read()) == mine
    other.restore(file, replace=True)
    assert list(other.journal.read()) == several_contacts()
    assert other.queries.party(PartyId(9)) is None


def test_a_database_that_a_server_writes_to_is_not_restored(filled: Store, tmp_path: Path, database_url: str) -> None:
    file = made(filled, tmp_path)
    with Store.open(database_url) as second, pytest.raises(LeaseTakenError):
        second.restore(file, replace=True)
    assert list(filled.journal.read()) == several_contacts()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE journal SET body = '{}' WHERE seq = 7", "row 7 of its journal is not what was written"),
        ("DELETE FROM journal WHERE seq = 7", "row 7 of its journal is not what was written"),
        ("DELETE FROM journal WHERE seq > 20", "is not whole"),
        ("UPDATE parties SET address = 'tel:1' WHERE party = 1", "is not whole"),
        ("DELETE FROM parties WHERE party = 3", "is not whole"),
        ("UPDATE snapshots SET body = x'00'", "is not whole"),
        (
            "UPDATE manifest SET value = 3 WHERE name = 'format'",
            "is a backup of form 3, this program reads forms up to 2",
        ),
        ("DELETE FROM manifest", "is a backup of form None"),
        ("DELETE FROM manifest WHERE name = 'rows'", "does not say what is in it"),
        ("DROP TABLE parties", "is no backup, or it is damaged"),
    ],
)
def test_what_is_not_whole_is_refused_before_anything_is_changed(tmp_path: Path, change: str, said: str) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store, Store.open(f"sqlite:///{tmp_path / 'b.db'}") as second:
        store.journal.append(several_contacts(), PARTIES)
        store.snapshots.save(4, State(seq=4))
        file = made(store, tmp_path)
        with closing(sqlite3.connect(file)) as copy:
            copy.execute(change)
            copy.commit()
        for act in (lambda: second.restore(file, replace=True), lambda: restore_files(file, tmp_path / "new")):
            with pytest.raises(BackupError, match=said):
                act()
        assert second.journal.last_seq() == 0
        assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00garbage", b"\x1f\x8b" + bytes(9000)])
def test_what_is_no_backup_is_a_clear_fault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BackupError, match="is no backup"):
        verify(tmp_path / "x")
    with pytest.raises(BackupError, match="there is no file"):
        verify(tmp_path / "y")


def test_a_damaged_journal_gives_no_backup(filled: Store, tmp_path: Path) -> None:
    with altered(filled) as connection:
        connection.execute(sqlalchemy.text("UPDATE journal SET at = 0 WHERE seq = 9"))
    with pytest.raises(JournalDamagedError, match="row 9"):
        made(filled, tmp_path)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_a_clear_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Store.open("sqlite://") as store, pytest.raises(BackupError, match="cannot be written"):
        store.back_up(tmp_path / "file" / "x", None, NOW)


def test_configuration_files_come_back_with_their_modes(tmp_path: Path, config: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        file = made(store, tmp_path, config)
    new = tmp_path / "new"
    assert sorted(each.relative_to(new).as_posix() for each in restore_files(file, new)) == [
        "secrets/users",
        "server.yaml",
    ]
    assert (new / "secrets" / "users").read_bytes() == b"\x00\xff"
    assert (new / "secrets" / "users").stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupError, match="is not empty"):
        restore_files(file, new)


@pytest.mark.parametrize("path", ["../x", "/tmp/x", "a/../../x", ""])
def test_a_file_that_would_go_elsewhere_is_refused(
    tmp_path: Path, config: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_module, "_files", lambda _config: [(path, 0o644, b"evil")])
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        file = made(store, tmp_path, config)
    with pytest.raises(BackupError, match="does not belong into a configuration"):
        restore_files(file, tmp_path / "new")
    assert not (tmp_path / "x").exists()


def test_the_rows_that_would_be_deleted_are_counted(filled: Store, other: Store, tmp_path: Path) -> None:
    file = made(filled, tmp_path)
    other.journal.append([Recorded(seq, 5.0, None, LinkCameUp(link=LinkName("mine"))) for seq in (1, 2, 3)])
    with pytest.raises(BackupError, match="has a journal of 3 rows; with --replace they are deleted and the backup"):
        other.restore(file, replace=False)


def test_what_does_not_come_in_whole_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store, Store.open(f"sqlite:///{tmp_path / 'b.db'}") as second:
        store.journal.append(several_contacts(), PARTIES)
        file = made(store, tmp_path)
        mine = [Recorded(1, 5.0, None, LinkCameUp(link=LinkName("mine")))]
        second.journal.append(mine)
        monkeypatch.setattr(
            restoring_module, "journal_rows", lambda copy: [next(backup_module.journal_rows(copy))[:-1]]
        )
        with pytest.raises(BackupError, match="what came into the database is not what the backup has"):
            second.restore(file, replace=True)
        assert list(second.journal.read()) == mine


def test_configuration_files_are_written_to_no_file(tmp_path: Path, config: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        file = made(store, tmp_path, config)
    (tmp_path / "taken").write_text("x")
    with pytest.raises(BackupError, match="is not empty"):
        restore_files(file, tmp_path / "taken")
    (tmp_path / "empty").mkdir()
    assert len(restore_files(file, tmp_path / "empty")) == 2
