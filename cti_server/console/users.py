"""Who may use the console: a file of ``user:hash`` lines, the hashes made by Argon2id."""

import os
import re
import secrets
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_USER = re.compile(r"[a-z][a-z0-9._-]{0,31}")
LONGEST_PASSWORD = 256
_SHORTEST_PASSWORD = 8


class UsersError(Exception):
    """The users file cannot be read, or a user cannot be added; the text says why."""


class Users:
    """Reads the file anew at each log-in, so that a user who was added needs no restart. Every method blocks."""

    def __init__(self, file: Path, hasher: PasswordHasher | None = None) -> None:
        self._file = file
        self._hasher = hasher or PasswordHasher()
        self._decoy = self._hasher.hash(secrets.token_hex())

    def verify(self, user: str, password: str) -> bool:
        """Whether the password is the user's; takes as long for an unknown user as for a wrong password.

        Raises:
            UsersError: the file cannot be read.
        """
        known = self.read().get(user)
        try:
            matches = self._hasher.verify(known or self._decoy, password[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False
        return matches and known is not None

    def read(self) -> dict[str, str]:
        """Users and their hashes; empty lines and lines that begin with ``#`` are comments.

        Raises:
            UsersError: the file cannot be read, or a line is not ``user:hash``.
        """
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as fault:
            raise UsersError(f"{self._file}: {fault}") from fault
        users = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            user, colon, digest = line.strip().partition(":")
            if not colon or not digest:
                raise UsersError(f"{self._file}:{number}: not of the form user:hash")
            users[user] = digest
        return users

    def add(self, user: str, password: str) -> bool:
        """Add the user or give them a new password; True where the user is new. The file is replaced as a whole.

        Raises:
            UsersError: the name or password is not allowed, or the file cannot be written.
        """
        if not _USER.fullmatch(user):
            raise UsersError(f"user name {user!r}: small letters, digits, '.', '_' and '-', a letter first, 32 at most")
        if not _SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise UsersError(f"the password must have {_SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
        users = self.read()
        is_new = user not in users
        users[user] = self._hasher.hash(password)
        self._write("".join(f"{name}:{digest}\n" for name, digest in users.items()))
        return is_new

    def _write(self, text: str) -> None:
        draft = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}.new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
            draft.replace(self._file)
        except OSError as fault:
            draft.unlink(missing_ok=True)
            raise UsersError(f"{self._file}: {fault.strerror}") from fault
