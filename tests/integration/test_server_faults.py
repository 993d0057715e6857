"""The server as a process between peers that misbehave: garbage instead of CSTA, a stranger on the console."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cti_server.console.users import Users
from tests.integration.test_server_call import ROOT, free_port

GARBAGE = (b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n", b"\x00\x00\xff\xff0001" + b"<", b"\x00\x00\x00\x14abcd<?xml broken")


class Server:
    def __init__(self, folder: Path) -> None:
        self.pbx = socket.create_server(("127.0.0.1", 0))
        self.pbx.settimeout(20)
        self.console = free_port()
        config = folder / "config"
        shutil.copytree(ROOT / "config", config)
        (folder / "prompts").symlink_to(ROOT / "prompts")
        Users(config / "secrets" / "console-users").add("ops", "correct horse")
        self.file = folder / "log"
        wishes = [
            f"links.pbx.port={self.pbx.getsockname()[1]}",
            f"media_services.media-1.port={free_port()}",
            f"console.port={self.console}",
            "log.format=json",
        ]
        command = [sys.executable, "-m", "cti_server", "run", "--config", str(config)]
        for wish in wishes:
            command += ["--set", wish]
        with self.file.open("wb") as log:
            self.process = subprocess.Popen(command, stderr=log, cwd=ROOT)

    def told(self, event: str) -> list[dict[str, Any]]:
        lines = [line for line in self.file.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
        return [one for one in map(json.loads, lines) if one["event"] == event]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        finally:
            self.pbx.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    try:
        until(lambda: server.told("running"))
        yield server
    finally:
        server.stop()


def until(condition: Callable[[], Any], limit: float = 20.0) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def read_until(connection: socket.socket, text: bytes) -> bytes:
    seen = b""
    while text not in seen:
        more = connection.recv(4096)
        assert more, seen
        seen += more
    return seen


def log_in(server: Server, password: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.console), timeout=15)
    read_until(connection, b"user: ")
    connection.sendall(b"ops\r\n")
    read_until(connection, b"password: ")
    connection.sendall(password + b"\r\n")
    return connection


def test_a_link_that_speaks_garbage_is_reported_closed_and_tried_again(server: Server) -> None:
    for number, garbage in enumerate(GARBAGE, start=1):
        connection, _ = server.pbx.accept()
        with connection:
            connection.sendall(garbage)
            connection.shutdown(socket.SHUT_WR)
            until(lambda number=number: len(server.told("CSTA link fault")) >= number)  # type: ignore[misc]
    with log_in(server, b"correct horse") as console:
        read_until(console, b"callwright> ")
        console.sendall(b"show links\r\n")
        assert b"DOWN" in read_until(console, b"media-1")
    assert server.stop() == 0


def test_a_wrong_password_is_one_line_and_disturbs_nobody(server: Server) -> None:
    with log_in(server, b"correct horse") as console, log_in(server, b"wrong") as stranger:
        read_until(console, b"callwright> ")
        read_until(stranger, b"wrong user or password")
        console.sendall(b"show queues\r\n")
        assert b"sales" in read_until(console, b"service")
    assert len(server.told("console log-in refused: wrong user or password")) == 1


def test_a_second_server_on_the_same_database_is_refused(server: Server, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cti_server", "run", "--config", str(tmp_path / "config")]
    command += ["--set", f"console.port={free_port()}"]
    second = subprocess.run(command, capture_output=True, timeout=30, cwd=ROOT, check=False)
    assert second.returncode == 1
    assert b"cannot start" in second.stderr
    assert server.process.poll() is None
