"""How fast contacts are routed: decisions of the engine alone, and end to end from a phone to the next one.

    python -m bench.routing                         everything
    python -m bench.routing --only end-to-end --agents 20 --rates
    python -m bench.routing --serve                 a house for other load tools, until Ctrl-C

End to end everything is real but the people: lab PBX, media service and CTI server as processes of their own, SQLite,
CSTA and SIP on the loopback, everything journaled. Callers and agents are SIP phones in one C program
(``bench/routing_load/``). Free to ring is from an agent's BYE to the arrival of the INVITE of the same agent's next
call, while callers wait; caller to ring from a caller's INVITE to the INVITE at the agent's phone, while agents are
free.
It prints tables and writes ``bench/results/routing.json``.
"""

import argparse
import importlib.util
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bench.media import machine, table
from bench.routing_load import end_to_end, serving

RESULTS: Final = Path(__file__).parent / "results" / "routing.json"
SIZES: Final = (20, 100)
RATES: Final = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0)
SHORT_TALK: Final = (500, 1500)
"""Milliseconds, for the highest rates: so that agents, of whom a house of the lab has 100, are not what runs out."""

Row = dict[str, Any]

COLUMNS: Final = (
    "test", "agents", "calls", "calls_per_s", "lost", "free_to_ring_p50_ms", "free_to_ring_p99_ms",
    "free_to_ring_max_ms", "caller_to_ring_p50_ms", "caller_to_ring_p99_ms", "cpu_pbx", "cpu_server", "cpu_media",
    "cpu_load", "others_percent",
)  # fmt: skip


def decisions() -> list[Row]:
    """The engine's decisions alone, where that benchmark is there."""
    if importlib.util.find_spec("bench.routing_load.decisions") is None:
        return []
    return list(importlib.import_module("bench.routing_load.decisions").decision_rows())


def people(sizes: list[int], rates: list[float], seconds: float) -> list[Row]:
    """Callers waiting and agents free at each size, then rising rates; a line for each run as it is done."""
    program = end_to_end.build_people()
    rows: list[Row] = []
    for agents in sizes:
        run = end_to_end.waiting(agents, round(end_to_end.OVERLOAD * agents / 2 * seconds))
        rows.append(_told("callers wait", end_to_end.measure(run, program)))
        free = end_to_end.at_once(agents, round(3 * seconds))
        rows.append(_told("agents free", end_to_end.measure(free, program)))
    lost = False
    for rate in rates:
        if lost:
            break
        run = end_to_end.Run(agents=100, calls=round(rate * seconds), rate=rate, talk=SHORT_TALK)
        rows.append(_told("new calls", end_to_end.measure(replace(run, limit=seconds + 60), program)))
        lost = rows[-1]["lost"] > 0
    return rows


def _told(test: str, row: Row) -> Row:
    shown = {"test": test} | row
    for name, key in (("pbx", "pbx"), ("server", "server"), ("media", "media"), ("load", "callers_and_agents")):
        shown[f"cpu_{name}"] = row["cpu_ms_per_call"][key]
    print(table([shown], COLUMNS), flush=True)
    return {"test": test} | row


def _place(row: Row) -> tuple[str, int, float]:
    return row["test"], row["agents"], row["calls_per_s"]


def summary(rows: list[Row]) -> Row:
    """The worst of all sizes, at the top where it is looked for."""

    def worst(test: str, key: str) -> float | None:
        found = [row[key] for row in rows if row["test"] == test and row[key] is not None]
        return max(found, default=None)

    held = [row["calls_per_s"] for row in rows if row["test"] == "new calls" and not row["lost"]]
    return {
        "free_to_ring_p50_ms": worst("callers wait", "free_to_ring_p50_ms"),
        "free_to_ring_p99_ms": worst("callers wait", "free_to_ring_p99_ms"),
        "caller_to_ring_p50_ms": worst("agents free", "caller_to_ring_p50_ms"),
        "caller_to_ring_p99_ms": worst("agents free", "caller_to_ring_p99_ms"),
        "sustained_calls_per_s": max(held, default=None),
    }


def main() -> None:
    """Measure, print, and write the results; what was not measured this time stays as it was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("decisions", "end-to-end"))
    parser.add_argument("--agents", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--rates", type=float, nargs="*", default=list(RATES), help="new calls a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long callers come in each run")
    parser.add_argument("--serve", action="store_true", help="run a house that other load tools may call")
    parser.add_argument("--serve-agents", type=int, default=20)
    parser.add_argument("--serve-ports", type=int, default=200)
    asked = parser.parse_args()
    if asked.serve:
        serving.serve(asked.serve_agents, asked.serve_ports)
        return
    facts = machine()
    results: Row = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    if asked.only != "end-to-end":
        rows = decisions()
        if rows:
            print(table(rows, tuple(rows[0])), flush=True)
            results["rows"] = rows
    if asked.only != "decisions":
        measured = people(asked.agents, asked.rates, asked.seconds)
        kept = [row for row in results.get("end_to_end", []) if _place(row) not in {_place(one) for one in measured}]
        measured = sorted([*kept, *measured], key=_place)
        results |= summary(measured)
        results["end_to_end"] = measured
        results["load"] = {"before": facts["load_average_before"], "after": [round(one, 2) for one in os.getloadavg()]}
    results["machine"] = facts
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"written to {RESULTS}")


if __name__ == "__main__":
    main()
