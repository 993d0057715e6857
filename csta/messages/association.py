"""Messages of the association itself: ACSE's log-in, release and abort as CSTA uses them (X.227, ECMA-285 annex)."""

from dataclasses import field
from enum import IntEnum
from typing import Final

from csta.messages.base import Message
from csta.schema.elements import structure

CSTA_VERSION_BITS: Final = 16
"""How many bits CSTAVersion has at least on the wire."""


class AssociateResult(IntEnum):
    """Whether an association came about (X.227, Associate-result)."""

    ACCEPTED = 0
    REJECTED_PERMANENT = 1
    REJECTED_TRANSIENT = 2


class AssociateDiagnostic(IntEnum):
    """Why an association was rejected, as its user says (X.227, Associate-source-diagnostic)."""

    NULL = 0
    NO_REASON_GIVEN = 1
    CONTEXT_NOT_SUPPORTED = 2
    AUTHENTICATION_MECHANISM_NOT_RECOGNISED = 11
    AUTHENTICATION_MECHANISM_REQUIRED = 12
    AUTHENTICATION_FAILURE = 13
    AUTHENTICATION_REQUIRED = 14


class ReleaseReason(IntEnum):
    """Why an association is released (X.227, Release-request-reason and Release-response-reason)."""

    NORMAL = 0
    URGENT = 1
    """In a response: not finished."""
    USER_DEFINED = 30


class AbortDiagnostic(IntEnum):
    """Why an association is aborted (X.227, ABRT-diagnostic)."""

    NO_REASON_GIVEN = 1
    PROTOCOL_ERROR = 2
    AUTHENTICATION_MECHANISM_NOT_RECOGNISED = 3
    AUTHENTICATION_MECHANISM_REQUIRED = 4
    AUTHENTICATION_FAILURE = 5
    AUTHENTICATION_REQUIRED = 6


@structure
class AssociateRequest(Message):
    """Ask for an association (AARQ).

    ``context`` is the application context's object identifier, ``versions`` the bits of CSTAVersion, in ECMA-218's old
    form with ``old_definition``. ``user`` and ``password`` are None where no authentication is offered; on the wire
    they are UTF-8, and octets that are not are kept as lone surrogates.
    """

    context: str
    versions: frozenset[int] = frozenset()
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    old_definition: bool = False


@structure
class AssociateResponse(Message):
    """Answer to AssociateRequest (AARE).

    ``result`` is one of `AssociateResult`, ``diagnostic`` one of `AssociateDiagnostic`; unknown numbers are kept.
    ``provider``: the diagnostic is that of ACSE itself (X.227, acse-service-provider), not of the switch. ``stamp`` and
    ``system_version`` are what HiPath says of itself in its authentication value.
    """

    context: str
    result: int = AssociateResult.ACCEPTED
    diagnostic: int = AssociateDiagnostic.NULL
    provider: bool = False
    versions: frozenset[int] = frozenset()
    stamp: bytes | None = None
    system_version: bytes | None = None
    old_definition: bool = False

    @property
    def accepted(self) -> bool:
        """Whether there is an association now."""
        return self.result == AssociateResult.ACCEPTED

    @property
    def about_credentials(self) -> bool:
        """Whether it was rejected because of user, password or the lack of them."""
        return not self.accepted and not self.provider and self.diagnostic >= _FIRST_OF_AUTHENTICATION


@structure
class ReleaseRequest(Message):
    """Ask to release the association (RLRQ); ``reason`` is one of `ReleaseReason`, None where none is given."""

    reason: int | None = ReleaseReason.NORMAL


@structure
class ReleaseResponse(Message):
    """Answer to ReleaseRequest (RLRE)."""

    reason: int | None = ReleaseReason.NORMAL


@structure
class AssociationAbort(Message):
    """End the association at once (ABRT); ``by_provider`` where ACSE itself gives up, not the application."""

    by_provider: bool = False
    diagnostic: int | None = None


_FIRST_OF_AUTHENTICATION: Final = AssociateDiagnostic.AUTHENTICATION_MECHANISM_NOT_RECOGNISED

AssociationMessage = AssociateRequest | AssociateResponse | ReleaseRequest | ReleaseResponse | AssociationAbort
"""Messages without an invoke ID, in ACSE instead of ROSE."""
