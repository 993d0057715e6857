"""The server is killed (SIGKILL) at random under load, a thousand times: nothing is lost, nothing is doubled.

    python -m bench.kills                        a thousand; writes bench/results/kills.json
    CALLWRIGHT_KILLS=50 python -m bench.kills    fewer, written nowhere

A child process with the real store, recorder, engine and pump on SQLite; the PBX, the media service and all people are
a model in the parent, thirty times as fast as real ones. Whatever was acknowledged must be there after each restart.
Measured from the start of the process: until it has recovered, and until it routes the first contact.
"""

import json
import os
import tempfile
from pathlib import Path
from random import SystemRandom
from typing import Final

from bench.soak_load.killing import Killing

RESULTS: Final = Path(__file__).parent / "results" / "kills.json"
ALL: Final = 1000


def main() -> None:
    """Kill, and write what came of it."""
    kills = int(os.environ.get("CALLWRIGHT_KILLS", ALL))
    seed = int(os.environ.get("CALLWRIGHT_SEED", SystemRandom().randrange(10**6)))
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        found = Killing(f"sqlite:///{folder}/callwright.db", kills=kills, seed=seed).run()
    # A machine that others use makes starts long; what was lost or doubled does not depend on it.
    row = {"seed": seed, "database": "sqlite", "load_average_15_min": round(os.getloadavg()[2], 2)} | found
    print(json.dumps(row, indent=1))
    if kills >= ALL:
        RESULTS.write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")
        print(f"written to {RESULTS}")


if __name__ == "__main__":
    main()
