"""The settings of alarms: other limits, for all or for one queue, and what is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from cti_server.settings.connectors import SecretSettings
from cti_server.settings.supervision.alarms import AlarmRuleSettings, AlarmSettings, AlarmWebhookSettings
from cti_server.telemetry.alarms.catalogue import CATALOGUE, Severity


def test_without_settings_the_catalogue_counts() -> None:
    assert all(AlarmSettings().rule(kind, "x") == rule for kind, rule in CATALOGUE.items())


def test_a_queue_has_its_own_limits_above_those_of_all() -> None:
    settings = AlarmSettings(
        rules={"queue-long": AlarmRuleSettings(raise_at=30, hold=5)},
        queues={"sales": {"queue-long": AlarmRuleSettings(raise_at=80, clear_at=60, severity="critical")}},
    )
    service, sales = settings.rule("queue-long", "service"), settings.rule("queue-long", "sales")
    assert service is not None
    assert sales is not None
    assert (service.raise_at, service.clear_at, service.hold, service.severity) == (30, 30, 5, Severity.WARNING)
    assert (sales.raise_at, sales.clear_at, sales.hold, sales.severity) == (80, 60, 5, Severity.CRITICAL)


def test_a_rule_is_off_for_all_or_for_one_and_on_again_for_one() -> None:
    off, on = AlarmRuleSettings(on=False), AlarmRuleSettings(raise_at=5)
    assert AlarmSettings(rules={"no-staff": off}).rule("no-staff", "sales") is None
    one = AlarmSettings(queues={"sales": {"no-staff": off}})
    assert one.rule("no-staff", "sales") is None
    assert one.rule("no-staff", "service") is not None
    again = AlarmSettings(rules={"queue-long": off}, queues={"sales": {"queue-long": on}})
    assert again.rule("queue-long", "sales") is not None
    assert again.rule("queue-long", "service") is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rules": {"queue-lang": {}}}, "no alarm is called queue-lang"),
        ({"rules": {"queue-long": {"raise_at": 5, "clear_at": 9}}}, "clear_at"),
        ({"rules": {"disk-low": {"raise_at": 9, "clear_at": 5}}}, "not below"),
        ({"queues": {"sales": {"disk-low": {}}}}, "no alarm of a queue"),
        ({"rules": {"queue-long": {"severity": "awful"}}}, "severity"),
        ({"every": 0}, "every"),
        ({"mail": {"to": []}}, "to"),
        ({"webhooks": [{"name": "x", "url": "ftp://h/x"}]}, "url"),
        ({"rules": {"queue-long": {"hold": -1}}}, "hold"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        AlarmSettings.model_validate(wrong)


def test_paths_start_at_the_file(tmp_path: Path) -> None:
    hook = AlarmWebhookSettings(name="x", url="https://h/x", ca=Path("ca"), token=SecretSettings(file=Path("t")))
    found = AlarmSettings(webhooks=(hook,), certificates=(Path("c"),)).resolved(tmp_path)
    assert found.certificates == (tmp_path / "c",)
    assert found.webhooks[0].ca == tmp_path / "ca"
    assert found.webhooks[0].token is not None
    assert found.webhooks[0].token.file == tmp_path / "t"
