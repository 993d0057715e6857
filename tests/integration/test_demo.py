"""The demo from the command line: it tells its story, says why where it cannot, and leaves nothing running."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.house import ROOT, until

pytestmark = pytest.mark.timeout(200)

QUICK = {"ring_time: 12": "ring_time: 4", "wrap_up: 8": "wrap_up: 1"}


def command(config: Path, data: Path, *options: str) -> list[str]:
    """The demo at an address of its own on the loopback, so that its ports are free."""
    host = f"127.{1 + secrets.randbelow(250)}.{secrets.randbelow(250)}.{2 + secrets.randbelow(250)}"
    where = ["--config", str(config), "--data", str(data), "--host", host]
    return [sys.executable, "-m", "lab", "demo", *where, *options]


def copy_config(folder: Path) -> Path:
    config = folder / "config"
    shutil.copytree(ROOT / "config", config, ignore=shutil.ignore_patterns("secrets"))
    (folder / "prompts").symlink_to(ROOT / "prompts")
    queues = config / "site" / "queues.yaml"
    text = queues.read_text()
    for old, new in QUICK.items():
        assert old in text
        text = text.replace(old, new)
    queues.write_text(text)
    return config


def processes_that_name(folder: Path) -> list[str]:
    """Command lines of running processes in which the folder stands."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue  # it ended meanwhile
        if str(folder) in line and int(file.parent.name) != os.getpid():
            found.append(line)
    return found


def test_the_story_is_told_to_its_end(tmp_path: Path) -> None:
    config, data = copy_config(tmp_path), tmp_path / "run"
    done = subprocess.run(
        command(config, data, "--once"), capture_output=True, text=True, timeout=150, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    table = done.stdout.partition("The three contacts, from the reports database")[2]
    assert re.findall(r"(\w+) \(released by", table) == ["answered", "abandoned", "answered"]
    for word in ("7201", "7202", "7203", "no-answer", "talk anna", "ring ben"):
        assert word in table
    assert processes_that_name(data) == []


@pytest.mark.parametrize(
    ("file", "line", "reason"),
    [("lab.yaml", "pilots: {", "lab.yaml:"), ("site/queues.yaml", "quees: []", "queues.yaml:")],
)
def test_a_broken_config_is_named(tmp_path: Path, file: str, line: str, reason: str) -> None:
    config, data = copy_config(tmp_path), tmp_path / "run"
    with (config / file).open("a") as broken:
        broken.write(f"{line}\n")
    done = subprocess.run(
        command(config, data, "--once"), capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert done.returncode in {1, 2}
    assert reason in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert processes_that_name(data) == []


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    config, data = copy_config(tmp_path), tmp_path / "run"
    shown = tmp_path / "shown"
    with shown.open("wb") as screen:
        demo = subprocess.Popen(command(config, data), stdout=screen, stderr=screen, cwd=ROOT)
    try:
        until(lambda: "contact 1 opened" in shown.read_text(), 30, "the story has begun")
        time.sleep(1)
        assert processes_that_name(data)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0, shown.read_text()
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait(5)
    until(lambda: not processes_that_name(data), 5, "no process is left")
    assert "Traceback" not in shown.read_text()
    assert "Unhandled" not in shown.read_text()
