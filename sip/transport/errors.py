"""The fault of this package.

SipError
    TransportError      certificates or settings with which nothing can be listened on
"""

from sip.errors import SipError


class TransportError(SipError):
    """A file of certificates is missing, broken or does not fit."""
