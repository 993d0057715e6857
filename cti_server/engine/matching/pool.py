"""A pool of the matching index: its free agents in the order of its strategy, its contacts in the order of places."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Final

from cti_server.queues.line import Place
from cti_server.routing.fitting import Hindrance
from cti_server.routing.strategies import Candidate, Key, Strategy, draw, drawn
from cti_server.vocabulary.ids import AgentId, ContactId, SkillName
from cti_server.vocabulary.requirements import Need
from cti_server.vocabulary.values import Channel

SLACK: Final = 64
"""So many outdated entries may be in a heap, beside twice as many as there are current ones, before it is cleared."""

SPREAD: Final = 97
"""Pools are cleared at sizes that differ by so many parts, lest all of an agent's pools are cleared in one moment."""

OUTDATED: Final = -1


@dataclass(frozen=True, slots=True)
class PoolKey:
    """What makes a pool: needs (any of them will do) or the one agent, the order of agents, and the channel."""

    needs: tuple[Need, ...]
    agent: AgentId | None
    channel: Channel
    strategy: str
    seed: int
    order: tuple[AgentId, ...]


@dataclass(slots=True, eq=False)
class Standing:
    """What the index knows of an agent.

    ``pools`` are those that they fit; ``blocked`` what keeps contacts of a channel from them (absent: not looked at);
    ``stamps`` the number under which they are free for a channel; entries of heaps with another number are outdated.
    ``candidate`` is what the entries were made from.
    """

    agent: AgentId
    pools: dict[Channel, list["Pool"]] = field(default_factory=dict)
    blocked: dict[Channel, Hindrance | None] = field(default_factory=dict)
    stamps: dict[Channel, int] = field(default_factory=dict)
    candidate: Candidate | None = None
    present: bool = False

    def free_for(self, channel: Channel) -> bool:
        """Whether contacts of the channel can be offered to the agent now."""
        return self.stamps.get(channel, OUTDATED) != OUTDATED


@dataclass(slots=True, eq=False)
class Wait:
    """What the index knows of a waiting contact; ``stamp`` is the number of its current entry."""

    contact: ContactId
    pool: "Pool"
    place: Place
    stamp: int


class Pool:
    """Free agents and waiting contacts of one `PoolKey`; who belongs to it is the index's to say."""

    __slots__ = (
        "_contacts",
        "_drawn",
        "_free",
        "_ids",
        "_patience",
        "channel",
        "free",
        "key",
        "levels_of",
        "order",
        "present",
        "strategy",
        "tally",
        "waiting",
    )

    def __init__(self, key: PoolKey, strategy: Strategy, number: int = 0) -> None:
        self.key = key
        self.channel = key.channel
        self.strategy = strategy
        self.levels_of: tuple[SkillName, ...] = tuple(
            sorted({skill.skill for need in key.needs for skill in need.skills})
        )
        self.order = {agent: place for place, agent in enumerate(key.order)}
        self.present: list[AgentId] = []
        self.tally: dict[Hindrance, int] = {}
        self.free = 0
        self.waiting = 0
        self._drawn = strategy is drawn
        self._patience = 2.0 + number % SPREAD / SPREAD
        self._ids: list[AgentId] = []
        self._free: list[tuple[Key, AgentId, int, Standing]] = []
        self._contacts: list[tuple[Place, int, Wait]] = []

    # --- agents ------------------------------------------------------------

    def comes(self, agent: AgentId) -> None:
        """A fitting agent has logged on."""
        insort(self.present, agent)

    def goes(self, agent: AgentId) -> None:
        """A fitting agent is logged off, or fits no more."""
        index = bisect_left(self.present, agent)
        if index < len(self.present) and self.present[index] == agent:
            del self.present[index]

    def count(self, old: Hindrance | None, new: Hindrance | None) -> None:
        """Something else stands between an agent and this pool's contacts; `Hindrance.LOGGED_OFF` is not counted."""
        if old is not None and old is not Hindrance.LOGGED_OFF:
            self.tally[old] -= 1
        if new is not None and new is not Hindrance.LOGGED_OFF:
            self.tally[new] = self.tally.get(new, 0) + 1

    def frees(self, agent: AgentId) -> None:
        """An agent is free; they are found when `enter` has given them their place."""
        self.free += 1
        if self._drawn:
            insort(self._ids, agent)

    def enter(self, standing: Standing, candidate: Candidate, stamp: int) -> None:
        """Give a free agent their place by the strategy."""
        if self._drawn:
            return
        heappush(self._free, (self.strategy(candidate), standing.agent, stamp, standing))
        if len(self._free) > self._patience * (self.free + SLACK):
            self._free = [entry for entry in self._free if entry[3].stamps.get(self.channel) == entry[2]]
            heapify(self._free)

    def blocks(self, agent: AgentId) -> None:
        """A free agent is free no more; the entry is outdated by the stamp that the agent does not have any more."""
        self.free -= 1
        if self._drawn:
            del self._ids[bisect_left(self._ids, agent)]

    def best(self, number: int) -> AgentId | None:
        """The free agent who comes first by the strategy; ``number`` is that of the offer to be made."""
        if self._drawn:
            return self._ids[draw(self.key.seed, number, len(self._ids))] if self._ids else None
        heap = self._free
        while heap:
            _, agent, stamp, standing = heap[0]
            if standing.stamps.get(self.channel) == stamp:
                return agent
            heappop(heap)
        return None

    def first(self, most: int) -> list[AgentId]:
        """The first free agents by the strategy, ``most`` of them at the most."""
        if self._drawn:
            return self._ids[:most]
        taken: list[tuple[Key, AgentId, int, Standing]] = []
        while len(taken) < most and self.best(0) is not None:
            taken.append(heappop(self._free))
        for entry in taken:
            heappush(self._free, entry)
        return [agent for _, agent, _, _ in taken]

    # --- contacts ------------------------------------------------------------

    def joins(self, wait: Wait) -> None:
        """A contact waits here."""
        self.waiting += 1
        heappush(self._contacts, (wait.place, wait.stamp, wait))
        if len(self._contacts) > self._patience * (self.waiting + SLACK):
            self._contacts = [entry for entry in self._contacts if entry[2].stamp == entry[1]]
            heapify(self._contacts)

    def leaves(self, wait: Wait) -> None:
        """A contact waits here no more."""
        self.waiting -= 1
        wait.stamp = OUTDATED

    def head(self) -> Wait | None:
        """The contact that comes first."""
        heap = self._contacts
        while heap:
            _, stamp, wait = heap[0]
            if wait.stamp == stamp:
                return wait
            heappop(heap)
        return None
