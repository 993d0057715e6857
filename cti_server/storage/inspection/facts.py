"""Facts of a database: its server, its size and how that grows, its disk, who writes it, how many may connect."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from cti_server.storage.database import database_faults, open_engine, sqlite_file
from cti_server.storage.inspection.locks import lock_holder
from cti_server.storage.lease import ADVISORY_KEY
from cti_server.storage.tables import JOURNAL, LEASE

DAY: Final = 86_400.0
LEAST_SPAN: Final = 3600.0
"""Seconds that a journal must reach back before it says how it grows."""
LEAST_ROWS: Final = 1000
"""Rows below which the tables' own size hides what a row takes."""

_ALONE: Final = text(
    "SELECT a.pid, coalesce(host(a.client_addr), 'this host') FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.objid = :key AND l.granted AND l.database = (SELECT oid FROM pg_database "
    "WHERE datname = current_database())"
)
_CONNECTIONS: Final = text(
    "SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int, "
    "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'), "
    "(SELECT datconnlimit FROM pg_database WHERE datname = current_database()), "
    "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend')"
)


@dataclass(frozen=True, slots=True)
class Growth:
    """How the journal grows: its rows, those of the last day (or what a younger one would come to), octets a day.

    ``octets`` is None where there is too little to tell it from.
    """

    rows: int
    daily_rows: int | None
    octets: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFacts:
    """A SQLite file: sizes in octets, the disk's free and whole room, the process that writes it (0: nobody)."""

    file: Path
    size: int
    wal: int
    free: int
    total: int
    writer: int
    growth: Growth


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseFacts:
    """Who writes: a server of a pair, by its name and the end of its lease, or a session that stands alone.

    ``since``, ``renewed`` (ago) and ``rest`` (below 0: run out) are seconds by the database's clock. ``session`` is
    the session of a server that stands alone, in words; empty where there is none.
    """

    token: int
    holder: str
    address: str
    since: float
    renewed: float
    rest: float
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFacts:
    """A PostgreSQL server: size in octets; ``disk`` is free and whole where it can be seen from this machine.

    ``connections`` are those that the server allows us and others, ``used`` those that there are; ``durable`` names
    settings by which a commit may be lost; ``replica`` is a copy that takes no writes.
    """

    version: str
    number: int
    size: int
    disk: tuple[int, int] | None
    connections: int
    used: int
    durable: tuple[str, ...]
    replica: bool
    lease: LeaseFacts | None
    growth: Growth


def inspect(url: str, now: float) -> SqliteFacts | PostgresFacts:
    """Look at the database of a URL whose schema is there; ``now`` in Unix seconds. Blocks.

    Raises:
        DatabaseError: it cannot be reached, or it failed.
    """
    engine = open_engine(url)
    try:
        with database_faults():
            if engine.dialect.name == "postgresql":
                return _postgresql(engine, now)
            return _sqlite(engine, sqlite_file(url), now)
    finally:
        engine.dispose()


def _sqlite(engine: Engine, file: Path | None, now: float) -> SqliteFacts:
    with engine.connect() as connection:
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)
        size = pages * int(connection.exec_driver_sql("PRAGMA page_size").scalar() or 0)
        growth = _growth(connection, size, now)
    place = Path() if file is None else file
    disk = shutil.disk_usage(place.parent)
    log, lock = place.with_name(place.name + "-wal"), place.with_name(place.name + ".writer")
    return SqliteFacts(
        file=place,
        size=size,
        wal=log.stat().st_size if file is not None and log.exists() else 0,
        free=disk.free,
        total=disk.total,
        writer=0 if file is None else lock_holder(lock),
        growth=growth,
    )


def _postgresql(engine: Engine, now: float) -> PostgresFacts:
    with engine.connect() as connection:
        size = int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
        most, reserved, used, own_most, own = connection.execute(_CONNECTIONS).one()
        allowed = most - reserved
        if own_most >= 0 and own_most - own < allowed - used:
            allowed, used = own_most, own
        return PostgresFacts(
            version=str(connection.scalar(text("SHOW server_version"))),
            number=int(connection.scalar(text("SHOW server_version_num")) or 0),
            size=size,
            disk=_disk(engine),
            connections=allowed,
            used=used,
            durable=tuple(
                name
                for name in ("fsync", "full_page_writes", "synchronous_commit")
                if connection.scalar(text(f"SHOW {name}")) == "off"
            ),
            replica=bool(connection.scalar(text("SELECT pg_is_in_recovery()"))),
            lease=_lease(connection),
            growth=_growth(connection, size, now),
        )


def _disk(engine: Engine) -> tuple[int, int] | None:
    """The disk of a server on this machine, where its role may say where it writes, and we may look there."""
    try:
        with engine.connect() as connection:
            here = connection.scalar(
                text("SELECT inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr()")
            )
            place = connection.scalar(text("SHOW data_directory")) if here else None
        found = None if place is None else shutil.disk_usage(str(place))
    except (SQLAlchemyError, OSError):
        return None  # not allowed to know; who asks is told so
    return None if found is None else (found.free, found.total)


def _lease(connection: Connection) -> LeaseFacts | None:
    now = func.extract("epoch", func.clock_timestamp())
    row = connection.execute(
        select(
            LEASE.c.token,
            LEASE.c.holder,
            LEASE.c.address,
            (now - LEASE.c.since).label("since"),
            (now - LEASE.c.renewed_at).label("renewed"),
            (LEASE.c.expires_at - now).label("rest"),
        ).where(LEASE.c.name == "writer")
    ).first()
    if row is None:
        return None
    session = connection.execute(_ALONE, {"key": ADVISORY_KEY}).first()
    return LeaseFacts(
        token=row.token,
        holder=row.holder,
        address=row.address,
        since=float(row.since),
        renewed=float(row.renewed),
        rest=float(row.rest),
        session="" if session is None else f"PostgreSQL session {session[0]} from {session[1]}",
    )


def _growth(connection: Connection, size: int, now: float) -> Growth:
    first, last = connection.execute(select(func.min(JOURNAL.c.seq), func.max(JOURNAL.c.seq))).one()
    if first is None:
        return Growth(0, None, None)
    rows = last - first + 1
    span = now - _at(connection, first)
    if span < LEAST_SPAN:
        return Growth(rows, None, None)
    daily = round((last - _first_since(connection, first, last, now - DAY) + 1) * DAY / min(span, DAY))
    return Growth(rows, daily, daily * size / rows if rows >= LEAST_ROWS else None)


def _first_since(connection: Connection, first: int, last: int, moment: float) -> int:
    """The first row from that moment on, by halving: there is no index of times. ``last + 1`` where there is none."""
    low, high = first, last + 1
    while low < high:
        middle = (low + high) // 2
        if _at(connection, middle) < moment:
            low = middle + 1
        else:
            high = middle
    return low


def _at(connection: Connection, seq: int) -> float:
    return float(
        connection.scalar(select(JOURNAL.c.at).where(JOURNAL.c.seq >= seq).order_by(JOURNAL.c.seq).limit(1)) or 0
    )
