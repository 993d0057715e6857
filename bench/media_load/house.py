"""The media service under load, as a process of its own with settings made for the benchmark; and what it uses."""

import os
import shutil
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np
from ruamel.yaml import YAML

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "run" / "bench-media"
SIP_PORT: Final = 25060
CONTROL_PORT: Final = 27801
CALLERS: Final = "127.0.0.2"
LINES: Final = 1200
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PATIENCE: Final = 30.0


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children that still run."""
    total = 0.0
    for each in _family(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total


def memory_octets(pid: int) -> int:
    """Resident memory of a process and its children."""
    pages = 0
    for each in _family(pid):
        try:
            pages += int(Path(f"/proc/{each}/statm").read_text(encoding="utf-8").split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE")


def machine_seconds() -> float:
    """Busy time of all cores since the machine came up; the host's share of it (steal) is not counted."""
    figures = [int(each) for each in Path("/proc/stat").read_text(encoding="utf-8").split("\n")[0].split()[1:]]
    return (sum(figures[:7]) - figures[3] - figures[4]) / _TICKS


def _family(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        each = waiting.pop()
        found.append(each)
        for file in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                waiting += [int(child) for child in file.read_text(encoding="utf-8").split()]
            except OSError:
                continue
    return found


@dataclass(frozen=True, slots=True)
class House:
    """The processes that serve calls: the media service, and the application that tells it what to do."""

    service: int
    application: int


@contextmanager
def open_house(engine: str) -> Iterator[House]:
    """Run both while the block lasts; raises `RuntimeError`, with what they said, where one does not come up."""
    settings = _furnish(engine)
    with (FOLDER / "service.log").open("w") as service_log, (FOLDER / "application.log").open("w") as application_log:
        service = _start(["media_service", "--config", str(settings)], service_log)
        try:
            _await_door(service)
            application = _start(
                ["bench.media_load.application", "--port", str(CONTROL_PORT)], application_log, subprocess.PIPE
            )
            try:
                if application.stdout is None or application.stdout.readline() != b"ready\n":
                    raise RuntimeError(f"the application does not come up; see {application_log.name}")
                yield House(service.pid, application.pid)
            finally:
                _end(application)
        finally:
            _end(service)


def _start(words: list[str], log: IO[str], output: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *words], stdout=output, stderr=log, cwd=ROOT)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_door(service: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    mark = f"0100007F:{CONTROL_PORT:04X} 00000000:0000 0A"  # listening, in the words of /proc/net/tcp
    while mark not in Path("/proc/net/tcp").read_text(encoding="utf-8"):
        if service.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the media service does not come up; see {FOLDER / 'service.log'}")
        time.sleep(0.05)


def _furnish(engine: str) -> Path:
    shutil.rmtree(FOLDER, ignore_errors=True)
    prompts = FOLDER / "prompts"
    shutil.copytree(ROOT / "prompts" / "en", prompts / "en")
    _write_tone(prompts / "en" / "bench_first.wav", 10, (400,))
    _write_tone(prompts / "en" / "bench_second.wav", 2, (1000,))
    _write_tone(prompts / "en" / "bench_music.wav", 60, (250, 700, 1900))
    settings = {
        "name": "bench",
        "control": {"host": "127.0.0.1", "port": CONTROL_PORT},
        "sip": {"host": "127.0.0.1", "port": SIP_PORT},
        "trunk": {"peers": [CALLERS], "numbers": ["ivr", "moh", "record", "conference"], "lines": LINES},
        "rtp": {"ports": "20000-25999"},
        "engine": engine,
        "prompts": {"directory": str(prompts), "language": "en"},
        "recordings": {"directory": str(FOLDER / "recordings")},
        "log": {"level": "warning"},
    }
    file = FOLDER / "media.yaml"
    with file.open("w", encoding="utf-8") as stream:
        YAML(typ="safe").dump(settings, stream)
    return file


def _write_tone(file: Path, seconds: float, frequencies: tuple[int, ...]) -> None:
    time_axis = np.arange(int(8000 * seconds)) / 8000
    voices = np.sin(2 * np.pi * np.outer(frequencies, time_axis))
    pcm = (8000 * voices.mean(axis=0)).astype("<i2")
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, 8000, len(pcm), "NONE", ""))
        out.writeframes(pcm.tobytes())
