"""Console commands about the two servers of a pair: which one acts, and letting the other one take over."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer, Refused, Told
from cti_server.console.command import ConsoleCommand, Result
from cti_server.console.operations import Operations
from cti_server.console.rights import Right

ALONE = "this server stands alone: there is no part standby in server.yaml (docs/standby.md)"


def show_site(operations: Operations, _words: Sequence[str]) -> Answer:
    """Which server acts, who stands by, how far behind it is."""
    cluster = operations.faces.cluster
    return Told(text=ALONE, facts={"paired": False}) if cluster is None else cluster.standing()


def switch_over(operations: Operations, _words: Sequence[str]) -> Result:
    """Let the server that stands by take over."""
    cluster = operations.faces.cluster
    if cluster is None:
        return Refused(text=ALONE, code="not-paired")
    operations.progress("what is in hand is finished, a snapshot is kept, the lease is handed over")
    handed: Deferred[Answer] = cluster.switch_over(operations.actor)
    return handed


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("site",),
        help="which server acts, which stands by, and how far behind it is",
        run=show_site,
        detail="row is the last row of the journal that a server knows, behind how many it lacks, token the number\n"
        "under which the active one writes; it rises with each takeover.\nExample: site",
    ),
    ConsoleCommand(
        words=("site", "switchover"),
        help="let the server that stands by take over, nothing dropped",
        run=switch_over,
        right=Right.SYSTEM,
        audited=False,
        detail="Given at the active server; refused where nobody stands by, or where that one is far behind.\n"
        "Calls and callers stay where they are; this server then stands by.\nExample: site switchover",
    ),
)
