"""Versions are digests of content: they change with it, and with nothing else."""

from cti_server.settings import load_settings
from cti_server.vocabulary.plan import SitePlan
from tests.unit.cti_server.settings.configs import Config


def plan_of(config: Config) -> SitePlan:
    loaded = load_settings(config.home)
    assert loaded.problems == []
    assert loaded.plan is not None
    return loaded.plan


def test_comments_layout_and_the_order_of_keys_change_no_version(config: Config) -> None:
    before = plan_of(config)
    config.edit(
        "flows/waiting.yaml",
        "    music: hold_music\n    seconds: 30\n",
        "    seconds: 30.0 # s\n    music: 'hold_music'\n",
    )
    config.edit("site/queues.yaml", "queues:", "# more words\nqueues:")
    assert plan_of(config) == before


def test_a_change_in_a_flow_changes_its_version_and_the_plans(config: Config) -> None:
    before = plan_of(config)
    config.edit("flows/waiting.yaml", "seconds: 30", "seconds: 31")
    after = plan_of(config)
    assert after.version != before.version
    assert after.flows["waiting"].version != before.flows["waiting"].version
    assert after.flows["welcome"] == before.flows["welcome"]


def test_a_change_elsewhere_changes_the_plans_version_alone(config: Config) -> None:
    before = plan_of(config)
    config.edit("site/agents.yaml", "Ben Brandt", "Benno Brandt")
    after = plan_of(config)
    assert after.version != before.version
    assert after.flows == before.flows


def test_another_kind_of_step_is_another_version(config: Config) -> None:
    before = plan_of(config)
    config.edit("flows/welcome.yaml", "step: queue\n    queue: service", "step: disconnect")
    assert plan_of(config).flows["welcome"].version != before.flows["welcome"].version
