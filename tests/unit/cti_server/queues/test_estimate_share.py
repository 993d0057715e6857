"""Agents of several queues are shared out by the load of each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.queues.estimate_share import Pool, shares
from cti_server.vocabulary.ids import QueueName

A, B, C = QueueName("a"), QueueName("b"), QueueName("c")


def test_own_agents_count_whole() -> None:
    assert shares([((A,), 3.0), ((B,), 2.0)], {A: 5.0, B: 9.0}) == {A: 3.0, B: 2.0}


def test_even_load_shares_evenly() -> None:
    assert shares([((A, B), 4.0)], {A: 2.0, B: 2.0}) == pytest.approx({A: 2.0, B: 2.0})


def test_shared_agents_level_the_waits() -> None:
    found = shares([((A,), 2.0), ((B,), 6.0), ((A, B), 4.0)], {A: 6.0, B: 6.0})
    assert found == pytest.approx({A: 6.0, B: 6.0}, rel=0.15)


def test_where_waits_cannot_be_level_the_longer_one_gets_them() -> None:
    found = shares([((B,), 6.0), ((A, B), 2.0)], {A: 20.0, B: 1.0})
    assert found[A] == pytest.approx(2.0, rel=0.05)


def test_nobody_waits_and_nobody_works() -> None:
    assert shares([((A, B), 2.0)], {}) == pytest.approx({A: 1.0, B: 1.0})
    assert shares([((A,), 0.0), ((), 3.0)], {A: 1.0}) == {}


POOLS = st.lists(
    st.tuples(st.sampled_from([(A,), (B,), (C,), (A, B), (A, C), (A, B, C)]), st.floats(0.0, 50.0)), max_size=8
)


@given(POOLS, st.dictionaries(st.sampled_from([A, B, C]), st.floats(0.0, 1e4)))
def test_every_agent_is_shared_out_whole(pools: list[Pool], load: dict[QueueName, float]) -> None:
    found = shares(pools, load)
    assert sum(found.values()) == pytest.approx(sum(count for _, count in pools), abs=1e-9)
    for queue, agents in found.items():
        own = sum(count for queues, count in pools if queues == (queue,))
        most = sum(count for queues, count in pools if queue in queues)
        assert own - 1e-9 <= agents <= most + 1e-9
