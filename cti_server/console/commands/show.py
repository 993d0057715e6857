"""Console commands that show tables of what there is now: calls, queues, agents, links, ports, contacts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer, Cell, Moment, Refused, Span, Table, Told
from cti_server.console.command import Argument, ConsoleCommand, UsageError
from cti_server.console.limits import seen_agents, seen_contacts
from cti_server.console.operations import ContactLine, Operations
from cti_server.console.presenting import as_text
from cti_server.console.rights import Right
from cti_server.engine.views import agent_views, contact_views, queue_views
from cti_server.vocabulary.ids import LinkName
from cti_server.vocabulary.values import ContactStage

MOST_CONTACTS: Final = 500
USUAL_CONTACTS: Final = 20
MOST_LOOKED_AT: Final = 10_000
"""Newest contacts that are looked at where filters are to find some of them."""
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
CALLS: Final = (
    "contact",
    "call",
    "stage",
    "queue",
    "position",
    "waiting",
    "agent",
    "step",
    "age",
    "priority",
    "link",
    "channel",
)
QUEUES: Final = (
    "queue",
    "state",
    "waiting",
    "ringing",
    "longest",
    "logged on",
    "ready",
    "free",
    "received",
    "answered",
    "abandoned",
    "late",
    "reason",
)
AGENTS: Final = (
    "agent",
    "name",
    "status",
    "work",
    "for",
    "device",
    "phone",
    "contacts",
    "group",
    "skill",
    "reason",
)
CONTACTS: Final = ("contact", "arrived", "queue", "agent", "outcome", "waited", "talked")
LINKS: Final = ("link", "kind", "peer", "state", "detail")
PORTS: Final = ("port", "service", "registered", "state", "session", "contact")


def show_calls(operations: Operations, _words: Sequence[str]) -> Answer:
    """``show calls``."""
    views = seen_contacts(operations.actor, contact_views(operations.state, operations.now()))
    rows = [
        (
            int(one.id),
            str(one.channel) if one.call is None else f"{one.call.link}/{one.call.call}",
            f"{one.stage} (agent line)" if one.internal else str(one.stage),
            one.queue,
            one.position,
            None if one.waiting is None else Span(one.waiting),
            one.agent,
            one.step,
            Span(one.age),
            one.priority,
            None if one.call is None else one.call.link,
            str(one.channel),
        )
        for one in views
        if one.stage not in {ContactStage.WRAP_UP, ContactStage.CLOSED}
    ]
    return Table(headings=CALLS, rows=rows, empty="no calls", unseen=("priority", "link", "channel"))


def show_queues(operations: Operations, words: Sequence[str]) -> Answer:
    """``show queues [QUEUE]``."""
    state, now = operations.state, operations.now()
    rows: list[Sequence[Cell]] = []
    for one in queue_views(state, now):
        plan = state.queue(one.name)
        if not operations.actor.sees(one.name):
            continue
        is_open, why = (False, "not in the plan any more") if plan is None else state.queue_is_open(plan, now)
        rows.append(
            (
                one.name,
                "open" if is_open else "closed",
                one.waiting,
                one.ringing,
                Span(one.longest_wait),
                one.logged_on,
                one.ready,
                one.free,
                one.counters.received,
                one.counters.answered,
                one.counters.abandoned,
                one.waiting_late,
                why,
            )
        )
    return _listed(Table(headings=QUEUES, rows=rows, empty="no queues", unseen=("late", "reason")), words, "queue")


def show_agents(operations: Operations, words: Sequence[str]) -> Answer:
    """``show agents [AGENT]``."""
    state, now = operations.state, operations.now()
    rows = [
        (
            one.id,
            one.name,
            str(one.status) + (f" ({one.reason})" if one.reason else ""),
            str(one.work),
            None if one.since is None else Span(now - one.since),
            one.device,
            "busy" if one.phone_busy else "free" if one.device else None,
            " ".join(str(contact) for contact in one.contacts) or None,
            " ".join(one.groups) or None,
            " ".join(f"{name}={level}" for name, level in one.skills.items()) or None,
            one.reason or None,
        )
        for one in seen_agents(state, operations.actor, agent_views(state))
    ]
    table = Table(headings=AGENTS, rows=rows, empty="no agents", unseen=("group", "skill", "reason"))
    return _listed(table, words, "agent")


def show_links(operations: Operations, words: Sequence[str]) -> Answer:
    """``show links [LINK]``."""
    draining = operations.state.draining
    rows = [
        (
            one.name,
            one.kind,
            one.peer,
            "DOWN" if not one.up else "up, drains" if LinkName(one.name) in draining else "up",
            one.detail,
        )
        for one in operations.links()
    ]
    return _listed(Table(headings=LINKS, rows=rows, empty="no links"), words, "link")


def show_connectors(operations: Operations, _words: Sequence[str]) -> Answer:
    """``show connectors``."""
    rows = [(one.name, one.kind, one.peer, "up" if one.up else "DOWN", one.detail) for one in operations.connectors()]
    return Table(headings=("connector", *LINKS[1:]), rows=rows, empty="no connectors")


def show_ports(operations: Operations, words: Sequence[str]) -> Answer:
    """``show ports [PORT]``."""
    views = contact_views(operations.state, operations.now())
    seen = seen_contacts(operations.actor, views)
    contacts: Mapping[str, int] = {str(one.session.session): int(one.id) for one in seen if one.session is not None}
    rows = [
        (
            one.number,
            one.service,
            "yes" if one.registered else "NO",
            one.state,
            one.session,
            contacts.get(one.session) if one.session else None,
        )
        for one in operations.ports()
    ]
    return _listed(Table(headings=PORTS, rows=rows, empty="no ports"), words, "port")


def show_contacts(operations: Operations, words: Sequence[str]) -> Deferred[Answer]:
    """``show contacts [COUNT] [since=1h]``."""
    plain = [word for word in words if "=" not in word]
    since = next((word.partition("=")[2] for word in words if "=" in word), None)
    if plain and not (plain[0].isascii() and plain[0].isdecimal()):
        raise UsageError(f"count is a number, not {plain[0]!r}")
    count = int(plain[0][:9]) if plain else USUAL_CONTACTS
    if not 1 <= count <= MOST_CONTACTS:
        raise UsageError(f"count is 1 to {MOST_CONTACTS}")
    earliest = None if since is None else operations.now() - span_of(since)
    actor = operations.actor
    narrow = since is not None or actor.queues is not None

    def told(lines: Sequence[ContactLine]) -> Answer:
        wanted = [one for one in lines if earliest is None or one.arrived >= earliest]
        wanted = [one for one in wanted if actor.sees(one.queue)]
        return Table(headings=CONTACTS, rows=[_row(one) for one in wanted], empty="no contacts yet")

    return operations.contacts(MOST_LOOKED_AT if narrow else count).addCallback(told)


def span_of(word: str) -> float:
    """Seconds of ``90s``, ``15m``, ``2h`` or ``1d``; raises `UsageError` where it is none of them."""
    number, unit = word[:-1], word[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdecimal()) or len(number) > 6:
        raise UsageError(f"a span is written as 90s, 15m, 2h or 1d, not {word!r}")
    return float(number) * _UNITS[unit]


def _row(one: ContactLine) -> Sequence[Cell]:
    return (
        one.contact,
        Moment(one.arrived),
        one.queue,
        one.agent,
        one.disposition,
        None if one.wait is None else Span(one.wait),
        None if one.talk is None else Span(one.talk),
    )


def _listed(table: Table, words: Sequence[str], what: str) -> Answer:
    """The table; where one is named, that one at length: everything that is known of it, a line each."""
    if not words:
        return table
    found = [row for row in table.rows if row[0] == words[0]]
    if not found:
        return Refused(text=f"no {what} is called {words[0]!r}", code=f"unknown-{what}")
    return detailed(table.headings, found[0])


def detailed(headings: Sequence[str], row: Sequence[Cell]) -> Told:
    """One row at length: a line for each column."""
    lines = Table(headings=("what", "is"), rows=list(zip(headings, row, strict=True)))
    text = "\n".join(as_text(lines).split("\n")[2:])
    facts = {
        heading.replace(" ", "_"): float(cell) if isinstance(cell, float) else cell
        for heading, cell in zip(headings, row, strict=True)
    }
    return Told(text=text, facts=facts)


def _named(what: Callable[[Operations], Sequence[str]], name: str) -> tuple[Argument, ...]:
    return (Argument(name=name, choices=what, optional=True),)


def _queues(operations: Operations) -> list[str]:
    return [name for name in operations.state.plan.queues if operations.actor.sees(name)]


def _agents(operations: Operations) -> list[str]:
    return sorted(operations.state.plan.agents)


COMMANDS: tuple[ConsoleCommand, ...] = (
    ConsoleCommand(
        words=("show", "calls"),
        help="contacts whose call stands, and where each is",
        run=show_calls,
        filters=CALLS,
        detail="Example: show calls queue=sales sort=-age",
    ),
    ConsoleCommand(
        words=("show", "queues"),
        help="who waits, and who could serve them",
        run=show_queues,
        arguments=_named(_queues, "queue"),
        filters=QUEUES,
        detail="Examples: show queues, show queues sales, show queues sort=-waiting",
    ),
    ConsoleCommand(
        words=("show", "agents"),
        help="agents, their status and what they do",
        run=show_agents,
        arguments=_named(_agents, "agent"),
        filters=AGENTS,
        detail="Examples: show agents anna, show agents group=sales status=ready, show agents skill=english=* --json",
    ),
    ConsoleCommand(
        words=("show", "links"),
        help="connections to PBXs and media services",
        run=show_links,
        arguments=_named(lambda operations: [one.name for one in operations.links()], "link"),
        filters=LINKS,
        detail="Example: show links state=DOWN",
    ),
    ConsoleCommand(
        words=("show", "ports"),
        help="media ports and their sessions",
        run=show_ports,
        arguments=_named(lambda operations: [one.number for one in operations.ports()], "port"),
        filters=PORTS,
        detail="Example: show ports state=free registered=NO",
    ),
    ConsoleCommand(
        words=("show", "contacts"),
        help="the newest contacts from the reports",
        run=show_contacts,
        arguments=(Argument(name="count", optional=True),),
        options=("since",),
        filters=CONTACTS,
        detail="count is how many are looked at, 20 where it is left out; with since=90s, 15m, 2h or 1d all of that "
        "time.\nExamples: show contacts 50, show contacts since=1h queue=sales outcome=abandoned",
        right=Right.REPORT,
    ),
    ConsoleCommand(
        words=("show", "connectors"),
        help="databases, web services, mail and PINs",
        run=show_connectors,
        filters=("connector", *LINKS[1:]),
        detail="Example: show connectors state=DOWN",
    ),
)
