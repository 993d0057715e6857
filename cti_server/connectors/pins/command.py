"""``callwright agent-pin``: gives an agent a PIN for the agent line."""

import sys
from pathlib import Path

import click

from cti_server.connectors.pins.book import PinBook, PinsError
from cti_server.settings import load_settings
from cti_server.settings.connectors import PinSettings
from settings_file import did_you_mean

_BAD_CONFIG = 2


@click.command("agent-pin")
@click.argument("agent")
@click.option(
    "--config",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("config"),
    show_default=True,
    help="Directory with server.yaml, site/ and flows/.",
)
@click.option("--pin-stdin", is_flag=True, help="Read the PIN from standard input.")
def agent_pin(agent: str, config: Path, pin_stdin: bool) -> None:
    """Give an agent a PIN, or another one: 4 to 12 digits.

    Example: callwright agent-pin anna --config config
    """
    loaded = load_settings(config)
    settings = loaded.settings
    if settings is None:
        click.echo(f"{config}: server.yaml cannot be read; callwright check says why", err=True)
        raise click.exceptions.Exit(_BAD_CONFIG)
    if loaded.plan is not None and agent not in (known := [str(one) for one in loaded.plan.agents]):
        raise click.ClickException(f"no agent is called {agent!r}{did_you_mean(agent, known)}")
    pins = settings.connectors.pins or PinSettings(file=(config / PinSettings().file).resolve())
    if pin_stdin:
        pin = sys.stdin.readline().rstrip("\n")
    else:
        pin = click.prompt("PIN", hide_input=True, confirmation_prompt=True)
    try:
        PinBook(pins.file).set(agent, pin)
    except PinsError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    click.echo(f"{agent} has a PIN ({pins.file})")
