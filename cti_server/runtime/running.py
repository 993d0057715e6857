"""The running server as the rooms beside routing find it, and what such a room is."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from cti_server.channels.base import Channel
from cti_server.channels.requests import Requests
from cti_server.connectors.desk import Desk
from cti_server.runtime.pump import Pump
from cti_server.runtime.threads import Worker
from cti_server.settings import ServerSettings
from cti_server.storage.parties import PartyBook
from cti_server.storage.store import Store
from cti_server.telemetry.blackbox import BlackBox
from program.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a room beside routing works with; it exists once the state is recovered and the channels are made.

    ``worker`` is the storage thread, for everything that touches ``store``; ``stories`` the thread for what takes a
    moment, such as reading files or a contact's rows; ``keeping`` the one for what takes minutes. ``black_box`` is
    asked for anew each time, because it is made with the first link.
    """

    reactor: ReactorBase
    clock: Clock
    settings: ServerSettings
    config: Path
    pump: Pump
    channels: Sequence[Channel]
    desk: Desk | None
    store: Store
    parties: PartyBook
    worker: Worker
    stories: Worker
    keeping: Worker
    loop: Callable[[], AbstractEventLoop]
    black_box: Callable[[], BlackBox | None]
    requests: Requests = field(default_factory=Requests)
    """What channels ask of PBXs, to be followed."""
    lag: Callable[[], tuple[bool, int] | None] = lambda: None
    """Whether a second server is there, and how many rows it is behind; None: none is wanted."""


class Attendant(Protocol):
    """A room beside routing: it listens, answers the console, opens doors of its own; calls go on without it.

    A fault in one is logged and disturbs nothing else.
    """

    def start(self) -> None:
        """Begin; the channels have been started."""

    def stop(self) -> Deferred[None]:
        """End in good order; also after a start that failed."""


@runtime_checkable
class Preparing(Protocol):
    """A room that has something to do while the server stands by: a door for people, a health endpoint."""

    def prepare(self) -> None:
        """The server stands by: the state follows, nothing may be changed. `Attendant.start` comes when it acts."""
