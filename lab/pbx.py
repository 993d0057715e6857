"""The PBX in a box: the switching model joined to SIP, to the packet engine and to CSTA."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import fields
from random import Random
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred

from csta.identifiers import ConnectionID
from csta.messages import AgentEvent, ErrorResponse, Event, Request, Response
from lab.csta.model import Model, Rules
from lab.csta.office import CstaOffice
from lab.csta_settings import route_plans
from lab.faults import Faults
from lab.media_paths import MediaPaths, PhoneWish
from lab.registrar import Registrar
from lab.settings import Lab, realm_secret
from lab.switch import steps
from lab.switch.steps import Step
from lab.switch.switch import Switch
from lab.switch.wishes import CallerID, HangUp, Hear, Invite, Notify, Refuse, Ring, SendDigits, Tone, Wish
from lab.tones import Tones
from media_service.engine.interface import Address, EngineEvent, EngineFailed, MediaEngine
from program.logs import Log
from sip import events
from sip.errors import SipError, SipStateError, SipSyntaxError
from sip.events import Endpoint, Leg, UaEvent
from sip.headers import NameAddr
from sip.transport import SipEndpoint
from sip.ua import UserAgent
from sip.uri import SipUri

ENGINE_RETRY = 1.0
"""Seconds from the packet engine's failure to its next start."""

DIGIT_MILLISECONDS = 160
"""Length of a digit that is sent by SIP INFO."""

PASSED_ON = "traceparent"
"""A header that the PBX passes on unread to whoever the call is brought to (RFC 3261 16.6; many a PBX does not)."""

PRODUCT = "Callwright lab PBX"
_NUMBER = re.compile(r"[0-9A-Za-z*#+._-]{1,32}")


class Pbx:
    """One lab PBX. `start` it, and it serves phones, callers and applications until `stop`.

    Args:
        reactor: the asyncio reactor, handed in.
        lab: the checked settings.
        engine: the packet engine for tones, not started yet.
        log: the log.
        tokens: gives fresh random hex text.
    """

    def __init__(self, reactor: Any, lab: Lab, engine: MediaEngine, log: Log, tokens: Callable[[], str]) -> None:  # noqa: ANN401 - Twisted's reactor has many interfaces
        settings = lab.settings
        self._reactor = reactor
        self._lab = lab
        self._engine = engine
        self._log = log
        self._epoch = int(reactor.seconds())
        self.switch = Switch(lab.plan, epoch=self._epoch)
        self._bound: set[str] = set()
        self._media = MediaPaths(settings.sip.host)
        self._tones = Tones(
            engine,
            files={Tone.RINGBACK: lab.ringback, Tone.CONFIRMATION: lab.confirmation}
            | ({} if lab.hold is None else {Tone.HOLD: lab.hold}),
            ready=self._tone_ready,
            failed=self._tone_failed,
            log=log,
        )
        self._registrar = Registrar(
            settings.sip.domain,
            lab.passwords,
            realm_secret(lab),
            self._registration_changed,
            max_expires=settings.sip.max_expires,
            algorithms=settings.sip.digest,
            open_to=settings.sip.open_registration,
        )
        agent = UserAgent(Endpoint(settings.sip.host, settings.sip.port), tokens, PRODUCT, serves=("REGISTER",))
        self._sip = SipEndpoint(reactor, agent, self._heard, settings.sip.host, settings.sip.port)
        self.csta = self._make_csta()
        self._running = False
        self._out: dict[str, Leg] = {}  # our names of outgoing legs to the user agent's
        self._in: dict[str, str] = {}  # and back
        self._invites: dict[str, Invite] = {}
        self._brought: dict[str, list[tuple[str, str]]] = {}
        """Header fields of incoming legs that are of no account here, and are passed on with the call."""
        self._timer: DelayedCall | None = None
        self._settling = False
        self._wanted: deque[Wish | Step] = deque()

    def _make_csta(self) -> CstaOffice:
        lab, reactor = self._lab, self._reactor
        csta, faults = lab.settings.csta, lab.settings.faults
        model = Model(
            plan=lab.plan,
            supported=self.switch.supported(),
            perform=lambda request: self.switch.perform(request, reactor.seconds()),
            calls=lambda: frozenset(call.call_id for call in self.switch.calls()),
            settle=self._settle,
            attend=lambda devices: self.switch.attend(devices & frozenset(lab.plan.pilots)),
            now=reactor.seconds,
            restart=self._restart_switch,
        )
        rules = Rules(segment=csta.segment, extra_services=csta.extra_services, routes=route_plans(csta))
        chance = Faults(faults.rates, Random(faults.seed), faults.delay)  # noqa: S311 - it has to repeat, not to surprise
        return CstaOffice(reactor, model, rules, lab.listeners, csta.session, chance, lab.door, self._log)

    # ---- life

    @property
    def sip_port(self) -> int:
        """The real SIP port."""
        return self._sip.port

    @property
    def csta_port(self) -> int:
        """The real CSTA port of the first listener; `csta` knows them all."""
        return self.csta.ports[0]

    def perform(self, request: Request) -> Response | ErrorResponse:
        """Have the switch do what a service request says, as for a key of a phone; returns its answer."""
        answer, deed = self.switch.perform(request, self._reactor.seconds())
        deed()
        self._settle()
        return answer

    def start(self) -> Deferred[None]:
        """Listen. Fails with `CannotListenError` where a port is taken, `EngineError` where the engine does not run."""
        return Deferred.fromCoroutine(self._start())

    async def _start(self) -> None:
        settings = self._lab.settings
        await self._engine.start(self._engine_event)
        await self._sip.start()
        await self.csta.start()
        self._running = True
        self._log.info(
            "pbx ready",
            sip=f"{settings.sip.host}:{self.sip_port}",
            csta=[f"{one.host}:{port}" for one, port in zip(self._lab.listeners, self.csta.ports, strict=True)],
            extensions=len(self._lab.plan.extensions),
            pilots=sorted(self._lab.plan.pilots),
        )

    def stop(self) -> Deferred[None]:
        """Hang up every call, close every link and port."""
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._sip.call(self._hang_up_all)
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        self._running = False
        await self.csta.stop()
        await self._sip.stop()
        await self._engine.shutdown()
        self._log.info("pbx stopped")

    def _hang_up_all(self, now: float) -> None:
        for leg in list(self._in):
            self._sip.ua.hangup(Leg(leg), now)

    def _restart_switch(self) -> None:
        """Every call is over and the switch knows of nothing but who is registered; call identifiers are new ones."""
        self._log.warning("switch restarts", calls=len(self.switch.calls()))
        self._sip.call(self._hang_up_all)
        for leg in list(self._out):
            self._forget(leg)
        self._wanted.clear()
        self._epoch = max(self._epoch + 1, int(self._reactor.seconds()))
        self.switch = Switch(self._lab.plan, epoch=self._epoch)
        for number in self._bound:
            self.switch.registered(number)
        self._settle()

    def _engine_event(self, event: EngineEvent) -> None:
        if isinstance(event, EngineFailed):
            self._log.error("packet engine failed, callers hear no tones until it is back", reason=event.reason)
            self._reactor.callLater(ENGINE_RETRY, self._restart_engine)

    def _restart_engine(self) -> None:
        if self._running:
            starting = self._engine.start(self._engine_event)
            starting.addErrback(lambda failure: self._engine_event(EngineFailed(failure.getErrorMessage())))

    # ---- what happens on SIP

    def _heard(self, event: UaEvent) -> None:
        now = self._reactor.seconds()
        match event:
            case events.InviteReceived():
                self._invited(event, now)
            case events.RequestReceived(key, request, source):
                reply = self._registrar.register(request, source, now)
                self._sip.ua.respond(key, reply.status, reply.reason, reply.headers, b"", now)
            case events.Malformed(source, reason, data):
                self._log.warning("sip message refused", source=str(source), reason=reason, data=data[:80].hex())
            case events.InfoReceived(leg, content_type, body):
                self._log.debug("info ignored", leg=leg, type=content_type, length=len(body))
            case events.Registered() | events.RegistrationFailed() | events.PeerReachable() | events.PeerUnreachable():
                pass  # this user agent registers nowhere and watches nobody
            case _:
                self._heard_on_leg(event, self._in.get(event.leg, ""), now)
        self._settle()

    def _heard_on_leg(self, event: UaEvent, leg: str, now: float) -> None:
        match event:
            case events.Progress(_, status, _) if status in {180, 183}:
                self.switch.progressed(leg)
            case events.Answered(_, sdp, _):
                self._media.answered(leg, sdp)
                self._settle()  # an answer without audio breaks the leg first
                self.switch.answered(leg, now)
            case events.Confirmed(_, sdp):
                self._media.confirmed(leg, sdp)
            case events.Refused(_, status, _, _):
                self._forget(leg)
                self.switch.refused(leg, status, now)
            case events.Ended(_, by, reason):
                self._log.debug("leg ended", leg=leg, by=by, reason=reason)
                self._forget(leg)
                self.switch.ended(leg, now)
            case events.OfferReceived(_, sdp):
                self._offered(leg, sdp, now)
            case events.OfferAnswered(_, sdp):
                self._media.offer_answered(leg, sdp)
            case events.OfferRefused(_, status):
                self._media.offer_refused(leg, status, now)
            case _:
                pass  # a provisional response that says nothing of ringing

    def _offered(self, leg: str, sdp: bytes, now: float) -> None:
        match self._media.offer_received(leg, sdp):
            case PhoneWish.HOLD:
                self.switch.held(leg, now)
            case PhoneWish.RESUME:
                self.switch.resumed(leg, now)
                self._settle()
                self._media.resumed(leg)
            case None:
                pass  # a re-INVITE that concerns the media alone

    def _invited(self, event: events.InviteReceived, now: float) -> None:
        leg = str(event.leg)
        caller = self._caller(event)
        if caller is None:
            self._log.warning("call refused: not registered", source=str(event.source))
            self._sip.ua.refuse(event.leg, 403, "Forbidden", now)
        elif not self._media.arrived(leg, event.sdp):
            self._sip.ua.refuse(event.leg, 488, "Not Acceptable Here", now)
        else:
            dialled = event.request.target.user
            self._out[leg], self._in[leg] = event.leg, leg
            self._brought[leg] = [(PASSED_ON, value) for value in event.request.headers.all(PASSED_ON)]
            self._log.info("call", caller=caller.number, dialled=dialled)
            self.switch.arrived(leg, caller, dialled, now, self._trunk_of(caller, event.source))

    def _caller(self, event: events.InviteReceived) -> CallerID | None:
        """Who calls: a registered phone, or anybody at a trusted address by the number in From."""
        from_ = event.request.from_
        try:
            user = from_.uri.user
        except SipSyntaxError:
            user = ""
        number = user if _NUMBER.fullmatch(user) else "anonymous"
        trusted = event.source.host in self._lab.settings.sip.trusted or self._gateway(event.source) is not None
        if not trusted and not self._registrar.is_at(number, event.source):
            return None
        extension = self._lab.plan.extensions.get(number)
        return CallerID(number, extension.name if extension is not None else from_.display)

    def _trunk_of(self, caller: CallerID, source: Endpoint) -> str | None:
        """The trunk that a call came in by: it came from its gateway, and the caller is no extension."""
        return None if caller.number in self._lab.plan.extensions else self._gateway(source)

    def _gateway(self, source: Endpoint) -> str | None:
        trunks = self._lab.plan.trunks.values()
        place = (source.host, source.port)
        return next((trunk.number for trunk in trunks if (trunk.host, trunk.port) == place), None)

    def _registration_changed(self, number: str, bound: bool) -> None:
        self._log.info("registered" if bound else "unregistered", extension=number)
        if bound:
            self._bound.add(number)
            self.switch.registered(number)
        else:
            self._bound.discard(number)
            self.switch.unregistered(number)

    # ---- doing what the model wishes

    def _settle(self) -> None:
        """Carry out wishes and media steps until none is left; then arm the one timer."""
        if self._settling:
            return
        self._settling = True
        try:
            # Sending may bring events at once, and they new wishes.
            while self._sip.call(self._carry_out):
                self.csta.settled()
        finally:
            self._settling = False
        self._arm()

    def _carry_out(self, now: float) -> int:
        done = 0
        while self._collect():
            # What is left stays in line should a defect end this round.
            each = self._wanted.popleft()
            done += 1
            try:
                if isinstance(each, Wish):
                    self._grant(each, now)
                else:
                    self._take(each, now)
            except SipStateError as error:
                self._log.warning("step does not fit the leg's state", step=type(each).__name__, reason=str(error))
        return done

    def _collect(self) -> bool:
        if not self._wanted:
            self._wanted.extend(self.switch.take_wishes())
            self._wanted.extend(self._media.take_steps())
        return bool(self._wanted)

    def _grant(self, wish: Wish, now: float) -> None:
        match wish:
            case Notify(device, event):
                self._log.info("event", device=device, kind=type(event).__name__, **_facts(event))
                self.csta.notify(device, event)
            case Invite():
                self._invites[wish.leg] = wish
                self._media.invite(wish.leg, wish.offer_of)
            case Hear(leg, source):
                self._media.hear(leg, source)
            case SendDigits(leg, digits):
                for digit in digits if leg in self._out else "":
                    body = f"Signal={digit}\r\nDuration={DIGIT_MILLISECONDS}\r\n".encode()
                    self._sip.ua.info(self._out[leg], "application/dtmf-relay", body, now)
            case Ring(leg):
                self._sip.ua.ring(self._out[leg], now)
            case Refuse(leg, status, reason):
                ua_leg = self._out[leg]
                self._forget(leg)
                self._sip.ua.refuse(ua_leg, status, reason, now)
            case HangUp(leg):
                known = self._out.get(leg)
                self._forget(leg)
                if known is not None:
                    self._sip.ua.hangup(known, now)

    def _take(self, step: Step, now: float) -> None:
        match step:
            case steps.OpenTone(leg, port, sound):
                self._tones.open(leg, port, sound)
            case steps.ConnectTone(port, sound, agreement):
                self._tones.connect(port, sound, agreement)
            case steps.CloseTone(port):
                self._tones.close(port)
            case steps.Broken(leg, reason):
                self._log.warning("media cannot be joined", leg=leg, reason=reason)
                self.switch.broken(leg, now)
            case steps.SendInvite(leg, body):
                self._send_invite(leg, body, now)
            case _:
                self._take_on_leg(step, now)

    def _take_on_leg(self, step: Step, now: float) -> None:
        leg = self._out.get(step.leg) if not isinstance(step, steps.ConnectTone | steps.CloseTone) else None
        if leg is None:
            return  # it ended while the step waited
        agent = self._sip.ua
        match step:
            case steps.AcceptCall(_, body):
                agent.accept(leg, body, now)
            case steps.SendOffer(_, body):
                agent.reinvite(leg, body, now)
            case steps.AnswerOffer(_, body):
                agent.accept_offer(leg, body, now)
            case steps.RefuseOffer(_, status):
                agent.refuse_offer(leg, status, now)
            case _:
                pass  # the others are not for a leg that stands

    def _send_invite(self, leg: str, body: bytes, now: float) -> None:
        wish = self._invites.pop(leg, None)
        sent: Leg | None = None
        if wish is not None:
            try:
                sent = self._invite_phone(wish, body, now)
            except (SipError, ValueError) as error:
                self._log.error("phone cannot be rung", extension=wish.number, reason=str(error))
        if sent is None:
            self._forget(leg)
            self.switch.refused(leg, 503, now)
            return
        self._out[leg], self._in[sent] = sent, leg

    def _invite_phone(self, wish: Invite, body: bytes, now: float) -> Leg | None:
        """Send the INVITE; ``None`` where nobody is registered."""
        domain = self._lab.settings.sip.domain
        if wish.trunk is not None:
            trunk = self._lab.plan.trunks[wish.trunk]
            target = SipUri(user=wish.number, host=trunk.host, port=trunk.port)
            to, proxy = target, Endpoint(trunk.host, trunk.port)
        else:
            binding = self._registrar.binding(wish.number)
            if binding is None:
                return None
            target, proxy = binding.contact, binding.reached_at
            to = SipUri(user=wish.number, host=domain)
        asserted = NameAddr(str(SipUri(user=wish.caller.number, host=domain)), wish.caller.name)
        headers = [("P-Asserted-Identity", str(asserted)), *self._brought.get(wish.offer_of or "", ())]
        if wish.prompt:
            headers.append(("Call-Info", f"<sip:{domain}>;answer-after=0"))
        return self._sip.ua.invite(
            target=target,
            sdp=body,
            from_user=wish.caller.number,
            from_display=wish.caller.name,
            from_host=domain,
            to=to,
            proxy=proxy,
            headers=headers,
            now=now,
        )

    def _forget(self, leg: str) -> None:
        self._invites.pop(leg, None)
        self._brought.pop(leg, None)
        known = self._out.pop(leg, None)
        if known is not None:
            self._in.pop(known, None)
        self._media.gone(leg)

    # ---- tones and time

    def _tone_ready(self, leg: str, port: str, address: Address) -> None:
        self._media.tone_ready(leg, port, address.host, address.port)
        self._settle()

    def _tone_failed(self, leg: str, port: str) -> None:
        self._media.tone_failed(leg, port)
        self._settle()

    def _arm(self) -> None:
        due = [
            at
            for at in (
                self.switch.get_timer(),
                self._media.get_timer(),
                self._registrar.get_timer(),
                self.csta.get_timer(),
            )
            if at is not None
        ]
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if due:
            self._timer = self._reactor.callLater(max(0.0, min(due) - self._reactor.seconds()), self._time_has_come)

    def _time_has_come(self) -> None:
        self._timer = None
        now = self._reactor.seconds()
        self._registrar.handle_timer(now)
        self.switch.handle_timer(now)
        self._media.handle_timer(now)
        self.csta.handle_timer(now)
        self._settle()


def _facts(event: Event) -> dict[str, str]:
    """What a log line tells of an event: its call and cause, or its agent."""
    facts = {"cause": str(cause)} if (cause := getattr(event, "cause", None)) is not None else {}
    if isinstance(event, AgentEvent):
        return facts | {"agent": event.agent_id or ""}
    connections = (getattr(event, each.name) for each in fields(event))
    return facts | next(({"call": one.call_id} for one in connections if isinstance(one, ConnectionID)), {})
