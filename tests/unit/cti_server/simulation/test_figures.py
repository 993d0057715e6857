"""The figures by their definitions, on lives written by hand."""

import pytest

from cti_server.simulation.day import Arrival
from cti_server.simulation.figures import WITHIN, figures_of
from cti_server.simulation.ledger import Ledger, Life, WorkTime
from cti_server.vocabulary.ids import AgentId, ContactId, FlowName, QueueName, RuleName
from cti_server.vocabulary.plan import AgentPlan, HandlingRule, QueuePlan, SitePlan
from tests.unit.cti_server.simulation.sites import caller

QUEUE, ANNA, BEN = QueueName("sales"), AgentId("anna"), AgentId("ben")
PLAN = SitePlan(
    version="1",
    agents={
        ANNA: AgentPlan(id=ANNA, name="Anna", groups=()),
        BEN: AgentPlan(id=BEN, name="Ben", groups=(), handling=RuleName("three")),
    },
    queues={QUEUE: QueuePlan(name=QUEUE, groups=(), flow=FlowName("w"), service_level=20.0)},
    rules={RuleName("three"): HandlingRule(name=RuleName("three"), most=3)},
)


def life(arrival: Arrival, wait: float, disposition: str = "answered") -> Life:
    answered = wait if disposition == "answered" else None
    ended = wait + 60.0 if answered is not None else wait
    return Life(
        arrival=arrival,
        contact=ContactId(arrival.number),
        queue=QUEUE,
        queued_at=0.0,
        rang_at=None if answered is None else answered - 5.0,
        answered_at=answered,
        ended_at=ended,
        closed_at=None if answered is None else ended + 10.0,
        disposition=disposition,
    )


def ledger(*waits: tuple[int, float, str]) -> Ledger:
    found = Ledger()
    for count, wait, disposition in waits:
        for _ in range(count):
            number = len(found.lives) + 1
            found.lives[number] = life(caller(number, 0.0), wait, disposition)
    return found


def test_the_worked_check_of_the_definitions() -> None:
    # 70 answered and 10 abandoned in time out of 100: ignored 77.8 %, negative 70 %, positive 80 %.
    found = figures_of(
        ledger((70, 10.0, "answered"), (15, 40.0, "answered"), (10, 15.0, "abandoned"), (5, 90.0, "abandoned")), PLAN
    )
    level = found.total.level
    assert level.ignored == pytest.approx(70 / 90)
    assert level.negative == pytest.approx(0.7)
    assert level.positive == pytest.approx(0.8)
    assert level.handled == pytest.approx(70 / 85)
    assert level.left == pytest.approx(80 / 100)
    assert level.within[WITHIN.index(15)] == pytest.approx(0.8)
    assert level.within[WITHIN.index(45)] == pytest.approx(0.95)


def test_who_left_by_another_way_in_time_is_no_event() -> None:
    level = figures_of(ledger((1, 10.0, "answered"), (1, 5.0, "timed-out"), (1, 50.0, "timed-out")), PLAN).total.level
    assert level.negative == pytest.approx(0.5)


def test_waits_and_handle_times() -> None:
    total = figures_of(ledger((3, 10.0, "answered"), (1, 50.0, "answered"), (4, 30.0, "abandoned")), PLAN).total
    assert (total.queued, total.answered, total.abandoned, total.other) == (8, 4, 4, 0)
    assert (total.asa, total.longest, total.abandonment, total.abandoned_after) == (20.0, 50.0, 0.5, 30.0)
    assert total.handle == 75.0  # five of ring, sixty of talk, ten of wrap-up


def test_where_nobody_counts_there_is_no_figure() -> None:
    found = figures_of(ledger(), PLAN)
    assert (found.total.asa, found.total.level.negative, found.occupancy) == (None, None, None)
    assert found.queues[QUEUE].queued == 0


def test_occupancy_by_the_wall_clock_and_by_slots() -> None:
    found = ledger()
    found.agents[ANNA] = WorkTime(on_contacts=60.0, slots=60.0, idle=40.0, away=500.0)
    found.agents[BEN] = WorkTime(on_contacts=80.0, slots=120.0, idle=20.0)
    figures = figures_of(found, PLAN)
    assert figures.agents[ANNA].occupancy == figures.agents[ANNA].slot_occupancy == pytest.approx(0.6)
    assert figures.agents[ANNA].logged_on == 600.0
    assert figures.agents[BEN].occupancy == pytest.approx(0.8)
    assert figures.agents[BEN].slot_occupancy == pytest.approx(120 / 300)
    assert figures.occupancy == pytest.approx(0.7)
    assert figures.slot_occupancy == pytest.approx(180 / 400)
