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
