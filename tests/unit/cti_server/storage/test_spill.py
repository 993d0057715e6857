"""The spill file: what was added is taken in at the next start, once, whatever the kill left of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cti_server.storage import DatabaseError, Store
from cti_server.storage import spill as spill_module
from cti_server.storage.spill import SPILL, SpillError, SpillFile, SpillPlace, take_in
from cti_server.vocabulary.events import LinkCameUp, Recorded
from cti_server.vocabulary.ids import LinkName, PartyId
from tests.unit.cti_server.storage import journals as j

ROWS = j.offered_twice_and_answered()
PARTIES = [(PartyId(1), "tel:+49 30 \u00e4")]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SpillFile]:
    spill = SpillFile(tmp_path / SPILL)
    yield spill
    spill.close()


def test_what_was_spilled_is_taken_in_with_its_parties(store: Store, file: SpillFile) -> None:
    store.journal.append(ROWS[:3])
    file.append(ROWS[3:6], PARTIES)
    file.append(ROWS[6:])
    file.close()
    assert file.path.stat().st_mode & 0o077 == 0
    assert take_in(store.journal, file.path) == 9
    assert list(store.journal.read()) == ROWS
    assert store.queries.party(PartyId(1)) == PARTIES[0][1]
    assert store.journal.verify() == 12
    assert not file.path.exists()
    assert take_in(store.journal, file.path) == 0


def test_what_this_run_has_spilled_can_be_read_portion_by_portion(
    file: SpillFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spill_module, "TAKEN_AT_ONCE", 3)
    monkeypatch.setattr(spill_module, "READ_BYTES", 64)  # less than a line
    first = file.append(ROWS[:5], PARTIES)
    later = file.append(ROWS[5:])
    assert first == SpillPlace()
    read, parties, place = list[Recorded](), list[tuple[PartyId, str]](), first
    while (found := file.read(place)).place != place:
        read, parties, place = [*read, *found.rows], [*parties, *found.parties], found.place
    assert (read, parties) == (ROWS, PARTIES)
    assert file.read(later).rows[0] == ROWS[5]


def test_a_spill_file_that_was_changed_or_is_gone_is_not_read(file: SpillFile) -> None:
    place = file.append(ROWS)
    data = file.path.read_bytes()
    file.path.write_bytes(data.replace(b'"seq":3', b'"seq":8', 1))
    with pytest.raises(SpillError, match="is damaged at byte"):
        file.read(place)
    file.remove()
    with pytest.raises(SpillError, match="is not there any more"):
        file.read(place)


def test_rows_that_the_journal_has_after_all_are_passed_over(store: Store, file: SpillFile) -> None:
    store.journal.append(ROWS[:8])
    file.append(ROWS[3:])
    assert take_in(store.journal, file.path) == 9
    assert list(store.journal.read()) == ROWS


@pytest.mark.parametrize("torn", [1, 5, 40])
def test_a_torn_last_line_is_left_out(file: SpillFile, torn: int) -> None:
    file.append(ROWS)
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:-torn])
    with Store.open("sqlite://") as store, capture_logs() as logs:
        assert take_in(store.journal, file.path) == 11
        assert list(store.journal.read()) == ROWS[:-1]
    assert [each["line"] for each in logs if each["log_level"] == "error"] == [12]


def test_a_line_that_was_changed_or_is_missing_ends_it(file: SpillFile) -> None:
    file.append(ROWS)
    lines = file.path.read_bytes().splitlines(keepends=True)
    file.path.write_bytes(b"".join([*lines[:4], *lines[5:]]))
    with Store.open("sqlite://") as store:
        assert take_in(store.journal, file.path) == 4


def test_rows_that_contradict_the_journal_are_set_aside_loudly(store: Store, file: SpillFile) -> None:
    store.journal.append(ROWS[:3])
    store.journal.append([Recorded(4, 121.5, None, LinkCameUp(link=LinkName("pbx")))])
    for number in (1, 2):
        file.append(ROWS[3:])
        file.close()
        with capture_logs() as logs:
            assert take_in(store.journal, file.path) == 0
        aside = file.path.with_name(f"{SPILL}.{number}")
        assert [(each["log_level"], each["file"]) for each in logs] == [("critical", str(aside))]
        assert aside.exists()
    assert store.journal.last_seq() == 4


def test_a_file_stays_where_the_database_fails(file: SpillFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.append(ROWS)

    def gone(*_: object) -> None:
        raise DatabaseError("the database failed: gone")

    with Store.open("sqlite://") as store:
        monkeypatch.setattr(store.journal, "append", gone)
        with pytest.raises(DatabaseError):
            take_in(store.journal, file.path)
        monkeypatch.undo()
        assert take_in(store.journal, file.path) == 12


def test_a_file_that_nobody_took_in_is_never_written_over(tmp_path: Path) -> None:
    former, later = SpillFile(tmp_path / SPILL), SpillFile(tmp_path / SPILL)
    former.append(ROWS)
    former.close()
    with capture_logs() as logs:
        later.append(ROWS[:2])
    later.close()
    assert [each["file"] for each in logs] == [str(tmp_path / f"{SPILL}.1")]
    with Store.open("sqlite://") as store:
        assert take_in(store.journal, tmp_path / f"{SPILL}.1") == 12


def test_one_that_was_removed_begins_anew(file: SpillFile) -> None:
    file.append(ROWS[:6])
    file.remove()
    assert not file.path.exists()
    file.append(ROWS[:2])
    with Store.open("sqlite://") as store:
        assert take_in(store.journal, file.path) == 2


def test_a_full_disk_is_a_clear_fault_and_leaves_whole_lines(file: SpillFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.append(ROWS[:6])

    def full(descriptor: int, data: memoryview) -> int:
        written = original(descriptor, data[:10])
        monkeypatch.setattr(spill_module.os, "write", no_more)
        return written

    def no_more(_descriptor: int, _data: memoryview) -> int:
        raise OSError(28, "No space left on device")

    original = spill_module.os.write
    monkeypatch.setattr(spill_module.os, "write", full)
    with pytest.raises(SpillError, match="No space left on device"):
        file.append(ROWS[6:])
    monkeypatch.undo()
    file.append(ROWS[6:8])
    with Store.open("sqlite://") as store:
        assert take_in(store.journal, file.path) == 8


def test_a_place_that_cannot_be_written_to_is_a_clear_fault(tmp_path: Path) -> None:
    with pytest.raises(SpillError, match="No such file or directory"):
        SpillFile(tmp_path / "none" / SPILL).append(ROWS)


def test_one_that_was_never_written_is_removed_all_the_same(file: SpillFile) -> None:
    file.remove()
    file.append(ROWS[:2])
    file.remove()
    file.remove()
    assert not file.path.exists()


def test_what_was_added_is_on_the_disk_before_that_is_told(file: SpillFile, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []

    def fdatasync(_descriptor: int) -> None:
        synced.append(file.path.read_bytes())

    monkeypatch.setattr(spill_module.os, "fdatasync", fdatasync)
    file.append(ROWS[:2])
    file.append(ROWS[2:5])
    assert [content.count(b"\n") for content in synced] == [2, 5]
    assert synced[-1] == file.path.read_bytes()


def test_a_write_that_failed_leaves_nothing_in_the_file(file: SpillFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.append(ROWS[:2])
    before = file.path.read_bytes()

    def fdatasync(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as failing:
        failing.setattr(spill_module.os, "fdatasync", fdatasync)
        with pytest.raises(SpillError, match="No space left"):
            file.append(ROWS[2:5])
    assert file.path.read_bytes() == before
    file.append(ROWS[2:3])
    assert file.path.read_bytes().startswith(before)
    assert file.path.read_bytes().count(b"\n") == 3


def test_a_file_that_was_left_is_held_open_no_more(file: SpillFile) -> None:
    file.append(ROWS[:2])
    assert file.path in held()
    file.close()
    assert file.path not in held()


def held() -> set[Path]:
    """The files that this process has open."""
    return {each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()}
