"""The roster of the matching index: who is in which group and has which skill at which level, as it is now."""

from collections.abc import Iterable, Mapping

from cti_server.engine.matching.pool import PoolKey
from cti_server.engine.state import State
from cti_server.routing.fitting import groups_of, skills_of
from cti_server.vocabulary.ids import AgentId, GroupName, SkillName
from cti_server.vocabulary.requirements import Need, fits


class Roster:
    """Groups and skills of the plan's agents, turned about: from a need to those who meet it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._groups: dict[AgentId, frozenset[GroupName]] = {}
        self._skills: dict[AgentId, Mapping[SkillName, int]] = {}
        self._in_group: dict[GroupName, set[AgentId]] = {}
        self._with_skill: dict[SkillName, set[AgentId]] = {}
        for agent in state.plan.agents:
            self.change(agent)

    def change(self, agent: AgentId) -> None:
        """Take up the agent's groups and skills as the state has them."""
        for group in self._groups.pop(agent, ()):
            self._in_group[group].discard(agent)
        for skill in self._skills.pop(agent, ()):
            self._with_skill[skill].discard(agent)
        plan = self._state.plan.agents.get(agent)
        if plan is None:
            return
        known = self._state.agents.get(agent)
        self._groups[agent], self._skills[agent] = groups_of(plan, known), skills_of(plan, known)
        for group in self._groups[agent]:
            self._in_group.setdefault(group, set()).add(agent)
        for skill in self._skills[agent]:
            self._with_skill.setdefault(skill, set()).add(agent)

    def belongs(self, agent: AgentId, key: PoolKey) -> bool:
        """Whether the agent fits the pool's contacts."""
        if agent not in self._groups:
            return False
        if key.agent is not None:
            return key.agent == agent
        return any(fits(need, self._groups[agent], self._skills[agent]) for need in key.needs)

    def members(self, key: PoolKey) -> list[AgentId]:
        """All agents who fit the pool's contacts, in the order of their ids."""
        if key.agent is not None:
            return [key.agent] if key.agent in self._groups else []
        return sorted({agent for need in key.needs for agent in self._meeting(need)})

    def levels(self, agent: AgentId, skills: Iterable[SkillName]) -> int:
        """The sum of the agent's levels in ``skills``; in all of theirs where none is named."""
        own = self._skills.get(agent, {})
        wanted = tuple(skills)
        return sum(own.get(skill, 0) for skill in wanted) if wanted else sum(own.values())

    def _meeting(self, need: Need) -> Iterable[AgentId]:
        """The agents who meet a need, sought among the smallest set that they all must be in."""
        sets: list[set[AgentId]] = [self._with_skill.get(each.skill, set()) for each in need.skills]
        if need.groups:
            sets.append({agent for group in need.groups for agent in self._in_group.get(group, ())})
        if not sets:
            return ()
        return (agent for agent in min(sets, key=len) if fits(need, self._groups[agent], self._skills[agent]))
