"""Why this agent and none of the others: what an offer's event says of how it was decided."""

from dataclasses import dataclass
from typing import Final

from cti_server.contacts.contact import Contact
from cti_server.engine.matching.index import Match, Matching
from cti_server.engine.matching.pool import Pool
from cti_server.engine.state import State
from cti_server.routing.fitting import in_words
from cti_server.vocabulary.ids import AgentId
from cti_server.vocabulary.plan import QueuePlan
from cti_server.vocabulary.values import Decision, PassedOver

MOST_LISTED: Final = 10
"""So many agents are named in an offer, free ones and others each; the counts are of all."""

MOST_LOOKED_AT: Final = 32
"""So many agents are looked at for those who are named: an offer costs the same however many fit."""

LAST_AGENT: Final = "last-agent"
RESERVED: Final = "reserved"
RING_ALL: Final = "ring-all"


def rule_of_offer(contact: Contact, queue: QueuePlan) -> str:
    """By which rule the contact is offered now: for one agent alone, to all, or by the queue's strategy."""
    if contact.relaxed < 0:
        sticky = contact.requirement is not None and contact.requirement.agent_until is not None
        return LAST_AGENT if sticky and queue.last_agent > 0 else RESERVED
    return RING_ALL if queue.ring_all else queue.strategy


@dataclass(frozen=True, slots=True)
class Choice:
    """A contact that is to be offered, and what that is decided from, as it was before the first offer is made.

    ``first`` are the free agents in the order of the strategy, up to `MOST_LISTED` of them.
    """

    contact: Contact
    queue: QueuePlan
    pool: Pool
    first: tuple[AgentId, ...]
    decision: Decision


def choose(state: State, found: Match, queue: QueuePlan) -> Choice:
    """Look at what there is to choose from."""
    contact, pool = found.contact, found.pool
    first = (found.sole,) if found.sole is not None else tuple(pool.first(MOST_LISTED))
    decision = Decision(
        rule=rule_of_offer(contact, queue),
        plan=state.plan.version,
        step=max(contact.relaxed, 0),
        candidates=pool.free,
        listed=first,
        tally={found.value: count for found, count in sorted(pool.tally.items()) if count},
    )
    return Choice(contact, queue, pool, first, decision)


def passed_over(state: State, matching: Matching, choice: Choice, chosen: AgentId) -> tuple[PassedOver, ...]:
    """Fitting agents who are logged on and not taken: the first free ones, then others, each with the reason."""
    rule, channel = choice.decision.rule, choice.contact.channel
    free = [PassedOver(each, f"free, but {rule} picks {chosen}") for each in choice.first if each != chosen]
    if rule == RING_ALL:
        free = []
    others: list[PassedOver] = []
    for each in choice.pool.present[:MOST_LOOKED_AT]:
        if len(others) == MOST_LISTED:
            break
        found = matching.blocked(each, channel)
        if found is not None and each != chosen:
            others.append(PassedOver(each, in_words(state.agents[each], channel, found)))
    return tuple(sorted([*free, *others], key=lambda one: one.agent))
