"""The file of the agents' PINs: ``agent:hash`` lines, the hashes made by Argon2id. Everything here blocks."""

import re
import secrets
from functools import cached_property
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from program.replacing import replace_secret

PIN: Final = re.compile(r"[0-9]{4,12}")
_LONGEST: Final = 64


class PinsError(Exception):
    """The file cannot be used, or a PIN not be set; the text says why."""


class PinBook:
    """Reads the file anew at each check, so that a new PIN needs no restart."""

    def __init__(self, file: Path, hasher: PasswordHasher | None = None) -> None:
        self.file = file
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _decoy(self) -> str:
        """What a PIN is held to where an agent has none; to make it takes as long as a check."""
        return self._hasher.hash(secrets.token_hex())

    def verify(self, agent: str, pin: str) -> bool:
        """Whether this is the agent's PIN; it takes as long for an agent who has none.

        Raises:
            PinsError: the file cannot be read.
        """
        # Before anybody is looked up: the first one who comes waits for it, whoever that is.
        decoy = self._decoy
        known = self.read().get(agent)
        try:
            matches = self._hasher.verify(known or decoy, pin[:_LONGEST])
        except (VerificationError, InvalidHashError):
            return False
        return matches and known is not None

    def read(self) -> dict[str, str]:
        """Agents and their hashes; empty lines and lines that begin with ``#`` are comments.

        Raises:
            PinsError: the file cannot be read, or a line is not ``agent:hash``.
        """
        try:
            text = self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as fault:
            raise PinsError(f"{self.file}: {fault}") from fault
        found = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            agent, colon, digest = line.strip().partition(":")
            if not colon or not digest:
                raise PinsError(f"{self.file}:{number}: not of the form agent:hash")
            found[agent] = digest
        return found

    def set(self, agent: str, pin: str) -> None:
        """Give an agent a PIN of 4 to 12 digits; the file is replaced as a whole.

        Raises:
            PinsError: it is none, or the file cannot be written.
        """
        if not PIN.fullmatch(pin):
            raise PinsError("a PIN is 4 to 12 digits")
        if not agent or ":" in agent or "\n" in agent or agent.startswith("#"):
            raise PinsError(f"{agent!r} is no agent's name")
        pins = {**self.read(), agent: self._hasher.hash(pin)}
        try:
            replace_secret(self.file, "".join(f"{name}:{digest}\n" for name, digest in pins.items()))
        except OSError as fault:
            raise PinsError(f"{self.file}: {fault.strerror}") from fault
