"""What a media service meets in tests: a registrar with passwords, a phone, a CTI server that notes everything."""

import secrets
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor

from media_service.control.client import ControlClient
from media_service.control.messages import (
    Action,
    DigitHeard,
    Drain,
    Place,
    Port,
    Quality,
    ServiceChanged,
    Session,
    SessionEnded,
    Verb,
    VerbEnded,
    VerbResult,
    Welcome,
)
from sip.digest import Challenger, Verdict
from sip.events import (
    Answered,
    Ended,
    Endpoint,
    InviteReceived,
    Leg,
    OfferAnswered,
    OfferReceived,
    OfferRefused,
    Refused,
    RequestReceived,
    UaEvent,
)
from sip.sdp import TELEPHONY, NotAcceptable, SessionDescription, audio_offer, negotiate
from sip.transport import SipEndpoint
from sip.ua import UserAgent
from sip.uri import SipUri
from tests.unit.media_service.driving import until


class Registrar:
    """A PBX that only takes registrations, each user with the password ``secret``."""

    def __init__(self, reactor: AsyncioSelectorReactor, port: int = 0) -> None:
        self.registered: dict[str, str] = {}
        self.refused = 0
        self._challenger = Challenger("test", b"key")
        self._reactor = reactor
        self._agent = UserAgent(Endpoint("127.0.0.1", port), lambda: secrets.token_hex(16))
        self.endpoint = SipEndpoint(reactor, self._agent, self._heard, "127.0.0.1", port)

    def _heard(self, event: UaEvent) -> None:
        if not isinstance(event, RequestReceived):
            return
        request = event.request
        self.endpoint.call(lambda now: self._answer(event, request, now))

    def _answer(self, event: RequestReceived, request: Any, now: float) -> None:
        verified = self._challenger.verify(
            request.headers.all("Authorization"), method="REGISTER", password_of=lambda _: "secret", now=now
        )
        if verified.verdict is not Verdict.ACCEPTED:
            self.refused += 1
            stale = verified.verdict is Verdict.STALE
            challenges = self._challenger.challenge(now, stale=stale)
            self._agent.respond(event.key, 401, "Unauthorized", challenges, b"", now)
            return
        contact = request.headers.get("Contact")
        if "expires=0" in contact:
            self.registered.pop(request.to.uri.user, None)
        else:
            self.registered[request.to.uri.user] = contact
        self._agent.respond(event.key, 200, "OK", [("Contact", contact)], b"", now)


class Caller:
    """A SIP phone; ``rtp_port`` goes into its SDP."""

    def __init__(self, reactor: AsyncioSelectorReactor, rtp_port: int = 40_000, transport: str = "udp") -> None:
        self.heard: list[UaEvent] = []
        self.rtp_port = rtp_port
        self._transport = transport
        self._reactor = reactor
        self._version = 1
        self.agent = UserAgent(Endpoint("127.0.0.1", 0), lambda: secrets.token_hex(16), transferable=True)
        self.endpoint = SipEndpoint(reactor, self.agent, self.take, "127.0.0.1", 0)

    def take(self, event: UaEvent) -> None:
        """Note an event."""
        self.heard.append(event)

    async def call(
        self, number: str, port: int, *, sdp: bytes | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> Leg:
        if not self.endpoint.port:
            await self.endpoint.start()
        offer = self.offer() if sdp is None else sdp
        target = SipUri(user=number, host="127.0.0.1", port=port)
        to = SipUri(user="7000", host="lab.example")
        proxy = Endpoint("127.0.0.1", port, self._transport)
        return self.endpoint.call(
            lambda now: self.agent.invite(
                target=target, sdp=offer, from_user="7201", to=to, proxy=proxy, headers=headers, now=now
            )
        )

    def offer(self, direction: str = "sendrecv") -> bytes:
        description = audio_offer("127.0.0.1", self.rtp_port, 4711, version=self._version)
        self._version += 1
        return description.serialise().replace(b"a=sendrecv", f"a={direction}".encode())

    def reinvite(self, leg: Leg, sdp: bytes) -> None:
        self.endpoint.call(lambda now: self.agent.reinvite(leg, sdp, now))

    def accept_offer(self, leg: Leg, sdp: bytes) -> None:
        self.endpoint.call(lambda now: self.agent.accept_offer(leg, sdp, now))

    def hangup(self, leg: Leg) -> None:
        self.endpoint.call(lambda now: self.agent.hangup(leg, now))

    def info(self, leg: Leg, content_type: str, body: bytes) -> None:
        self.endpoint.call(lambda now: self.agent.info(leg, content_type, body, now))

    def of(self, kind: type[Any], leg: Leg) -> list[Any]:
        return [event for event in self.heard if isinstance(event, kind) and event.leg == leg]

    async def wait(self, kind: type[Any], leg: Leg) -> Any:
        return (await until(self._reactor, lambda: self.of(kind, leg)))[0]

    async def answered(self, leg: Leg) -> SessionDescription:
        return SessionDescription.parse((await self.wait(Answered, leg)).sdp)

    async def refused(self, leg: Leg) -> int:
        return int((await self.wait(Refused, leg)).status)

    async def ended(self, leg: Leg) -> Ended:
        return await self.wait(Ended, leg)

    async def offer_answered(self, leg: Leg, times: int = 1) -> SessionDescription:
        await until(self._reactor, lambda: len(self.of(OfferAnswered, leg)) >= times)
        return SessionDescription.parse(self.of(OfferAnswered, leg)[times - 1].sdp)

    async def offer_received(self, leg: Leg) -> OfferReceived:
        return await self.wait(OfferReceived, leg)

    async def offer_refused(self, leg: Leg) -> int:
        return int((await self.wait(OfferRefused, leg)).status)


class CtiServer:
    """A client of the control door."""

    def __init__(self, reactor: AsyncioSelectorReactor, port: int) -> None:
        self.welcomes: list[Welcome] = []
        self.ports: dict[str, Port] = {}
        self.arrived: list[Session] = []
        self.ended: list[SessionEnded] = []
        self.verbs: list[VerbEnded] = []
        self.changed: list[Session] = []
        self.services: list[ServiceChanged] = []
        self.digits: list[DigitHeard] = []
        self.qualities: list[Quality] = []
        self.faults: list[str] = []
        self._reactor = reactor
        self._count = 0
        self.client = ControlClient(reactor, "cti", "127.0.0.1", port, self)

    def welcomed(self, client: ControlClient, welcome: Welcome) -> None:
        self.welcomes.append(welcome)
        self.ports = {port.number: port for port in welcome.ports}

    def port_changed(self, client: ControlClient, port: Port) -> None:
        self.ports[port.number] = port

    def session_arrived(self, client: ControlClient, session: Session) -> None:
        self.arrived.append(session)

    def service_changed(self, client: ControlClient, change: ServiceChanged) -> None:
        self.services.append(change)

    def session_changed(self, client: ControlClient, session: Session) -> None:
        self.changed.append(session)

    def digit_heard(self, client: ControlClient, message: DigitHeard) -> None:
        self.digits.append(message)

    def quality(self, client: ControlClient, message: Quality) -> None:
        self.qualities.append(message)

    def session_ended(self, client: ControlClient, message: SessionEnded) -> None:
        self.ended.append(message)

    def verb_ended(self, client: ControlClient, message: VerbEnded) -> None:
        self.verbs.append(message)

    def lost(self, client: ControlClient, reason: str) -> None:
        pass

    def fault(self, client: ControlClient, text: str) -> None:
        self.faults.append(text)

    async def connect(self) -> None:
        self.client.start()
        await until(self._reactor, lambda: self.client.connected)

    async def session(self, count: int = 1) -> Session:
        await until(self._reactor, lambda: len(self.arrived) >= count)
        return self.arrived[count - 1]

    def do(self, session: str, action: Action) -> str:
        """Send a verb and give its identity."""
        self._count += 1
        name = f"{self.client.name}-{self._count}"
        assert self.client.send(Verb(id=name, session=session, action=action))
        return name

    def place(self, target: str, *, session: str = "placed", **more: Any) -> str:
        """Place a call and give the wish's identity."""
        self._count += 1
        name = f"{self.client.name}-{self._count}"
        assert self.client.send(Place(id=name, session=session, target=target, **more))
        return name

    def drain(self, *, on: bool) -> None:
        assert self.client.send(Drain(on))

    async def outcome(self, name: str, limit: float = 8.0) -> VerbResult:
        """How a verb ended."""
        ends = await until(self._reactor, lambda: [each for each in self.verbs if each.id == name], limit)
        return ends[0].outcome

    async def result(self, name: str) -> tuple[str, str]:
        """How a verb ended: result and digits."""
        outcome = await self.outcome(name)
        return outcome.result, outcome.digits

    async def done(self, session: str, action: Action) -> tuple[str, str]:
        return await self.result(self.do(session, action))


class Phone(Caller):
    """A phone that is called, and takes the call or refuses it with ``status``; 180: it only rings."""

    def __init__(self, reactor: AsyncioSelectorReactor, status: int = 200) -> None:
        super().__init__(reactor, rtp_port=45_000)
        self.status = status
        self.invites: list[InviteReceived] = []

    def take(self, event: UaEvent) -> None:
        """Answer calls."""
        super().take(event)
        if not isinstance(event, InviteReceived):
            return
        self.invites.append(event)
        if self.status >= 300:
            self.endpoint.call(lambda now: self.agent.refuse(event.leg, self.status, "", now))
            return
        self.endpoint.call(lambda now: self.agent.ring(event.leg, now))
        if self.status == 200:
            offer = SessionDescription.parse(event.sdp)
            answer = negotiate(offer, TELEPHONY, host="127.0.0.1", port=self.rtp_port, session_id=1)
            assert not isinstance(answer, NotAcceptable)
            self.endpoint.call(lambda now: self.agent.accept(event.leg, answer.description.serialise(), now))
