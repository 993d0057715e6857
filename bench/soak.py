"""An hour at ten calls a second through the real programs: memory, descriptors and latency over time.

    python -m bench.soak                          an hour; writes bench/results/soak.json and soak.svg
    python -m bench.soak --minutes 10             shorter, the same files
    python -m bench.soak --minutes 1 --dry        written nowhere

Lab PBX, media service and CTI server are processes of their own, with SQLite; callers and agents are SIP phones in one
C program (``bench/routing_load/``). Calls come by the minute, with a breath between two minutes in which the journal is
counted. Caller to ring is from a caller's INVITE to the INVITE at the agent's phone while agents are free.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any, Final

from bench.media import machine
from bench.routing_load.end_to_end import Run, build_people, ground_for, run_in
from bench.routing_load.house import House, open_house
from bench.soak_load.plot import svg

RESULTS: Final = Path(__file__).parent / "results"
AGENTS: Final = 60
PROGRAMS: Final = ("pbx", "server", "media")
WINDOW: Final = 60.0

Row = dict[str, Any]


def descriptors(pid: int) -> int:
    """Open files and sockets of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def sample(house: House, run: Run, people: Path, began: float) -> Row:
    """One window of calls, and how the programs stand after it."""
    row = run_in(house, run, people)
    kept = ("lost", "caller_to_ring_p50_ms", "caller_to_ring_p99_ms", "caller_to_ring_max_ms", "contacts_journaled")
    return {
        "minute": round((time.monotonic() - began) / 60.0, 2),
        "calls": run.calls,
        **{key: row[key] for key in kept},
        "memory_mb": row["memory_mb"],
        "descriptors": {name: descriptors(house.pid(name)) for name in PROGRAMS},
        "core_percent": row["core_percent"],
        "others_percent": row["others_percent"],
    }


def picture(rows: list[Row], title: str) -> str:
    """The rows as curves."""
    return svg(
        title,
        [row["minute"] for row in rows],
        {
            "resident memory, MB": {name: [row["memory_mb"][name] for row in rows] for name in PROGRAMS},
            "descriptors": {name: [row["descriptors"][name] for row in rows] for name in PROGRAMS},
            "caller to ring, ms": {
                name: [row[f"caller_to_ring_{name}_ms"] for row in rows] for name in ("p50", "p99", "max")
            },
        },
    )


def main() -> None:
    """Run, print a line a minute, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=10.0, help="new calls a second")
    parser.add_argument("--dry", action="store_true", help="write no results")
    asked = parser.parse_args()
    facts, people = machine(), build_people()
    window = min(WINDOW, asked.minutes * 60.0)
    run = Run(agents=AGENTS, calls=round(asked.rate * window), rate=asked.rate, limit=window + 60.0)
    rows: list[Row] = []
    with open_house(ground_for(run)) as house:
        began = time.monotonic()
        while time.monotonic() - began < asked.minutes * 60.0:
            rows.append(sample(house, run, people, began))
            print(json.dumps(rows[-1]), flush=True)
        complaints = house.complaints()
    found = {
        "minutes": round(rows[-1]["minute"], 1),
        "calls_per_s": asked.rate,
        "calls": sum(row["calls"] for row in rows),
        "lost": sum(row["lost"] for row in rows),
        "complaints": complaints,
        "machine": facts,
        "rows": rows,
    }
    print(json.dumps({key: value for key, value in found.items() if key != "rows"}, indent=1))
    if not asked.dry:
        (RESULTS / "soak.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        title = (
            f"{found['minutes']:g} minutes at {asked.rate:g} calls a second, {found['lost']} of {found['calls']} lost"
        )
        (RESULTS / "soak.svg").write_text(picture(rows, title), encoding="utf-8")
        print(f"written to {RESULTS}/soak.json and soak.svg")


if __name__ == "__main__":
    main()
