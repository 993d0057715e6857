"""An agent's data: status, device, contacts in hand, and what routing goes by: idle clock, counts, skills, groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cti_server.agents.states import StatusMove, WorkMove, next_status, next_work_state
from cti_server.vocabulary.faults import IllegalTransitionError
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, GroupName, OfferId, SkillName
from cti_server.vocabulary.values import SPOKEN, AgentStatus, Channel, Origin, WorkState


@dataclass(slots=True, kw_only=True)
class Engagement:
    """A contact that an agent has in hand: offered, being served or wrapped up since ``since`` (Unix seconds)."""

    contact: ContactId
    channel: Channel
    work: WorkState
    since: float
    offer: OfferId | None = None


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent who has logged on at least once, or whose skills or groups were changed; times are Unix seconds.

    ``status_since`` and ``work_since`` are when the present status and spoken work state began. ``idle_since`` is the
    idle clock: global over queues and channels, restarted on becoming ready and at the end of a contact's wrap-up, and
    by nothing else. ``skills`` and ``groups`` are set where they were changed while the system runs; None: as planned.

    Counted since the agent logged on: ``handled`` contacts that were answered, ``talked`` seconds in talks, and the
    basis of occupancy: ``occupied`` seconds with at least one contact being served or wrapped up, ``slots`` the same
    times the number of contacts, ``idle`` seconds ready without one; all three up to ``counted_at``. ``last_offer`` is
    the number of the last offer ever made to them.
    """

    id: AgentId
    status: AgentStatus = AgentStatus.LOGGED_OFF
    reason: str = ""
    origin: Origin = Origin.SYSTEM
    device: DeviceNumber | None = None
    status_since: float = 0.0
    work_since: float = 0.0
    idle_since: float = 0.0
    engagements: dict[ContactId, Engagement] = field(default_factory=dict)
    skills: Mapping[SkillName, int] | None = None
    groups: tuple[GroupName, ...] | None = None
    handled: int = 0
    talked: float = 0.0
    occupied: float = 0.0
    slots: float = 0.0
    idle: float = 0.0
    counted_at: float = 0.0
    last_offer: int = 0

    @property
    def spoken(self) -> Engagement | None:
        """The call or callback in hand, of which there is one at the most."""
        for each in self.engagements.values():
            if each.channel in SPOKEN:
                return each
        return None

    @property
    def work(self) -> WorkState:
        """What the agent does with their call or callback."""
        spoken = self.spoken
        return WorkState.IDLE if spoken is None else spoken.work

    @property
    def contact(self) -> ContactId | None:
        """The call or callback in hand."""
        spoken = self.spoken
        return None if spoken is None else spoken.contact

    @property
    def offer(self) -> OfferId | None:
        """The offer by which a call or callback rings at the agent."""
        spoken = self.spoken
        return None if spoken is None else spoken.offer

    def declare(self, move: StatusMove, at: float, origin: Origin, reason: str = "") -> None:
        """Change the status; becoming ready restarts the idle clock. Raises `IllegalTransitionError`."""
        status = next_status(self.status, move)
        if move is StatusMove.LOG_ON:
            self.handled, self.talked, self.occupied, self.slots, self.idle = 0, 0.0, 0.0, 0.0, 0.0
            self.counted_at = at
        self._count(at)
        self.status, self.status_since, self.origin, self.reason = status, at, origin, reason
        if status is AgentStatus.READY:
            self.idle_since = at

    def engage(
        self, move: WorkMove, contact: ContactId, channel: Channel, at: float, offer: OfferId | None = None
    ) -> None:
        """Change what the agent does with a contact; the end of one restarts the idle clock.

        Raises `IllegalTransitionError` for a move that the table has not, and for a second spoken contact.
        """
        held = self.engagements.get(contact)
        work = next_work_state(WorkState.IDLE if held is None else held.work, move)
        if held is None and channel in SPOKEN and self.spoken is not None:
            raise IllegalTransitionError(f"agent {self.id}", f"contact {self.contact} in hand", f"take {contact}")
        self._count(at)
        if held is not None and held.work is WorkState.BUSY:
            self.talked += at - held.since
        if work is WorkState.IDLE:
            self.engagements.pop(contact, None)
        else:
            self.engagements[contact] = Engagement(contact=contact, channel=channel, work=work, since=at, offer=offer)
        if channel in SPOKEN:
            self.work_since = at
        if move is WorkMove.ANSWER:
            self.handled += 1
        elif move is WorkMove.FREE:
            self.idle_since = at

    def _count(self, at: float) -> None:
        """Add what has passed since the last change to the basis of occupancy."""
        passed = max(at - self.counted_at, 0.0)
        self.counted_at = at
        served = sum(each.work is not WorkState.RESERVED for each in self.engagements.values())
        if served:
            self.occupied += passed
            self.slots += passed * served
        elif self.status is AgentStatus.READY:
            self.idle += passed


def logged_on(agent: Agent | None) -> bool:
    """Whether the agent works at a device."""
    return agent is not None and agent.status is not AgentStatus.LOGGED_OFF
