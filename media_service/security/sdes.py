"""Keys in the description itself: ``a=crypto`` offered, answered and renewed (RFC 4568)."""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from media_service.engine.interface import Srtp, SrtpProfile
from media_service.security.profiles import FACTS

MAX_LINES: Final = 16
"""Lines of ``a=crypto`` that are looked at; more than there are suites."""
_LEAST_LIFETIME: Final = 1 << 20
"""Packets: keys that last less than hours would have to be renewed in the call, which is not done."""
_LINE: Final = re.compile(
    r"([0-9]{1,9})\s+(\S{1,64})\s+inline:([A-Za-z0-9+/=]{1,128})((?:\|[^\s|;]{1,40}){0,2})((?:\s.*)?)"
)
_POWER: Final = re.compile(r"2\^([0-9]{1,2})")
_IGNORED: Final = ("WSH=", "KDR=0", "-")
"""Session parameters that change nothing for us: a hint, no derivation, and what may be ignored (RFC 4568 6.3)."""


@dataclass(frozen=True, slots=True)
class Crypto:
    """One usable line: its tag, its profile and the master key and salt of who wrote it."""

    tag: int
    profile: SrtpProfile
    key: bytes

    def value(self) -> str:
        """The value of ``a=crypto``."""
        return f"{self.tag} {self.profile} inline:{b64encode(self.key).decode()}"

    def __repr__(self) -> str:
        """Name the line without its key, which belongs in no log."""
        return f"Crypto(tag={self.tag}, profile={self.profile})"


def read(value: str) -> Crypto | None:
    """Read a line; ``None`` where it is broken or asks for what we do not do.

    Not done: other suites, several keys or a key identifier (MKI), short lifetimes, unencrypted or unauthenticated
    streams, key derivation rates, forward error correction.
    """
    found = _LINE.fullmatch(value.strip())
    if found is None or found[2] not in SrtpProfile.__members__:
        return None
    profile = SrtpProfile(found[2])
    try:
        key = b64decode(found[3], validate=True)
    except binascii.Error:
        return None
    usable = (
        len(key) == FACTS[profile].length
        and all(_long_enough(part) for part in found[4].split("|")[1:])
        and all(word.startswith(_IGNORED) for word in found[5].split())
    )
    return Crypto(int(found[1]), profile, key) if usable else None


def _long_enough(lifetime: str) -> bool:
    power = _POWER.fullmatch(lifetime)
    if power is not None:
        return int(power[1]) <= 48 and 1 << int(power[1]) >= _LEAST_LIFETIME
    return lifetime.isascii() and lifetime.isdigit() and int(lifetime) >= _LEAST_LIFETIME


class Sdes:
    """The keys of one call.

    Args:
        random: gives so many octets that nobody can guess.
        profiles: what the engine can do, the best first.
    """

    def __init__(self, random: Callable[[int], bytes], profiles: Sequence[SrtpProfile]) -> None:
        self._random = random
        self._profiles = tuple(profiles)
        self._ours: dict[SrtpProfile, bytes] = {}
        self._theirs = b""

    def answer(self, values: Sequence[str]) -> tuple[str, Srtp] | None:
        """Take the first line that can be used: the value for our answer, and the keys; ``None`` where none can.

        The order of the offer counts. A key that comes again keeps ours, so that counters go on (RFC 4568 7.1.4); a
        new one gets a new one.
        """
        chosen = next((line for value in values[:MAX_LINES] if (line := self._usable(value))), None)
        if chosen is None:
            return None
        if chosen.key != self._theirs:
            self._ours = {}
        self._theirs = chosen.key
        ours = Crypto(chosen.tag, chosen.profile, self._key(chosen.profile))
        self._ours = {chosen.profile: ours.key}
        return ours.value(), Srtp(chosen.profile, sending=ours.key, receiving=chosen.key)

    def offer(self) -> tuple[str, ...]:
        """The values of our offer, one for each profile; a key in use is offered again."""
        return tuple(
            Crypto(tag, profile, self._key(profile)).value() for tag, profile in enumerate(self._profiles, start=1)
        )

    def accept(self, values: Sequence[str]) -> Srtp | None:
        """Read the answer to our `offer`: it takes one of our lines by tag and profile (RFC 4568 5.1.3)."""
        lines = [line for value in values[:MAX_LINES] if (line := self._usable(value))]
        if len(lines) != 1:
            return None
        line = lines[0]
        if not 1 <= line.tag <= len(self._profiles) or self._profiles[line.tag - 1] != line.profile:
            return None
        self._theirs = line.key
        self._ours = {line.profile: self._key(line.profile)}
        return Srtp(line.profile, sending=self._ours[line.profile], receiving=line.key)

    def _usable(self, value: str) -> Crypto | None:
        line = read(value)
        return line if line is not None and line.profile in self._profiles else None

    def _key(self, profile: SrtpProfile) -> bytes:
        if profile not in self._ours:
            self._ours[profile] = self._random(FACTS[profile].length)
        return self._ours[profile]
