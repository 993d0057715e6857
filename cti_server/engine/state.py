"""The engine's state: everything that routing knows, as plain values that storage can encode; changed by apply only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cti_server.agents.agent import Agent
from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import Offer
from cti_server.flows.calendar import opening_at
from cti_server.queues.estimate import WaitModel
from cti_server.queues.estimate_accuracy import Told
from cti_server.queues.line import Line, Place
from cti_server.routing.fitting import IN_ORDER, Phone
from cti_server.vocabulary.ids import (
    AgentId,
    CalendarName,
    CallId,
    ContactId,
    DeviceNumber,
    FlowName,
    LinkName,
    OfferId,
    PartyId,
    QueueName,
    TrialName,
)
from cti_server.vocabulary.plan import FlowPlan, PilotPlan, QueuePlan, SitePlan, Step, TrialPlan
from cti_server.vocabulary.values import CallRef, ChangeKind, Channel, TrialEnd, TrialOutcome


@dataclass(slots=True, kw_only=True)
class LinkState:
    """A CSTA link; ``since`` is Unix seconds, ``up_seq`` the place of its last `LinkCameUp` in the journal.

    ``surveyed`` says that the PBX has listed its calls since the link came up. Until then contacts from before are
    not offered: their calls may be gone.
    """

    up: bool
    since: float
    reason: str = ""
    up_seq: int = 0
    surveyed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A calendar that was opened or closed by hand until ``until`` (Unix seconds; None: until it is set again)."""

    open: bool
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """A plan that came into force: its number, its row in the journal (``seq``), when, by whom, why and by what."""

    number: int
    seq: int
    at: float
    version: str
    kind: ChangeKind
    by: str = ""
    why: str = ""
    back_to: int | None = None


@dataclass(slots=True, kw_only=True)
class TrialArm:
    """What became of the contacts of one side of a trial: all that came, and the newest that ended, oldest first."""

    came: int = 0
    recent: list[TrialOutcome] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class TrialState:
    """A trial that the plan wants: of what, between which versions, and what it has shown so far.

    ``number`` is that of the plan by which it began; ``ended`` says that it is stopped or finished, ``reason`` why,
    ``since`` when it began or ended (Unix seconds).
    """

    plan: TrialPlan
    base_flow: FlowName
    base_version: str
    tried_version: str
    number: int
    since: float
    base: TrialArm = field(default_factory=TrialArm)
    tried: TrialArm = field(default_factory=TrialArm)
    ended: TrialEnd | None = None
    reason: str = ""


def empty_plan() -> SitePlan:
    """The plan of a server that has not been given one: no pilot, no queue, no agent."""
    return SitePlan(version="")


PilotIndex = Mapping[tuple[LinkName, DeviceNumber], PilotPlan]


def pilots_of(plan: SitePlan) -> PilotIndex:
    """The plan's pilots by link and number; where one is named twice, the first counts."""
    return {(each.link, each.number): each for each in reversed(plan.pilots)}


class Indexed:
    """What is kept beside the state so that it is found quickly: no part of it, and never stored."""

    __slots__ = ("_indexed",)

    def __init__(self) -> None:
        self._indexed: tuple[SitePlan, PilotIndex]

    def index(self, plan: SitePlan) -> PilotIndex:
        """Make the index of a plan."""
        made = pilots_of(plan)
        self._indexed = (plan, made)
        return made

    def index_of(self, plan: SitePlan) -> PilotIndex:
        """The index of the plan in force; made anew where it was that of another plan."""
        known, made = self._indexed
        return made if known is plan else self.index(plan)


@dataclass(slots=True, kw_only=True)
class State(Indexed):
    """All of it; ``seq`` is the last event folded in, ``at`` when it happened (Unix seconds).

    ``contacts`` holds the open ones, ``offers`` the open ones, ``past_offers`` the ended ones of open contacts,
    ``calls`` the way from a call to its contact, ``devices`` from a device to the agent who works there.
    ``busy_phones`` says since when (Unix seconds) a device has a call of its own, ``silent_phones`` since when one is
    out of service. ``served`` is by whom, and until when, a queue's customers were last talked to, the youngest last.
    ``old_flows`` and ``old_queues`` are parts of former plans that open contacts still need, ``old_holders`` how many
    contacts there were when that was last looked at, ``old_left`` how many have gone on since. ``doors`` are calendars
    and ``queue_doors`` queues set by hand, ``draining`` since when (Unix seconds) a link takes no new calls. ``waits``
    are what each queue knows about waiting, ``told`` the first and the last estimate that a waiting caller was told,
    ``callbacks`` the open ones of a customer. ``changes`` are the newest plans that came into force, the last one
    included, ``trials`` the trials of flows that the plan wants.
    """

    seq: int = 0
    at: float = 0.0
    last_contact: int = 0
    last_offer: int = 0
    closed: int = 0
    plan: SitePlan = field(default_factory=empty_plan)
    old_flows: dict[FlowName, dict[str, FlowPlan]] = field(default_factory=dict)
    old_queues: dict[QueueName, QueuePlan] = field(default_factory=dict)
    old_holders: int = 0
    old_left: int = 0
    doors: dict[CalendarName, Door] = field(default_factory=dict)
    queue_doors: dict[QueueName, Door] = field(default_factory=dict)
    draining: dict[LinkName, float] = field(default_factory=dict)
    waits: dict[QueueName, WaitModel] = field(default_factory=dict)
    told: dict[ContactId, tuple[Told, Told]] = field(default_factory=dict)
    callbacks: dict[PartyId, list[ContactId]] = field(default_factory=dict)
    changes: list[PlanChange] = field(default_factory=list)
    trials: dict[TrialName, TrialState] = field(default_factory=dict)
    links: dict[LinkName, LinkState] = field(default_factory=dict)
    contacts: dict[ContactId, Contact] = field(default_factory=dict)
    calls: dict[LinkName, dict[CallId, ContactId]] = field(default_factory=dict)
    lines: dict[QueueName, Line] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    offers: dict[OfferId, Offer] = field(default_factory=dict)
    past_offers: dict[OfferId, Offer] = field(default_factory=dict)
    busy_phones: dict[DeviceNumber, float] = field(default_factory=dict)
    silent_phones: dict[DeviceNumber, float] = field(default_factory=dict)
    devices: dict[DeviceNumber, AgentId] = field(default_factory=dict)
    served: dict[QueueName, dict[PartyId, tuple[AgentId, float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the plan; a state that is read from a snapshot comes by here, too."""
        self.index(self.plan)

    @property
    def undone(self) -> bool:
        """Whether the plan in force was brought back by an undo, so that it stands whatever the files say."""
        return bool(self.changes) and self.changes[-1].kind is ChangeKind.UNDO

    def contact_of(self, call: CallRef) -> Contact | None:
        """The contact whose call this is now."""
        contact = self.calls.get(call.link, {}).get(call.call)
        return None if contact is None else self.contacts[contact]

    def agent_at(self, device: DeviceNumber) -> Agent | None:
        """The agent who is logged on at the device."""
        agent = self.devices.get(device)
        return None if agent is None else self.agents.get(agent)

    def phone_of(self, agent: Agent) -> Phone:
        """How the agent's phone stands."""
        busy, silent = agent.device in self.busy_phones, agent.device in self.silent_phones
        return Phone(busy=busy, silent=silent) if busy or silent else IN_ORDER

    def pilot(self, link: LinkName, number: DeviceNumber) -> PilotPlan | None:
        """The plan's pilot of that number on that link.

        Each event of a call asks for it, and a site may have thousands: they are looked up in an index of the plan.
        """
        return self.index_of(self.plan).get((link, number))

    def flow(self, name: FlowName, version: str) -> FlowPlan | None:
        """A flow in the version that a contact began with."""
        flow = self.plan.flows.get(name)
        if flow is not None and flow.version == version:
            return flow
        return self.old_flows.get(name, {}).get(version)

    def newest_flow(self, name: FlowName) -> FlowPlan | None:
        """The flow as the plan has it, else the last version that is still kept."""
        flow = self.plan.flows.get(name)
        if flow is not None:
            return flow
        kept = self.old_flows.get(name)
        return kept[max(kept)] if kept else None

    def queue(self, name: QueueName) -> QueuePlan | None:
        """The queue as the plan has it, else as the last plan had it that knew it."""
        return self.plan.queues.get(name) or self.old_queues.get(name)

    def link_up(self, link: LinkName) -> bool:
        """Whether calls on the link can be moved."""
        state = self.links.get(link)
        return state is not None and state.up

    def is_open(self, calendar: CalendarName, now: float) -> tuple[bool, str]:
        """Whether the calendar is open at ``now``, and why; one that the plan does not know is always open."""
        door = self.doors.get(calendar)
        if door is not None and (door.until is None or now < door.until):
            return door.open, "set by hand"
        plan = self.plan.calendars.get(calendar)
        return opening_at(plan, now) if plan is not None else (True, f"no calendar {calendar} in the plan")

    def queue_is_open(self, queue: QueuePlan, now: float) -> tuple[bool, str]:
        """Whether the queue takes contacts at ``now``, and why: what was set by hand goes before its calendar."""
        door = self.queue_doors.get(queue.name)
        if door is not None and (door.until is None or now < door.until):
            return door.open, "set by hand"
        return (True, "it has no calendar") if queue.calendar is None else self.is_open(queue.calendar, now)

    def call_is_certain(self, contact: Contact) -> bool:
        """Whether the link is up and the contact's call has been seen since it came up.

        A callback without a call needs a link over which a phone can be told to make it.
        """
        if contact.call is None:
            return contact.channel is not Channel.CALLBACK or any(link.up for link in self.links.values())
        state = self.links.get(contact.call.link)
        return state is not None and state.up and (state.surveyed or contact.opened_seq > state.up_seq)


def place_of(contact: Contact) -> Place:
    """The contact's place in its queue: priority, then entry into the centre, then number."""
    return contact.priority, contact.entered, contact.id


def current_step(state: State, contact: Contact) -> Step | None:
    """The step at which the contact's cursor stands."""
    flow = state.flow(contact.cursor.flow, contact.cursor.flow_version)
    if flow is None:
        return None
    return next((step for step in flow.steps if step.id == contact.cursor.step), None)
