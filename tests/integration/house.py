"""The whole house as programs of their own, on free ports: lab PBX, media service, CTI server, phones."""

import json
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from click.testing import CliRunner, Result

from cti_server.cli.command import main
from cti_server.console.users import Users
from lab.demo import ground

ROOT = Path(__file__).parent.parent.parent
PROMPTS = ROOT / "prompts" / "en"
HOST = "127.0.0.1"
USER, PASSWORD = "ops", "correct horse"
PILOT = "7000"
PATIENCE = 10.0
START = 30.0
RANGES = {"21000-21199": 100, "22000-22099": 100}
"""The ranges of RTP ports in ``config/`` and how many ports take their place."""

Entry = dict[str, Any]


def free_ports(names: Mapping[str, int] = ground.DEFAULT_PORTS) -> dict[str, int]:
    """A port for each name, free for TCP and UDP, below those that the kernel gives away by itself."""
    found: dict[str, int] = {}
    while len(found) < len(names):
        port = 10_000 + secrets.randbelow(6_000)
        if port not in found.values() and free_block(port, 1):
            found[list(names)[len(found)]] = port
    return found


def free_block(first: int, count: int) -> bool:
    """Whether nobody has any of the ports now."""
    try:
        for port in range(first, first + count):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets, socket.socket() as stream:
                packets.bind((HOST, port))
                stream.bind((HOST, port))
    except OSError:
        return False
    return True


def rtp_ranges() -> dict[str, str]:
    """Free ranges of RTP ports instead of those in ``config/``."""
    found: dict[str, str] = {}
    blocks: set[int] = set()
    for text, count in RANGES.items():
        first = 0
        while first in blocks or not first or not free_block(first, count):
            first = 16_000 + 100 * secrets.randbelow(140)
        blocks.add(first)
        found[text] = f"{first}-{first + count - 1}"
    return found


class Log:
    """What programs wrote, JSON object by JSON object; ``seen`` is added to each: Unix seconds when it was read."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.other: list[str] = []
        self._more = threading.Condition()

    def add(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        with self._more:
            if isinstance(entry, dict):
                entry["seen"] = time.time()
                self.entries.append(entry)
            else:
                self.other.append(line)
            self._more.notify_all()

    def mark(self) -> int:
        """Where the log stands; hand it to `expect` as ``since`` so that what was before does not count."""
        return len(self.entries)

    def find(self, event: str, since: int = 0, **facts: object) -> list[Entry]:
        """Entries with that event and those facts."""
        return [one for one in self.entries[since:] if _matches(one, event, facts)]

    def expect(self, event: str, *, within: float = PATIENCE, since: int = 0, **facts: object) -> Entry:
        """The first such entry; waits for it up to ``within`` seconds."""
        deadline = time.monotonic() + within
        with self._more:
            while True:
                found = self.find(event, since, **facts)
                if found:
                    return found[0]
                rest = deadline - time.monotonic()
                if rest <= 0:
                    last = "\n".join(str(one) for one in self.entries[-25:])
                    raise AssertionError(f"not within {within:g} s: {event} {facts}. The last that came:\n{last}")
                self._more.wait(rest)


def _matches(entry: Entry, event: str, facts: Mapping[str, object]) -> bool:
    return entry.get("event") == event and all(entry.get(name) == value for name, value in facts.items())


class Program:
    """A child process; what it prints on either stream goes to its `Log` and to a file."""

    def __init__(self, name: str, command: list[str], folder: Path, log: Log | None = None) -> None:
        self.name = name
        self.log = log or Log()
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"{name}.log"
        # It ends with the test run, however that ends.
        guarded = ["setpriv", "--pdeathsig", "KILL", *command]
        self.process = subprocess.Popen(
            guarded, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT
        )
        self._reader = threading.Thread(target=self._read, name=f"log of {name}", daemon=True)
        self._reader.start()

    def expect(self, event: str, *, within: float = PATIENCE, since: int = 0, **facts: object) -> Entry:
        return self.log.expect(event, within=within, since=since, **facts)

    def running(self) -> bool:
        return self.process.poll() is None

    def signal(self, number: int) -> None:
        if self.running():
            self.process.send_signal(number)

    def wait(self, within: float = 15.0) -> int:
        """Its exit status; everything that it printed is in the log then."""
        status = self.process.wait(within)
        self._reader.join(5)
        return status

    def stop(self, within: float = 15.0) -> int:
        """Ask it to stop (SIGTERM), make it stop (SIGKILL) where it does not."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait(within)
        except subprocess.TimeoutExpired:
            return self.kill()
        finally:
            self._close()

    def kill(self) -> int:
        """End it as a power cut would."""
        self.signal(signal.SIGKILL)
        try:
            return self.wait()
        finally:
            self._close()

    def _close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.file.open("a", encoding="utf-8") as file:
            for line in self.process.stdout:
                text = line.decode("utf-8", "replace").rstrip()
                file.write(text + "\n")
                file.flush()
                self.log.add(text)


class House:
    """Lab PBX, media service and CTI server, each with a `Log` that outlives its restarts.

    Args:
        folder: where config, data, logs and recordings go.
        database: SQLAlchemy URL; without it the SQLite file of the config.
        changes: text in the config files and what stands there instead.
    """

    def __init__(self, folder: Path, *, database: str | None = None, changes: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.ports = free_ports()
        extra = {**rtp_ranges(), **(changes or {})}
        self.config = ground.derive(ROOT / "config", folder / "config", host=HOST, ports=self.ports, extra=extra)
        self.passwords = ground.keep_passwords(self.config)
        Users(self.config / "secrets" / "console-users").add(USER, PASSWORD)
        if database is not None:
            self.set_database(database)
        self.log, self.pbx_log, self.media_log = Log(), Log(), Log()
        self.pbx: Program | None = None
        self.media: Program | None = None
        self.server: Program | None = None
        self.phones: list[Program] = []

    # ---- settings

    def set_database(self, url: str) -> None:
        """Change the one line of the config that says where the journal is."""
        file = self.config / "server.yaml"
        lines = file.read_text(encoding="utf-8").splitlines()
        place = next(index for index, line in enumerate(lines) if line.startswith(("# database:", "database:")))
        lines[place] = f"database: {url}"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    # ---- programs

    def start(self) -> Self:
        """Start everything; every program is ready when it is done."""
        self.start_pbx()
        self.start_media()
        self.start_server()
        return self

    def start_pbx(self) -> Program:
        since = self.pbx_log.mark()
        self.pbx = self._run("pbx", self.pbx_log, "lab", "pbx", "--config", str(self.config / "lab.yaml"))
        self.pbx_log.expect("pbx ready", within=START, since=since)
        return self.pbx

    def start_media(self) -> Program:
        since = self.media_log.mark()
        config = str(self.config / "media.yaml")
        self.media = self._run("media", self.media_log, "media_service", "--config", config)
        for port in ("7001", "7002", "7003", "7004"):
            self.media_log.expect("port registered", within=START, since=since, port=port)
        return self.media

    def start_server(self, *, wait: bool = True) -> Program:
        """Start the CTI server; with ``wait`` it is connected and has surveyed its link when this returns."""
        since = self.log.mark()
        self.server = self._run(
            "server", self.log, "cti_server", "run", "--config", str(self.config), "--set", "log.format=json"
        )
        if wait:
            self.log.expect("running", within=START, since=since)
            self.log.expect("link surveyed", within=START, since=since)
            self.log.expect("media service connected", within=START, since=since)
        return self.server

    def stop_server(self) -> int:
        """SIGTERM; the exit status."""
        return _there(self.server).stop()

    def kill_server(self) -> None:
        """SIGKILL."""
        _there(self.server).kill()

    def stop(self) -> None:
        """Stop phones, server, media service and PBX."""
        for one in [*self.phones, self.server, self.media, self.pbx]:
            if one is not None:
                one.stop()

    def _run(self, name: str, log: Log, module: str, *arguments: str) -> Program:
        return Program(name, [sys.executable, "-m", module, *arguments], self.folder / "logs", log)

    # ---- what the server says

    def mark(self) -> int:
        """Where the server's log stands."""
        return self.log.mark()

    def expect(self, event: str, *, within: float = PATIENCE, since: int = 0, **facts: object) -> Entry:
        """Wait for a line of the server's log, such as ``expect("ContactQueued", contact=1)``."""
        return self.log.expect(event, within=within, since=since, **facts)

    def cli(self, command: str, *arguments: str) -> str:
        """What ``callwright COMMAND`` prints; it must succeed."""
        done = self.ran(command, *arguments)
        assert done.exit_code == 0, done.output
        return done.stdout

    def ran(self, command: str, *arguments: str) -> Result:
        """What comes of ``callwright COMMAND``, in this process: a new one's imports take longer than most commands."""
        return CliRunner().invoke(main, [command, *arguments, "--config", str(self.config)])

    def contacts(self) -> list[dict[str, Any]]:
        """The contacts of the report, oldest first."""
        rows: list[dict[str, Any]] = json.loads(self.cli("contacts", "--json"))
        return sorted(rows, key=lambda row: int(row["contact"]))

    def contact(self, number: int, *, within: float = PATIENCE) -> dict[str, Any]:
        """The row of a contact that is over; the report follows the journal."""
        found: dict[str, Any] = {}

        def ended() -> bool:
            found.update(next((row for row in self.contacts() if int(row["contact"]) == number), {}))
            return found.get("ended") is not None

        until(ended, within, f"the report has contact {number} as ended")
        return found

    def ended_contacts(self, count: int, *, within: float = PATIENCE) -> list[dict[str, Any]]:
        """The report's rows, once ``count`` contacts are over and wrapped up."""
        found: list[dict[str, Any]] = []

        def ended() -> bool:
            found[:] = self.contacts()
            return sum(row["ended"] is not None and not row["wrapping"] for row in found) >= count

        until(ended, within, f"the report has {count} contacts as ended")
        return found

    # ---- people

    def phone(self, extension: str, *options: str) -> Program:
        """A scripted phone (``callwright-lab phone``); logs ``registered``, ``ringing``, ``answered``, ``ended``.

        `Program.stop` hangs up; `Program.kill` lets it vanish.
        """
        config = ("--config", str(self.config / "lab.yaml"), "--extension", extension, "--log-format", "json")
        name = f"phone-{extension}-{len(self.phones)}"
        return self.peer(name, [sys.executable, "-m", "lab", "phone", *config, *options])

    def caller(self, extension: str, *options: str, record: Path | None = None) -> Program:
        """A caller who dials the pilot and speaks all the time."""
        speak = ("--speak", str(PROMPTS / "caller_speech.wav"), "--repeat")
        recording = () if record is None else ("--record", str(record))
        return self.phone(extension, "--dial", PILOT, *speak, *recording, *options)

    def agent(self, extension: str, *options: str, record: Path | None = None, after: float | None = 0.5) -> Program:
        """An agent's phone, registered; it answers ``after`` so many seconds, with None never."""
        speak = ("--speak", str(PROMPTS / "agent_greeting.wav"), "--repeat")
        recording = () if record is None else ("--record", str(record))
        answer = () if after is None else ("--answer-after", str(after))
        phone = self.phone(extension, *speak, *recording, *answer, *options)
        phone.expect("registered", within=START)
        return phone

    def peer(self, name: str, command: list[str]) -> Program:
        """Any other program that takes part; it is stopped with the house."""
        program = Program(name, command, self.folder / "logs")
        self.phones.append(program)
        return program

    def console(self) -> "Console":
        """A console session, logged in."""
        return Console(self.ports["console"]).log_in()


class Console:
    """A console session over a plain socket; telnet's negotiation is read over."""

    PROMPT = "callwright> "

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=15)
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def log_in(self, user: str = USER, password: str = PASSWORD) -> Self:
        self.read_until("user: ")
        self.send(user)
        self.read_until("password: ")
        self.send(password)
        self.read_until(self.PROMPT)
        return self

    def send(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\r\n")

    def read_until(self, text: str) -> str:
        """Everything up to and with ``text``."""
        wanted = text.encode()
        while wanted not in self._rest:
            more = self._socket.recv(4096)
            assert more, f"the console closed before {text!r}: {self._rest!r}"
            self._rest += more
        found, _, self._rest = self._rest.partition(wanted)
        return (found + wanted).decode("utf-8", "replace")

    def ask(self, line: str) -> str:
        """What a command answers, up to the next prompt."""
        self.send(line)
        return self.read_until("\n" + self.PROMPT)


def _there(program: Program | None) -> Program:
    assert program is not None, "it was not started"
    return program


def until(condition: Callable[[], object], within: float = PATIENCE, what: str = "it comes true") -> None:
    """Wait for something that no log line tells."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within:g} s: {what}"
        time.sleep(0.1)


@contextmanager
def house(folder: Path, *, database: str | None = None, changes: Mapping[str, str] | None = None) -> Iterator[House]:
    """A running house, stopped at the end."""
    running = House(folder, database=database, changes=changes)
    try:
        yield running.start()
    finally:
        running.stop()
