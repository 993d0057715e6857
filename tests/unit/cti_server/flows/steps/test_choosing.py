"""Components that decide, queue, look up and send away: every exit, and hostile data."""

import pytest

from cti_server.flows.component import (
    FAILED,
    Ask,
    Change,
    Enqueue,
    Forward,
    Leave,
    MakeCallback,
    NotForwarded,
    NotQueued,
    Release,
    RunFlow,
)
from cti_server.flows.steps import (
    CALLBACK,
    CHANGE,
    DATABASE,
    DECIDE,
    QUEUE,
    REQUEUE,
    RUN,
    SCHEDULE,
    SET,
    TRANSFER,
    WEB,
    CallbackStep,
    ChangeStep,
    DatabaseStep,
    DecideStep,
    QueueStep,
    RequeueStep,
    RunStep,
    ScheduleStep,
    SetStep,
    TransferStep,
    WebStep,
)
from cti_server.flows.steps.deciding.decide import Case
from cti_server.flows.steps.queueing.needs import NeedFrom
from cti_server.vocabulary.outside import DatabaseLookUp, RequestOutcome, RequestResult, WebLookUp
from cti_server.vocabulary.plan import QueuePlan
from cti_server.vocabulary.requirements import Need, Requirement, RequirementStep, SkillNeed
from cti_server.vocabulary.values import AgentStatus, TransferKind
from tests.unit.cti_server.flows.steps.here import FakeHere, glance

SALES = QueuePlan(name="sales", groups=("sales",), flow="waiting")


def test_a_schedule_leaves_by_the_door() -> None:
    step = ScheduleStep(id="s", calendar="office", closed="c")
    assert SCHEDULE.enter(step, FakeHere()) == Leave(exit="open")
    shut = SCHEDULE.enter(step, FakeHere(open=(False, "Epiphany")))
    assert shut == Leave(exit="closed", keep={"closed_because": "Epiphany"})
    assert SCHEDULE.exits(step) == {"open": None, "closed": "c"}


def test_the_first_true_case_decides_and_a_missing_datum_is_not_true() -> None:
    step = DecideStep(id="d", cases=(Case(when="missing > 3", next="a"), Case(when="waited > 60", next="b")))
    assert DECIDE.enter(step, FakeHere(facts={"waited": 61})) == Leave(exit="case_2")
    assert DECIDE.enter(step, FakeHere(facts={"waited": "long"})) == Leave(exit="otherwise")
    assert DECIDE.exits(step) == {"case_1": "a", "case_2": "b", "otherwise": None}


def test_set_reckons_all_from_what_was_known_before() -> None:
    step = SetStep(id="s", values={"a": "a + 1", "b": "a", "c": "1 / 0"})
    assert SET.enter(step, FakeHere(data={"a": 1})) == Leave(keep={"a": 2, "b": 1, "c": None})


def test_run_runs_the_flow() -> None:
    assert RUN.enter(RunStep(id="r", flow="part"), FakeHere()) == RunFlow(flow="part")


def test_a_queue_step_leaves_the_requirement_to_the_queue() -> None:
    step = QueueStep(id="q", queue="sales", priority=2, agent="{wished}")
    assert QUEUE.enter(step, FakeHere()) == Enqueue(queue="sales", priority=2)


def test_needs_and_an_agent_make_a_requirement() -> None:
    needs = (NeedFrom(after=30, groups=("service",)), NeedFrom(skills={"english": 5}))
    steps = (
        RequirementStep(0.0, Need((), (SkillNeed("english", 5),))),
        RequirementStep(30, Need(("service",))),
    )
    step = QueueStep(id="q", queue="sales", needs=needs, agent="{wished}", agent_for=60)
    here = FakeHere(data={"wished": "anna"}, agents={"anna": glance("anna")}, queues={"sales": SALES})
    assert QUEUE.enter(step, here) == Enqueue(queue="sales", priority=5, requirement=Requirement(steps, "anna", 60))
    alone = QueueStep(id="q", queue="sales", agent="anna")
    expected = Requirement(SALES.requirement.steps, "anna", None)
    assert QUEUE.enter(alone, here) == Enqueue(queue="sales", priority=5, requirement=expected)


@pytest.mark.parametrize(
    ("outcome", "way"),
    [("closed", "closed"), ("saturated", "full"), ("blocked", "blocked"), ("timed-out", "timed_out")],
)
def test_a_queue_that_does_not_take_a_caller_says_why(outcome: str, way: str) -> None:
    step = QueueStep(id="q", queue="sales", closed="a", full="b", blocked="c", timed_out="d")
    assert QUEUE.resume(step, FakeHere(), NotQueued(outcome)) == Leave(exit=way)
    assert QUEUE.resume(QueueStep(id="q", queue="sales"), FakeHere(), NotQueued(outcome)) == Release()


def test_requeue_keeps_waiting_where_it_is_not_taken() -> None:
    step = RequeueStep(id="q", queue="general", full="f")
    assert REQUEUE.enter(step, FakeHere()) == Enqueue(queue="general")
    assert REQUEUE.resume(step, FakeHere(), NotQueued("saturated")) == Leave(exit="full")
    assert REQUEUE.exits(step) == {"closed": None, "full": "f", "blocked": None}


def test_change_changes_only_what_waits() -> None:
    step = ChangeStep(id="c", priority=2)
    assert CHANGE.enter(step, FakeHere()) == Leave()
    assert CHANGE.enter(step, FakeHere(facts={"queue": "sales"})) == Change(priority=2)
    assert CHANGE.enter(ChangeStep(id="c"), FakeHere(facts={"queue": "sales"})) == Leave()


def test_a_callback_now_and_later() -> None:
    here = FakeHere(facts={"queue": "sales", "hour": 10, "minute": 15}, now=1_790_000_000.0)
    assert CALLBACK.enter(CallbackStep(id="c"), here) == MakeCallback(queue="sales")
    delayed = CALLBACK.enter(CallbackStep(id="c", delay=60), here)
    assert isinstance(delayed, MakeCallback)
    assert delayed.due == here.now + 60


@pytest.mark.parametrize(
    ("keyed", "minutes"), [("1030", 15), ("10:30", 15), ("930", 23 * 60 + 15), ("0000", 13 * 60 + 45)]
)
def test_a_time_that_is_keyed_in_is_the_next_one(keyed: str, minutes: int) -> None:
    here = FakeHere(facts={"queue": "sales", "hour": 10, "minute": 15}, data={"wished": keyed}, now=1_790_000_035.0)
    made = CALLBACK.enter(CallbackStep(id="c", at="wished"), here)
    assert isinstance(made, MakeCallback)
    assert made.due == here.now - here.now % 60 + minutes * 60


@pytest.mark.parametrize("keyed", ["2460", "99", "soon", "", "10:75"])
def test_a_time_that_is_none_makes_no_callback(keyed: str) -> None:
    here = FakeHere(facts={"queue": "sales"}, data={"wished": keyed})
    assert CALLBACK.enter(CallbackStep(id="c", at="wished"), here) == Leave(exit=FAILED)


def test_a_callback_needs_a_queue_and_a_number_that_is_one() -> None:
    assert CALLBACK.enter(CallbackStep(id="c"), FakeHere()) == Leave(exit=FAILED)
    step = CallbackStep(id="c", queue="sales", number="{number}", agent="anna")
    here = FakeHere(data={"number": "08912345"}, agents={"anna": glance("anna")})
    made = CALLBACK.enter(step, here)
    assert made == MakeCallback(queue="sales", number="08912345", agent="anna")
    assert CALLBACK.enter(step, FakeHere(data={"number": "x"})) == Leave(exit=FAILED)


@pytest.mark.parametrize(
    ("component", "step", "kind"),
    [
        (DATABASE, DatabaseStep(id="d", query="q", parameters={"n": "source", "p": "pin"}, into={"name": "n"}), 0),
        (WEB, WebStep(id="d", service="q", parameters={"n": "source", "p": "pin"}, into={"name": "n"}), 1),
    ],
)
def test_look_ups_hand_secrets_on_unseen_and_keep_the_answer(component: object, step: object, kind: int) -> None:
    here = FakeHere(facts={"source": "4711"}, data={"pin": "secret:s-9"})
    asked = component.enter(step, here)  # type: ignore[attr-defined]
    assert isinstance(asked, Ask)
    assert isinstance(asked.request, (DatabaseLookUp, WebLookUp)[kind])
    assert (asked.request.parameters, asked.request.secrets) == ({"n": "4711"}, {"p": "s-9"})
    exits = {
        RequestResult.DONE: Leave(keep={"name": "Ann"}),
        RequestResult.NOTHING_FOUND: Leave(exit="nothing_found"),
        RequestResult.TIMED_OUT: Leave(exit=FAILED),
        RequestResult.REFUSED: Leave(exit=FAILED),
        RequestResult.FAILED: Leave(exit=FAILED),
    }
    for result, expected in exits.items():
        outcome = RequestOutcome(result=result, values={"n": "Ann", "more": 1})
        assert component.resume(step, here, outcome) == expected  # type: ignore[attr-defined]


def test_a_transfer_goes_to_a_number_or_to_an_agent_who_is_there() -> None:
    step = TransferStep(id="t", number="{mobile}", ring_time=20)
    here = FakeHere(data={"mobile": "+49151123"})
    assert TRANSFER.enter(step, here) == Forward(number="+49151123", kind=TransferKind.OUTSIDE, ring_time=20)
    assert TRANSFER.enter(step, FakeHere(data={"mobile": "sip:evil@x"})) == Leave(exit=FAILED)
    assert TRANSFER.resume(step, here, NotForwarded("busy")) == Leave(exit=FAILED)
    to_anna = TransferStep(id="t", agent="anna")
    there = FakeHere(agents={"anna": glance("anna")})
    assert TRANSFER.enter(to_anna, there) == Forward(number="7101", kind=TransferKind.AGENT)
    away = FakeHere(agents={"anna": glance("anna", None, AgentStatus.LOGGED_OFF)})
    assert TRANSFER.enter(to_anna, away) == Leave(exit=FAILED)
