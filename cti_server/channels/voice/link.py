"""One CSTA link of the voice channel: a watch on our devices, and what it and the events tell the channel."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from csta.calls import CallMirror
from csta.captures import Tap
from csta.dialects import Dialect
from csta.errors import CstaError, LinkLost, LocalError, RemoteError
from csta.identifiers import ConnectionID, DeviceID
from csta.messages.agents import GetAgentStateResponse
from csta.messages.base import Event, Notice, Request, Response
from csta.messages.monitoring import MonitorStop, MonitorStopResponse
from csta.messages.routing import RouteRegisterAbort
from csta.session_events import SessionSettings
from csta.session_settings import Credentials
from csta.states import SystemStatusValue
from csta.transport import Address, Link, LinkClient, TlsSettings
from csta.watch import (
    AgentsFound,
    CallCorrected,
    CallUnsure,
    MonitorLost,
    MonitorRefused,
    RouteLost,
    RouteRefused,
    SnapshotRefused,
    Surveyed,
    Watch,
    WatchEvent,
)
from cti_server.channels.base import always
from cti_server.channels.requests import Requests
from cti_server.vocabulary.ids import LinkName
from program.clock import Clock, Timer

R = TypeVar("R")

LONGEST_RAW = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a link is made beyond host and port: the arguments of `csta.transport.LinkClient` of the same names."""

    tls: TlsSettings | None = None
    profile: str | None = None
    credentials: Credentials | None = None
    others: tuple[Address, ...] = ()
    warm_standby: bool = False


class LinkOwner(Protocol):
    """Who is told what a link sees."""

    def wanted(self, link: "VoiceLink") -> Iterable[str]:
        """Numbers of the devices to be monitored."""

    def routes(self, link: "VoiceLink") -> Iterable[str]:
        """Numbers of the devices for which the PBX shall ask where calls go."""

    def link_surveyed(self, link: "VoiceLink", *, came_up: bool) -> None:
        """The mirror is complete; ``came_up`` where the link was down before."""

    def link_lost(self, link: "VoiceLink", reason: str) -> None:
        """The link carries nothing any more."""

    def event_folded(self, link: "VoiceLink", event: Event, caller: str | None) -> None:
        """An event, folded into the mirror; ``caller`` is the call's calling number before it."""

    def call_corrected(self, link: "VoiceLink", call_id: str) -> None:
        """A snapshot put the mirror's picture of a call right."""

    def agents_found(self, link: "VoiceLink", device: str, response: GetAgentStateResponse) -> None:
        """What the PBX says of the agents at a phone."""

    def notice_received(self, link: "VoiceLink", notice: Notice) -> None:
        """The PBX tells something without waiting for an answer: routing dialogues go so."""


class VoiceLink:
    """Keeps one link's mirror true. Events during a survey are folded only: the survey's end tells all at once."""

    def __init__(
        self,
        *,
        reactor: ReactorBase,
        name: LinkName,
        host: str,
        port: int,
        dialect: Dialect,
        settings: SessionSettings,
        clock: Clock,
        owner: LinkOwner,
        access: Access | None = None,
        tap: Tap | None = None,
        may_act: Callable[[], bool] = always,
        requests: Requests | None = None,
    ) -> None:
        self._requests = requests or Requests()
        self._may_act = may_act
        self._prepared = self._standing_by = False
        self.name = name
        self.peer = f"{host}:{port}"
        self.dialect = dialect
        self.mirror = CallMirror()
        self._watch = Watch(
            self.mirror,
            services=dialect.capabilities.services,
            monitored_devices=dialect.limits.monitored_devices,
        )
        self._clock = clock
        self._owner = owner
        self._link: Link | None = None
        self._pumping = False
        self._timer: Timer | None = None
        self._timer_at: float | None = None
        self._checking: dict[str, list[Deferred[None]]] = {}
        access = access or Access()
        self._client = LinkClient(
            reactor,
            host,
            port,
            dialect,
            settings,
            self,
            tap=tap,
            tls=access.tls,
            profile=access.profile,
            credentials=access.credentials,
            others=access.others,
            warm_standby=access.warm_standby,
        )
        self.log = structlog.get_logger(link=name)

    @property
    def up(self) -> bool:
        """Whether the link carries requests."""
        return self._link is not None

    @property
    def surveyed(self) -> bool:
        """Whether the mirror is complete."""
        return self._watch.surveyed

    @property
    def monitored(self) -> dict[str, str]:
        """The cross-reference of each monitored device; to be read only."""
        return self._watch.monitored

    @property
    def refused(self) -> dict[str, str]:
        """Why each device of these is not monitored; to be read only."""
        return self._watch.refused

    def prepare(self) -> None:
        """Connect, log in and keep the link, but ask nothing: this server stands by."""
        self._prepared = self._standing_by = True
        self._client.start()

    def start(self) -> None:
        """Connect, and again whenever the connection is lost; a link that was prepared is used at once."""
        self._standing_by = False
        if not self._prepared:
            self._client.start()
        elif self._link is not None:
            self.link_up(self._link)

    def stop(self) -> Deferred[None]:
        """Disconnect; the calls stay where they are."""
        return self._client.stop()

    def request(self, request: Request) -> Deferred[Response]:
        """Ask the PBX; fails with the errors of `csta.transport.Link.request`."""
        if self._link is None or self._standing_by:
            return fail(LinkLost("the link is down"))
        if not self._may_act():
            return fail(LinkLost("this server may not act: the lease is another one's"))
        sent = self._clock.now()
        done = self._link.request(self._requests.marked(self.name, request))
        return done.addBoth(self._told, request, sent)

    def _told(self, result: R, request: Request, sent: float) -> R:
        failed = result.getErrorMessage() if isinstance(result, Failure) else ""
        self._requests.answered(self.name, request, sent, failed)
        return result

    def send_notice(self, notice: Notice) -> bool:
        """Tell the PBX something that has no answer; False where the link is down, or the notice cannot be sent."""
        if self._link is None or self._standing_by or not self._may_act():
            return False
        try:
            self._link.send_notice(notice)
        except LocalError as error:
            self.log.warning("notice not sent", kind=type(notice).__name__, reason=str(error))
            return False
        return True

    def survey(self) -> None:
        """Monitor what is wanted and not monitored yet, look what calls are there, and tell the owner all calls."""
        if self._link is not None and not self._standing_by:
            self._watch.want(self._owner.wanted(self), self._owner.routes(self))
            self._pump()

    def check_call(self, call_id: str, device: str = "") -> Deferred[None]:
        """Put the mirror's picture of one call right by a snapshot, one at a time for each call.

        ``device`` is where the call may be, where the mirror does not know it. Fires, and never fails, once the owner
        has been told what the snapshot said.
        """
        if not self._watch.check_call(call_id, device):
            return succeed(None)
        looked: Deferred[None] = Deferred()
        self._checking.setdefault(call_id, []).append(looked)
        self._pump()
        return looked

    # --- between the watch and the link -----------------------------------------------------------------------------

    def _pump(self) -> None:
        """Send what the watch asks, tell what it tells, until nothing is left; then arm its timer."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._ask() or self._tell():
                pass
        finally:
            self._pumping = False
        self._arm()

    def _ask(self) -> bool:
        ask = self._watch.next_request()
        if ask is None:
            return False
        self.request(ask.request).addCallbacks(
            self._answered, self._failed, callbackArgs=(ask.key,), errbackArgs=(ask.key,)
        ).addErrback(lambda failure: self.log.error("watch failed", exception=failure.getTraceback()))
        return True

    def _answered(self, result: Response | CstaError, key: int) -> None:
        self._watch.answered(key, result, self._clock.now())
        self._pump()

    def _failed(self, failure: Failure, key: int) -> None:
        if not isinstance(failure.value, CstaError):
            failure.raiseException()
        self._answered(failure.value, key)

    def _arm(self) -> None:
        at = self._watch.get_timer()
        if at == self._timer_at:
            return
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer, self._timer_at = None, at
        if at is not None:
            self._timer = self._clock.call_later(max(0.0, at - self._clock.now()), self._due)

    def _due(self) -> None:
        self._timer = self._timer_at = None
        self._watch.handle_timer(self._clock.now())
        self._pump()

    def _tell(self) -> bool:
        event = self._watch.next_event()
        if event is None:
            return False
        self._tell_one(event)
        return True

    def _tell_one(self, event: WatchEvent) -> None:
        match event:
            case Surveyed(came_up=came_up, devices=devices, calls=calls, unanswered=unanswered):
                self.log.info("link surveyed", devices=devices, calls=calls)
                if unanswered:
                    self.log.warning("the PBX says nothing of devices; they are asked again", devices=unanswered)
                self._owner.link_surveyed(self, came_up=came_up)
            case AgentsFound(device, response):
                self._owner.agents_found(self, device, response)
            case CallCorrected(call_id):
                if self.surveyed:
                    self._owner.call_corrected(self, call_id)
                self._checked(call_id)
            case CallUnsure(call_id, reason):
                if self.up:
                    self.log.warning("snapshot did not succeed", call=call_id, reason=reason)
                self._checked(call_id)
            case _:
                self._log_watch(event)

    def _log_watch(self, event: WatchEvent) -> None:
        match event:
            case MonitorRefused(device, reason):
                self.log.warning("the PBX refuses a monitor", device=device, reason=reason)
            case MonitorLost(device):
                self.log.warning("the PBX ended a monitor", device=device)
            case RouteRefused(device, reason):
                self.log.warning("the PBX refuses to ask for routes", device=device, reason=reason)
            case RouteLost(device):
                self.log.warning("the PBX ended a registration for routes", device=device)
            case SnapshotRefused(device, reason):
                self.log.warning("the PBX refuses a snapshot", device=device, reason=reason)
            case _:
                self.log.debug("watch", what=repr(event))

    def _checked(self, call_id: str) -> None:
        for one in self._checking.pop(call_id, []):
            one.callback(None)

    # --- what the link tells (LinkObserver) -------------------------------------------------------------------------

    def link_up(self, link: Link) -> None:
        """Requests may be sent: monitor and survey everything."""
        self._link = link
        if self._standing_by:
            self.log.info("link stands by", peer=link.peer)
            return
        self.log.info("link up", peer=link.peer)
        self._watch.want(self._owner.wanted(self), self._owner.routes(self))
        self._watch.link_up()
        self._pump()

    def link_down(self, link: Link, reason: str) -> None:
        """Nothing can be asked until it is up again."""
        if link is not self._link:
            self.log.warning("no link", peer=link.peer, reason=reason)
            return
        self._link = None
        if self._standing_by:
            self.log.warning("link down while standing by", reason=reason)
            return
        self._watch.link_down()
        self.log.warning("link down", reason=reason)
        self._owner.link_lost(self, reason)
        self._pump()

    def attempt_failed(self, peer: str, reason: str, pause: float) -> None:
        """No connection comes about (LinkAttemptObserver)."""
        self.log.warning("no connection", peer=peer, reason=reason, again_in=round(pause, 1))

    def event_received(self, link: Link, event: Event) -> None:
        """Fold the event; tell it on unless a survey is under way, whose end tells all."""
        if link is not self._link or self._standing_by:
            return
        call_id = _call_of(event)
        call = None if call_id is None else self.mirror.calls.get(call_id)
        calling = None if call is None else call.calling
        caller = calling.number if isinstance(calling, DeviceID) else None
        for discrepancy in self._watch.event(event, self._clock.now()):
            self.log.info("the mirror differs from the PBX", what=str(discrepancy))
        if self.surveyed:
            self._owner.event_folded(self, event, caller)
        self._pump()

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        """The PBX may end a monitor by itself; everything else is answered by the session."""
        if isinstance(request, MonitorStop):
            link.respond(invoke_id, MonitorStopResponse())
            self._watch.monitor_stopped(request.monitor_cross_ref_id, self._clock.now())
            self.survey()

    def notice_received(self, link: Link, notice: Notice) -> None:
        """The watch takes what concerns it; the owner hears of everything else, and of the end of a registration."""
        if link is not self._link or self._standing_by:
            return
        if not self._watch.notice(notice, self._clock.now()) or isinstance(notice, RouteRegisterAbort):
            self._owner.notice_received(self, notice)
        self._pump()

    def notice_refused(self, link: Link, notice: Notice, error: RemoteError) -> None:
        """The PBX does not take a notice of ours: its dialogue is over."""
        self.log.warning("the PBX refuses a notice", peer=link.peer, kind=type(notice).__name__, reason=str(error))

    def status_changed(self, link: Link, status: SystemStatusValue) -> None:
        """After lost messages everything is looked at anew; a PBX that is disabled is as good as not there."""
        if link is not self._link or self._standing_by:
            return
        self.log.info("status of the PBX", status=str(status))
        if status is SystemStatusValue.DISABLED:
            link.close()
            return
        self._watch.status(status)
        self._pump()

    def fault(self, link: Link, text: str, raw: bytes) -> None:
        """Something came that could not be used; it is logged and nothing else."""
        self.log.warning("CSTA link fault", what=text, peer=link.peer, raw=raw[:LONGEST_RAW].hex())


def _call_of(event: Event) -> str | None:
    for name in (
        "dropped_connection",
        "connection",
        "queued_connection",
        "established_connection",
        "failed_connection",
        "cleared_call",
        "primary_old_call",
    ):
        at = getattr(event, name, None)
        if isinstance(at, ConnectionID):
            return at.call_id
    return None
