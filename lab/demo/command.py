"""``callwright-lab demo``: from an empty machine to three callers served, in one terminal."""

import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList

from lab.demo import ground as grounds
from lab.demo.ground import CONSOLE_USER, Ground
from lab.demo.house import House
from lab.demo.programs import ProgramEndedError
from lab.demo.screen import Screen
from lab.demo.story import Story
from lab.demo.witness import StoryFailedError
from lab.phone import PhoneError
from lab.settings import load_lab
from media_service.engine.pure.engine import PureEngine

LOOPBACK: Final = "127.0.0.1"
PHONES_RTP: Final = range(23000, 23100)
SOFTPHONES: Final = ("7300", "7301")


def prepare(config: Path, data: Path, host: str) -> Ground:
    """Make ready what the demo stands on: on the loopback ``config`` itself, elsewhere a copy with that address.

    Raises:
        GroundError: a port is taken, a file is wrong; the message says what to do.
    """
    grounds.refuse_taken_ports(host, grounds.DEFAULT_PORTS)
    if host != LOOPBACK:
        own = {"data: ../run": f"data: {data.resolve()}"}
        config = grounds.derive(config, data / "config", host=host, ports=grounds.DEFAULT_PORTS, extra=own)
    passwords = grounds.keep_passwords(config)
    console_password, is_new = grounds.keep_console_password(config)
    if is_new:
        add_console_user(config, console_password)
    lab, problems = load_lab(config / "lab.yaml")
    if lab is None:
        raise grounds.GroundError("\n".join(str(problem) for problem in problems))
    database = data / "callwright.db"
    for file in (database, database.with_name(database.name + "-wal"), database.with_name(database.name + "-shm")):
        file.unlink(missing_ok=True)
    return Ground(
        config=config,
        data=data,
        host=host,
        passwords=passwords,
        console_password=console_password,
        domain=lab.settings.sip.domain,
        prompts=(config / lab.settings.tones.ringback).parent.parent.resolve(),
        server_sets=(f"data={data}",),
    )


def add_console_user(config: Path, password: str) -> None:
    """Let `CONSOLE_USER` into the console; done by ``callwright console-user``, which alone knows how it is kept."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "cti_server", "console-user", CONSOLE_USER, "--config", str(config), "--password-stdin"],
        input=password + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise grounds.GroundError(f"the console user could not be made:\n{done.stderr}")


class Demo:
    """The demo as something that starts and stops.

    Args:
        reactor: the reactor, not running yet.
        ground: what it stands on.
        once: end after the story instead of staying up.
        finish: called with the exit status when the demo is over by itself.
    """

    def __init__(
        self,
        reactor: Any,  # noqa: ANN401 - Twisted's reactor has many interfaces
        ground: Ground,
        *,
        once: bool,
        finish: Callable[[int], None],
    ) -> None:
        self._finish = finish
        self._stopping = False
        self._ground = ground
        self._once = once
        self._screen = Screen(reactor.seconds)
        self._house = House(reactor, ground, self._screen.tell, self._screen.narrate)
        engine = PureEngine(reactor, ground.host, PHONES_RTP)
        self._story = Story(reactor, ground, self._house, engine, self._screen)

    def start(self) -> Deferred[None]:
        """Start the house and tell the story; then, unless ``once``, stay."""
        self._screen.chapter("Callwright: a lab PBX, a media service and a CTI server")
        return Deferred.fromCoroutine(self._run())

    async def _run(self) -> None:
        try:
            await self._unless_failed(self._house.start())
            await self._unless_failed(self._story.run())
            await self._show_contacts()
            if self._once:
                self._finish(0)
                return
            self._show_doors()
            await self._house.failed
        except (StoryFailedError, ProgramEndedError, PhoneError) as failure:
            if self._stopping:
                return  # a story that is broken off has not failed
            self._screen.tell("story", f"FAILED: {failure}")
            self._screen.tell("story", f"The programs' logs are in {self._ground.data / 'logs'}")
            self._finish(1)

    def stop(self) -> Deferred[None]:
        """Hang up, then stop the programs in order."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._stopping = True
        self._screen.tell("story", "stopping ...")
        await self._story.stop()
        await self._house.stop()

    async def _unless_failed(self, part: Coroutine[Deferred[Any], Any, None]) -> None:
        """Do a part of the demo, but give up as soon as a program ends that should not."""
        doing: Deferred[None] = Deferred.fromCoroutine(part)
        try:
            await DeferredList(
                [doing, self._house.failed], fireOnOneCallback=True, fireOnOneErrback=True, consumeErrors=True
            )
        except Exception as first:
            cause = getattr(first, "subFailure", None)
            if cause is None:
                raise
            raise cause.value from first

    async def _show_contacts(self) -> None:
        rows = await self._house.settled_contacts(3)
        self._screen.chapter("The three contacts, from the reports database")
        self._screen.text(await self._house.ask("contacts", *self._house.server_options))
        outcomes = [row["disposition"] for row in rows]
        if outcomes != ["answered", "abandoned", "answered"]:
            raise StoryFailedError(f"the reports should say answered, abandoned, answered; they say {outcomes}")

    def _show_doors(self) -> None:
        ground = self._ground
        self._screen.chapter("It stays up: call it yourself")
        for number in SOFTPHONES:
            self._screen.text(
                f"Softphone   user {number}   password {ground.passwords[number]}   "
                f"SIP server {ground.host}:{ground.ports['pbx']} (UDP or TCP)   then dial 7000"
            )
        self._screen.text(
            f"Console     telnet {ground.host} {ground.ports['console']}   user {CONSOLE_USER}   "
            f"password {ground.console_password}"
        )
        self._screen.text(
            f"Shell       callwright show health --config {ground.config}   (or `why 3`, `trace 3`, `doctor`)"
        )
        self._screen.text(
            f"Config      {ground.config}: edit its site/ and flows/, then `callwright plan` and `callwright apply`"
        )
        self._screen.text("Nobody is ready: you will hear music until you say `agent ready anna` in the console.")
        self._screen.text(
            "Be an agent: on a softphone that is 7301 dial *61 to log on and *62 to be ready; call 7000 from 7300"
        )
        self._screen.text("Ctrl-C      stops everything")
