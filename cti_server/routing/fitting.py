"""Who fits, and what stands between an agent and an offer: status, work, phone and contact-handling rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_server.agents.agent import Agent
from cti_server.vocabulary.ids import AgentId, GroupName, RuleName, SkillName
from cti_server.vocabulary.plan import AgentPlan, HandlingRule, QueuePlan
from cti_server.vocabulary.requirements import Requirement, fits
from cti_server.vocabulary.values import SPOKEN, AgentStatus, Channel, WorkState

DEFAULT_RULE: Final = HandlingRule(name=RuleName("default"), limits=dict.fromkeys(Channel, 1))
"""One contact at a time, of any channel: what holds where the plan has no rule of this name."""

MOST_CONTACTS: Final = 8
"""No rule lets an agent have more contacts in hand (feature MC1)."""


class Hindrance(StrEnum):
    """What keeps a contact from a fitting agent, in one word for counts."""

    LOGGED_OFF = "logged off"
    NOT_READY = "not ready"
    OFFERED = "is offered another contact"
    TALKING = "talks"
    WRAPPING_UP = "wraps up"
    PHONE_BUSY = "phone is busy"
    PHONE_SILENT = "phone is out of service"
    NO_CAPACITY = "has no capacity left"


@dataclass(frozen=True, slots=True)
class Phone:
    """How the agent's phone stands; it matters for calls and callbacks alone."""

    busy: bool = False
    silent: bool = False


IN_ORDER: Final = Phone()

_WORK: Final = {
    WorkState.RESERVED: Hindrance.OFFERED,
    WorkState.BUSY: Hindrance.TALKING,
    WorkState.WRAP_UP: Hindrance.WRAPPING_UP,
}


def hindrance(
    agent: Agent, channel: Channel, rule: HandlingRule = DEFAULT_RULE, phone: Phone = IN_ORDER
) -> Hindrance | None:
    """What keeps a contact of ``channel`` from the agent now; None if they can be offered it."""
    if agent.status is not AgentStatus.READY:
        return Hindrance.LOGGED_OFF if agent.status is AgentStatus.LOGGED_OFF else Hindrance.NOT_READY
    if channel in SPOKEN:
        spoken = agent.spoken
        if spoken is not None:
            return _WORK[spoken.work]
        if phone.silent:
            return Hindrance.PHONE_SILENT
        if phone.busy:
            return Hindrance.PHONE_BUSY
    return None if has_capacity(agent, channel, rule) else Hindrance.NO_CAPACITY


def has_capacity(agent: Agent, channel: Channel, rule: HandlingRule) -> bool:
    """Whether the rule lets the agent have one more contact of ``channel`` beside those in hand (MC1, MC2).

    A contact that is offered or wrapped up counts like one being served. Contacts of the same channel interrupt each
    other up to the channel's limit; of other channels only those that the rule says.
    """
    in_hand = agent.engagements.values()
    limit = rule.limits.get(channel, 0)
    if not in_hand:
        return limit > 0 and (rule.capacity is None or rule.weights.get(channel, 1.0) <= rule.capacity)
    if len(in_hand) >= min(rule.most, MOST_CONTACTS) or sum(each.channel is channel for each in in_hand) >= limit:
        return False
    allowed = rule.interrupts.get(channel, ())
    if any(each.channel is not channel and each.channel not in allowed for each in in_hand):
        return False
    weight = rule.weights.get(channel, 1.0) + sum(rule.weights.get(each.channel, 1.0) for each in in_hand)
    return rule.capacity is None or weight <= rule.capacity


def in_words(agent: Agent, channel: Channel, found: Hindrance) -> str:
    """A hindrance with its facts, as a supervisor reads it."""
    match found:
        case Hindrance.NOT_READY if agent.reason:
            return f"not ready: {agent.reason}"
        case Hindrance.OFFERED:
            return f"is offered contact {agent.contact}"
        case Hindrance.TALKING:
            return f"talks with contact {agent.contact}"
        case Hindrance.WRAPPING_UP:
            return f"wraps up contact {agent.contact}"
        case Hindrance.NO_CAPACITY:
            held = ", ".join(f"{each.contact} ({each.channel})" for each in agent.engagements.values())
            return f"may not have a {channel} contact beside {held}" if held else f"handles no {channel} contacts"
        case _:
            return found.value


def obstacle(
    agent: Agent, channel: Channel = Channel.VOICE, rule: HandlingRule = DEFAULT_RULE, phone: Phone = IN_ORDER
) -> str | None:
    """Why the agent cannot be offered a contact of ``channel`` now, in words; None if they can."""
    found = hindrance(agent, channel, rule, phone)
    return None if found is None else in_words(agent, channel, found)


def rule_of(plan: AgentPlan | None, rules: Mapping[RuleName, HandlingRule]) -> HandlingRule:
    """The agent's contact-handling rule, else the plan's default one."""
    name = plan.handling if plan is not None and plan.handling is not None else DEFAULT_RULE.name
    return rules.get(name) or rules.get(DEFAULT_RULE.name) or DEFAULT_RULE


def groups_of(plan: AgentPlan | None, agent: Agent | None) -> frozenset[GroupName]:
    """The agent's groups: as they were changed while the system runs, else as planned."""
    if agent is not None and agent.groups is not None:
        return frozenset(agent.groups)
    return frozenset(plan.groups) if plan is not None else frozenset()


def skills_of(plan: AgentPlan | None, agent: Agent | None) -> Mapping[SkillName, int]:
    """The agent's skills: as they were changed while the system runs, else as planned."""
    if agent is not None and agent.skills is not None:
        return agent.skills
    return plan.skills if plan is not None else {}


def meets(requirement: Requirement, step: int, plan: AgentPlan | None, agent: Agent | None) -> bool:
    """Whether an agent of the plan fits a contact whose requirement has come to ``step`` (-1: reserved agent alone)."""
    if plan is None:
        return False
    if step < 0:
        return requirement.agent == plan.id
    groups, skills = groups_of(plan, agent), skills_of(plan, agent)
    return any(fits(each.need, groups, skills) for each in requirement.steps[: step + 1])


def members(
    queue: QueuePlan, plans: Mapping[AgentId, AgentPlan], agents: Mapping[AgentId, Agent]
) -> tuple[AgentId, ...]:
    """The agents of the plan who can ever be offered the queue's contacts, in the order of their ids."""
    requirement = queue.requirement
    last = len(requirement.steps) - 1
    return tuple(
        sorted(name for name, plan in plans.items() if meets(requirement, max(last, 0), plan, agents.get(name)))
    )
