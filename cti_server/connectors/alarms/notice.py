"""An alarm as it leaves the house: the same facts by every way."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cti_server.telemetry.alarms.board import Change, News


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A change of an alarm, told by the server of that name."""

    server: str
    change: Change

    @property
    def id(self) -> str:
        """The same whenever the same news is sent again, so that a receiver can tell."""
        alarm = self.change.alarm
        return f"{self.server}:{alarm.id}:{int(alarm.since)}:{self.change.news.value}:{int(self.change.at)}"

    @property
    def subject(self) -> str:
        """One line: the server, how bad, what."""
        alarm = self.change.alarm
        what = "over" if self.change.news is News.OVER else alarm.severity.value
        return f"[{self.server}] {what}: {alarm.id}"

    def facts(self) -> dict[str, Any]:
        """As JSON values; times in ISO 8601, UTC."""
        alarm = self.change.alarm
        return {
            "id": self.id,
            "server": self.server,
            "news": self.change.news.value,
            "alarm": alarm.id,
            "kind": alarm.rule.kind,
            "subject": alarm.subject,
            "severity": alarm.severity.value,
            "title": alarm.rule.title,
            "detail": alarm.text,
            "value": alarm.value,
            "unit": alarm.rule.unit,
            "since": _iso(alarm.since),
            "at": _iso(self.change.at),
            "advice": alarm.rule.advice,
            "known_to": alarm.known_to,
        }

    def text(self) -> str:
        """As a mail says it."""
        alarm = self.change.alarm
        said = {
            News.RAISED: "An alarm was raised.",
            News.STILL: "An alarm is still raised, and nobody has acknowledged it.",
            News.OVER: "An alarm is over.",
        }
        lines = [
            said[self.change.news],
            "",
            alarm.line,
            "",
            f"severity: {alarm.severity.value}",
            f"server:   {self.server}",
            f"since:    {_iso(alarm.since)}",
            f"now:      {_iso(self.change.at)}",
        ]
        if self.change.news is not News.OVER:
            lines += ["", f"What to do: {alarm.rule.advice}.", "", f"Whoever sees to it: alarm ack {alarm.id}"]
        return "\n".join(lines) + "\n"


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
