"""Effects: requests to the outside, carried out once the events that ask for them are durable.

``cause`` is the sequence number of the event that asks for the effect; the answering command carries it back.
An effect may be carried out twice after a crash: each names the offer, verb or call that makes a repeat harmless.
"""

from dataclasses import dataclass

from cti_server.vocabulary.actions import Action
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, OfferId, PartyId, RequestId, VerbId
from cti_server.vocabulary.outside import OutsideRequest
from cti_server.vocabulary.values import AgentStatus, CallRef, Channel, SessionRef, SupervisionRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Root of all effects."""

    cause: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToMedia(Effect):
    """Bring the call to a free media port, from wherever it is (pilot or alerting agent)."""

    contact: ContactId
    call: CallRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToAgent(Effect):
    """Let the call ring at the agent's device, from wherever it is (pilot, media port or another agent's phone)."""

    contact: ContactId
    call: CallRef
    offer: OfferId
    device: DeviceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCall(Effect):
    """End the customer's call."""

    contact: ContactId
    call: CallRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Treat(Effect):
    """Let a media session carry out an action, as the verb ``verb``; references in it are to ``party``."""

    contact: ContactId
    session: SessionRef
    verb: VerbId
    action: Action
    party: PartyId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMedia(Effect):
    """End the media session of a contact that is over here, and with it the call that is at the port, if one is."""

    contact: ContactId
    session: SessionRef


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOutside(Effect):
    """Ask a connector; answered by `ReportRequestEnded`, within ``timeout`` seconds; references are to ``party``."""

    contact: ContactId
    request: RequestId
    outside: OutsideRequest
    timeout: float
    party: PartyId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardCall(Effect):
    """Send the call to a number outside the queues; answered by `ReportForwarded`."""

    contact: ContactId
    call: CallRef
    number: DeviceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class DialCustomer(Effect):
    """Let the phone of the offer's agent call the customer; answered by `ReportCallbackDialled` and what follows.

    ``party`` is whose number is called. ``ring_time``: how long the customer may ring, seconds.
    """

    contact: ContactId
    offer: OfferId
    device: DeviceNumber
    party: PartyId | None
    ring_time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowContact(Effect):
    """Show an offered contact of a channel without calls to its agent."""

    contact: ContactId
    offer: OfferId
    agent: AgentId
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawOffer(Effect):
    """The offer is over, but not by its agent: let the phone that rings for it be still (ring-all, dialling)."""

    contact: ContactId
    offer: OfferId
    device: DeviceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperviseCall(Effect):
    """Bring the supervisor's phone into the talk, in this role; None: out of it. Answered by `ReportSupervision`."""

    contact: ContactId
    call: CallRef
    supervisor: AgentId
    device: DeviceNumber
    role: SupervisionRole | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAgentStatus(Effect):
    """Tell the PBX what the agent's status is now, where the link can show it."""

    agent: AgentId
    device: DeviceNumber
    status: AgentStatus
    reason: str = ""
