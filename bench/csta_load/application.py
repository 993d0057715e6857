"""The application of the link that is measured, in a process of its own: the CTI server's link, watch and mirror.

`cti_server.channels.voice.link.VoiceLink` on the server's own kind of reactor and clock. On order it deflects each call
that is queued, or rings at an agent, at once. It speaks with its parent in lines of JSON.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterable
from time import monotonic, process_time
from typing import Any, Final

import structlog
from twisted.internet.base import ReactorBase

from bench.csta_load.calls import numbers
from bench.csta_load.ways import WAYS
from csta import ConnectionID, DeviceID, messages
from csta.captures import Way
from csta.messages.agents import GetAgentStateResponse
from csta.messages.base import Event, Notice
from csta.session_settings import Credentials, SessionSettings
from cti_server.channels.voice.link import Access, VoiceLink
from cti_server.runtime.clock import SystemClock
from cti_server.vocabulary.ids import LinkName
from program import reactor as program_reactor

LONGEST_SECONDS: Final = 20.0
CHECK_SECONDS: Final = 0.05
_TO: Final = DeviceID("302118849999")


class Owner:
    """Stands where the voice channel stands: hears of every folded event, and commands."""

    def __init__(self, devices: int) -> None:
        self._devices = numbers(devices)
        self.commanding = False
        self.folded: list[float] = []
        self.refused = 0
        self.surveys = 0

    def wanted(self, _link: VoiceLink) -> Iterable[str]:
        """All devices."""
        return self._devices

    def routes(self, _link: VoiceLink) -> Iterable[str]:
        """None."""
        return ()

    def link_surveyed(self, _link: VoiceLink, *, came_up: bool) -> None:
        """Tell the parent that it can begin."""
        self.surveys += 1
        if came_up:
            tell({"surveyed": True})

    def link_lost(self, _link: VoiceLink, reason: str) -> None:
        """The measurement is worth nothing."""
        raise SystemExit(f"link lost: {reason}")

    def event_folded(self, link: VoiceLink, event: Event, _caller: str | None) -> None:
        """Note the moment, and command."""
        self.folded.append(monotonic())
        if not self.commanding:
            return
        match event:
            case messages.Queued(queued_connection=at):
                self._deflect(link, at)
            case messages.Delivered(connection=at, local_connection_info=local) if local == "alerting":
                self._deflect(link, at)

    def _deflect(self, link: VoiceLink, at: ConnectionID) -> None:
        asked = link.request(messages.DeflectCall(call_to_be_diverted=at, new_destination=_TO))
        asked.addErrback(self._refused)

    def _refused(self, _failure: object) -> None:
        self.refused += 1

    def call_corrected(self, _link: VoiceLink, _call_id: str) -> None:
        """Nothing to do."""

    def agents_found(self, _link: VoiceLink, _device: str, _response: GetAgentStateResponse) -> None:
        """Nothing to do."""

    def notice_received(self, _link: VoiceLink, _notice: Notice) -> None:
        """Nothing to do."""


class Stopwatch:
    """Stands where the black box stands: takes the time from bytes that came to each command that went out."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self._came = 0.0

    def __call__(self, _peer: str, way: Way, _data: bytes) -> None:
        """What passes on the link, as it passes."""
        if way is Way.IN:
            self._came = monotonic()
        elif way is Way.OUT:
            self.took.append(monotonic() - self._came)


class Application:
    """Takes the parent's orders."""

    def __init__(self, reactor: ReactorBase, link: VoiceLink, owner: Owner, stopwatch: Stopwatch) -> None:
        self._reactor = reactor
        self._link = link
        self._owner = owner
        self._stopwatch = stopwatch
        self._used = 0.0

    def order(self, order: dict[str, Any]) -> None:
        """``begin`` a measurement, with or without commands; ``end`` it once so many events are folded."""
        if order["do"] == "begin":
            self._owner.commanding = order["commanding"]
            self._owner.folded.clear()
            self._stopwatch.took.clear()
            self._used = process_time()
            tell({"begun": True})
        else:
            self._end(order["events"], monotonic() + LONGEST_SECONDS)

    def _end(self, events: int, latest: float) -> None:
        if len(self._owner.folded) < events and monotonic() < latest:
            self._reactor.callLater(CHECK_SECONDS, self._end, events, latest)
            return
        tell(
            {
                "folded": self._owner.folded,
                "inside_seconds": self._stopwatch.took,
                "cpu_seconds": process_time() - self._used,
                "refused": self._owner.refused,
                "surveys": self._owner.surveys,
                "calls_left": len(self._link.mirror.calls),
            }
        )


def tell(line: dict[str, Any]) -> None:
    """One line to the parent."""
    print(json.dumps(line), flush=True)


def main(name: str, port: int, devices: int) -> None:
    """Connect and serve until the parent closes the input."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    reactor = program_reactor.install()
    way = next(one for one in WAYS if one.name == name)
    owner, stopwatch = Owner(devices), Stopwatch()
    link = VoiceLink(
        reactor=reactor,
        name=LinkName(name),
        host="127.0.0.1",
        port=port,
        dialect=way.dialect,
        settings=SessionSettings(),
        clock=SystemClock(reactor),
        owner=owner,
        tap=stopwatch,
        access=Access(profile=way.profile_name, credentials=Credentials("bench", "bench")),
    )
    application = Application(reactor, link, owner, stopwatch)

    def ordered() -> None:
        line = sys.stdin.readline()
        if line:
            application.order(json.loads(line))
        else:
            os._exit(0)  # nobody is left to tell

    reactor.callWhenRunning(link.start)
    loop = program_reactor.loop_of(reactor)
    if not isinstance(loop, asyncio.AbstractEventLoop):
        raise SystemExit("no event loop below the reactor")
    loop.add_reader(sys.stdin.fileno(), ordered)
    reactor.run()  # type: ignore[no-untyped-call]  # Twisted leaves it unannotated


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
