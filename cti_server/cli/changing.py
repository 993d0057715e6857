"""``callwright plan``, ``apply``, ``undo`` and ``reload``: change a running server, having seen what that touches."""

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from cti_server.cli.configuration import BAD_CONFIG, CONFIG, SET, load, settings_of
from cti_server.cli.door import DoorError, ask
from cti_server.settings import ServerSettings

DONE, FAILED, DIFFERS = 0, 1, 3
"""Exit statuses: done or nothing to change; refused, failed or no server runs; with ``--detailed``: something would
change. 2 is a wrong configuration."""
PATIENCE: Final = 120.0
"""Seconds: a large site takes long to read."""

JSON: Final = click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
WHY: Final = click.option("--why", default="", metavar="TEXT", help="The reason; it stands in the journal.")
YES: Final = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@CONFIG
@SET
@JSON
@click.option("--detailed", is_flag=True, help="Exit status 3 where something would change.")
@click.option("--back", metavar="NUMBER", help="What going back to this plan would change; or: before.")
def plan(*, config: Path, wishes: tuple[str, ...], as_json: bool, detailed: bool, back: str | None) -> None:
    """Show what the files would change of the running system, and whom that touches now. Nothing is changed.

    Exit status: 0 done, 1 no server runs, 2 the files are wrong; with --detailed 0 means that nothing would change,
    and 3 that something would.

    Example: callwright plan --config config --detailed
    """
    settings = settings_of(load(config, strict=back is None), wishes)
    found = _ask(settings, "config", "plan", *_given(back=back))
    click.echo(_shown(found, as_json=as_json))
    raise click.exceptions.Exit(DIFFERS if detailed and not found.get("same") else DONE)


@click.command()
@CONFIG
@SET
@JSON
@WHY
@YES
@click.option("--expect", metavar="DIGEST", help="Only the change that callwright plan showed with this digest.")
def apply(*, config: Path, wishes: tuple[str, ...], as_json: bool, why: str, yes: bool, expect: str | None) -> None:
    """Bring the files into force in the running server, as a whole or not at all.

    On a terminal the change is shown first, and you are asked, unless there is nothing but what needs a restart. Where
    the files are wrong, or the change has become another one since it was shown, the system stays as it was. Exit
    status: 0 done, 1 refused, 2 the files are wrong.

    Example: callwright apply --config config --why "longer opening hours"
    """
    settings = settings_of(load(config), wishes)
    if not yes:
        found = _ask(settings, "config", "plan")
        click.echo(found["text"], err=as_json)
        if found.get("empty") and not found.get("undone"):
            return
        _confirm("Bring this into force?")
        expect = expect or found["digest"]
    done = _ask(settings, "config", "apply", *_given(why=why, expect=expect))
    click.echo(_shown(done, as_json=as_json))


@click.command()
@CONFIG
@SET
@JSON
@WHY
@YES
@click.option("--to", metavar="NUMBER", help="The plan of this number (callwright console config history).")
def undo(*, config: Path, wishes: tuple[str, ...], as_json: bool, why: str, yes: bool, to: str | None) -> None:
    """Bring the plan of before the last change into force again; undo that, and the change is back.

    The files stay as they are. What runs stands, over a restart too, until they are applied. Exit status: 0 done,
    1 refused.

    Example: callwright undo --config config --why "callers hear nothing"
    """
    settings = settings_of(load(config, strict=False), wishes)
    if not yes:
        found = _ask(settings, "config", "plan", *_given(back=to or "before"))
        click.echo(found["text"], err=as_json)
        _confirm("Go back to this?")
    done = _ask(settings, "config", "undo", *_given(why=why, to=to))
    click.echo(_shown(done, as_json=as_json))


@click.command()
@CONFIG
@SET
@JSON
def reload(*, config: Path, wishes: tuple[str, ...], as_json: bool) -> None:
    """Bring the files into force without asking, as SIGHUP does.

    Exit status: 0 done, 1 refused, 2 the files are wrong.

    Example: callwright reload --config config
    """
    settings = settings_of(load(config), wishes)
    click.echo(_shown(_ask(settings, "reload"), as_json=as_json))


COMMANDS: Final = (plan, apply, undo, reload)


def _given(**options: str | None) -> list[str]:
    return [f"{name}={value}" for name, value in options.items() if value]


def _ask(settings: ServerSettings, *words: str) -> dict[str, Any]:
    """What the server answers; a refusal, and a server that is not there, end the command."""
    try:
        reply = ask(settings, shlex.join(words), form="json", timeout=PATIENCE)
    except DoorError as fault:
        raise click.ClickException(str(fault)) from fault
    try:
        found = json.loads(reply.text)
    except ValueError:
        found = {"text": reply.text}
    if not isinstance(found, dict):
        found = {"text": reply.text}
    if reply.status or "refused" in found:
        click.echo(found.get("text", ""), err=True)
        raise click.exceptions.Exit(BAD_CONFIG if found.get("refused") == "wrong-files" else FAILED)
    return found


def _shown(found: Mapping[str, Any], *, as_json: bool) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False) if as_json else str(found.get("text", ""))


def _confirm(question: str) -> None:
    """Ask on a terminal; without one nothing is changed unless the command line says so."""
    if not sys.stdin.isatty():
        click.echo("nothing was changed: there is nobody to ask (not a terminal); say --yes", err=True)
        raise click.exceptions.Exit(FAILED)
    if not click.confirm(question):
        click.echo("nothing was changed", err=True)
        raise click.exceptions.Exit(FAILED)
