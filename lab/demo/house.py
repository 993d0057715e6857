"""The whole house from one terminal: lab PBX, media service and CTI server as programs of their own."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater
from twisted.internet.utils import getProcessOutputAndValue

from lab.demo.ground import Ground
from lab.demo.programs import LogEntry, Program, ProgramEndedError
from lab.demo.witness import StoryFailedError, Witness, event

START_LIMIT = 30.0

Teller = Callable[[str, str], None]
"""Told of what is ready: the program's name and a line for people."""


class House:
    """Starts the three programs in order, watches over them and stops them in the reverse order.

    Args:
        reactor: the running reactor.
        ground: config, passwords and ports.
        tell: hears of each program that is ready.
        listener: hears each log entry of each program.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        ground: Ground,
        tell: Teller,
        listener: Callable[[LogEntry], None],
    ) -> None:
        self.witness = Witness(reactor, listener)
        self.failed: Deferred[None] = Deferred()
        """Fails with `ProgramEndedError` when a program ends that nobody stopped."""
        self._reactor = reactor
        self._ground = ground
        self._tell = tell
        self._running: list[Program] = []
        self._stopping = False

    async def start(self) -> None:
        """Start everything; every program is ready when it is done."""
        host, ports = self._ground.host, self._ground.ports
        await self.start_pbx()
        self._tell("lab PBX", f"SIP {host}:{ports['pbx']}, CSTA {host}:{ports['csta']} in OpenScape Voice's dialect")
        await self.start_media()
        self._tell("media service", f"SIP {host}:{ports['media']}, its ports are registered at the PBX as extensions")
        await self.start_server()
        self._tell("CTI server", "CSTA link up; pilot, media ports and agents' phones monitored; journal open")

    async def start_pbx(self) -> None:
        """Start the lab PBX and wait until it takes phones and CSTA links."""
        ready = self.witness.expect("lab PBX ready", event("pbx ready"), START_LIMIT)
        self._start("lab-pbx", "lab", "pbx", "--config", str(self._ground.config / "lab.yaml"))
        await ready

    async def start_media(self) -> None:
        """Start the media service and wait until each of its ports is registered."""
        config = self._ground.config / "media.yaml"
        ready = gatherResults(
            [
                self.witness.expect(f"port {port} registered", event("port registered", port=port), START_LIMIT)
                for port in self._ground.media_ports
            ],
            consumeErrors=True,
        )
        self._start("media-service", "media_service", "--config", str(config))
        await ready

    async def start_server(self) -> None:
        """Start the CTI server and wait until its link is surveyed and its media service connected."""
        ready = gatherResults(
            [
                self.witness.expect("CSTA link up and surveyed", event("link surveyed"), START_LIMIT),
                self.witness.expect("media service connected", event("media service connected"), START_LIMIT),
            ],
            consumeErrors=True,
        )
        self._start("cti-server", "cti_server", "run", *self.server_options, "--set", "log.format=json")
        await ready

    @property
    def server_options(self) -> tuple[str, ...]:
        """What every `callwright` command of this house is told."""
        sets = [part for one in self._ground.server_sets for part in ("--set", one)]
        return ("--config", str(self._ground.config), *sets)

    async def contacts(self) -> list[dict[str, Any]]:
        """The contacts as the reports database has them, oldest first."""
        text = await self.ask("contacts", *self.server_options, "--json")
        rows: list[dict[str, Any]] = json.loads(text)
        return sorted(rows, key=lambda row: int(row["contact"]))

    async def settled_contacts(self, count: int) -> list[dict[str, Any]]:
        """The contacts, once the reports have ``count`` that are over; the projections follow the journal.

        Raises:
            StoryFailedError: they have not after a few seconds.
        """
        for _attempt in range(20):
            rows = await self.contacts()
            if len([row for row in rows if row["ended"] is not None]) >= count:
                return rows
            await deferLater(self._reactor, 0.5, lambda: None)
        raise StoryFailedError(f"the reports database does not have {count} ended contacts")

    async def ask(self, *arguments: str) -> str:
        """What a `callwright` command prints.

        Raises:
            ProgramEndedError: its exit status is not 0.
        """
        run = cast("Callable[..., Deferred[tuple[bytes, bytes, int]]]", getProcessOutputAndValue)  # unannotated there
        command = ["-m", "cti_server", *arguments]
        output, errors, code = await run(sys.executable, command, env=None, path=str(Path.cwd()), reactor=self._reactor)
        if code != 0:
            raise ProgramEndedError(f"callwright {arguments[0]}: exit status {code}\n{errors.decode()}")
        return output.decode()

    async def stop(self) -> None:
        """Stop everything, the CTI server first, the PBX last."""
        self._stopping = True
        for program in reversed(self._running):
            await program.stop(self._reactor)

    # ---- one program

    def _start(self, name: str, module: str, *arguments: str) -> None:
        program = Program(name, self._ground.data / "logs" / f"{name}.log", self.witness.see)
        program.start(self._reactor, [sys.executable, "-m", module, *arguments], Path.cwd())
        self._running.append(program)
        program.ended.addCallback(self._ended, program)

    def _ended(self, code: int, program: Program) -> int:
        if not self._stopping and not self.failed.called:
            self.failed.errback(
                ProgramEndedError(
                    f"the {program.name} ended with exit status {code}; its log is {program.log}. Last lines:\n"
                    f"{program.last_words()}"
                )
            )
        return code
