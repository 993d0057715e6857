"""The exceptions of this package: one root, two children.

SipError
    SipSyntaxError      what came from outside cannot be read
    SipStateError       the program asked for something that the leg's or registration's state does not allow
"""


class SipError(Exception):
    """Root of all faults of this package."""


class SipSyntaxError(SipError):
    """Text or bytes from outside break the grammar, or a limit on size or number.

    ``salvaged`` is what could be read of the message all the same (a ``sip.message.Request``, as far as it went), so
    that a 400 can be sent; ``None`` where nothing answerable was found.
    """

    def __init__(self, reason: str, salvaged: object | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.salvaged = salvaged


class SipStateError(SipError):
    """A wish that does not fit the state: an unknown leg, an answer to a call that is already answered, and so on."""
