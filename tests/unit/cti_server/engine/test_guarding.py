"""The guard of a trial at its limits: neither one contact too early nor one too late."""

import pytest

from cti_server.engine.state import TrialArm, TrialState
from cti_server.engine.trials.guarding import verdict
from cti_server.vocabulary.ids import FlowName
from cti_server.vocabulary.plan import TrialGuard, TrialPlan
from cti_server.vocabulary.values import TrialEnd, TrialOutcome

GUARD = TrialGuard(abandoned=20, errors=10, least=10)


def arm(seen: int, *, gave_up: int = 0, failed: int = 0) -> TrialArm:
    """So many contacts, of whom some gave up and some met an error."""
    went_well = [TrialOutcome.WELL] * (seen - gave_up - failed)
    bad = [TrialOutcome.ABANDONED] * gave_up + [TrialOutcome.FAILED] * failed
    return TrialArm(came=seen, recent=[*went_well, *bad])


def judged(tried: TrialArm, base: TrialArm | None = None, guard: TrialGuard | None = GUARD) -> str | None:
    trial = TrialState(
        plan=TrialPlan(flow=FlowName("new"), share=50.0, guard=guard),
        base_flow=FlowName("old"),
        base_version="1",
        tried_version="2",
        number=1,
        since=0.0,
        tried=tried,
        base=base or TrialArm(),
    )
    found = verdict(trial)
    trial.ended = TrialEnd.STOPPED
    assert verdict(trial) is None, "what has ended is not stopped again"
    return found


@pytest.mark.parametrize(("seen", "stopped"), [(9, False), (10, True), (11, True)])
def test_it_judges_from_the_least_number_of_contacts_on(seen: int, stopped: bool) -> None:
    assert (judged(arm(seen, gave_up=seen)) is not None) is stopped


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        (arm(20, gave_up=4), None),
        (arm(20, gave_up=5), "25 % of 20 contacts gave up, 20 % are allowed"),
        (arm(20, failed=2), None),
        (arm(20, failed=3), "15 % of 20 contacts met an error, 10 % are allowed"),
        (arm(20, failed=3, gave_up=9), "15 % of 20 contacts met an error, 10 % are allowed"),
    ],
)
def test_what_is_just_allowed_goes_on(tried: TrialArm, said: str | None) -> None:
    assert judged(tried) == said


@pytest.mark.parametrize(
    ("base", "said"),
    [
        (arm(9, gave_up=9), "30 % of 10 contacts gave up, 20 % are allowed"),
        (arm(10, gave_up=2), "30 % of 10 contacts gave up, 20 % are allowed; of 10 others 20 %"),
        (arm(10, gave_up=3), None),
        (arm(10, gave_up=4), None),
        (arm(10, failed=9), "30 % of 10 contacts gave up, 20 % are allowed; of 10 others 0 %"),
    ],
)
def test_it_is_held_against_the_others_as_soon_as_enough_of_them_have_ended(base: TrialArm, said: str | None) -> None:
    assert judged(arm(10, gave_up=3), base) == said


def test_what_is_not_limited_stops_nothing() -> None:
    bad = arm(10, gave_up=5, failed=5)
    assert judged(bad, guard=None) is None
    assert judged(bad, guard=TrialGuard(least=10)) is None
    only_errors = judged(bad, guard=TrialGuard(errors=0, least=10))
    assert only_errors == "50 % of 10 contacts met an error, 0 % are allowed"
