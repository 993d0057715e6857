"""An agent's data: status, work state, device, and the idle clock that routing goes by."""

from dataclasses import dataclass

from cti_server.agents.states import StatusMove, WorkMove, next_status, next_work_state
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, OfferId
from cti_server.vocabulary.values import AgentStatus, Origin, WorkState


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent who has logged on at least once; times are Unix seconds.

    ``status_since`` and ``work_since`` are when the present status and work state began. ``idle_since`` is the idle
    clock: global over queues, restarted on becoming ready and at the end of a contact's wrap-up, and by nothing else.
    """

    id: AgentId
    status: AgentStatus = AgentStatus.LOGGED_OFF
    reason: str = ""
    origin: Origin = Origin.SYSTEM
    device: DeviceNumber | None = None
    status_since: float = 0.0
    work: WorkState = WorkState.IDLE
    work_since: float = 0.0
    idle_since: float = 0.0
    offer: OfferId | None = None
    contact: ContactId | None = None

    def declare(self, move: StatusMove, at: float, origin: Origin, reason: str = "") -> None:
        """Change the status; becoming ready restarts the idle clock. Raises `IllegalTransitionError`."""
        self.status = next_status(self.status, move)
        self.status_since, self.origin, self.reason = at, origin, reason
        if self.status is AgentStatus.READY:
            self.idle_since = at

    def work_on(self, move: WorkMove, at: float) -> None:
        """Change the work state; the end of a contact restarts the idle clock. Raises `IllegalTransitionError`."""
        self.work = next_work_state(self.work, move)
        self.work_since = at
        if move is WorkMove.FREE:
            self.idle_since, self.contact = at, None


def logged_on(agent: Agent | None) -> bool:
    """Whether the agent works at a device."""
    return agent is not None and agent.status is not AgentStatus.LOGGED_OFF
