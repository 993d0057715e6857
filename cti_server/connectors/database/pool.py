"""One database of the site: its connections and its few threads, apart from the server's own.

Only bound parameters, only reading transactions that are always rolled back, only the first row.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import structlog
from sqlalchemy import URL, Connection, Engine, TextClause, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from cti_server.connectors.base import failed, refused, timed_out
from cti_server.connectors.breaker import Breaker
from cti_server.connectors.values import MOST_VALUES, ValueRefusedError, plain
from cti_server.settings.connectors import DatabaseSettings, QuerySettings, SecretFault
from cti_server.vocabulary.outside import RequestOutcome, RequestResult
from cti_server.vocabulary.values import Value

CONNECT_SECONDS: Final = 3
_CANCELLED: Final = "57014"
"""PostgreSQL's SQLSTATE query_canceled: its statement_timeout was over."""
_SQLITE_AWAY: Final = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
)
_STEPS: Final = 2000
"""Instructions of SQLite's machine between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query as it is asked; ``end`` is when its time is over, by the ``steady`` clock."""

    name: str
    statement: TextClause
    bound: Mapping[str, Value]
    end: float
    steady: Callable[[], float]

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.end - self.steady()


class Database:
    """Queries of one database by their names.

    Args:
        settings: the database's part of ``server.yaml``.
        now: Unix seconds, for the circuit breaker.
        steady: seconds that only go forward, for time-outs.
    """

    def __init__(
        self, settings: DatabaseSettings, now: Callable[[], float], steady: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = settings.name
        self.breaker = Breaker(settings.breaker.failures, settings.breaker.pause)
        self.queries: Mapping[str, QuerySettings] = {one.name: one for one in settings.queries}
        self._settings = settings
        self._now = now
        self._steady = steady
        self._engine: Engine | None = None
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix=f"database-{settings.name}")
        self._busy = 0
        self._connecting = Lock()
        self.log = structlog.get_logger(database=settings.name)

    async def ask(self, query: QuerySettings, parameters: Mapping[str, Value], seconds: float) -> RequestOutcome:
        """The first row of a query; its ``seconds`` count from here, waiting for a thread included."""
        if self._busy >= self._settings.threads + self._settings.waiting:
            return refused(f"database {self.name} has {self._busy} queries to answer already")
        if not self.breaker.lets_through(self._now()):
            return refused(f"database {self.name} failed too often: it is left alone for a while")
        end = self._steady() + min(seconds, query.timeout)
        self._busy += 1
        work = self._threads.submit(self._run, query, parameters, end)
        loop = asyncio.get_running_loop()
        work.add_done_callback(lambda _: _soon(loop, self._one_less))
        try:
            outcome, reached = await asyncio.wrap_future(work)
        except asyncio.CancelledError:
            self.breaker.failed(self._now())
            raise
        if reached:
            self.breaker.succeeded()
        else:
            self.breaker.failed(self._now())
        return outcome

    def close(self) -> None:
        """Close the connections; a query that is under way ends by its own time-out."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._engine is not None:
            self._engine.dispose()

    def _one_less(self) -> None:
        self._busy -= 1

    # --- on a thread of its own ---------------------------------------------------------------------------------------

    def _run(self, query: QuerySettings, parameters: Mapping[str, Value], end: float) -> tuple[RequestOutcome, bool]:
        """The outcome, and whether the database was reached."""
        left = end - self._steady()
        if left <= 0:
            return timed_out(f"no thread was free for query {query.name} in time"), False
        statement = text(query.sql)
        wanted = set(statement.compile().params)
        missing = sorted(wanted - set(parameters))
        if missing:
            return failed(f"query {query.name} needs {', '.join(missing)}"), True
        asked = _Asked(query.name, statement, {name: parameters[name] for name in wanted}, end, self._steady)
        try:
            return self._fetch(asked), True
        except (ArgumentError, NoSuchModuleError):
            return failed(f"database {self.name}: its URL is none that can be used"), False
        except DBAPIError as fault:
            return _fault(fault, query.name, over=asked.left <= 0)
        except (SQLAlchemyError, SecretFault) as fault:
            away = isinstance(fault, (PoolTimeoutError, SecretFault))
            return failed(f"query {query.name}: {_one_line(fault)}"), not away

    def _fetch(self, asked: _Asked) -> RequestOutcome:
        with self._connecting:
            if self._engine is None:
                self._engine = open_read_only(self._settings.url.read(), self._settings.threads)
        with self._engine.connect() as connection:
            return _first_row(connection, asked)


def open_read_only(url: str, threads: int) -> Engine:
    """An engine whose connections read alone, as far as the kind of database lets us say so."""
    parsed = make_url(url)
    common: dict[str, Any] = {"hide_parameters": True, "pool_timeout": CONNECT_SECONDS}
    match parsed.get_backend_name():
        case "postgresql":
            arguments = {
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "callwright look-up",
                "options": "-c default_transaction_read_only=on",
                "keepalives_idle": 15,
                "keepalives_interval": 5,
                "keepalives_count": 3,
            }
            named = parsed.set(drivername="postgresql+psycopg")
            return create_engine(
                named, connect_args=arguments, pool_size=threads, max_overflow=0, pool_pre_ping=True, **common
            )
        case "sqlite":
            return _open_sqlite(parsed, threads, common)
        case _:
            return create_engine(parsed, pool_size=threads, max_overflow=0, pool_pre_ping=True, **common)


def _open_sqlite(url: URL, threads: int, common: dict[str, Any]) -> Engine:
    """The file is opened for reading: one that is not there is not made."""
    arguments = {"uri": True, "check_same_thread": False, "timeout": CONNECT_SECONDS}
    named = url.set(database=f"file:{url.database}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(named, connect_args=arguments, pool_size=threads, max_overflow=0, **common)

    @event.listens_for(engine, "connect")
    def read_only(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    return engine


def _first_row(connection: Connection, asked: _Asked) -> RequestOutcome:
    raw = connection.connection.driver_connection
    streamed = asked.statement.execution_options(stream_results=True, max_row_buffer=1)
    try:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(asked.left * 1000))}")
        if isinstance(raw, sqlite3.Connection):
            raw.set_progress_handler(lambda: asked.left <= 0, _STEPS)
        result = connection.execute(streamed, dict(asked.bound))
        columns = list(result.keys())
        row = result.fetchone()
        result.close()
    finally:
        if isinstance(raw, sqlite3.Connection):
            raw.set_progress_handler(None, _STEPS)
        connection.rollback()
    name = asked.name
    if len(columns) > MOST_VALUES:
        return failed(f"query {name} has more than {MOST_VALUES} columns")
    if row is None:
        return RequestOutcome(result=RequestResult.NOTHING_FOUND)
    values: dict[str, Value] = {}
    for column, found in zip(columns, row, strict=True):
        try:
            values[str(column)] = plain(found)
        except ValueRefusedError as wrong:
            return failed(f"query {name}: column {column} {wrong}")
    return RequestOutcome(result=RequestResult.DONE, values=values)


def _fault(fault: DBAPIError, name: str, *, over: bool) -> tuple[RequestOutcome, bool]:
    """What a driver's fault means: the time is over, the database is away, or it refuses the statement."""
    cancelled = getattr(fault.orig, "sqlstate", None) == _CANCELLED
    interrupted = isinstance(fault.orig, sqlite3.OperationalError) and "interrupted" in str(fault.orig)
    if cancelled or interrupted or over:
        return timed_out(f"query {name} took too long"), False
    if isinstance(fault.orig, sqlite3.Error):
        # The code's low byte is the primary one; faults of the driver itself have none.
        away = getattr(fault.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_AWAY
    else:
        away = fault.connection_invalidated or getattr(fault.orig, "sqlstate", None) is None
    return failed(f"query {name}: {_one_line(fault.orig or fault)}"), not away


def _one_line(fault: BaseException) -> str:
    said = str(fault).strip().splitlines()
    return (said[0] if said else type(fault).__name__)[:200]


def _soon(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(function)
