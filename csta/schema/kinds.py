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
    """A string of at most ``limit`` characters; Python ``str``.

    In BER an IA5String, or with ``octets`` an OCTET STRING that holds the text in UTF-8 (agent identifiers).
    """

    limit: int = 256
    octets: bool = False


@dataclass(frozen=True, slots=True)
class Identifier(Kind):
    """An identifier that only its giver understands; Python ``str``.

    Any text in XML. In BER an OCTET STRING, in Python its octets as upper-case hexadecimal digits.
    """

    limit: int = 64


@dataclass(frozen=True, slots=True)
class Nothing(Kind):
    """An element whose presence says all: empty in XML, NULL in BER; Python ``True``."""


@dataclass(frozen=True, slots=True)
class Time(Kind):
    """A moment: dateTime in XML, GeneralizedTime (received also UTCTime) in BER; Python ``datetime``, aware."""


@dataclass(frozen=True, slots=True)
class Boolean(Kind):
    """Python ``bool``."""


@dataclass(frozen=True, slots=True)
class Integer(Kind):
    """A whole number from ``lowest`` to ``limit``; Python ``int``."""

    limit: int = 2**31 - 1
    lowest: int = 0


@dataclass(frozen=True, slots=True)
class Octets(Kind):
    """Octets, hexadecimal in XML; Python ``bytes``."""

    limit: int = 256


@dataclass(frozen=True, slots=True)
class Enumerated(Kind):
    """A word of an enumeration; an unknown one is received, but not sent.

    In BER an ENUMERATED, or an INTEGER with ``integer``, of the word's number.
    """

    words: type[Word]
    integer: bool = False


@dataclass(frozen=True, slots=True)
class Flags(Kind):
    """A set of words: one boolean element each in XML, a BIT STRING in BER; Python ``frozenset`` of ``words``.

    A word's number is its bit. Of what is received, false elements and clear bits are not in the set.
    """

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
    """A device, or the reason why there is none; Python ``Party``.

    In BER ``application`` is the APPLICATION tag around it (1 calling, 2 called, 3 subject, 4 redirection device ...);
    without one it is the endpoint of a connection list, whose reasons have tags of their own. ``device_alone``: BER
    knows no reasons and no tag here, a bare DeviceID.
    """

    device_element: str
    presentations: frozenset[Presentation]
    application: int | None = None
    device_alone: bool = False


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
    """Elements of one name, one after the other; a tuple.

    ``single``: BER has exactly one item, without a list around it; more cannot be sent there.
    """

    item: str
    kind: Kind
    single: bool = False


@dataclass(frozen=True, slots=True)
class PrivateContent(Kind):
    """Private data outside of the extensions (CSTAPrivateData): Python ``bytes``, `ForeignElement` or `ForeignTag`.

    In XML ``string`` with hexadecimal octets, or ``private`` around an element; in BER an OCTET STRING, or anything.
    """


@dataclass(frozen=True, slots=True)
class SecurityData(Kind):
    """CSTASecurityData outside of the extensions; Python `csta.messages.base.Security`."""


@dataclass(frozen=True, slots=True)
class FailureChoice(Kind):
    """UniversalFailure inside a message: a category and its value; Python `csta.failures.Failure`."""


@dataclass(frozen=True, slots=True)
class Application(Kind):
    """A kind that BER marks with an APPLICATION tag; XML knows nothing of it.

    ``explicit`` keeps the tag of the kind itself inside; a context tag of an element that is implicit replaces ours.
    """

    number: int
    kind: Kind
    explicit: bool = False


class Need(Enum):
    """When an element must be there."""

    ALWAYS = auto()
    """A message without it is refused, sent or received."""
    TO_SEND = auto()
    """Mandatory by the standard, but its absence in a received message does no harm."""
    NEVER = auto()


class Wire(Enum):
    """Which encodings have an element."""

    BOTH = auto()
    XML = auto()
    BER = auto()


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a message: its name in XML, the field that holds it, its kind.

    ``tag`` is its context tag in BER (ECMA-285), ``None`` where the kind's own tag stands. The tag is implicit, that is
    instead of the kind's own outermost tag, unless it is ``explicit``; around a CHOICE it is always explicit.
    """

    name: str
    field: str
    kind: Kind
    need: Need = Need.NEVER
    tag: int | None = None
    explicit: bool = False
    wire: Wire = Wire.BOTH


@dataclass(frozen=True, slots=True)
class Structure(Kind):
    """Elements in order that make up one value of the class ``type``: a SEQUENCE in BER.

    The order is that of XML, and of BER too unless ``ber_order`` names the fields in another.
    """

    type: type[Any]
    elements: tuple[Element, ...]
    ber_order: tuple[str, ...] | None = None
    by_name: Mapping[str, Element] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({element.name: element for element in self.elements}))


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """Exactly one of several elements; Python an instance of ``type`` with exactly one field that is not ``None``."""

    type: type[Any]
    elements: tuple[Element, ...]
    by_name: Mapping[str, Element] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({element.name: element for element in self.elements}))


@dataclass(frozen=True, slots=True)
class Branches(Kind):
    """Exactly one of several elements, each of which has a field of its own in the class around it.

    The `Element` that has this kind has no field itself (its ``field`` is empty). The first branch whose field differs
    from its class's default is sent, the last one where none does; absent branches keep their defaults.
    """

    elements: tuple[Element, ...]
    by_name: Mapping[str, Element] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({element.name: element for element in self.elements}))


_UNKNOWN_OR_HIDDEN: Final = frozenset({Presentation.NOT_KNOWN, Presentation.RESTRICTED})

CALLING: Final = PartyChoice("deviceIdentifier", _UNKNOWN_OR_HIDDEN, 1)
"""CallingDeviceID."""

CALLED: Final = PartyChoice("deviceIdentifier", _UNKNOWN_OR_HIDDEN, 2)
"""CalledDeviceID."""

SUBJECT: Final = PartyChoice("deviceIdentifier", _UNKNOWN_OR_HIDDEN, 3)
"""SubjectDeviceID: the device that an event is about."""

REDIRECTION: Final = PartyChoice("numberDialed", frozenset(Presentation), 4)
"""RedirectionDeviceID."""

ASSOCIATED_CALLING: Final = PartyChoice("deviceIdentifier", _UNKNOWN_OR_HIDDEN, 5)
"""AssociatedCallingDeviceID: the trunk that an external caller came in by."""

ASSOCIATED_CALLED: Final = PartyChoice("deviceIdentifier", _UNKNOWN_OR_HIDDEN, 6)
"""AssociatedCalledDeviceID: the device inside that stands for the called one, or the trunk to it."""

NETWORK_CALLING: Final = PartyChoice("deviceIdentifier", _UNKNOWN_OR_HIDDEN, 7)
"""NetworkCallingDeviceID: the caller as the network gave it."""

NETWORK_CALLED: Final = PartyChoice("deviceIdentifier", _UNKNOWN_OR_HIDDEN, 8)
"""NetworkCalledDeviceID: the called number as the network gave it."""

ENDPOINT: Final = PartyChoice("deviceID", _UNKNOWN_OR_HIDDEN)
"""The endpoint of a connection list's item."""

ASSOCIATED_NID: Final = PartyChoice("deviceID", frozenset({Presentation.NOT_KNOWN}))
"""The network interface device of a connection list's item."""

FORMER_DEVICE: Final = PartyChoice("numberDialed", frozenset(Presentation), device_alone=True)
"""A device of a call's history: RedirectionDeviceID in XML, DeviceID in BER."""

NAMESPACE_STEM: Final = "http://www.ecma-international.org/standards/ecma-323/csta/"
"""What the XML namespaces of all editions begin with; ``ed3`` to ``ed6`` follow."""
