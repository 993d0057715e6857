"""The console's doors as users meet them: `callwright` in a shell, OpenSSH's client, and a terminal."""

import fcntl
import json
import os
import pty
import select
import shutil
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from cti_server.console.doors.local import Reached
from cti_server.console.rights import Role
from cti_server.console.users import Users

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

REPOSITORY = Path(__file__).parent.parent.parent
HOST = "127.0.0.1"
PASSWORD = "correct horse"
PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Server:
    """A CTI server of its own, whose PBX and media service are away: its console has everything to show of that."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        self.data = folder / "run"
        self.log = folder / "log"
        self.key = folder / "key"
        self.ports = {"telnet": free_port(), "ssh": free_port()}
        shutil.copytree(REPOSITORY / "config", self.config, ignore=shutil.ignore_patterns("secrets*", "examples"))
        self._configure()
        self.config.joinpath("secrets", "console-keys").mkdir(parents=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)
        shutil.copy(f"{self.key}.pub", self.config / "secrets" / "console-keys" / "ops")
        users = Users(self.config / "secrets" / "console-users")
        users.add("ops", PASSWORD)
        users.add("sue", PASSWORD, [Role.SUPERVISOR])
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "cti_server", "run", "--config", str(self.config)]
            self.process = subprocess.Popen(command, stderr=log, cwd=folder)

    def _configure(self) -> None:
        yaml: Any = YAML()
        file = self.config / "server.yaml"
        content = yaml.load(file)
        content["data"] = str(self.data)
        content["prompts"]["directory"] = str(REPOSITORY / "prompts")
        content["console"]["port"] = self.ports["telnet"]
        content["console"]["ssh"] = {"port": self.ports["ssh"]}
        content["console"]["queues"] = {"sue": ["sales"]}
        content["links"][0]["port"] = free_port()
        content["media_services"][0]["port"] = free_port()
        yaml.dump(content, file)

    def wait(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.log.read_text():
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)

    def shell(self, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cti_server", *words, "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, input=given, check=False)

    def client(self, *words: str, user: str = "ops", tty: bool = False) -> list[str]:
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes"]
        how = [part for option in options for part in ("-o", option)]
        terminal = ["-tt"] if tty else []
        return ["ssh", *how, *terminal, "-p", str(self.ports["ssh"]), "-i", str(self.key), f"{user}@{HOST}", *words]

    def ssh(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [*self.client(*words)[:1], "-o", "BatchMode=yes", *self.client(*words)[1:]]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL, check=False
        )


class Terminal:
    """A program at a terminal of 24 rows and 80 columns."""

    def __init__(self, command: list[str]) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def read_until(self, text: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen!r}"
            if select.select([self._fd], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self._fd, 65536).decode("utf-8", "replace")
                except OSError:
                    raise AssertionError(f"gone before {text!r}: {self.seen!r}") from None
        found, _, self.seen = self.seen.partition(text)
        return found + text

    def close(self) -> None:
        os.close(self._fd)
        os.waitpid(self.pid, 0)


@contextmanager
def at_terminal(command: list[str]) -> Iterator[Terminal]:
    terminal = Terminal(command)
    try:
        yield terminal
    finally:
        terminal.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert shutil.which("ssh"), "needs OpenSSH's client (Debian: openssh-client)"
    started = Server(tmp_path_factory.mktemp("a-rather-long-name-for-the-folder-of-a-server-with-a-socket-in-it"))
    try:
        started.wait("SSH console listens")
        yield started
    finally:
        started.process.terminate()
        started.process.wait(PATIENCE)


def test_the_shell_asks_by_the_local_door(server: Server) -> None:
    shown = server.shell("show", "queues", "sort=queue")
    assert shown.returncode == 0
    assert [line.split()[0] for line in shown.stdout.splitlines()[2:]] == ["sales", "service"]
    agents = json.loads(server.ssh("show", "agents", "--json").stdout)
    assert {row["agent"] for row in agents} == {"anna", "ben", "guest"}
    refused = server.shell("console", "agent", "ready", "anna")
    assert (refused.returncode, "not-logged-on" in refused.stderr) == (1, True)
    several = server.shell(
        "console", given="queue close service +5\nqueue automatic service\nnonsense\nqueue close sales\n"
    )
    assert several.returncode == 2
    assert json.loads(server.ssh("show", "queues", "sales", "--json").stdout)["state"] == "open"


def test_the_local_door_is_the_servers_users_alone(server: Server) -> None:
    assert (server.data / "console.sock").stat().st_mode & 0o077 == 0
    server.shell("console", "queue", "automatic", "service")
    audit = json.loads(server.ssh("show", "audit", "door=local", "--json").stdout)
    assert {row["user"] for row in audit} == {"root" if os.getuid() == 0 else os.environ["USER"]}


def test_ssh_runs_one_command_and_tells_its_status(server: Server) -> None:
    shown = server.ssh("show", "queues", "--json")
    assert shown.returncode == 0
    assert {row["queue"] for row in json.loads(shown.stdout)} == {"sales", "service"}
    assert server.ssh("agent", "ready", "anna").returncode == 1
    assert server.ssh("nonsense").returncode == 2
    assert server.ssh("tail").returncode == 2


def test_ssh_forwards_nothing_and_takes_no_other_key(server: Server, tmp_path: Path) -> None:
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    command = ["ssh", "-o", "BatchMode=yes", *server.client("whoami")[1:]]
    command[command.index(str(server.key))] = str(other)
    assert subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode == 255
    forward = ["ssh", "-o", "BatchMode=yes", "-W", f"{HOST}:1", *server.client()[1:]]
    assert subprocess.run(forward, capture_output=True, timeout=PATIENCE, check=False, input=b"").returncode == 255


def test_a_terminal_over_ssh_pages_and_refreshes_in_place(server: Server) -> None:
    with at_terminal(server.client(tty=True)) as terminal:
        terminal.read_until("callwright> ")
        terminal.type("help all\r")
        terminal.read_until("-- more")
        terminal.type("q")
        terminal.read_until("callwright> ")
        terminal.type("top\r")
        terminal.read_until("nobody is logged on")
        terminal.type("s")
        terminal.read_until("longest")
        terminal.type("q")
        terminal.read_until("callwright> ")
        terminal.type("quit\r")
        terminal.read_until("bye")
    with at_terminal(server.client(tty=True)) as terminal:
        terminal.read_until("callwright> ")
        terminal.type("\x1b[A")
        terminal.read_until("quit")


def test_a_supervisor_by_password_is_kept_to_their_queue_and_rights(server: Server) -> None:
    command = server.client(user="sue", tty=True)
    command[1:1] = ["-o", "PreferredAuthentications=password"]
    with at_terminal(command) as terminal:
        terminal.read_until("password:")
        terminal.type(f"{PASSWORD}\r")
        terminal.read_until("callwright> ")
        terminal.type("show queues\r")
        assert "ser" not in terminal.read_until("callwright> ").partition("---")[2]
        terminal.type("media drain media-1\r")
        terminal.read_until("(not-allowed)")
    audit = json.loads(server.ssh("show", "audit", "user=sue", "--json").stdout)
    assert [row["outcome"] for row in audit][:2] == ["not-allowed", "done"]


def test_failed_log_ins_lock_out_at_both_doors(server: Server) -> None:
    for _ in range(2):
        with (
            socket.create_connection((HOST, server.ports["telnet"]), timeout=PATIENCE) as telnet,
            telnet.makefile("rb") as stream,
        ):
            for _ in range(3):
                telnet.sendall(b"kim\r\nwrong wrong\r\n")
            heard = b""
            while b"password\r\n" not in heard or heard.count(b"wrong user or password") < 3:
                more = stream.read1(4096)
                if not more:
                    break
                heard += more
            assert heard.count(b"wrong user or password") == 3
    audit = json.loads(server.ssh("show", "audit", "user=kim", "--json").stdout)
    assert [row["outcome"] for row in audit] == ["locked-out"] + ["wrong-password-or-key"] * 5


def memory(process: int) -> int:
    """Bytes that the process has in memory."""
    fields = Path(f"/proc/{process}/status").read_text().split()
    return int(fields[fields.index("VmRSS:") + 1]) * 1024


def test_a_terminal_that_reads_nothing_costs_no_memory_and_disturbs_nobody(server: Server) -> None:
    ask = b"help all\r\n" * 2000
    with socket.create_connection((HOST, server.ports["telnet"]), timeout=PATIENCE) as telnet:
        telnet.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        telnet.sendall(b"ops\r\n" + PASSWORD.encode() + b"\r\n")
        heard = b""
        while b"Welcome" not in heard:
            heard += telnet.recv(4096)
        before = memory(server.process.pid)
        for _ in range(10):
            telnet.sendall(ask)
        assert server.ssh("show", "queues").returncode == 0
        assert memory(server.process.pid) - before < 32 * 1024 * 1024


@pytest.mark.parametrize("garbage", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02[]", b"GET / HTTP/1.1\r\n\r\n", b"\x00"])
def test_garbage_at_the_local_door_is_told_and_nobody_disturbed(server: Server, garbage: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as visitor, Reached(server.data / "console.sock") as address:
        visitor.settimeout(PATIENCE)
        visitor.connect(address)
        visitor.sendall(garbage)
        if len(garbage) > 4:
            assert b'"status": 2' in visitor.recv(4096)
    assert server.ssh("show", "queues").returncode == 0
