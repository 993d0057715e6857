"""Who acts at a console, and what the product's roles may do."""

from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """What a console command needs; each command needs one.

    ``WATCH``: see what goes on now. ``REPORT``: see what was, personal data included. ``WORK``: act on contacts,
    agents' states, callbacks and talks. ``ROUTE``: change queues, skills, flows, calendars and the plan. ``SYSTEM``:
    act on links, media services, logs, black box, standby and database. ``OUTSIDE``: act on connectors. ``USERS``: see
    who did what, and who may do what.
    """

    WATCH = "watch"
    REPORT = "report"
    WORK = "work"
    ROUTE = "route"
    SYSTEM = "system"
    OUTSIDE = "outside"
    USERS = "users"


class Role(StrEnum):
    """The product's roles; the configuration may give a role other rights."""

    ADMINISTRATOR = "administrator"
    MANAGER = "manager"
    MASTER_ADMINISTRATOR = "master-administrator"
    SUPERVISOR = "supervisor"
    TELECOMMUNICATIONS_SPECIALIST = "telecommunications-specialist"


ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right) - {Right.ROUTE, Right.OUTSIDE},
    Role.MANAGER: frozenset({Right.WATCH, Right.REPORT}),
    Role.MASTER_ADMINISTRATOR: frozenset(Right),
    Role.SUPERVISOR: frozenset({Right.WATCH, Right.WORK}),
    Role.TELECOMMUNICATIONS_SPECIALIST: frozenset({Right.WATCH, Right.SYSTEM}),
}
"""The rights of each role, unless the configuration says otherwise (features, MG8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who gives a command: by name, through which ``door`` (telnet, ssh, local), from where, with what rights.

    ``queues`` are those that they are limited to (None: all of them).
    """

    user: str
    door: str
    peer: str
    rights: frozenset[Right]
    roles: tuple[str, ...] = ()
    queues: frozenset[str] | None = None

    def may(self, right: Right) -> bool:
        """Whether a command that needs the right may be given."""
        return right in self.rights

    def sees(self, queue: str | None) -> bool:
        """Whether what belongs to the queue (None: to no queue) is the actor's to see and to act on."""
        return self.queues is None or queue in self.queues


NOBODY = Actor(user="", door="", peer="", rights=frozenset())
"""Before anybody has logged on."""
EVERYTHING = Actor(user="server", door="local", peer="", rights=frozenset(Right))
"""The server itself."""
