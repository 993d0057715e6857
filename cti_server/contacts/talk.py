"""What a contact's talk is made of: hold, a consultation beside it, who talks along, who supervises."""

from dataclasses import dataclass, field

from cti_server.vocabulary.ids import AgentId, DeviceNumber
from cti_server.vocabulary.values import CallRef, SupervisionRole


@dataclass(slots=True, kw_only=True)
class Talk:
    """How a talk stands, from the answer until the call is over or given on.

    ``held``: the customer is on hold. ``consultation`` is the agent's second call, to ``consulted``, while the customer
    waits. ``devices`` are those beside the customer's, where it is a conference (empty else). ``supervisors`` take
    part, each in a role.
    """

    held: bool = False
    consultation: CallRef | None = None
    consulted: DeviceNumber | None = None
    devices: tuple[DeviceNumber, ...] = ()
    supervisors: dict[AgentId, SupervisionRole] = field(default_factory=dict)
