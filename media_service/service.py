"""The media service as a whole: SIP in front, the packet engine behind, the control door beside."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import structlog
from twisted.internet.defer import maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.posixbase import PosixReactorBase
from twisted.python.failure import Failure

from media_service.call import Call, Log, Surroundings
from media_service.control.messages import (
    PROTOCOL_VERSION,
    Drain,
    Place,
    Port,
    PortChanged,
    Refused,
    SessionArrived,
    Utterance,
    Verb,
    Welcome,
)
from media_service.control.server import ControlServer
from media_service.engine.interface import (
    Address,
    DigitReceived,
    EngineEvent,
    EngineFailed,
    MediaEngine,
    PlayEnded,
)
from media_service.ivr.session import Arrival, CallSession, Fallback
from media_service.ivr.sessions import Sessions
from media_service.line import Line, dtmf_relay_digit
from media_service.ports import PortTable
from media_service.settings import MediaSettings, PortAccount
from sip.events import (
    Confirmed,
    Ended,
    InfoReceived,
    InviteReceived,
    Leg,
    OfferAnswered,
    OfferReceived,
    UaEvent,
)

ENGINE_RETRY: Final = 1.0
LAST_WORDS: Final = 2.0
"""Seconds that BYE and unregistering have at a stop."""


class MediaService:
    """One media service.

    Args:
        reactor: the reactor, handed in.
        settings: the checked settings.
        accounts: the ports with their passwords.
        engine: moves the packets; not started yet.
        speak: gives the files of utterances, or raises `PromptError`.
        clock: Unix seconds.
        tokens: fresh random hex text, 16 digits or more.
    """

    def __init__(
        self,
        reactor: PosixReactorBase,
        settings: MediaSettings,
        accounts: tuple[PortAccount, ...],
        *,
        engine: MediaEngine,
        speak: Callable[[tuple[Utterance, ...]], tuple[Path, ...]],
        clock: Callable[[], float],
        tokens: Callable[[], str],
    ) -> None:
        self._reactor = reactor
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._tokens = tokens
        self._stopping = False
        self._calls: dict[str, Call] = {}
        self._by_leg: dict[Leg, Call] = {}
        self.log: Log = structlog.get_logger().bind(service=settings.name)
        self.sessions = Sessions()
        self.ports = PortTable((account.number for account in accounts), self._port_changed)
        self.control = ControlServer(reactor, self, self._control_news)
        self.line = Line(
            reactor,
            settings,
            accounts,
            tokens=tokens,
            listener=self._sip_event,
            registrations=self._registration_news,
        )
        self._around = Surroundings(reactor, clock, engine, self.line, speak, self.control.broadcast)
        self._clients = 0

    # --- life -------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the engine, SIP and the control door, and begin to register.

        Raises:
            EngineError: the packet process does not start.
            twisted.internet.error.CannotListenError: an address is taken or not ours.
        """
        await self._engine.start(self._engine_event)
        await self.line.start()
        control = self._settings.control
        self.control.start(control.host, control.port)
        self.line.register()
        sip = self._settings.sip
        self.log.info(
            "media service ready",
            control=f"{control.host}:{self.control.port}",
            sip=f"{sip.host}:{self.line.port}",
            ports=len(self.ports.all()),
        )

    async def stop(self) -> None:
        """End every call with BYE, unregister, close the doors and end the packet process."""
        if self._stopping:
            return
        self._stopping = True
        self.log.info("media service stops", calls=len(self._calls))
        for call in list(self._by_leg.values()):
            call.release("the media service stops")
        done = self.line.unregister()
        # ReactorBase provides IReactorTime; its declaration by zope.interface is not visible to the type checker.
        done.addTimeout(LAST_WORDS, cast("IReactorTime", self._reactor)).addErrback(self._unregistering_timed_out)
        await done
        await self.control.stop()
        await self.line.stop()
        await self._engine.shutdown()
        self.log.info("media service stopped")

    def _unregistering_timed_out(self, _failure: Failure) -> None:
        self.log.warning("the PBX did not confirm that the ports are unregistered")

    # --- the control door -------------------------------------------------------------------------------------------

    def welcome(self) -> Welcome:
        """What a new client is told: every port and session."""
        return Welcome(
            version=PROTOCOL_VERSION,
            service=self._settings.name,
            ports=self.ports.all(),
            sessions=tuple(session.describe() for session in self.sessions),
        )

    def wish(self, wish: Verb | Place | Drain) -> Refused | None:
        """Carry a verb out; for a session that is over, tell how the verb ended."""
        if not isinstance(wish, Verb):
            return Refused("unsupported", f"{type(wish).__name__} is not carried out")
        verb = wish
        call = self._calls.get(verb.session)
        if call is not None:
            call.verb(verb)
        else:
            self.control.broadcast(self.sessions.answer_for_absent(verb))
        return None

    def clients_changed(self, connected: int) -> None:
        """CTI servers came or went; calls and their music go on without them."""
        self._clients = connected
        for call in list(self._calls.values()):
            call.attended(by_anybody=connected > 0)

    def _control_news(self, text: str, facts: dict[str, str]) -> None:
        level = self.log.warning if text.endswith("refused") else self.log.info
        level(text, **facts)

    def _port_changed(self, port: Port) -> None:
        self.control.broadcast(PortChanged(port))

    # --- SIP --------------------------------------------------------------------------------------------------------

    def _registration_news(self, number: str, *, registered: bool, detail: str) -> None:
        news = self.ports.registered(number, registered=registered)
        if registered and news:
            self.log.info("port registered", port=number)
        elif not registered:
            self.log.warning("port not registered", port=number, reason=detail)

    def _sip_event(self, event: UaEvent) -> None:
        if isinstance(event, InviteReceived):
            self._invited(event)
            return
        leg = getattr(event, "leg", None)
        call = self._by_leg.get(leg) if leg is not None else None
        if call is None:
            return
        match event:
            case Confirmed(sdp=sdp):
                call.confirmed(sdp)
            case Ended(by=by, reason=reason):
                call.gone(by, reason)
            case OfferReceived(sdp=sdp):
                call.offer_received(sdp)
            case OfferAnswered(sdp=sdp):
                call.offer_answered(sdp)
            case InfoReceived(content_type=content_type, body=body):
                digit = dtmf_relay_digit(content_type, body)
                if digit:
                    call.info_digit(digit)
            case _:
                self.log.debug("sip event without meaning here", sip_event=type(event).__name__)

    def _invited(self, event: InviteReceived) -> None:
        number = event.request.target.user
        port = self.ports.get(number)
        if self._stopping:
            self._refuse(event.leg, 503, "the media service stops", number)
        elif port is None:
            self._refuse(event.leg, 404, "no such port", number)
        elif port.session is not None:
            self._refuse(event.leg, 486, "the port is taken", number)
        else:
            self._ring(event, number)

    def _refuse(self, leg: Leg, status: int, why: str, number: str) -> None:
        self.log.warning("call refused", port=number[:32], status=status, reason=why)
        self.line.refuse(leg, status, "")

    def _ring(self, event: InviteReceived, number: str) -> None:
        arrival = Arrival(
            session=f"{number}-{self._tokens()[:12]}",
            port=number,
            caller=event.request.from_.uri.user,
            called=event.request.to.uri.user,
            sip_call_id=event.request.call_id,
            at=self._clock(),
        )
        unattended = self._settings.unattended
        fallback = Fallback(unattended.after, unattended.music, unattended.limit, unattended.announcement)
        call = Call(self._around, event.leg, CallSession(arrival, fallback), event.sdp, self._call_ended)
        objection = call.negotiation.objection(event.sdp)
        if objection is not None:
            self._refuse(event.leg, objection.status, objection.reason, number)
            return
        self._by_leg[event.leg] = call
        self.ports.taken(number, arrival.session)
        self.line.ring(event.leg)
        opening = maybeDeferred(self._engine.open, call.port)
        opening.addCallbacks(self._opened, self._not_opened, callbackArgs=(call,), errbackArgs=(call,))

    def _opened(self, address: Address, call: Call) -> None:
        if call.session.over:
            self._engine.close(call.port)
            return
        call.negotiation.address = address
        call.log.info("session arrived", sip_call_id=call.session.arrival.sip_call_id)
        self._calls[call.port] = call
        self.sessions.add(call.session)
        self.control.broadcast(SessionArrived(call.session.describe()))
        call.begin(by_anybody=self._clients > 0)

    def _not_opened(self, failure: Failure, call: Call) -> None:
        self.log.error("no engine port", port=call.session.arrival.port, reason=failure.getErrorMessage())
        if not call.session.over:
            self.line.refuse(call.leg, 503, "")
            call.gone("error", "no engine port")

    def _call_ended(self, call: Call) -> None:
        arrival = call.session.arrival
        self._by_leg.pop(call.leg, None)
        self._calls.pop(call.port, None)
        self.sessions.end(call.session)
        self.ports.freed(arrival.port, arrival.session)

    # --- the engine -------------------------------------------------------------------------------------------------

    def _engine_event(self, event: EngineEvent) -> None:
        match event:
            case EngineFailed(reason=reason):
                self._engine_failed(reason)
            case PlayEnded(port=port, token=token, finished=finished, detail=detail) if port in self._calls:
                self._calls[port].play_ended(token, finished=finished, detail=detail)
            case DigitReceived(port=port, digit=digit) if port in self._calls:
                self._calls[port].digit(digit)
            case _:
                pass  # news of a call that has just ended

    def _engine_failed(self, reason: str) -> None:
        self.log.error("the packet engine failed; its calls are lost", reason=reason, calls=len(self._calls))
        for call in list(self._by_leg.values()):
            call.fail("the packet engine failed")
        if not self._stopping:
            self._reactor.callLater(ENGINE_RETRY, self._restart_engine)

    def _restart_engine(self) -> None:
        if self._stopping:
            return

        def started(_: None) -> None:
            self.log.info("the packet engine runs again")

        def not_started(failure: Failure) -> None:
            self.log.error("the packet engine does not start, trying on", reason=failure.getErrorMessage())
            self._reactor.callLater(ENGINE_RETRY, self._restart_engine)

        self._engine.start(self._engine_event).addCallbacks(started, not_started)
