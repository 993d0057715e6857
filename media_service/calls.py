"""All calls of a service: those that come in at ports or over the trunk, those that are placed, and their ends."""

from collections.abc import Callable
from typing import Final, cast

import structlog
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from media_service.arrivals import arrival_of
from media_service.call import Beginning, Call
from media_service.control.messages import Place, Quality, SessionArrived, VerbEnded, VerbResult
from media_service.engine.errors import EngineError
from media_service.engine.interface import Address, PortFigures
from media_service.ivr.session import Arrival, CallSession, Fallback
from media_service.ivr.sessions import Sessions
from media_service.line import Line
from media_service.negotiation import Negotiation
from media_service.offering import offering_of, security_of
from media_service.ports import PortTable
from media_service.security.dtls import DtlsContext
from media_service.settings import MediaSettings
from media_service.surroundings import Headers, Surroundings
from media_service.trunk import WAIT, TrunkLines
from program.trace_context import TraceContext
from sip.errors import SipError
from sip.events import InviteReceived, Leg

FIGURES_LIMIT: Final = 1.0
"""Seconds that the engine has to tell the figures of a call that is over."""
MAX_NAME: Final = 64
CALLS_AT_PORT: Final = 2
"""Calls at once at a port that takes a second one: the caller's, and an agent's that is joined with it."""

Log = structlog.stdlib.BoundLogger


class Calls:
    """The calls of one service.

    Args:
        around: what every call uses.
        settings: the service's.
        line: the SIP side.
        ports: the registered ports.
        trunk: the lines that need no registration, where there are any.
        tokens: fresh random hex text.
        changed: called whenever another number of calls can be taken.
    """

    def __init__(
        self,
        around: Surroundings,
        settings: MediaSettings,
        line: Line,
        ports: PortTable,
        trunk: TrunkLines | None,
        *,
        tokens: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        self.sessions = Sessions()
        self._around = around
        self._settings = settings
        self._line = line
        self._ports = ports
        self._trunk = trunk
        self._tokens = tokens
        self._changed = changed
        self._calls: dict[str, Call] = {}
        self._by_leg: dict[Leg, Call] = {}
        self._coming: set[Call] = set()
        """Calls whose engine port is being opened."""
        self.log = cast("Log", structlog.get_logger().bind(service=settings.name))
        unattended = settings.unattended
        self._fallback = Fallback(unattended.after, unattended.music, unattended.limit, unattended.announcement)
        self._offering = offering_of(settings.media, around.engine.capabilities())
        self._security = security_of(self._offering, around.clock())
        self._dtls = DtlsContext(self._security.identity, self._offering.profiles) if self._security else None

    @property
    def free(self) -> int:
        """How many calls can be taken: free registered ports, and free lines of the trunk."""
        return self._ports.free + (self._trunk.free if self._trunk is not None else 0)

    def find(self, session: str) -> Call | None:
        """The call of a session that lives."""
        return self._calls.get(session)

    def at(self, leg: Leg) -> Call | None:
        """The call of a leg."""
        return self._by_leg.get(leg)

    def attended(self, *, by_anybody: bool) -> None:
        """CTI servers came or went."""
        for call in tuple(self._calls.values()):
            call.attended(by_anybody=by_anybody)

    def release_all(self, detail: str) -> None:
        """The service ends all calls."""
        for call in self._all():
            call.release(detail)

    def fail_all(self, detail: str) -> None:
        """No call can go on."""
        calls = self._all()
        self._calls.clear()  # the engine has nothing more to tell of them
        for call in calls:
            call.fail(detail)

    def _all(self) -> tuple[Call, ...]:
        return tuple(dict.fromkeys([*self._by_leg.values(), *self._coming]))

    # --- calls that come in -----------------------------------------------------------------------------------------

    def invited(self, event: InviteReceived, *, refusing: str, by_anybody: bool) -> None:
        """A call comes in; ``refusing`` says why none is taken now, empty where some are."""
        number = event.request.target.user
        port = self._ports.get(number)
        if refusing:
            self._refuse(event.leg, 503, refusing, number, (("Retry-After", str(WAIT)),))
        elif port is not None:
            replaced = self._by_leg.get(event.replaces) if event.replaces is not None else None
            replaces = replaced is not None and replaced.port == port.session
            if port.session is None or replaces or self._takes_second(number):
                self._ring(event, number, by_anybody=by_anybody)
            else:
                self._refuse(event.leg, 486, "the port is taken", number)
        elif self._trunk is None:
            self._refuse(event.leg, 404, "no such port", number)
        else:
            self._over_trunk(event, number, self._trunk, by_anybody=by_anybody)

    def _over_trunk(self, event: InviteReceived, number: str, trunk: TrunkLines, *, by_anybody: bool) -> None:
        objection = trunk.objection(event.source.host, number)
        if objection is None:
            self._ring(event, trunk.take(), by_anybody=by_anybody)
        else:
            wait = (("Retry-After", str(WAIT)),) if objection.status == 503 else ()
            self._refuse(event.leg, objection.status, f"{objection.reason} ({event.source})", number, wait)

    def _refuse(self, leg: Leg, status: int, why: str, number: str, headers: Headers = ()) -> None:
        self.log.warning("call refused", port=number[:32], status=status, reason=why)
        self._line.refuse(leg, status, "", headers)

    def _ring(self, event: InviteReceived, port: str, *, by_anybody: bool) -> None:
        arrival = arrival_of(event, f"{port}-{self._tokens()[:12]}", port, self._around.clock())
        negotiation = self._negotiation(arrival.at)
        objection = negotiation.objection(event.sdp)
        if objection is not None:
            if self._trunk is not None:
                self._trunk.give_back(port)
            warning = objection.headers(self._settings.sip.host)
            self._refuse(event.leg, objection.status, objection.reason, port, warning)
            return
        traced = event.request.headers.count("traceparent")
        if traced and not arrival.traceparent:
            self.log.debug("traceparent passed over: it is none", session=arrival.session, fields=traced)
        session = CallSession(arrival, self._fallback)
        beginning = Beginning(event.leg, event.sdp, event.source.host)
        call = Call(self._around, session, beginning, negotiation, dtls=self._dtls, ended=self._ended)
        self._by_leg[event.leg] = call
        self._line.follow(arrival.session, event.leg)
        self._take_port(arrival, beside=event.replaces is None)
        self._line.ring(event.leg)
        opening = self._open(call, None)
        opening.addCallbacks(
            self._opened, self._not_opened, callbackArgs=(call, by_anybody), errbackArgs=(call, "no engine port")
        )

    def _open(self, call: Call, beside: str | None) -> "Deferred[Address]":
        self._coming.add(call)
        return maybeDeferred(self._around.engine.open, call.port, beside=beside)

    def _opened(self, address: Address, call: Call, by_anybody: bool) -> None:
        if self._admit(address, call):
            call.begin(by_anybody=by_anybody)

    def _admit(self, address: Address, call: Call) -> bool:
        self._coming.discard(call)
        if call.session.over:
            self._around.engine.close(call.port)
            return False
        call.audio.negotiation.address = address
        call.log.info("session arrived", sip_call_id=call.session.arrival.sip_call_id)
        self._calls[call.port] = call
        self.sessions.add(call.session)
        self._around.tell(SessionArrived(call.session.describe()))
        return True

    def _not_opened(self, failure: Failure, call: Call, what: str) -> None:
        self._coming.discard(call)
        self.log.error(what, port=call.session.arrival.port, reason=failure.getErrorMessage())
        if not call.session.over:
            if call.leg:
                self._line.refuse(call.leg, 503, "", (("Retry-After", str(WAIT)),))
            call.gone("error", what)

    # --- calls that are placed --------------------------------------------------------------------------------------

    def place(self, wish: Place, *, refusing: str) -> None:
        """Place a call, once: of a wish that came before only the end is told again."""
        if self._came_before(wish):
            return
        reason = refusing or self._objection(wish)
        port = "" if reason else self._free_port(wish)
        if not port:
            self._not_placed(wish, reason or "no port is free")
            return
        arrival = Arrival(
            session=wish.session,
            port=port,
            caller=wish.caller or port,
            called=wish.target,
            sip_call_id="",
            at=self._around.clock(),
            dialled=wish.target,
            display=wish.display,
        )
        session = CallSession(arrival, self._fallback, placed=wish.id, patience=wish.timeout)
        negotiation = self._negotiation(arrival.at)
        beginning = Beginning(Leg(""), b"")
        call = Call(self._around, session, beginning, negotiation, dtls=self._dtls, ended=self._ended)
        self._take_port(arrival)
        opening = self._open(call, wish.beside if wish.beside in self._calls else None)
        opening.addCallbacks(
            self._invite, self._not_opened, callbackArgs=(call, wish), errbackArgs=(call, "no engine port")
        )

    def _came_before(self, wish: Place) -> bool:
        """Whether the name is known already; the same wish is then answered as it was, another one refused."""
        coming = next((call for call in self._coming if call.port == wish.session), None)
        if coming is not None and not coming.session.over and wish.id in coming.session.outcomes:
            return True
        if coming is None and not self.sessions.knows(wish.session):
            return False
        again = self.sessions.answer_again(wish.id, wish.session)
        if again is not None:
            self._around.tell(again)
        return True

    def _not_placed(self, wish: Place, reason: str) -> None:
        self.log.warning("no call is placed", target=wish.target[:64], reason=reason)
        result = VerbResult("failed", detail=reason)
        self.sessions.never(wish.session, wish.id, result)
        self._around.tell(VerbEnded(id=wish.id, session=wish.session, outcome=result))

    def _objection(self, wish: Place) -> str:
        if not wish.session.replace("-", "").replace("_", "").isalnum() or len(wish.session) > MAX_NAME:
            return f"a session's name is 1 to {MAX_NAME} letters, digits, - and _"
        if not 1.0 <= wish.timeout <= 3600.0:
            return f"a timeout of {wish.timeout} s is not between 1 and 3600"
        if wish.traceparent and TraceContext.parse(wish.traceparent) is None:
            return "the traceparent is none (W3C Trace Context 3.2)"
        return self._line.objection(wish.target)

    def _free_port(self, wish: Place) -> str:
        if wish.port:
            port = self._ports.get(wish.port)
            return wish.port if port is not None and port.session is None else ""
        free = self._ports.a_free_one()
        if free:
            return free
        return self._trunk.take() if self._trunk is not None and self._trunk.free else ""

    def _invite(self, address: Address, call: Call, wish: Place) -> None:
        arrival = call.session.arrival
        if not self._admit(address, call):
            return
        try:
            sdp = call.audio.negotiation.offer()
            trace = TraceContext.parse(wish.traceparent)
            headers = () if trace is None else (("traceparent", str(trace)),)
            shown = (arrival.caller, arrival.display)
            call.leg = self._line.invite(arrival.port, wish.target, sdp, *shown, headers=headers)
        except (SipError, ValueError) as error:
            call.log.warning("no call is placed", reason=str(error))
            call.announced = True
            call.gone("refused", str(error), 400)
            return
        self._by_leg[call.leg] = call
        self._line.follow(arrival.session, call.leg)
        call.begin(by_anybody=True)

    # --- their ends -------------------------------------------------------------------------------------------------

    def _negotiation(self, now: float) -> Negotiation:
        return Negotiation(int(now * 1000), self._offering, self._security)

    def _at_port(self, number: str) -> list[Call]:
        """The calls at a port, the oldest first: those whose engine port is still being opened are the youngest."""
        known = dict.fromkeys([*self._calls.values(), *self._by_leg.values(), *self._coming])
        return [call for call in known if call.session.arrival.port == number]

    def _takes_second(self, number: str) -> bool:
        """Whether a port that has a call takes another one: only where the settings say so, and never a third."""
        return self._settings.registrar.second_call and len(self._at_port(number)) < CALLS_AT_PORT

    def _take_port(self, arrival: Arrival, *, beside: bool = False) -> None:
        """The port is the session's now, unless it only came ``beside`` another one that goes on there."""
        port = self._ports.get(arrival.port)
        if port is not None and not (beside and port.session is not None):
            self._ports.taken(arrival.port, arrival.session)
        self._changed()

    def _ended(self, call: Call) -> None:
        arrival = call.session.arrival
        self._by_leg.pop(call.leg, None)
        opened = self._calls.pop(call.port, None) is not None
        self.sessions.end(call.session)
        if self._ports.get(arrival.port) is not None:
            self._ports.freed(arrival.port, arrival.session)
            left = self._at_port(arrival.port) if self._settings.registrar.second_call else []
            if left:  # it came beside the one that is over
                self._take_port(left[0].session.arrival, beside=True)
        elif self._trunk is not None:
            self._trunk.give_back(arrival.port)
        self._changed()
        if opened:
            figures = maybeDeferred(self._around.engine.figures, call.port)
            # ReactorBase provides IReactorTime; its declaration by zope.interface is not visible to the type checker.
            if not figures.called:
                figures.addTimeout(FIGURES_LIMIT, cast("IReactorTime", self._around.reactor))
            figures.addCallbacks(self._tell_quality, self._no_figures, callbackArgs=(call,), errbackArgs=(call,))
            figures.addBoth(lambda _: self._close(call))

    def _close(self, call: Call) -> None:
        try:
            self._around.engine.close(call.port)
        except EngineError as error:
            call.log.info("the engine has ended before its port was closed", reason=str(error))

    def _tell_quality(self, figures: PortFigures, call: Call) -> None:
        arrival = call.session.arrival
        quality = Quality(
            session=arrival.session,
            port=arrival.port,
            seconds=round(max(0.0, self._around.clock() - arrival.at), 3),
            sent=figures.sent,
            received=figures.received,
            lost=figures.lost,
            late=figures.late,
            jitter=figures.jitter,
            mos=figures.mos,
            round_trip=figures.round_trip,
            remote_loss=figures.remote_loss,
            remote_jitter=figures.remote_jitter,
        )
        self._around.tell(quality)
        stream = call.audio.stream
        if stream is None:
            return  # it was never answered
        call.log.info(
            "call quality",
            codec=str(stream.encoding),
            to=f"{stream.remote.host}:{stream.remote.port}",
            telephone_event=call.audio.takes_events,
            sent=figures.sent,
            received=figures.received,
            lost=figures.lost,
            late=figures.late,
            jitter_ms=round(figures.jitter * 1000, 1),
            mos=round(figures.mos, 2) if figures.mos is not None else None,
        )

    def _no_figures(self, failure: Failure, call: Call) -> None:
        call.log.info("no figures of the call", reason=failure.getErrorMessage())
