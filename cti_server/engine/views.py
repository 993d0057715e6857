"""Views: read-only answers about the state for people, as values; durations in seconds, times in Unix seconds."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

from cti_server.agents.agent import Agent, logged_on
from cti_server.contacts.contact import Contact, in_line
from cti_server.engine.state import State, place_of
from cti_server.queues.counters import QueueCounters
from cti_server.routing.fitting import groups_of, members, obstacle, rule_of, skills_of
from cti_server.vocabulary.ids import (
    AgentId,
    ContactId,
    DeviceNumber,
    GroupName,
    LinkName,
    PartyId,
    QueueName,
    SkillName,
    StepId,
)
from cti_server.vocabulary.values import AgentStatus, CallRef, Channel, ContactStage, SessionRef, WorkState


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """An open contact. ``position`` counts from 1 and, like ``waiting``, is None outside a queue.

    ``waiting`` is the time since it was queued, until it was answered; ``age`` the time since it arrived; ``agent`` is
    who rings, talks or wraps up. ``internal``: one of our own agents on the agent line.
    """

    id: ContactId
    stage: ContactStage
    channel: Channel
    call: CallRef | None
    party: PartyId | None
    queue: QueueName | None
    priority: int | None
    position: int | None
    waiting: float | None
    age: float
    agent: AgentId | None
    step: StepId | None
    session: SessionRef | None
    internal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """A queue: who waits (ringing ones included), and the agents of its groups.

    ``ready`` counts agents who declare themselves ready, ``free`` those of them who could be offered a call now;
    ``waiting_late`` contacts in line longer than the queue's answer time.
    """

    name: QueueName
    waiting: int
    ringing: int
    longest_wait: float
    waiting_late: int
    logged_on: int
    ready: int
    free: int
    counters: QueueCounters


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """An agent of the plan, or one who is still at work though the plan has dropped them.

    ``since`` is when the younger of status and work state began, None for one who has never logged on. ``contact`` is
    the call in hand, ``contacts`` are all in hand; ``changed``: groups or skills are not those of the plan.
    """

    id: AgentId
    name: str
    status: AgentStatus
    reason: str
    work: WorkState
    since: float | None
    idle_since: float | None
    device: DeviceNumber | None
    phone_busy: bool
    contact: ContactId | None
    contacts: tuple[ContactId, ...]
    groups: tuple[GroupName, ...]
    skills: Mapping[SkillName, int]
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A link; ``reason`` says why it is down, ``since`` when that began or when it came up."""

    name: LinkName
    up: bool
    since: float | None
    reason: str
    contacts: int


def contact_views(state: State, now: float) -> tuple[ContactView, ...]:
    """All open contacts, oldest first."""
    return tuple(contact_view(state, contact, now) for contact in sorted(state.contacts.values(), key=lambda c: c.id))


def contact_view(state: State, contact: Contact, now: float) -> ContactView:
    """One open contact."""
    position = waiting = None
    if contact.queue is not None and in_line(contact):
        position = state.lines[contact.queue].position(place_of(contact))
    if contact.queued_at is not None:
        # An answer of before this queue ended another wait.
        marks = (contact.answered_at, contact.released_at)
        ends = [each for each in marks if each is not None and each >= contact.queued_at]
        waiting = max(min(ends, default=now) - contact.queued_at, 0.0)
    offer = state.offers[contact.offer] if contact.offer is not None else None
    return ContactView(
        id=contact.id,
        stage=contact.stage,
        channel=contact.channel,
        call=contact.call,
        party=contact.party,
        queue=contact.queue,
        priority=contact.priority if contact.queue is not None else None,
        position=position,
        waiting=waiting,
        age=max(now - contact.opened_at, 0.0),
        agent=offer.agent if offer is not None else contact.agent,
        step=contact.cursor.step if contact.cursor.entered else None,
        session=contact.session,
        internal=contact.internal,
    )


def queue_views(state: State, now: float) -> tuple[QueueView, ...]:
    """The plan's queues and those of former plans that still have contacts, by name."""
    names = {*state.plan.queues, *state.old_queues}
    return tuple(_queue_view(state, name, now) for name in sorted(names))


def agent_views(state: State) -> tuple[AgentView, ...]:
    """All agents by id."""
    return tuple(_agent_view(state, agent) for agent in sorted({*state.plan.agents, *state.agents}))


def link_views(state: State) -> tuple[LinkView, ...]:
    """The links of the plan's pilots and those that have reported, by name; one never reported counts as down."""
    names = {*state.links, *(pilot.link for pilot in state.plan.pilots)}
    views = []
    for name in sorted(names):
        link = state.links.get(name)
        views.append(
            LinkView(
                name=name,
                up=link is not None and link.up,
                since=link.since if link is not None else None,
                reason=link.reason if link is not None else "not connected yet",
                contacts=len(state.calls.get(name, ())),
            )
        )
    return tuple(views)


def _queue_view(state: State, name: QueueName, now: float) -> QueueView:
    line = state.lines.get(name)
    contacts = [state.contacts[place[2]] for place in line.places] if line is not None else []
    plan = state.queue(name)
    agents = [state.agents.get(each) for each in members(plan, state.plan.agents, state.agents)] if plan else []
    present = [agent for agent in agents if agent is not None and logged_on(agent)]
    waits = [now - contact.queued_at for contact in contacts if contact.queued_at is not None]
    return QueueView(
        name=name,
        waiting=len(contacts),
        ringing=sum(contact.stage is ContactStage.OFFERED for contact in contacts),
        longest_wait=max([0.0, *waits]),
        waiting_late=sum(wait > plan.service_level for wait in waits) if plan is not None else 0,
        logged_on=len(present),
        ready=sum(agent.status is AgentStatus.READY for agent in present),
        free=sum(_obstacle(state, agent) is None for agent in present),
        # A copy: the state's own go on counting.
        counters=deepcopy(line.counters) if line is not None else QueueCounters(),
    )


def _obstacle(state: State, agent: Agent) -> str | None:
    rule = rule_of(state.plan.agents.get(agent.id), state.plan.rules)
    return obstacle(agent, Channel.VOICE, rule, state.phone_of(agent))


def _agent_view(state: State, agent_id: AgentId) -> AgentView:
    plan = state.plan.agents.get(agent_id)
    agent = state.agents.get(agent_id)
    known = agent if agent is not None else Agent(id=agent_id)
    return AgentView(
        id=agent_id,
        name=plan.name if plan is not None else agent_id,
        status=known.status,
        reason=known.reason,
        work=known.work,
        since=max(known.status_since, known.work_since) if agent is not None else None,
        idle_since=known.idle_since if known.status is AgentStatus.READY else None,
        device=known.device,
        phone_busy=_phone_busy(state, known),
        contact=known.contact,
        contacts=tuple(known.engagements),
        groups=tuple(sorted(groups_of(plan, agent))),
        skills=dict(sorted(skills_of(plan, agent).items())),
        changed=known.groups is not None or known.skills is not None,
    )


def _phone_busy(state: State, agent: Agent) -> bool:
    return agent.device is not None and agent.device in state.busy_phones
