"""Options that several commands share: which rows of a trace, how they are shown, a host with a port."""

from collections.abc import Callable
from datetime import datetime
from functools import reduce, wraps
from pathlib import Path
from typing import Any, Final

import click

from csta.trace import Kind, Wanted
from cti_server.cli.csta.trace import Look

_SELECTION: Final = (
    click.option("--call", "calls", multiple=True, metavar="ID", help="Only this call, through its transfers."),
    click.option("--device", "devices", multiple=True, metavar="NUMBER", help="Only this device."),
    click.option(
        "--kind", "kinds", multiple=True, type=click.Choice([kind.value for kind in Kind]), help="Only these kinds."
    ),
    click.option("--name", "names", multiple=True, metavar="TEXT", help="Only messages with this in their name."),
    click.option("--errors", is_flag=True, help="Only what went wrong: refusals, damage, findings, gaps."),
    click.option("--since", type=click.DateTime(), help="Only from this local time on."),
    click.option("--until", type=click.DateTime(), help="Only up to this local time."),
    click.option("--mask/--no-mask", default=True, show_default=True, help="Shorten numbers, hide dialled digits."),
    click.option("--user-data", is_flag=True, help="Show user, correlator and private data too."),
    click.option("--json", "as_json", is_flag=True, help="One JSON object a line."),
    click.option("--colour/--no-colour", "colour", default=None, help="As the terminal has it, unless given."),
    click.option("-v", "--verbose", count=True, help="Whole messages; twice: bytes that are no message (--no-mask)."),
)


def selection(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a selection; it takes them as ``wanted`` and ``look``."""

    @wraps(command)
    def called(**options: Any) -> None:  # noqa: ANN401 - what click hands over
        taken = {name: options.pop(name) for name in _NAMES}
        command(wanted=_wanted(taken), look=_look(taken), **options)

    return reduce(lambda inner, option: option(inner), reversed(_SELECTION), called)


_NAMES: Final = (
    "calls",
    "devices",
    "kinds",
    "names",
    "errors",
    "since",
    "until",
    "mask",
    "user_data",
    "as_json",
    "colour",
    "verbose",
)


def _wanted(taken: dict[str, Any]) -> Wanted:
    return Wanted(
        calls=taken["calls"],
        devices=taken["devices"],
        kinds=[Kind(kind) for kind in taken["kinds"]],
        names=taken["names"],
        errors=taken["errors"],
        since=_seconds(taken["since"]),
        until=_seconds(taken["until"]),
    )


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _look(taken: dict[str, Any]) -> Look:
    return Look(
        json=taken["as_json"],
        colour=taken["colour"],
        verbose=taken["verbose"],
        numbers=taken["mask"],
        user_data=not taken["user_data"],
    )


def host_and_port(_context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, int] | None:
    """``host:port`` as a pair; without a host this machine alone, an IPv6 address in brackets.

    Raises:
        click.BadParameter: it is not of this form.
    """
    if value is None:
        return None
    host, colon, port = value.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter(f"{value!r} is not of the form HOST:PORT", param=parameter)
    return host.strip("[]") or "127.0.0.1", int(port)


def place(text: str, usual_port: int | None) -> tuple[str, int]:
    """``host``, ``host:port`` or ``[IPv6]:port``; without a port the usual one.

    Raises:
        click.UsageError: the port is missing and no usual one is known, or it is no port.
    """
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]") or (":" in host.strip("[]") and not host.startswith("[")):
        host, port = text, "" if usual_port is None else str(usual_port)
    if not port:
        raise click.UsageError(f"{text}: no usual port is known for this dialect; give HOST:PORT")
    if not port.isdigit() or not 0 < int(port) <= 65535 or not host:
        raise click.UsageError(f"{text!r} is not of the form HOST[:PORT]")
    return host.strip("[]"), int(port)


def password(user: str, file: Path | None) -> str:
    """The user's password: a file's first line, or what is typed, without being shown.

    Raises:
        click.ClickException: the file cannot be read.
    """
    if file is None:
        typed: str = click.prompt(f"Password of {user}", hide_input=True)
        return typed
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError) as fault:
        raise click.ClickException(f"{file}: {getattr(fault, 'strerror', None) or 'is no text'}") from fault
