"""What a media port and an IVR call cost: the whole media service under callers that measure with the kernel's clock.

Run it as ``make bench-media`` (a quarter of an hour, on a machine that does nothing else) or shorter:

    python -m bench.media --ports 100 --rates 20 --seconds 5

*Ports*: full-duplex G.711 calls that hear music, talk, and press an RFC 4733 digit every three seconds. Gaps are
between two packets of one stream where they arrive, jitter is each stream's RFC 3550 estimate at its worst; both over
all streams of the window. The same with G.722, with SRTP (keys in the SDP; what does not verify counts as ``garbled``),
with stereo recording, and three to a conference.

*Calls*: answer, a first prompt, a digit after 2 s that stops it, a second prompt of 2 s, BYE: 4.1 s and some 200
packets each way of which the caller sends only the digit. Set-up is from INVITE to 200; ``held_up`` counts pauses of
50 ms and more that the service's collector of cycles made: there are to be none. Barge-in is from the digit's first
packet to the second prompt's first packet, through the control door to the application and back; ``after_digit`` the
same from the digit's first end packet (0: it was there before the end).

CPU is user and system time from /proc of the media service alone; the application at its control door, the callers,
and whatever else the machine did stand apart. (What the machine did is counted by ticks of its clock, what a process
did by its own time: of many short spells of work the ticks miss some, and "others" may come out below nothing.) On
the loopback the kernel does the receiver's half of each packet inside the sender's call, so a service is charged for
both. The figures go to bench/results/media.json.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Final

from bench.media_load.house import (
    CALLERS,
    FOLDER,
    SIP_PORT,
    House,
    cpu_seconds,
    machine_seconds,
    memory_octets,
    open_house,
)
from media_service.engine_choice import native_fault

RESULTS: Final = Path(__file__).parent / "results" / "media.json"
SOURCES: Final = Path(__file__).parent / "media_load"
PORTS: Final = (100, 200, 400, 800, 1000)
RATES: Final = (20, 50, 100, 150, 200)
OTHER_KINDS: Final = {
    "record": ("record",),
    "conference": ("conference",),
    "g722": ("moh", "--g722"),
    "srtp": ("moh", "--secure"),
}
"""What the callers dial beside hold music, and what they want of it; `KIND_PORTS` of each."""
KIND_PORTS: Final = 200
CALL_RAMP: Final = 100
"""Calls per second at which the ports of a window are filled."""
DIGIT: Final = "5"

Row = dict[str, Any]


class Bench:
    """One engine's runs: the service stays up, and each run has callers of its own."""

    def __init__(self, house: House, callers: Path, seconds: int) -> None:
        self._house = house
        self._callers = callers
        self._seconds = seconds

    def ports(self, count: int, kind: str = "moh", *, options: tuple[str, ...] = ()) -> Row:
        """Hold ``count`` calls for the window."""
        empty = memory_octets(self._house.service)
        user, *more = OTHER_KINDS.get(kind, (kind,))
        window = ("--hold", str(self._seconds), "--talk", "--every", "3000")
        process = self._start(user, count, CALL_RAMP, *window, *more, *options)
        marks: list[tuple[float, float, float, float]] = []
        memory = 0
        lines: list[str] = []
        for line in process.stdout or ():
            if line.strip() in {"begin", "end"}:
                marks.append(self._mark())
                memory = memory_octets(self._house.service)
            else:
                lines.append(line)
        found = self._figures(process, lines)
        wall, service, application, machine = (end - begin for begin, end in zip(*marks, strict=True))
        return {
            "kind": kind,
            "ports": count,
            "core_percent": round(100 * service / wall, 1),
            "core_percent_per_100": round(1e4 * service / wall / count, 2),
            "lost": found["lost"],
            "sent_percent_of_due": round(100 * found["packets"] / (count * 50 * wall), 2),
            "gap_p999_ms": found["gap_ms"]["p999"],
            "gap_max_ms": found["gap_ms"]["max"],
            "jitter_p50_ms": found["jitter_ms"]["p50"],
            "jitter_p99_ms": found["jitter_ms"]["p99"],
            "failed": found["failed"],
            "garbled": found["garbled"],
            "digits_pressed": found["pressed"],
            "dropped_at_callers": found["dropped_here"],
            "memory_kb_per_port": round((memory - empty) / 1024 / count, 1),
            "application_percent": round(100 * application / wall, 1),
            "callers_percent": round(100 * found["cpu_seconds"] / wall, 1),
            "others_percent": round(100 * (machine - service - application - found["cpu_seconds"]) / wall, 1),
            "seconds": round(wall, 2),
        }

    def calls(self, rate: int) -> Row:
        """Place ``rate`` IVR calls a second."""
        count = rate * self._seconds
        held_up_before = held_up()
        before = self._mark()
        process = self._start("ivr", count, rate, "--after", "2000")
        found = self._figures(process, list(process.stdout or ()))
        wall, service, application, machine = (end - begin for begin, end in zip(before, self._mark(), strict=True))
        return {
            "calls_per_s": rate,
            "calls": count,
            "failed": found["failed"],
            "repeated": found["repeated"],
            "cpu_ms_per_call": round(1e3 * service / count, 3),
            "application_ms_per_call": round(1e3 * application / count, 3),
            "callers_ms_per_call": round(1e3 * found["cpu_seconds"] / count, 3),
            "others_percent": round(100 * (machine - service - application - found["cpu_seconds"]) / wall, 1),
            "setup_p50_ms": found["setup_ms"]["p50"],
            "setup_p99_ms": found["setup_ms"]["p99"],
            "setup_max_ms": found["setup_ms"]["max"],
            "held_up": held_up() - held_up_before,
            "barge_in_p50_ms": found["barge_in_ms"]["p50"],
            "barge_in_p99_ms": found["barge_in_ms"]["p99"],
            "after_digit_p99_ms": found["after_digit_ms"]["p99"],
            "stop_p99_ms": found["stop_ms"]["p99"],
            "lost": found["lost"],
            "jitter_p99_ms": found["jitter_ms"]["p99"],
            "seconds": round(wall, 2),
        }

    def _start(self, user: str, count: int, rate: int, *options: str) -> subprocess.Popen[str]:
        words = [str(self._callers), "--target", f"127.0.0.1:{SIP_PORT}", "--host", CALLERS, "--user", user]
        words += ["--calls", str(count), "--rate", str(rate), "--press", DIGIT, *options]
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    @staticmethod
    def _figures(process: subprocess.Popen[str], lines: list[str]) -> Row:
        if process.wait() or not lines:
            raise RuntimeError("the callers could not do their work; what they said stands above")
        found: Row = json.loads(lines[-1])
        return found

    def _mark(self) -> tuple[float, float, float, float]:
        service, application = cpu_seconds(self._house.service), cpu_seconds(self._house.application)
        return time.monotonic(), service, application, machine_seconds()


def held_up() -> int:
    """How often the service has said by now that its collector of cycles held everything up."""
    return (FOLDER / "service.log").read_text(encoding="utf-8").count("the collector of cycles")


def build_callers() -> Path:
    """Compile the callers; raises `RuntimeError` without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise RuntimeError("a C compiler is needed for the callers (Debian: gcc)")
    program = FOLDER.parent / "callers"
    program.parent.mkdir(parents=True, exist_ok=True)
    sources = [str(file) for file in sorted(SOURCES.glob("*.c"))]
    srtp = ["-DWITH_SRTP", "-lsrtp2"] if Path("/usr/include/srtp2/srtp.h").is_file() else []
    words = [
        compiler,
        "-D_GNU_SOURCE",
        "-std=c11",
        "-O2",
        "-Wall",
        "-Wextra",
        "-o",
        str(program),
        *sources,
        "-lm",
        *srtp,
    ]
    subprocess.run(words, check=True)
    return program


def machine() -> Row:
    """What the figures depend on."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    load = [round(each, 2) for each in os.getloadavg()]
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.release(),
        "python": platform.python_version(),
        "load_average_before": load,
    }


def table(rows: list[Row], columns: tuple[str, ...]) -> str:
    """Rows in columns that line up."""
    cells = [list(columns), *([str(row.get(column, "")) for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)


PORT_COLUMNS: Final = (
    "engine", "kind", "ports", "core_percent", "core_percent_per_100", "lost", "sent_percent_of_due", "gap_p999_ms",
    "gap_max_ms", "jitter_p99_ms", "memory_kb_per_port", "callers_percent", "others_percent",
)  # fmt: skip
CALL_COLUMNS: Final = (
    "engine", "calls_per_s", "failed", "repeated", "cpu_ms_per_call", "application_ms_per_call", "callers_ms_per_call",
    "setup_p50_ms", "setup_p99_ms", "setup_max_ms", "held_up", "barge_in_p50_ms", "barge_in_p99_ms",
    "after_digit_p99_ms", "lost", "others_percent",
)  # fmt: skip


def measure(engine: str, asked: argparse.Namespace, callers: Path) -> tuple[list[Row], list[Row]]:
    """All runs with one engine; a line for each as it is done."""
    ports: list[Row] = []
    calls: list[Row] = []
    with open_house(engine) as house:
        bench = Bench(house, callers, asked.seconds)
        for count in asked.ports if engine == "native" else [each for each in asked.ports if each <= KIND_PORTS]:
            ports.append({"engine": engine} | bench.ports(count))
            print(f"{engine}: {count} ports at {ports[-1]['core_percent']} % of a core", flush=True)
        for kind in asked.kinds:
            ports.append({"engine": engine} | bench.ports(KIND_PORTS, kind))
            print(f"{engine}: {KIND_PORTS} ports, {kind}, at {ports[-1]['core_percent']} % of a core", flush=True)
        for rate in asked.rates if engine == "native" else [each for each in asked.rates if each <= asked.rates[0]]:
            calls.append({"engine": engine} | bench.calls(rate))
            print(f"{engine}: {rate} calls/s at {calls[-1]['cpu_ms_per_call']} ms of CPU each", flush=True)
    return ports, calls


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", action="append", choices=("native", "pure"), help="native and pure by default")
    parser.add_argument("--ports", type=int, nargs="*", default=list(PORTS))
    parser.add_argument("--rates", type=int, nargs="*", default=list(RATES))
    parser.add_argument("--kinds", nargs="*", default=list(OTHER_KINDS), choices=list(OTHER_KINDS))
    parser.add_argument("--seconds", type=int, default=20, help="length of each run's window")
    asked = parser.parse_args()
    facts = machine()
    callers = build_callers()
    engines = asked.engine or ["pure"] if native_fault() else asked.engine or ["native", "pure"]
    ports: list[Row] = []
    calls: list[Row] = []
    for engine in engines:
        more_ports, more_calls = measure(engine, asked, callers)
        ports += more_ports
        calls += more_calls
    print(f"\n{table(ports, PORT_COLUMNS)}\n\n{table(calls, CALL_COLUMNS)}\n")
    RESULTS.write_text(
        json.dumps({"machine": facts, "ports": ports, "calls": calls}, indent=1) + "\n", encoding="utf-8"
    )
    print(f"written to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    main()
