"""The voice channel: CSTA links and media services joined, so that a contact's call is moved, spoken to and told of."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog
from twisted.internet.defer import Deferred, DeferredList

from csta.captures import CaptureHeader
from csta.dialects import Dialect
from csta.dialects.variations import varied
from csta.identifiers import ConnectionID
from csta.messages import AgentEvent, CallCleared, Event, GetAgentStateResponse, Notice
from csta.session_events import SessionSettings
from csta.transport import Address
from cti_server.channels.base import Capabilities, Site, Submit
from cti_server.channels.voice.agents.desk import AgentDesk
from cti_server.channels.voice.dialling import Dialling
from cti_server.channels.voice.link import Access, VoiceLink
from cti_server.channels.voice.media import MediaService
from cti_server.channels.voice.mover import Mover
from cti_server.channels.voice.routing import RoutingDesk
from cti_server.channels.voice.services import MediaServices
from cti_server.channels.voice.sessions import SessionDesk
from cti_server.channels.voice.talks.supervising import Supervising
from cti_server.channels.voice.translate import progress, surveyed, translate
from cti_server.channels.voice.verbs import masked
from cti_server.channels.voice.view import View, call_of
from cti_server.channels.voice.views import Views
from cti_server.contacts.contact import Contact
from cti_server.settings.links import credentials
from cti_server.settings.server import LinkSettings, MediaServiceSettings
from cti_server.vocabulary.commands import (
    Command,
    ReportCallEnded,
    ReportCalls,
    ReportLinkDown,
    ReportLinkUp,
    ReportPhoneBusy,
)
from cti_server.vocabulary.effects import (
    DialCustomer,
    Effect,
    EndMedia,
    ForwardCall,
    MoveToAgent,
    MoveToMedia,
    ReleaseCall,
    ShowAgentStatus,
    SuperviseCall,
    Treat,
    WithdrawOffer,
)
from cti_server.vocabulary.ids import ContactId, DeviceNumber, LinkName, VerbId
from cti_server.vocabulary.status import LinkStatus, MediaStatus, PortStatus
from cti_server.vocabulary.values import (
    Channel,
    ReleasedBy,
    SessionRef,
    SurveyedCall,
)
from media_service.control.messages import SessionSignals
from program.installed import entry_points

DIALECTS = "callwright.dialects"


class VoiceChannel:
    """Voice: the only channel that may interrupt."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._submit: Submit = _not_started
        self._links = {LinkName(one.name): self._make_link(one) for one in site.settings.links}
        self._agents = AgentDesk(
            clock=site.clock,
            submit=self._tell,
            links=self._links.values,
            state=site.state,
            shown_by=frozenset(LinkName(one.name) for one in site.settings.links if one.agent_state == "pbx"),
        )
        services = [self._make_service(one) for one in site.settings.media_services]
        self._services = MediaServices(site.clock, services)
        self._looks = Views(
            state=site.state,
            identify=site.parties.identify,
            ports=self._services.port_numbers,
            extensions={LinkName(one.name): tuple(one.extensions) for one in site.settings.links},
        )
        self._desk = SessionDesk(
            clock=site.clock, services=self._services, submit=self._tell, views=self._views, state=site.state
        )
        self._desk.on_ports_changed = self.survey
        self._routing = RoutingDesk(
            clock=site.clock, submit=self._tell, view=self._view, link=self._links.get, notify=self._notify
        )
        self._mover = self._make_mover()
        self._dialling = Dialling(
            clock=site.clock,
            submit=self._tell,
            links=self._links.values,
            view=self._view,
            addresses=site.addresses,
        )
        self._supervising = self._make_supervising()
        self._desk.supervising = self._supervising
        self._desk.answers_for_move = self._mover.takes_port
        self._desk.consulting = self._mover.ringing.second_call
        self._desk.rings = self._mover.ringing.all.takes_port
        self._desk.on_stranded = self._bring_elsewhere
        self._busy: dict[DeviceNumber, bool] = {}
        self.log = structlog.get_logger(channel="voice")

    @property
    def capabilities(self) -> Capabilities:
        """Voice interrupts, and its effects are moves, verbs and agents' states."""
        effects = (
            MoveToMedia,
            MoveToAgent,
            ReleaseCall,
            ForwardCall,
            Treat,
            EndMedia,
            ShowAgentStatus,
            DialCustomer,
            WithdrawOffer,
            SuperviseCall,
        )
        return Capabilities(kind=Channel.VOICE, interrupts=True, effects=effects)

    def prepare(self) -> None:
        """Connect and log in at the PBXs, and keep these links; ask nothing of them yet."""
        for link in self._links.values():
            link.prepare()

    def start(self, submit: Submit) -> None:
        """Connect to the PBXs and the media services."""
        self._submit = submit
        self._looks.start()
        self._desk.start()
        for link in self._links.values():
            link.start()

    def stop(self) -> Deferred[None]:
        """Disconnect; calls and sessions go on."""
        stops = [link.stop() for link in self._links.values()]
        stops += self._desk.stop()
        return DeferredList(stops, consumeErrors=True).addCallback(lambda _: None)

    def survey(self) -> None:
        """Monitor what the plan now names, and report what is there."""
        for link in self._links.values():
            link.survey()

    def links(self) -> Sequence[LinkStatus]:
        """CSTA links and control connections."""
        links = [
            LinkStatus(name, "csta", one.peer, one.up, f"{one.dialect.name}, {len(one.monitored)} monitors")
            for name, one in self._links.items()
        ]
        services = [
            LinkStatus(one.name, "media", one.peer, one.connected, "draining" if one.draining else "")
            for one in self._services.all
        ]
        return [*links, *services]

    def ports(self) -> Sequence[PortStatus]:
        """Media ports of all services."""
        return self._services.port_statuses()

    def media(self) -> Sequence[MediaStatus]:
        """The media services."""
        return self._services.statuses()

    def signals(self, session: SessionRef) -> Deferred[SessionSignals | None]:
        """The SIP messages that a media service keeps of a session."""
        return self._services.signals(session)

    def drain(self, service: str, *, on: bool) -> str | None:
        """Let a media service take no new calls, or take them again; None where it is none of ours."""
        return self._services.drain(service, on=on)

    # --- effects ----------------------------------------------------------------------------------------------------

    def perform(self, effect: Effect) -> None:
        """Carry the effect out; what comes of it is told by events, or by a report where it fails."""
        match effect:
            case MoveToMedia() | MoveToAgent() | ReleaseCall() | ForwardCall():
                self._mover.move(effect)
            case Treat():
                self._mover.ringing.look(effect.contact)
                self._desk.perform(effect)
            case EndMedia():
                self._desk.end(effect)
            case ShowAgentStatus():
                self._agents.show(effect)
            case SuperviseCall():
                self._supervising.perform(effect)
            case DialCustomer():
                self._dialling.perform(effect)
            case WithdrawOffer():
                if not self._dialling.withdraw(effect):
                    self._mover.ringing.withdraw(effect)
            case _:
                self.log.error("effect of another channel", effect=repr(effect))

    # --- ports (PortPool) -------------------------------------------------------------------------------------------

    def take_port(self, link: LinkName) -> DeviceNumber | None:
        """A free port that the link monitors, reserved until the call is there."""
        return self._services.take_port(self._links[link].monitored)

    def spare_port(self, link: LinkName) -> DeviceNumber | None:
        """A free port as `take_port` gives it, but not the last one."""
        return self._services.spare_port(self._links[link].monitored)

    def return_port(self, port: DeviceNumber) -> None:
        """The reservation is not needed."""
        self._services.return_port(port)

    def serves(self, device: str) -> bool:
        """Whether the device is a port with a session, or a call is on its way to it."""
        return self._services.serves(device)

    def _bring_elsewhere(self, contact: Contact) -> None:
        """The port that the contact was brought to will not answer; the wish for a port stands."""
        self._mover.move(MoveToMedia(cause=contact.media_seq, contact=contact.id, call=call_of(contact)))

    # --- what the links tell (LinkOwner) ----------------------------------------------------------------------------

    def wanted(self, link: VoiceLink) -> Iterable[str]:
        """Pilots of the plan, media ports, configured extensions, phones where agents are logged on."""
        devices = self._looks.devices(link.name)
        return [*sorted(devices.pilots), *sorted(devices.ports), *sorted(devices.phones)]

    def link_surveyed(self, link: VoiceLink, *, came_up: bool) -> None:
        """Report the link and every call on it; then look at what the calls mean for offers, ports and phones."""
        view = self._view(link.name)
        if view is None:
            return
        if came_up:
            self._tell(ReportLinkUp(link=link.name))
        self._tell(ReportCalls(link=link.name, calls=self._surveyed(view)))
        self._mover.ringing.look_at_all(link.name)
        self._dialling.surveyed(view)
        for call in list(view.mirror.calls):
            self._look_at(link.name, call)
        self._look_at_phones(link.name)
        self._desk.calls_known()
        self._agents.phones_known(link)
        self._supervising.tell_forgotten(view)

    def _surveyed(self, view: View) -> tuple[SurveyedCall, ...]:
        """Every call of the link, with the phones that ring for it by a consultation."""
        consulted = self._mover.ringing.adopt(view)
        found = [surveyed(call, view, consulted.get(call.call_id, ())) for call in list(view.mirror.calls.values())]
        return (*found, *self._routing.surveyed(view))

    def link_lost(self, link: VoiceLink, reason: str) -> None:
        """No call on it can be moved."""
        self._mover.ringing.link_lost(link.name)
        self._dialling.link_lost(link.name)
        self._routing.link_lost(link.name)
        self._tell(ReportLinkDown(link=link.name, reason=reason))

    def event_folded(self, link: VoiceLink, event: Event, caller: str | None) -> None:
        """Translate the event, then see what the mirror says now of every call that it touched."""
        view = self._view(link.name)
        if view is None:
            return
        if isinstance(event, AgentEvent) and not self._agents.concerns(link.name, event):
            return
        touched = _calls_of(event)
        phones = None if isinstance(event, CallCleared) else _devices_of(event) | self._phones_in(view, touched)
        self._mover.ringing.event_seen(link.name, event)
        self._dialling.event_seen(link.name, event)
        self._routing.event_seen(link.name, event)
        for command in translate(event, view, caller):
            self._tell(command)
        for call_id in touched:
            self._look_at(link.name, call_id)
        self._look_at_phones(link.name, phones)
        self._supervising.look()

    def routes(self, link: VoiceLink) -> Iterable[str]:
        """Pilots whose calls the PBX asks about, where it has routing services."""
        if not link.dialect.capabilities.routing_services:
            return []
        return sorted(one.number for one in self._site.state().plan.pilots if one.link == link.name and one.routing)

    def notice_received(self, link: VoiceLink, notice: Notice) -> None:
        """The PBX tells something without waiting for an answer: routing dialogues go so."""
        self._routing.received(link.name, notice)

    def call_corrected(self, link: VoiceLink, call_id: str) -> None:
        """A snapshot put the call right; a call that the PBX does not have is over."""
        view = self._view(link.name)
        if view is None:
            return
        contact = view.contact_of(call_id)
        if contact is not None and view.call(call_id) is None:
            self._tell(ReportCallEnded(call=view.ref(call_id), released_by=ReleasedBy.UNKNOWN, cause_text="snapshot"))
        self._look_at(link.name, call_id)
        self._look_at_phones(link.name)

    def agents_found(self, link: VoiceLink, device: str, response: GetAgentStateResponse) -> None:
        """Agents who logged on by phone while we were away."""
        self._agents.found(link.name, device, response)

    # --- looking ----------------------------------------------------------------------------------------------------

    def _look_at(self, link: LinkName, call_id: str) -> None:
        view = self._view(link)
        if view is None:
            return
        for command in progress(call_id, view):
            self._tell(command)
        contact = view.contact_of(call_id)
        if contact is not None:
            self._mover.call_changed(contact.id)
        self._mover.ringing.call_changed(link, call_id)
        self._dialling.call_changed(link, call_id)
        self._routing.call_changed(link, call_id)
        self._desk.call_changed(link, call_id)

    def _call_moved(self, link: LinkName, call_id: str) -> None:
        self._look_at(link, call_id)
        view = self._view(link)
        if view is not None:
            self._look_at_phones(link, self._phones_in(view, [call_id]))

    @staticmethod
    def _phones_in(view: View, calls: Iterable[str]) -> set[str]:
        found = (view.call(call_id) for call_id in calls)
        return {device for call in found if call is not None for device in call.connections}

    def _look_at_phones(self, link: LinkName, only: set[str] | None = None) -> None:
        """Report phones that came into a call of their own or out of it; ``only`` those that may have, or all."""
        view = self._view(link)
        if view is None:
            return
        for number in view.devices.phones if only is None else view.devices.phones & only:
            device = DeviceNumber(number)
            if self._mover.heading_for(link, number) or self._dialling.heading_for(link, number):
                continue
            busy = view.foreign_call_at(number)
            if busy != self._busy.get(device, device in view.state.busy_phones):
                self._busy[device] = busy
                self._tell(ReportPhoneBusy(device=device, busy=busy))

    def _view(self, link: LinkName) -> View | None:
        known = self._links.get(link)
        return None if known is None or not known.surveyed else self._looks.view(link, known.mirror)

    def _notify(self, link: LinkName, notice: Notice) -> bool:
        known = self._links.get(link)
        return known is not None and known.send_notice(notice)

    def _views(self) -> list[View]:
        found = (self._view(link) for link in self._links)
        return [view for view in found if view is not None]

    def _masked_for(self, verb: VerbId) -> ContactId | None:
        """The contact that keys in a secret by this verb, asked for before our own start."""
        for contact in self._site.state().contacts.values():
            action = contact.cursor.action
            if contact.cursor.verb == verb and action is not None and masked(action):
                return contact.id
        return None

    def _tell(self, command: Command) -> None:
        if isinstance(command, ReportCallEnded):
            contact = self._site.state().contact_of(command.call)
            if contact is not None:
                self._site.secrets.forget(contact.id)
        self._submit(command)

    def _make_mover(self) -> Mover:
        return Mover(
            clock=self._site.clock,
            submit=self._tell,
            ports=self,
            view=self._view,
            link=self._links.get,
            capabilities=lambda link: self._links[link].dialect.capabilities,
            routing=self._routing,
            moved=self._call_moved,
        )

    def _make_supervising(self) -> Supervising:
        return Supervising(
            clock=self._site.clock,
            submit=self._tell,
            services=self._services,
            view=self._view,
            link=self._links.get,
            monitored=lambda link: frozenset(self._links[link].monitored),
        )

    def _make_service(self, settings: MediaServiceSettings) -> MediaService:
        return MediaService(
            reactor=self._site.reactor,
            client_name=self._site.settings.name,
            settings=settings,
            clock=self._site.clock,
            keep=self._site.secrets.keep,
            masked_for=self._masked_for,
        )

    def _make_link(self, settings: LinkSettings) -> VoiceLink:
        return VoiceLink(
            reactor=self._site.reactor,
            name=LinkName(settings.name),
            host=settings.host,
            port=settings.port,
            dialect=varied(dialect_named(settings.dialect), settings.dialect_settings),
            settings=SessionSettings(
                heartbeat=settings.heartbeat,
                heartbeat_misses=settings.heartbeat_misses,
                request_timeout=settings.request_timeout,
            ),
            clock=self._site.clock,
            owner=self,
            access=access_of(settings),
            tap=self._site.tap(CaptureHeader(settings.dialect, settings.profile or "", settings.name)),
            may_act=self._site.may_act,
            requests=self._site.requests,
        )


def access_of(settings: LinkSettings) -> Access:
    """What the settings say of TLS, further addresses and the log-in; their paths are absolute.

    Raises:
        SecretError: the password cannot be had.
    """
    nowhere = Path()
    return Access(
        tls=None if settings.tls is None else settings.tls.settings(nowhere),
        profile=settings.profile,
        credentials=credentials(settings, nowhere),
        others=tuple(Address(one.host, one.port) for one in settings.others),
        warm_standby=settings.warm_standby,
    )


def dialect_named(name: str) -> Dialect:
    """The dialect of that entry point.

    Raises:
        LookupError: no installed package has it.
    """
    for point in entry_points(group=DIALECTS, name=name):
        dialect: Dialect = point.load()
        return dialect
    raise LookupError(f"no dialect named {name!r} is installed")


def _calls_of(event: Event) -> list[str]:
    """Identifiers of all calls that the event names."""
    found: list[str | None] = [one.call_id for one in _connections_of(event)]
    for item in getattr(event, "transferred_connections", ()):
        found += [getattr(one, "call_id", None) for one in (item.old_connection, item.new_connection)]
    return list(dict.fromkeys(one for one in found if one))


def _devices_of(event: Event) -> set[str]:
    """Numbers of the devices whose connections the event names."""
    return {one.device_id for one in _connections_of(event) if one.device_id}


def _connections_of(event: Event) -> list[ConnectionID]:
    """The connections that the event names in fields of its own."""
    values = (getattr(event, name) for name in getattr(type(event), "__dataclass_fields__", ()))
    return [one for one in values if isinstance(one, ConnectionID)]


def _not_started(_command: Command) -> None:
    raise RuntimeError("the channel was not started")
