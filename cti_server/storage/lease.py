"""The writer lease: one process at a time writes a journal, over one connection of its own.

SQLite: a file lock (``flock``) on ``<database>.writer``, which the kernel drops with the process. PostgreSQL: a row of
the table ``lease`` whose ``token`` rises with each new writer. Every transaction that writes holds that row under its
own token, so that a former writer which wakes up late can append nothing. Who may take the row is a question of

* an advisory lock of the connection that writes, for a server that stands alone: whoever has lost the connection has
  lost the lease, and who is started anew has it at once;
* a time that the holder puts off again and again, for a pair of servers (`cti_server.storage.pair`): an advisory lock
  would outlive a server that is cut off from the database by minutes.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from cti_server.storage.database import WRITES, database_faults
from cti_server.storage.errors import DatabaseError, LeaseLostError, LeaseTakenError

ADVISORY_KEY = 0x43414C4C
"""Key of PostgreSQL's advisory lock, one per database; the letters CALL."""

STANDSTILL_SECONDS = 2
"""A transaction of a pair's server that does nothing for so long is undone by PostgreSQL: its process hangs, and the
row that it holds must be free when the other server takes over."""

WRITER_SESSION = "callwright writer"
"""By which name PostgreSQL shows the connection of a pair's writer."""

_HOLDER = text(
    "SELECT a.pid, coalesce(host(a.client_addr), 'this host') FROM pg_locks l JOIN pg_stat_activity a ON a.pid = "
    "l.pid WHERE l.locktype = 'advisory' AND l.objid = :key AND l.granted AND l.database = (SELECT oid FROM "
    "pg_database WHERE datname = current_database())"
)
_HELD = text("SELECT 1 FROM lease WHERE name = 'writer' AND token = :token AND since = :since FOR KEY SHARE")
_TAKE_ALONE = text(
    "UPDATE lease SET token = token + 1, holder = '', address = '', expires_at = 0, offered_to = '', since = "
    "extract(epoch FROM clock_timestamp()), renewed_at = extract(epoch FROM clock_timestamp()) WHERE name = "
    "'writer' AND expires_at <= extract(epoch FROM clock_timestamp()) RETURNING token, since"
)
_MAKE_WHOLE = text(
    "INSERT INTO lease (name, token, holder, address, since, renewed_at, expires_at, offered_to, offered_until) SELECT "
    "'writer', coalesce(max(token), 0) + 1, '', '', 0, 0, 0, '', 0 FROM journal ON CONFLICT (name) DO NOTHING"
)
_WHO = text("SELECT holder, address FROM lease WHERE name = 'writer'")


class Writer:
    """Holds the lease, taken with the first write or by ``acquire``, and gives transactions that write."""

    def __init__(self, engine: Engine, file: Path | None) -> None:
        self._engine = engine
        self._lock_file = None if file is None else file.with_name(file.name + ".writer")
        self._lock: int | None = None
        self._connection: Connection | None = None
        self._paired = False
        self._token = 0
        self._since = 0.0
        self._session = 0

    @property
    def session(self) -> int:
        """Rises with each connection and each token: what was known of the database before may be true no more.

        A database that has failed over to a copy may lack the last rows, and another server may have written meanwhile.
        """
        return self._session

    @property
    def since(self) -> float:
        """When the token was given out, by the database's clock.

        It tells two tokens of the same number apart, which a copy of the database that lost the first one gives out.
        """
        return self._since

    @property
    def token(self) -> int:
        """The token under which this process writes; 0 before it has one, and with SQLite always."""
        return self._token

    def acquire(self) -> None:
        """Take the lease now.

        Raises:
            LeaseTakenError: another process has it.
            LeaseLostError: another process took over since it was ours.
            DatabaseError: the database cannot be reached.
        """
        with database_faults():
            self._held()

    def pair(self) -> None:
        """Write from now on only under a token that is handed to `take_token`; what was held alone is given back."""
        self.release()
        self._paired, self._token = True, 0

    def take_token(self, token: int, since: float = 0.0) -> None:
        """Write under this token of a pair's lease, given out at ``since``; 0 takes the right to write away."""
        self._token, self._since = token, since
        self._session += 1

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction that writes: durable when the block has ended, undone where it raised.

        Raises:
            LeaseLostError: another process writes under a newer token; nothing was written.
            LeaseTakenError: another process has the lease, and this one never had it.
            DatabaseError: the database failed.
        """
        with database_faults():
            connection = self._held()
            try:
                with connection.begin():
                    self._fence(connection)
                    yield connection
            finally:
                if connection.invalidated or connection.closed:
                    self._drop()

    def release(self) -> None:
        """Give the lease back; that of a pair runs out by itself, or is given back by `pair.Pair.release`."""
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
        if self._paired and not self._token:
            raise LeaseLostError("this server does not hold the lease: it may not write")
        if self._connection is None:
            self._connection = self._connect()
        if self._connection.dialect.name == "postgresql" and not self._token:
            with self._connection.begin():
                token, since = _take_alone(self._connection)
            self._token, self._since = token, since
        return self._connection

    def _connect(self) -> Connection:
        self._lock_sqlite()
        self._session += 1
        connection = self._engine.connect().execution_options(**{WRITES: True})
        try:
            if connection.dialect.name == "postgresql":
                self._set_up_postgresql(connection)
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        return connection

    def _fence(self, connection: Connection) -> None:
        if not self._token or connection.scalar(_HELD, {"token": self._token, "since": self._since}):
            return
        raise LeaseLostError(f"another server writes this journal now; the token {self._token} counts no more")

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

    def _set_up_postgresql(self, connection: Connection) -> None:
        with connection.begin():
            if self._paired:
                connection.execute(text(f"SET application_name = '{WRITER_SESSION}'"))
                connection.execute(text(f"SET idle_in_transaction_session_timeout = '{STANDSTILL_SECONDS}s'"))
                return
            if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}):
                return
            holder = connection.execute(_HOLDER, {"key": ADVISORY_KEY}).first()
        who = f"PostgreSQL session {holder[0]} from {holder[1]}" if holder is not None else "another session"
        raise LeaseTakenError(f"{who} already writes this journal; stop that server first")


def make_whole(connection: Connection) -> None:
    """Put the lease's row back where somebody has removed it: given back, with a token above all that wrote."""
    connection.execute(_MAKE_WHOLE)


def _take_alone(connection: Connection) -> tuple[int, float]:
    """A new token for a server that stands alone; 0 where the database has no lease yet, before its migration."""
    if connection.scalar(text("SELECT to_regclass('lease')")) is None:
        return 0, 0.0
    taken = connection.execute(_TAKE_ALONE).first()
    if taken is None and connection.scalar(text("SELECT count(*) FROM lease")) == 0:
        make_whole(connection)
        taken = connection.execute(_TAKE_ALONE).first()
    if taken is None:
        who = connection.execute(_WHO).first()
        by = f"the server {who.holder} at {who.address}" if who is not None else "another server"
        raise LeaseTakenError(f"{by} already writes this journal; stop it first, or let it run out")
    return taken.token, taken.since
