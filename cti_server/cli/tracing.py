"""``callwright trace``, ``replay`` and ``feed``: a contact's whole way, its decisions made anew, and what changes."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import click

from cti_server.cli.configuration import CONFIG, SET, load, settings_of
from cti_server.cli.door import DoorError, ask
from cti_server.cli.reading import NOT_KNOWN, opened, there
from cti_server.reports.replaying.replay import Replay
from cti_server.reports.replaying.telling import replay_facts, replay_text
from cti_server.reports.tracing.lines import Trace, trace_facts, trace_text
from cti_server.runtime.tracing.telling import Sources, replay_of, trace_of
from cti_server.settings import ServerSettings
from cti_server.storage.contracted.feed import ChangeLine, Feed
from cti_server.storage.database import open_engine
from cti_server.storage.errors import StorageError
from cti_server.telemetry.blackbox import BLACK_BOX
from cti_server.vocabulary.ids import ContactId

JSON = click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
NUMBER = click.argument("number", type=click.IntRange(1))
_PATIENCE = 120.0


@click.command()
@NUMBER
@JSON
@CONFIG
@SET
def trace(number: int, as_json: bool, config: Path, wishes: tuple[str, ...]) -> None:
    """Tell a contact's whole way on one time line: SIP, CSTA, flow, queue, offers and agents.

    Asks the running server, which knows the SIP messages of its media services; without one the rest is told from its
    files. Numbers of callers are shortened, digits are hidden.

    Example: callwright trace 17 --config config
    """
    settings = settings_of(load(config, strict=False), wishes)
    try:
        reply = ask(settings, f"trace {number}", form="json" if as_json else "text", timeout=_PATIENCE)
    except DoorError as fault:
        told = _from_files(settings, number, str(fault))
        click.echo(json.dumps(trace_facts(told), ensure_ascii=False) if as_json else trace_text(told))
        return
    click.echo(reply.text, err=reply.status != 0 and not as_json)
    raise click.exceptions.Exit(reply.status)


def _from_files(settings: ServerSettings, number: int, why: str) -> Trace:
    with opened(settings.database) as store:
        sources = Sources(
            store=store,
            directory=settings.data / BLACK_BOX,
            black_box=lambda: None,
            ours=lambda text: any(text == str(one) for link in settings.links for one in link.extensions),
            now=time.time,
        )
        told, known = trace_of(sources, ContactId(number))
    if not told.lines:
        raise click.ClickException(NOT_KNOWN.format(number))
    if known.sessions:
        told.missing.append(f"SIP: {why}")
    return told


@click.command()
@NUMBER
@JSON
@CONFIG
@SET
def replay(number: int, as_json: bool, config: Path, wishes: tuple[str, ...]) -> None:
    """Decide anew, from the journal, all that was decided about a contact, and compare it bit for bit.

    Reads the database beside a running server, or without one; starts from the newest snapshot before the contact. The
    exit status is 1 where something comes out otherwise.

    Example: callwright replay 17 --config config
    """
    told = _replayed(settings_of(load(config, strict=False), wishes).database, number)
    click.echo(json.dumps(replay_facts(told), ensure_ascii=False) if as_json else replay_text(told))
    if told.difference is not None:
        raise click.exceptions.Exit(1)


def _replayed(database: str, number: int) -> Replay:
    with opened(database) as store:
        told = replay_of(store, ContactId(number))
    if not told.found:
        raise click.ClickException(NOT_KNOWN.format(number))
    return told


@click.command()
@click.option("--from", "first", type=click.IntRange(0), default=1, show_default=True, help="Number of the first one.")
@click.option("--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@JSON
@CONFIG
@SET
def feed(first: int, follow: bool, as_json: bool, config: Path, wishes: tuple[str, ...]) -> None:
    """Write the changes that integrators may see, in their order, one a line.

    To go on where it was left, ask from one behind the last number that was read; from 1 means all that are kept. Where
    some of those that are asked for were removed by retention, nothing is written. Needs the database alone.

    Example: callwright feed --from 4711 --follow --json
    """
    settings = settings_of(load(config, strict=False), wishes)
    there(settings.database)
    try:
        engine = open_engine(settings.database)
        try:
            changes = Feed(engine)
            for line in _lines(changes, first, follow=follow):
                click.echo(line.as_json() if as_json else _as_text(line))
        finally:
            engine.dispose()
    except StorageError as fault:
        raise click.ClickException(str(fault)) from fault
    except KeyboardInterrupt:
        raise click.exceptions.Exit(0) from None


def _lines(changes: Feed, first: int, *, follow: bool) -> Iterator[ChangeLine]:
    return changes.follow(first, lambda: False) if follow else changes.all_from(first)


def _as_text(line: ChangeLine) -> str:
    about = [f"contact {line.contact}"] if line.contact is not None else []
    about += [f"agent {line.agent}"] if line.agent is not None else []
    fields = " ".join(f"{name}={value}" for name, value in line.body.items() if value is not None)
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(line.at))
    return f"{line.seq:>8} {at} {line.kind:<22} {', '.join(about)}  {fields}".rstrip()
