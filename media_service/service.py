"""The media service as a whole: SIP in front, the packet engine behind, the control door beside."""

from collections.abc import Callable
from typing import Final, cast

import structlog
from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IReactorTime
from twisted.internet.posixbase import PosixReactorBase
from twisted.python.failure import Failure

from media_service.call import Call
from media_service.calls import Calls
from media_service.control.messages import (
    PROTOCOL_VERSION,
    Drain,
    Place,
    Port,
    PortChanged,
    Refused,
    ServiceChanged,
    SessionSignals,
    Verb,
    Welcome,
)
from media_service.control.server import ControlServer
from media_service.engine.interface import EngineEvent, EngineFailed, MediaEngine
from media_service.line import Line
from media_service.ports import PortTable
from media_service.settings import MediaSettings, PortAccount
from media_service.sound.recordings import Recordings
from media_service.speech_choice import Speech
from media_service.surroundings import Speaker, Surroundings
from media_service.trunk import TrunkLines
from sip.events import (
    Answered,
    Confirmed,
    Ended,
    InfoReceived,
    InviteReceived,
    OfferAnswered,
    OfferReceived,
    PeerReachable,
    PeerUnreachable,
    Progress,
    TransferNews,
    UaEvent,
)
from sip.events import Refused as CallRefused
from sip.trunks.trunk import Trunk

ENGINE_RETRY: Final = 1.0
TRUNK: Final = "trunk"
LAST_WORDS: Final = 2.0
"""Seconds that BYE and unregistering have at a stop."""
CHANGE_DELAY: Final = 0.2
"""Seconds within which changes of the number of free ports are told as one."""

Log = structlog.stdlib.BoundLogger


class MediaService:
    """One media service.

    Args:
        reactor: the reactor, handed in.
        settings: the checked settings.
        accounts: the ports with their passwords.
        engine: moves the packets; not started yet.
        speak: gives the sounds of utterances.
        clock: Unix seconds.
        tokens: fresh random hex text, 16 digits or more.
        speech: engines that speak texts and understand callers, ended with the service.
    """

    def __init__(
        self,
        reactor: PosixReactorBase,
        settings: MediaSettings,
        accounts: tuple[PortAccount, ...],
        *,
        engine: MediaEngine,
        speak: Speaker,
        clock: Callable[[], float],
        tokens: Callable[[], str],
        speech: Speech | None = None,
    ) -> None:
        self._reactor = reactor
        self._settings = settings
        self._engine = engine
        self._speech = speech or Speech(None, None)
        self._stopping = False
        self._draining = False
        self._clients = 0
        self._change_due: DelayedCall | None = None
        self.log = cast("Log", structlog.get_logger().bind(service=settings.name))
        self.ports = PortTable((account.number for account in accounts), self._port_changed)
        self.control = ControlServer(reactor, self, self._control_news)
        self.line = Line(
            reactor,
            settings,
            accounts,
            tokens=tokens,
            listener=self._sip_event,
            registrations=self._registration_news,
            clock=clock,
        )
        trunk = settings.trunk
        self.trunk = TrunkLines(Trunk(TRUNK, trunk.peers, trunk.numbers, trunk.lines)) if trunk is not None else None
        around = Surroundings(
            reactor,
            clock,
            engine,
            self.line,
            speak,
            self.control.broadcast,
            self._find,
            Recordings(settings.recordings.directory),
            self._speech.recogniser,
            settings.media.in_band_digits,
        )
        self.calls = Calls(
            around, settings, self.line, self.ports, self.trunk, tokens=tokens, changed=self._free_changed
        )
        self.sessions = self.calls.sessions

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
            lines=self.trunk.free if self.trunk is not None else 0,
            engine=self._engine.capabilities().detail,
        )

    async def reload(self) -> None:
        """At SIGHUP: read certificates that were renewed; calls and connections that stand notice nothing of it."""
        renewed = self.line.renew_certificates()
        self.log.info("certificates renewed" if renewed else "certificates as before")

    async def stop(self) -> None:
        """End every call with BYE, unregister, close the doors and end the packet process."""
        if self._stopping:
            return
        self._stopping = True
        self.log.info("media service stops", calls=len(self.sessions))
        self.calls.release_all("the media service stops")
        done = self.line.unregister()
        # ReactorBase provides IReactorTime; its declaration by zope.interface is not visible to the type checker.
        done.addTimeout(LAST_WORDS, cast("IReactorTime", self._reactor)).addErrback(self._unregistering_timed_out)
        await done
        if self._change_due is not None and self._change_due.active():
            self._change_due.cancel()
        await self.control.stop()
        await self.line.stop()
        await self._engine.shutdown()
        for each in (self._speech.synthesiser, self._speech.recogniser):
            if each is not None:
                await each.close()
        self.log.info("media service stopped")

    def _unregistering_timed_out(self, _failure: Failure) -> None:
        self.log.warning("the PBX did not confirm that the ports are unregistered")

    # --- the control door -------------------------------------------------------------------------------------------

    def welcome(self) -> Welcome:
        """What a new client is told: every port and session, and what the packet engine can do."""
        able = self._engine.capabilities()
        return Welcome(
            version=PROTOCOL_VERSION,
            service=self._settings.name,
            ports=self.ports.all(),
            sessions=tuple(session.describe() for session in self.sessions),
            free=self.calls.free,
            draining=self._draining,
            engine=able.detail,
            encodings=able.encodings,
            srtp=able.srtp,
            signals=True,
        )

    def signals(self, session: str) -> SessionSignals:
        """The SIP messages that are kept of a session."""
        return SessionSignals(session, self.line.signalling.of(session))

    def wish(self, wish: Verb | Place | Drain) -> Refused | None:
        """Carry a wish out; for a session that is over, tell how its verb ended."""
        match wish:
            case Verb():
                call = self.calls.find(wish.session)
                if call is not None:
                    call.verb(wish)
                else:
                    self.control.broadcast(self.sessions.answer_for_absent(wish.id, wish.session))
            case Place():
                self.calls.place(wish, refusing=self._refusing())
            case Drain(on=on):
                self._drain(on=on)
        return None

    def clients_changed(self, connected: int) -> None:
        """CTI servers came or went; calls and their music go on without them."""
        self._clients = connected
        self.calls.attended(by_anybody=connected > 0)

    def _drain(self, *, on: bool) -> None:
        if on != self._draining:
            self._draining = on
            self.log.info("the service drains" if on else "the service takes calls again", calls=len(self.sessions))
        self._tell_change()

    def _free_changed(self) -> None:
        if self._change_due is None and self._clients and not self._stopping:
            self._change_due = self._reactor.callLater(CHANGE_DELAY, self._tell_change)

    def _tell_change(self) -> None:
        if self._change_due is not None and self._change_due.active():
            self._change_due.cancel()
        self._change_due = None
        self.control.broadcast(ServiceChanged(free=self.calls.free, draining=self._draining))

    def _control_news(self, text: str, facts: dict[str, str]) -> None:
        level = self.log.warning if text.endswith("refused") else self.log.info
        level(text, **facts)

    def _port_changed(self, port: Port) -> None:
        self.control.broadcast(PortChanged(port))
        self._free_changed()

    # --- SIP --------------------------------------------------------------------------------------------------------

    def _registration_news(self, number: str, *, registered: bool, detail: str) -> None:
        news = self.ports.registered(number, registered=registered)
        if registered and news:
            self.log.info("port registered", port=number)
        elif not registered:
            self.log.warning("port not registered", port=number, reason=detail)

    def _pbx_news(self, event: PeerReachable | PeerUnreachable) -> None:
        if isinstance(event, PeerReachable):
            self.log.info("the PBX answers", peer=str(event.peer))
        else:
            self.log.warning("the PBX does not answer", peer=str(event.peer), reason=event.reason)

    def _refusing(self) -> str:
        if self._stopping:
            return "the media service stops"
        return "the media service drains" if self._draining else ""

    def _sip_event(self, event: UaEvent) -> None:
        if isinstance(event, InviteReceived):
            self.calls.invited(event, refusing=self._refusing(), by_anybody=self._clients > 0)
            return
        if isinstance(event, PeerReachable | PeerUnreachable):
            self._pbx_news(event)
            return
        leg = getattr(event, "leg", None)
        call = self.calls.at(leg) if leg is not None else None
        if call is None:
            return
        match event:
            case Confirmed(sdp=sdp) | Answered(sdp=sdp):
                call.confirmed(sdp)
            case Ended(by=by, reason=reason):
                call.gone(by, reason)
            case CallRefused(status=status, reason=reason):
                call.gone("refused", f"{status} {reason}".strip(), status)
            case Progress(sdp=sdp):
                call.progress(sdp)
            case OfferReceived(sdp=sdp):
                call.offer_received(sdp)
            case OfferAnswered(sdp=sdp):
                call.offer_answered(sdp)
            case _:
                self._within_call(event, call)

    def _within_call(self, event: UaEvent, call: Call) -> None:
        match event:
            case InfoReceived(digit=digit) if digit:
                call.info_digit(digit)
            case TransferNews(status=status, reason=reason, over=over):
                call.transfer_news(status, reason, over=over)
            case _:
                self.log.debug("sip event without meaning here", sip_event=type(event).__name__)

    # --- the engine -------------------------------------------------------------------------------------------------

    def _find(self, session: str) -> Call | None:
        return self.calls.find(session)

    def _engine_event(self, event: EngineEvent) -> None:
        if isinstance(event, EngineFailed):
            self._engine_failed(event.reason)
            return
        call = self.calls.find(event.port)
        if call is not None:  # else it is news of a call that has just ended
            call.engine_event(event)

    def _engine_failed(self, reason: str) -> None:
        self.log.error("the packet engine failed; its calls are lost", reason=reason, calls=len(self.sessions))
        self.calls.fail_all("the packet engine failed")
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
