"""Identifiers of devices, connections and parties (ECMA-269 clause 12.3)."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

TYPES_OF_NUMBER: Final = (
    "dialingNumber",
    "deviceNumber",
    "implicitPublic",
    "explicitPublic:unknown",
    "explicitPublic:international",
    "explicitPublic:national",
    "explicitPublic:networkspecific",
    "explicitPublic:subscriber",
    "explicitPublic:abbreviated",
    "implicitPrivate",
    "explicitPrivate:unknown",
    "explicitPrivate:level3RegionalNumber",
    "explicitPrivate:level2RegionalNumber",
    "explicitPrivate:level1RegionalNumber",
    "explicitPrivate:pTNSpecificNumber",
    "explicitPrivate:localNumber",
    "explicitPrivate:abbreviated",
    "other",
)
"""The forms of a device number (ECMA-323, attribute ``typeOfNumber`` of DeviceID); the first is the default."""

DYNAMIC: Final = "dynamic:"
"""How ``ConnectionID.device_id`` begins where it is no device's number but an identifier that the switch made up for
this one connection (dynamicID, ECMA-269 12.3); its octets follow as upper-case hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class DeviceID:
    """A device: extension, trunk, group or pilot, by its number (ECMA-269 12.3).

    ``number`` of a received message is in the dialect's normal form. ``type_of_number`` is one of
    ``TYPES_OF_NUMBER``; a received one outside of them is kept.
    """

    number: str
    type_of_number: str = TYPES_OF_NUMBER[0]

    def __str__(self) -> str:
        return self.number


@dataclass(frozen=True, slots=True)
class ConnectionID:
    """One device's part in one call (ECMA-269 12.3).

    ``call_id`` is the switch's spelling (hexadecimal digits in XML). ``device_id`` is the device's normalised number,
    or empty where the switch names the call alone, or an identifier that begins with `DYNAMIC`.

    ``device_type`` is the number's form, one of ``TYPES_OF_NUMBER``. It goes back to the switch with the rest, but two
    identifiers that differ in it alone are equal.
    """

    call_id: str
    device_id: str = ""
    device_type: str = field(default=TYPES_OF_NUMBER[0], compare=False, repr=False)

    def __str__(self) -> str:
        return f"{{{self.call_id},{self.device_id}}}"


class Presentation(Enum):
    """Why an event gives no number for a party (ECMA-269 12.3)."""

    NOT_KNOWN = "notKnown"
    RESTRICTED = "restricted"
    NOT_REQUIRED = "notRequired"
    NOT_SPECIFIED = "notSpecified"


Party = DeviceID | Presentation
"""A calling, called, subject or redirection device of an event."""
