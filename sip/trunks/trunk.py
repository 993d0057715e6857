"""Trunks: calls that come in without a registration, for configured numbers and from configured peers alone."""

import ipaddress
from collections.abc import Collection, Sequence
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


@dataclass(frozen=True, slots=True)
class Admission:
    """What becomes of a call: ``status`` 0 lets it in, over ``trunk`` where it came by one; else it is refused."""

    status: int = 0
    trunk: Trunk | None = None


class Doors:
    """Who is let in: callers on trunks, and calls for registered extensions.

    ``extensions`` are the numbers that register somewhere; ``registrars`` the addresses or networks from which calls
    for them come, none: anywhere. Without trunks and extensions everybody is let in.
    """

    def __init__(
        self, trunks: Sequence[Trunk] = (), extensions: Collection[str] = (), registrars: Sequence[str] = ()
    ) -> None:
        self._trunks = tuple(trunks)
        extensions = tuple(extensions)
        self._home = Trunk("", tuple(registrars) or ("0.0.0.0/0", "::/0"), extensions) if extensions else None
        self._taken: dict[str, int] = {}

    def admit(self, number: str, host: str) -> Admission:
        """Judge a call for ``number`` from ``host``.

        403: the peer may not call here; 404: it calls a number that is none of ours; 503: all lines are taken.
        """
        if not self._trunks and self._home is None:
            return Admission()
        if self._home is not None and self._home.serves(number) and self._home.knows(host):
            return Admission()
        known = [trunk for trunk in self._trunks if trunk.knows(host)]
        fitting = [trunk for trunk in known if trunk.serves(number)]
        free = [trunk for trunk in fitting if self._taken.get(trunk.name, 0) < trunk.lines]
        if free:
            return Admission(trunk=free[0])
        if fitting:
            return Admission(503)
        return Admission(404 if known or (self._home is not None and self._home.knows(host)) else 403)

    def taken(self, trunk: Trunk) -> int:
        """Return how many lines of a trunk are taken."""
        return self._taken.get(trunk.name, 0)

    def take(self, trunk: Trunk) -> None:
        """A call has come in over a trunk."""
        self._taken[trunk.name] = self._taken.get(trunk.name, 0) + 1

    def give_back(self, trunk: Trunk) -> None:
        """The call is over."""
        self._taken[trunk.name] -= 1
