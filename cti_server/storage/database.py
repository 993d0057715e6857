"""One SQLAlchemy engine for SQLite and PostgreSQL, set up so that a commit is durable."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Pool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from cti_server.storage.errors import DatabaseError

SQLITE_BUSY_SECONDS = 10
CONNECT_SECONDS = 10
POSTGRESQL_PORT = 5432
WRITES = "callwright_writes"
"""Execution option of a connection whose transactions write."""

_POSTGRESQL = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


@contextlib.contextmanager
def database_faults() -> Iterator[None]:
    """Turn what SQLAlchemy raises into a ``DatabaseError`` of one line."""
    try:
        yield
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise DatabaseError(f"the database failed: {said[0] if said else type(error).__name__}") from error


def sqlite_file(url: str) -> Path | None:
    """Path of the SQLite database file that ``url`` names; ``None`` for PostgreSQL or a database in memory."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        return None
    return Path(str(parsed.database))


def parse_url(url: str) -> URL:
    """Read a SQLAlchemy URL; PostgreSQL's may name several hosts with their ports, as libpq's do.

    ``postgresql://a:5432,b:5433/db?target_session_attrs=read-write`` (PostgreSQL manual, 34.1.1.3).

    Raises:
        sqlalchemy.exc.ArgumentError: it is no URL.
        ValueError: a port is no number.
    """
    scheme, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, hosts = authority.rpartition("@")
    if scheme not in _POSTGRESQL or "," not in hosts:
        return make_url(url)
    several = [_host_and_port(one) for one in hosts.split(",")]
    parsed = make_url(f"{scheme}{mark}{user}{at}{slash}{path}")
    return parsed.update_query_dict(
        {"host": ",".join(host for host, _ in several), "port": ",".join(str(port) for _, port in several)}
    )


def _host_and_port(text: str) -> tuple[str, int]:
    """``host:port`` or ``host`` alone; an IPv6 address stands in brackets."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return text.strip("[]"), POSTGRESQL_PORT
    return host.strip("[]"), int(port)


def open_engine(url: str) -> Engine:
    """Make the engine for ``sqlite:///file``, ``sqlite://`` (in memory) or ``postgresql://...``.

    A SQLite file and its directory are made where they are missing, readable by their owner alone: the file holds
    customers' addresses.

    Raises:
        DatabaseError: the URL is of neither kind, or the file cannot be made.
    """
    try:
        parsed = parse_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseError(f"{url!r} is no database URL; write sqlite:///FILE or postgresql://HOST/NAME") from error
    if parsed.drivername in _POSTGRESQL:
        return _open_postgresql(parsed.set(drivername="postgresql+psycopg"))
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
        return _open_sqlite(parsed, sqlite_file(url))
    raise DatabaseError(f"no database of kind {parsed.drivername!r}; write sqlite:///FILE or postgresql://HOST/NAME")


def _open_postgresql(url: URL) -> Engine:
    # A database that is cut off, or a first server of several that is gone, is noticed within seconds.
    keepalive = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 2, "tcp_user_timeout": 6000}
    return create_engine(
        url, connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "callwright", **keepalive}
    )


def _open_sqlite(url: URL, file: Path | None) -> Engine:
    if file is None:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise DatabaseError(f"the database file {file} cannot be opened: {error.strerror}") from error
        engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Pool | object) -> None:  # noqa: ANN401 - sqlite3's own, as SQLAlchemy gives it
    # The driver must not start transactions by itself: _begin_sqlite does (SQLAlchemy, "Serializable isolation").
    connection.isolation_level = None
    # FULL makes each commit durable in WAL mode; NORMAL could lose the last commits with the power.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a reader that turns writer midway may be refused without waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")
