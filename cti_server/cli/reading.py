"""``callwright contacts`` and ``contact``, and what else is read from the reports database beside a running server."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console as Screen
from rich.console import RenderableType

from cti_server.cli.configuration import CONFIG, SET, load, settings_of
from cti_server.console.commands.contact import tell
from cti_server.reports.contacts import contacts_json, contacts_table
from cti_server.reports.why import why_text
from cti_server.runtime.operations import read_history
from cti_server.runtime.tracing.telling import why_of
from cti_server.storage.database import sqlite_file
from cti_server.storage.errors import StorageError
from cti_server.storage.store import Store
from cti_server.vocabulary.ids import AgentId, ContactId

NOT_KNOWN = "the journal has no contact {}: callwright contacts shows the newest"


@contextmanager
def opened(database: str, *, new: bool = False) -> Iterator[Store]:
    """The store; a fault of the database ends the command with its text, as a database does that is not there.

    With ``new`` it may be made: whoever only looks at a database that is not there looks in the wrong place.
    """
    if not new:
        there(database)
    try:
        store = Store.open(database)
        try:
            yield store
        finally:
            store.close()
    except StorageError as fault:
        raise click.ClickException(str(fault)) from fault


def there(database: str) -> None:
    """End the command where the database is a file that is not there."""
    file = sqlite_file(database)
    if file is not None and not file.exists():
        raise click.ClickException(
            f"there is no database {file}: no server has run with this configuration; database and data in "
            "server.yaml, or --set data=FOLDER, say where it is"
        )


def contacts_as_json(database: str, limit: int) -> str:
    """The newest contacts with their segments as JSON."""
    with opened(database) as store:
        return contacts_json(store.queries, limit)


def contacts_as_table(database: str, limit: int) -> RenderableType:
    """The newest contacts with their segments as a table."""
    with opened(database) as store:
        return contacts_table(store.queries, limit)


def contact_story(database: str, number: int) -> str | None:
    """A contact's whole life, or None where there is no such contact."""
    contact = ContactId(number)
    with opened(database) as store:
        history = read_history(store, contact)
    return tell(contact, history, time.time()) if history.rows else None


def why_told(database: str, number: int, agent: str | None) -> str | None:
    """Why a contact waited, and why the agent did not get it; None where there is no such contact."""
    with opened(database) as store:
        answer = why_of(store, ContactId(number), AgentId(agent) if agent is not None else None)
    return why_text(answer) if answer.found else None


@click.command()
@CONFIG
@SET
@click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many, the newest.")
def contacts(config: Path, wishes: tuple[str, ...], as_json: bool, limit: int) -> None:
    """Show the contacts and their segments from the reports; also while the server runs.

    Example: callwright contacts --config config --limit 10
    """
    settings = settings_of(load(config, strict=False), wishes)
    if as_json:
        click.echo(contacts_as_json(settings.database, limit))
    else:
        Screen(width=None if sys.stdout.isatty() else 160).print(contacts_as_table(settings.database, limit))


@click.command()
@click.argument("number", type=click.IntRange(1))
@CONFIG
@SET
def contact(number: int, config: Path, wishes: tuple[str, ...]) -> None:
    """Tell the whole life of a contact: events, causes, decisions, segments.

    Example: callwright contact 17 --config config
    """
    settings = settings_of(load(config, strict=False), wishes)
    story = contact_story(settings.database, number)
    if story is None:
        raise click.ClickException(NOT_KNOWN.format(number))
    click.echo(story)
