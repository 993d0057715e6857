"""One long run of callers and agents through the real programs, looked at every ten seconds."""

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.routing_load.end_to_end import FOLDER
from bench.routing_load.ground import FIRST_AGENT, HOST, PILOT, ROOT, Ground
from bench.routing_load.house import House

PROGRAMS: Final = ("pbx", "server", "media")
EVERY: Final = 10.0
"""Seconds between two looks, and the length of a wave of callers."""
TALK: Final = (1000, 3000)
"""Milliseconds, uniform between: two seconds on average."""
SPARE: Final = 1.35
"""Agents for each one that is needed on average; a wave's crest brings more callers than they take."""
SETTLED: Final = 1 / 3
"""What of a run is left out where growth is told: caches fill at first."""
ENOUGH: Final = 20
"""Rows that tell a growth."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """How long (minutes) and how hard (new calls a second on average)."""

    minutes: float
    rate: float

    @property
    def agents(self) -> int:
        """As many as take the mean, and a few."""
        return max(2, round(SPARE * self.rate * sum(TALK) / 2000))

    @property
    def calls(self) -> int:
        """How many come in all."""
        return round(self.rate * self.minutes * 60.0)

    def run(self, house: House, people: Path, told: Callable[[Row], None]) -> Row:
        """All of it in a house that is there; ``told`` is given each row as it comes.

        Returns:
            What came of it, with the rows.
        """
        words = [str(people), "--target", f"{HOST}:{house.ground.ports['pbx']}", "--dial", PILOT]
        words += ["--calls", str(self.calls), "--rate", str(self.rate), "--agents", str(self.agents)]
        words += ["--first", str(FIRST_AGENT), "--talk", f"{TALK[0]}-{TALK[1]}"]
        words += ["--limit", str(self.minutes * 60.0 + 120.0), "--swing", str(EVERY), "--every", str(EVERY)]
        rows: list[Row] = []
        end: Row = {}
        used = house.usage()
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
            for line in running.stdout or ():
                said = json.loads(line)
                if "told" not in said:
                    end = said
                    continue
                now = house.usage()
                rows.append(look(house, said, now.since(used)))
                used = now
                told(rows[-1])
        return self._came_of_it(house, end, rows)

    def _came_of_it(self, house: House, end: Row, rows: Sequence[Row]) -> Row:
        return {
            "minutes": round(end["seconds"] / 60.0, 1),
            "calls_per_s": self.rate,
            "agents": self.agents,
            "calls": self.calls,
            "lost": self.calls - end["over"] + end["failed"],
            "joined": end["joined"],
            "refused_by_busy_phone": end["busy"],
            "repeated": end["repeated"] + end["repeated_by_switch"],
            "not_understood": end["unknown"],
            "free_to_ring_ms": end["free_to_ring_ms"],
            "caller_to_ring_p50_ms": middle([row["caller_to_ring_p50_ms"] for row in rows]),
            "contacts_journaled": house.journal().get("ContactClosed", 0),
            "complaints": house.complaints(),
            "growth_mb_per_hour": {name: growth(rows, "memory_mb", name) for name in PROGRAMS},
            "growth_descriptors_per_hour": {name: growth(rows, "descriptors", name) for name in PROGRAMS},
            "rows": list(rows),
        }


def ground(hour: Hour) -> Ground:
    """A ground that is large enough: whoever waits on a wave's crest has a port."""
    return Ground(folder=FOLDER.with_name("bench-soak"), agents=hour.agents, media_ports=round(20 * hour.rate))


def look(house: House, said: Row, used: dict[str, float]) -> Row:
    """How everybody stands now, and what was used since the last look."""
    free, ring = said["free_to_ring_ms"] or {}, said["caller_to_ring_ms"] or {}
    return {
        "minute": round(said["at"] / 60.0, 2),
        "calls": said["placed"],
        "over": said["over"],
        "failed": said["failed"],
        "waiting": said["waiting"],
        "talking": said["placed"] - said["waiting"] - said["over"],
        "free_to_ring_samples": free.get("n", 0),
        **{f"free_to_ring_{word}_ms": free.get(word) for word in ("p50", "p99", "max")},
        "caller_to_ring_samples": ring.get("n", 0),
        **{f"caller_to_ring_{word}_ms": ring.get(word) for word in ("p50", "p99", "max")},
        "repeated": said["repeated"],
        "refused_by_busy_phone": said["busy"],
        "memory_mb": house.memory_mb(),
        "descriptors": {name: descriptors(house.pid(name)) for name in PROGRAMS},
        "core_percent": {name: round(100.0 * used[name] / used["at"], 1) for name in PROGRAMS},
        "machine_percent": round(100.0 * used["machine"] / used["at"], 1),
    }


def descriptors(pid: int) -> int:
    """Open files and sockets of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def middle(values: Sequence[float | None]) -> float | None:
    """The median of those that there are."""
    known = sorted(value for value in values if value is not None)
    return known[len(known) // 2] if known else None


def growth(rows: Sequence[Row], key: str, name: str) -> float | None:
    """By how much it grows in an hour, by least squares over all but the first third; None with too little to tell."""
    late = rows[round(len(rows) * SETTLED) :]
    if len(late) < ENOUGH:
        return None
    minutes = [row["minute"] for row in late]
    values = [row[key][name] for row in late]
    mean_minute, mean_value = sum(minutes) / len(minutes), sum(values) / len(values)
    spread = sum((minute - mean_minute) ** 2 for minute in minutes)
    both = sum((minute - mean_minute) * (value - mean_value) for minute, value in zip(minutes, values, strict=True))
    return float(round(60.0 * both / spread, 2))


def judged(found: Row) -> list[str]:
    """What is wrong with a run; nothing for a sound one."""
    wrong = [f"{found['lost']} calls lost"] if found["lost"] else []
    if found["refused_by_busy_phone"]:
        wrong.append(f"{found['refused_by_busy_phone']} times a phone was rung while it talked")
    if found["contacts_journaled"] != found["calls"]:
        wrong.append(f"{found['contacts_journaled']} contacts in the journal of {found['calls']} calls")
    if found["joined"] != found["calls"]:
        wrong.append(f"{found['joined']} of {found['calls']} callers heard an agent")
    return wrong
