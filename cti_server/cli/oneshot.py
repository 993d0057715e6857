"""``callwright show``, ``console`` and ``switchover``: commands of the console, one-shot, from the shell."""

import shlex
import shutil
import sys
from pathlib import Path

import click

from cti_server.cli.configuration import CONFIG, SET, load, settings_of
from cti_server.cli.door import DoorError, Reply, ask
from cti_server.settings import ServerSettings

JSON = click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
TIMEOUT = click.option(
    "--timeout", type=click.FloatRange(1, 86_400), default=60.0, show_default=True, help="Seconds of patience."
)
INTERRUPTED = 130
"""Exit status of whoever was ended by Ctrl-C, as shells have it: 128 and the number of SIGINT."""
_TEXT = {"ignore_unknown_options": False, "allow_interspersed_args": True}


def tell(settings: ServerSettings, line: str, *, as_json: bool = False, timeout: float = 60.0) -> int:
    """Carry the line out and show what it comes to; returns the exit status.

    What went wrong is shown at standard error, as is progress; a fault of the door ends the command. Who ends it with
    Ctrl-C ends the waiting alone: what the server was asked goes on there.
    """
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    try:
        reply = ask(
            settings,
            line,
            form="json" if as_json else "text",
            width=width,
            timeout=timeout,
            progress=lambda told: click.echo(told, err=True),
        )
    except DoorError as fault:
        raise click.ClickException(str(fault)) from fault
    except KeyboardInterrupt:
        click.echo("\nnot waited for: what was asked may still be carried out; show audit tells", err=True)
        return INTERRUPTED
    _show(reply, as_json=as_json)
    return reply.status


def _show(reply: Reply, *, as_json: bool) -> None:
    if reply.text:
        click.echo(reply.text, err=reply.status != 0 and not as_json)


@click.command(context_settings=_TEXT)
@click.argument("what", nargs=-1, required=True)
@JSON
@TIMEOUT
@CONFIG
@SET
def show(what: tuple[str, ...], as_json: bool, timeout: float, config: Path, wishes: tuple[str, ...]) -> None:
    """Show what goes on in the running server: queues, agents, calls, contacts, links, ports and more.

    Example: callwright show agents status=ready sort=-for --json
    """
    settings = settings_of(load(config, strict=False), wishes)
    raise click.exceptions.Exit(tell(settings, shlex.join(["show", *what]), as_json=as_json, timeout=timeout))


@click.command(context_settings=_TEXT)
@click.argument("words", nargs=-1)
@JSON
@TIMEOUT
@CONFIG
@SET
def console(words: tuple[str, ...], as_json: bool, timeout: float, config: Path, wishes: tuple[str, ...]) -> None:
    """Carry out a command of the console in the running server; without one, each line of standard input.

    The exit status is 0 where it was done, 1 where it was refused or failed, 2 where it was not understood; for lines
    of standard input the first that is not 0, after which no more lines are read.

    Example: callwright console agent ready anna
    """
    settings = settings_of(load(config, strict=False), wishes)
    if words:
        raise click.exceptions.Exit(tell(settings, shlex.join(words), as_json=as_json, timeout=timeout))
    for line in sys.stdin:
        status = tell(settings, line.strip(), as_json=as_json, timeout=timeout) if line.strip() else 0
        if status:
            raise click.exceptions.Exit(status)


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
