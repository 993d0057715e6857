"""``callwright switchover``: let the server that stands by take over."""

from pathlib import Path

import click

from cti_server.cli.configuration import CONFIG, SET, load, settings_of
from cti_server.cli.oneshot import JSON, TIMEOUT, tell


@click.command()
@CONFIG
@SET
@JSON
@TIMEOUT
def switchover(config: Path, wishes: tuple[str, ...], as_json: bool, timeout: float) -> None:
    """Let the server that stands by take over, nothing dropped; given on the machine of the active one.

    Example: callwright switchover --config config
    """
    settings = settings_of(load(config, strict=False), wishes)
    raise click.exceptions.Exit(tell(settings, "site switchover", as_json=as_json, timeout=timeout))
