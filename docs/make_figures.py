"""Write what was measured into the README, from the results that the benchmarks keep.

Example: python docs/make_figures.py            writes the table of README.md
"""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "README.md"
RESULTS = ROOT / "bench" / "results"
BEGIN, END = "<!-- figures: made by docs/make_figures.py -->\n", "<!-- end of figures -->\n"

Row = tuple[str, str, str]


def result(name: str) -> Any:  # noqa: ANN401 - what a file of JSON holds
    """What ``make bench-NAME`` has measured."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def routing() -> list[Row]:
    """From a free agent and from a new caller to the ring, and how many calls at once."""
    found = result("routing")
    lost = [row["calls_per_s"] for row in found["end_to_end"] if row["test"] == "new calls" and row["lost"]]
    above = f"at {min(lost):.0f} some are" if lost else "no higher rate was measured"
    busiest = max((row for row in found["end_to_end"] if row["free_to_ring_samples"]), key=lambda row: row["agents"])
    return [
        (
            f"an agent is free: the next caller rings there ({busiest['agents']} agents)",
            f"{found['free_to_ring_p50_ms']:.0f} ms; 99 of 100 within {found['free_to_ring_p99_ms']:.0f} ms",
            "routing",
        ),
        (
            "a caller comes: a free agent's phone rings",
            f"{found['caller_to_ring_p50_ms']:.0f} ms; 99 of 100 within {found['caller_to_ring_p99_ms']:.0f} ms",
            "routing",
        ),
        (
            "new calls, with PBX, media service and callers on the same machine",
            f"{found['sustained_calls_per_s']:.0f} a second, none lost; {above}",
            "routing",
        ),
    ]


def media() -> list[Row]:
    """What ports and calls of the media service cost."""
    found = result("media")
    ports = max((row for row in found["ports"] if row["engine"] == "native"), key=lambda row: row["ports"])
    calls = max(found["calls"], key=lambda row: row["calls_per_s"])
    return [
        (
            f"{ports['ports']} ports that hear music",
            f"{ports['core_percent_per_100'] * ports['ports'] / 100:.0f} % of a core, {ports['lost']} packets lost",
            "media",
        ),
        (
            f"{calls['calls_per_s']:.0f} calls a second to a menu",
            (
                f"{calls['cpu_ms_per_call']:.1f} ms of CPU each; 99 of 100 digits stop the prompt within "
                f"{calls['barge_in_p99_ms']:.0f} ms"
            ),
            "media",
        ),
    ]


def csta() -> list[Row]:
    """How many events one core decodes and folds."""
    rates = result("csta")["decode_fold_events_per_s"]
    return [
        (
            "CSTA events, decoded and folded by one core",
            f"{rates['xml']:,} (XML), {rates['ber']:,} (BER) a second",
            "csta",
        )
    ]


def recovery() -> list[Row]:
    """Starts, kills and take-overs."""
    start, kills, pair = result("restart"), result("kills"), result("standby")
    worst = max(row["routed_worst"] for row in pair["takeovers"])
    return [
        (
            f"killed, started anew behind {start['sizes']['rows']:,} journal rows, the first caller is routed",
            f"{start['median']['routed']:.1f} s",
            "restart",
        ),
        (
            f"killed {kills['kills']:,} times under load, {kills['callers']:,} callers",
            (
                f"none lost, none doubled; routing again after {kills['first_routed_s']['p50']:.1f} s, "
                f"at the worst {kills['first_routed_s']['max']:.1f} s"
            ),
            "kills",
        ),
        (
            "one of two servers dies, hangs or is cut off: the other one routes",
            f"{worst:.1f} s at the worst",
            "standby",
        ),
    ]


def long_proofs() -> list[Row]:
    """The soak and the year."""
    soak, year = result("soak"), result("year")
    faults = year["faults"]
    return [
        (
            f"{soak['minutes']:.0f} minutes of {soak['calls_per_s']:.0f} calls a second",
            (
                f"{soak['lost']} of {soak['calls']:,} lost; a free agent rings after "
                f"{soak['free_to_ring_ms']['p50']:.0f} ms, at the worst {soak['free_to_ring_ms']['max']:.0f} ms; "
                f"the server grows by {soak['growth_mb_per_hour']['server']:.0f} MB an hour"
            ),
            "soak",
        ),
        (
            (
                f"{year['days']} days of {year['agents']} agents in virtual time: {faults['server killed']} kills, "
                f"{faults['link flap']} lost links, {faults['media crash']} media crashes"
            ),
            (
                f"{year['contacts']:,} contacts, {year['breaches']} breaches of what must hold; the state is "
                f"{year['months'][-1]['state_bytes'] / 1000:.0f} kB at the end"
            ),
            "year",
        ),
    ]


def table() -> str:
    """The table as the README has it."""
    rows = [*routing(), *media(), *csta(), *recovery(), *long_proofs()]
    lines = [f"| {what} | {how} | `make bench-{name}` |" for what, how, name in rows]
    return "\n".join(["| what | measured | by |", "|---|---|---|", *lines]) + "\n"


def page(text: str) -> str:
    """The README with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
