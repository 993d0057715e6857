"""CSTA links over TCP and TLS with Twisted: a client that reconnects and switches over, a listener, and their links.

The one part of `csta` with Twisted in it; everything else is fed by hand.
"""

from csta.transport.client import Address, LinkClient
from csta.transport.link import (
    CLOSE_SECONDS,
    MAX_UNSENT_BYTES,
    Link,
    LinkAttemptObserver,
    LinkNoticeObserver,
    LinkObserver,
    LinkStatusObserver,
)
from csta.transport.listening import listen
from csta.transport.tls import TlsError, TlsSettings

__all__ = [
    "CLOSE_SECONDS",
    "MAX_UNSENT_BYTES",
    "Address",
    "Link",
    "LinkAttemptObserver",
    "LinkClient",
    "LinkNoticeObserver",
    "LinkObserver",
    "LinkStatusObserver",
    "TlsError",
    "TlsSettings",
    "listen",
]
