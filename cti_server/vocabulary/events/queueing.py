"""How a contact waits and is offered to agents."""

from dataclasses import dataclass

from cti_server.vocabulary.events.base import Event
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, FlowName, OfferId, QueueName, StepId
from cti_server.vocabulary.requirements import Requirement
from cti_server.vocabulary.values import Decision, OfferOutcome, PassedOver, QueueOutcome, TrialPart


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactQueued(Event):
    """The contact waits in a queue and its queue-processing flow starts.

    ``requirement`` is its own; None: the queue's. ``step`` is what put it there, ``trial`` its part in a trial.
    """

    contact: ContactId
    queue: QueueName
    priority: int
    flow: FlowName
    flow_version: str
    requirement: Requirement | None = None
    step: StepId | None = None
    trial: TrialPart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRefused(Event):
    """The queue did not take the contact: ``outcome`` closed, saturated or blocked; it counts as received there."""

    contact: ContactId
    queue: QueueName
    outcome: QueueOutcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLeft(Event):
    """The contact is in the queue no more and goes on: requeued, timed out, transferred, or as a callback."""

    contact: ContactId
    queue: QueueName
    outcome: QueueOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRelaxed(Event):
    """The contact has waited so long that the agents of step ``step`` (0 the first) fit as well."""

    contact: ContactId
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementChanged(Event):
    """The waiting contact needs something else; the steps count from its entry into the queue."""

    contact: ContactId
    requirement: Requirement
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged(Event):
    """The waiting contact has another priority (1 highest to 10), by ageing, its flow or a supervisor."""

    contact: ContactId
    priority: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade(Event):
    """An agent is held for the contact until ``deadline`` (Unix seconds); who else was looked at, and why not taken.

    ``shared``: other agents are offered the contact at the same time (ring-all).
    """

    offer: OfferId
    contact: ContactId
    agent: AgentId
    device: DeviceNumber
    deadline: float
    passed_over: tuple[PassedOver, ...] = ()
    decision: Decision | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAlerted(Event):
    """The agent's phone rings."""

    offer: OfferId
    contact: ContactId
    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(Event):
    """The offer is over; unless answered or the caller is gone, the contact is back at its place in the queue."""

    offer: OfferId
    contact: ContactId
    agent: AgentId
    outcome: OfferOutcome
    reason: str = ""
