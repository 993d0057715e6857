"""What a reload changes, in words."""

from cti_server.settings import load_settings, plan_difference
from cti_server.vocabulary.plan import SitePlan
from tests.unit.cti_server.settings.configs import Config


def plan_of(config: Config) -> SitePlan:
    loaded = load_settings(config.home)
    assert loaded.plan is not None, loaded.problems
    return loaded.plan


def test_nothing_changed(config: Config) -> None:
    assert plan_difference(plan_of(config), plan_of(config)) == []


def test_everything_is_new_to_an_empty_plan(config: Config) -> None:
    assert plan_difference(SitePlan(version=""), plan_of(config)) == [
        "group sales: added",
        "group service: added",
        "agent anna: added",
        "agent ben: added",
        "agent guest: added",
        "queue sales: added",
        "queue service: added",
        "pilot 7000 on pbx: added",
        "flow waiting: added",
        "flow welcome: added",
    ]


def test_changes_are_named_one_by_one(config: Config) -> None:
    before = plan_of(config)
    config.edit(
        "site/agents.yaml",
        "id: ben\n    name: Ben Brandt\n    groups: [sales]",
        "id: carl\n    name: Carl\n    groups: []",
    )
    config.edit("site/agents.yaml", "[sales, service]", "[service]")
    config.edit("site/queues.yaml", "ring_time: 12", "ring_time: 20")
    config.edit("site/pilots.yaml", "number: 7000", "number: 7009")
    config.edit("flows/welcome.yaml", "barge_in: true", "barge_in: false")
    config.edit("flows/welcome.yaml", "      2: to_service\n", "      2: to_service\n      3: bye\n")
    config.edit("flows/welcome.yaml", "say: invalid", "say: [invalid, {number: 3}]")
    config.edit("flows/welcome.yaml", "step: queue\n    queue: service", "step: disconnect")
    config.edit("flows/welcome.yaml", "  - id: to_sales", "  - id: bye\n    step: disconnect\n\n  - id: to_sales")
    config.edit("flows/welcome.yaml", "say: [invalid", "next: to_sales\n    say: [invalid")
    config.edit("flows/waiting.yaml", "seconds: 30", "seconds: 45.5")
    assert plan_difference(before, plan_of(config)) == [
        "agent anna: groups sales, service -> service",
        "agent ben: removed",
        "agent carl: added",
        "queue sales: ring_time 12 -> 20",
        "pilot 7000 on pbx: removed",
        "pilot 7009 on pbx: added",
        "flow waiting: step listen: seconds 30 -> 45.5",
        "flow welcome: step greeting: barge_in yes -> no",
        "flow welcome: step choose: choices 1: to_sales, 2: to_service -> 1: to_sales, 2: to_service, 3: bye",
        "flow welcome: step not_understood: utterances invalid -> invalid, number 3",
        "flow welcome: step not_understood: next nothing -> to_sales",
        "flow welcome: step to_service is now another kind of step",
        "flow welcome: step bye added",
    ]


def test_another_order_of_steps_is_said(config: Config) -> None:
    config.edit("flows/waiting.yaml", "position_after\n", "position_after\n    next: listen\n")
    before = plan_of(config)
    text = (config.home / "flows/waiting.yaml").read_text()
    head, first, second = text.partition("  - id: tell_position")[0], *text.split("  - id: ")[1:]
    config.write("flows/waiting.yaml", f"{head}  - id: {second}\n  - id: {first}")
    assert plan_difference(before, plan_of(config)) == ["flow waiting: steps are in another order"]
