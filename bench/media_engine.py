"""What a port costs: duplex G.711 ports of each engine against a generator that measures with the kernel's clock.

Each port plays the hold music and hears 50 packets a second. CPU is user and system time in per cent of one core, from
/proc: of the packet process (pure), or of the whole process that the packet thread lives in (native); gaps are between
two packets of one stream at the receiver. The table is printed and written, with the load of the machine beside it, to
bench/results/media-engine.json. Takes a minute and a half:

    python bench/media_engine.py [--engine native --engine pure] [--ports 50 --ports 200] [--seconds 10]
"""

import argparse
import contextlib
import json
import os
import platform
import select
import socket
import struct
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool

from media_service.codecs.g711 import MU_LAW_SILENCE
from media_service.engine.interface import Address, Encoding, EngineEvent, Playlist, Stream
from media_service.engine.pure.engine import PureEngine
from media_service.engine_choice import EngineKind, make_engine, native_fault

ROOT = Path(__file__).resolve().parent.parent
MUSIC = ROOT / "prompts" / "en" / "hold_music.wav"
RESULTS = ROOT / "bench" / "results" / "media-engine.json"
SO_TIMESTAMPNS = 35
SETTLE = 1.0
"""Seconds at the beginning that do not count: the ports open one after the other."""


# The far ends, in a process of their own


def generate(ports: int, seconds: float) -> None:
    """Send and hear ``ports`` streams; talks to the bench by lines of JSON."""
    sockets = []
    for _ in range(ports):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.bind(("127.0.0.1", 0))
        sockets.append(sock)
    print(json.dumps([sock.getsockname()[1] for sock in sockets]), flush=True)
    targets = [("127.0.0.1", port) for port in json.loads(sys.stdin.readline())]
    arrivals: list[list[tuple[float, int]]] = [[] for _ in sockets]
    before = time.process_time()
    late_slots = run_streams(sockets, targets, arrivals, SETTLE + seconds)
    row = summary(arrivals) | {"generator_latest_ms": late_slots * 1000, "cpu": time.process_time() - before}
    print(json.dumps(row), flush=True)


def run_streams(
    sockets: list[socket.socket],
    targets: list[tuple[str, int]],
    arrivals: list[list[tuple[float, int]]],
    seconds: float,
) -> float:
    """The generator's own loop; gives how late its latest slot was, seconds."""
    poll = select.epoll()
    places = {sock.fileno(): place for place, sock in enumerate(sockets)}
    for sock in sockets:
        poll.register(sock, select.EPOLLIN)
    payload = MU_LAW_SILENCE * 160
    began = due = time.monotonic()
    counts_from = time.time() + SETTLE
    slot, latest = 0, 0.0
    while due - began < seconds:
        for descriptor, _ in poll.poll(max(due - time.monotonic(), 0), max(64, len(sockets) // 2)):
            place = places[descriptor]
            at, sequence = receive(sockets[place])
            if at >= counts_from:
                arrivals[place].append((at, sequence))
        now = time.monotonic()
        while due <= now:
            latest = max(latest, now - due)
            for place in range(slot % 4, len(sockets), 4):
                tick = slot // 4
                header = struct.pack("!BBHII", 0x80, 0, tick & 0xFFFF, tick * 160 & 0xFFFFFFFF, place)
                sockets[place].sendto(header + payload, targets[place])
            slot += 1
            due += 0.005
    # What the kernel has kept meanwhile, with its own times, counts too: a late generator is no late engine.
    counts_until = time.time()
    for sock, stream in zip(sockets, arrivals, strict=True):
        with contextlib.suppress(BlockingIOError):
            while (arrival := receive(sock))[0] < counts_until:
                if arrival[0] >= counts_from:
                    stream.append(arrival)
    return latest


def receive(sock: socket.socket) -> tuple[float, int]:
    """When the kernel got the next packet (Unix seconds), and its sequence number."""
    data, ancillary, _, _ = sock.recvmsg(2048, 64)
    whole, parts = struct.unpack("qq", ancillary[0][2])
    return whole + parts / 1e9, int.from_bytes(data[2:4])


def summary(arrivals: list[list[tuple[float, int]]]) -> dict[str, float]:
    """Figures over all streams."""
    gaps = sorted(b[0] - a[0] for stream in arrivals for a, b in pairwise(stream))
    lost = sum((b[1] - a[1] - 1) & 0xFFFF for stream in arrivals for a, b in pairwise(stream))
    jitters = []
    for stream in arrivals:
        jitter = 0.0
        for a, b in pairwise(stream):
            jitter += (abs(b[0] - a[0] - 0.02) - jitter) / 16  # RFC 3550 section 6.4.1
        jitters.append(jitter)
    return {
        "packets": sum(map(len, arrivals)),
        "lost": lost,
        "p99_gap_ms": gaps[int(len(gaps) * 0.99)] * 1000,
        "p999_gap_ms": gaps[int(len(gaps) * 0.999)] * 1000,
        "longest_gap_ms": gaps[-1] * 1000,
        "late_over_40_ms": sum(gap > 0.040 for gap in gaps),
        "jitter_max_ms": max(jitters) * 1000,
    }


# The bench


def cpu_seconds(process: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_seconds() -> float:
    """Time that all cores were busy so far."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return (sum(map(int, fields[1:9])) - int(fields[4]) - int(fields[5])) / os.sysconf("SC_CLK_TCK")


def start_generator(ports: int, seconds: float) -> "subprocess.Popen[str]":
    """The far ends."""
    command = [sys.executable, __file__, "--generate", str(ports), "--seconds", str(seconds)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


async def measure(reactor: AsyncioSelectorReactor, kind: EngineKind, ports: int, seconds: float) -> dict[str, float]:
    """One row: so many ports of one engine for so long."""
    generator = start_generator(ports, seconds)
    assert generator.stdin
    assert generator.stdout
    far_ports = json.loads(generator.stdout.readline())
    engine = make_engine(kind, reactor, "127.0.0.1", range(40000, 44000))
    events: list[EngineEvent] = []
    await engine.start(events.append)
    near_ports = []
    for number, far in enumerate(far_ports):
        name = str(number)
        near_ports.append((await engine.open(name)).port)
        engine.connect(name, Stream(Address("127.0.0.1", far), Encoding.PCMU, 0, 101))
        engine.play(name, Playlist((MUSIC,), loop=True), name)
    process = (isinstance(engine, PureEngine) and engine.process_id) or os.getpid()
    before, machine_before, began = cpu_seconds(process), machine_seconds(), time.monotonic()
    generator.stdin.write(json.dumps(near_ports) + "\n")
    generator.stdin.flush()
    line = await deferToThreadPool(reactor, reactor.getThreadPool(), generator.stdout.readline)
    took = time.monotonic() - began
    figures = [await engine.figures(str(number)) for number in range(ports)]
    used = cpu_seconds(process) - before
    machine = machine_seconds() - machine_before
    await engine.shutdown()
    generator.wait(10)
    row = json.loads(line)
    generator_used = row.pop("cpu", 0.0)
    engine_cpu = 100 * used / took
    return {
        "ports": ports,
        "engine_cpu_percent": engine_cpu,
        "engine_cpu_percent_per_port": engine_cpu / ports,
        "generator_cpu_percent": 100 * generator_used / took,
        "machine_busy_percent": 100 * machine / took,
        **row,
        "heard_by_engine": sum(one.received for one in figures),
        "lost_by_engine": sum(one.lost for one in figures),
        "events": len(events),
    }


async def bench(reactor: AsyncioSelectorReactor, kinds: list[EngineKind], ports: list[int], seconds: float) -> None:
    """All rows, the table and the file."""
    rows = [
        {"engine": kind.value} | await measure(reactor, kind, count, seconds)
        for kind in kinds
        for count in ports or ([50, 200, 1000] if kind is EngineKind.NATIVE else [50, 200])
    ]
    columns = [
        "ports",
        "packets",
        "heard_by_engine",
        "engine_cpu_percent",
        "generator_cpu_percent",
        "machine_busy_percent",
        "lost",
        "lost_by_engine",
    ]
    columns += [
        "p99_gap_ms",
        "p999_gap_ms",
        "longest_gap_ms",
        "late_over_40_ms",
        "jitter_max_ms",
        "generator_latest_ms",
    ]
    print("  ".join(["engine", *columns]))
    for row in rows:
        print(
            f"{row['engine']:6}  "
            + "  ".join(
                f"{row[column]:{len(column)}.{0 if isinstance(row[column], int) else 1}f}" for column in columns
            )
        )
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "seconds": seconds,
    }
    RESULTS.write_text(json.dumps({**about, "rows": rows}, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Measure, or be the generator of a measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", type=EngineKind, action="append", choices=[EngineKind.NATIVE, EngineKind.PURE])
    parser.add_argument("--ports", type=int, action="append")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--generate", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.generate:
        generate(options.generate, options.seconds)
        return 0
    kinds = options.engine or ([EngineKind.PURE] if native_fault() else [EngineKind.NATIVE, EngineKind.PURE])
    reactor = AsyncioSelectorReactor()
    failures = []

    def begin() -> None:
        done = Deferred.fromCoroutine(bench(reactor, kinds, options.ports or [], options.seconds))
        done.addErrback(lambda failure: failures.append(failure.getTraceback()))
        done.addBoth(lambda _: reactor.callLater(0, reactor.stop))

    reactor.callWhenRunning(begin)
    reactor.run()
    sys.stderr.writelines(failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
