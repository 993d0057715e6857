"""Our user agent as a program of its own, for sipp to talk to: ROLE TRANSPORT PORT CALLS; events go to stdout."""

import secrets
import signal
import sys

from twisted.internet import asyncioreactor

asyncioreactor.install()

from twisted.internet import reactor  # noqa: E402 - after the asyncio reactor is installed

from sip.digest import Credentials  # noqa: E402
from sip.events import (  # noqa: E402
    Answered,
    Ended,
    Endpoint,
    InviteReceived,
    Leg,
    PeerReachable,
    Progress,
    Refused,
    Registered,
    RegistrationFailed,
    TransferNews,
    UaEvent,
)
from sip.legs.session_timer import SessionPolicy  # noqa: E402
from sip.registration import Registration  # noqa: E402
from sip.sdp import audio_offer  # noqa: E402
from sip.transport import SipEndpoint  # noqa: E402
from sip.trunks.keepalive import Watch  # noqa: E402
from sip.ua import UserAgent  # noqa: E402
from sip.uri import SipUri  # noqa: E402

TARGET = SipUri.parse("sip:7202@127.0.0.1")
SDP = audio_offer("127.0.0.1", 40000, 1).serialise()


def tell(*words: object) -> None:
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


class Peer:
    def __init__(self, role: str, transport: str, port: int, calls: int) -> None:
        self.role, self.transport, self.port, self.calls = role, transport, port, calls
        self.open = calls
        self.agent = UserAgent(Endpoint("127.0.0.1", 0), lambda: secrets.token_hex(8), session=SessionPolicy())
        self.endpoint = SipEndpoint(reactor, self.agent, self.heard, "127.0.0.1", 0)
        self.endpoint.start()
        tell("port", self.endpoint.port)
        if role in ("call", "transfer"):
            for _ in range(calls):
                self.endpoint.call(self.dial)
        elif role == "watch":
            peer = Endpoint("127.0.0.1", port, transport)
            watch = Watch(peer, interval=0.3, patience=0.3, retry=0.3, misses=1)
            self.endpoint.call(lambda now: self.agent.watch(watch, now))
        elif role.startswith("register"):
            credentials = Credentials("7001", role.partition(":")[2])
            aor = SipUri.parse("sip:7001@lab")
            registration = Registration(aor, Endpoint("127.0.0.1", port, transport), credentials)
            # sipp needs a moment to bind its port; a request that it misses is sent again.
            self.endpoint.call(lambda now: self.agent.register(registration, now))

    def dial(self, now: float) -> None:
        target = SipUri(user="7000", host="127.0.0.1", port=self.port)
        if self.transport == "tcp":
            target = target.with_param("transport", "tcp")
        self.agent.invite(target=target, sdp=SDP, from_user="7100", now=now)

    def heard(self, event: UaEvent) -> None:  # noqa: C901 - one line or two for each event
        match event:
            case InviteReceived():
                tell("InviteReceived", event.request.target.user)
                self.endpoint.call(lambda now: self.agent.ring(event.leg, now))
                reactor.callLater(0.05, self.endpoint.call, lambda now: self.agent.accept(event.leg, SDP, now))
            case TransferNews():
                tell("TransferNews", event.status, event.over)
                if event.over:
                    reactor.callLater(0, self.endpoint.call, lambda now: self.hang_up(event.leg, now))
            case Answered() if self.role == "transfer":
                self.endpoint.call(lambda now: self.agent.transfer(event.leg, TARGET, now))
            case Answered():
                tell("Answered")
                reactor.callLater(0.1, self.endpoint.call, lambda now: self.hang_up(event.leg, now))
            case Progress():
                tell("Progress", event.status)
            case Ended():
                tell("Ended", event.by)
            case PeerReachable():
                tell("PeerReachable")
                reactor.callLater(3, self.stop)
            case Registered():
                tell("Registered", event.expires)
                self.stop()
            case RegistrationFailed():
                tell("RegistrationFailed", event.status)
                self.stop()
            case Refused() if event.status == 503 and self.transport == "tcp":
                # sipp does not listen yet
                reactor.callLater(0.2, self.endpoint.call, self.dial)
            case _:
                tell(type(event).__name__)

    def hang_up(self, leg: Leg, now: float) -> None:
        self.agent.hangup(leg, now)
        self.open -= 1
        if not self.open:
            # sipp's scenario ends four seconds after the BYE; a connection that closes before is an error to it.
            reactor.callLater(5.0 if self.transport == "tcp" else 0.5, self.stop)

    def stop(self) -> None:
        tell("legs", self.agent.leg_count)
        self.endpoint.stop()
        reactor.callLater(0.05, reactor.stop)


peer = Peer(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
reactor.callWhenRunning(lambda: signal.signal(signal.SIGINT, lambda *_: reactor.callFromThread(peer.stop)))
reactor.callLater(18, reactor.stop)
reactor.run()
