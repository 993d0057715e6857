"""The console command that shows what flows may ask of the outside."""

from collections.abc import Sequence

from cti_server.console.command import ConsoleCommand
from cti_server.console.operations import Operations
from cti_server.console.tables import render


def show(operations: Operations, _words: Sequence[str]) -> str:
    """``show connectors``."""
    rows = [(one.name, one.kind, one.peer, "up" if one.up else "DOWN", one.detail) for one in operations.connectors()]
    return render(("connector", "kind", "peer", "state", "detail"), rows, "no connectors")


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(words=("show", "connectors"), help="databases, web services, mail and PINs", run=show),
)
