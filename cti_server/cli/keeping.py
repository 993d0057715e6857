"""``callwright rebuild``, ``backup``, ``restore`` and ``check-journal``: care of what is kept, from the shell."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cti_server.cli.configuration import CONFIG, SET, load, settings_of
from cti_server.cli.door import DoorError, Reply, ask
from cti_server.cli.reading import opened
from cti_server.settings import ServerSettings
from cti_server.settings.flows.components import library
from cti_server.storage.backups.restoring import restore_files
from cti_server.storage.errors import StorageError
from cti_server.storage.projections.runner import BATCH
from cti_server.storage.store import Store

PATIENCE = 600.0
"""Seconds that the server may say nothing while it rebuilds."""
TOLD_EVERY = 50_000
"""Journal rows between two lines of progress."""


@click.command()
@CONFIG
@SET
def rebuild(config: Path, wishes: tuple[str, ...]) -> None:
    """Fold the tables for reports anew from the journal; also while the server runs, which then does it.

    Example: callwright rebuild --config config
    """
    settings = settings_of(load(config, strict=False), wishes)
    try:
        reply = ask(settings, "journal rebuild", timeout=PATIENCE, progress=lambda told: click.echo(told, err=True))
    except DoorError:
        reply = _rebuilt_here(settings)
    click.echo(reply.text, err=reply.status != 0)
    raise click.exceptions.Exit(reply.status)


@click.command()
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A new file.")
@CONFIG
@SET
def backup(target: Path, config: Path, wishes: tuple[str, ...]) -> None:
    """Write journal, customers' addresses, snapshot and configuration to a new file; also while the server runs.

    The file has secrets in it: only its owner can read it, and it should be kept like them.

    Example: callwright backup --to /var/backups/callwright/monday.backup --config config
    """
    settings = settings_of(load(config, strict=False), wishes)
    with _known(settings) as store:
        manifest = store.back_up(target, config, time.time(), _progress("copied"))
    click.echo(
        f"backed up to {target}: {manifest.rows} journal rows, {manifest.parties} parties, {manifest.files} "
        f"configuration files, {target.stat().st_size >> 10} KiB; verified"
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@CONFIG
@SET
@click.option("--replace", is_flag=True, help="Delete what the database has, and bring the backup in its place.")
@click.option("--config-to", type=click.Path(path_type=Path), help="Write the configuration files there, and no more.")
def restore(file: Path, config: Path, wishes: tuple[str, ...], replace: bool, config_to: Path | None) -> None:
    """Bring a backup into the database that the configuration names, SQLite or PostgreSQL; the server must not run.

    The backup is verified first. A database that is not empty is refused unless --replace is given. With --config-to
    the configuration files of the backup are written to a new folder, and the database is left alone.

    Example: callwright restore /var/backups/callwright/monday.backup --config config
    """
    if config_to is not None:
        try:
            files = restore_files(file, config_to)
        except StorageError as fault:
            raise click.ClickException(str(fault)) from fault
        click.echo(f"{len(files)} configuration files written to {config_to}")
        return
    settings = settings_of(load(config, strict=False), wishes)
    settings.data.mkdir(parents=True, exist_ok=True)
    with _known(settings, new=True) as store:
        manifest = store.restore(file, replace=replace, progress=_progress("restored"))
        _fold(store)
    click.echo(f"restored: {manifest.rows} journal rows, {manifest.parties} parties; the reports are folded")


@click.command("check-journal")
@CONFIG
@SET
@click.option("--backup", "file", type=click.Path(path_type=Path), help="Check this backup instead of the database.")
def check_journal(config: Path, wishes: tuple[str, ...], file: Path | None) -> None:
    """Hold every row of the journal to its check sum; also while the server runs. The exit status is 1 for damage.

    Example: callwright check-journal --config config
    """
    settings = settings_of(load(config, strict=False), wishes)
    with _known(settings, new=file is not None) as store:
        rows = store.journal.verify(_progress("checked")) if file is None else store.verify_backup(file).rows
    click.echo(f"{rows} journal rows fit their check sums")


@contextmanager
def _known(settings: ServerSettings, *, new: bool = False) -> Iterator[Store]:
    """The store, with the steps of plug-ins known, which stand in the journal by the names of their classes."""
    library()
    with opened(settings.database, new=new) as store:
        yield store


def _rebuilt_here(settings: ServerSettings) -> Reply:
    with _known(settings) as store:
        store.become_writer()
        doing, told = store.rebuild(), _progress("folded")
        while not (step := doing.step()).done:
            told(step.folded, step.of)
    return Reply(status=0, text=f"the reports are rebuilt: {step.folded} journal rows folded")


def _fold(store: Store) -> None:
    told, folded, of = _progress("folded"), 0, store.journal.last_seq()
    while read := store.projections.step(BATCH):
        folded += read
        told(folded, of)


def _progress(what: str) -> Callable[[int, int], None]:
    said = 0

    def told(done: int, of: int) -> None:
        nonlocal said
        if done // TOLD_EVERY > said:
            said = done // TOLD_EVERY
            click.echo(f"{done} of {of} journal rows {what}", err=True)

    return told
