"""Brings a backup back: into an empty database of either kind, and its configuration files into an empty folder."""

import os
from pathlib import Path, PurePosixPath

from sqlalchemy import Connection, delete, func, insert, select

from cti_server.storage.backups.older import restore_older
from cti_server.storage.backups.writing import Manifest, Progress, journal_rows, opened, table_rows, verify
from cti_server.storage.checksums import NOTHING
from cti_server.storage.errors import BackupError
from cti_server.storage.lease import Writer
from cti_server.storage.retention.removing import take_over
from cti_server.storage.retention.start import start_of
from cti_server.storage.tables import AGENT_ACTIVITY, CHECKPOINTS, CONTACTS, JOURNAL, PARTIES, SEGMENTS, SNAPSHOTS

OLDER = (CONTACTS, SEGMENTS, AGENT_ACTIVITY)
_EMPTIED = (JOURNAL, SNAPSHOTS, PARTIES, CHECKPOINTS, *OLDER)


def restore(writer: Writer, file: Path, *, replace: bool, progress: Progress | None = None) -> Manifest:
    """Verify a backup, then bring its journal, parties and snapshot into the database, all or nothing.

    The tables for reports are empty afterwards, but for what is older than the journal; the projections fold them anew.

    Raises:
        BackupError: the backup is not whole, or the database is not empty and ``replace`` is not wanted.
        LeaseTakenError: a server writes to the database.
        DatabaseError: the database failed; nothing has changed in it.
    """
    manifest = verify(file)
    with opened(file) as copy, writer.transaction() as connection:
        there = (connection.scalar(select(func.max(JOURNAL.c.seq))) or 0) - start_of(connection).seq
        if there and not replace:
            raise BackupError(
                f"the database has a journal of {there} rows; with --replace they are deleted and the backup comes in "
                "their place (back them up before)"
            )
        for table in _EMPTIED:
            connection.execute(delete(table))
        for rows in journal_rows(copy):
            connection.execute(insert(JOURNAL), rows)
            if progress is not None:
                progress(rows[-1]["seq"], manifest.rows)
        for table in (PARTIES, SNAPSHOTS):
            for rows in table_rows(copy, table.name):
                connection.execute(insert(table), rows)
        take_over(connection, manifest.begins)
        for table in OLDER if manifest.base else ():
            for rows in table_rows(copy, table.name):
                restore_older(connection, table, rows)
        _check(connection, manifest)
    return manifest


def restore_files(file: Path, folder: Path) -> list[Path]:
    """Verify a backup, then write its configuration files into a folder that is empty or not there; give their paths.

    Raises:
        BackupError: the backup is not whole, the folder is not empty, or a file cannot be written.
    """
    verify(file)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is not empty; configuration files are never written over")
    written = []
    try:
        with opened(file) as copy:
            for rows in table_rows(copy, "files"):
                for row in rows:
                    target = folder / _inside(row["path"])
                    target.parent.mkdir(parents=True, exist_ok=True)
                    descriptor = os.open(
                        target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, row["mode"] & 0o777
                    )
                    with os.fdopen(descriptor, "wb") as out:
                        out.write(row["body"])
                    written.append(target)
    except OSError as error:
        raise BackupError(f"the configuration files cannot be written to {folder}: {error}") from error
    return written


def _inside(path: str) -> PurePosixPath:
    """A path below the folder, whatever somebody has written into the file."""
    wanted = PurePosixPath(path)
    if wanted.is_absolute() or ".." in wanted.parts or not wanted.parts:
        raise BackupError(f"the backup has a file {path!r} that does not belong into a configuration")
    return wanted


def _check(connection: Connection, manifest: Manifest) -> None:
    row = connection.execute(select(JOURNAL.c.seq, JOURNAL.c.checksum).order_by(JOURNAL.c.seq.desc()).limit(1)).first()
    last = (0, NOTHING) if row is None else (row.seq, row.checksum)
    if last != (manifest.rows, manifest.checksum):
        raise BackupError("what came into the database is not what the backup has; nothing was changed")
