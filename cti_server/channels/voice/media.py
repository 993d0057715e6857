"""The media services of the voice channel: their ports, their sessions, and the verbs that contacts need."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from cti_server.channels.voice.verbs import action_of, answer_verb, hangup_verb, masked, outcome_of
from cti_server.settings.server import MediaServiceSettings
from cti_server.telemetry.traces.identity import traceparent
from cti_server.vocabulary.effects import Treat
from cti_server.vocabulary.ids import ContactId, DeviceNumber, SecretId, ServiceName, SessionId, VerbId
from cti_server.vocabulary.values import CallRef, SessionRef, SurveyedSession, VerbOutcome, VerbResult
from media_service.control import messages
from media_service.control.client import ControlClient
from program.clock import Clock, Timer
from program.trace_context import TraceContext

RESERVATION = 10.0
DRAIN_PAUSE = 0.25
"""Seconds between two looks whether a call is still on its way to a service that is to drain."""
MASKED = 4096
"""Masked verbs that are remembered: a service tells a session's last verb again whenever it is asked."""

Keep = Callable[[ContactId, str], SecretId]
"""Keeps masked digits, and gives them a name."""


@dataclass(slots=True)
class Session:
    """A call at a media port, as its service tells it."""

    ref: SessionRef
    port: DeviceNumber
    answered: bool
    caller: str
    last_verb: VerbId | None = None
    last_outcome: VerbOutcome | None = None
    asked: bool = False
    room: str = ""
    traceparent: str = ""


@dataclass(slots=True)
class MediaPort:
    """A media port; ``reserved_until`` (Unix seconds) while a call is on its way to it."""

    number: DeviceNumber
    service: ServiceName
    registered: bool
    session: str | None
    reserved_until: float = 0.0


class MediaOwner(Protocol):
    """Who is told what the media services see."""

    def media_welcomed(self, service: ServiceName) -> None:
        """The service is there; its ports and sessions are known."""

    def media_arrived(self, session: Session) -> None:
        """A call rings at a port."""

    def media_answered(self, session: Session) -> None:
        """The call can be spoken to."""

    def media_failed(self, session: Session, reason: str) -> None:
        """The call could not be answered."""

    def media_verb_ended(self, session: Session | None, verb: VerbId, outcome: VerbOutcome) -> None:
        """A verb of a contact came to its end."""

    def media_ended(self, session: Session, reason: str, *, failed: bool) -> None:
        """The call has left its port; ``failed`` where the service gave it up, or knows nothing of it."""

    def media_away(self, service: ServiceName) -> None:
        """The connection to the service is lost."""


class MediaService:
    """The control door of one media service."""

    def __init__(
        self,
        *,
        reactor: ReactorBase,
        client_name: str,
        settings: MediaServiceSettings,
        clock: Clock,
        keep: Keep,
        masked_for: Callable[[VerbId], ContactId | None],
    ) -> None:
        self.name = ServiceName(settings.name)
        self.peer = f"{settings.host}:{settings.port}"
        self.weight = settings.weight
        self.lost_after = settings.lost_after
        self.ports: dict[DeviceNumber, MediaPort] = {}
        self.sessions: dict[SessionId, Session] = {}
        self._free = 0
        self._verbs = 0
        self._drains = False
        self._drain_asked: bool | None = None
        self._drain_due: Timer | None = None
        self._owner: MediaOwner | None = None
        self._clock = clock
        self._keep = keep
        self._masked_for = masked_for
        self._masked: dict[VerbId, ContactId] = {}
        self._client = ControlClient(reactor, client_name, settings.host, settings.port, self)
        self.log = structlog.get_logger(media_service=self.name)

    @property
    def connected(self) -> bool:
        """Whether verbs can be sent."""
        return self._client.connected

    @property
    def draining(self) -> bool:
        """Whether it takes no new calls, or is to take none."""
        return self._drains if self._drain_asked is None else self._drain_asked

    @property
    def free_lines(self) -> int:
        """Free lines of its trunk: what it says is free beside its ports."""
        return max(0, self._free - sum(port.registered and port.session is None for port in self.ports.values()))

    def start(self, owner: MediaOwner) -> None:
        """Connect, and again whenever the connection is lost."""
        self._owner = owner
        self._client.start()

    def stop(self) -> Deferred[None]:
        """Disconnect; the sessions go on."""
        self._stop_drain_timer()
        return self._client.stop()

    def free_ports(self, monitored: Collection[str] | None) -> list[DeviceNumber]:
        """Registered ports without a session or reservation, of those that the link monitors; none while it drains.

        Without ``monitored`` they are those of all links.
        """
        if not self.connected or self.draining:
            return []
        now = self._clock.now()
        return [
            port.number
            for port in self.ports.values()
            if port.registered
            and port.session is None
            and port.reserved_until <= now
            and (monitored is None or port.number in monitored)
        ]

    def drain(self, *, on: bool) -> None:
        """Take no new calls, or take them again; calls that are there go on.

        No call is sent there from now on. The service is told once those that are on their way have arrived: it would
        refuse them.
        """
        self._drain_asked = on
        self._stop_drain_timer()
        self._tell_drain()

    def session_at(self, port: str) -> Session | None:
        """The session at a port."""
        return next((one for one in self.sessions.values() if one.port == port), None)

    def answer(self, session: Session) -> None:
        """Answer the call; once is enough, and a repeat is harmless."""
        session.asked = True
        verb = messages.Verb(answer_verb(session.ref.session), session.ref.session, messages.Answer())
        self._client.send(verb)

    def hang_up(self, session: SessionId) -> None:
        """End the call at the port."""
        self._client.send(messages.Verb(hangup_verb(session), session, messages.Hangup()))

    def signals(self, session: SessionId) -> Deferred[messages.SessionSignals | None]:
        """The SIP messages that the service keeps of a session, of one that is over as well."""
        return self._client.ask_signals(session)

    def confer(self, session: SessionId, room: str, role: str, whisper_to: SessionId | None = None) -> None:
        """Let the call take part in a room as speaker, listener, or whisperer (whom one session alone hears)."""
        self._verbs += 1
        verb = f"{session}-{room}-{self._verbs}"
        self._client.send(messages.Verb(verb, session, messages.Conference(room, role, whisper_to)))

    def place(self, verb: VerbId, session: SessionId, target: str, timeout: float, contact: ContactId) -> None:
        """Call a number from any free port for a contact; the verb ends finished once it is answered."""
        parent = traceparent(self._client.name, contact)
        self._client.send(messages.Place(verb, session, target, timeout=timeout, traceparent=parent))

    def perform(self, effect: Treat) -> None:
        """Send the effect's verb; lost where the service is away, and asked for again once its sessions are known."""
        if masked(effect.action):
            self._masked[effect.verb] = effect.contact
            if len(self._masked) > MASKED:
                del self._masked[next(iter(self._masked))]
        verb = messages.Verb(effect.verb, effect.session.session, action_of(effect.action))
        if not self._client.send(verb):
            self.log.warning("verb not sent: the service is away", verb=effect.verb)

    def surveyed(self, call_at: Mapping[DeviceNumber, CallRef]) -> tuple[SurveyedSession, ...]:
        """All sessions, with the calls that the PBX has at their ports."""
        return tuple(
            SurveyedSession(one.ref, one.port, call_at.get(one.port), one.last_verb, one.last_outcome, one.traceparent)
            for one in self.sessions.values()
            if one.answered
        )

    # --- what the service tells (ControlObserver) -------------------------------------------------------------------

    def welcomed(self, client: ControlClient, welcome: messages.Welcome) -> None:
        """Everything anew: ports and sessions."""
        del client
        self.log.info("media service connected", ports=len(welcome.ports), sessions=len(welcome.sessions))
        self._drains, self._free = welcome.draining, welcome.free
        self._tell_drain()
        old = self.ports
        self.ports = {}
        for port in welcome.ports:
            self._set_port(port)
            before = old.get(DeviceNumber(port.number))
            if before is not None:
                self.ports[before.number].reserved_until = before.reserved_until
        gone = {one.ref.session: one for one in self.sessions.values()}
        self.sessions = {}
        for session in welcome.sessions:
            self._set_session(session)
            gone.pop(SessionId(session.id), None)
        if self._owner is not None:
            self._owner.media_welcomed(self.name)
            for lost in gone.values():
                self._owner.media_ended(lost, "the media service does not know it any more", failed=True)

    def port_changed(self, client: ControlClient, port: messages.Port) -> None:
        """A port was taken, freed, registered or lost its registration."""
        del client
        known = self.ports.get(DeviceNumber(port.number))
        reserved = 0.0 if known is None or port.session is not None else known.reserved_until
        self._set_port(port)
        self.ports[DeviceNumber(port.number)].reserved_until = reserved
        if known is None and self._owner is not None:
            self._owner.media_welcomed(self.name)

    def service_changed(self, client: ControlClient, change: messages.ServiceChanged) -> None:
        """The service drains, or takes new calls again; its ports are counted by `port_changed`."""
        del client
        self._free = change.free
        if change.draining == self._drain_asked:
            self._drain_asked = None
        if change.draining != self._drains:
            self._drains = change.draining
            self.log.info("media service drains" if change.draining else "media service takes calls again")

    def session_arrived(self, client: ControlClient, session: messages.Session) -> None:
        """A call rings at a port."""
        del client
        arrived = self._set_session(session)
        port = self.ports.get(arrived.port)
        if port is not None and port.session not in self.sessions.keys() - {arrived.ref.session}:
            # A second call at a port, as in a consultation, does not take the first one's place.
            port.session, port.reserved_until = arrived.ref.session, 0.0
        if self._owner is not None:
            self._owner.media_arrived(arrived)

    def session_changed(self, client: ControlClient, session: messages.Session) -> None:
        """A bridge, conference or recording of a session began or ended: no contact's affair."""

    def session_ended(self, client: ControlClient, message: messages.SessionEnded) -> None:
        """A call has left its port."""
        del client
        session = self.sessions.pop(SessionId(message.session), None)
        port = self.ports.get(DeviceNumber(message.port))
        if port is not None and port.session == message.session:
            port.session = None
        if session is not None and self._owner is not None:
            reason = ": ".join(part for part in (message.reason, message.detail) if part)
            self._owner.media_ended(session, reason, failed=message.reason == "failed")

    def verb_ended(self, client: ControlClient, message: messages.VerbEnded) -> None:
        """A verb came to its end; answering and hanging up are the channel's own."""
        del client
        session = self.sessions.get(SessionId(message.session))
        if self._owner is None:
            return
        if message.id == answer_verb(message.session):
            if session is None:
                return
            if message.outcome.result == VerbResult.FINISHED:
                session.answered = True
                self._owner.media_answered(session)
            else:
                self._owner.media_failed(session, message.outcome.detail or message.outcome.result)
            return
        if message.id == hangup_verb(message.session):
            return
        outcome = self._outcome(VerbId(message.id), message.outcome)
        if session is not None:
            session.last_verb, session.last_outcome = VerbId(message.id), outcome
        self._owner.media_verb_ended(session, VerbId(message.id), outcome)

    def digit_heard(self, client: ControlClient, message: messages.DigitHeard) -> None:
        """Digits that a flow asks for come with the verb's end."""

    def quality(self, client: ControlClient, message: messages.Quality) -> None:
        """Keep the figures of a call that is over in the log."""
        del client
        self.log.info(
            "call quality",
            session=message.session,
            received=message.received,
            lost=message.lost,
            jitter=round(message.jitter, 4),
            mos=message.mos,
            round_trip=message.round_trip,
        )

    def lost(self, client: ControlClient, reason: str) -> None:
        """The connection is gone; sessions and ports stay as they were until the service tells them anew."""
        del client
        self.log.warning("media service lost", reason=reason)
        if self._owner is not None:
            self._owner.media_away(self.name)

    def fault(self, client: ControlClient, text: str) -> None:
        """Something for the log."""
        self.log.warning("control door fault", what=text, peer=client.address)

    def _tell_drain(self) -> None:
        """Send the wish that the service has not fulfilled yet, when no call is on its way there."""
        self._drain_due = None
        on = self._drain_asked
        if on is None or not self.connected:
            return
        now = self._clock.now()
        if on and any(port.reserved_until > now for port in self.ports.values()):
            self._drain_due = self._clock.call_later(DRAIN_PAUSE, self._tell_drain)
        else:
            self._client.send(messages.Drain(on))

    def _stop_drain_timer(self) -> None:
        if self._drain_due is not None and self._drain_due.active():
            self._drain_due.cancel()
        self._drain_due = None

    def _set_port(self, port: messages.Port) -> None:
        number = DeviceNumber(port.number)
        self.ports[number] = MediaPort(number, self.name, port.registered, port.session)

    def _set_session(self, session: messages.Session) -> Session:
        known = Session(
            ref=SessionRef(self.name, SessionId(session.id)),
            port=DeviceNumber(session.port),
            answered=session.state == "answered",
            caller=session.caller,
            room=session.room or "",
            traceparent=str(TraceContext.parse(session.traceparent) or ""),
        )
        if session.verb is not None and session.verb not in {answer_verb(session.id), hangup_verb(session.id)}:
            known.last_verb = VerbId(session.verb)
            known.last_outcome = None if session.outcome is None else self._outcome(known.last_verb, session.outcome)
        self.sessions[known.ref.session] = known
        return known

    def _outcome(self, verb: VerbId, result: messages.VerbResult) -> VerbOutcome:
        """The verb's end; masked digits go to where secrets are kept, and nowhere else.

        A verb that was asked for before our own start is known by its contact's step.
        """
        contact = self._masked.get(verb) or self._masked_for(verb)
        if contact is None:
            return outcome_of(result)
        return outcome_of(result, self._keep(contact, result.digits))
