"""What the command line reads from the reports database, beside a running server or without one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import RenderableType

from cti_server.console.commands.contact import tell
from cti_server.reports.contacts import contacts_json, contacts_table
from cti_server.reports.why import why_text
from cti_server.runtime.operations import read_history
from cti_server.runtime.tracing.telling import why_of
from cti_server.storage.errors import StorageError
from cti_server.storage.store import Store
from cti_server.vocabulary.ids import AgentId, ContactId


@contextmanager
def opened(database: str) -> Iterator[Store]:
    """The store for reading; a fault of the database ends the command with its text."""
    try:
        store = Store.open(database)
        try:
            yield store
        finally:
            store.close()
    except StorageError as fault:
        raise click.ClickException(str(fault)) from fault


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
