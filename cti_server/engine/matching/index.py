"""The matching index: who is free and who waits, per pool; a cache beside the state, built from it anew at any time.

A *pool* is what a contact waits for: the needs of its requirement that it has reached (or one reserved agent), the
strategy and the channel. A contact waits in one pool at a time; an agent belongs to all pools that they fit. Each pool
holds its free agents in the order of its strategy and its contacts in the order of their places, in heaps in which
what no longer counts is left until it comes to the top. So a freed agent finds the best contact over their pools,
and an arriving contact the best agent of its pool, without a look at anybody else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final

from cti_server.agents.agent import logged_on
from cti_server.contacts.contact import Contact, waiting
from cti_server.engine.fold.queueing import requirement_of
from cti_server.engine.matching.pool import OUTDATED, Pool, PoolKey, Standing, Wait
from cti_server.engine.matching.roster import Roster
from cti_server.engine.state import State, place_of
from cti_server.queues.line import Place
from cti_server.routing.fitting import Hindrance, hindrance, rule_of
from cti_server.routing.strategies import (
    BUILT_IN,
    DEFAULT_STRATEGY,
    Candidate,
    Strategy,
    fewest_contacts,
    least_talk_time,
    longest_idle,
    round_robin,
)
from cti_server.vocabulary import events
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, QueueName
from cti_server.vocabulary.plan import QueuePlan
from cti_server.vocabulary.requirements import Requirement
from cti_server.vocabulary.values import Channel

REBUILDING: Final = frozenset({events.PlanLoaded, events.LinkCameUp, events.LinkWentDown, events.CallsSurveyed})
"""After these anything may be otherwise; they are rare."""

QUIET: Final = frozenset(
    {
        events.DataSet,
        events.EstimateTold,
        events.MediaJoined,
        events.MediaLeft,
        events.MediaRefused,
        events.MediaRequested,
        events.OfferAlerted,
        events.VerbEnded,
        events.RequestEnded,
        events.QueueRefused,
        events.CalendarSet,
        events.QueueSet,
        events.LinkDrained,
        events.OperationNoted,
    }
)
"""After these the same agents are free and the same contacts wait as before."""

PLAIN: Final = frozenset({longest_idle, round_robin, fewest_contacts, least_talk_time})
"""Strategies that go by nothing but the agent: levels and places need not be worked out for them."""

SPARE_POOLS: Final = 1024
"""So many pools of contacts' own requirements may stay behind unused before they are forgotten."""


@dataclass(frozen=True, slots=True)
class Match:
    """A contact to be offered and its pool; ``sole`` is the only free agent of it, where that is known already."""

    contact: Contact
    pool: Pool
    sole: AgentId | None


class Matching:
    """Kept true by `note`, which is to see every event right after it was folded in.

    ``dropped`` are the agents who were at work when the plan came that does not know them, by id.
    """

    def __init__(self, state: State, strategies: Mapping[str, Strategy] = BUILT_IN) -> None:
        self._state = state
        # Built-ins stay known, so that a queue whose strategy is missing still has one to fall back on.
        self._strategies = {**BUILT_IN, **strategies}
        self._stamp = 0
        self.rebuild()

    def rebuild(self) -> None:
        """Build everything from the state; all who wait are looked at anew."""
        self._roster = Roster(self._state)
        self._pools: dict[PoolKey, Pool] = {}
        self._most_pools = SPARE_POOLS
        self._of_queue: dict[tuple[QueueName, int, Channel], Pool] = {}
        self._standings: dict[AgentId, Standing] = {}
        self._waits: dict[ContactId, Wait] = {}
        self._freed: dict[AgentId, Standing] = {}
        self._arrived: dict[ContactId, Wait] = {}
        self._todo: list[tuple[Place, AgentId]] = []
        self._unentered: list[tuple[Standing, Channel, int]] = []
        self.dropped = tuple(sorted(agent for agent in self._state.agents if agent not in self._state.plan.agents))
        for agent in self._state.plan.agents:
            self._refresh_agent(agent)
        for queue in self._state.plan.queues.values():
            for step in range(len(queue.requirement.steps)):
                self._queue_pool(queue, step, Channel.VOICE)
        for contact in self._state.contacts:
            self._refresh_contact(contact)
        self._ringing = {offer.contact for offer in self._state.offers.values() if offer.shared}

    def note(self, event: events.Event, before: Contact | None) -> None:
        """Take up what an event changed; ``before`` is its contact, which the event may have taken from the state."""
        kind = type(event)
        if kind in QUIET:
            return
        if isinstance(event, events.OfferMade) and event.shared:
            self._ringing.add(event.contact)
        elif isinstance(event, events.OfferEnded) and before is not None and not before.offers:
            self._ringing.discard(event.contact)
        if kind in REBUILDING:
            self.rebuild()
            return
        if isinstance(event, (events.AgentSkillsChanged, events.AgentGroupsChanged)):
            self._enrol_anew(event.agent)
            return
        at_phone = self._state.devices.get(getattr(event, "device", DeviceNumber("")))
        agents = {getattr(event, "agent", None), getattr(event, "to", None), at_phone}
        if before is not None:
            agents.add(before.agent)
            agents.update(before.wrapping)
            self._refresh_contact(before.id)
        for agent in agents:
            if agent is not None:
                self._refresh_agent(agent)

    # --- matching ------------------------------------------------------------

    def next_match(self) -> Match | None:
        """The first contact, in order over all queues, that waits beside a fitting free agent; None if there is none.

        Only contacts and agents are looked at that have changed; the caller must make an offer before it asks again.
        """
        self._gather()
        while self._todo:
            place, agent = heappop(self._todo)
            wait = self._waits.get(place[2])
            if agent:
                self._freed[agent] = self._standings[agent]
            if wait is not None and wait.place == place and wait.pool.free:
                sole = self._sole(wait.pool, agent)
                if sole is None:
                    self._enter_freed()
                return Match(self._state.contacts[wait.contact], wait.pool, sole)
            self._gather()
        self._enter_freed()
        return None

    def rings_on(self, most: int) -> list[Match]:
        """The contacts that ring at several agents at once, at fewer than ``most``, while a fitting one is free."""
        found = []
        for number in sorted(self._ringing):
            contact = self._state.contacts[number]
            pool = self._pool_of(contact)
            certain = not contact.leaving and self._state.call_is_certain(contact)
            if pool is not None and pool.free and certain and 0 < len(contact.offers) < most:
                found.append(Match(contact, pool, None))
        return found

    def _sole(self, pool: Pool, agent: AgentId) -> AgentId | None:
        """The agent, if they are the pool's only free one: then they need no place in it."""
        if not agent or pool.free > 1:
            return None
        standing = self._standings[agent]
        belongs = standing.free_for(pool.channel) and pool in standing.pools[pool.channel]
        return agent if belongs else None

    def _enter_freed(self) -> None:
        """Give those who became free, and still are, their places in their pools."""
        for standing, channel, stamp in self._unentered:
            if standing.stamps.get(channel) == stamp:
                for pool in standing.pools[channel]:
                    pool.enter(standing, self._candidate_for(standing, pool), stamp)
        self._unentered.clear()

    def _gather(self) -> None:
        for wait in self._arrived.values():
            if wait.stamp != OUTDATED and wait.pool.free:
                heappush(self._todo, (wait.place, AgentId("")))
        self._arrived.clear()
        for agent, standing in self._freed.items():
            place = self._best_place(standing)
            if place is not None:
                heappush(self._todo, (place, agent))
        self._freed.clear()

    def _best_place(self, standing: Standing) -> Place | None:
        best: Place | None = None
        for channel, pools in standing.pools.items():
            if not standing.free_for(channel):
                continue
            for pool in pools:
                if pool.waiting:
                    head = pool.head()
                    if head is not None and (best is None or head.place < best):
                        best = head.place
        return best

    # --- figures ------------------------------------------------------------

    def pool_of(self, queue: QueuePlan, channel: Channel = Channel.VOICE) -> Pool:
        """The pool of everybody who can ever be offered the queue's contacts: logged on, free, and what hinders."""
        return self._queue_pool(queue, max(len(queue.requirement.steps) - 1, 0), channel)

    def pool_for(self, queue: QueuePlan, requirement: Requirement | None, channel: Channel) -> Pool:
        """The pool of everybody who can ever be offered a contact with this requirement (None: the queue's)."""
        if requirement is None:
            return self.pool_of(queue, channel)
        return self._pool(self._key(queue, requirement, len(requirement.steps) - 1, channel))

    def waits_in(self, contact: ContactId) -> Pool | None:
        """The pool in which the contact waits."""
        wait = self._waits.get(contact)
        return None if wait is None else wait.pool

    def blocked(self, agent: AgentId, channel: Channel) -> Hindrance | None:
        """What keeps contacts of the channel from an agent of some pool of it, as it was when they last changed."""
        return self._standings[agent].blocked[channel]

    def why_not(self, agent: AgentId, channel: Channel) -> Hindrance | None:
        """What keeps contacts of the channel from the agent."""
        standing = self._state.agents.get(agent)
        if standing is None:
            return Hindrance.LOGGED_OFF
        rule = rule_of(self._state.plan.agents.get(agent), self._state.plan.rules)
        return hindrance(standing, channel, rule, self._state.phone_of(standing))

    # --- contacts ------------------------------------------------------------

    def _refresh_contact(self, number: ContactId) -> None:
        contact = self._state.contacts.get(number)
        offerable = contact is not None and waiting(contact) and self._state.call_is_certain(contact)
        pool = self._pool_of(contact) if contact is not None and offerable else None
        wait = self._waits.get(number)
        if wait is not None:
            if contact is not None and wait.pool is pool and wait.place == place_of(contact):
                return
            wait.pool.leaves(wait)
            del self._waits[number]
        if contact is None or pool is None:
            return
        self._stamp += 1
        wait = Wait(number, pool, place_of(contact), self._stamp)
        self._waits[number] = self._arrived[number] = wait
        pool.joins(wait)

    def _pool_of(self, contact: Contact) -> Pool | None:
        queue = self._state.queue(contact.queue) if contact.queue is not None else None
        if queue is None:
            return None
        if contact.requirement is None and contact.relaxed >= 0:
            return self._queue_pool(queue, contact.relaxed, contact.channel)
        return self._pool(self._key(queue, requirement_of(self._state, contact), contact.relaxed, contact.channel))

    def _queue_pool(self, queue: QueuePlan, step: int, channel: Channel) -> Pool:
        place = (queue.name, step, channel)
        pool = self._of_queue.get(place)
        if pool is None:
            pool = self._of_queue[place] = self._pool(self._key(queue, queue.requirement, step, channel))
        return pool

    def _key(self, queue: QueuePlan, requirement: Requirement, step: int, channel: Channel) -> PoolKey:
        alone = step < 0
        return PoolKey(
            needs=() if alone else tuple(each.need for each in requirement.steps[: step + 1]),
            agent=requirement.agent if alone else None,
            channel=channel,
            strategy=queue.strategy if queue.strategy in self._strategies else DEFAULT_STRATEGY,
            seed=queue.seed,
            order=queue.order,
        )

    def _pool(self, key: PoolKey) -> Pool:
        pool = self._pools.get(key)
        if pool is None:
            if len(self._pools) > self._most_pools:
                self._forget_unused()
                # Not again before as many have come as are in use: looking costs as much as there are agents.
                self._most_pools = len(self._pools) + max(SPARE_POOLS, len(self._pools))
            self._enter_freed()  # who is enrolled gets a place at once, and none must get two
            pool = self._pools[key] = Pool(key, self._strategies[key.strategy], len(self._pools))
            for agent in self._roster.members(key):
                self._enrol(self._standings[agent], pool)
        return pool

    def _forget_unused(self) -> None:
        kept = set(map(id, self._of_queue.values()))
        unused = {id(pool) for pool in self._pools.values() if not pool.waiting and id(pool) not in kept}
        self._pools = {key: pool for key, pool in self._pools.items() if id(pool) not in unused}
        for standing in self._standings.values():
            for channel, pools in standing.pools.items():
                standing.pools[channel] = [pool for pool in pools if id(pool) not in unused]

    # --- agents ------------------------------------------------------------

    def _enrol(self, standing: Standing, pool: Pool) -> None:
        """Let an agent belong to a pool, as they are now."""
        channel = pool.channel
        standing.pools.setdefault(channel, []).append(pool)
        if standing.present:
            pool.comes(standing.agent)
        if channel not in standing.blocked:
            standing.blocked[channel] = self.why_not(standing.agent, channel)
            if standing.blocked[channel] is None:
                self._stamp += 1
                standing.stamps[channel] = self._stamp
        pool.count(None, standing.blocked[channel])
        if standing.blocked[channel] is None:
            pool.frees(standing.agent)
            pool.enter(standing, self._candidate_for(standing, pool), standing.stamps[channel])

    def _enrol_anew(self, agent: AgentId) -> None:
        """The agent's skills or groups have changed: they leave all pools and join those that they fit now."""
        old = self._standings.pop(agent, None)
        if old is not None:
            for channel, pools in old.pools.items():
                for pool in pools:
                    pool.goes(agent)
                    pool.count(old.blocked[channel], None)
                    if old.blocked[channel] is None:
                        pool.blocks(agent)
            old.stamps.clear()
        self._roster.change(agent)
        self._refresh_agent(agent)
        standing = self._standings.get(agent)
        if standing is None:
            return
        for pool in self._pools.values():
            if self._roster.belongs(agent, pool.key):
                self._enrol(standing, pool)
        self._freed[agent] = standing

    def _refresh_agent(self, name: AgentId) -> None:
        agent = self._state.agents.get(name)
        standing = self._standings.get(name)
        if standing is None:
            if name not in self._state.plan.agents:
                return
            standing = self._standings[name] = Standing(name)
        present = logged_on(agent)
        if present != standing.present:
            standing.present = present
            for pools in standing.pools.values():
                for pool in pools:
                    (pool.comes if present else pool.goes)(name)
        candidate = None
        if agent is not None:
            candidate = Candidate(name, agent.idle_since, agent.last_offer, agent.handled, agent.talked)
        changed = candidate != standing.candidate
        standing.candidate = candidate
        for channel in standing.pools:
            self._refresh_channel(standing, channel, changed=changed)

    def _refresh_channel(self, standing: Standing, channel: Channel, *, changed: bool) -> None:
        old, new = standing.blocked[channel], self.why_not(standing.agent, channel)
        if old is new and (new is not None or not changed):
            return
        pools = standing.pools[channel]
        if old is not new:
            standing.blocked[channel] = new
            for pool in pools:
                pool.count(old, new)
        if old is None:
            for pool in pools:
                pool.blocks(standing.agent)
            standing.stamps[channel] = OUTDATED
        if new is None:
            self._stamp += 1
            standing.stamps[channel] = self._stamp
            for pool in pools:
                pool.frees(standing.agent)
            self._unentered.append((standing, channel, self._stamp))
            self._freed[standing.agent] = standing

    def _candidate_for(self, standing: Standing, pool: Pool) -> Candidate:
        candidate = standing.candidate or Candidate(standing.agent, 0.0)
        if pool.strategy in PLAIN:
            return candidate
        levels = self._roster.levels(standing.agent, pool.levels_of)
        place = pool.order.get(standing.agent, len(pool.order))
        return candidate._replace(levels=levels, place=place)
