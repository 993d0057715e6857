"""How long a takeover takes: the active server killed, hung, cut off from the database, or switched over on purpose.

Run it as ``make bench-standby``; it prints a table and writes ``bench/results/standby.json``. Real programs: two CTI
servers, the lab's PBX with its phones, a media service, PostgreSQL; the first server lives in a network namespace of
its own, so it must run as root. In each run one caller waits with music and the one agent is not ready. *lease* is the
time from the failure until the second server has the right to act, *survey* until it has seen the calls of the PBX,
*routed* until the waiting caller rings at the agent, who was made ready at the second server as soon as it acted.
"""

import argparse
import json
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.fakes.postgres import postgres_server
from tests.integration.namespaces import Wire, namespace
from tests.integration.pair_world import LEASE, PairHouse

RESULTS: Final = Path(__file__).parent / "results" / "standby.json"
RUNS: Final = 3
LIMIT: Final = 5.0
"""Seconds in which the second server must have the lease."""
MARKS: Final = ("lease", "survey", "routed")
Row = dict[str, Any]
Failure = Callable[[PairHouse, Wire], None]


def kill(home: PairHouse, _line: Wire) -> None:
    """As a power cut would."""
    assert home.first.program is not None
    home.first.program.kill()


def hang(home: PairHouse, _line: Wire) -> None:
    """The process stands still; its connections stay open."""
    assert home.first.program is not None
    home.first.program.signal(signal.SIGSTOP)


def cut_off(_home: PairHouse, line: Wire) -> None:
    """What goes to the database is lost; the PBX is reached all the same."""
    line.cut()


def switch_over(home: PairHouse, _line: Wire) -> None:
    """On purpose."""
    home.first.ask("site switchover")


FAILURES: Final[dict[str, Failure]] = {"killed": kill, "hung": hang, "cut off": cut_off, "switchover": switch_over}


def one_run(name: str) -> dict[str, float]:
    """Seconds from the failure to each mark."""
    with (
        tempfile.TemporaryDirectory(prefix="cw-bench-") as folder,
        namespace(wires=2) as machine,
        postgres_server(machine.wires[0].here) as postgres,
    ):
        to_database, to_pbx = machine.wires
        home = PairHouse(Path(folder), postgres.new_database())
        with home.reached_at(to_pbx.here) as sets:
            database = home.url.partition("?")[0].replace("@/", f"@{to_database.here}/")
            home.first.live_in(machine.inside, (*sets, f"database={database}"))
            try:
                return measured(home.start(), FAILURES[name], to_database)
            finally:
                to_database.join()
                home.stop()


def measured(home: PairHouse, fail: Failure, line: Wire) -> dict[str, float]:
    """Let the active server fail while a caller waits."""
    home.agent("7101")
    home.first.ask("agent logon anna 7101")
    home.queue_up("7201", 1, home.first)
    began = time.time()
    fail(home, line)
    lease = home.second.expect("acting", within=30)["seen"]
    home.second.ask("agent ready anna")
    survey = home.second.expect("link surveyed", within=30)["seen"]
    routed = home.second.expect("OfferAlerted", contact=1, within=30)["seen"]
    home.assert_one_writer(terms=2)
    return {"lease": lease - began, "survey": survey - began, "routed": routed - began}


def row_of(name: str, runs: list[dict[str, float]]) -> Row:
    """Median and worst of each mark."""
    row: Row = {"failure": name, "runs": len(runs), "lease_seconds": LEASE}
    for mark in MARKS:
        row[mark] = round(median(one[mark] for one in runs), 2)
        row[f"{mark}_worst"] = round(max(one[mark] for one in runs), 2)
    row["within_limit"] = row["lease_worst"] <= LIMIT
    return row


def main() -> None:
    """Measure, print, and write the results; what was not measured this time stays as it was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"runs of each failure ({RUNS})")
    parser.add_argument("--only", choices=tuple(FAILURES), help="measure this failure alone")
    options = parser.parse_args()
    known: dict[str, Row] = {}
    if RESULTS.exists():
        known = {row["failure"]: row for row in json.loads(RESULTS.read_text(encoding="utf-8"))["takeovers"]}
    print(f"{'failure':<12}" + "".join(f"{mark:>9}{'worst':>8}" for mark in MARKS))
    for name in FAILURES if options.only is None else (options.only,):
        row = known[name] = row_of(name, [one_run(name) for _ in range(options.runs)])
        print(f"{name:<12}" + "".join(f"{row[mark]:>9.2f}{row[f'{mark}_worst']:>8.2f}" for mark in MARKS), flush=True)
        rows = [known[each] for each in FAILURES if each in known]
        RESULTS.write_text(json.dumps({"limit": LIMIT, "takeovers": rows}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
