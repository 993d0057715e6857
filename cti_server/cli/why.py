"""``callwright why``: why a contact waited, and why an agent did not get it."""

from pathlib import Path

import click

from cti_server.cli.configuration import CONFIG, SET, load, settings_of
from cti_server.cli.reading import NOT_KNOWN, why_told


@click.command()
@click.argument("number", type=click.IntRange(1))
@click.argument("agent", required=False)
@CONFIG
@SET
def why(number: int, agent: str | None, config: Path, wishes: tuple[str, ...]) -> None:
    """Tell in plain words why a contact waited; with AGENT, why that agent did not get it.

    The journal is folded again to each moment that mattered, so that it is what the engine saw. Works beside a running
    server, too.

    Example: callwright why 17 anna --config config
    """
    told = why_told(settings_of(load(config, strict=False), wishes).database, number, agent)
    if told is None:
        raise click.ClickException(NOT_KNOWN.format(number))
    click.echo(told)
