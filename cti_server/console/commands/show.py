"""Console commands that show tables of what there is now."""

from collections.abc import Sequence
from datetime import datetime

from twisted.internet.defer import Deferred

from cti_server.console.command import UsageError
from cti_server.console.operations import ContactLine, Operations
from cti_server.console.tables import render, seconds
from cti_server.engine.views import agent_views, contact_views, queue_views
from cti_server.vocabulary.values import ContactStage

MOST_CONTACTS = 500


def show_calls(operations: Operations, _words: Sequence[str]) -> str:
    """``show calls``."""
    rows = [
        (
            int(one.id),
            str(one.channel) if one.call is None else f"{one.call.link}/{one.call.call}",
            f"{one.stage} (agent line)" if one.internal else str(one.stage),
            one.queue,
            one.position,
            None if one.waiting is None else seconds(one.waiting),
            one.agent,
            one.step,
            seconds(one.age),
        )
        for one in contact_views(operations.state, operations.now())
        if one.stage not in {ContactStage.WRAP_UP, ContactStage.CLOSED}
    ]
    headings = ("contact", "call", "stage", "queue", "position", "waiting", "agent", "step", "age")
    return render(headings, rows, "no calls")


def show_queues(operations: Operations, _words: Sequence[str]) -> str:
    """``show queues``."""
    rows = [
        (
            one.name,
            one.waiting,
            one.ringing,
            seconds(one.longest_wait),
            one.logged_on,
            one.ready,
            one.free,
            one.counters.received,
            one.counters.answered,
            one.counters.abandoned,
        )
        for one in queue_views(operations.state, operations.now())
    ]
    headings = (
        "queue",
        "waiting",
        "ringing",
        "longest",
        "logged on",
        "ready",
        "free",
        "received",
        "answered",
        "abandoned",
    )
    return render(headings, rows, "no queues")


def show_agents(operations: Operations, _words: Sequence[str]) -> str:
    """``show agents``."""
    now = operations.now()
    rows = [
        (
            one.id,
            one.name,
            str(one.status) + (f" ({one.reason})" if one.reason else ""),
            str(one.work),
            None if one.since is None else seconds(now - one.since),
            one.device,
            "busy" if one.phone_busy else "free" if one.device else None,
            " ".join(str(contact) for contact in one.contacts) or None,
        )
        for one in agent_views(operations.state)
    ]
    return render(("agent", "name", "status", "work", "for", "device", "phone", "contacts"), rows, "no agents")


def show_links(operations: Operations, _words: Sequence[str]) -> str:
    """``show links``."""
    rows = [(one.name, one.kind, one.peer, "up" if one.up else "DOWN", one.detail) for one in operations.links()]
    return render(("link", "kind", "peer", "state", "detail"), rows, "no links")


def show_connectors(operations: Operations, _words: Sequence[str]) -> str:
    """``show connectors``."""
    rows = [(one.name, one.kind, one.peer, "up" if one.up else "DOWN", one.detail) for one in operations.connectors()]
    return render(("connector", "kind", "peer", "state", "detail"), rows, "no connectors")


def show_ports(operations: Operations, _words: Sequence[str]) -> str:
    """``show ports``."""
    contacts = {
        one.session.session: int(one.id)
        for one in contact_views(operations.state, operations.now())
        if one.session is not None
    }
    rows = [
        (
            one.number,
            one.service,
            "yes" if one.registered else "NO",
            one.state,
            one.session,
            contacts.get(one.session) if one.session else None,  # type: ignore[call-overload]  # keys are plain text
        )
        for one in operations.ports()
    ]
    return render(("port", "service", "registered", "state", "session", "contact"), rows, "no ports")


def show_contacts(operations: Operations, words: Sequence[str]) -> Deferred[str]:
    """``show contacts [COUNT]``."""
    try:
        count = int(words[0]) if words else 20
    except ValueError:
        raise UsageError(f"count is a number, not {words[0]!r}") from None
    if not 1 <= count <= MOST_CONTACTS:
        raise UsageError(f"count is 1 to {MOST_CONTACTS}")
    return operations.contacts(count).addCallback(_contact_table)


def _contact_table(lines: Sequence[ContactLine]) -> str:
    rows = [
        (
            one.contact,
            datetime.fromtimestamp(one.arrived).astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            one.queue,
            one.agent,
            one.disposition,
            None if one.wait is None else seconds(one.wait),
            None if one.talk is None else seconds(one.talk),
        )
        for one in lines
    ]
    return render(("contact", "arrived", "queue", "agent", "outcome", "waited", "talked"), rows, "no contacts yet")
