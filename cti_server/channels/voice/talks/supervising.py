"""Supervisors in talks: a media port joins the talk at the PBX, and meets the supervisor in a room of its service.

To listen or to join, the port is one more party of the PBX's call. To whisper, the agent's phone consults a second port
of the same service besides: customer and agent then hear one another by the room alone, and a supervisor there can be
heard by the agent and not by the customer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog
from twisted.internet.defer import Deferred

from csta.errors import CstaError
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import ConsultationCall, Request, SingleStepConferenceCall
from csta.messages.enumerations import ParticipationType
from cti_server.channels.base import Submit
from cti_server.channels.voice.door import MoverLink
from cti_server.channels.voice.media import MediaService, Session
from cti_server.channels.voice.services import MediaServices
from cti_server.channels.voice.view import View
from cti_server.vocabulary.commands import ReportSupervision
from cti_server.vocabulary.effects import SuperviseCall
from cti_server.vocabulary.ids import AgentId, ContactId, DeviceNumber, LinkName, SessionId, VerbId
from cti_server.vocabulary.values import ContactStage, SupervisionRole, VerbOutcome, VerbResult
from program.clock import Clock

T = TypeVar("T")
PATIENCE: Final = 8.0
"""Seconds that a port has to answer."""
RING_TIME: Final = 30.0
"""Seconds that the supervisor's phone rings."""
PREFIX: Final = "supervision-"
_ROLES: Final = {
    SupervisionRole.LISTEN: "listener",
    SupervisionRole.WHISPER: "whisperer",
    SupervisionRole.JOIN: "speaker",
}


class NotBroughtError(Exception):
    """The talk, or the supervisor, could not be brought into the room; the text says why."""


@dataclass(slots=True)
class _Room:
    """A talk with its ports and those who supervise it, by their sessions."""

    contact: ContactId
    link: LinkName
    service: MediaService
    agent: AgentId
    talk: SessionId
    of_agent: SessionId | None = None
    members: dict[AgentId, SessionId] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name at the media service."""
        return f"{PREFIX}{self.contact}"

    def sessions(self) -> list[SessionId]:
        """All that are in it."""
        return [self.talk, *([] if self.of_agent is None else [self.of_agent]), *self.members.values()]


class Supervising:
    """All supervised talks."""

    def __init__(
        self,
        *,
        clock: Clock,
        submit: Submit,
        services: MediaServices,
        view: Callable[[LinkName], View | None],
        link: Callable[[LinkName], MoverLink | None],
        monitored: Callable[[LinkName], frozenset[str]],
    ) -> None:
        self._clock = clock
        self._submit = submit
        self._services = services
        self._view = view
        self._link = link
        self._monitored = monitored
        self._rooms: dict[ContactId, _Room] = {}
        self._opening: set[ContactId] = set()
        self._awaited: dict[DeviceNumber, Deferred[Session]] = {}
        self._called: dict[VerbId, Deferred[VerbOutcome]] = {}
        self._count = 0
        self.log = structlog.get_logger(channel="voice")

    def perform(self, effect: SuperviseCall) -> None:
        """Bring the supervisor into the talk, or out of it; `ReportSupervision` tells what came of it."""
        if effect.role is None:
            self._leave(effect.contact, effect.supervisor, "")
            return
        if effect.contact in self._opening:
            self._refuse(effect, "another supervisor is being brought there; ask again")
            return
        self._opening.add(effect.contact)
        course = Deferred.fromCoroutine(self._bring(effect, effect.role))
        course.addErrback(lambda failure: self.log.error("supervision failed", exception=failure.getTraceback()))
        course.addBoth(lambda _: self._opening.discard(effect.contact))

    # --- what happens -----------------------------------------------------------------------------------------------

    def takes(self, session: Session) -> bool:
        """Whether a call that rings at a port is one of a talk that is brought there: the port is to answer it."""
        return session.port in self._awaited

    def answered(self, session: Session) -> bool:
        """A port has answered; whether it was awaited here."""
        waiting = self._awaited.pop(session.port, None)
        if waiting is not None:
            waiting.callback(session)
        return waiting is not None

    def verb_ended(self, verb: VerbId, outcome: VerbOutcome) -> bool:
        """A verb ended; whether it was one of these."""
        waiting = self._called.pop(verb, None)
        if waiting is not None:
            waiting.callback(outcome)
        return waiting is not None

    def ended(self, session: Session) -> None:
        """A call left its port: the supervisor hung up, or the talk is out of the room."""
        for room in list(self._rooms.values()):
            if session.ref.service != room.service.name:
                continue
            if session.ref.session in {room.talk, room.of_agent}:
                self._close(room, "the talk left the media service")
            for supervisor, member in list(room.members.items()):
                if member == session.ref.session:
                    self._leave(room.contact, supervisor, "")

    def look(self) -> None:
        """Close the rooms whose talk is over, or was given on to somebody else."""
        for room in list(self._rooms.values()):
            view = self._view(room.link)
            contact = None if view is None else view.state.contacts.get(room.contact)
            if view is not None and (
                contact is None or contact.stage is not ContactStage.TALKING or contact.agent != room.agent
            ):
                self._close(room, "the talk is over")

    def adopt(self, service: MediaService) -> None:
        """After a restart nobody knows what was brought together: what is left of it is ended and told."""
        known = {session for room in self._rooms.values() for session in room.sessions()}
        for number, session in service.sessions.items():
            if session.room.startswith(PREFIX) and number not in known:
                service.hang_up(number)

    def tell_forgotten(self, view: View) -> None:
        """Report supervisors of whom only the state knows."""
        for contact in list(view.state.contacts.values()):
            room = self._rooms.get(contact.id)
            if contact.call is None or contact.call.link != view.link or contact.id in self._opening:
                continue
            for supervisor in list(contact.talk.supervisors):
                if room is None or supervisor not in room.members:
                    gone = "the server was restarted"
                    self._submit(ReportSupervision(contact=contact.id, supervisor=supervisor, role=None, reason=gone))

    # --- bringing together ------------------------------------------------------------------------------------------

    async def _bring(self, effect: SuperviseCall, role: SupervisionRole) -> None:
        try:
            room = self._rooms.get(effect.contact) or await self._open(effect)
            if effect.supervisor not in room.members:
                room.members[effect.supervisor] = await self._call_supervisor(room, effect.device)
            if role is SupervisionRole.WHISPER and room.of_agent is None:
                self._take_part(room, effect, SupervisionRole.LISTEN)
                room.of_agent = await self._part_agent(room)
            self._take_part(room, effect, role)
        except NotBroughtError as reason:
            left = self._rooms.get(effect.contact)
            if left is not None and effect.supervisor in left.members:
                left.service.hang_up(left.members.pop(effect.supervisor))
            self._close_if_empty(effect.contact)
            self._refuse(effect, str(reason))

    async def _open(self, effect: SuperviseCall) -> _Room:
        """Let a port join the talk at the PBX."""
        view = self._view(effect.call.link)
        contact = None if view is None else view.state.contacts.get(effect.contact)
        device = None if view is None or contact is None else view.agent_device(contact)
        if view is None or contact is None or contact.agent is None or contact.call is None or device is None:
            raise NotBroughtError("nobody talks with the customer")
        port = self._services.take_port(self._monitored(effect.call.link))
        if port is None:
            raise NotBroughtError("no media port is free")
        request = SingleStepConferenceCall(
            active_call=ConnectionID(contact.call.call, device),
            device_to_join=DeviceID(port),
            participation_type=ParticipationType.ACTIVE,
        )
        session = await self._at_port(port, effect.call.link, request)
        service = self._services.named(session.ref.service)
        if service is None:
            raise NotBroughtError("the media service is gone")
        room = _Room(contact.id, effect.call.link, service, contact.agent, session.ref.session)
        self._rooms[contact.id] = room
        service.confer(room.talk, room.name, "speaker")
        return room

    async def _part_agent(self, room: _Room) -> SessionId:
        """Let the agent's phone consult a port of its own, so that the customer does not hear what they hear."""
        view = self._view(room.link)
        contact = None if view is None else view.state.contacts.get(room.contact)
        device = None if view is None or contact is None else view.agent_device(contact)
        ports = room.service.free_ports(self._monitored(room.link))
        if contact is None or contact.call is None or device is None:
            raise NotBroughtError("nobody talks with the customer")
        if not ports:
            raise NotBroughtError("no media port is free for the agent, so that nobody can whisper to them")
        request = ConsultationCall(
            existing_call=ConnectionID(contact.call.call, device), consulted_device=DeviceID(ports[0])
        )
        session = await self._at_port(ports[0], room.link, request)
        room.service.confer(session.ref.session, room.name, "speaker")
        return session.ref.session

    async def _at_port(self, port: DeviceNumber, link_name: LinkName, request: Request) -> Session:
        """Ask the PBX for what makes the port ring, and wait until it has answered."""
        link = self._link(link_name)
        if link is None:
            self._services.return_port(port)
            raise NotBroughtError("the link to the PBX is down")
        waiting: Deferred[Session] = Deferred()
        self._awaited[port] = waiting
        try:
            await link.request(request)
        except CstaError as refused:
            self._awaited.pop(port, None)
            self._services.return_port(port)
            raise NotBroughtError(f"the PBX does not bring the talk to a media port: {refused}") from refused
        return await self._in_time(waiting, f"media port {port} did not answer", lambda: self._awaited.pop(port, None))

    async def _call_supervisor(self, room: _Room, device: DeviceNumber) -> SessionId:
        """Let the media service call the supervisor's phone."""
        self._count += 1
        session = SessionId(f"{room.name}-{device}-{self._count}-{int(self._clock.now())}")
        verb = VerbId(f"{session}-place")
        waiting: Deferred[VerbOutcome] = Deferred()
        self._called[verb] = waiting
        room.service.place(verb, session, device, RING_TIME, room.contact)
        silence = f"the phone {device} did not answer"
        outcome = await self._in_time(waiting, silence, lambda: self._called.pop(verb, None), RING_TIME + PATIENCE)
        if outcome.result is not VerbResult.FINISHED:
            raise NotBroughtError(f"{silence}: {outcome.detail or outcome.result}")
        return session

    def _take_part(self, room: _Room, effect: SuperviseCall, role: SupervisionRole) -> None:
        whisper_to = room.of_agent if role is SupervisionRole.WHISPER else None
        room.service.confer(room.members[effect.supervisor], room.name, _ROLES[role], whisper_to)
        self._submit(
            ReportSupervision(cause=effect.cause, contact=effect.contact, supervisor=effect.supervisor, role=role)
        )

    async def _in_time(
        self, waiting: Deferred[T], reason: str, forget: Callable[[], object], patience: float = PATIENCE
    ) -> T:
        def over() -> None:
            forget()
            if not waiting.called:
                waiting.errback(NotBroughtError(reason))

        timer = self._clock.call_later(patience, over)
        try:
            return await waiting
        finally:
            if timer.active():
                timer.cancel()

    # --- ends -------------------------------------------------------------------------------------------------------

    def _leave(self, contact: ContactId, supervisor: AgentId, reason: str) -> None:
        room = self._rooms.get(contact)
        session = None if room is None else room.members.pop(supervisor, None)
        if room is not None and session is not None:
            room.service.hang_up(session)
        self._submit(ReportSupervision(contact=contact, supervisor=supervisor, role=None, reason=reason))
        self._close_if_empty(contact)

    def _close_if_empty(self, contact: ContactId) -> None:
        """Nobody listens any more; a talk that goes by way of the room alone has to stay there."""
        room = self._rooms.get(contact)
        if room is not None and not room.members and room.of_agent is None:
            self._close(room, "")

    def _close(self, room: _Room, reason: str) -> None:
        self._rooms.pop(room.contact, None)
        for session in room.sessions():
            room.service.hang_up(session)
        view = self._view(room.link)
        for supervisor in room.members:
            if view is not None and room.contact in view.state.contacts:
                self._submit(ReportSupervision(contact=room.contact, supervisor=supervisor, role=None, reason=reason))

    def _refuse(self, effect: SuperviseCall, reason: str) -> None:
        self.log.warning("supervisor not brought into the talk", contact=effect.contact, reason=reason)
        self._submit(
            ReportSupervision(
                cause=effect.cause, contact=effect.contact, supervisor=effect.supervisor, role=None, reason=reason
            )
        )
