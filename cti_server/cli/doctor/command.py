"""``callwright doctor``: what the server needs, looked at, and what to do where something is missing."""

import json
from pathlib import Path

import click

from cti_server.cli.configuration import CONFIG, SET
from cti_server.cli.doctor.examining import examine
from program.reactor import install


@click.command()
@CONFIG
@SET
@click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
def doctor(config: Path, wishes: tuple[str, ...], as_json: bool) -> None:
    """Look at what the server needs, and say what to do where something is missing.

    The machine (limits, clock, libraries, time zones, disk), configuration, database, prompts, ports, secrets,
    certificates, links, connectors; each media service is asked for its version, packet engine, ports and calls.

    Example: callwright doctor --config config
    """
    reactor = install()
    findings = examine(config, wishes, type(reactor).__name__)
    if as_json:
        facts = [{"what": one.what, "ok": one.good, "detail": one.text} for one in findings]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    for finding in () if as_json else findings:
        click.echo(str(finding))
    if not all(finding.good for finding in findings):
        raise click.exceptions.Exit(1)
