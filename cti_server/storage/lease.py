"""The writer lease: one process at a time writes a journal, over one connection of its own.

SQLite: a file lock (``flock``) on ``<database>.writer``, which the kernel drops with the process. PostgreSQL: an
advisory lock of the connection that writes, so that whoever has lost the connection has lost the lease as well.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from cti_server.storage.database import WRITES, database_faults
from cti_server.storage.errors import DatabaseError, LeaseTakenError

ADVISORY_KEY = 0x43414C4C
"""Key of PostgreSQL's advisory lock, one per database; the letters CALL."""

_HOLDER = text(
    "SELECT a.pid, coalesce(host(a.client_addr), 'this host') FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.objid = :key AND l.granted AND l.database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Writer:
    """Holds the lease, taken with the first write or by ``acquire``, and gives transactions that write."""

    def __init__(self, engine: Engine, file: Path | None) -> None:
        self._engine = engine
        self._lock_file = None if file is None else file.with_name(file.name + ".writer")
        self._lock: int | None = None
        self._connection: Connection | None = None

    def acquire(self) -> None:
        """Take the lease now.

        Raises:
            LeaseTakenError: another process has it.
            DatabaseError: the database cannot be reached.
        """
        with database_faults():
            self._held()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction that writes: durable when the block has ended, undone where it raised."""
        with database_faults():
            connection = self._held()
            try:
                with connection.begin():
                    yield connection
            finally:
                if connection.invalidated or connection.closed:
                    self._drop()

    def release(self) -> None:
        """Give the lease back."""
        self._drop()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _drop(self) -> None:
        if self._connection is not None:
            # Closed for good, not pooled: an advisory lock lives as long as its session.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _held(self) -> Connection:
        if self._connection is not None:
            return self._connection
        self._lock_sqlite()
        connection = self._engine.connect().execution_options(**{WRITES: True})
        try:
            if connection.dialect.name == "postgresql":
                self._lock_postgresql(connection)
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        self._connection = connection
        return connection

    def _lock_sqlite(self) -> None:
        if self._lock_file is None or self._lock is not None:
            return
        try:
            descriptor = os.open(self._lock_file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DatabaseError(f"the lock file {self._lock_file} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise LeaseTakenError(
                f"process {holder} already writes this journal (lock file {self._lock_file}); stop it first"
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._lock = descriptor

    def _lock_postgresql(self, connection: Connection) -> None:
        with connection.begin():
            if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}):
                return
            holder = connection.execute(_HOLDER, {"key": ADVISORY_KEY}).first()
        who = f"PostgreSQL session {holder[0]} from {holder[1]}" if holder is not None else "another session"
        raise LeaseTakenError(f"{who} already writes this journal; stop that server first")
