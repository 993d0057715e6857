"""A private PostgreSQL from Debian's package: in a directory of its own, on a socket of its own, ended by its pid."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

PORT = 5432
START_SECONDS = 30
STOP_SECONDS = 60
INSTALL = "PostgreSQL is needed for this test: apt-get install postgresql (its programs are looked for in {where})"
PROGRAMS = Path("/usr/lib/postgresql")

_NUMBERS = count(1)


class PostgresMissingError(Exception):
    """PostgreSQL is not installed."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server: its programs, the directory of its socket, the account that it runs as.

    ``address`` is where it listens besides, with ``port``; empty where it does not.
    """

    programs: Path
    socket: Path
    account: tuple[str, ...]
    address: str = ""
    port: int = PORT

    def new_database(self) -> str:
        """Make an empty database and give its URL."""
        name = f"test_{os.getpid()}_{next(_NUMBERS)}"
        run([*self.account, str(self.programs / "createdb"), *self._place, name])
        return f"postgresql://callwright@/{name}?host={self.socket}&port={self.port}"

    @property
    def _place(self) -> tuple[str, ...]:
        return "-h", str(self.socket), "-p", str(self.port), "-U", "callwright"

    @property
    def data(self) -> Path:
        """Where it keeps everything."""
        return self.socket / "data"

    def promote(self) -> None:
        """Let a copy become a server of its own."""
        run([*self.account, str(self.programs / "pg_ctl"), "promote", "-w", "-D", str(self.data)])

    def crash(self) -> None:
        """End it at once, its connections with it, as a crash would (SIGQUIT to the pid in its own file)."""
        pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        os.kill(pid, 3)

    def copy_to(self, data: Path, account: tuple[str, ...]) -> None:
        """Make the folder of a copy that follows this server."""
        backup = [*account, str(self.programs / "pg_basebackup"), *self._place, "-D", str(data)]
        run([*backup, "-R", "-X", "stream", "-c", "fast", "--no-sync"])


def find_programs(where: Path = PROGRAMS) -> Path:
    """Give the directory of the newest installed PostgreSQL's programs."""
    versions = [each for each in where.glob("*/bin") if (each / "initdb").exists()]
    if not versions:
        raise PostgresMissingError(INSTALL.format(where=where))
    return max(versions, key=lambda each: [int(part) for part in each.parent.name.split(".") if part.isdigit()])


def account() -> tuple[str, ...]:
    """How to start a program as an account that PostgreSQL accepts: it refuses to run as root."""
    if os.geteuid() != 0:
        return ()
    names = {each.pw_name for each in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    group = str(pwd.getpwnam(user).pw_gid)
    return ("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups")


def run(command: list[str]) -> None:
    """Run a program of PostgreSQL; what it said is in the failure."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    if done.returncode != 0:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")


@contextmanager
def postgres_server(
    address: str = "", port: int = PORT, copies: PostgresServer | None = None
) -> Iterator[PostgresServer]:
    """Start a server and stop it again; everything that it wrote goes.

    With ``address`` it listens there, and trusts whoever comes; with ``copies`` it follows another server.
    """
    programs, as_account = find_programs(), account()
    # The socket's path must stay below 108 bytes, so pytest's own directories are too deep.
    home = Path(tempfile.mkdtemp(prefix="cw-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(home, as_account[1].partition("=")[2])
        data = home / "data"
        server = PostgresServer(programs, home, as_account, address, port)
        locale = ["--no-locale", "--encoding=UTF8", "--auth=trust", "--no-sync", "--username=callwright"]
        if copies is not None:
            copies.copy_to(data, as_account)
        else:
            run([*as_account, str(programs / "initdb"), "-D", str(data), *locale])
            with (data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
                rules.write("host all all 0.0.0.0/0 trust\n")
        with (home / "log").open("wb") as log:
            process = _start(server, log.fileno())
            try:
                _wait(process, server)
                yield server
            finally:
                _stop(process, data)
    finally:
        shutil.rmtree(home)


def _start(server: PostgresServer, log: int) -> subprocess.Popen[bytes]:
    options = ["-c", f"listen_addresses={server.address}", "-k", str(server.socket), "-p", str(server.port)]
    options += ["-c", "max_connections=40", "-c", "shared_buffers=16MB"]
    command = [*server.account, str(server.programs / "postgres"), "-D", str(server.data), *options]
    return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/")


def _wait(process: subprocess.Popen[bytes], server: PostgresServer) -> None:
    place = ["-h", str(server.socket), "-p", str(server.port), "-U", "callwright", "-d", "postgres"]
    ready = [*server.account, str(server.programs / "pg_isready"), "-q", *place]
    end = time.monotonic() + START_SECONDS
    while subprocess.run(ready, check=False, cwd="/", timeout=10).returncode != 0:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"PostgreSQL did not start: {(server.socket / 'log').read_text()}")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes], data: Path) -> None:
    """End the server by its pid: at once and without waiting for clients (SIGINT), by force if that takes too long."""
    if process.poll() is None:
        process.send_signal(2)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
    if (data / "postmaster.pid").exists():
        raise RuntimeError("PostgreSQL left its postmaster.pid behind: it did not stop cleanly")
