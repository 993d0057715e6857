"""Which media session belongs to which contact: by the call that the PBX has at the session's port."""

from collections.abc import Callable, Iterable, Sequence

import structlog
from twisted.internet.defer import Deferred

from cti_server.channels.base import Submit
from cti_server.channels.voice.media import RESERVATION, MediaService, Session
from cti_server.channels.voice.view import View
from cti_server.contacts.contact import Contact
from cti_server.engine.state import State
from cti_server.vocabulary.commands import (
    ReportMediaJoined,
    ReportMediaLost,
    ReportMediaRefused,
    ReportSessions,
    ReportVerbEnded,
)
from cti_server.vocabulary.effects import MediaEffect
from cti_server.vocabulary.ids import ContactId, DeviceNumber, LinkName, ServiceName, VerbId
from cti_server.vocabulary.status import PortStatus
from cti_server.vocabulary.values import CallRef, SessionRef, VerbOutcome
from program.clock import Clock, Timer

GRACE = 0.3
"""Seconds that the PBX has to say why a session ended, before it counts as lost."""
SURVEY_WAIT = 5.0


class SessionDesk:
    """All media services together."""

    def __init__(
        self,
        *,
        clock: Clock,
        services: Sequence[MediaService],
        submit: Submit,
        views: Callable[[], list[View]],
        state: Callable[[], State],
    ) -> None:
        self.services = tuple(services)
        self._by_name = {service.name: service for service in services}
        self._clock = clock
        self._submit = submit
        self._views = views
        self._state = state
        self._owners: dict[SessionRef, ContactId] = {}
        self._ending: dict[SessionRef, tuple[Session, str, Timer]] = {}
        self._unreported: set[ServiceName] = set()
        self._wait: Timer | None = None
        self.on_ports_changed: Callable[[], None] = _nothing
        self.answers_for_move: Callable[[ContactId], bool] = _never
        """Whether the contact's call comes to a port on its way to an agent, so that the port is to answer it."""
        self.consulting: Callable[[ContactId], bool] = _never
        """Whether the contact's call is held at its port: another session there is the port's own call to an agent."""
        self.log = structlog.get_logger()

    def start(self) -> None:
        """Connect to all services."""
        for service in self.services:
            service.start(self)

    def stop(self) -> list[Deferred[None]]:
        """Disconnect from all; their sessions go on."""
        for _, _, timer in self._ending.values():
            if timer.active():
                timer.cancel()
        if self._wait is not None and self._wait.active():
            self._wait.cancel()
        return [service.stop() for service in self.services]

    def perform(self, effect: MediaEffect) -> None:
        """Send the effect's verb to the session's service."""
        service = self._by_name.get(effect.session.service)
        if service is None:
            self.log.error("no such media service", name=effect.session.service, verb=effect.verb)
            return
        if effect.session.session in service.sessions:
            self._owners[effect.session] = effect.contact
        service.perform(effect)

    # --- ports ------------------------------------------------------------------------------------------------------

    def port_numbers(self) -> list[DeviceNumber]:
        """Numbers of all ports of all services."""
        return [number for service in self.services for number in service.ports]

    def port_statuses(self) -> list[PortStatus]:
        """All ports as people see them."""
        now = self._clock.now()
        found = []
        for service in self.services:
            for port in service.ports.values():
                state = "taken" if port.session else "reserved" if port.reserved_until > now else "free"
                state = state if service.connected else "service away"
                found.append(PortStatus(port.number, service.name, port.registered, port.session, state))
        return sorted(found, key=lambda one: one.number)

    def take_port(self, monitored: Iterable[str]) -> DeviceNumber | None:
        """A free port of the service that has most of them, reserved for a while."""
        watched = list(monitored)
        free = [(service.free_ports(watched), service) for service in self.services]
        ports, service = max(free, key=lambda one: len(one[0]), default=([], None))
        if not ports or service is None:
            return None
        service.ports[ports[0]].reserved_until = self._clock.now() + RESERVATION
        return ports[0]

    def return_port(self, port: DeviceNumber) -> None:
        """The reservation is not needed."""
        for service in self.services:
            if port in service.ports:
                service.ports[port].reserved_until = 0.0

    def serves(self, device: str) -> bool:
        """Whether the device is a port with a session, or a call is on its way to it."""
        now = self._clock.now()
        number = DeviceNumber(device)
        ports = [service.ports[number] for service in self.services if service.connected and number in service.ports]
        return any(port.session is not None or port.reserved_until > now for port in ports)

    # --- from the links ---------------------------------------------------------------------------------------------

    def calls_known(self) -> None:
        """A link was surveyed: what the services said before can be told with its calls."""
        for name in list(self._unreported):
            self._report(self._by_name[name])
        self._match_all()

    def call_changed(self, link: LinkName, call_id: str) -> None:
        """A call is somewhere else now: a session may have found its contact, or one that ended its reason."""
        for view in self._views():
            call = view.call(call_id) if view.link == link else None
            for port in () if call is None else tuple(call.connections):
                for service in self.services:
                    session = service.session_at(port) if port in service.ports else None
                    if session is not None:
                        self._match(session)
        for ref in list(self._ending):
            session, reason, timer = self._ending[ref]
            contact = self._contact(ref)
            if contact is None or not self._at_port(contact, session.port):
                if timer.active():
                    timer.cancel()
                self._tell_lost(session, reason)

    # --- from the services (MediaOwner) -----------------------------------------------------------------------------

    def media_welcomed(self, service: ServiceName) -> None:
        """Report the sessions, once the calls at their ports are known; new ports are to be monitored."""
        self._unreported.add(service)
        if self._views():
            self._report(self._by_name[service])
        elif self._wait is None:
            self._wait = self._clock.call_later(SURVEY_WAIT, self._wait_over)
        self.on_ports_changed()
        self._match_all()

    def media_arrived(self, session: Session) -> None:
        """A call rings at a port: answer it if its contact is expected."""
        self._match(session)

    def media_answered(self, session: Session) -> None:
        """The contact can be spoken to."""
        contact = self._contact_at(session) or self._contact(session.ref)
        if contact is not None and not self.consulting(contact.id):
            self._joined(session, contact)

    def media_failed(self, session: Session, reason: str) -> None:
        """The contact cannot be spoken to at this port."""
        contact = self._contact_at(session) or self._contact(session.ref)
        if contact is not None and contact.media_requested:
            self._submit(ReportMediaRefused(cause=contact.media_seq or None, contact=contact.id, reason=reason))

    def media_verb_ended(self, session: Session | None, verb: VerbId, outcome: VerbOutcome) -> None:
        """A verb of a contact came to its end."""
        contact = None if session is None else self._contact(session.ref)
        if contact is not None:
            self._submit(ReportVerbEnded(contact=contact.id, verb=verb, outcome=outcome))

    def media_ended(self, session: Session, reason: str) -> None:
        """The call left its port: the PBX has a moment to say why before the contact counts as without media."""
        contact = self._contact_at(session) or self._contact(session.ref)
        if contact is None:
            self._owners.pop(session.ref, None)
            return
        self._owners[session.ref] = contact.id
        if not self._at_port(contact, session.port):
            self._tell_lost(session, reason)
            return
        timer = self._clock.call_later(GRACE, lambda: self._tell_lost(session, reason))
        self._ending[session.ref] = (session, reason, timer)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _wait_over(self) -> None:
        self._wait = None
        self.calls_known()

    def _report(self, service: MediaService) -> None:
        self._unreported.discard(service.name)
        calls: dict[DeviceNumber, CallRef] = {}
        for view in self._views():
            for number in service.ports:
                for call in view.mirror.calls_at(number):
                    calls[number] = view.ref(call.call_id)
        self._submit(ReportSessions(service=service.name, sessions=service.surveyed(calls)))

    def _match_all(self) -> None:
        for service in self.services:
            for session in list(service.sessions.values()):
                self._match(session)

    def _match(self, session: Session) -> None:
        if session.asked and not session.answered:
            return
        contact = self._contact_at(session)
        if contact is None or contact.session == session.ref:
            return
        if self.consulting(contact.id):
            # The PBX calls the port for the consultation: answered without a word, and told to nobody.
            self._by_name[session.ref.service].answer(session)
            return
        wanted = contact.media_requested and contact.offer is None
        if not wanted and not self.answers_for_move(contact.id):
            return
        self._owners[session.ref] = contact.id
        if session.answered:
            self._joined(session, contact)
        else:
            self._by_name[session.ref.service].answer(session)

    def _joined(self, session: Session, contact: Contact) -> None:
        if contact.session == session.ref:
            return
        self._owners[session.ref] = contact.id
        for ref, owner in list(self._owners.items()):
            if owner == contact.id and ref in self._ending:
                ended, reason, timer = self._ending[ref]
                if timer.active():
                    timer.cancel()
                self._tell_lost(ended, reason)
        cause = contact.media_seq or None
        self._submit(ReportMediaJoined(cause=cause, contact=contact.id, session=session.ref, port=session.port))

    def _tell_lost(self, session: Session, reason: str) -> None:
        self._ending.pop(session.ref, None)
        contact = self._contact(session.ref)
        self._owners.pop(session.ref, None)
        if contact is None:
            return
        if contact.session == session.ref:
            self._submit(ReportMediaLost(contact=contact.id, session=session.ref, reason=reason))
        elif contact.media_requested and self._at_port(contact, session.port):
            cause = contact.media_seq or None
            text = f"the session ended before it was answered: {reason}"
            self._submit(ReportMediaRefused(cause=cause, contact=contact.id, reason=text))

    def _contact(self, ref: SessionRef) -> Contact | None:
        """The open contact that the session belongs to."""
        contacts = self._state().contacts
        owner = self._owners.get(ref)
        known = None if owner is None else contacts.get(owner)
        if known is not None:
            return known
        return next((one for one in contacts.values() if one.session == ref), None)

    def _contact_at(self, session: Session) -> Contact | None:
        """The contact whose call the PBX has at the session's port."""
        for view in self._views():
            for call in view.mirror.calls_at(session.port):
                contact = view.contact_of(call.call_id)
                if contact is not None and view.connection_state(call.call_id, session.port) not in {"null", "fail"}:
                    return contact
        return None

    def _at_port(self, contact: Contact, port: str) -> bool:
        return any(
            view.link == contact.call.link and view.connection_state(contact.call.call, port) not in {"null", "fail"}
            for view in self._views()
        )


def _nothing() -> None:
    """Nobody wants to know."""


def _never(_contact: ContactId) -> bool:
    return False
