"""What a dialect is: the data by which sessions with one make of PBX differ from those with another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from csta.codec.ber.rules import BerRules
from csta.codec.framing import Framing
from csta.codec.xml import ED4
from csta.errors import SessionError
from csta.messages import Message, Request

__all__ = [
    "CSTA_2",
    "CSTA_3",
    "Capabilities",
    "Dialect",
    "Encoding",
    "Framing",
    "Limits",
    "Login",
    "Profile",
    "unchanged",
]

CSTA_2: Final = "1.3.12.0.218"
"""Application context of CSTA phase II (ECMA-218), which HiPath 3000 names though it speaks phase III."""
CSTA_3: Final = "1.3.12.0.285"
"""Application context of CSTA phase III (ECMA-285)."""

NO_KNOWN_LIMIT: Final = 100_000
"""Monitored devices where no document says how many the PBX bears."""


class Encoding(Enum):
    """How messages are written."""

    XML = auto()
    """ECMA-323."""
    BER = auto()
    """ECMA-285 in ROSE."""


class Login(Enum):
    """How an association comes up."""

    SWITCH_SPEAKS_FIRST = auto()
    """The switch sends SystemStatus, the application answers and registers with SystemRegister."""
    ACSE = auto()
    """The application sends AARQ with user and password, the switch accepts and sends SystemStatus (ECMA-285 annex)."""
    APPLICATION_SESSION = auto()
    """The application starts a session of limited duration and renews it (ECMA-354)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One way of speaking with a PBX: encoding, framing, login, and what each of them has to know.

    ``port`` is the usual TCP port, None where none is known. ``namespace`` is that of XML; ``context``, ``versions``
    (bits of CSTAVersion) and ``ber`` are for BER. ``application_id``, ``protocol_versions`` (those offered, the best
    first) and ``session_duration`` in seconds are for application sessions.
    """

    encoding: Encoding
    framing: Framing
    login: Login
    port: int | None
    namespace: str = ED4
    context: str = CSTA_3
    versions: frozenset[int] = frozenset({2})
    ber: BerRules = field(default_factory=BerRules)
    application_id: str = "callwright"
    protocol_versions: tuple[str, ...] = (ED4,)
    session_duration: float = 60.0

    def __post_init__(self) -> None:
        xml = self.encoding is Encoding.XML
        if self.framing is not Framing.SNIFFED and xml != (self.framing is Framing.XML_HEADER):
            raise SessionError(f"{self.encoding.name} does not go in frames of {self.framing.value}")
        if (self.login is Login.ACSE and xml) or (self.login is Login.APPLICATION_SESSION and not xml):
            raise SessionError(f"the login {self.login.name} is not made for {self.encoding.name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the PBX can do; ``services`` are the requests that it takes from an application."""

    services: frozenset[type[Request]]
    routing_services: bool = False
    second_deflect: bool = True
    """Whether a call that was deflected from a hunt group's queue may be deflected again."""
    absent: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the PBX does not do, or is not known to do, by the name of the service or ability: the reason in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the PBX can bear."""

    monitored_devices: int
    links: int | None = None
    """CSTA links at the same time; None: no limit is known."""


def unchanged(message: Message) -> Message:
    """The rewrite of a dialect that needs none."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One make of PBX as seen from its CSTA link.

    ``profiles`` are the ways of speaking with it by name. ``normalise_device`` brings every spelling of a device number
    in received messages into one form, which is also what the PBX takes in requests; it never raises, whatever the
    text. ``inbound`` and ``outbound`` rewrite whole messages after decoding and before encoding, where data alone
    cannot say how the PBX differs; they never raise.
    """

    name: str
    title: str
    profiles: Mapping[str, Profile]
    default_profile: str
    normalise_device: Callable[[str], str]
    capabilities: Capabilities
    limits: Limits
    inbound: Callable[[Message], Message] = unchanged
    outbound: Callable[[Message], Message] = unchanged
    quirks: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """What else is known of the PBX's ways, by name, for those who know the name."""

    def __post_init__(self) -> None:
        if self.default_profile not in self.profiles:
            raise SessionError(f"{self.name}: the default profile {self.default_profile!r} is not among the profiles")

    def profile(self, name: str | None = None) -> Profile:
        """Return a profile by name, without a name the default.

        Raises:
            SessionError: There is none of this name; the text lists those that there are.
        """
        found = self.profiles.get(name or self.default_profile)
        if found is None:
            raise SessionError(f"{self.name} has no profile {name!r}, but {', '.join(sorted(self.profiles))}")
        return found
