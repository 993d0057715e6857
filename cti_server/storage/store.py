"""The store: one database with the journal, the snapshots, the parties and the reports tables."""

from pathlib import Path
from typing import Self

from sqlalchemy import Engine, text

from cti_server.storage.backups.restoring import restore
from cti_server.storage.backups.writing import Manifest, Progress, back_up, verify
from cti_server.storage.contracted.feed import wake
from cti_server.storage.database import database_faults, open_engine, sqlite_file
from cti_server.storage.journal import Journal
from cti_server.storage.lease import Writer
from cti_server.storage.pair import Candidate, Pair
from cti_server.storage.parties import Parties
from cti_server.storage.projections.rebuilding import Rebuild
from cti_server.storage.projections.runner import Projections
from cti_server.storage.queries import Queries
from cti_server.storage.retention.removing import Retention
from cti_server.storage.schema import prepare
from cti_server.storage.snapshots import Snapshots


class Store:
    """Journal, snapshots, parties, projections and queries over one database; everything blocks.

    The first write takes the writer lease, ``become_writer`` takes it at once; reading needs none.
    """

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer
        self.journal = Journal(engine, writer)
        self.snapshots = Snapshots(engine, writer)
        self.parties = Parties(engine, writer)
        self.projections = Projections(engine, writer)
        self.queries = Queries(engine)

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database at a SQLAlchemy URL, and make or migrate its schema.

        Raises:
            DatabaseError: it cannot be reached.
            SchemaTooNewError: a newer program has migrated it.
            LeaseTakenError: it must be migrated while another process writes.
        """
        engine = open_engine(url)
        writer = Writer(engine, sqlite_file(url))
        try:
            prepare(engine, writer)
        except BaseException:
            writer.release()
            engine.dispose()
            raise
        return cls(engine, writer)

    def become_writer(self) -> None:
        """Take the writer lease now.

        Raises:
            LeaseTakenError: another process has it.
            JournalDamagedError: the end of the journal is missing, so that nothing may be added to it.
            DatabaseError: the database cannot be reached.
        """
        self._writer.acquire()
        self.journal.check_tail()

    def pair(self, candidate: Candidate) -> Pair:
        """Become one of two servers, of which the one that holds the lease writes; until then this one only reads.

        Raises:
            DatabaseError: the database is not PostgreSQL.
        """
        return Pair(self._engine, self._writer, candidate)

    def rebuild(self) -> Rebuild:
        """Begin to fold the projections anew beside the live ones."""
        return Rebuild(self._engine, self._writer)

    def retention(self, before: float, now: float) -> Retention:
        """Begin to remove the journal's rows from before a moment, as far as nobody needs them."""
        return Retention(self._engine, self._writer, before, now)

    def back_up(self, target: Path, config: Path | None, now: float, progress: Progress | None = None) -> Manifest:
        """Write a backup of the database, and of the files in ``config``; see `storage.backups.writing.back_up`."""
        return back_up(self._engine, target, config, now, progress)

    def restore(self, file: Path, *, replace: bool, progress: Progress | None = None) -> Manifest:
        """Bring a backup into this database; see `storage.backups.restoring.restore`."""
        try:
            return restore(self._writer, file, replace=replace, progress=progress)
        finally:
            self.journal = Journal(self._engine, self._writer)  # which knows nothing of what was there before

    @staticmethod
    def verify_backup(file: Path) -> Manifest:
        """Hold a backup to its check sums; see `storage.backups.writing.verify`."""
        return verify(file)

    def size(self) -> int:
        """Give how many bytes the database takes on its disk."""
        with database_faults(), self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
            pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)
            return pages * int(connection.exec_driver_sql("PRAGMA page_size").scalar() or 0)

    def erase(self, address: str) -> int:
        """Erase a customer's address everywhere; give how many parties had it."""
        return self.parties.erase(address)

    def wake_followers(self) -> None:
        """Tell followers of the change feed that there is something new."""
        wake(self._engine)

    def close(self) -> None:
        """Give the lease back and close all connections."""
        self._writer.release()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
