"""``callwright run``: the server itself."""

from pathlib import Path

import click

from csta.transport.readiness import write_methods
from cti_server.cli.configuration import BAD_CONFIG, CONFIG, SET, load, settings_of
from cti_server.runtime.lifecycle import run as run_server
from program.cycles import no_collections
from program.reactor import install


@click.command()
@CONFIG
@SET
def run(config: Path, wishes: tuple[str, ...]) -> None:
    """Run the server until Ctrl-C or SIGTERM; no call is dropped when it stops.

    Example: callwright run --config config --set log.format=json
    """
    # Until the server is started; it sees to that itself.
    with no_collections():
        status = _served(config, wishes)
    raise click.exceptions.Exit(status)


def _served(config: Path, wishes: tuple[str, ...]) -> int:
    loaded = load(config)
    settings = settings_of(loaded, wishes)
    if loaded.plan is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    reactor = install()
    write_methods(reactor)
    try:
        return run_server(reactor, settings, loaded.plan, config)
    except OSError as fault:
        raise click.ClickException(str(fault)) from fault
