"""Trunks: which peers may call which numbers without a registration; the program lets them in or refuses them."""

import ipaddress
from dataclasses import dataclass, field
from functools import lru_cache

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(maxsize=1024)  # the same few peers at every call
def _address(host: str) -> _Address | None:
    """Read a numeric address, an IPv4 one also where it is written as IPv6; ``None``: it is none."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


@dataclass(frozen=True, slots=True)
class Trunk:
    """Who may call which numbers, and how many at a time.

    Args:
        name: what the program calls it.
        peers: addresses or networks such as ``192.0.2.0/24``; one of a name cannot be told from another here.
        numbers: user parts of Request-URIs; ``*`` at the end stands for any rest.
        lines: calls at a time.

    Raises:
        ValueError: a peer that is no address or network, a number with ``*`` elsewhere, or no line at all.
    """

    name: str
    peers: tuple[str, ...]
    numbers: tuple[str, ...]
    lines: int = 1000
    _networks: tuple[_Network, ...] = field(init=False, repr=False, compare=False)
    _whole: frozenset[str] = field(init=False, repr=False, compare=False)
    _beginnings: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.lines <= 0:
            raise ValueError(f"a trunk needs a line at least, not {self.lines}")
        for number in self.numbers:
            if not number or "*" in number[:-1]:
                raise ValueError(f"* stands at the end of a number alone: {number!r}")
        networks = tuple(ipaddress.ip_network(peer.strip("[]"), strict=False) for peer in self.peers)
        object.__setattr__(self, "_networks", networks)
        object.__setattr__(self, "_whole", frozenset(one for one in self.numbers if not one.endswith("*")))
        object.__setattr__(self, "_beginnings", tuple(one[:-1] for one in self.numbers if one.endswith("*")))

    def knows(self, host: str) -> bool:
        """Tell whether a numeric address is one of its peers."""
        address = _address(host)
        return address is not None and any(address in network for network in self._networks)

    def serves(self, number: str) -> bool:
        """Tell whether a number is one of its own."""
        return number in self._whole or number.startswith(self._beginnings)
