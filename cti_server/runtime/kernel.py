"""Composition: the store, the engine in its pump, the channels and the console become one running server."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf
from pathlib import Path

import structlog
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred, succeed
from twisted.python.failure import Failure

from csta.captures import CaptureHeader, Tap
from cti_server.channels.base import Channel, ChannelFactories, Site
from cti_server.channels.requests import Requests
from cti_server.channels.secrets import Vault
from cti_server.connectors.base import Site as ConnectorSite
from cti_server.connectors.desk import Desk, installed_connectors
from cti_server.console.service import Console
from cti_server.console.users import Users
from cti_server.engine.engine import Engine
from cti_server.engine.invariants import check
from cti_server.runtime.attendants import Attendants, attend
from cti_server.runtime.changes import Changes, ConsoleRules
from cti_server.runtime.clock import SystemClock
from cti_server.runtime.installed import installed_channels, installed_strategies
from cti_server.runtime.opening import Opened, open_store
from cti_server.runtime.operations import RunningOperations
from cti_server.runtime.pump import Pump, PumpSettings
from cti_server.runtime.running import Attendant, Preparing, Running
from cti_server.runtime.standby.member import Member
from cti_server.runtime.threads import Worker
from cti_server.runtime.waiting import SpillThread
from cti_server.settings import ServerSettings
from cti_server.settings.flows.components import library
from cti_server.storage.errors import DatabaseError, LeaseTakenError
from cti_server.storage.spill import SPILL, SpillFile, take_in
from cti_server.telemetry.blackbox import BLACK_BOX, FILES_WHEN_SWITCHED_ON, BlackBox
from cti_server.telemetry.event_lines import EventLines
from cti_server.vocabulary.commands import LoadPlan, ReportLinkDown
from cti_server.vocabulary.effects import AskOutside, Effect, ShowContact, Treat
from cti_server.vocabulary.events import PlanLoaded
from cti_server.vocabulary.ids import PartyId
from cti_server.vocabulary.parties import number_in, revealed
from cti_server.vocabulary.plan import SitePlan
from cti_server.vocabulary.values import ChangeKind
from program.clock import Clock
from program.reactor import loop_of

OPEN_AGAIN_SECONDS = 1.0
"""Until one of a pair looks again for a database that is not there."""


class Kernel:
    """A server; `start` and `stop` it once.

    Args:
        reactor: the reactor, handed in.
        clock: now and timers.
        storage: the storage thread.
        hashing: the thread where passwords are checked, which nothing else may hold up.
        settings: the server's settings, checked.
        plan: the site plan, checked.
        config: the directory that both came from, for reloads.
        channels: how to make each channel; by default the installed ones.
        pump_settings: times of the pump.
        lease: the thread of a pair's lease; by default the storage thread.
        stories: the thread for what takes a moment; by default the one of passwords.
        keeping: the thread for what takes minutes; by default the one of stories.
        spilling: the thread that keeps what the journal does not take; without one it is in memory alone.
        begin_anew: ends this process's work at once and starts it afresh, with the reason; one of a pair needs it.
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
        lease: Worker | None = None,
        stories: Worker | None = None,
        keeping: Worker | None = None,
        spilling: Worker | None = None,
        begin_anew: Callable[[str], None] | None = None,
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
        self._lease = lease or storage
        self._stories = stories or hashing
        self._keeping = keeping or self._stories
        self._spill = None if spilling is None else SpillThread(spilling, SpillFile(settings.data / SPILL))
        self._begin_anew = begin_anew or _not_begun_anew
        self._stopping = False
        # Before anything is read from the journal, in which steps of plug-ins stand by the names of their classes.
        self._library = library()
        self._opened: Opened | None = None
        self._black_box: BlackBox | None = None
        self._requests = Requests()
        self._by_effect: Mapping[type[Effect], Channel] = {}
        self.channels: tuple[Channel, ...] = ()
        self.desk: Desk | None = None
        self.attendants: tuple[Attendant, ...] = ()
        self.changes: Changes | None = None
        self.console: Console | None = None
        self.console_port = 0
        self.pump: Pump | None = None
        self.member: Member | None = None
        self.log = structlog.get_logger()
        for name, reason in self._library.broken.items():
            self.log.error("a flow component cannot be used", component=name, reason=reason)

    def start(self) -> Deferred[None]:
        """Recover the state, load the plan, connect to the outside; one of a pair stands by first, and follows.

        Fails with the storage room's faults, or `twisted.internet.error.CannotListenError` for the console's port.
        """
        return self._open().addCallback(self._compose)

    def stop(self) -> Deferred[None]:
        """Leave every call where it is, make everything durable, keep a snapshot, close the store."""
        self._stopping = True
        if self.member is not None:
            self.member.stop()
        stops = [channel.stop() for channel in self.channels]
        stops += [maybeDeferred(one.stop) for one in reversed(self.attendants)]
        ending = None if self.desk is None else self.desk.stop()
        if ending is not None:
            stops.append(Deferred.fromFuture(ending))
        if self.console is not None:
            stops.append(self.console.stop())
        done = DeferredList(stops, consumeErrors=True).addCallback(lambda _: self._drain())
        return done.addCallback(lambda _: self._storage.run(self._close)).addCallbacks(self._stopped, self._unclean)

    def reload(self) -> Deferred[None]:
        """Bring the files into force, as SIGHUP wants it; what comes of it is in the log."""
        return succeed(None) if self.changes is None else self.changes.hang_up()

    # --- start ------------------------------------------------------------------------------------------------------

    def _open(self) -> Deferred[Opened]:
        opening = self._storage.run(lambda: open_store(self._settings))
        return opening if self._settings.standby is None else opening.addErrback(self._open_again)

    def _open_again(self, failure: Failure) -> Deferred[Opened]:
        """One of a pair waits for its database: the other server may act meanwhile, or nobody can."""
        if self._stopping or not isinstance(failure.value, DatabaseError | LeaseTakenError):
            failure.raiseException()
        self.log.error("the database cannot be used; it is tried again", reason=failure.getErrorMessage())
        again: Deferred[None] = Deferred()
        self._clock.call_later(OPEN_AGAIN_SECONDS, lambda: again.callback(None))
        return again.addCallback(lambda _: self._open())

    def _compose(self, opened: Opened) -> None:
        self._opened = opened
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
            settings=self._times(),
            # One of a pair carries nothing out that is not durable: there is nothing that must be kept elsewhere.
            spill=self._spill if opened.pair is None else None,
            standing_by=opened.pair is not None,
            contradicted=self._begin_anew,
        )
        self.pump = pump
        self._make_channels(pump, opened)
        self._join(pump, opened)
        attendants = self._make_attendants(pump, opened)
        self.attendants, self.changes = attendants.all, attendants.changes
        self._open_console(pump, opened, attendants)
        if self.member is None:
            self._act()
            return
        for channel in self.channels:
            channel.prepare()
        for one in self.attendants:
            if isinstance(one, Preparing):
                self._begin(one, one.prepare)
        self.member.start()

    def _act(self) -> None:
        """The one start: what is known is recovered, and the outside is looked at anew."""
        pump = self.pump
        if pump is None or self._stopping:
            return
        pump.act()
        state = pump.state
        self.log.info("state recovered", seq=self._seq(), contacts=len(state.contacts))
        for text in check(state):
            self.log.error("the recovered state breaks an invariant", what=text)
        # Or every ring time and wrap-up would last longer by as much as the clock was set back.
        if isinstance(self._clock, SystemClock) and not self._clock.not_before(state.at):
            self.log.error("the machine's clock is far behind the journal", journal=state.at, clock=self._clock.now())
        lines = EventLines({one.id: one.call for one in state.contacts.values() if one.call is not None})
        pump.listen(lines.write)
        pump.listen(lambda rows: self._plan_changed(any(isinstance(row.event, PlanLoaded) for row in rows)))
        # No ring time runs out, and nothing is moved, before the PBX has told where the calls are.
        for link in [name for name, one in state.links.items() if one.up]:
            pump.tell(ReportLinkDown(link=link, reason="server restarted"))
        # The files of one of a pair may be older than what the other one was told: a plan in force stands there.
        if self.member is None or not state.changes:
            pump.tell(LoadPlan(plan=self._plan, by="server", why="start", kind=ChangeKind.START))
        if self.desk is not None:
            self.desk.start()
        for channel in self.channels:
            channel.start(pump.tell)
        for one in self.attendants:
            self._begin(one, one.start)

    def _begin(self, one: Attendant, begin: Callable[[], None]) -> None:
        try:
            begin()
        except Exception:
            self.log.exception("a room beside routing cannot start; calls go on", room=type(one).__name__)

    def _seq(self) -> int:
        if self.member is not None:
            return self.member.seq
        return 0 if self._opened is None else self._opened.seq

    def _times(self) -> PumpSettings:
        """In a pair nothing is carried out before it is durable: the other server would know nothing of it."""
        times = self._pump_settings or PumpSettings()
        return times if self._settings.standby is None else replace(times, journal_patience=inf)

    def _may_act(self) -> bool:
        return self.member is None or self.member.may_act()

    def _join(self, pump: Pump, opened: Opened) -> None:
        if opened.pair is None:
            return
        self.member = Member(
            clock=self._clock,
            storage=self._storage,
            lease=self._lease,
            opened=opened,
            pair=opened.pair,
            pump=pump,
            links=self._links_in_words,
            catch_up=lambda: take_in(opened.store.journal, self._settings.data / SPILL),
            act=self._act,
            begin_anew=self._begin_anew,
        )

    def _links_in_words(self) -> str:
        links = [one for channel in self.channels for one in channel.links()]
        return ", ".join(f"{one.name} {'up' if one.up else 'down'}" for one in links)

    def _make_attendants(self, pump: Pump, opened: Opened) -> Attendants:
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
                stories=self._stories,
                keeping=self._keeping,
                loop=self._loop,
                black_box=lambda: self._black_box,
                requests=self._requests,
                lag=lambda: None if self.member is None else self.member.lag(),
            )
        )

    def _make_channels(self, pump: Pump, opened: Opened) -> None:
        vault = Vault(self._clock)
        site = Site(
            reactor=self._reactor,
            clock=self._clock,
            settings=self._settings,
            state=lambda: pump.state,
            parties=opened.parties,
            secrets=vault,
            addresses=lambda party: self._address(opened, party),
            may_act=self._may_act,
            tap=self._tap,
            requests=self._requests,
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

    def _address(self, opened: Opened, party: PartyId) -> Deferred[str | None]:
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

    def _open_console(self, pump: Pump, opened: Opened, attendants: Attendants) -> None:
        operations = RunningOperations(
            pump=pump,
            channels=self.channels,
            connectors=lambda: () if self.desk is None else self.desk.statuses(),
            parties=opened.parties,
            store=opened.store,
            worker=self._storage,
            stories=self._stories,
            clock=self._clock,
            config=self._config,
            faces=replace(attendants.faces, cluster=self.member),
        )
        self.console = Console(
            operations=operations,
            users=Users(self._settings.console.users),
            worker=self._hashing,
            clock=self._clock,
            settings=self._settings.console,
            data=self._settings.data,
        )
        attendants.changes.include(ConsoleRules(self.console))
        self.console_port = self.console.start(self._reactor)

    def _perform(self, effect: Effect) -> None:
        if not self._may_act():
            self.log.warning("not carried out: another server has the right to act", effect=repr(effect))
            return
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
            if self.member is None:
                return self._opened.recorder.save()
            seq = self._opened.recorder.save() if self.member.acting else None
            self.member.release()
            return seq
        finally:
            self._opened.store.close()

    def _stopped(self, seq: int | None) -> None:
        self.log.info("stopped; calls go on without this server", snapshot=seq)

    def _unclean(self, failure: Failure) -> None:
        self.log.error("stopped, but not everything could be kept", exception=failure.getTraceback())


def _not_begun_anew(reason: str) -> None:
    raise RuntimeError(f"nobody can start this server afresh: {reason}")
