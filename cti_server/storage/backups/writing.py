"""A backup: journal, parties, newest snapshot and configuration files in one file, whatever database they come from.

The file is a SQLite database of a form of its own (`FORMAT`), the same for SQLite and PostgreSQL, so that it restores
to either. It is written from one read transaction, which holds up nobody: calls go on. The tables for reports are not
in it, because the journal tells them again. It has customers' addresses and the configuration's secrets in it, so it
is readable by its owner alone. It is written under a temporary name, verified, and renamed.
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

from cti_server.storage.checksums import NOTHING
from cti_server.storage.database import database_faults
from cti_server.storage.errors import BackupError, JournalDamagedError
from cti_server.storage.journal import sound
from cti_server.storage.schema import program_version
from cti_server.storage.tables import JOURNAL, PARTIES, SNAPSHOTS, STORE

FORMAT = 1
"""What this program writes, and the newest form that it reads."""
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
    and files. ``schema_version`` and ``program_version`` are of where it comes from.
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
        total, last = NOTHING, 0
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
        if (last, total) != (manifest.rows, manifest.checksum) or _contents(copy) != manifest.contents:
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
    if said.get("format") != FORMAT:
        raise BackupError(
            f"{file} is a backup of form {said.get('format')!r}, this program reads form {FORMAT}: "
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
    """The rows of ``parties``, ``snapshots`` or ``files``, in portions."""
    return _portions(copy.execute(f"SELECT * FROM {table} ORDER BY 1"))  # noqa: S608 - our own names


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
    rows, total = _copy_journal(source, copy, progress)
    parties = _copy_parties(source, copy)
    newest = source.execute(select(SNAPSHOTS).where(SNAPSHOTS.c.seq <= rows).order_by(SNAPSHOTS.c.seq.desc())).first()
    if newest is not None:
        values = (newest.seq, newest.digest, bytes(newest.body), newest.checksum)
        copy.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?)", values)
    copy.executemany("INSERT INTO files VALUES (?, ?, ?)", files)
    manifest = Manifest(
        format=FORMAT,
        made=now,
        source=source.dialect.name,
        schema_version=store.schema_version,
        program_version=program_version(),
        rows=rows,
        checksum=total,
        parties=parties,
        files=len(files),
        contents=_contents(copy),
    )
    copy.executemany("INSERT INTO manifest VALUES (?, ?)", list(asdict(manifest).items()))
    return manifest


def _copy_journal(source: Connection, copy: sqlite3.Connection, progress: Progress | None) -> tuple[int, int]:
    columns = [JOURNAL.c[name] for name in JOURNAL_COLUMNS]
    statement = f"INSERT INTO journal VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - only question marks
    of = source.scalar(select(func.max(JOURNAL.c.seq))) or 0
    after, total = 0, NOTHING
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


def _contents(copy: sqlite3.Connection) -> str:
    """One sum over everything but the journal, whose rows have their own."""
    digest = blake2b(digest_size=16)
    for table in ("parties", "snapshots", "files"):
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
