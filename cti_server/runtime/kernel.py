"""Composition: the store, the engine in its pump, the channels and the console become one running server."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path

import structlog
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred, succeed
from twisted.python.failure import Failure

from csta.captures import CaptureHeader, Tap
from cti_server.channels.base import Channel, ChannelFactories, Site
from cti_server.channels.secrets import Vault
from cti_server.connectors.base import Site as ConnectorSite
from cti_server.connectors.desk import Desk, installed_connectors
from cti_server.console.service import Console
from cti_server.console.users import Users
from cti_server.engine.engine import Engine
from cti_server.engine.invariants import check
from cti_server.engine.state import State
from cti_server.routing.strategies import Strategy
from cti_server.runtime.attendants import Attendants, attend
from cti_server.runtime.operations import RunningOperations
from cti_server.runtime.pump import Pump, PumpSettings
from cti_server.runtime.recorder import Recorder
from cti_server.runtime.running import Attendant, Running
from cti_server.runtime.threads import Worker
from cti_server.settings import ServerSettings
from cti_server.settings.flows.components import library
from cti_server.storage.parties import PartyBook
from cti_server.storage.store import Store
from cti_server.telemetry.blackbox import BLACK_BOX, FILES_WHEN_SWITCHED_ON, BlackBox
from cti_server.telemetry.event_lines import EventLines
from cti_server.vocabulary.commands import LoadPlan, ReportLinkDown
from cti_server.vocabulary.effects import AskOutside, Effect, ShowContact, Treat
from cti_server.vocabulary.events import PlanLoaded
from cti_server.vocabulary.ids import PartyId
from cti_server.vocabulary.parties import number_in, revealed
from cti_server.vocabulary.plan import SitePlan
from program.clock import Clock
from program.reactor import loop_of

CHANNELS = "callwright.channels"
STRATEGIES = "callwright.strategies"
KNOWN_PARTIES = 20_000


@dataclass(frozen=True, slots=True)
class _Opened:
    """What the storage thread found."""

    store: Store
    recorder: Recorder
    seq: int
    state: State
    parties: PartyBook


class Kernel:
    """A server; `start` and `stop` it once.

    Args:
        reactor: the reactor, handed in.
        clock: now and timers.
        storage: the storage thread.
        hashing: the thread where passwords are checked.
        settings: the server's settings, checked.
        plan: the site plan, checked.
        config: the directory that both came from, for reloads.
        channels: how to make each channel; by default the installed ones.
        pump_settings: times of the pump.
    """

    def __init__(
        self,
        *,
        reactor: ReactorBase,
        clock: Clock,
        storage: Worker,
        hashing: Worker,
        settings: ServerSettings,
        plan: SitePlan,
        config: Path,
        channels: ChannelFactories | None = None,
        pump_settings: PumpSettings | None = None,
    ) -> None:
        self._reactor = reactor
        self._clock = clock
        self._storage = storage
        self._hashing = hashing
        self._settings = settings
        self._plan = plan
        self._config = config
        self._factories = installed_channels(settings.channels) if channels is None else channels
        self._pump_settings = pump_settings
        # Before anything is read from the journal, in which steps of plug-ins stand by the names of their classes.
        self._library = library()
        self._opened: _Opened | None = None
        self._black_box: BlackBox | None = None
        self._by_effect: Mapping[type[Effect], Channel] = {}
        self.channels: tuple[Channel, ...] = ()
        self.desk: Desk | None = None
        self.attendants: tuple[Attendant, ...] = ()
        self.console: Console | None = None
        self.console_port = 0
        self.pump: Pump | None = None
        self.log = structlog.get_logger()
        for name, reason in self._library.broken.items():
            self.log.error("a flow component cannot be used", component=name, reason=reason)

    def start(self) -> Deferred[None]:
        """Recover the state, load the plan, connect to the outside.

        Fails with the storage room's faults, or `twisted.internet.error.CannotListenError` for the console's port.
        """
        return self._storage.run(self._open).addCallback(self._compose)

    def stop(self) -> Deferred[None]:
        """Leave every call where it is, make everything durable, keep a snapshot, close the store."""
        stops = [channel.stop() for channel in self.channels]
        stops += [maybeDeferred(one.stop) for one in reversed(self.attendants)]
        ending = None if self.desk is None else self.desk.stop()
        if ending is not None:
            stops.append(Deferred.fromFuture(ending))
        if self.console is not None:
            stops.append(self.console.stop())
        done = DeferredList(stops, consumeErrors=True).addCallback(lambda _: self._drain())
        return done.addCallback(lambda _: self._storage.run(self._close)).addCallbacks(self._stopped, self._unclean)

    # --- start ------------------------------------------------------------------------------------------------------

    def _open(self) -> _Opened:
        """On the storage thread."""
        self._settings.data.mkdir(parents=True, exist_ok=True)
        store = Store.open(self._settings.database)
        try:
            store.become_writer()
            recorder = Recorder(store)
            seq, state = recorder.load()
            recorder.advance()
            known = store.parties.latest(KNOWN_PARTIES) + store.parties.those(_parties_of(state))
            parties = PartyBook(store.parties.next_id(), known=known)
        except BaseException:
            store.close()
            raise
        return _Opened(store, recorder, seq, state, parties)

    def _compose(self, opened: _Opened) -> None:
        self._opened = opened
        self.log.info("state recovered", seq=opened.seq, contacts=len(opened.state.contacts))
        for text in check(opened.state):
            self.log.error("the recovered state breaks an invariant", what=text)
        lines = EventLines({one.id: one.call for one in opened.state.contacts.values() if one.call is not None})
        strategies = installed_strategies()
        pump = Pump(
            clock=self._clock,
            state=opened.state,
            worker=self._storage,
            journal=opened.recorder,
            perform=self._perform,
            take_parties=opened.parties.take_new,
            make_engine=lambda state: Engine(
                state,
                strategies,
                self._library.components,
                address_of=opened.parties.address,
                identify=opened.parties.identify,
            ),
            settings=self._pump_settings,
        )
        self.pump = pump
        pump.listen(lines.write)
        pump.listen(lambda rows: self._plan_changed(any(isinstance(row.event, PlanLoaded) for row in rows)))
        self._make_channels(pump, opened)
        attendants = self._make_attendants(pump, opened)
        self.attendants = attendants.all
        self._open_console(pump, opened, attendants)
        # No ring time runs out, and nothing is moved, before the PBX has told where the calls are.
        for link in [name for name, one in opened.state.links.items() if one.up]:
            pump.tell(ReportLinkDown(link=link, reason="server restarted"))
        pump.tell(LoadPlan(plan=self._plan))
        if self.desk is not None:
            self.desk.start()
        for channel in self.channels:
            channel.start(pump.tell)
        for one in self.attendants:
            try:
                one.start()
            except Exception:
                self.log.exception("a room beside routing cannot start; calls go on", room=type(one).__name__)

    def _make_attendants(self, pump: Pump, opened: _Opened) -> Attendants:
        return attend(
            Running(
                reactor=self._reactor,
                clock=self._clock,
                settings=self._settings,
                config=self._config,
                pump=pump,
                channels=self.channels,
                desk=self.desk,
                store=opened.store,
                parties=opened.parties,
                worker=self._storage,
                stories=self._hashing,
                loop=self._loop,
                black_box=lambda: self._black_box,
            )
        )

    def _make_channels(self, pump: Pump, opened: _Opened) -> None:
        vault = Vault(self._clock)
        site = Site(
            reactor=self._reactor,
            clock=self._clock,
            settings=self._settings,
            state=lambda: pump.state,
            parties=opened.parties,
            secrets=vault,
            addresses=lambda party: self._address(opened, party),
            tap=self._tap,
        )
        self.channels = tuple(make(site) for make in self._factories.values())
        self._by_effect = {kind: one for one in self.channels for kind in one.capabilities.effects}
        outside = ConnectorSite(settings=self._settings, now=self._clock.now, reveal=vault.reveal)
        factories = installed_connectors(self._settings.connectors.active())
        self.desk = Desk([make(outside) for make in factories.values()], self._loop, pump.tell, opened.parties.address)

    def _loop(self) -> AbstractEventLoop:
        loop = loop_of(self._reactor)
        if loop is None:
            raise RuntimeError("connectors need the asyncio reactor")
        return loop

    def _address(self, opened: _Opened, party: PartyId) -> Deferred[str | None]:
        """The party's address; those that are not known any more are looked up on the storage thread."""
        known = opened.parties.address(party)
        return succeed(known) if known is not None else self._storage.run(lambda: opened.store.queries.party(party))

    def _tap(self, header: CaptureHeader) -> Tap | None:
        settings = self._settings.black_box
        if self._black_box is None:
            # Where no files are configured it is there all the same, and can be switched on when it is needed.
            self._black_box = BlackBox(
                self._settings.data / BLACK_BOX,
                file_bytes=settings.megabytes << 20,
                files=settings.files or FILES_WHEN_SWITCHED_ON,
                now=self._clock.now,
                on=settings.files > 0,
            )
        return self._black_box.tap(header)

    def _open_console(self, pump: Pump, opened: _Opened, attendants: Attendants) -> None:
        operations = RunningOperations(
            pump=pump,
            channels=self.channels,
            connectors=lambda: () if self.desk is None else self.desk.statuses(),
            parties=opened.parties,
            store=opened.store,
            worker=self._storage,
            stories=self._hashing,
            clock=self._clock,
            config=self._config,
            faces=attendants.faces,
        )
        users = Users(self._settings.console.users)
        self.console = Console(operations=operations, users=users, worker=self._hashing, clock=self._clock)
        console = self._settings.console
        self.console_port = self.console.start(self._reactor, console.host, console.port)
        self.console.start_local(self._reactor, self._settings.data)

    def _perform(self, effect: Effect) -> None:
        if isinstance(effect, AskOutside) and self.desk is not None:
            self.desk.perform(effect)
            return
        channel = self._by_effect.get(type(effect))
        if channel is None and isinstance(effect, ShowContact):
            # A kind of contact without a channel of its own is worked at the console (offer accept, contact finish).
            self.log.info("offered at the console", contact=effect.contact, offer=effect.offer, agent=effect.agent)
            return
        if channel is None:
            self.log.error("no channel carries out this effect", effect=repr(effect))
            return
        channel.perform(self._plain(effect))

    def _plain(self, effect: Effect) -> Effect:
        """The effect with the caller's number where something is said of it."""
        if not isinstance(effect, Treat) or effect.party is None or self._opened is None:
            return effect
        address = self._opened.parties.address(effect.party)
        number = None if address is None else number_in(address)
        return replace(effect, action=revealed(effect.action, effect.party, number))

    def _plan_changed(self, changed: bool) -> None:
        if changed:
            for channel in self.channels:
                channel.survey()

    # --- stop -------------------------------------------------------------------------------------------------------

    def _drain(self) -> Deferred[None]:
        return succeed(None) if self.pump is None else self.pump.stop()

    def _close(self) -> int | None:
        """On the storage thread."""
        if self._black_box is not None:
            self._black_box.stop()
        if self._opened is None:
            return None
        try:
            return self._opened.recorder.save()
        finally:
            self._opened.store.close()

    def _stopped(self, seq: int | None) -> None:
        self.log.info("stopped; calls go on without this server", snapshot=seq)

    def _unclean(self, failure: Failure) -> None:
        self.log.error("stopped, but not everything could be kept", exception=failure.getTraceback())


def _parties_of(state: State) -> set[PartyId]:
    """Those whom open contacts are with, or are to call."""
    found = {one.party for one in state.contacts.values()}
    found |= {one.callback.called for one in state.contacts.values() if one.callback is not None}
    return {party for party in found if party is not None}


def installed_channels(names: tuple[str, ...]) -> ChannelFactories:
    """The channels that the settings name, from the entry points.

    Raises:
        LookupError: one is not installed.
    """
    found: dict[str, Callable[[Site], Channel]] = {}
    for name in names:
        points = list(entry_points(group=CHANNELS, name=name))
        if not points:
            raise LookupError(f"no channel named {name!r} is installed")
        found[name] = points[0].load()
    return found


def installed_strategies() -> dict[str, Strategy]:
    """All routing strategies that are installed."""
    return {point.name: point.load() for point in entry_points(group=STRATEGIES)}
