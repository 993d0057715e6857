"""One link end to end: an application and a switch in two processes, over a TCP connection on the loopback.

Measured are the events per second that the application folds when it is flooded, the highest rate at which its mirror
does not lag, its share of a core, and the time from an event's bytes being sent to the command's bytes being there.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from statistics import median
from typing import Any, Final

from bench.csta_load.timing import quantile
from bench.csta_load.ways import Way

DEVICES: Final = 1000
LONGEST_SECONDS: Final = 40.0
"""No order takes so long."""
RUNS: Final = 3
SECONDS: Final = 3.0
COMMAND_RATES: Final = (100, 500, 1000)
LAG_RATES: Final = (2500, 5000, 7500, 10_000, 12_500, 15_000, 17_500, 20_000, 25_000)
LAG_SECONDS: Final = 1.0
MOST_LAG_MS: Final = 50.0
"""The mirror lags where one event in a hundred is folded later than so long after it was due."""
FLOOD_EVENTS: Final = 15_000
_ROOT: Final = Path(__file__).parent.parent.parent


@dataclass
class _Process:
    """A child that speaks in lines of JSON."""

    arguments: tuple[str, ...]
    child: "subprocess.Popen[str]" = field(init=False)

    def __post_init__(self) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-m", *self.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=_ROOT,
        )

    def hear(self) -> dict[str, Any]:
        """The next line; an error where the child has ended."""
        assert self.child.stdout
        if not select([self.child.stdout], [], [], LONGEST_SECONDS)[0]:
            raise RuntimeError(f"{self.arguments[0]} says nothing")
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.arguments[0]} has ended")
        heard: dict[str, Any] = json.loads(line)
        return heard

    def ask(self, **order: object) -> dict[str, Any]:
        """Give an order, return the answer."""
        assert self.child.stdin
        self.child.stdin.write(json.dumps(order) + "\n")
        self.child.stdin.flush()
        return self.hear()

    def end(self) -> None:
        """Close its input; it ends by itself."""
        assert self.child.stdin
        self.child.stdin.close()
        try:
            self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait(5)


class LoadedLink:
    """A link that is up, with everything surveyed."""

    def __init__(self, way: Way) -> None:
        self._switch = _Process(("bench.csta_load.switch", way.name, str(DEVICES)))
        port = self._switch.hear()["port"]
        self._application = _Process(("bench.csta_load.application", way.name, str(port), str(DEVICES)))
        try:
            self._application.hear()
        except RuntimeError:
            self.close()
            raise

    def close(self) -> None:
        """End both processes."""
        self._application.end()
        self._switch.end()

    def measure(self, rate: float, events: int, *, full: bool = True, commanding: bool = False) -> dict[str, Any]:
        """One run."""
        self._application.ask(do="begin", commanding=commanding)
        sent = self._switch.ask(rate=rate, events=events, full=full, commanding=commanding)
        heard = self._application.ask(do="end", events=sent["events"])
        folded = heard["folded"]
        wrong = heard["refused"] or sent["unanswered"] or heard["surveys"] != 1
        if len(folded) != sent["events"] or wrong:
            told = {name: heard[name] for name in ("refused", "surveys")}
            raise RuntimeError(f"{len(folded)} of {sent['events']} events folded; {told}")
        lags = [at - due for at, due in zip(folded, sent["due"], strict=True)]
        return {
            "events_per_s": sent["events"] / (folded[-1] - folded[0]),
            "lag_p99_ms": 1e3 * quantile(lags, 0.99),
            "application_cpu_percent": 100 * heard["cpu_seconds"] / sent["seconds"],
            "application_cpu_us_per_event": 1e6 * heard["cpu_seconds"] / sent["events"],
            "switch_cpu_percent": 100 * sent["cpu_seconds"] / sent["seconds"],
            "switch_late_p99_ms": sent["late_p99_ms"],
            "calls_left": heard["calls_left"],
            "command_ms": [1e3 * seconds for seconds in sent["command_seconds"]],
            "inside_ms": [1e3 * seconds for seconds in heard["inside_seconds"]],
        }


def figures(way: Way) -> dict[str, Any]:
    """All figures of one way of speaking."""
    link = LoadedLink(way)
    try:
        floods = {name: _flood(link, full=full) for name, full in (("full", True), ("lean", False))}
        found = {
            "devices": DEVICES,
            "flood": floods,
            "mirror_lags_not_at_events_per_s": _highest_rate(link),
            "commands": {str(rate): _commands(link, rate) for rate in COMMAND_RATES},
        }
        ended = [link.measure(float("inf"), 0, full=full) for full in (True, False)]
        if ended[-1]["calls_left"]:
            raise RuntimeError(f"{ended[-1]['calls_left']} calls are left in the mirror though all have ended")
        return found
    finally:
        link.close()


def _flood(link: LoadedLink, *, full: bool) -> dict[str, float]:
    """As many events as the application takes."""
    runs = [link.measure(float("inf"), FLOOD_EVENTS, full=full) for _ in range(RUNS)]
    return {
        "events_per_s": _median(runs, "events_per_s", 0),
        "events_per_cpu_s": round(1e6 / median(run["application_cpu_us_per_event"] for run in runs)),
        "switch_cpu_percent": _median(runs, "switch_cpu_percent", 1),
    }


def _highest_rate(link: LoadedLink) -> dict[str, float]:
    """The highest of the rates at which the mirror keeps up, with its lag there."""
    best = {"events_per_s": 0.0, "lag_p99_ms": 0.0}
    for rate in LAG_RATES:
        run = link.measure(rate, int(rate * LAG_SECONDS))
        if run["lag_p99_ms"] > MOST_LAG_MS:
            break
        best = {"events_per_s": float(rate), "lag_p99_ms": round(run["lag_p99_ms"], 2)}
    return best


def _commands(link: LoadedLink, rate: int) -> dict[str, float]:
    """Times from event to command at a rate: of each run, then the median of the runs."""
    runs = [link.measure(rate, int(rate * SECONDS), commanding=True) for _ in range(RUNS)]
    found: dict[str, float] = {"commands": sum(len(run["command_ms"]) for run in runs)}
    for name, share in (("p50_ms", 0.5), ("p99_ms", 0.99), ("p99_9_ms", 0.999)):
        found[name] = round(median(quantile(run["command_ms"], share) for run in runs), 3)
        found[f"inside_{name}"] = round(median(quantile(run["inside_ms"], share) for run in runs), 3)
    found["worst_ms"] = round(max(max(run["command_ms"]) for run in runs), 3)
    found["application_cpu_percent"] = _median(runs, "application_cpu_percent", 1)
    found["switch_cpu_percent"] = _median(runs, "switch_cpu_percent", 1)
    found["switch_late_p99_ms"] = _median(runs, "switch_late_p99_ms", 3)
    found["load_average"] = round(os.getloadavg()[0], 2)
    return found


def _median(runs: list[dict[str, Any]], name: str, digits: int) -> float:
    found: float = round(median(run[name] for run in runs), digits)
    return found
