"""How much one address may ask of the endpoints, and how often it may be wrong about the token."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

MOST_ADDRESSES: Final = 10_000
WRONG_AT_MOST: Final = 10
"""Wrong tokens in a row after which an address is locked out."""
LOCK_OUT: Final = 300.0
"""Seconds for which it is."""


@dataclass(slots=True)
class _Peer:
    allowance: float
    at: float
    wrong: int = 0
    locked_until: float = 0.0


@dataclass(slots=True)
class Limits:
    """A bucket of ``per_minute`` requests for each address that fills evenly; times are seconds of any steady clock.

    The addresses that were heard of longest ago are forgotten, so that many of them fill no memory.
    """

    per_minute: int
    _peers: OrderedDict[str, _Peer] = field(default_factory=OrderedDict)

    def admit(self, address: str, now: float) -> float | None:
        """None: go on; else the seconds after which the address may ask again."""
        peer = self._peer(address, now)
        if now < peer.locked_until:
            return peer.locked_until - now
        rate = self.per_minute / 60.0
        peer.allowance = min(float(self.per_minute), peer.allowance + max(now - peer.at, 0.0) * rate)
        peer.at = now
        if peer.allowance < 1.0:
            return (1.0 - peer.allowance) / rate
        peer.allowance -= 1.0
        return None

    def wrong(self, address: str, now: float) -> bool:
        """Note a wrong token; whether the address is locked out by it."""
        peer = self._peer(address, now)
        peer.wrong += 1
        if peer.wrong < WRONG_AT_MOST:
            return False
        peer.wrong, peer.locked_until = 0, now + LOCK_OUT
        return True

    def right(self, address: str, now: float) -> None:
        """Note a right token."""
        self._peer(address, now).wrong = 0

    def _peer(self, address: str, now: float) -> _Peer:
        peer = self._peers.get(address)
        if peer is None:
            peer = self._peers[address] = _Peer(float(self.per_minute), now)
            if len(self._peers) > MOST_ADDRESSES:
                self._peers.popitem(last=False)
        self._peers.move_to_end(address)
        return peer
