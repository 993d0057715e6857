"""How connections to the outside stand: what channels tell and faces show."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """A connection of the channel to the outside, for people: its name, where to, and how it stands."""

    name: str
    kind: str
    peer: str
    up: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PortStatus:
    """A media port, for people: whose it is, whether it is registered at the PBX, and the session that it serves."""

    number: str
    service: str
    registered: bool
    session: str | None = None
    state: str = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStatus:
    """A media service, for people.

    ``state`` is up or away; ``ports`` are those that it has, ``registered`` those of them that the PBX knows, ``free``
    those that take a call now (none while it is ``draining``), ``lines`` the free lines of its trunk, ``sessions`` the
    calls that it serves. ``weight`` is that of its free ports when services are compared.
    """

    name: str
    peer: str
    state: str
    draining: bool
    ports: int
    registered: int
    free: int
    lines: int
    sessions: int
    weight: float
