"""What a callback is beside a contact: when it is due, whom it is kept for, and how far the dialling has come."""

from dataclasses import dataclass

from cti_server.vocabulary.ids import AgentId, ContactId, PartyId, QueueName


@dataclass(slots=True, kw_only=True)
class Callback:
    """A callback's own data; times are Unix seconds.

    ``agent`` is who it is reserved for; ``called`` whose number to call where it is not the contact's party;
    ``attempt`` counts from 1; ``automatic``: it came from an abandoned call. ``dialled_at`` is when an agent's phone
    began to call the customer, None while nobody is on it.
    """

    due: float
    queue: QueueName
    priority: int = 5
    agent: AgentId | None = None
    called: PartyId | None = None
    origin_contact: ContactId | None = None
    attempt: int = 1
    automatic: bool = False
    dialled_at: float | None = None
