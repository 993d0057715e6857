"""The engine's state: everything that routing knows, as plain values that storage can encode; changed by apply only."""

from dataclasses import dataclass, field

from cti_server.agents.agent import Agent
from cti_server.contacts.contact import Contact
from cti_server.contacts.offers import Offer
from cti_server.queues.line import Line, Place
from cti_server.vocabulary.ids import AgentId, CallId, ContactId, DeviceNumber, FlowName, LinkName, OfferId, QueueName
from cti_server.vocabulary.plan import FlowPlan, PilotPlan, QueuePlan, SitePlan, Step
from cti_server.vocabulary.values import CallRef


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


def empty_plan() -> SitePlan:
    """The plan of a server that has not been given one: no pilot, no queue, no agent."""
    return SitePlan(version="")


@dataclass(slots=True, kw_only=True)
class State:
    """All of it; ``seq`` is the last event folded in.

    ``contacts`` holds the open ones, ``offers`` the open ones, ``past_offers`` the ended ones of open contacts,
    ``calls`` the way from a call to its contact, ``busy_phones`` since when (Unix seconds) a device has a call of its
    own. ``old_flows`` and ``old_queues`` are parts of former plans that open contacts still need.
    """

    seq: int = 0
    last_contact: int = 0
    last_offer: int = 0
    closed: int = 0
    plan: SitePlan = field(default_factory=empty_plan)
    old_flows: dict[FlowName, dict[str, FlowPlan]] = field(default_factory=dict)
    old_queues: dict[QueueName, QueuePlan] = field(default_factory=dict)
    links: dict[LinkName, LinkState] = field(default_factory=dict)
    contacts: dict[ContactId, Contact] = field(default_factory=dict)
    calls: dict[LinkName, dict[CallId, ContactId]] = field(default_factory=dict)
    lines: dict[QueueName, Line] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    offers: dict[OfferId, Offer] = field(default_factory=dict)
    past_offers: dict[OfferId, Offer] = field(default_factory=dict)
    busy_phones: dict[DeviceNumber, float] = field(default_factory=dict)

    def contact_of(self, call: CallRef) -> Contact | None:
        """The contact whose call this is now."""
        contact = self.calls.get(call.link, {}).get(call.call)
        return None if contact is None else self.contacts[contact]

    def agent_at(self, device: DeviceNumber) -> Agent | None:
        """The agent who is logged on at the device."""
        return next((agent for agent in self.agents.values() if agent.device == device), None)

    def pilot(self, link: LinkName, number: DeviceNumber) -> PilotPlan | None:
        """The plan's pilot of that number on that link."""
        return next((each for each in self.plan.pilots if each.link == link and each.number == number), None)

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

    def call_is_certain(self, contact: Contact) -> bool:
        """Whether the link is up and the contact's call has been seen since it came up."""
        state = self.links.get(contact.call.link)
        return state is not None and state.up and (state.surveyed or contact.opened_seq > state.up_seq)


def place_of(contact: Contact) -> Place:
    """The contact's place in its queue: priority, then entry into the centre, then number."""
    return contact.priority, contact.opened_at, contact.id


def current_step(state: State, contact: Contact) -> Step | None:
    """The step at which the contact's cursor stands."""
    flow = state.flow(contact.cursor.flow, contact.cursor.flow_version)
    if flow is None:
        return None
    return next((step for step in flow.steps if step.id == contact.cursor.step), None)
