"""Commands that other rooms plug into ``callwright`` by the entry-point group ``callwright.commands``."""

from importlib.metadata import EntryPoint, entry_points
from typing import Final

import click

GROUP: Final = "callwright.commands"


class PluggedGroup(click.Group):
    """A command group that also has the plugged-in commands; each is imported only when it is asked for or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, sorted."""
        return sorted({*super().list_commands(ctx), *(entry.name for entry in entry_points(group=GROUP))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command of the group's own, or else a plugged-in one.

        Raises:
            click.ClickException: what is plugged in cannot be imported, or is no command.
        """
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        entry = next(iter(entry_points(group=GROUP, name=cmd_name)), None)
        return None if entry is None else _load(entry)


def _load(entry: EntryPoint) -> click.Command:
    try:
        command = entry.load()
    except (ImportError, AttributeError) as fault:
        raise click.ClickException(f"command {entry.name} cannot be loaded from {entry.value}: {fault}") from fault
    if not isinstance(command, click.Command):
        raise click.ClickException(f"{entry.value}, plugged in as {entry.name}, is no command")
    return command
