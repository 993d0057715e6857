"""Console commands about who may do what and who did what: whoami, show users, lockouts, roles and audit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from twisted.internet.defer import Deferred

from cti_server.console.answers import Answer, Moment, Refused, Table, Told
from cti_server.console.command import Argument, ConsoleCommand
from cti_server.console.operations import Operations
from cti_server.console.rights import Right
from cti_server.console.submitting import number_of
from cti_server.console.users import Account
from cti_server.vocabulary.events import OperationNoted, Recorded

USUAL_AUDIT: Final = 50
MOST_AUDIT: Final = 10_000


class Keeper(Protocol):
    """What these commands need of the console."""

    def accounts(self) -> Deferred[Sequence[Account]]:
        """Who may log in."""

    @property
    def rights(self) -> Mapping[str, frozenset[Right]]:
        """The rights of each role."""

    @property
    def limits(self) -> Mapping[str, frozenset[str]]:
        """The queues of each user who is limited to some."""

    def lockouts(self) -> Sequence[tuple[str, str, int, float]]:
        """Who must wait: user or address, its name, failed tries, until when (Unix seconds)."""


def who_am_i(operations: Operations, _words: Sequence[str]) -> Answer:
    """``whoami``."""
    actor = operations.actor
    rights = [right.value for right in Right if actor.may(right)]
    queues = None if actor.queues is None else sorted(actor.queues)
    text = "\n".join(
        [
            f"{actor.user}, at the {actor.door} door, from {actor.peer or 'here'}",
            f"  roles   {', '.join(actor.roles) or '-'}",
            f"  rights  {', '.join(rights) or '-'}",
            f"  queues  {'all' if queues is None else ', '.join(queues) or '-'}",
        ]
    )
    facts = {"user": actor.user, "door": actor.door, "peer": actor.peer}
    return Told(text=text, facts={**facts, "roles": list(actor.roles), "rights": rights, "queues": queues})


def show_audit(operations: Operations, words: Sequence[str]) -> Answer | Deferred[Answer]:
    """``show audit [COUNT]``."""
    count = number_of("count", words[0]) if words else USUAL_AUDIT
    if not 1 <= count <= MOST_AUDIT:
        return Refused(text=f"count is 1 to {MOST_AUDIT}")
    return operations.noted(count).addCallback(_audited)


def _audited(rows: Sequence[Recorded]) -> Answer:
    told = [
        (Moment(row.at), row.event.user, row.event.door, row.event.peer, row.event.line, row.event.outcome)
        for row in rows
        if isinstance(row.event, OperationNoted)
    ]
    return Table(headings=("at", "user", "door", "from", "command", "outcome"), rows=told, empty="nothing was noted")


def commands(keeper: Keeper) -> tuple[ConsoleCommand, ...]:
    """The commands, for this console."""
    return (
        ConsoleCommand(
            words=("whoami",),
            help="who you are here, and what you may do",
            run=who_am_i,
            detail="Example: whoami",
        ),
        ConsoleCommand(
            words=("show", "audit"),
            help="who did what at which door, the newest first",
            run=show_audit,
            arguments=(Argument(name="count", optional=True),),
            filters=("user", "door", "from", "command", "outcome"),
            detail="Everything that changes something, every refusal and every log-in, from the journal; secrets and\n"
            "customers' numbers are masked. Example: show audit 200 user=anna outcome=not-allowed",
            right=Right.USERS,
        ),
        ConsoleCommand(
            words=("show", "users"),
            help="who may log in, with which roles",
            run=_users(keeper),
            filters=("user", "roles", "password"),
            detail="Example: show users roles=supervisor",
            right=Right.USERS,
        ),
        ConsoleCommand(
            words=("show", "roles"),
            help="what each role may do",
            run=lambda _operations, _words: _roles(keeper),
            detail="Example: show roles",
            right=Right.USERS,
        ),
        ConsoleCommand(
            words=("show", "lockouts"),
            help="who must wait after failed log-ins",
            run=lambda _operations, _words: _lockouts(keeper),
            filters=("kind", "name"),
            detail="Users wait 60 s at the most, addresses 15 minutes. Example: show lockouts",
            right=Right.USERS,
        ),
    )


def _users(keeper: Keeper) -> Callable[[Operations, Sequence[str]], Deferred[Answer]]:
    def run(_operations: Operations, _words: Sequence[str]) -> Deferred[Answer]:
        return keeper.accounts().addCallback(told)

    def told(accounts: Sequence[Account]) -> Answer:
        limits = keeper.limits
        rows = [
            (
                one.user,
                " ".join(one.roles),
                "yes" if one.has_password else "no",
                " ".join(sorted(limits[one.user])) if one.user in limits else "all",
            )
            for one in accounts
        ]
        return Table(headings=("user", "roles", "password", "queues"), rows=rows, empty="no users")

    return run


def _roles(keeper: Keeper) -> Answer:
    rows = [
        (role, " ".join(right.value for right in Right if right in rights)) for role, rights in keeper.rights.items()
    ]
    return Table(headings=("role", "rights"), rows=rows)


def _lockouts(keeper: Keeper) -> Answer:
    rows = [(kind, name, failed, Moment(until)) for kind, name, failed, until in keeper.lockouts()]
    return Table(headings=("kind", "name", "failed", "until"), rows=rows, empty="nobody is locked out")
