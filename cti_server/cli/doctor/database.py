"""The database for ``callwright doctor``: server, size, growth, disk, who writes it, whether the journal is whole."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Final

from cti_server.settings import ServerSettings
from cti_server.storage.database import sqlite_file
from cti_server.storage.errors import LeaseTakenError, StorageError
from cti_server.storage.inspection import Growth, LeaseFacts, PostgresFacts, SqliteFacts, inspect
from cti_server.storage.store import Store
from program.findings import Finding

Progress = Callable[[int, int], None]
"""Told how many rows of how many were verified."""

FAR_BEHIND: Final = 20_000
"""Rows; the alarm reports-behind is raised at so many."""
NEWEST: Final = 10_000
"""Rows at the journal's end that are verified unless all are."""
LARGEST_LOG: Final = 256 * 2**20
"""Octets of SQLite's write-ahead log. It is folded in at 4 MiB, unless somebody reads on and on."""
LEAST_DAYS: Final = 30
"""Days for which there must be room."""
LEAST_CONNECTIONS: Final = 32
"""What two servers take between them, with a report, a backup and an administrator beside them."""
OLDEST_POSTGRESQL: Final = 130_000
_MIB: Final = 2**20


def database(settings: ServerSettings, *, deep: bool = False, progress: Progress | None = None) -> Iterator[Finding]:
    """Everything of the database, whose schema is migrated; ``deep`` verifies the whole journal.

    A file that is not there is not made: it would be whoever looks who owns it, and not the server.
    """
    kind = settings.database.partition("://")[0]
    file = sqlite_file(settings.database)
    if file is not None and not file.exists():
        yield Finding("database", good=True, text=f"{kind}: {file} is not there yet; the first start makes it")
        return
    try:
        store = Store.open(settings.database)
    except LeaseTakenError as fault:
        text = f"{kind}: its schema is of an older program, and a server writes to it: stop that one first ({fault})"
        yield Finding("database", good=False, text=text)
        return
    except (StorageError, OSError) as fault:
        yield Finding("database", good=False, text=f"{kind}: {fault}")
        return
    try:
        yield from _stored(store, kind, settings, deep=deep, progress=progress)
    except (StorageError, OSError) as fault:
        yield Finding("database", good=False, text=f"{kind}: {fault}")
    finally:
        store.close()


def _stored(
    store: Store, kind: str, settings: ServerSettings, *, deep: bool, progress: Progress | None
) -> Iterator[Finding]:
    rows, lags = store.journal.last_seq() - store.journal.start().seq, store.projections.lags()
    size = f"{store.size() / _MIB:.1f} MiB"
    yield Finding("database", good=True, text=f"{kind}, {rows} journal rows, {size}, schema is current")
    facts = inspect(settings.database, time.time())
    yield from _sqlite(facts) if isinstance(facts, SqliteFacts) else _postgresql(facts, settings)
    yield _verified(store, deep=deep, progress=progress)
    behind = {name: lag for name, lag in lags.items() if lag > FAR_BEHIND}
    text = f"{max(behind.values(), default=0)} rows behind: callwright rebuild" if behind else "follow the journal"
    yield Finding("reports", not behind, text=text)


def _verified(store: Store, *, deep: bool, progress: Progress | None) -> Finding:
    """Whether each row fits its check sum, which it shares with all rows before it."""
    hint = "keep the database as it is, and restore a backup beside it: docs/storage.md"
    try:
        if deep:
            return Finding("journal", good=True, text=f"all {store.journal.verify(progress)} rows fit their check sums")
        store.journal.check_tail()
        first, last = store.journal.start().seq, store.journal.last_seq()
        after = max(first, last - NEWEST)
        read = sum(1 for _ in store.journal.read(after))
    except StorageError as fault:
        return Finding("journal", good=False, text=f"{fault}; {hint}")
    which = "all" if after == first else "the newest"
    more = " (--deep: all)" if after > first else ""
    return Finding("journal", good=True, text=f"{which} {read} rows fit their check sums{more}")


def _sqlite(facts: SqliteFacts) -> Iterator[Finding]:
    # We have the lock ourselves where the schema was made or migrated just now.
    whose = f"process {facts.writer} writes it" if facts.writer not in {0, os.getpid()} else "nobody writes it now"
    text = f"{facts.file}, write-ahead log {facts.wal / _MIB:.1f} MiB; {whose}"
    if facts.wal > LARGEST_LOG:
        text += ": somebody reads on and on, so that it is not folded in: end shells (sqlite3) and reports on the file"
    yield Finding("sqlite", facts.wal <= LARGEST_LOG, text)
    yield _room(facts.growth, (facts.free, facts.total))


def _postgresql(facts: PostgresFacts, settings: ServerSettings) -> Iterator[Finding]:
    new = facts.number >= OLDEST_POSTGRESQL
    text = f"server {facts.version}" + ("" if new else " has no more updates: take 13 or newer")
    if facts.replica:
        text += "; a copy that takes no writes: name the first server, or all with target_session_attrs=read-write"
    if facts.durable:
        text += f"; {', '.join(facts.durable)} = off: what is journaled may be lost with the power; set it on"
    yield Finding("postgresql", new and not facts.replica and not facts.durable, text)
    left = facts.connections - facts.used
    text = f"{facts.used} of {facts.connections} in use"
    if left < LEAST_CONNECTIONS:
        text += f", {LEAST_CONNECTIONS} should be free: raise max_connections"
    yield Finding("connections", left >= LEAST_CONNECTIONS, text)
    yield _lease(facts.lease, paired=settings.standby is not None)
    yield _room(facts.growth, facts.disk)


def _lease(lease: LeaseFacts | None, *, paired: bool) -> Finding:
    if lease is None:
        return Finding("lease", good=True, text="its row is missing; the next server that starts puts it back")
    if lease.session:
        text = f"{lease.session} writes alone, since {_span(lease.since)}, token {lease.token}"
        return Finding("lease", good=True, text=text)
    who = f"{lease.holder} at {lease.address}"
    if lease.holder and lease.rest > 0:
        text = f"{who} has it since {_span(lease.since)}, renewed {lease.renewed:.1f} s ago, token {lease.token}"
        return Finding("lease", good=True, text=text)
    if lease.holder and paired:
        text = f"{who} had it; renewed last {_span(lease.renewed)} ago: no server acts now (callwright console site)"
        return Finding("lease", good=False, text=text)
    return Finding("lease", good=True, text=f"free: no server writes now (token {lease.token})")


def _room(growth: Growth, disk: tuple[int, int] | None) -> Finding:
    """Whether there is room for the days to come."""
    text = "it is not known yet how the journal grows"
    if growth.daily_rows is not None:
        text = f"{growth.daily_rows} rows a day"
    if growth.octets is not None:
        text += f", {growth.octets / _MIB:.1f} MiB"
    if disk is None:
        return Finding(
            "room", good=True, text=f"{text}; its disk cannot be seen from here: df on the database's machine"
        )
    free, total = disk
    text += f"; {free / 2**30:.1f} GiB of {total / 2**30:.1f} free"
    if not growth.octets:
        return Finding("room", good=True, text=text)
    days = int(free / growth.octets)
    text += f", enough for {days} days" if days < 3650 else ", enough for years"
    if days < LEAST_DAYS:
        text += ": give it a larger disk (docs/storage.md)"
    return Finding("room", days >= LEAST_DAYS, text)


def _span(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
