"""Waits that the engine's flows tell: the range holds what it says, and nobody is told more without a cause."""

from collections.abc import Iterator
from dataclasses import replace
from math import inf
from random import Random

import pytest

from cti_server.queues.estimate import FEWER, SLOWER
from cti_server.simulation.day import Arrival
from cti_server.vocabulary import events
from cti_server.vocabulary.ids import ContactId, QueueName
from tests.unit.cti_server.simulation.sites import at_work, caller, day, plan_of, write_site
from tests.unit.cti_server.simulation.test_past import Keeping

AGENTS, CALLERS = 10, 1_600
FLOW = """name: waiting
kind: queue-processing
steps:
  - {id: tell, step: wait_time, before: position_before, on_failure: music}
  - {id: music, step: music, music: hold_music, seconds: 60, next: tell}
"""


def callers(load: float, patience: float) -> Iterator[Arrival]:
    chance, now = Random(2), 0.0
    for number in range(1, CALLERS + 1):
        now += chance.expovariate(load / 180.0)
        patient = inf if patience == inf else chance.expovariate(1.0 / patience)
        yield caller(number, now, talk=chance.expovariate(1 / 180.0), ring=3.0, patience=patient)


@pytest.fixture(
    scope="module",
    params=[(9.3, inf, False), (12.0, 180.0, False), (9.3, inf, True)],
    ids=["nobody gives up", "many give up", "two queues"],
)
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Keeping:
    load, patience, second_queue = request.param
    folder = write_site(tmp_path_factory.mktemp("site") / "c", AGENTS, second_queue=second_queue)
    (folder / "flows" / "waiting.yaml").write_text(FLOW, encoding="utf-8")
    whole = replace(day(roster=at_work(AGENTS)), arrivals=tuple(callers(load, patience)))
    world = Keeping(plan_of(folder), whole)
    world.run()
    return world


def test_four_fifths_of_the_waits_lie_in_the_range(lived: Keeping) -> None:
    told = lived.told()
    assert set(told) <= {QueueName("sales"), QueueName("service")}
    for accuracy in told.values():
        assert accuracy.count > 300
        assert accuracy.coverage == pytest.approx(0.8, abs=0.06)
        assert accuracy.bias == pytest.approx(0.0, abs=0.15 * accuracy.true / accuracy.count)


def caused(before: events.EstimateTold, after: events.EstimateTold, passed: float) -> bool:
    """Overtaken, agents left, contacts take longer, or the time that was told is over."""
    return (
        after.position > before.position
        or after.eligible < FEWER * before.eligible
        or after.handle > SLOWER * before.handle > 0.0
        or passed > before.high
    )


def test_nobody_is_told_more_without_a_cause(lived: Keeping) -> None:
    last: dict[ContactId, tuple[float, events.EstimateTold]] = {}
    again = 0
    for recorded in lived.kept:
        event = recorded.event
        if not isinstance(event, events.EstimateTold):
            continue
        if event.contact in last:
            at, before = last[event.contact]
            passed = recorded.at - at
            again += 1
            assert event.cause is None or caused(before, event, passed)
            if event.cause is None:
                assert event.likely <= max(before.likely - passed, 0.0) + 1e-9
                assert event.high <= max(before.high - passed, 0.0) + 1e-9
        last[event.contact] = (recorded.at, event)
    assert again > 300
