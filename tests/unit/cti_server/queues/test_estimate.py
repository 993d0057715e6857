"""What a caller is told: by which facts, in which range, and never more without a cause that has a name."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.queues.estimate import Basis, Cause, Estimate, WaitModel
from cti_server.queues.estimate_accuracy import Told
from cti_server.storage.codec import decode_state, encode_state

NOW = 1000.0


def known(agents: float = 4.0, *, handle: float = 60.0, count: int = 400) -> WaitModel:
    """A queue that has handled so many contacts of the same length, with all agents at work."""
    model = WaitModel()
    model.agents(agents, 0.0, NOW)
    for _ in range(count):
        model.handled(handle, NOW)
    return model


def test_a_free_agent_means_no_wait() -> None:
    model = known()
    model.agents(4.0, 2.0, NOW)
    assert model.estimate(2, 0.0, NOW).likely == 0.0
    assert model.estimate(2, 0.0, NOW).basis == Basis.FREE
    assert model.estimate(3, 0.0, NOW).mean == pytest.approx(15.0)


def test_queue_length_over_completion_rate() -> None:
    estimate = known().estimate(8, 0.0, NOW)
    assert estimate.basis == Basis.QUEUE_LENGTH
    assert estimate.mean == pytest.approx(120.0)  # eight completions, one each 15 s
    assert estimate.low < estimate.likely < estimate.most < estimate.high


def test_those_who_give_up_are_not_waited_for() -> None:
    model = known()
    for _ in range(50):
        model.abandoned(30.0, NOW)
        model.started(30.0, NOW)
    assert model.giving_up == pytest.approx(1 / 60, rel=5e-3)
    assert model.estimate(8, 0.0, NOW).mean == pytest.approx(sum(1 / (1 / 15 + i / 60) for i in range(8)), rel=5e-3)


def test_without_handle_times_it_is_the_wait_of_the_head() -> None:
    model = WaitModel()
    model.agents(3.0, 0.0, NOW)
    for _ in range(4):
        model.arrived(NOW)
    estimate = model.estimate(4, 0.0, NOW, head=80.0)
    assert (estimate.basis, estimate.mean) == (Basis.HEAD_OF_LINE, 80.0)
    assert model.estimate(2, 60.0, NOW, head=80.0).mean == 40.0


def test_the_last_one_served_stands_in_for_the_head() -> None:
    model = WaitModel()
    model.arrived(NOW)
    model.started(50.0, NOW)
    assert model.estimate(1, 0.0, NOW).mean == 50.0


def test_who_knows_nothing_tells_nothing() -> None:
    estimate = WaitModel().estimate(3, 0.0, NOW)
    assert (estimate.basis, estimate.known) == (Basis.UNKNOWN, False)
    nobody = known(agents=0.0)
    assert not nobody.estimate(3, 0.0, NOW).known


def test_higher_priority_callers_are_counted_on() -> None:
    model = known()
    for second in range(0, 1800, 30):
        model.arrived(second, priority=1)
    plain, low = model.estimate(3, 0.0, 1800.0, priority=1), model.estimate(3, 0.0, 1800.0, priority=5)
    # Two a minute of the four that can be served: each turn takes twice as long.
    assert low.mean == pytest.approx(2.0 * plain.mean, rel=0.1)


def telling(model: WaitModel, estimate: Estimate, position: int, now: float) -> Told:
    """What is kept of an estimate that is told to a caller, as the fold of the event has it."""
    low, likely, high = estimate.low, estimate.likely, estimate.high
    known_then = {"position": position, "eligible": model.eligible, "handle": model.handle_mean}
    return Told(at=now, low=low, likely=likely, high=high, **known_then)


def test_a_later_telling_is_at_most_what_is_left_of_the_earlier() -> None:
    model = known()
    first = model.estimate(4, 0.0, NOW)
    told = telling(model, first, 4, NOW)
    later = model.estimate(4, 20.0, NOW + 20.0, told)  # nobody was served meanwhile
    assert later.likely == pytest.approx(first.likely - 20.0)
    assert later.high == pytest.approx(first.high - 20.0)
    assert later.cause is None


def change(model: WaitModel, what: Cause) -> dict[str, Any]:
    match what:
        case Cause.OVERTAKEN:
            return {"position": 6}
        case Cause.AGENTS_LEFT:
            model.agents(2.0, 0.0, NOW + 20.0)
        case Cause.SLOWER:
            for _ in range(400):
                model.handled(120.0, NOW + 20.0)
        case Cause.OVERDUE:
            return {"now": NOW + 1000.0}
    return {}


@pytest.mark.parametrize("what", list(Cause))
def test_more_is_told_for_a_cause_with_a_name(what: Cause) -> None:
    model = known()
    told = telling(model, model.estimate(4, 0.0, NOW), 4, NOW)
    arguments = {"position": 4, "waited": 20.0, "now": NOW + 20.0, **change(model, what)}
    later = model.estimate(told=told, **arguments)
    assert later.cause == what
    assert later.likely > told.likely - (arguments["now"] - NOW)


def test_less_is_told_at_once() -> None:
    model = known()
    told = telling(model, model.estimate(8, 0.0, NOW), 8, NOW)
    later = model.estimate(2, 5.0, NOW + 5.0, told)
    assert later == model.estimate(2, 5.0, NOW + 5.0)


def test_the_error_is_booked_when_the_caller_is_answered() -> None:
    model = known()
    model.arrived(NOW)
    told = telling(model, model.estimate(4, 0.0, NOW), 4, NOW)
    model.started(50.0, NOW + 50.0, told)
    assert model.accuracy.error == pytest.approx(told.likely - 50.0)


def test_the_line_is_counted() -> None:
    model = WaitModel()
    for _ in range(3):
        model.arrived(NOW)
    model.left(5.0, NOW)
    model.abandoned(5.0, NOW)
    assert model.waiting == 1
    model.started(5.0, NOW)
    model.started(5.0, NOW)
    assert model.waiting == 0


def test_storage_can_keep_it() -> None:
    model = known()
    model.arrived(NOW)
    digest, body = encode_state(model)
    assert decode_state(WaitModel, digest, body) == model


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("arrived"), st.integers(-3, 14)),
        st.tuples(st.sampled_from(["started", "abandoned", "left", "handled"]), st.floats(0.0, 5000.0)),
        st.tuples(st.just("agents"), st.floats(0.0, 100.0)),
    ),
    max_size=60,
)


@given(STEPS, st.integers(1, 500), st.floats(0.0, 3600.0))
def test_whatever_happens_a_range_is_a_range_and_replay_is_exact(
    steps: list[tuple[str, Any]], position: int, waited: float
) -> None:
    model = WaitModel()
    told: Told | None = None
    for index, (step, value) in enumerate(steps):
        now = NOW + 10.0 * index
        twin = deepcopy(model)
        for each in (model, twin):
            if step == "arrived":
                each.arrived(now, priority=value)
            elif step == "agents":
                each.agents(value, 0.0, now)
            else:
                getattr(each, step)(value, now)
        assert twin == model
        estimate: Estimate = model.estimate(position, waited, now, told)
        assert 0.0 <= estimate.low <= estimate.likely <= estimate.high
        assert estimate.likely <= estimate.most <= estimate.high
        if told is not None and estimate.cause is None and estimate.known:
            assert estimate.likely <= max(told.likely - (now - told.at), 0.0)
            assert estimate.high <= max(told.high - (now - told.at), 0.0)
        if estimate.known:
            told = telling(model, estimate, position, now)
