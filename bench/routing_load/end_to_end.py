"""Runs of callers and agents through a house, and what came of them as rows."""

import json
import math
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.routing_load.ground import FIRST_AGENT, HOST, PILOT, ROOT, Ground
from bench.routing_load.house import House, build, open_house

FOLDER: Final = ROOT / "run" / "bench-routing"
TALK: Final = (1000, 3000)
"""Milliseconds of talk, uniform between: what the comparison with other servers uses."""
OVERLOAD: Final = 1.25
"""Callers for each one that the agents could take, where callers shall be waiting all the time."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: so many callers at ``rate`` a second, for ``agents`` who talk ``talk`` milliseconds."""

    agents: int
    calls: int
    rate: float
    talk: tuple[int, int] = TALK
    limit: float = 240.0

    @property
    def most_waiting(self) -> int:
        """About how many callers wait at the end, where they come faster than agents take them."""
        served = 2000 * self.agents / sum(self.talk)
        return max(0, math.ceil(self.calls * (1 - served / self.rate)))


def waiting(agents: int, calls: int) -> Run:
    """Callers wait all the time."""
    return Run(agents=agents, calls=calls, rate=OVERLOAD * agents / 2)


def at_once(agents: int, calls: int, rate: float = 3.0) -> Run:
    """Agents are free all the time."""
    return Run(agents=agents, calls=calls, rate=rate)


def build_people(folder: Path = FOLDER) -> Path:
    """Compile the callers and agents."""
    return build("people", Path(__file__).parent, folder.parent)


def ground_for(run: Run, folder: Path = FOLDER) -> Ground:
    """A ground that is large enough for a run."""
    return Ground(folder=folder, agents=run.agents, media_ports=min(600, 2 * run.most_waiting + 60))


def measure(run: Run, people: Path, ground: Ground | None = None) -> Row:
    """A house of its own for one run; what came of it."""
    with open_house(ground or ground_for(run)) as house:
        return run_in(house, run, people)


def run_in(house: House, run: Run, people: Path) -> Row:
    """One run in a house that is there already."""
    rows_before = sum(house.journal().values())
    contacts_before = house.journal().get("ContactClosed", 0)
    before = house.usage()
    found = _people(house, run, people)
    used = house.usage().since(before)
    journal = house.journal()
    calls = max(1, found["over"])
    per_call = {name: round(1e3 * used[name] / calls, 2) for name in ("pbx", "server", "media")}
    own = round(1e3 * found["cpu_seconds"] / calls, 2)
    others = used["machine"] - used["pbx"] - used["server"] - used["media"] - found["cpu_seconds"]
    free, ring = found["free_to_ring_ms"] or {}, found["caller_to_ring_ms"] or {}
    return {
        "agents": run.agents,
        "calls": run.calls,
        "calls_per_s": run.rate,
        "talk_ms": list(run.talk),
        "lost": run.calls - found["over"] + found["failed"],
        "joined": found["joined"],
        **{f"free_to_ring_{key}_ms": free.get(key) for key in ("p50", "p90", "p99", "max")},
        "free_to_ring_samples": free.get("n", 0),
        **{f"caller_to_ring_{key}_ms": ring.get(key) for key in ("p50", "p90", "p99", "max")},
        "cpu_ms_per_call": per_call | {"callers_and_agents": own},
        "core_percent": {name: round(100 * used[name] / used["at"], 1) for name in ("pbx", "server", "media")},
        "others_percent": round(100 * others / used["at"], 1),
        "handed_out_per_s": round(found["rung"] / found["seconds"], 2),
        "repeated": found["repeated"] + found["repeated_by_switch"],
        "refused_by_busy_phone": found["busy"],
        "journal_rows_per_call": round((sum(journal.values()) - rows_before) / calls, 1),
        "contacts_journaled": journal.get("ContactClosed", 0) - contacts_before,
        "complaints": house.complaints(),
        "memory_mb": house.memory_mb(),
        "seconds": found["seconds"],
    }


def _people(house: House, run: Run, people: Path) -> Row:
    words = [str(people), "--target", f"{HOST}:{house.ground.ports['pbx']}", "--dial", PILOT]
    words += ["--calls", str(run.calls), "--rate", str(run.rate), "--agents", str(run.agents)]
    words += ["--first", str(FIRST_AGENT), "--talk", f"{run.talk[0]}-{run.talk[1]}", "--limit", str(run.limit)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    found: Row = json.loads(done.stdout)
    return found
