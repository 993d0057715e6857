"""The group of commands, its own and those that other rooms plug in (``callwright.commands``), imported when called."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import click

from program.cycles import no_collections

GROUP: Final = "callwright.commands"
SECTIONS: Final = {
    "Run": {
        "run": "the server, until Ctrl-C or SIGTERM",
        "check": "all problems of the configuration, with file and line",
        "doctor": "what the server needs, and what to do where it is missing",
        "drift": "the configuration against the PBX",
        "switchover": "let the server that stands by take over",
    },
    "Change": {
        "plan": "what the files would change, and whom it touches now",
        "apply": "bring the files into force, once they were shown",
        "undo": "bring the plan of before into force again",
        "reload": "bring the files into force without asking",
        "flow": "draw flows; test them without a telephone",
        "simulate": "a day of contacts under a configuration, or two",
        "prompts": "list, check, make and import what callers hear",
    },
    "Look and act": {
        "show": "what goes on now: queues, agents, contacts, links ...",
        "console": "any command of the console, from a shell or a script",
        "contacts": "the newest contacts with their segments",
        "contact": "the whole life of one contact",
        "why": "why a contact waited, and why an agent did not get it",
        "trace": "one time line of a contact: SIP, CSTA, flow, offers",
        "replay": "decide a contact anew, and compare",
        "csta": "what is on a CSTA link; try, share, play back",
    },
    "Keep": {
        "backup": "journal, addresses and configuration into one file",
        "restore": "bring a backup back",
        "check-journal": "hold each row to its check sum",
        "rebuild": "fold the tables of the reports anew",
        "feed": "changes for other programs, one a line",
        "console-user": "add a user, or give one a password or roles",
        "agent-pin": "give an agent a PIN for the agent line",
    },
}
"""The built-in commands by what they are for, in order, each with what it shows or does in one line."""


class PluggedGroup(click.Group):
    """A command group that also has the plugged-in commands; each is imported only when it is called.

    Args:
        places: where commands of the group's own are, ``module:name`` for each.
        attributes: those of `click.Group`.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - click's
        places: Mapping[str, str] | None = None,
        **attributes: Any,  # noqa: ANN401 - click's
    ) -> None:
        super().__init__(*args, **attributes)
        self._own = {name: EntryPoint(name, place, GROUP) for name, place in (places or {}).items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names: the known ones in the order of `SECTIONS`, then the others, sorted."""
        plugged = (entry.name for entry in entry_points(group=GROUP))
        names = {*super().list_commands(ctx), *self._own, *plugged}
        known = [name for section in SECTIONS.values() for name in section if name in names]
        return [*known, *sorted(names - set(known))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command of the group's own, or else a plugged-in one.

        Raises:
            click.ClickException: what is plugged in cannot be imported, or is no command.
        """
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        entry = self._own.get(cmd_name) or next(iter(entry_points(group=GROUP, name=cmd_name)), None)
        return None if entry is None else _load(entry)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; raises `click.UsageError`, with the name that was meant, for none."""
        if args and not args[0].startswith("-") and args[0] not in (names := self.list_commands(ctx)):
            from settings_file import did_you_mean  # noqa: PLC0415 - loads pydantic, which the list of commands does not

            raise click.UsageError(f"there is no command {args[0]!r}{did_you_mean(args[0], names)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands under the headings of `SECTIONS`, without importing those that stand there."""
        names = self.list_commands(ctx)
        for title, section in SECTIONS.items():
            _write(formatter, title, [(name, words) for name, words in section.items() if name in names])
        others = [name for name in names if not any(name in section for section in SECTIONS.values())]
        limit = formatter.width - 6 - max((len(name) for name in others), default=0)
        _write(formatter, "More", [(name, self._word(ctx, name, limit)) for name in others])

    def _word(self, ctx: click.Context, name: str, limit: int) -> str:
        command = self.get_command(ctx, name)
        return "" if command is None else command.get_short_help_str(limit)


def _write(formatter: click.HelpFormatter, title: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def _load(entry: EntryPoint) -> click.Command:
    try:
        with no_collections():
            command = entry.load()
    except (ImportError, AttributeError) as fault:
        raise click.ClickException(f"command {entry.name} cannot be loaded from {entry.value}: {fault}") from fault
    if not isinstance(command, click.Command):
        raise click.ClickException(f"{entry.value}, plugged in as {entry.name}, is no command")
    return command
