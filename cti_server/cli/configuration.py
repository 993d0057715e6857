"""The configuration as commands take it, its problems shown, settings overridden; and ``callwright check``."""

from pathlib import Path
from typing import Final

import click

from cti_server.cli.overrides import OverrideError, override
from cti_server.settings import Loaded, ServerSettings, load_settings
from cti_server.settings.flows.media_file import warnings_of
from cti_server.vocabulary.plan import SitePlan

BAD_CONFIG: Final = 2
"""Exit status where the configuration is wrong."""
CONFIG: Final = click.option(
    "--config",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("config"),
    show_default=True,
    help="Directory with server.yaml, site/ and flows/.",
)
SET: Final = click.option(
    "--set", "wishes", multiple=True, metavar="PATH=VALUE", help="A setting instead of the file's."
)


def load(config: Path, *, strict: bool = True) -> Loaded:
    """What the files say; problems are shown, and end the command where it needs the plan or the settings."""
    if not config.is_dir():
        click.echo(f"there is no folder {config}; --config names the one with server.yaml, site/ and flows/", err=True)
        raise click.exceptions.Exit(BAD_CONFIG)
    loaded = load_settings(config)
    if loaded.settings is None or (strict and loaded.problems):
        for problem in loaded.problems:
            click.echo(str(problem), err=True)
        click.echo(f"{len(loaded.problems)} problem(s)", err=True)
        raise click.exceptions.Exit(BAD_CONFIG)
    return loaded


def settings_of(loaded: Loaded, wishes: tuple[str, ...]) -> ServerSettings:
    """The settings, with what the command line says instead; a wrong wish ends the command."""
    if loaded.settings is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    try:
        return override(loaded.settings, wishes)
    except OverrideError as wrong:
        click.echo(f"--set {wrong}", err=True)
        raise click.exceptions.Exit(BAD_CONFIG) from wrong


def warn(config: Path, plan: SitePlan) -> None:
    """Show what the media service beside does not let the plan do, on standard error."""
    for warning in warnings_of(plan, config):
        click.echo(f"warning: {warning}", err=True)


@click.command()
@CONFIG
@SET
def check(config: Path, wishes: tuple[str, ...]) -> None:
    """Check the configuration: every problem at once as file:line: path: message; the exit status is 2 then.

    Where the media service's media.yaml lies beside it, warnings tell what it does not let the plan do.

    Example: callwright check --config config
    """
    loaded = load(config)
    settings = settings_of(loaded, wishes)
    plan = loaded.plan
    if plan is None:
        raise click.exceptions.Exit(BAD_CONFIG)
    click.echo(
        f"{config}: no problems. {len(settings.links)} link(s), {len(plan.pilots)} pilot(s), "
        f"{len(plan.queues)} queue(s), {len(plan.agents)} agent(s), {len(plan.flows)} flow(s)"
    )
    warn(config, plan)
