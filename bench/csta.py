"""How fast CSTA is: messages encoded, decoded and folded on one core, and one link end to end with 1,000 devices.

Run it as ``make bench-csta``; it prints tables, writes ``bench/results/csta.json``, and takes less than three minutes.

Rates are per second of the process's own CPU time, medians of several runs, with Python's garbage collection as it is
by default. The mix of events is that of a hunt group's calls, a quarter of them handed on by transfer
(`bench.csta_load.calls`): *full* with all that a make of switch adds to each event (OpenScape Voice: permitted
services, media, private data; 1.3 kB in XML), *lean* with what no event can do without. The link is
`cti_server.channels.voice.link.VoiceLink` in one process and a switch in another; a command is the DeflectCall that
answers a queued or ringing call, timed at the switch from the event's bytes going out to the command's bytes coming in,
and *inside* the application, from the event's bytes coming in to the command's bytes going out: the rest is the
kernel's, the switch's, and that of whoever else uses the machine.
"""

import gc
import json
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.csta_load import link, rates
from bench.csta_load.ways import WAYS, Way

RESULTS: Final = Path(__file__).parent / "results" / "csta.json"
LINKS: Final = ("osv-xml", "os4000-ber")
HEADLINE: Final = {"xml": "osv-xml", "ber": "os4000-ber"}


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {
        "python": platform.python_version(),
        "processor": model,
        "cores": os.cpu_count(),
        "load_average_before": [round(load, 2) for load in os.getloadavg()],
        "gc_threshold": list(gc.get_threshold()),
    }


def print_mixes(mixes: Mapping[str, Mapping[str, float]]) -> None:
    """One row for each way of speaking and mix."""
    names = ("encode_per_s", "decode_per_s", "fold_per_s", "decode_fold_per_s", "session_fold_per_s")
    print(f"{'events per CPU second':24}{'bytes':>7}" + "".join(f"{name.removesuffix('_per_s'):>14}" for name in names))
    for name, row in mixes.items():
        print(f"{name:24}{row['mean_bytes']:>7.0f}" + "".join(f"{row[one]:>14,.0f}" for one in names))
    print()


def print_messages(name: str, found: Mapping[str, Mapping[str, float]]) -> None:
    """One row for each message."""
    print(f"{name + ', one by one':24}{'bytes':>7}{'encode':>14}{'decode':>14}{'fold':>14}")
    for message, row in found.items():
        fold = f"{row['fold_per_s']:>14,.0f}" if "fold_per_s" in row else f"{'':>14}"
        print(f"{message:24}{row['bytes']:>7.0f}{row['encode_per_s']:>14,.0f}{row['decode_per_s']:>14,.0f}{fold}")
    print()


def print_link(name: str, found: Mapping[str, Any]) -> None:
    """What one link carries."""
    for mix, flood in found["flood"].items():
        print(
            f"{name}, flooded, {mix}: {flood['events_per_s']:,.0f} events/s, {flood['events_per_cpu_s']:,.0f} per CPU"
            f" second; the switch used {flood['switch_cpu_percent']:.0f} % of a core"
        )
    keeps = found["mirror_lags_not_at_events_per_s"]
    print(
        f"{name}: the mirror keeps up at {keeps['events_per_s']:,.0f} events/s (p99 lag {keeps['lag_p99_ms']:.1f} ms)"
    )
    columns = ("p50_ms", "p99_ms", "p99_9_ms", "worst_ms", "inside_p50_ms", "inside_p99_ms", "inside_p99_9_ms")
    heads = ("p50 ms", "p99", "p99.9", "worst", "inside p50", "p99", "p99.9", "CPU %", "load")
    print(f"{'events/s':>10}{'commands':>10}" + "".join(f"{head:>11}" for head in heads))
    for rate, row in found["commands"].items():
        times = "".join(f"{row[one]:>11.2f}" for one in columns)
        print(
            f"{rate:>10}{row['commands']:>10}{times}{row['application_cpu_percent']:>11.1f}{row['load_average']:>11.1f}"
        )
    print()


def _way(name: str) -> Way:
    return next(way for way in WAYS if way.name == name)


def main() -> None:
    """Measure, print, write."""
    began = time.monotonic()
    result: dict[str, Any] = {"machine": machine()}
    mixes = {
        f"{way.name} {'full' if full else 'lean'}": rates.of_mix(way, full=full)
        for way in WAYS
        for full in (True, False)
    }
    print_mixes(mixes)
    messages = {name: rates.by_message(_way(name)) for name in LINKS}
    for name, found in messages.items():
        print_messages(name, found)
    links = {name: link.figures(_way(name)) for name in LINKS}
    for name, found in links.items():
        print_link(name, found)
    commands = {encoding: links[name]["commands"] for encoding, name in HEADLINE.items()}
    result |= {
        "units": "events or messages per second of CPU time of one core; ms of wall-clock time; per cent of one core",
        "decode_fold_events_per_s": {
            encoding: mixes[f"{name} full"]["decode_fold_per_s"] for encoding, name in HEADLINE.items()
        },
        "p99_ms_at_1000_events_per_s": {encoding: found["1000"]["p99_ms"] for encoding, found in commands.items()},
        "cpu_percent_at_500_events_per_s": {
            encoding: found["500"]["application_cpu_percent"] for encoding, found in commands.items()
        },
        "mixes": mixes,
        "messages": messages,
        "links": links,
        "seconds": round(time.monotonic() - began),
    }
    result["machine"]["load_average_after"] = [round(load, 2) for load in os.getloadavg()]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"{RESULTS.name} written after {result['seconds']} s")


if __name__ == "__main__":
    main()
