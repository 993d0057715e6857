"""What a contact needs of an agent: groups or skills, widening with the time that it waits."""

from collections.abc import Mapping
from dataclasses import dataclass

from cti_server.vocabulary.ids import AgentId, GroupName, SkillName

LOWEST_LEVEL, HIGHEST_LEVEL = 1, 10


@dataclass(frozen=True, slots=True)
class SkillNeed:
    """A skill and the level (1 to 10) that an agent must have in it at the least."""

    skill: SkillName
    level: int = LOWEST_LEVEL


@dataclass(frozen=True, slots=True)
class Need:
    """Who fits: members of any of the ``groups`` (anybody where there are none) who have all of the ``skills``.

    A need without groups and without skills fits nobody.
    """

    groups: tuple[GroupName, ...] = ()
    skills: tuple[SkillNeed, ...] = ()


@dataclass(frozen=True, slots=True)
class RequirementStep:
    """From ``after`` seconds in the queue on, agents who meet ``need`` are fitting as well."""

    after: float
    need: Need


@dataclass(frozen=True, slots=True)
class Requirement:
    """Steps in the order of their times, the first at 0: each adds agents, none removes any (R2, R6).

    ``agent``: the contact is for this agent alone until ``agent_until`` seconds in the queue have passed (None: for
    ever); then the steps hold.
    """

    steps: tuple[RequirementStep, ...]
    agent: AgentId | None = None
    agent_until: float | None = None


def fits(need: Need, groups: frozenset[GroupName], skills: Mapping[SkillName, int]) -> bool:
    """Whether an agent of these groups and skills (levels 1 to 10) meets the need."""
    if not need.groups and not need.skills:
        return False
    in_group = not need.groups or not groups.isdisjoint(need.groups)
    return in_group and all(skills.get(each.skill, 0) >= each.level for each in need.skills)


def group_requirement(*steps: tuple[float, tuple[GroupName, ...]]) -> Requirement:
    """Group routing: for each overflow step the seconds and the groups that it adds."""
    return Requirement(tuple(RequirementStep(after, Need(groups=groups)) for after, groups in steps))
