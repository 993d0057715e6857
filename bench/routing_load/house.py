"""Lab PBX, media service and CTI server as processes of their own, with agents logged on; and what they used."""

import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from bench.media_load.house import cpu_seconds, machine_seconds, memory_octets
from bench.routing_load.ground import AGENTS, HOST, ROOT, USER, Ground, furnish
from bench.routing_load.registering import register

PATIENCE: Final = 60.0
PHONES: Final = 6000
"""UDP port of the agents' phones."""


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds so far, by program; and of the whole machine, with the time of the clock."""

    at: float
    pbx: float
    server: float
    media: float
    machine: float

    def since(self, before: "Usage") -> dict[str, float]:
        """What was used between the two."""
        return {
            name: getattr(self, name) - getattr(before, name) for name in ("at", "pbx", "server", "media", "machine")
        }


class House:
    """Three programs that run; made by `open_house`."""

    def __init__(self, ground: Ground, passwords: dict[str, str]) -> None:
        self.ground = ground
        self._passwords = passwords
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.logs = ground.folder / "logs"
        self.logs.mkdir()

    def start(self) -> None:
        """Start everything; every program is ready when it is done."""
        config, ports = self.ground.config, self.ground.media_ports
        self._start("pbx", "lab", "pbx", "--config", str(config / "lab.yaml"))
        self._await("pbx", "pbx ready")
        self._start("media", "media_service", "--config", str(config / "media.yaml"))
        self._await("media", "port registered", ports)
        self._start("server", "cti_server", "run", "--config", str(config))
        self._await("server", "link surveyed")
        self._await("server", "media service connected")

    def stop(self) -> None:
        """Stop everything, the CTI server first."""
        for process in reversed(self._running.values()):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def staff(self) -> None:
        """Register the agents' phones, and log everybody on and ready."""
        register(self.ground.phones, self._passwords, (HOST, self.ground.ports["pbx"]), (AGENTS, PHONES))
        self.log_on()

    def log_on(self) -> None:
        """Log everybody on at their registered phones, and set them ready."""
        with Console(self.ground.ports["console"], self._passwords[USER]) as console:
            for number in self.ground.phones:
                for line in (f"agent logon a{number} {number}", f"agent ready a{number}"):
                    said = console.ask(line)
                    if "refused" in said or "is" not in said:
                        raise RuntimeError(f"{line}: {said.strip()}")
        time.sleep(1.0)  # what the PBX's agent events bring about has passed

    def pid(self, name: str) -> int:
        """The process id of ``pbx``, ``media`` or ``server``."""
        return self._running[name].pid

    def usage(self) -> Usage:
        """What everybody used so far."""
        used = {name: cpu_seconds(self.pid(name)) for name in ("pbx", "server", "media")}
        return Usage(at=time.monotonic(), machine=machine_seconds(), **used)

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of each program."""
        return {name: round(memory_octets(one.pid) / 1e6, 1) for name, one in self._running.items()}

    def journal(self) -> dict[str, int]:
        """How many rows the journal has of each kind; waits until it stands still."""
        file, total = self.ground.data / "callwright.db", -1
        counted: dict[str, int] = {}
        until = time.monotonic() + 10
        while sum(counted.values()) != total and time.monotonic() < until:
            total = sum(counted.values())
            time.sleep(0.3)
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
                counted = dict(database.execute("SELECT kind, count(*) FROM journal GROUP BY kind"))
            database.close()
        return counted

    def complaints(self) -> dict[str, int]:
        """Warnings and errors that the programs logged, counted by program and text."""
        found: dict[str, int] = {}
        for file in sorted(self.logs.glob("*.log")):
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
                entry = _entry(line)
                if entry.get("level") in {"warning", "error", "critical"} or "event" not in entry:
                    text = f"{file.stem}: {entry.get('event', line[:80])}"
                    found[text] = found.get(text, 0) + 1
        return found

    def _start(self, name: str, module: str, *words: str) -> None:
        with (self.logs / f"{name}.log").open("w", encoding="utf-8") as log:
            command = [sys.executable, "-m", module, *words]
            self._running[name] = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    def _await(self, name: str, event: str, count: int = 1) -> None:
        file, until = self.logs / f"{name}.log", time.monotonic() + PATIENCE
        while file.read_text(encoding="utf-8", errors="replace").count(f'"{event}"') < count:
            if self._running[name].poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the {name} does not come up: {event!r} is missing in {file}")
            time.sleep(0.1)


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


class Console:
    """A session at the console, logged in."""

    PROMPT: Final = "callwright> "

    def __init__(self, port: int, password: str) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=15)
        self._rest = b""
        for question, answer in (("user: ", USER), ("password: ", password)):
            self._read_until(question)
            self._send(answer)
        self._read_until(self.PROMPT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, line: str) -> str:
        """What a command answers."""
        self._send(line)
        return self._read_until("\n" + self.PROMPT)

    def _send(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\r\n")

    def _read_until(self, text: str) -> str:
        wanted = text.encode()
        while wanted not in self._rest:
            more = self._socket.recv(4096)
            if not more:
                raise RuntimeError(f"the console closed before {text!r}")
            self._rest += more
        found, _, self._rest = self._rest.partition(wanted)
        return found.decode("utf-8", "replace")


@contextmanager
def open_house(ground: Ground, *, staffed: bool = True) -> Iterator[House]:
    """Run a house while the block lasts; raises `RuntimeError` where a program does not come up."""
    house = House(ground, furnish(ground))
    try:
        house.start()
        if staffed:
            house.staff()
        yield house
    finally:
        house.stop()


def build(name: str, sources: Path, target: Path) -> Path:
    """Compile the C programs in ``sources`` to one program; raises `RuntimeError` without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise RuntimeError("a C compiler is needed for the callers and agents (Debian: gcc)")
    target.mkdir(parents=True, exist_ok=True)
    program = target / name
    files = [str(file) for file in sorted(sources.glob("*.c"))]
    subprocess.run([compiler, "-D_GNU_SOURCE", "-std=c11", "-O2", "-o", str(program), *files], check=True)
    return program
