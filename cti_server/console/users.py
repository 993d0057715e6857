"""Who may use the console: a file of ``user:hash:roles`` lines, the hashes made by Argon2id."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cti_server.console.rights import Role
from program.replacing import replace_secret

_USER = re.compile(r"[a-z][a-z0-9._-]{0,31}")
LONGEST_PASSWORD = 256
_SHORTEST_PASSWORD = 8
KEYS_ALONE: Final = "!"
"""Stands for the hash of a user who has no password and comes in by a key."""
FORMER_ROLES: Final = (Role.MASTER_ADMINISTRATOR,)
"""The roles of a line without any: in former releases everybody could do everything."""


class UsersError(Exception):
    """The users file cannot be read, or a user cannot be added; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user, the hash of their password and their roles."""

    user: str
    digest: str
    roles: tuple[Role, ...]

    @property
    def has_password(self) -> bool:
        """Whether they can come in by a password; else by a key alone."""
        return self.digest != KEYS_ALONE


class Users:
    """Reads the file anew at each log-in, so that a user who was added needs no restart. Every method blocks."""

    def __init__(self, file: Path, hasher: PasswordHasher | None = None) -> None:
        self._file = file
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _decoy(self) -> str:
        """What a password is held to where nobody has that name; to make it takes as long as a check."""
        return self._hasher.hash(secrets.token_hex())

    def verify(self, user: str, password: str) -> bool:
        """Whether the password is the user's; as `check`."""
        return self.check(user, password) is not None

    def check(self, user: str, password: str) -> Account | None:
        """The user's account if the password is theirs; takes as long for an unknown user as for a wrong password.

        Raises:
            UsersError: the file cannot be read.
        """
        # Before anybody is looked up: the first one who comes waits for it, whoever that is.
        decoy = self._decoy
        account = self.account(user)
        known = None if account is None or account.digest == KEYS_ALONE else account.digest
        try:
            matches = self._hasher.verify(known or decoy, password[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        return account if matches and known is not None else None

    def account(self, user: str) -> Account | None:
        """The user's account; raises `UsersError` where the file cannot be read."""
        return next((one for one in self.accounts() if one.user == user), None)

    def accounts(self) -> list[Account]:
        """All accounts in the order of the file; empty lines and lines that begin with ``#`` are comments.

        Raises:
            UsersError: the file cannot be read, or a line is not ``user:hash`` or ``user:hash:role,role``.
        """
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as fault:
            raise UsersError(f"{self._file}: {fault}") from fault
        return [
            self._account(number, line.strip())
            for number, line in enumerate(text.splitlines(), start=1)
            if line.strip() and not line.startswith("#")
        ]

    def read(self) -> dict[str, str]:
        """Users and their hashes; raises `UsersError` as `accounts`."""
        return {one.user: one.digest for one in self.accounts()}

    def add(self, user: str, password: str | None, roles: Sequence[Role] | None = None) -> bool:
        """Add the user or give them a new password, other roles, or both; True where the user is new.

        Without a password a user who is there keeps theirs, and a new one can come in by a key alone. Without roles a
        user who is there keeps theirs, and a new one has all of them. The file is replaced as a whole.

        Raises:
            UsersError: the name or password is not allowed, or the file cannot be written.
        """
        if not _USER.fullmatch(user):
            raise UsersError(f"user name {user!r}: small letters, digits, '.', '_' and '-', a letter first, 32 at most")
        if password is not None and not _SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise UsersError(f"the password must have {_SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
        accounts = {one.user: one for one in self.accounts()}
        before = accounts.get(user)
        kept = KEYS_ALONE if before is None else before.digest
        had = FORMER_ROLES if before is None else before.roles
        digest = kept if password is None else self._hasher.hash(password)
        accounts[user] = Account(user=user, digest=digest, roles=had if roles is None else tuple(roles))
        self._write("".join(_line(one) for one in accounts.values()))
        return before is None

    def _account(self, number: int, line: str) -> Account:
        user, colon, rest = line.partition(":")
        digest, _, named = rest.partition(":")
        if not colon or not digest:
            raise UsersError(f"{self._file}:{number}: not of the form user:hash:roles")
        try:
            roles = tuple(Role(one.strip()) for one in named.split(",") if one.strip())
        except ValueError as wrong:
            known = ", ".join(Role)
            raise UsersError(f"{self._file}:{number}: {wrong}; roles are {known}") from wrong
        return Account(user=user, digest=digest, roles=roles or FORMER_ROLES)

    def _write(self, text: str) -> None:
        try:
            replace_secret(self._file, text)
        except OSError as fault:
            raise UsersError(f"{self._file}: {fault.strerror}") from fault


def _line(account: Account) -> str:
    return f"{account.user}:{account.digest}:{','.join(account.roles)}\n"
