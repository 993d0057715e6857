"""``alarms:`` in ``config/server.yaml``: when an alarm is raised, and who is told."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator

from cti_server.settings.connectors import Mailbox, Seconds, SecretSettings
from cti_server.settings.names import Name
from cti_server.telemetry.alarms.catalogue import CATALOGUE, Rule, Severity, limits_fit
from settings_file import SettingsModel

Limit = Annotated[float, Field(ge=0, le=1e12)]
Hold = Annotated[float, Field(ge=0, le=86_400)]
Least = Literal["warning", "critical"]


class AlarmRuleSettings(SettingsModel):
    """Where a rule differs from what docs/alarms.md says of it."""

    on: bool = True
    """Off: this alarm is never raised."""
    raise_at: Limit | None = None
    """The value at which it is raised."""
    clear_at: Limit | None = None
    """The value at which it is over; between the two it stays as it is."""
    hold: Hold | None = None
    """Seconds that the value must have been there before it is raised."""
    rest: Hold | None = None
    """Seconds that it must have been well before it is over."""
    severity: Least | None = None
    """warning or critical."""


class AlarmMailSettings(SettingsModel):
    """Alarms by mail, through the server of connectors.mail."""

    to: Annotated[tuple[Mailbox, ...], Field(min_length=1, max_length=20)]
    """Who gets them."""
    least: Least = "warning"
    """The least severity that is sent."""


class AlarmWebhookSettings(SettingsModel):
    """Alarms as JSON by POST to a web address."""

    name: Name
    """The name by which logs call it."""
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s@]+$", max_length=500)]
    """Where to. A secret does not belong into it but into token."""
    token: SecretSettings | None = None
    """Sent as `Authorization: Bearer ...`."""
    ca: Path | None = None
    """Certificates of the authorities that are trusted (PEM); without it those of the system."""
    timeout: Seconds = 10.0
    """Seconds for one attempt."""
    least: Least = "warning"
    """The least severity that is sent."""

    def resolved(self, base: Path) -> Self:
        """The same, its paths absolute."""
        return self.model_copy(
            update={
                "token": None if self.token is None else self.token.resolved(base),
                "ca": None if self.ca is None else (base / self.ca).resolve(),
            }
        )


class AlarmSettings(SettingsModel):
    """Alarms; the console shows them in any case."""

    every: Annotated[float, Field(ge=1, le=60)] = 5.0
    """Seconds between two looks."""
    rules: dict[str, AlarmRuleSettings] = Field(default_factory=dict)
    """Where a rule differs from its defaults, by its name in docs/alarms.md."""
    queues: dict[Name, dict[str, AlarmRuleSettings]] = Field(default_factory=dict)
    """The same for one queue alone: name of the queue, then of the rule."""
    mail: AlarmMailSettings | None = None
    webhooks: Annotated[tuple[AlarmWebhookSettings, ...], Field(max_length=10)] = ()
    """Web addresses that are told."""
    repeat: Annotated[float, Field(ge=0, le=7 * 86_400)] = 3600.0
    """Seconds after which an alarm is told again while nobody has acknowledged it; 0: never."""
    certificates: tuple[Path, ...] = ()
    """Certificates (PEM) whose end is watched beside those of this file: of the media services, say."""

    @field_validator("rules")
    @classmethod
    def _known(cls, rules: dict[str, AlarmRuleSettings]) -> dict[str, AlarmRuleSettings]:
        for name, settings in rules.items():
            _check(name, settings)
        return rules

    @field_validator("queues")
    @classmethod
    def _known_for_queues(
        cls, queues: dict[str, dict[str, AlarmRuleSettings]]
    ) -> dict[str, dict[str, AlarmRuleSettings]]:
        for queue, rules in queues.items():
            for name, settings in rules.items():
                _check(name, settings)
                if not CATALOGUE[name].of_queues:
                    raise ValueError(f"{name} is no alarm of a queue, so not one of {queue}")
        return queues

    def rule(self, kind: str, subject: str) -> Rule | None:
        """The rule of that name for a queue, link or whatever it is about; None where it is off.

        Raises:
            KeyError: there is no such rule.
        """
        rule: Rule | None = CATALOGUE[kind]
        for settings in (self.rules.get(kind), self.queues.get(subject, {}).get(kind)):
            if settings is not None:
                rule = _changed(CATALOGUE[kind] if rule is None else rule, settings)
        return rule

    def resolved(self, base: Path) -> Self:
        """The same, its paths absolute."""
        return self.model_copy(
            update={
                "webhooks": tuple(one.resolved(base) for one in self.webhooks),
                "certificates": tuple((base / one).absolute() for one in self.certificates),
            }
        )


def _changed(rule: Rule, settings: AlarmRuleSettings) -> Rule | None:
    if not settings.on:
        return None
    return rule.changed(
        raise_at=settings.raise_at,
        clear_at=settings.clear_at,
        hold=settings.hold,
        rest=settings.rest,
        severity=None if settings.severity is None else Severity(settings.severity),
    )


def _check(name: str, settings: AlarmRuleSettings) -> None:
    if name not in CATALOGUE:
        raise ValueError(f"no alarm is called {name}; there are {', '.join(sorted(CATALOGUE))}")
    rule = _changed(CATALOGUE[name], settings)
    if rule is not None and not limits_fit(rule):
        between = "not above" if rule.above else "not below"
        raise ValueError(f"{name}: clear_at ({rule.clear_at:g}) must be {between} raise_at ({rule.raise_at:g})")
