"""One CSTA link of the voice channel: monitors on our devices, the survey after each link-up, the mirror of calls."""

from collections.abc import Iterable
from typing import Protocol

import structlog
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred, fail, succeed

from csta.calls import CallMirror
from csta.dialects import Dialect
from csta.errors import LinkLost, ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.messages.agents import GetAgentState, GetAgentStateResponse
from csta.messages.base import Event, Request, Response
from csta.messages.call_events import CallCleared
from csta.messages.monitoring import MonitorStart, MonitorStartResponse, MonitorStop, MonitorStopResponse
from csta.messages.snapshot import SnapshotCall, SnapshotCallResponse, SnapshotDevice, SnapshotDeviceResponse
from csta.session_events import SessionSettings
from csta.states import SystemStatusValue
from csta.transport import Link, LinkClient
from cti_server.vocabulary.ids import LinkName
from program.clock import Clock

LONGEST_RAW = 120


class LinkOwner(Protocol):
    """Who is told what a link sees."""

    def wanted(self, link: "VoiceLink") -> Iterable[str]:
        """Numbers of the devices to be monitored."""

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
    ) -> None:
        self.name = name
        self.peer = f"{host}:{port}"
        self.dialect = dialect
        self.mirror = CallMirror()
        self.monitored: dict[str, str] = {}
        self.refused: set[str] = set()
        self.surveyed = False
        self._clock = clock
        self._owner = owner
        self._link: Link | None = None
        self._generation = 0
        self._surveying = self._again = False
        self._checking: dict[str, list[Deferred[None]]] = {}
        self._client = LinkClient(reactor, host, port, dialect, settings, self)
        self.log = structlog.get_logger(link=name)

    @property
    def up(self) -> bool:
        """Whether the link carries requests."""
        return self._link is not None

    def start(self) -> None:
        """Connect, and again whenever the connection is lost."""
        self._client.start()

    def stop(self) -> Deferred[None]:
        """Disconnect; the calls stay where they are."""
        return self._client.stop()

    def request(self, request: Request) -> Deferred[Response]:
        """Ask the PBX; fails with the errors of `csta.transport.Link.request`."""
        if self._link is None:
            return fail(LinkLost("the link is down"))
        return self._link.request(request)

    # --- survey -----------------------------------------------------------------------------------------------------

    def survey(self) -> None:
        """Monitor what is wanted and not monitored yet, and put the mirror right by snapshots."""
        if self._link is None:
            return
        if self._surveying:
            self._again = True
            return
        self._run_survey()

    def _run_survey(self) -> None:
        came_up = not self.surveyed
        self._surveying, self._again = True, False
        done = Deferred.fromCoroutine(self._survey(self._generation))
        done.addCallbacks(self._survey_done, self._survey_failed, callbackArgs=(came_up,))
        done.addErrback(lambda failure: self.log.error("survey failed", exception=failure.getTraceback()))

    async def _survey(self, generation: int) -> bool:
        wanted = list(dict.fromkeys(self._owner.wanted(self)))
        for device in [number for number in self.monitored if number not in wanted]:
            await self._stop_monitor(device)
        for device in wanted:
            if device not in self.monitored:
                await self._monitor(device)
        found: dict[str, str] = {}
        for device in list(self.monitored):
            for call_id in await self._snapshot_device(device):
                found.setdefault(call_id, device)
        for call_id in [known for known in self.mirror.calls if known not in found]:
            found.setdefault(call_id, next(iter(self.mirror.calls[call_id].connections), ""))
        for call_id, device in found.items():
            await self._snapshot_call(call_id, device)
        return generation == self._generation

    def _survey_done(self, current: bool, came_up: bool) -> None:
        self._surveying = False
        if not current or self._link is None:
            return
        self.surveyed = True
        self.log.info("link surveyed", devices=len(self.monitored), calls=len(self.mirror.calls))
        self._owner.link_surveyed(self, came_up=came_up)
        if self._again:
            self._run_survey()

    def _survey_failed(self, failure: object) -> None:
        self._surveying = False
        fault = getattr(failure, "value", failure)
        if self._link is None or isinstance(fault, LinkLost):
            return
        self.log.warning("survey did not succeed; it is tried again", reason=str(fault))
        self._clock.call_later(2.0, self.survey)

    async def _monitor(self, device: str) -> None:
        try:
            response = await self.request(MonitorStart(monitor_object=DeviceID(device)))
        except ServiceRefused as refused:
            if device not in self.refused:
                self.log.warning("the PBX refuses a monitor", device=device, reason=str(refused))
            self.refused.add(device)
            return
        self.refused.discard(device)
        if not isinstance(response, MonitorStartResponse):
            return
        self.monitored[device] = response.monitor_cross_ref_id
        self.mirror.monitor_started(response.monitor_cross_ref_id, device)
        await self._ask_agents(device)

    async def _ask_agents(self, device: str) -> None:
        try:
            response = await self.request(GetAgentState(device=DeviceID(device)))
        except ServiceRefused:
            # Pilots, ports and plain extensions have no agent: refusing is the PBX's right.
            return
        if isinstance(response, GetAgentStateResponse):
            self._owner.agents_found(self, device, response)

    async def _stop_monitor(self, device: str) -> None:
        reference = self.monitored.pop(device)
        self.mirror.monitor_stopped(reference)
        try:
            await self.request(MonitorStop(monitor_cross_ref_id=reference))
        except ServiceRefused as refused:
            self.log.info("the PBX had ended the monitor", device=device, reason=str(refused))

    async def _snapshot_device(self, device: str) -> list[str]:
        try:
            response = await self.request(SnapshotDevice(snapshot_object=DeviceID(device)))
        except ServiceRefused as refused:
            self.log.warning("the PBX refuses a snapshot", device=device, reason=str(refused))
            return []
        if not isinstance(response, SnapshotDeviceResponse):
            return []
        self.mirror.fold_snapshot_device(device, response, self._clock.now())
        return [item.connection.call_id for item in response.snapshot_data]

    async def _snapshot_call(self, call_id: str, device: str) -> None:
        where = ConnectionID(call_id, device)
        try:
            response = await self.request(SnapshotCall(snapshot_object=where))
        except ServiceRefused:
            # The PBX does not know the call any more.
            self.mirror.fold(CallCleared(monitor_cross_ref_id="", cleared_call=where), self._clock.now())
            return
        if isinstance(response, SnapshotCallResponse):
            self.mirror.fold_snapshot_call(response, self._clock.now())

    def check_call(self, call_id: str, device: str = "") -> Deferred[None]:
        """Put the mirror's picture of one call right by a snapshot, one at a time for each call.

        ``device`` is where the call may be, where the mirror does not know it. Fires, and never fails, once the owner
        has been told what the snapshot said.
        """
        if self._link is None:
            return succeed(None)
        looked: Deferred[None] = Deferred()
        waiting = self._checking.setdefault(call_id, [])
        waiting.append(looked)
        if len(waiting) > 1:
            return looked
        known = self.mirror.calls.get(call_id)
        place = next(iter(known.connections), device) if known is not None else device

        def checked(_result: object) -> None:
            if self.surveyed:
                self._owner.call_corrected(self, call_id)

        def unsure(failure: object) -> None:
            self.log.warning("snapshot did not succeed", call=call_id, reason=str(getattr(failure, "value", failure)))

        def tell(_result: object) -> None:
            for one in self._checking.pop(call_id, []):
                one.callback(None)

        done = Deferred.fromCoroutine(self._snapshot_call(call_id, place))
        done.addCallback(checked)
        done.addErrback(unsure).addBoth(tell)
        return looked

    # --- what the link tells (LinkObserver) -------------------------------------------------------------------------

    def link_up(self, link: Link) -> None:
        """Requests may be sent: monitor and survey everything."""
        self._link = link
        self._generation += 1
        self.monitored.clear()
        self.mirror.clear()
        self.refused.clear()
        self.surveyed = self._surveying = False
        self.log.info("link up", peer=link.peer)
        self.survey()

    def link_down(self, link: Link, reason: str) -> None:
        """Nothing can be asked until it is up again."""
        if link is not self._link:
            return
        self._link = None
        self._generation += 1
        self.surveyed = self._surveying = False
        self.monitored.clear()
        self.log.warning("link down", reason=reason)
        self._owner.link_lost(self, reason)

    def event_received(self, link: Link, event: Event) -> None:
        """Fold the event; tell it on unless a survey is under way, whose end tells all."""
        if link is not self._link:
            return
        call_id = _call_of(event)
        call = None if call_id is None else self.mirror.calls.get(call_id)
        calling = None if call is None else call.calling
        caller = calling.number if isinstance(calling, DeviceID) else None
        for discrepancy in self.mirror.fold(event, self._clock.now()):
            self.log.info("the mirror differs from the PBX", what=str(discrepancy))
            self.check_call(discrepancy.call_id)
        if self.surveyed:
            self._owner.event_folded(self, event, caller)

    def request_received(self, link: Link, invoke_id: int, request: Request) -> None:
        """The PBX may end a monitor by itself; everything else is answered by the session."""
        if isinstance(request, MonitorStop):
            link.respond(invoke_id, MonitorStopResponse())
            ended = [one for one, reference in self.monitored.items() if reference == request.monitor_cross_ref_id]
            for device in ended:
                self.mirror.monitor_stopped(self.monitored.pop(device))
                self.log.warning("the PBX ended a monitor", device=device)
            self.survey()

    def status_changed(self, link: Link, status: SystemStatusValue) -> None:
        """After lost messages everything is looked at anew; a PBX that is disabled is as good as not there."""
        if link is not self._link:
            return
        if status is SystemStatusValue.MESSAGES_LOST:
            self.log.warning("the PBX lost messages; everything is surveyed anew")
            self.survey()
        elif status is SystemStatusValue.DISABLED:
            self.log.warning("the PBX is disabled; the link is made anew")
            link.close()
        else:
            self.log.info("status of the PBX", status=str(status))

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
