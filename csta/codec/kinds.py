"""The kinds of values that elements carry: what the schema table is written in, whatever the encoding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import Any, Final

from csta.identifiers import Presentation
from csta.words import Word


class Kind:
    """Root of all kinds."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """A string of at most ``limit`` characters; Python ``str``."""

    limit: int = 256


@dataclass(frozen=True, slots=True)
class Boolean(Kind):
    """Python ``bool``."""


@dataclass(frozen=True, slots=True)
class Integer(Kind):
    """A whole number, not negative, up to ``limit``; Python ``int``."""

    limit: int = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Octets(Kind):
    """Octets, hexadecimal in XML; Python ``bytes``."""

    limit: int = 256


@dataclass(frozen=True, slots=True)
class Enumerated(Kind):
    """A word of an enumeration; an unknown one is received, but not sent."""

    words: type[Word]


@dataclass(frozen=True, slots=True)
class Device(Kind):
    """A device with its type of number; Python ``DeviceID``."""


@dataclass(frozen=True, slots=True)
class DeviceSequence(Kind):
    """A list that is used with exactly one device; Python ``DeviceID``.

    ECMA-323 ed. 6 gives DeflectCall a list of destinations; older switches send the bare device, which is accepted.
    """

    item: str


@dataclass(frozen=True, slots=True)
class Connection(Kind):
    """Call and device identifier; Python ``ConnectionID``."""


@dataclass(frozen=True, slots=True)
class UserOctets(Kind):
    """Correlator or user data: octets, or private elements which are kept as extra; Python ``bytes``."""

    limit: int = 256


@dataclass(frozen=True, slots=True)
class PartyChoice(Kind):
    """A device, or the reason why there is none; Python ``Party``."""

    device_element: str
    presentations: frozenset[Presentation]


@dataclass(frozen=True, slots=True)
class ObjectChoice(Kind):
    """A device or a connection (CSTAObject); Python ``DeviceID | ConnectionID``."""


@dataclass(frozen=True, slots=True)
class CallState(Kind):
    """The states of a call's connections, compound, or simple when received; a tuple of ``ConnectionState``."""


@dataclass(frozen=True, slots=True)
class Wrapped(Kind):
    """A value inside one more element."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Sequence(Kind):
    """Elements of one name, one after the other; a tuple."""

    item: str
    kind: Kind


class Need(Enum):
    """When an element must be there."""

    ALWAYS = auto()
    """A message without it is refused, sent or received."""
    TO_SEND = auto()
    """Mandatory by the standard, but its absence in a received message does no harm."""
    NEVER = auto()


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a message: its name, the field that holds it, its kind.

    ``tag`` is its context tag in the BER encoding (ECMA-285); ``None`` where it is untagged there.
    """

    name: str
    field: str
    kind: Kind
    need: Need = Need.NEVER
    tag: int | None = None


@dataclass(frozen=True, slots=True)
class Structure(Kind):
    """Elements in order that make up one value of the class ``type``."""

    type: type[Any]
    elements: tuple[Element, ...]
    by_name: Mapping[str, Element] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({element.name: element for element in self.elements}))


EXTENDED: Final = PartyChoice("deviceIdentifier", frozenset({Presentation.NOT_KNOWN, Presentation.RESTRICTED}))
"""CallingDeviceID, CalledDeviceID, SubjectDeviceID (ECMA-323 ExtendedDeviceID)."""

ENDPOINT: Final = PartyChoice("deviceID", frozenset({Presentation.NOT_KNOWN, Presentation.RESTRICTED}))
"""The endpoint of a connection list's item."""

REDIRECTION: Final = PartyChoice("numberDialed", frozenset(Presentation))
"""RedirectionDeviceID."""

NAMESPACE_STEM: Final = "http://www.ecma-international.org/standards/ecma-323/csta/"
"""What the XML namespaces of all editions begin with; ``ed3`` to ``ed6`` follow."""
