"""Every alarm that there is: when it is raised and over, how bad it is, and what is to be done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self


class Severity(StrEnum):
    """Warning: look at it today. Critical: callers, agents or data suffer now, or will within the hour."""

    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Raised when the value has been at ``raise_at`` or beyond for ``hold`` seconds.

    Over when it has been at ``clear_at`` or better for ``rest`` seconds; between the two it stays as it is
    (hysteresis). ``above``: the more, the worse. ``unit`` is the value's; ``title`` is said of it, ``advice`` is what
    is to be done. ``of_queues``: its subject is a queue.
    """

    kind: str
    title: str
    advice: str
    unit: str = ""
    severity: Severity = Severity.WARNING
    raise_at: float = 1.0
    clear_at: float = 0.0
    above: bool = True
    hold: float = 0.0
    rest: float = 0.0
    of_queues: bool = False

    def bad(self, value: float) -> bool:
        """Whether the value raises it."""
        return value >= self.raise_at if self.above else value <= self.raise_at

    def well(self, value: float) -> bool:
        """Whether the value ends it."""
        return value <= self.clear_at if self.above else value >= self.clear_at

    def changed(
        self,
        *,
        raise_at: float | None = None,
        clear_at: float | None = None,
        hold: float | None = None,
        rest: float | None = None,
        severity: Severity | None = None,
    ) -> Self:
        """The rule with what is not None instead; a ``clear_at`` that does not fit a new ``raise_at`` moves along."""
        rule = replace(
            self,
            raise_at=self.raise_at if raise_at is None else raise_at,
            hold=self.hold if hold is None else hold,
            rest=self.rest if rest is None else rest,
            severity=self.severity if severity is None else severity,
        )
        if clear_at is not None:
            return replace(rule, clear_at=clear_at)
        return rule if limits_fit(rule) else replace(rule, clear_at=rule.raise_at)


def limits_fit(rule: Rule) -> bool:
    """Whether it is over on the better side of where it is raised."""
    return rule.clear_at <= rule.raise_at if rule.above else rule.clear_at >= rule.raise_at


_RULES: Final = (
    Rule(
        kind="link-down",
        title="the link to the PBX is down: its calls are not routed",
        advice="`callwright doctor` tries the address; ask the PBX's people about its CSTA interface and licence",
        severity=Severity.CRITICAL,
        hold=10,
        rest=5,
    ),
    Rule(
        kind="media-away",
        title="the media service does not answer: its callers hear nothing and are routed on",
        advice="`systemctl status callwright-media`; its log says why it ended (`journalctl -u callwright-media`)",
        severity=Severity.CRITICAL,
        hold=10,
        rest=5,
    ),
    Rule(
        kind="media-ports-low",
        title="few media ports and lines are free",
        advice="add ports or a media service (docs/media.md, capacity); `media` at the console shows each",
        unit="% free",
        raise_at=10,
        clear_at=20,
        above=False,
        hold=30,
        rest=30,
    ),
    Rule(
        kind="media-unregistered",
        title="media ports are not registered at the PBX: nobody can be brought there",
        advice="`show ports` names them; look at the extensions and their password at the PBX",
        unit="ports",
        hold=60,
        rest=10,
    ),
    Rule(
        kind="queue-long",
        title="many wait in the queue",
        advice="`show queues`; let more agents be ready, or widen the queue's groups or skills",
        unit="waiting",
        raise_at=50,
        clear_at=40,
        hold=30,
        rest=30,
        of_queues=True,
    ),
    Rule(
        kind="wait-long",
        title="somebody waits long in the queue",
        advice="`show queues`, then `why CONTACT` says what stands in the way",
        unit="s",
        raise_at=600,
        clear_at=300,
        rest=30,
        of_queues=True,
    ),
    Rule(
        kind="service-level-low",
        title="few are answered within the queue's answer time (last 15 minutes, 20 contacts or more)",
        advice="`show queues`; let more agents be ready, or offer callbacks (docs/callbacks.md)",
        unit="%",
        raise_at=50,
        clear_at=60,
        above=False,
        hold=60,
        rest=60,
        of_queues=True,
    ),
    Rule(
        kind="abandons-high",
        title="many give up waiting (last 15 minutes, 20 contacts or more)",
        advice="`show queues`; announce the waiting time or offer callbacks (docs/callbacks.md)",
        unit="%",
        raise_at=25,
        clear_at=15,
        hold=60,
        rest=60,
        of_queues=True,
    ),
    Rule(
        kind="no-staff",
        title="the queue is open and nobody who could serve it is logged on",
        advice="log agents on, or close the queue's calendar (`calendar close`) so that callers are told",
        severity=Severity.CRITICAL,
        hold=120,
        rest=5,
        of_queues=True,
    ),
    Rule(
        kind="journal-stalled",
        title="the journal is not written: calls go on, and what happens is kept in a file beside it",
        advice="look at disk and database (`callwright doctor`); it goes on by itself once they do (docs/storage.md)",
        severity=Severity.CRITICAL,
        rest=10,
    ),
    Rule(
        kind="journal-slow",
        title="the journal is written slowly: calls wait for it",
        advice="look for another program on the disk or database; docs/storage.md has the figures that are usual",
        unit="s",
        raise_at=0.5,
        clear_at=0.1,
        hold=10,
        rest=30,
    ),
    Rule(
        kind="reports-behind",
        title="the tables of the reports are far behind the journal",
        advice="`show journal` says by how much; nothing is lost, reports show what was up to there",
        unit="rows",
        raise_at=20_000,
        clear_at=2000,
        hold=120,
        rest=30,
    ),
    Rule(
        kind="disk-low",
        title="the disk of the data directory is nearly full",
        advice="free space: old black-box files, logs, backups; when it is full the journal stalls",
        unit="% free",
        severity=Severity.CRITICAL,
        raise_at=5,
        clear_at=10,
        above=False,
        rest=10,
    ),
    Rule(
        kind="memory-high",
        title="the server holds much of the memory that it may have",
        advice="`show health`; restart in a quiet minute (callers keep their places), and report the figures",
        unit="%",
        raise_at=80,
        clear_at=70,
        hold=60,
        rest=60,
    ),
    Rule(
        kind="descriptors-low",
        title="the server has nearly as many files and connections open as it may",
        advice="raise LimitNOFILE in the systemd unit; `ls /proc/PID/fd` shows what is open",
        unit="%",
        raise_at=80,
        clear_at=70,
        rest=30,
    ),
    Rule(
        kind="loop-lag",
        title="the server reacts late: everything waits for its loop",
        advice="look for another program on the processor (`top`); then `log level debug` and report it",
        unit="s",
        raise_at=0.25,
        clear_at=0.1,
        hold=10,
        rest=30,
    ),
    Rule(
        kind="clock-step",
        title="the machine's clock was set: times of calls are smoothed until they agree again",
        advice="`timedatectl` shows whether the clock is synchronised; let chrony slew instead of stepping",
        unit="s",
        raise_at=1,
        clear_at=0.2,
    ),
    Rule(
        kind="connector-down",
        title="a database, web service or mail server that flows ask does not answer",
        advice="`show connectors`; flows take their exit for failed requests meanwhile (docs/connectors.md)",
        hold=60,
        rest=10,
    ),
    Rule(
        kind="room-down",
        title="a part of the server beside routing does not run",
        advice="the log says why (`journalctl -u callwright -p err`); calls are not touched by it",
        hold=5,
    ),
    Rule(
        kind="trial-stopped",
        title="the trial of a flow was stopped by its guard",
        advice="`show trials` shows why; the former version serves all calls (docs/changes.md)",
    ),
    Rule(
        kind="plan-differs",
        title="the files say something else than the running plan",
        advice="`callwright plan` shows what; `callwright apply` brings it into force, or put the files right",
        hold=900,
    ),
    Rule(
        kind="plan-wrong",
        title="the files of the plan have problems: the next start would fail",
        advice="`callwright check` shows each as file:line",
        hold=900,
    ),
    Rule(
        kind="standby-away",
        title="no server stands by: if this one ends, calls wait for its restart",
        advice="`systemctl status callwright` on the other machine (docs/standby.md)",
        hold=60,
        rest=10,
    ),
    Rule(
        kind="standby-behind",
        title="the server that stands by is behind the journal",
        advice="`site` shows both; look at its machine and at its connection to the database",
        unit="rows",
        raise_at=1000,
        clear_at=100,
        hold=60,
        rest=30,
    ),
    Rule(
        kind="certificate-ending",
        title="a certificate is about to end",
        advice="renew it and reload; docs/security.md says which door uses it",
        unit="days left",
        raise_at=21,
        clear_at=22,
        above=False,
    ),
    Rule(
        kind="certificate-ended",
        title="a certificate has ended or cannot be read: connections with it fail",
        advice="renew it and reload; docs/security.md says which door uses it",
        unit="days left",
        severity=Severity.CRITICAL,
        raise_at=1,
        clear_at=2,
        above=False,
    ),
    Rule(
        kind="log-ins-failed",
        title="many log-ins failed within five minutes",
        advice="`show alarms` names the door; look for a forgotten script, or block the address (docs/security.md)",
        unit="in 5 minutes",
        raise_at=10,
        clear_at=2,
    ),
)

CATALOGUE: Final[Mapping[str, Rule]] = MappingProxyType({rule.kind: rule for rule in _RULES})
"""The rules by their names, as they are without settings."""
