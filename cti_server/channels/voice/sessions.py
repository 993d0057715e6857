"""Which media session belongs to which contact: by the call that the PBX has at the session's port."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from twisted.internet.defer import Deferred

from cti_server.channels.base import Submit
from cti_server.channels.voice.media import MediaService, Session
from cti_server.channels.voice.outages import Outages
from cti_server.channels.voice.services import MediaServices
from cti_server.channels.voice.talks.supervising import Supervising
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
from cti_server.vocabulary.effects import EndMedia, Treat
from cti_server.vocabulary.ids import ContactId, DeviceNumber, LinkName, ServiceName, VerbId
from cti_server.vocabulary.values import CallRef, ContactStage, SessionRef, VerbOutcome
from program.clock import Clock, Timer

GRACE = 0.3
"""Seconds that the PBX has to say why a session ended, before it counts as lost."""
SURVEY_WAIT = 5.0
START_PATIENCE = 10.0
"""Seconds that a media service has to be there after our own start, as it may start at the same time."""


@dataclass(frozen=True, slots=True)
class _Ending:
    """A session that ended, while the PBX has a moment to say why."""

    session: Session
    reason: str
    failed: bool
    timer: Timer


class SessionDesk:
    """All media services together."""

    def __init__(
        self,
        *,
        clock: Clock,
        services: MediaServices,
        submit: Submit,
        views: Callable[[], list[View]],
        state: Callable[[], State],
    ) -> None:
        self.services = services
        self._clock = clock
        self._submit = submit
        self._views = views
        self._state = state
        self._owners: dict[SessionRef, ContactId] = {}
        self._ending: dict[SessionRef, _Ending] = {}
        self._unreported: set[ServiceName] = set()
        self._to_end: set[SessionRef] = set()
        """Sessions of contacts that are over, at services that are away."""
        self._wait: Timer | None = None
        self._outages = Outages(clock, self._service_lost)
        self._lost_at: dict[ServiceName, int] = {}
        self._rescued: dict[ContactId, set[tuple[DeviceNumber, int]]] = {}
        self.on_ports_changed: Callable[[], None] = _nothing
        self.answers_for_move: Callable[[ContactId], bool] = _never
        """Whether the contact's call comes to a port on its way to an agent, so that the port is to answer it."""
        self.consulting: Callable[[ContactId], bool] = _never
        """Whether the contact's call is held at its port: another session there is the port's own call to an agent."""
        self.rings: Callable[[str], bool] = _at_none
        """Whether a call that comes to the port is its own to an agent, who is rung along with others."""
        self.supervising: Supervising | None = None
        """Who brings supervisors into talks: their sessions are no contact's."""
        self.on_stranded: Callable[[Contact], None] = _nobody
        """Told of a contact whose call was on its way to a media service that is lost: it needs another port."""
        self.log = structlog.get_logger()

    def start(self) -> None:
        """Connect to all services; those that contacts were at, and that do not come, are lost after a while."""
        before = {one.session.service for one in self._state().contacts.values() if one.session is not None}
        for service in self.services.all:
            service.start(self)
        for name in sorted(before | {service.name for service in self.services.all}):
            service_there = self.services.named(name)
            patience = START_PATIENCE if service_there is None else max(START_PATIENCE, service_there.lost_after)
            self._outages.went(name, patience)

    def stop(self) -> list[Deferred[None]]:
        """Disconnect from all; their sessions go on."""
        self._outages.stop()
        for ending in self._ending.values():
            if ending.timer.active():
                ending.timer.cancel()
        if self._wait is not None and self._wait.active():
            self._wait.cancel()
        return [service.stop() for service in self.services.all]

    def perform(self, effect: Treat) -> None:
        """Send the effect's verb to the session's service."""
        service = self.services.named(effect.session.service)
        if service is None:
            self.log.error("no such media service", name=effect.session.service, verb=effect.verb)
            return
        if effect.session.session in service.sessions:
            self._owners[effect.session] = effect.contact
        service.perform(effect)

    def end(self, effect: EndMedia) -> None:
        """Hang up at the port of a contact that is over; where the service is away, once it is back."""
        service = self.services.named(effect.session.service)
        if service is None or not service.connected:
            self._to_end.add(effect.session)
            self.log.warning("session is ended once its media service is back", session=effect.session.session)
            return
        service.hang_up(effect.session.session)

    # --- from the links ---------------------------------------------------------------------------------------------

    def calls_known(self) -> None:
        """A link was surveyed: what the services said before can be told with its calls."""
        for service in self.services.all:
            if service.name in self._unreported:
                self._report(service)
        self._match_all()
        for service in self.services.all:
            if self._outages.lost(service.name):
                self._rescue_all(service)

    def call_changed(self, link: LinkName, call_id: str) -> None:
        """A call is somewhere else now: a session may have found its contact, or one that ended its reason."""
        for view in self._views():
            call = view.call(call_id) if view.link == link else None
            for port in () if call is None else tuple(call.connections):
                for service in self.services.all:
                    session = service.session_at(port) if port in service.ports else None
                    if session is not None:
                        self._match(session)
                    if port in service.ports and self._outages.lost(service.name):
                        self._rescue(DeviceNumber(port), self._lost_at[service.name], view)
        for ref, ending in list(self._ending.items()):
            contact = self._contact(ref)
            if contact is None or not self._at_port(contact, ending.session.port):
                self._end(ending)

    # --- from the services (MediaOwner) -----------------------------------------------------------------------------

    def media_welcomed(self, service: ServiceName) -> None:
        """Report the sessions, once the calls at their ports are known; new ports are to be monitored."""
        self._outages.came(service)
        self._unreported.add(service)
        known = self.services.named(service)
        if known is not None:
            self._end_forgotten(known)
        if known is not None and self.supervising is not None:
            self.supervising.adopt(known)
        if known is not None and self._views():
            self._report(known)
        elif self._wait is None:
            self._wait = self._clock.call_later(SURVEY_WAIT, self._wait_over)
        self.on_ports_changed()
        self._match_all()

    def media_away(self, service: ServiceName) -> None:
        """It may come back in time, and then nothing has happened to its callers."""
        known = self.services.named(service)
        if known is not None:
            self._outages.went(service, known.lost_after)

    def media_arrived(self, session: Session) -> None:
        """A call rings at a port: answer it if its contact is expected."""
        self._match(session)

    def media_answered(self, session: Session) -> None:
        """The contact can be spoken to."""
        if self.supervising is not None and self.supervising.answered(session):
            return
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
        if self.supervising is not None and self.supervising.verb_ended(verb, outcome):
            return
        contact = None if session is None else self._contact(session.ref)
        if contact is not None:
            self._submit(ReportVerbEnded(contact=contact.id, verb=verb, outcome=outcome))

    def media_ended(self, session: Session, reason: str, *, failed: bool) -> None:
        """The call left its port: the PBX has a moment to say why before the contact counts as without media."""
        if self.supervising is not None:
            self.supervising.ended(session)
        contact = self._contact_at(session) or self._contact(session.ref)
        if contact is None:
            self._owners.pop(session.ref, None)
            return
        self._owners[session.ref] = contact.id
        timer = self._clock.call_later(GRACE, lambda: self._end(ending))
        ending = self._ending[session.ref] = _Ending(session, reason, failed, timer)
        if not self._at_port(contact, session.port):
            self._end(ending)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _end_forgotten(self, service: MediaService) -> None:
        for ref in [one for one in self._to_end if one.service == service.name]:
            self._to_end.discard(ref)
            if ref.session in service.sessions:
                service.hang_up(ref.session)

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
        for service in self.services.all:
            for session in list(service.sessions.values()):
                self._match(session)

    def _match(self, session: Session) -> None:
        service = self.services.named(session.ref.service)
        if service is None or not service.connected or (session.asked and not session.answered):
            return
        if self.rings(session.port) or (self.supervising is not None and self.supervising.takes(session)):
            service.answer(session)
            return
        contact = self._contact_at(session)
        if contact is None or contact.session == session.ref:
            return
        if self.consulting(contact.id):
            # The PBX calls the port for the consultation: answered without a word, and told to nobody.
            service.answer(session)
            return
        wanted = contact.media_requested and contact.offer is None
        if not wanted and not self.answers_for_move(contact.id) and not _found_again(session, contact):
            return
        self._owners[session.ref] = contact.id
        if session.answered:
            self._joined(session, contact)
        else:
            service.answer(session)

    def _joined(self, session: Session, contact: Contact) -> None:
        if contact.session == session.ref:
            return
        self._owners[session.ref] = contact.id
        for ref, owner in list(self._owners.items()):
            if owner == contact.id and ref in self._ending:
                self._end(self._ending[ref])
        joined = ReportMediaJoined(
            cause=contact.media_seq or None,
            contact=contact.id,
            session=session.ref,
            port=session.port,
            traceparent=session.traceparent,
        )
        self._submit(joined)

    def _end(self, ending: "_Ending") -> None:
        session = ending.session
        if ending.timer.active():
            ending.timer.cancel()
        self._ending.pop(session.ref, None)
        contact = self._contact(session.ref)
        self._owners.pop(session.ref, None)
        if contact is None:
            return
        if contact.session == session.ref:
            self._submit(
                ReportMediaLost(contact=contact.id, session=session.ref, reason=ending.reason, failed=ending.failed)
            )
        elif contact.media_requested and self._at_port(contact, session.port):
            cause = contact.media_seq or None
            text = f"the session ended before it was answered: {ending.reason}"
            self._submit(ReportMediaRefused(cause=cause, contact=contact.id, reason=text))

    # --- services that are lost -------------------------------------------------------------------------------------

    def _service_lost(self, name: ServiceName) -> None:
        """Route on who was spoken to there, and bring who was on the way there to a port of another service."""
        contacts = [
            (one, one.session)
            for one in self._state().contacts.values()
            if one.session is not None and one.session.service == name
        ]
        self._lost_at[name] = self._state().seq
        service = self.services.named(name)
        self.log.warning("media service does not come back", media_service=name, contacts=len(contacts))
        for contact, session in contacts:
            reason = f"media service {name} is away"
            self._submit(ReportMediaLost(contact=contact.id, session=session, reason=reason, failed=True))
        if service is not None:
            self._rescue_all(service)

    def _rescue_all(self, service: MediaService) -> None:
        for view in self._views():
            for port in service.ports:
                self._rescue(port, self._lost_at[service.name], view)

    def _rescue(self, port: DeviceNumber, lost_at: int, view: View) -> None:
        """Bring calls that wait at a lost service's port to another one: once for each wish, as the PBX may refuse.

        Wishes that are younger than the loss (place ``lost_at`` in the journal) have not been carried out yet: they
        find a living port by themselves.
        """
        contacts = self._state().contacts
        self._rescued = {number: ports for number, ports in self._rescued.items() if number in contacts}
        for call in list(view.mirror.calls_at(port)):
            contact = view.contact_of(call.call_id)
            if contact is None or not contact.media_requested or contact.media_seq > lost_at:
                continue
            at = (port, contact.media_seq)
            if at in self._rescued.get(contact.id, ()) or any(
                self.services.serves(device) for device in call.connections
            ):
                continue
            self._rescued.setdefault(contact.id, set()).add(at)
            self.log.info("call is brought from a lost media service to another", contact=contact.id, port=port)
            self.on_stranded(contact)

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
        call = contact.call
        return call is not None and any(
            view.link == call.link and view.connection_state(call.call, port) not in {"null", "fail"}
            for view in self._views()
        )


def _found_again(session: Session, contact: Contact) -> bool:
    """Whether a contact that was given up for silent is at a port all the same: its service was only out of sight."""
    in_flow = contact.stage in {ContactStage.TREATED, ContactStage.QUEUED} and not contact.leaving
    return session.answered and in_flow and contact.session is None


def _nothing() -> None:
    """Nobody wants to know."""


def _nobody(_contact: Contact) -> None:
    """Nobody wants to know."""


def _at_none(_port: str) -> bool:
    return False


def _never(_contact: ContactId) -> bool:
    return False
