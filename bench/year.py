"""A year of a contact centre of 250 agents in virtual time, with faults of every kind; what must hold is checked.

    python -m bench.year                    a year, some minutes; writes bench/results/year.json
    python -m bench.year --days 14          shorter, written nowhere
    python -m bench.year --days 14 --harder 20    with twenty times as many faults

The engine, its events' and snapshots' encoding and the smoothed clock are the server's own. Callers, agents, PBX and
media service are a model (``bench/soak_load/``). After every event what it is about is checked; every hour, and after
every restart, all of the state: the invariants, the counters against a recount of the journal, and every call against
what the model of the PBX says. The first breach ends the run.
"""

import argparse
import datetime as dt
import json
from pathlib import Path
from typing import Final

from bench.soak_load.year import Year

RESULTS: Final = Path(__file__).parent / "results" / "year.json"
FIRST: Final = dt.date(2027, 1, 1)


def main() -> None:
    """Live through it and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--first", type=dt.date.fromisoformat, default=FIRST)
    parser.add_argument("--calls", type=float, default=1000.0, help="mean callers a day")
    parser.add_argument("--agents", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--harder", type=float, default=1.0, help="how many times as many faults")
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    year = Year(
        first=asked.first,
        days=asked.days,
        calls=asked.calls,
        agents=asked.agents,
        seed=asked.seed,
        harder=asked.harder,
        told=lambda line: print(line, flush=True),
    )
    found = year.run()
    print(json.dumps(found, indent=1))
    if asked.days >= 365 and asked.harder == 1.0:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"written to {RESULTS}")


if __name__ == "__main__":
    main()
