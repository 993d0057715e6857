"""Disks that are full and databases that go away, for real: nothing of it is a mock."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy

from cti_server.storage import DatabaseError, Store
from cti_server.storage.spill import SPILL, SpillError, SpillFile, take_in
from cti_server.vocabulary.events import LinkWentDown, Recorded
from cti_server.vocabulary.ids import LinkName
from tests.fakes.postgres import PostgresServer, postgres_server, run

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

WIDE = "x" * 10_000


def row(seq: int) -> Recorded:
    return Recorded(seq, float(seq), seq - 1 or None, LinkWentDown(link=LinkName("pbx"), reason=WIDE))


@contextmanager
def small_disk(kilobytes: int) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    with tempfile.TemporaryDirectory(prefix="callwright-disk-") as folder:
        mounting = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder]
        if subprocess.run(mounting, check=False, capture_output=True).returncode:
            pytest.skip("this account may not mount a file system")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def test_a_full_disk_loses_nothing_that_was_acknowledged_and_goes_on_when_there_is_room() -> None:
    with small_disk(2048) as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(900_000))
        with Store.open(f"sqlite:///{disk / 'callwright.db'}") as store:
            store.become_writer()
            durable = 0
            with pytest.raises(DatabaseError, match="full"):  # noqa: PT012 - as many as there is room for
                for seq in range(1, 1000):
                    store.journal.append([row(seq)])
                    durable = seq
            assert durable > 10
            assert store.journal.verify() == durable
            for _ in range(3):
                with pytest.raises(DatabaseError, match="full"):
                    store.journal.append([row(durable + 1)])
            ballast.unlink()
            store.journal.append([row(seq) for seq in range(durable + 1, durable + 11)])
            assert store.journal.verify() == durable + 10


def test_a_full_disk_leaves_whole_lines_in_the_spill_file(tmp_path: Path) -> None:
    with small_disk(512) as disk:
        spill, kept = SpillFile(disk / SPILL), 0
        with pytest.raises(SpillError, match="No space left"):  # noqa: PT012 - as many as there is room for
            for first in range(1, 1000, 3):
                spill.append([row(seq) for seq in range(first, first + 3)])
                kept = first + 2
        spill.close()
        with Store.open(f"sqlite:///{tmp_path / 'x.db'}") as store:
            assert take_in(store.journal, disk / SPILL) == kept
            assert store.journal.verify() == kept


def stop(server: PostgresServer) -> None:
    run([*server.account, str(server.programs / "pg_ctl"), "-D", str(server.data), "stop", "-m", "fast", "-w"])


def start(server: PostgresServer) -> None:
    options = f"-k {server.socket} -p {server.port} -c listen_addresses= -c shared_buffers=16MB"
    log = str(server.data / "log")
    command = [str(server.programs / "pg_ctl"), "-D", str(server.data), "-l", log, "-o", options, "start", "-w"]
    run([*server.account, *command])


def kill_connections(store: Store) -> None:
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
    engine = sqlalchemy.create_engine(store._engine.url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(kill + "AND datname = current_database()"))
    engine.dispose()


def test_a_database_that_is_stopped_and_started_again_is_taken_up_again() -> None:
    with postgres_server() as server, Store.open(server.new_database()) as store:
        store.journal.append([row(1)])
        stop(server)
        for _ in range(3):
            with pytest.raises(DatabaseError):
                store.journal.append([row(2), row(3)])
        start(server)
        try:
            appended(store, [row(2), row(3)])
            kill_connections(store)
            appended(store, [row(3), row(4)])
            assert store.journal.verify() == 4
        finally:
            stop(server)


def appended(store: Store, rows: list[Recorded]) -> None:
    """As the pump does it: tried again until it is taken; the first tries may meet connections that are dead."""
    for attempt in range(5):
        try:
            store.journal.append(rows)
        except DatabaseError:
            assert attempt < 4
        else:
            return
