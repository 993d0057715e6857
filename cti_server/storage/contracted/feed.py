"""The change feed: an ordered stream of changes that can be taken up again wherever it was left; everything blocks."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from cti_server.storage.contracted.shape import CHANNEL, SCHEMA
from cti_server.storage.contracted.sql import POSTGRESQL
from cti_server.storage.database import database_faults
from cti_server.storage.errors import JournalRemovedError

BATCH: Final = 500
POLL_SECONDS: Final = 0.25
"""How often a SQLite file is looked at: there is nobody who could wake us."""
LISTEN_SECONDS: Final = 5.0
"""Longest pause on PostgreSQL, should a notice be lost with its connection."""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change as integrators get it; ``at`` is Unix seconds."""

    seq: int
    at: float
    kind: str
    contact: int | None
    agent: str | None
    body: dict[str, Any]

    def as_json(self) -> str:
        """One line of NDJSON, without its line feed."""
        facts = {name: getattr(self, name) for name in ("seq", "at", "kind", "contact", "agent", "body")}
        return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


Pause = Callable[[], None]
"""Waits until there may be something new, `LISTEN_SECONDS` at the most."""


class Feed:
    """Reads ``v1_changes``; needs no more than the right to read the views."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        place = f"{SCHEMA}." if engine.dialect.name == POSTGRESQL else ""
        self._name, self._start = f"{place}v1_changes", f"{place}v1_journal"

    def read(self, after: int = 0, limit: int = BATCH) -> list[ChangeLine]:
        """The first ``limit`` changes behind number ``after``, in their order.

        The journal has one writer, whose transactions are committed in the order of its numbers: what is behind the
        last change that was read has not been there before, and none appears before it later. Behind 0 are all that
        are kept.

        Raises:
            JournalRemovedError: some of those behind ``after`` were removed by retention.
        """
        query = text(
            f"SELECT seq, at, kind, contact, agent, body FROM {self._name} "  # noqa: S608 - one of two names of ours
            "WHERE seq > :after ORDER BY seq LIMIT :limit"
        )
        with database_faults(), self._engine.connect() as connection:
            rows = connection.execute(query, {"after": after, "limit": limit}).all()
            # Last, so that what is removed meanwhile is noticed.
            first: int = connection.scalar(text(f"SELECT first FROM {self._start}")) or 1  # noqa: S608 - as above
        if 0 < after < first - 1:
            raise JournalRemovedError(
                f"changes up to {first - 1} were removed by retention: what follows {after} is not all there. Take "
                f"what you need of before from the other views, then go on from {first} (docs/integrators.md)"
            )
        return [ChangeLine(row.seq, row.at, row.kind, row.contact, row.agent, _body(row.body)) for row in rows]

    def all_from(self, first: int) -> Iterator[ChangeLine]:
        """Every change from number ``first`` on that is there now."""
        after = first - 1
        while lines := self.read(after):
            yield from lines
            after = lines[-1].seq

    def follow(self, first: int, over: Callable[[], bool]) -> Iterator[ChangeLine]:
        """Every change from number ``first`` on, those to come as well, until ``over`` says so."""
        with self._pauses() as pause:
            while not over():
                for line in self.all_from(first):
                    yield line
                    first = line.seq + 1
                pause()

    def _pauses(self) -> AbstractContextManager[Pause]:
        return _listening(self._engine) if self._engine.dialect.name == POSTGRESQL else _polling(self._engine)


def wake(engine: Engine) -> None:
    """Tell whoever LISTENs that there are new changes; nothing to do on SQLite."""
    if engine.dialect.name == POSTGRESQL:
        with database_faults(), engine.begin() as connection:
            connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


def _body(body: object) -> dict[str, Any]:
    found = json.loads(body) if isinstance(body, str | bytes) else body
    return found if isinstance(found, dict) else {}


@contextmanager
def _listening(engine: Engine) -> Iterator[Pause]:
    with database_faults(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"LISTEN {CHANNEL}"))
        driver: Any = connection.connection.driver_connection

        def pause() -> None:
            for _notice in driver.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                return

        try:
            yield pause
        finally:
            connection.execute(text(f"UNLISTEN {CHANNEL}"))


@contextmanager
def _polling(engine: Engine) -> Iterator[Pause]:
    with database_faults(), engine.connect() as connection:
        seen = _version(connection)

        def pause() -> None:
            nonlocal seen
            time.sleep(POLL_SECONDS)
            for _ in range(round(LISTEN_SECONDS / POLL_SECONDS)):
                now = _version(connection)
                if now != seen:
                    seen = now
                    return
                time.sleep(POLL_SECONDS)

        yield pause


def _version(connection: Connection) -> int:
    """A number that is another one after somebody else has written (SQLite, PRAGMA data_version)."""
    found = connection.exec_driver_sql("PRAGMA data_version").scalar()
    connection.rollback()
    return int(found or 0)
