"""Callbacks: contacts that wait for their time and are dialled."""

from dataclasses import dataclass

from cti_server.vocabulary.events.base import Event
from cti_server.vocabulary.ids import AgentId, ContactId, PartyId, QueueName
from cti_server.vocabulary.values import CallRef


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackScheduled(Event):
    """A callback exists (its `ContactOpened` came before): due at ``due`` (Unix seconds), for ``agent`` alone if given.

    ``called`` is whose number to call where it is not the contact's party.
    ``entered`` is the time of entry into the centre that its place goes by; ``origin_contact`` the contact that it
    came from; ``automatic``: that contact was abandoned, and nobody asked for a callback.
    """

    contact: ContactId
    queue: QueueName
    due: float
    entered: float
    agent: AgentId | None = None
    priority: int = 5
    called: PartyId | None = None
    origin_contact: ContactId | None = None
    attempt: int = 1
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCancelled(Event):
    """The callback is not needed: the customer rang again and was served, or somebody cancelled it."""

    contact: ContactId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDialled(Event):
    """The agent's phone calls the customer; ``call`` is that call."""

    contact: ContactId
    agent: AgentId
    call: CallRef
