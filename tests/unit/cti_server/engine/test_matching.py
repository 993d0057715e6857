"""Pools of the matching index: order, counts, and outdated entries that never come out."""

from cti_server.engine.matching.pool import SLACK, Pool, PoolKey, Standing, Wait
from cti_server.routing.fitting import Hindrance
from cti_server.routing.strategies import Candidate, Strategy, drawn, longest_idle
from cti_server.vocabulary.ids import AgentId, ContactId
from cti_server.vocabulary.values import Channel

KEY = PoolKey(needs=(), agent=None, channel=Channel.VOICE, strategy="any", seed=3, order=())


def pool_of(strategy: Strategy = longest_idle) -> Pool:
    return Pool(KEY, strategy)


def free(pool: Pool, name: str, idle_since: float, stamp: int) -> Standing:
    standing = Standing(AgentId(name), stamps={Channel.VOICE: stamp})
    pool.frees(standing.agent)
    pool.enter(standing, Candidate(standing.agent, idle_since), stamp)
    return standing


def block(pool: Pool, standing: Standing) -> None:
    pool.blocks(standing.agent)
    standing.stamps.clear()


def test_free_agents_come_in_the_order_of_the_strategy_and_ties_by_id() -> None:
    pool = pool_of()
    for stamp, (name, idle) in enumerate((("cleo", 2.0), ("ben", 1.0), ("anna", 2.0)), start=1):
        free(pool, name, idle, stamp)
    assert (pool.best(1), pool.first(2), pool.first(9)) == ("ben", ["ben", "anna"], ["ben", "anna", "cleo"])
    assert pool.best(1) == "ben", "looking takes nobody out"


def test_an_agent_who_is_free_no_more_does_not_come_out() -> None:
    pool = pool_of()
    ben = free(pool, "ben", 1.0, 1)
    free(pool, "anna", 2.0, 2)
    block(pool, ben)
    assert (pool.best(1), pool.free) == ("anna", 1)


def test_outdated_entries_do_not_pile_up() -> None:
    pool = pool_of()
    for stamp in range(1, 20 * SLACK):
        block(pool, free(pool, "ben", float(-stamp), stamp))
    free(pool, "anna", 1.0, 20 * SLACK)
    assert pool.first(9) == ["anna"]
    assert len(pool._free) <= 3 * SLACK


def test_a_draw_reaches_every_free_agent() -> None:
    pool = pool_of(drawn)
    standings = [free(pool, name, 0.0, stamp) for stamp, name in enumerate(("cleo", "anna", "ben"), start=1)]
    assert {pool.best(number) for number in range(50)} == {"anna", "ben", "cleo"}
    block(pool, standings[0])
    assert {pool.best(number) for number in range(50)} == {"anna", "ben"}


def test_the_first_contact_is_the_one_of_the_best_place_that_still_waits() -> None:
    pool = pool_of()
    waits = [Wait(ContactId(number), pool, (5, float(number), ContactId(number)), number) for number in (2, 1, 3)]
    for wait in waits:
        pool.joins(wait)
    assert pool.head() is waits[1]
    pool.leaves(waits[1])
    assert (pool.head(), pool.waiting) == (waits[0], 2)


def test_what_hinders_is_counted_without_those_who_are_logged_off() -> None:
    pool = pool_of()
    pool.count(None, Hindrance.LOGGED_OFF)
    pool.count(Hindrance.LOGGED_OFF, Hindrance.NOT_READY)
    pool.count(Hindrance.NOT_READY, Hindrance.TALKING)
    assert pool.tally == {Hindrance.NOT_READY: 0, Hindrance.TALKING: 1}
