"""uaCSTA: CSTA in the bodies of a SIP dialog with a phone, without I/O, for both roles (ECMA TR/87)."""

from csta.uacsta.bodies import (
    CONTENT_DISPOSITION,
    CONTENT_TYPE,
    ED3,
    Body,
    Carrier,
    Responding,
    UaSettings,
)
from csta.uacsta.session import UaPhase, UaSession

__all__ = [
    "CONTENT_DISPOSITION",
    "CONTENT_TYPE",
    "ED3",
    "Body",
    "Carrier",
    "Responding",
    "UaPhase",
    "UaSession",
    "UaSettings",
]
