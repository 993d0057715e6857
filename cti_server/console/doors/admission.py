"""Who gets in: passwords and keys, what whoever comes in may do, and the growing pause after failed tries.

One for all doors, so that tries at telnet and SSH count together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Protocol, TypeVar

import structlog
from twisted.internet.defer import Deferred, DeferredLock, succeed
from twisted.python.failure import Failure

from cti_server.console.operations import Operations
from cti_server.console.rights import ROLE_RIGHTS, Actor, Right, Role
from cti_server.console.users import Account, Users
from cti_server.vocabulary.operator_commands import NoteOperation
from program.clock import Clock

T = TypeVar("T")
FREE_TRIES: Final = 5
"""Failed tries that cost no pause."""
FIRST_PAUSE: Final = 5.0
LONGEST_USER_PAUSE: Final = 60.0
"""Short, so that a stranger cannot keep a user out for long."""
LONGEST_ADDRESS_PAUSE: Final = 900.0
LONGEST_PAUSE_HERE: Final = 5.0
"""For tries from this machine itself, which are counted apart: whoever is here is never kept out from elsewhere."""
MOST_KNOWN: Final = 1000
"""Addresses of users that are remembered from log-ins that succeeded."""
FORGIVEN_AFTER: Final = 3600.0
"""Seconds without a failed try after which all is forgotten."""
MOST_REMEMBERED: Final = 10_000
LONGEST_NAME: Final = 64
LOG_IN: Final = "log-in"
_LONGEST: Final = {"user": LONGEST_USER_PAUSE, "address": LONGEST_ADDRESS_PAUSE, "here": LONGEST_PAUSE_HERE}


class Worker(Protocol):
    """Does work that blocks elsewhere."""

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        """The work's result or failure."""


@dataclass(slots=True)
class _Tries:
    failed: int = 0
    last: float = 0.0
    until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockout:
    """A user or address that must wait: ``kind`` and ``name`` say who, ``until`` is Unix seconds."""

    kind: str
    name: str
    failed: int
    until: float


class Lockouts:
    """Counts failed tries by user and by address, and says who must wait how long."""

    def __init__(self) -> None:
        self._tries: dict[tuple[str, str], _Tries] = {}
        self._known: dict[tuple[str, str], None] = {}
        self._tidied = 0.0

    def wait(self, user: str, peer: str, now: float) -> float:
        """Seconds that the user from the address must wait; 0 where they may try.

        Whoever has come in from the address before waits for what was tried from there alone.
        """
        known = (user, peer) in self._known
        found = [self._tries.get(key) for key in _keys(user, peer) if not known or key[0] != "user"]
        return max([0.0, *(one.until - now for one in found if one is not None)])

    def wait_of_address(self, peer: str, now: float) -> float:
        """Seconds that the address must wait, whoever comes from it."""
        found = self._tries.get(("address", peer))
        return 0.0 if found is None else max(0.0, found.until - now)

    def failed(self, user: str, peer: str, now: float) -> float:
        """Count a failed try; the pause that it costs, seconds."""
        self._forget(now)
        for key in _keys(user, peer):
            tries = self._tries.setdefault(key, _Tries())
            tries.failed += 1
            tries.last = now
            if tries.failed >= FREE_TRIES:
                longest = _LONGEST[key[0]]
                tries.until = now + min(longest, FIRST_PAUSE * 2.0 ** min(tries.failed - FREE_TRIES, 20))
        return self.wait(user, peer, now)

    def succeeded(self, user: str, peer: str) -> None:
        """Forget what was failed before, and know the user's address from now on."""
        for key in _keys(user, peer):
            self._tries.pop(key, None)
        self._known.pop((user, peer), None)
        self._known[user, peer] = None
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def standing(self, now: float) -> list[Lockout]:
        """Who must wait now."""
        return [
            Lockout(kind=kind, name=name, failed=tries.failed, until=tries.until)
            for (kind, name), tries in sorted(self._tries.items())
            if tries.until > now
        ]

    def _forget(self, now: float) -> None:
        """Drop what is long past, now and then; where there is too much, the older half as well."""
        full = len(self._tries) >= MOST_REMEMBERED
        if not full and now - self._tidied < FORGIVEN_AFTER / 10:
            return
        self._tidied = now
        kept = {key: one for key, one in self._tries.items() if now - one.last <= FORGIVEN_AFTER}
        newest = sorted(kept.items(), key=lambda item: item[1].last)
        self._tries = dict(newest[-MOST_REMEMBERED // 2 :])


class Admission:
    """Lets users in.

    Args:
        users: who may log in.
        operations: where it is journaled.
        worker: where passwords are checked; hashing takes long on purpose.
        clock: for the pauses.
        roles: roles that have other rights than usual.
        queues: users who are limited to queues.
    """

    def __init__(
        self,
        *,
        users: Users,
        operations: Operations,
        worker: Worker,
        clock: Clock,
        roles: Iterable[tuple[str, Sequence[str]]] = (),
        queues: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.lockouts = Lockouts()
        self._users = users
        self._operations = operations
        self._worker = worker
        self._clock = clock
        self.reconfigure(roles, queues or {})
        self._one_at_a_time = DeferredLock()
        self.log = structlog.get_logger(room="console")

    def reconfigure(self, roles: Iterable[tuple[str, Sequence[str]]], queues: Mapping[str, Sequence[str]]) -> None:
        """Take other rights of roles, and limits of users, for whoever comes in from here on."""
        given = {Role(name): frozenset(map(Right, rights)) for name, rights in roles}
        self.rights: Mapping[Role, frozenset[Right]] = {**ROLE_RIGHTS, **given}
        self.limits = {user: frozenset(names) for user, names in queues.items()}

    def by_password(self, user: str, password: str, *, door: str, peer: str) -> Deferred[Actor | None]:
        """Who comes in by a password, or None; one check at a time, because each takes much memory by design."""
        user = user[:LONGEST_NAME]
        done: Deferred[Account | None] = self._one_at_a_time.run(
            self._worker.run, lambda: self._users.check(user, password)
        )
        if self.lockouts.wait(user, peer, self._clock.now()) > 0:
            # It takes as long as any other try and tells nothing, whatever the password is.
            return done.addBoth(self._locked_out, user, door, peer)
        done.addErrback(self._cannot_check)
        return done.addCallback(self._decide, user, door, peer)

    def by_key(self, user: str, *, known: Callable[[], bool], door: str, peer: str) -> Deferred[Actor | None]:
        """Who comes in by a key whose signature is right, or None; ``known`` blocks and says if the key is theirs."""
        user = user[:LONGEST_NAME]
        if self.lockouts.wait_of_address(peer, self._clock.now()) > 0:
            self._refuse(user, door, peer, "locked-out")
            return succeed(None)
        done = self._worker.run(lambda: self._users.account(user) if known() else None)
        return done.addErrback(self._cannot_check).addCallback(self._decide, user, door, peer)

    def actor(self, account: Account, *, door: str, peer: str) -> Actor:
        """The account's user at the door, with the rights of all their roles."""
        rights = frozenset().union(*(self.rights.get(role, frozenset()) for role in account.roles))
        return Actor(
            user=account.user,
            door=door,
            peer=peer,
            rights=rights,
            roles=tuple(account.roles),
            queues=self.limits.get(account.user),
        )

    def _decide(self, account: Account | None, user: str, door: str, peer: str) -> Actor | None:
        if account is None:
            self._refuse(user, door, peer, "wrong-password-or-key")
            return None
        self.lockouts.succeeded(user, peer)
        self.log.info("console log-in", user=user, door=door, peer=peer)
        self._note(user, door, peer, "done")
        return self.actor(account, door=door, peer=peer)

    def _locked_out(self, _result: object, user: str, door: str, peer: str) -> None:
        self._refuse(user, door, peer, "locked-out")

    def _refuse(self, user: str, door: str, peer: str, outcome: str) -> None:
        wait = self.lockouts.failed(user, peer, self._clock.now())
        shown = "".join(c if c.isprintable() else "?" for c in user)
        self.log.warning(
            "console log-in refused: wrong user or password",
            user=shown,
            door=door,
            peer=peer,
            outcome=outcome,
            locked_for=round(wait, 1),
        )
        self._note(shown, door, peer, outcome)
        oversight = self._operations.faces.oversight
        if oversight is not None:
            oversight.log_in_failed(door, peer)

    def _note(self, user: str, door: str, peer: str, outcome: str) -> None:
        noted = NoteOperation(user=user, door=door, peer=peer, line=LOG_IN, outcome=outcome)
        self._operations.submit(noted).addErrback(self._unnoted)

    def _unnoted(self, failure: Failure) -> None:
        self.log.error("a log-in cannot be journaled", reason=failure.getErrorMessage())

    def _cannot_check(self, failure: Failure) -> None:
        self.log.error("passwords cannot be checked", reason=failure.getErrorMessage())


def _keys(user: str, peer: str) -> list[tuple[str, str]]:
    """What is counted: the user and the address; on this machine, from which everybody comes, the user alone, apart."""
    try:
        local = ip_address(peer).is_loopback
    except ValueError:
        local = False
    return [("here", user)] if local else [("user", user), ("address", peer)]
