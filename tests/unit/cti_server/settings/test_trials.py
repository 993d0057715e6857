"""Trials of flows in the site's files: read into the plan, and checked."""

import pytest

from cti_server.settings import load_settings
from cti_server.vocabulary.plan import TrialGuard, TrialPlan
from tests.unit.cti_server.settings.configs import Config


def other_flow(config: Config, name: str) -> None:
    """A copy of a flow under another name."""
    text = (config.home / "flows" / f"{name}.yaml").read_text()
    (config.home / "flows" / f"{name}-2.yaml").write_text(text.replace(f"name: {name}", f"name: {name}-2"))


def on_trial(config: Config, trial: str) -> None:
    config.edit("site/pilots.yaml", "flow: welcome", f"flow: welcome\n    trial: {trial}")


def test_pilots_and_queues_name_a_flow_its_share_and_its_guard(config: Config) -> None:
    other_flow(config, "welcome")
    other_flow(config, "waiting")
    on_trial(config, "{flow: welcome-2, share: 12.5, guard: {errors: 5, abandoned: 30, least: 10, window: 50}}")
    config.edit("site/queues.yaml", "flow: waiting", "flow: waiting\n    trial: {flow: waiting-2, share: 100}")
    loaded = load_settings(config.home)
    assert loaded.plan is not None, loaded.problems
    guard = TrialGuard(errors=5, abandoned=30, least=10, window=50)
    assert loaded.plan.pilots[0].trial == TrialPlan(flow=loaded.plan.flows["welcome-2"].name, share=12.5, guard=guard)
    assert loaded.plan.queues["sales"].trial == TrialPlan(flow=loaded.plan.flows["waiting-2"].name, share=100)
    assert loaded.plan.queues["service"].trial is None


def test_a_trial_makes_another_plan(config: Config) -> None:
    other_flow(config, "welcome")
    before = load_settings(config.home).plan
    on_trial(config, "{flow: welcome-2, share: 10}")
    after = load_settings(config.home).plan
    assert before is not None
    assert after is not None
    assert before.version != after.version


@pytest.mark.parametrize(
    ("trial", "problem"),
    [
        ("{flow: welcom-2, share: 10}", "no flow is called 'welcom-2'"),
        (
            "{flow: waiting, share: 10}",
            "flow waiting is a queue-processing flow; a routing-strategy flow is needed here",
        ),
        ("{flow: welcome, share: 10}", "flow welcome cannot be tried against itself"),
        ("{flow: welcome-2, share: 0}", "greater than 0"),
        ("{flow: welcome-2, share: 101}", "less than or equal to 100"),
        ("{flow: welcome-2}", "share"),
        ("{flow: welcome-2, share: 10, guard: {}}", "says neither errors nor abandoned"),
        (
            "{flow: welcome-2, share: 10, guard: {errors: 5, least: 50, window: 20}}",
            "window must not be less than least",
        ),
        ("{flow: welcome-2, share: 10, guard: {erors: 5}}", "erors"),
    ],
)
def test_what_is_wrong_with_a_trial_is_told_at_its_line(config: Config, trial: str, problem: str) -> None:
    other_flow(config, "welcome")
    on_trial(config, trial)
    problems = [str(each) for each in load_settings(config.home).problems]
    assert any("pilots.yaml" in each and problem in each for each in problems), problems
