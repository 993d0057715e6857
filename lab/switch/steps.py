"""What joining the media asks for: bodies to send on SIP legs, and ports of the switch to open and close."""

from dataclasses import dataclass

from lab.switch.wishes import Sound
from sip.sdp import Agreement


@dataclass(frozen=True, slots=True)
class SendInvite:
    """Send the INVITE of an outgoing leg with this offer."""

    leg: str
    body: bytes


@dataclass(frozen=True, slots=True)
class AcceptCall:
    """Answer an incoming leg (200) with this body."""

    leg: str
    body: bytes


@dataclass(frozen=True, slots=True)
class SendOffer:
    """Re-INVITE a leg with this offer."""

    leg: str
    body: bytes


@dataclass(frozen=True, slots=True)
class AnswerOffer:
    """Answer a leg's own re-INVITE with this body."""

    leg: str
    body: bytes


@dataclass(frozen=True, slots=True)
class RefuseOffer:
    """Refuse a leg's own re-INVITE; the session stays as it was (RFC 3261 14.2)."""

    leg: str
    status: int


@dataclass(frozen=True, slots=True)
class OpenTone:
    """Open the port ``port`` of the switch for a leg; tell `MediaPaths.tone_ready` or `MediaPaths.tone_failed`.

    ``sound`` is what it will carry: a tone, or a conference.
    """

    leg: str
    port: str
    sound: Sound


@dataclass(frozen=True, slots=True)
class ConnectTone:
    """Play ``sound`` from ``port`` to where the leg's phone listens."""

    port: str
    sound: Sound
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class CloseTone:
    """Close a port of the switch, now or as soon as it is open."""

    port: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The leg's media cannot be joined with what it should hear; ``reason`` says why."""

    leg: str
    reason: str


Step = SendInvite | AcceptCall | SendOffer | AnswerOffer | RefuseOffer | OpenTone | ConnectTone | CloseTone | Broken
