"""A backup: journal, parties, newest snapshot and configuration files in one file, whatever database they come from.

The file is a SQLite database of a form of its own (`FORMATS`), the same for SQLite and PostgreSQL, so that it restores
to either. It is written from one read transaction, which holds up nobody: calls go on. The tables for reports are not
in it, because the journal tells them again; only what is older than a journal that retention has shortened is. It has
customers' addresses and the configuration's secrets in it, so it is readable by its owner alone. It is written under a
temporary name, verified, and renamed.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from cti_server.storage.backups.older import TABLES, copy_older
from cti_server.storage.checksums import NOTHING
from cti_server.storage.database import database_faults
from cti_server.storage.errors import BackupError, JournalDamagedError
from cti_server.storage.journal import sound
from cti_server.storage.retention.start import JournalStart, start_of
from cti_server.storage.schema import program_version
from cti_server.storage.tables import JOURNAL, PARTIES, SNAPSHOTS, STORE

FORMAT = 1
SHORTENED = 2
"""The form of a backup whose journal does not begin with row 1: with it goes what the reports alone know of before."""
FORMATS = (FORMAT, SHORTENED)
"""What this program writes and reads."""
BATCH = 1000
MOST_CONFIG = 256 << 20
"""Most bytes of configuration files that are taken along."""
JOURNAL_COLUMNS = ("seq", "at", "kind", "version", "contact", "agent", "cause_seq", "body", "checksum")

_TABLES = (
    "CREATE TABLE manifest (name TEXT PRIMARY KEY, value)",
    """CREATE TABLE journal (seq INTEGER PRIMARY KEY, at REAL, kind TEXT, version INTEGER, contact INTEGER, agent TEXT,
    cause_seq INTEGER, body TEXT, checksum INTEGER)""",
    "CREATE TABLE parties (party INTEGER PRIMARY KEY, address TEXT)",
    "CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, digest TEXT, body BLOB, checksum INTEGER)",
    "CREATE TABLE files (path TEXT PRIMARY KEY, mode INTEGER, body BLOB)",
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself; ``made`` in Unix seconds.

    ``checksum`` is that of the last row, which stands for the whole journal; ``contents`` one over parties, snapshot
    and files. ``schema_version`` and ``program_version`` are of where it comes from. The journal begins behind row
    ``start``, as `JournalStart` has it.
    """

    format: int
    made: float
    source: str
    schema_version: str
    program_version: str
    rows: int
    checksum: int
    parties: int
    files: int
    contents: str
    start: int = 0
    start_checksum: int = NOTHING
    base: int = 0
    first_contact: int = 0
    removed_at: float | None = None

    @property
    def begins(self) -> JournalStart:
        """Where the journal begins."""
        return JournalStart(
            seq=self.start,
            checksum=self.start_checksum,
            base=self.base,
            first_contact=self.first_contact,
            removed_at=self.removed_at,
        )


_OF_SHORTENED = ("start", "start_checksum", "base", "first_contact", "removed_at")


def back_up(
    engine: Engine, target: Path, config: Path | None, now: float, progress: Progress | None = None
) -> Manifest:
    """Write a backup of the database and of the files in ``config``; give what it says of itself.

    ``progress`` is told, batch by batch, how many journal rows are copied, and of how many; then of the verifying.
    What it raises leaves the backup off, and no file is left.

    Raises:
        BackupError: the file is there already, or cannot be written; or what was written is not what was read.
        JournalDamagedError: the journal is damaged: such a backup would be worth nothing.
        DatabaseError: the database failed.
    """
    if target.exists():
        raise BackupError(f"{target} is there already; a backup is never written over")
    part = target.with_name(target.name + ".part")
    try:
        with _part(part) as copy, database_faults(), engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            manifest = _copy(connection, copy, _files(config), now, progress)
        if verify(part, progress) != manifest:
            raise BackupError(f"{target}: what was written is not what was read")
        part.rename(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"the backup {target} cannot be written: {error}") from error
    finally:
        if part.exists():
            part.unlink()
    return manifest


def verify(file: Path, progress: Progress | None = None) -> Manifest:
    """Hold a backup to its check sums; give what it says of itself.

    Raises:
        BackupError: it is no backup, or of a newer program, or not whole.
    """
    with opened(file) as copy:
        manifest = read_manifest(copy, file)
        total, last = manifest.start_checksum, manifest.start
        try:
            for rows in journal_rows(copy):
                total = sound(rows, last, total)
                last = rows[-1]["seq"]
                if progress is not None:
                    progress(last, manifest.rows)
        except JournalDamagedError as damaged:
            raise BackupError(
                f"{file} is damaged: row {damaged.seq} of its journal is not what was written"
            ) from damaged
        if (last, total) != (manifest.rows, manifest.checksum) or _contents(copy, manifest.begins) != manifest.contents:
            raise BackupError(f"{file} is not whole: it does not fit its check sums")
    return manifest


@contextlib.contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a backup for reading; what SQLite says of it while it is open is a ``BackupError``."""
    if not file.is_file():
        raise BackupError(f"there is no file {file}")
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            copy.row_factory = sqlite3.Row
            yield copy
    except sqlite3.Error as error:
        raise BackupError(f"{file} is no backup, or it is damaged: {error}") from error


def read_manifest(copy: sqlite3.Connection, file: Path) -> Manifest:
    """Read what a backup says of itself; raises ``BackupError`` where this program cannot read such a one."""
    said: dict[str, Any] = {row["name"]: row["value"] for row in copy.execute("SELECT name, value FROM manifest")}
    if said.get("format") not in FORMATS:
        raise BackupError(
            f"{file} is a backup of form {said.get('format')!r}, this program reads forms up to {SHORTENED}: "
            "use the program that wrote it, or a newer one"
        )
    try:
        return Manifest(**said)
    except TypeError as error:
        raise BackupError(f"{file} does not say what is in it: {error}") from error


def journal_rows(copy: sqlite3.Connection) -> Iterator[Sequence[Mapping[str, Any]]]:
    """The journal's rows as the backup has them, in portions."""
    names = ", ".join(JOURNAL_COLUMNS)
    return _portions(copy.execute(f"SELECT {names} FROM journal ORDER BY seq"))  # noqa: S608 - our own names


def table_rows(copy: sqlite3.Connection, table: str) -> Iterator[Sequence[Mapping[str, Any]]]:
    """The rows of ``parties``, ``snapshots``, ``files`` or a table for reports, in portions."""
    return _portions(copy.execute(f"SELECT * FROM {table} ORDER BY 1, 2"))  # noqa: S608 - our own names


def _portions(cursor: sqlite3.Cursor) -> Iterator[Sequence[Mapping[str, Any]]]:
    while rows := cursor.fetchmany(BATCH):
        yield [dict(row) for row in rows]


@contextlib.contextmanager
def _part(part: Path) -> Iterator[sqlite3.Connection]:
    """The file while it is written; on the disk when the block has ended."""
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    with contextlib.closing(sqlite3.connect(part)) as copy:
        # Until it has its name nobody looks at it, so a journal of its own would only be work.
        copy.execute("PRAGMA journal_mode=OFF")
        copy.execute("PRAGMA synchronous=OFF")
        copy.row_factory = sqlite3.Row
        for statement in _TABLES:
            copy.execute(statement)
        yield copy
        copy.commit()
    _sync(part)


def _copy(
    source: Connection,
    copy: sqlite3.Connection,
    files: Sequence[tuple[str, int, bytes]],
    now: float,
    progress: Progress | None,
) -> Manifest:
    store = source.execute(select(STORE)).one()
    start = start_of(source)
    rows, total = _copy_journal(source, copy, start, progress)
    parties = _copy_parties(source, copy)
    _copy_snapshots(source, copy, rows, start)
    if start.base:
        copy_older(source, copy, start)
    copy.executemany("INSERT INTO files VALUES (?, ?, ?)", files)
    manifest = Manifest(
        format=SHORTENED if start.base else FORMAT,
        made=now,
        source=source.dialect.name,
        schema_version=store.schema_version,
        program_version=program_version(),
        rows=rows,
        checksum=total,
        parties=parties,
        files=len(files),
        contents=_contents(copy, start),
        start=start.seq,
        start_checksum=start.checksum,
        base=start.base,
        first_contact=start.first_contact,
        removed_at=start.removed_at,
    )
    said = {name: value for name, value in asdict(manifest).items() if start.base or name not in _OF_SHORTENED}
    copy.executemany("INSERT INTO manifest VALUES (?, ?)", list(said.items()))
    return manifest


def _copy_snapshots(source: Connection, copy: sqlite3.Connection, rows: int, start: JournalStart) -> None:
    """The newest, and the one from which a shortened journal is folded."""
    newest = select(func.max(SNAPSHOTS.c.seq)).where(SNAPSHOTS.c.seq <= rows).scalar_subquery()
    wanted = (SNAPSHOTS.c.seq == newest) | ((SNAPSHOTS.c.seq == start.base) & (SNAPSHOTS.c.seq > 0))
    for row in source.execute(select(SNAPSHOTS).where(wanted)).all():
        copy.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?)", (row.seq, row.digest, bytes(row.body), row.checksum))


def _copy_journal(
    source: Connection, copy: sqlite3.Connection, start: JournalStart, progress: Progress | None
) -> tuple[int, int]:
    columns = [JOURNAL.c[name] for name in JOURNAL_COLUMNS]
    statement = f"INSERT INTO journal VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - only question marks
    of = source.scalar(select(func.max(JOURNAL.c.seq))) or 0
    after, total = start.seq, start.checksum
    while True:
        query = select(*columns).where(JOURNAL.c.seq > after).order_by(JOURNAL.c.seq).limit(BATCH)
        rows = source.execute(query).mappings().all()
        if not rows:
            return after, total
        total, after = sound(rows, after, total), rows[-1]["seq"]
        copy.executemany(statement, [tuple(row.values()) for row in rows])
        if progress is not None:
            progress(after, of)


def _copy_parties(source: Connection, copy: sqlite3.Connection) -> int:
    after, count = -1, 0
    while True:
        query = select(PARTIES).where(PARTIES.c.party > after).order_by(PARTIES.c.party).limit(BATCH)
        rows = source.execute(query).all()
        if not rows:
            return count
        copy.executemany("INSERT INTO parties VALUES (?, ?)", [(row.party, row.address) for row in rows])
        after, count = rows[-1].party, count + len(rows)


def _contents(copy: sqlite3.Connection, start: JournalStart) -> str:
    """One sum over everything but the journal, whose rows have their own."""
    digest = blake2b(digest_size=16)
    if start.base:
        digest.update(repr((start.seq, start.checksum, start.base, start.first_contact)).encode())
    for table in ("parties", "snapshots", "files", *(TABLES if start.base else ())):
        for rows in table_rows(copy, table):
            for row in rows:
                digest.update(repr((table, *row.values())).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _files(config: Path | None) -> list[tuple[str, int, bytes]]:
    if config is None:
        return []
    found, size = [], 0
    for path in sorted(config.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        size += path.stat().st_size
        if size > MOST_CONFIG:
            raise BackupError(f"{config} has more than {MOST_CONFIG >> 20} MB in it; is that the configuration?")
        found.append((path.relative_to(config).as_posix(), path.stat().st_mode & 0o777, path.read_bytes()))
    return found


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
