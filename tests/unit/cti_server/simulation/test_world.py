"""Days made by hand, lived through by the engine: what becomes of each caller and where the agents' time goes."""

from dataclasses import replace
from pathlib import Path

import pytest

from cti_server.simulation.day import Duty
from cti_server.simulation.world import CUSTOMER_SECONDS, World
from cti_server.vocabulary.ids import AgentId, DeviceNumber
from cti_server.vocabulary.plan import CallbackRules
from tests.unit.cti_server.simulation.sites import at_work, caller, day, plan_of, write_site

A0, A1 = AgentId("a00"), AgentId("a01")


def test_a_caller_is_answered_after_the_ring_and_talks(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1, wrap_up=10.0))
    world = World(plan, day(caller(1, 100.0, ring=5.0, talk=60.0), roster=at_work(1)))
    life = world.run().lives[1]
    assert (life.fate, life.agent) == ("answered (sales)", A0)
    assert (life.wait, life.ended_at, life.closed_at) == (5.0, 165.0, 175.0)
    assert world.ledger.agents[A0].on_contacts == 75.0


def test_the_agent_is_done_with_the_wrap_up_before_the_queue_s_time(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1, wrap_up=30.0))
    ledger = World(plan, day(caller(1, 100.0, talk=60.0, wrap_up=4.0), roster=at_work(1))).run()
    assert ledger.lives[1].closed_at == 169.0


def test_who_is_not_patient_hangs_up_and_the_next_is_served(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1))
    callers = [caller(1, 100.0, talk=300.0), caller(2, 110.0, patience=30.0), caller(3, 120.0, talk=10.0)]
    lives = World(plan, day(*callers, roster=at_work(1))).run().lives
    assert [lives[number].fate for number in (1, 2, 3)] == ["answered (sales)", "abandoned (sales)", "answered (sales)"]
    assert (lives[2].wait, lives[3].answered_at) == (30.0, 410.0)


def test_who_listens_no_longer_hangs_up_in_the_flow(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1, second_queue=True))
    lives = World(plan, day(caller(1, 100.0, flow_patience=2.0), roster=at_work(1))).run().lives
    assert lives[1].fate == "abandoned-in-flow"


@pytest.mark.parametrize(
    ("digits", "queue"), [(("2",), "service"), (("1",), "sales"), (("9", "2"), "service"), (("", "", ""), "sales")]
)
def test_callers_key_in_what_they_are_to(tmp_path: Path, digits: tuple[str, ...], queue: str) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1, second_queue=True))
    lives = World(plan, day(caller(1, 100.0, digits=digits), roster=at_work(1))).run().lives
    assert lives[1].fate == f"answered ({queue})"


def test_callers_without_digits_of_their_own_choose_evenly(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1, second_queue=True))
    callers = [caller(number, 100.0 * number, talk=10.0) for number in range(1, 5)]
    lives = World(plan, day(*callers, roster=at_work(1))).run().lives
    assert [lives[number].queue for number in range(1, 5)] == ["service", "sales", "service", "sales"]


def test_a_missed_call_rings_on_at_somebody_else_and_the_agent_comes_back(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 2))
    callers = [caller(1, 100.0, missed=1, talk=10.0), caller(2, 200.0, talk=10.0), caller(3, 201.0, talk=10.0)]
    ledger = World(plan, day(*callers, roster=at_work(2))).run()
    assert (ledger.lives[1].agent, ledger.lives[1].wait, ledger.lives[1].offers) == (A1, 25.0, 2)
    assert ledger.agents[A0].unanswered == 1
    assert ledger.agents[A0].away == 30.0
    assert {ledger.lives[2].agent, ledger.lives[3].agent} == {A0, A1}


def test_agents_finish_their_talk_before_a_break_and_before_they_go(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1))
    roster = at_work(1, (150.0, A0, Duty.AWAY), (400.0, A0, Duty.READY), (510.0, A0, Duty.OFF))
    callers = [caller(1, 100.0, talk=100.0), caller(2, 210.0, talk=20.0), caller(3, 500.0, talk=95.0)]
    ledger = World(plan, day(*callers, roster=roster)).run()
    lives, work = ledger.lives, ledger.agents[A0]
    assert lives[1].ended_at == 205.0
    assert lives[2].answered_at == 405.0
    assert lives[3].ended_at == 600.0
    assert (work.logged_on, work.away) == (600.0, 195.0)


def test_who_is_never_served_is_told_so_at_the_end_of_the_day(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1))
    ledger = World(plan, day(caller(1, 100.0), roster=())).run()
    assert ledger.lives[1].fate == "open (sales)"


def test_a_call_to_a_number_that_the_site_has_not_is_counted(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1))
    world = World(plan, day(replace(caller(1, 5.0), pilot=DeviceNumber("7999")), roster=at_work(1)))
    assert world.run().lives == {}
    assert world.refused == {"unknown-pilot": 1}


def test_the_same_day_is_lived_through_alike(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 2, second_queue=True))
    callers = [caller(number, 20.0 * number, patience=35.0, talk=70.0) for number in range(1, 40)]
    first, second = (World(plan, day(*callers, roster=at_work(2))).run() for _ in range(2))
    assert first.lives == second.lives
    assert first.agents == second.agents


def test_who_gave_up_is_called_back_where_the_queue_does_that(tmp_path: Path) -> None:
    plan = plan_of(write_site(tmp_path / "c", 1))
    rules = CallbackRules(on_abandon=True)
    queues = {name: replace(queue, callbacks=rules) for name, queue in plan.queues.items()}
    callers = [caller(1, 100.0, talk=300.0), caller(2, 110.0, patience=30.0, talk=50.0)]
    ledger = World(replace(plan, queues=queues), day(*callers, roster=at_work(1))).run()
    life = ledger.lives[2]
    assert life.fate == "abandoned (sales), called back"
    assert life.called_back_at == 405.0 + life.arrival.ring + CUSTOMER_SECONDS
    assert ledger.agents[A0].contacts == 2
    assert ledger.agents[A0].on_contacts == pytest.approx(305.0 + 15.0 + 50.0)
