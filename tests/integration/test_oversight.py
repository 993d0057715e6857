"""A real server under a service manager on paper: what it tells, what monitors see, and whom its alarms reach."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cti_server.cli.door import ask
from cti_server.settings import load_settings
from tests.integration.house import ROOT, free_ports

pytestmark = pytest.mark.integration

PATIENCE = 20.0
TOKEN = "a-token-for-monitors-alone"


class Pager(ThreadingHTTPServer):
    """Takes alarms."""

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), PagerHandler)


class PagerHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Pager)
        self.server.came.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def pager() -> Iterator[Pager]:
    server = Pager()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


class Run:
    """The server as a child, and the manager's end of its socket."""

    def __init__(self, folder: Path, hook: int) -> None:
        names = {"console": 0, "web": 0}
        self.ports = free_ports(names)
        self.config = folder / "config"
        shutil.copytree(ROOT / "config", self.config, ignore=shutil.ignore_patterns("secrets", "examples"))
        (folder / "prompts").symlink_to(ROOT / "prompts")
        (self.config / "secrets").mkdir()
        (self.config / "secrets" / "token").write_text(TOKEN + "\n")
        file = self.config / "server.yaml"
        text = file.read_text().replace("port: 7823", f"port: {self.ports['console']}").replace("11040", "1")
        file.write_text(
            f"{text}\nweb: {{port: {self.ports['web']}, token_file: secrets/token}}\n"
            "alarms:\n  every: 1\n  rules: {link-down: {hold: 0}, no-staff: {on: false}}\n"
            f"  webhooks: [{{name: pager, url: 'http://127.0.0.1:{hook}/x', least: critical}}]\n"
        )
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.manager.settimeout(PATIENCE)
        self.log = (folder / "log").open("w+")
        environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "900000"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cti_server", "run", "--config", str(self.config)],
            env=environment,
            stderr=self.log,
            cwd=ROOT,
        )

    def told(self, wanted: str) -> list[str]:
        """What the manager is told, up to that."""
        heard: list[str] = []
        while not heard or wanted not in heard[-1]:
            heard.append(self.manager.recv(1000).decode())
        return heard

    def get(self, path: str, token: str | None = TOKEN) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["web"], timeout=5)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def written(self) -> str:
        self.log.flush()
        return Path(self.log.name).read_text()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)
        self.manager.close()
        self.log.close()


@pytest.fixture
def run(tmp_path: Path, pager: Pager) -> Iterator[Run]:
    found = Run(tmp_path, pager.server_address[1])
    yield found
    found.close()


def test_a_server_is_seen_from_its_start_to_its_stop(run: Run, pager: Pager) -> None:
    run.told("READY=1")
    assert run.told("WATCHDOG=1")
    assert run.told("WATCHDOG=1")

    assert run.get("/health", None)[0] == 200
    status, body = run.get("/ready")
    parts = {one["name"]: one["ok"] for one in json.loads(body)["parts"]}
    assert status == 503
    assert (parts["journal"], parts["engine"], parts["plan"], parts["link pbx"]) == (True, True, True, False)
    assert "parts" not in json.loads(run.get("/ready", None)[1])
    assert run.get("/metrics", None)[0] == 401
    figures = run.get("/metrics")[1]
    assert "callwright_ready 0.0" in figures
    assert 'callwright_link_up{link="pbx"} 0.0' in figures
    assert "callwright_engine_decision_seconds_count" in figures

    until(lambda: [one["alarm"] for one in pager.came] == ["link-down:pbx"])
    settings = load_settings(run.config).settings
    assert settings is not None
    rows = json.loads(ask(settings, "show alarms", form="json").text)
    assert "link-down:pbx" in [one["alarm"] for one in rows]
    assert json.loads(ask(settings, "show health state=BAD", form="json").text)[0]["part"] == "link pbx"
    assert ask(settings, "alarm ack link-down:pbx").status == 0
    assert ask(settings, "alarm ack nothing").status == 1

    run.process.send_signal(signal.SIGHUP)
    run.told("RELOADING=1\nMONOTONIC_USEC=")
    run.told("READY=1")
    run.process.send_signal(signal.SIGTERM)
    run.told("STOPPING=1")
    assert run.process.wait(PATIENCE) == 0
    log = run.written()
    assert TOKEN not in log
    assert "Traceback" not in log


def test_endpoints_that_cannot_open_disturb_nothing_and_are_an_alarm(run: Run, pager: Pager) -> None:
    run.told("READY=1")
    taken = Run.__new__(Run)
    folder = run.config.parent / "second"
    folder.mkdir()
    Run.__init__(taken, folder, pager.server_address[1])
    try:
        # Another server at the same port of the endpoints.
        taken.process.kill()
        taken.process.wait(5)
        file = taken.config / "server.yaml"
        file.write_text(file.read_text().replace(f"port: {taken.ports['web']}", f"port: {run.ports['web']}"))
        taken.process = subprocess.Popen(
            [sys.executable, "-m", "cti_server", "run", "--config", str(taken.config)], stderr=taken.log, cwd=ROOT
        )
        settings = load_settings(taken.config).settings
        assert settings is not None
        until(lambda: "running" in taken.written())
        rows: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE
        while not any(one["alarm"] == "room-down:endpoints" for one in rows) and time.monotonic() < deadline:
            rows = json.loads(ask(settings, "show alarms", form="json").text)
            time.sleep(0.3)
        assert any("Address already in use" in one["what"] for one in rows), rows
        taken.process.terminate()
        assert taken.process.wait(PATIENCE) == 0
    finally:
        taken.close()


def until(found: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.1)
