"""What must be asked of a switch so that a mirror of its calls is true: monitors, snapshots, agents, registrations."""

from csta.watch.events import (
    AgentsFound,
    CallCorrected,
    CallUnsure,
    MonitorLost,
    MonitorRefused,
    MonitorStarted,
    RouteLost,
    RouteRefused,
    RouteRegistered,
    SnapshotRefused,
    Surveyed,
    Wanted,
    WatchEvent,
    WatchSettings,
)
from csta.watch.requests import Ask
from csta.watch.watch import Watch

__all__ = [
    "AgentsFound",
    "Ask",
    "CallCorrected",
    "CallUnsure",
    "MonitorLost",
    "MonitorRefused",
    "MonitorStarted",
    "RouteLost",
    "RouteRefused",
    "RouteRegistered",
    "SnapshotRefused",
    "Surveyed",
    "Wanted",
    "Watch",
    "WatchEvent",
    "WatchSettings",
]
