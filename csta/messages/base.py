"""The roots of all messages, and what keeps the things that we do not know."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from csta.messages.parameters import MONITOR_CROSS_REF
from csta.schema.elements import element, structure
from csta.schema.kinds import Wire


@dataclass(frozen=True, slots=True)
class ForeignElement:
    """An element of a received message that has no field: vendor's, later edition's, or not modelled here.

    ``name`` is in Clark's notation, ``{namespace}local``; ``text`` is the text before the first child.
    """

    name: str
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["ForeignElement", ...] = ()

    @property
    def local_name(self) -> str:
        """The name without its namespace."""
        return self.name.rpartition("}")[2]


@dataclass(frozen=True, slots=True)
class ForeignTag:
    """The same in BER: an element whose tag no field has.

    ``identifier`` is its identifier octets (class, form and tag number, X.690 8.1.2), ``content`` its contents octets.
    """

    identifier: bytes
    content: bytes


PrivateValue = bytes | ForeignElement | ForeignTag
"""One piece of private data: octets (``string``), or what stands inside ``private``, whose meaning is its vendor's."""


@structure
class Security:
    """What a message says of itself for those who check it (CSTASecurityData, ECMA-269 12.2).

    ``timestamp`` is aware of its zone, ``sequence`` counts messages, ``info`` is octets or private content.
    """

    sequence: int | None = None
    timestamp: datetime | None = None
    info: PrivateValue | None = None


@structure
class Extensions:
    """What any message may carry beside its own elements (CSTACommonArguments, ECMA-285 module 129)."""

    security: Security | None = None
    private_data: tuple[PrivateValue, ...] = ()


@structure
class Part:
    """Root of the structures inside messages; ``extra`` keeps what a received one has beyond its fields."""

    extra: tuple[ForeignElement | ForeignTag, ...] = ()


@structure
class Message:
    """Root of all messages.

    ``extensions`` come last in every message. ``extra`` keeps the elements of a received message that have no field, in
    the encoding that they came in; only that encoding writes them again. In a message to be sent they follow the known
    elements as they are; whoever puts them there answers for their place in the schema.
    """

    extensions: Extensions | None = None
    extra: tuple[ForeignElement | ForeignTag, ...] = ()


@structure
class Response(Message):
    """The positive answer to a request."""


@structure
class Request(Message):
    """A service request; ``response`` is the class of its positive answer."""

    response: ClassVar[type[Response]]


@structure
class Notice(Message):
    """A service that never has an answer, as the steps of a routing dialogue (ECMA-285: ALWAYS RESPONDS FALSE)."""


@structure
class Event(Message):
    """An event report; ``monitor_cross_ref_id`` names the monitor that reports it (ECMA-269 12.2)."""

    # In BER it stands beside the event, in the event report.
    monitor_cross_ref_id: str = element(MONITOR_CROSS_REF, wire=Wire.XML)


@structure
class ErrorResponse(Message):
    """The negative answer to a request: CSTAErrorCode (UniversalFailure, ECMA-269 12.2).

    ``category`` and ``value`` are words of ``csta.failures``, for example ``operation`` and ``invalidDeviceID``;
    the category ``unspecified`` has no value.
    """

    category: str
    value: str = ""


@structure
class UnknownMessage(Message):
    """A message that we do not know; ``root`` is its root's local name or its number in BER, ``element`` all of it."""

    root: str
    element: ForeignElement | ForeignTag


@structure
class Rejection(Message):
    """A message that is no answer but a complaint: ROSE's reject (X.880); XML has none.

    ``problem`` is ``general``, ``invoke``, ``result`` or ``error``; ``number`` is its value there.
    """

    problem: str
    number: int
