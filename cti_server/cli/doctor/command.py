"""``callwright doctor``: what the server needs, looked at, and what to do where something is missing."""

import json
from pathlib import Path

import click

from cti_server.cli.configuration import CONFIG, SET
from cti_server.cli.doctor.examining import examine
from program.reactor import install

EVERY = 100_000
"""Journal rows between two lines of progress."""
BATCH = 1000
"""Rows after which progress is told of at most."""


@click.command()
@CONFIG
@SET
@click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
@click.option(
    "--deep", is_flag=True, help="Verify every row of the journal, not the newest 10000 alone; takes minutes."
)
def doctor(config: Path, wishes: tuple[str, ...], as_json: bool, deep: bool) -> None:
    """Look at what the server needs, and say what to do where something is missing.

    The machine (limits, clock, libraries, time zones, disk), configuration, database (server, room, who writes it, the
    journal's check sums), prompts, ports, secrets, certificates, links, connectors; each media service is asked for
    its version, packet engine, ports and calls, and looked at for its priority.

    Example: callwright doctor --config config
    """
    reactor = install()
    findings = examine(config, wishes, type(reactor).__name__, deep=deep, progress=_told if deep else None)
    if as_json:
        facts = [{"what": one.what, "ok": one.good, "detail": one.text} for one in findings]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    for finding in () if as_json else findings:
        click.echo(str(finding))
    if not all(finding.good for finding in findings):
        raise click.exceptions.Exit(1)


def _told(done: int, of: int) -> None:
    if done % EVERY < BATCH:
        click.echo(f"verified {done} of {of} rows", err=True)
