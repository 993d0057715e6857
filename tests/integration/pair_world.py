"""Two CTI servers on one PostgreSQL database, the lab's PBX, a media service, and people."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psycopg

from cti_server.cli.door import Reply, ask
from cti_server.settings import ServerSettings, load_settings
from tests.fakes.postgres import PostgresServer
from tests.integration.house import (
    HOST,
    ROOT,
    START,
    Entry,
    House,
    Log,
    Program,
    free_ports,
    until,
)
from tests.integration.severable import SeverableLine

LEASE = 3.0
"""Seconds, as configured where nothing else is said."""
WITHIN = 5.0
"""Seconds in which the other server must have the lease."""
QUICK = {"wrap_up: 8": "wrap_up: 1"}


class Server:
    """One of the two: its data folder, its console's port, its log, which outlives its process."""

    def __init__(
        self, home: "PairHouse", name: str, *, prefix: tuple[str, ...] = (), sets: tuple[str, ...] = ()
    ) -> None:
        self.home = home
        self.name = name
        self.log = Log()
        self.port = free_ports({"console": 0})["console"]
        self.data = home.folder / f"data-{name}"
        self.prefix = prefix
        self.sets = sets
        self.program: Program | None = None

    def live_in(self, prefix: tuple[str, ...], sets: tuple[str, ...]) -> None:
        """Run it on another machine, from where things are reached otherwise."""
        self.prefix, self.sets = prefix, sets

    def start(self) -> Self:
        """Start it; it acts or stands by when this returns."""
        since = self.log.mark()
        wishes = [
            "log.format=json",
            f"data={self.data}",
            f"console.port={self.port}",
            f"standby.name={self.name}",
            *self.sets,
        ]
        command = [sys.executable, "-m", "cti_server", "run", "--config", str(self.home.config)]
        for wish in wishes:
            command += ["--set", wish]
        self.program = Program(self.name, [*self.prefix, *command], self.home.folder / "logs", self.log)
        self.expect("running", since=since, within=START)
        return self

    def expect(self, event: str, *, within: float = 10.0, since: int = 0, **facts: object) -> Entry:
        return self.log.expect(event, within=within, since=since, **facts)

    def mark(self) -> int:
        return self.log.mark()

    def ready(self, since: int = 0) -> Self:
        """It acts, its link is surveyed and its media service there."""
        self.expect("acting", since=since, within=START)
        self.expect("link surveyed", since=since)
        self.expect("media service connected", since=since)
        return self

    def settings(self) -> ServerSettings:
        """As this server has them."""
        loaded = load_settings(self.home.config).settings
        assert loaded is not None
        return loaded.model_copy(update={"data": self.data})

    def ask(self, line: str) -> Reply:
        """What the server answers at its local door."""
        return ask(self.settings(), line, timeout=20)

    def site(self) -> dict[str, dict[str, Any]]:
        """Both servers by their names, as this one knows them."""
        rows = json.loads(ask(self.settings(), "site", form="json").text)
        return {row["server"]: row for row in rows}

    def cli(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """``callwright COMMAND`` on this server's machine."""
        place = ["--config", str(self.home.config), "--set", f"data={self.data}"]
        command_line = [sys.executable, "-m", "cti_server", command, *arguments, *place]
        return subprocess.run(command_line, capture_output=True, text=True, timeout=30, check=False, cwd=ROOT)

    def stop(self) -> None:
        if self.program is not None:
            self.program.signal(18)  # SIGCONT: a stopped process heeds nothing else but SIGKILL
            self.program.stop()


class PairHouse(House):
    """A house with two servers, ``first`` and ``second``; the first one acts once `start` is done."""

    def __init__(
        self, folder: Path, url: str, *, changes: Mapping[str, str] | None = None, second_url: str | None = None
    ) -> None:
        super().__init__(folder, database=url, changes={**QUICK, **(changes or {})})
        self.url = url
        with (self.config / "server.yaml").open("a", encoding="utf-8") as file:
            file.write(f"\nstandby:\n  lease: {LEASE}\n")
        self.first = Server(self, "first")
        self.second = Server(self, "second", sets=() if second_url is None else (f"database={second_url}",))

    def start(self) -> Self:
        self.start_pbx()
        self.start_media()
        self.first.start().ready()
        self.second.start()
        self.second.expect("link stands by")
        return self

    def stop(self) -> None:
        for one in (self.first, self.second):
            one.stop()
        super().stop()

    @contextmanager
    def reached_at(self, address: str) -> Iterator[tuple[str, ...]]:
        """Let the PBX and the media service be reached at another address; the settings that say so."""
        with (
            SeverableLine(HOST, self.ports["csta"], address) as csta,
            SeverableLine(HOST, self.ports["control"], address) as control,
        ):
            yield (
                f"links.pbx.host={address}",
                f"links.pbx.port={csta.port}",
                f"media_services.media-1.host={address}",
                f"media_services.media-1.port={control.port}",
            )

    # ---- people at a server

    def queue_up(self, extension: str, contact: int, at: Server) -> Program:
        """A caller who has chosen sales and hears music."""
        caller = self.caller(extension, "--press", "1@0.3")
        at.expect("ContactQueued", contact=contact, within=20)
        at.expect("StepEntered", contact=contact, step="listen", within=20)
        return caller

    def queue_up_quickly(self, extension: str, contact: int, at: Server) -> Program:
        """A caller who has chosen sales, where somebody is free."""
        caller = self.caller(extension, "--press", "1@0.3")
        at.expect("ContactQueued", contact=contact, within=20)
        return caller

    def ready_agent(self, agent: str, extension: str, at: Server) -> Program:
        phone = self.agent(extension)
        for line in (f"agent logon {agent} {extension}", f"agent ready {agent}"):
            reply = at.ask(line)
            assert reply.status == 0, reply.text
        return phone

    # ---- the journal

    def rows(self) -> list[dict[str, Any]]:
        """Every row's number, token, time, kind and contact."""
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
            found = connection.execute(
                "SELECT seq, token, at, kind, contact, body FROM journal ORDER BY seq"
            ).fetchall()
        names = ("seq", "token", "at", "kind", "contact", "body")
        return [{**dict(zip(names, row, strict=True)), "body": json.loads(row[5])} for row in found]

    def assert_one_writer(self, terms: int | None = None) -> None:
        """No row was written under a token after one of a newer token, and none is missing."""
        rows = self.rows()
        tokens = [row["token"] for row in rows]
        assert tokens == sorted(tokens)
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        if terms is not None:
            assert len(set(tokens)) == terms, sorted(set(tokens))


@contextmanager
def pair_house(folder: Path, postgres: PostgresServer, **options: Any) -> Iterator[PairHouse]:
    """A running pair, stopped at the end."""
    home = PairHouse(folder, postgres.new_database(), **options)
    try:
        yield home.start()
    finally:
        home.stop()


__all__ = ["LEASE", "WITHIN", "PairHouse", "Server", "pair_house", "until"]
