"""The command ``callwright drift``: a table or JSON of what differs, and an exit status for scheduled runs."""

import json
from pathlib import Path
from typing import Final

import click
from rich import box
from rich.table import Table
from twisted.internet.base import ReactorBase

from cti_server.cli.asking import UnreachableError, way_of
from cti_server.cli.configuration import BAD_CONFIG, CONFIG, SET, load, settings_of
from cti_server.cli.csta.screen import clean, screen
from cti_server.cli.drift import Finding, State, check_link, expected_of, media_ports
from cti_server.cli.running import Work, run
from cti_server.settings import ServerSettings
from cti_server.vocabulary.plan import SitePlan

SAME, DRIFTED, UNREACHABLE = 0, 1, 3
"""Exit statuses: everything is known, something is not, a PBX could not be asked; 2 is a wrong configuration."""
_STYLES: Final = {State.DRIFTED: "bold red", State.UNKNOWN: "yellow", State.SAME: ""}


@click.command()
@CONFIG
@SET
@click.option("--link", "names", multiple=True, metavar="LINK", help="Only this link; without it all.")
@click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
@click.option("--all/--only-drift", "everything", default=True, help="Also what is as it should be.")
def drift(config: Path, wishes: tuple[str, ...], names: tuple[str, ...], as_json: bool, everything: bool) -> None:
    """Compare the config with the PBX: does it know every pilot, agent's phone and media port, and we its agents?

    Each device gets a monitor for a moment; nothing is changed. The media services are asked for their ports. A link of
    its own is used for each PBX, beside the running server's. Exit status: 0 no drift, 1 drift, 2 the configuration is
    wrong, 3 a PBX could not be asked.

    Example: callwright drift --config config --only-drift
    """
    loaded = load(config)
    settings = settings_of(loaded, wishes)
    if loaded.plan is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    unknown = set(names) - {link.name for link in settings.links}
    if unknown:
        raise click.UsageError(f"the configuration has no link {', '.join(sorted(unknown))}")
    raise click.exceptions.Exit(run(_look(settings, loaded.plan, names, as_json=as_json, everything=everything)))


def _look(settings: ServerSettings, plan: SitePlan, names: tuple[str, ...], *, as_json: bool, everything: bool) -> Work:
    async def work(reactor: ReactorBase) -> int:
        ports, silent = await media_ports(reactor, settings.media_services)
        for service in silent:
            click.echo(
                f"{service.name} at {service.host}:{service.port} does not answer: its ports are left out", err=True
            )
        found: list[Finding] = []
        missed = False
        for link in settings.links:
            if names and link.name not in names:
                continue
            try:
                way = way_of(link)
                expected = expected_of(link, way.dialect, plan, ports, settings.links)
                found += await check_link(reactor, expected, way)
            except UnreachableError as failed:
                missed = True
                click.echo(f"link {link.name}: {failed}", err=True)
        show([one for one in found if everything or one.state is not State.SAME], as_json=as_json)
        drifted = sum(one.state is State.DRIFTED for one in found)
        click.echo(f"{drifted} of {len(found)} drifted", err=True)
        return UNREACHABLE if missed else (DRIFTED if drifted else SAME)

    return work


def show(found: list[Finding], *, as_json: bool) -> None:
    """Print findings as a table, or as one JSON array."""
    if as_json:
        click.echo(json.dumps([one.plain() for one in found], indent=2))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("link", "what", "name", "the config says", "the PBX says", ""):
        table.add_column(heading)
    for one in found:
        texts = (one.link, one.kind, one.name, one.config, one.pbx, one.state.value)
        table.add_row(*map(clean, texts), style=_STYLES[one.state])
    screen(colour=None).print(table)
