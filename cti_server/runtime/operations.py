"""The running system as the console sees it: the pump, the channels and the store behind one face."""

from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path

from twisted.internet.defer import Deferred, succeed

from cti_server.channels.base import Channel
from cti_server.console.faces import Faces
from cti_server.console.operations import ContactLine, History, SegmentLine
from cti_server.console.rights import EVERYTHING, Actor
from cti_server.engine.state import State
from cti_server.reports.why import why_text
from cti_server.runtime.pump import Pump
from cti_server.runtime.threads import Worker
from cti_server.runtime.tracing.telling import rows_of, why_of
from cti_server.settings import Loaded, load_settings, plan_difference
from cti_server.storage.parties import PartyBook
from cti_server.storage.store import Store
from cti_server.vocabulary.commands import Command, LoadPlan
from cti_server.vocabulary.events import OperationNoted, Recorded
from cti_server.vocabulary.ids import AgentId, ContactId, PartyId
from cti_server.vocabulary.refusals import Refusal
from cti_server.vocabulary.status import LinkStatus, MediaStatus, PortStatus
from program.clock import Clock


class RunningOperations:
    """Implements `cti_server.console.operations.Operations`."""

    def __init__(
        self,
        *,
        pump: Pump,
        channels: Sequence[Channel],
        connectors: Callable[[], Sequence[LinkStatus]],
        parties: PartyBook,
        store: Store,
        worker: Worker,
        stories: Worker,
        clock: Clock,
        config: Path,
        faces: Faces | None = None,
    ) -> None:
        self._pump = pump
        self._channels = tuple(channels)
        self._connectors = connectors
        self._parties = parties
        self._store = store
        self._worker = worker
        self._stories = stories
        self._clock = clock
        self._config = config
        self._faces = faces or Faces()
        self._actor = EVERYTHING
        self._progress: Callable[[str], None] = _unheard

    @property
    def state(self) -> State:
        """The engine's state, to be read only."""
        return self._pump.state

    @property
    def actor(self) -> Actor:
        """Who gives the command at hand."""
        return self._actor

    @property
    def faces(self) -> Faces:
        """The rooms beside routing."""
        return self._faces

    @property
    def progress(self) -> Callable[[str], None]:
        """Tells whoever gave the command at hand how far it is."""
        return self._progress

    def acting(self, actor: Actor, progress: Callable[[str], None] | None = None) -> "RunningOperations":
        """The same system, seen by somebody."""
        seen = copy(self)
        seen._actor = actor
        seen._progress = progress or _unheard
        return seen

    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now()

    def submit(self, command: Command) -> Deferred[Refusal | None]:
        """Put a command to the engine."""
        return self._pump.submit(command)

    def listen(self, listener: Callable[[Sequence[Recorded]], None]) -> Callable[[], None]:
        """Hand every released row to the listener."""
        return self._pump.listen(listener)

    def links(self) -> Sequence[LinkStatus]:
        """Connections of all channels."""
        return [one for channel in self._channels for one in channel.links()]

    def connectors(self) -> Sequence[LinkStatus]:
        """What flows may ask of the outside."""
        return self._connectors()

    def identify(self, address: str) -> PartyId:
        """The party of an address, a new one where it is not known."""
        return self._parties.identify(address)

    def address(self, party: PartyId) -> str | None:
        """The address of a party, as far as it is in memory."""
        return self._parties.address(party)

    def ports(self) -> Sequence[PortStatus]:
        """Media ports of all channels."""
        return [one for channel in self._channels for one in channel.ports()]

    def media(self) -> Sequence[MediaStatus]:
        """Media services of all channels."""
        return [one for channel in self._channels for one in channel.media()]

    def drain(self, service: str, *, on: bool) -> str | None:
        """Let a media service take no new calls, or take them again."""
        answers = (channel.drain(service, on=on) for channel in self._channels)
        return next((answer for answer in answers if answer is not None), None)

    def history(self, contact: ContactId) -> Deferred[History]:
        """A contact's life from the journal and the reports."""
        return self._worker.run(lambda: read_history(self._store, contact))

    def why(self, contact: ContactId, agent: AgentId | None) -> Deferred[str | None]:
        """Why a contact waited; the journal is folded beside the calls, and not on the thread that writes it."""

        def told() -> str | None:
            answer = why_of(self._store, contact, agent)
            return why_text(answer) if answer.found else None

        return self._stories.run(told)

    def contacts(self, limit: int) -> Deferred[Sequence[ContactLine]]:
        """The newest contacts, newest first."""
        return self._worker.run(lambda: read_contacts(self._store, limit))

    def noted(self, limit: int) -> Deferred[Sequence[Recorded]]:
        """The newest rows of who did what at the console, read beside the calls."""
        return self._stories.run(lambda: self._store.journal.newest_of(OperationNoted, limit))

    def reload(self) -> Deferred[str]:
        """Read the plan's files on the storage thread, then submit the plan if nothing is wrong with it."""
        return self._worker.run(lambda: load_settings(self._config)).addCallback(self._loaded)

    def _loaded(self, loaded: Loaded) -> Deferred[str]:
        if loaded.plan is None:
            problems = "\n".join(str(problem) for problem in loaded.problems)
            return succeed(f"{problems}\nnothing was loaded: {len(loaded.problems)} problem(s)")
        changes = plan_difference(self._pump.state.plan, loaded.plan)
        if not changes:
            return succeed("nothing has changed")

        def told(refusal: Refusal | None) -> str:
            return "\n".join([*changes, "loaded" if refusal is None else f"refused: {refusal.text}"])

        return self._pump.submit(LoadPlan(plan=loaded.plan)).addCallback(told)


def _unheard(_line: str) -> None:
    """Nobody waits to hear how far things are."""


def read_history(store: Store, contact: ContactId) -> History:
    """A contact's life; blocks.

    Raises:
        JournalRemovedError: its rows were removed by retention.
    """
    segments = [
        SegmentLine(str(one.kind), str(one.agent or one.queue or one.flow or one.device or ""), one.started, one.ended)
        for one in store.queries.segments(contact)
    ]
    return History(rows_of(store, contact), segments)


def read_contacts(store: Store, limit: int) -> list[ContactLine]:
    """The newest contacts, newest first; blocks."""
    return [
        ContactLine(
            contact=one.contact,
            arrived=one.arrived,
            queue=one.queue,
            agent=one.agent,
            disposition=one.disposition,
            wait=one.waited,
            talk=one.talk_seconds,
        )
        for one in reversed(store.queries.contacts(limit))
    ]
