"""An hour at ten calls a second through the real programs: memory, descriptors and latency each ten seconds.

    python -m bench.soak                          an hour; writes bench/results/soak.json and soak.svg
    python -m bench.soak --minutes 10             shorter, the same files; so does MINUTES=10 in the environment
    python -m bench.soak --minutes 1 --dry        written nowhere

Lab PBX, media service and CTI server are processes of their own, with SQLite; callers and agents are SIP phones in one
C program (``bench/routing_load/``). Callers come in waves of ten seconds around the rate, so that by turns callers wait
for agents and agents for callers: free to ring is measured in the one half, caller to ring in the other. It ends with
status 1 where a call was lost, a phone was rung while it talked, or the journal has another number of calls.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

from bench.media import machine
from bench.routing_load.end_to_end import build_people
from bench.routing_load.house import open_house
from bench.soak_load.hour import Hour, ground, judged
from bench.soak_load.plot import svg

RESULTS: Final = Path(__file__).parent / "results"

Row = dict[str, Any]


def picture(found: Row) -> str:
    """The rows as curves."""
    rows: list[Row] = found["rows"]

    def curves(key: str) -> dict[str, list[float]]:
        return {name: [row[key][name] for row in rows] for name in rows[0][key]} if rows else {}

    def times(key: str) -> dict[str, list[float | None]]:
        return {word: [row[f"{key}_{word}_ms"] for row in rows] for word in ("p50", "p99", "max")}

    title = f"{found['minutes']:g} minutes at {found['calls_per_s']:g} calls a second"
    return svg(
        f"{title}, {found['lost']} of {found['calls']} lost",
        [row["minute"] for row in rows],
        {
            "resident memory, MB": curves("memory_mb"),
            "descriptors": curves("descriptors"),
            "per cent of a core": curves("core_percent"),
            "an agent is free to next ring, ms": times("free_to_ring"),
            "caller to ring, an agent being free, ms": times("caller_to_ring"),
            "callers": {name: [row[name] for row in rows] for name in ("waiting", "talking")},
        },
    )


def write(found: Row) -> None:
    """Both files; a row of figures is a line."""
    rows = ",\n  ".join(json.dumps(row) for row in found["rows"])
    rest = json.dumps({key: value for key, value in found.items() if key != "rows"}, indent=1)
    text = rest.removesuffix("\n}") + f',\n "rows": [\n  {rows}\n ]\n}}\n'
    (RESULTS / "soak.json").write_text(text, encoding="utf-8")
    (RESULTS / "soak.svg").write_text(picture(found), encoding="utf-8")


def main() -> None:
    """Run, print a line each ten seconds, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("MINUTES") or 60.0))
    parser.add_argument("--rate", type=float, default=10.0, help="new calls a second, on average")
    parser.add_argument("--dry", action="store_true", help="write no results")
    asked = parser.parse_args()
    # The programs are ended in every case: an hour is long, and whoever runs it may think better of it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    hour = Hour(minutes=asked.minutes, rate=asked.rate)
    facts, people = machine(), build_people()
    with open_house(ground(hour)) as house:
        found = hour.run(house, people, told=lambda row: print(json.dumps(row), flush=True))
    wrong = judged(found)
    whole = {"machine": facts, **found, "wrong": wrong}
    print(json.dumps({key: value for key, value in whole.items() if key != "rows"}, indent=1))
    if not asked.dry:
        write(whole)
        print(f"written to {RESULTS}/soak.json and soak.svg")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
