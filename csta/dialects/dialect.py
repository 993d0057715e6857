"""What a dialect is: the data by which sessions with one make of PBX differ from those with another."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from csta.messages import Request


class Framing(Enum):
    """How messages are cut from the stream."""

    XML_TCP = auto()
    """8-byte header with length and invoke ID (ECMA-323 annex G.2)."""


class Login(Enum):
    """How an association comes up."""

    SWITCH_SPEAKS_FIRST = auto()
    """The switch sends SystemStatus, the application answers and registers with SystemRegister."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the PBX can do; ``services`` are the requests that it takes from an application."""

    services: frozenset[type[Request]]
    routing_services: bool = False
    second_deflect: bool = True
    """Whether a call that was deflected from a hunt group's queue may be deflected again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the PBX can bear."""

    monitored_devices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One make of PBX as seen from its CSTA link.

    ``normalise_device`` brings every spelling of a device number in received messages into one form, which is also
    what the PBX takes in requests; it never raises, whatever the text. ``port`` is the usual TCP port.
    """

    name: str
    title: str
    namespace: str
    framing: Framing
    login: Login
    port: int
    normalise_device: Callable[[str], str]
    capabilities: Capabilities
    limits: Limits
