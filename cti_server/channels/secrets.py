"""Masked digits: kept apart from state, journal and log under names that tell nothing, and only for a while."""

import secrets
from dataclasses import dataclass
from typing import Final

from cti_server.vocabulary.ids import ContactId, SecretId
from program.clock import Clock

KEPT: Final = 600.0
"""Seconds after which masked digits are forgotten, whether anybody asked for them or not."""
MOST: Final = 10_000
"""Secrets at a time; the oldest one makes room."""


@dataclass(slots=True)
class _Kept:
    contact: ContactId
    digits: str
    until: float


class Vault:
    """Gives masked digits a name, and tells the edges what they are; a restart forgets all of them.

    What is shown of it (in a log or a traceback) is how many secrets there are.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[SecretId, _Kept] = {}

    def __repr__(self) -> str:
        return f"<Vault of {len(self._kept)} secrets>"

    def keep(self, contact: ContactId, digits: str) -> SecretId:
        """The name under which the digits are to be had for ten minutes, or as long as the contact is open."""
        self._sweep()
        if len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        name = SecretId(secrets.token_hex(8))
        self._kept[name] = _Kept(contact, digits, self._clock.now() + KEPT)
        return name

    def reveal(self, secret: SecretId) -> str | None:
        """The digits; None where they are forgotten, or never were."""
        self._sweep()
        kept = self._kept.get(secret)
        return None if kept is None else kept.digits

    def forget(self, contact: ContactId) -> None:
        """The contact is closed: nobody needs what they keyed in any more."""
        for name in [name for name, kept in self._kept.items() if kept.contact == contact]:
            del self._kept[name]

    def _sweep(self) -> None:
        now = self._clock.now()
        # They were put in by time, so that the old ones come first.
        while self._kept:
            name, kept = next(iter(self._kept.items()))
            if kept.until > now:
                return
            del self._kept[name]
