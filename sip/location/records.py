"""Questions to the name service, and the records that answer them, as far as SIP needs them (RFC 3263)."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What is asked for; ADDRESS is A and AAAA together."""

    NAPTR = "NAPTR"
    SRV = "SRV"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Question:
    """One question; ``name`` in lower case without a dot at the end."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value} of {self.name}"


@dataclass(frozen=True, slots=True)
class Naptr:
    """A naming authority pointer (RFC 3403): a ``service`` such as ``SIP+D2U``, and the name to ask SRV of for it."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    """A server (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class Address:
    """A numeric address, IPv4 or IPv6 without brackets."""

    host: str


Record = Naptr | Srv | Address
