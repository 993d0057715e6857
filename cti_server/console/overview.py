"""The console's dashboard: queues above, agents below, in one screen; what ``top`` shows again and again."""

from collections.abc import Sequence
from typing import Final

from cti_server.console.answers import Answer, Cell, Table, Told
from cti_server.console.command import ConsoleCommand, UsageError
from cti_server.console.commands.show import QUEUES, show_queues
from cti_server.console.limits import seen_agents
from cti_server.console.operations import Operations
from cti_server.console.presenting import as_text
from cti_server.console.shaping import shaped
from cti_server.console.tables import seconds
from cti_server.engine.views import agent_views
from cti_server.vocabulary.values import AgentStatus, WorkState

_ACROSS: Final = 3
"""Agents side by side."""
_WIDTH: Final = 80
"""Columns: it is one screen of the smallest terminal that there is."""
_SHORT: Final = {
    WorkState.RESERVED: "rings",
    WorkState.BUSY: "talks",
    WorkState.WRAP_UP: "wraps up",
}


def overview(operations: Operations, words: Sequence[str]) -> Answer:
    """``overview [queue=QUEUE] [sort=COLUMN]``."""
    wishes = dict(word.split("=", 1) for word in words)
    queues = show_queues(operations, ())
    if not isinstance(queues, Table):
        raise UsageError("queues cannot be listed")
    asked = [(name, value) for name, value in wishes.items() if value]
    table = shaped(queues, asked)
    queue = wishes.get("queue")
    state, now = operations.state, operations.now()
    groups = {group for name, plan in state.plan.queues.items() if name == queue for group in plan.groups}
    agents = [
        one
        for one in seen_agents(state, operations.actor, agent_views(state))
        if one.status is not AgentStatus.LOGGED_OFF and (queue is None or groups & set(one.groups))
    ]
    told = [
        f"{one.id} {_SHORT.get(one.work) or one.status} {seconds(now - one.since) if one.since is not None else ''}"
        for one in agents
    ]
    told += [""] * (-len(told) % _ACROSS)
    rows: list[Sequence[Cell]] = [tuple(told[place : place + _ACROSS]) for place in range(0, len(told), _ACROSS)]
    below = Table(headings=("agents",) + ("",) * (_ACROSS - 1), rows=rows, empty="nobody is logged on")
    facts = {"queues": len(table.rows) if isinstance(table, Table) else 0, "logged_on": len(agents)}
    return Told(text=f"{as_text(table, _WIDTH)}\n\n{as_text(below, _WIDTH)}", facts=facts)


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("overview",),
        help="queues and agents in one screen",
        run=overview,
        options=("queue", "sort"),
        detail=f"sort is one of {', '.join(name.replace(' ', '-') for name in QUEUES)}, with - before it the other\n"
        "way round. top refreshes it in place. Example: overview queue=sales",
    ),
)
