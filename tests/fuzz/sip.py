"""SIP from anywhere: single messages and streams, and user agents that hear and do things as time passes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Final

from sip.core import Limits
from sip.errors import SipStateError, SipSyntaxError
from sip.events import Ended, Endpoint, InviteReceived, Leg, OfferReceived, Refused, RequestReceived, UaEvent
from sip.headers import NameAddr
from sip.legs.session_timer import SessionPolicy
from sip.message import Message, Request, Response, StreamFramer, parse_message, serialise
from sip.registration import Registration
from sip.transaction import make_response
from sip.ua import UserAgent
from sip.uri import SipUri
from tests.conformance.sip.torture import CASES, SDP, invite, request, standard
from tests.fuzz.mutations import mutate_steps
from tests.fuzz.scripts import Op, Step, parse, written
from tests.fuzz.target import PropertyBrokenError, check
from tests.fuzz.trees import mutate_octets

_LONGEST_REASON: Final = 300
_OURS: Final = Endpoint("192.0.2.2", 5060)
_PEERS: Final = (
    Endpoint("192.0.2.1", 5060),
    Endpoint("192.0.2.1", 40_000, "tcp"),
    Endpoint("2001:db8::1", 40_001, "tls"),
    Endpoint("198.51.100.9", 40_002, "ws"),
)
_WORDS: Final = tuple(
    text.encode()
    for text in (
        *(
            "",
            ";",
            ",",
            "<",
            ">",
            '"',
            "%",
            "%00",
            "%zz",
            ":",
            "@",
            "?a=b",
            ";lr",
            ";tag=1",
            ";branch=z9hG4bK",
            ";rport",
        ),
        *(
            "4294967296",
            "-1",
            "0",
            "00",
            "1" * 30,
            "z9hG4bK",
            "sip:a@[::1]",
            "sips:a@b",
            "tel:+49",
            "sip:%40@x;maddr=y",
        ),
        *("timer", "100rel", "replaces", "application/sdp", "90;refresher=uas", "0;refresher=uac", "text/plain", "*"),
        *("Digest realm=a,nonce=b", 'Digest realm="a", nonce="b", qop="auth,auth-int", algorithm=SHA-256', "x" * 400),
        "\u00e4\u4e2d",
    )
)
_NAMES: Final = (
    *(
        "Via",
        "From",
        "To",
        "Call-ID",
        "CSeq",
        "Contact",
        "Max-Forwards",
        "Route",
        "Record-Route",
        "Require",
        "Supported",
    ),
    *("Content-Length", "Content-Type", "Session-Expires", "Min-SE", "Replaces", "RSeq", "RAck", "Expires", "Accept"),
    *(
        "WWW-Authenticate",
        "Proxy-Authenticate",
        "Refer-To",
        "Event",
        "Subscription-State",
        "Retry-After",
        "v",
        "m",
        "l",
    ),
    *("P-Asserted-Identity", "Diversion", "History-Info", "User-to-User"),
)


# --- single messages ------------------------------------------------------------------------------------------------


def messages() -> Iterator[bytes]:
    """The torture messages and ordinary ones."""
    yield from (case.data for case in CASES)
    yield serialise(Response(200, "OK", parse_message(invite()).headers, SDP))


def run_message(data: bytes) -> None:
    """One message, and the same bytes as a stream, whole and in pieces."""
    _read(data)
    whole = _cut(data, len(data) or 1)
    for size in (1, 7):
        check(_cut(data, size) == whole, "other messages when the stream is cut up")
    for message in whole[0][:20]:
        _read(message)


def _read(data: bytes) -> None:
    try:
        message = parse_message(data)
    except SipSyntaxError as error:
        check(len(error.reason) <= _LONGEST_REASON, f"a reason of {len(error.reason)} characters")
        return
    _look_at(message)
    again = parse_message(serialise(message))
    check(again.start_line == message.start_line, f"{message.start_line!r} became {again.start_line!r}")
    check(again.body == message.body, "another body after writing")
    kept = [(name, value) for name, value in message.headers if name != "Content-Length"]
    check([each for each in again.headers if each[0] != "Content-Length"] == kept, "other headers after writing")


def _look_at(message: Message) -> None:
    """Read all that has a structure; nothing but the package's own error may come."""
    readers: tuple[Callable[[Message], object], ...] = (
        lambda each: str(each.via),
        lambda each: (each.from_.tag, each.to.tag, each.call_id, str(each.cseq)),
        lambda each: [_again(contact) for contact in each.contacts],
        lambda each: [_again(NameAddr.parse(value)) for value in each.headers.values("Route")],
    )
    for read in readers:
        try:
            read(message)
        except SipSyntaxError as error:
            check(len(error.reason) <= _LONGEST_REASON, f"a reason of {len(error.reason)} characters")


def _again(address: NameAddr) -> None:
    uri = address.uri
    check(SipUri.parse(str(uri)) == uri, f"{uri!r} became {SipUri.parse(str(uri))!r}")


def _cut(data: bytes, size: int) -> tuple[list[bytes], bool]:
    framer, found = StreamFramer(), list[bytes]()
    for start in range(0, len(data), size):
        try:
            found += framer.feed(data[start : start + size])
        except SipSyntaxError:
            return found, True
    return found, bool(framer.broken)


def mutate_message(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Another message: headers come, go, change places and values."""
    if not random.randrange(6):
        return mutate_octets(data, random, others)
    head, gap, body = data.partition(b"\r\n\r\n")
    rows = head.split(b"\r\n")
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(rows))
        name, colon, value = rows[at].partition(b":")
        match random.randrange(8):
            case 0 if len(rows) > 1:
                del rows[at]
            case 1:
                rows.insert(at, rows[random.randrange(len(rows))])
            case 2:
                rows.insert(at + 1, random.choice(_NAMES).encode() + b": " + random.choice(_WORDS))
            case 3:
                rows[at] = name + colon + random.choice(_WORDS)
            case 4:
                rows[at] = rows[at] + random.choice(_WORDS)
            case 5 if others:
                other = random.choice(others).partition(b"\r\n\r\n")[0].split(b"\r\n")
                rows[at] = random.choice(other)
            case 6:
                place = random.randrange(len(value) + 1)
                rows[at] = name + colon + value[:place] + random.choice(_WORDS) + value[place:]
            case _:
                rows[at] = mutate_octets(rows[at], random, others)
    return b"\r\n".join(rows) + gap + body


# --- user agents ----------------------------------------------------------------------------------------------------


def agents() -> Iterator[bytes]:
    """Scripts: calls in both directions, a registration, retransmissions, refusals, and time."""
    call = Step(Op.BYTES, data=invite())
    bye = Step(Op.BYTES, data=request("BYE", To="<sip:user@example.com>;tag=b000000000000002", CSeq="9 BYE"))
    cancel = Step(Op.BYTES, data=request("CANCEL", CSeq="8 CANCEL"))
    yield written(0, [call, Step(Op.ANSWER, 0), Step(Op.TIME, 1), bye])
    yield written(1, [call, Step(Op.ANSWER, 1), cancel, Step(Op.TIME, 40)])
    yield written(2, [call, cancel, call, Step(Op.TIME, 5)])
    yield written(0, [Step(Op.ASK, 0), Step(Op.HONEST_ANSWER, 1), Step(Op.HONEST_ANSWER, 2), Step(Op.CLOSE, 0)])
    yield written(1, [Step(Op.ASK, 1), Step(Op.HONEST_ANSWER, 2), Step(Op.TIME, 90), Step(Op.HONEST_ANSWER, 2)])
    yield written(3, [Step(Op.ASK, 2), Step(Op.HONEST_ANSWER, 4), Step(Op.STATUS, 0), Step(Op.TIME, 3)])
    yield written(0, [Step(Op.ASK, 0), Step(Op.HONEST_ANSWER, 2), Step(Op.EVENT, 0), Step(Op.NOTICE, 0)])
    for case in CASES:
        yield written(1, [call, Step(Op.BYTES, data=case.data), Step(Op.ANSWER, 0), Step(Op.TIME, 33)])
    ok = "\r\n".join(("SIP/2.0 200 OK", *standard("INVITE"), "", "")).encode()
    yield written(0, [Step(Op.ASK, 0), Step(Op.BYTES, data=ok)])


def run_agents(data: bytes) -> None:
    """A script: whatever comes, nothing is raised, each leg ends once, and in the end nothing is left."""
    first, steps = parse(data)
    play = _Play(_PEERS[first % len(_PEERS)])
    for step in steps[:60]:
        play.do(step)
    play.end()


_ANSWERS: Final = (100, 180, 200, 486, 401, 503, 422, 481, 491, 302, 183, 600)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of ours that the peer may answer."""

    request: Request
    destination: Endpoint


class _Play:
    """One user agent, its peer, and its time."""

    def __init__(self, peer: Endpoint) -> None:
        numbers = count(1)
        self.agent = UserAgent(
            _OURS,
            lambda: f"b{next(numbers):015x}",
            limits=Limits(max_legs=5, max_transactions=40),
            session=SessionPolicy(1800, 90),
            transferable=True,
        )
        self.now = 1000.0
        self._peer = peer
        self._asked: list[_Asked] = []
        self._legs: list[Leg] = []
        self._ended: set[Leg] = set()
        self._offers: list[Leg] = []
        self._requests: list[RequestReceived] = []

    def do(self, step: Step) -> None:
        """One step."""
        match step.op:
            case Op.BYTES:
                self.agent.receive(step.data, self._peer, self.now)
            case Op.TIME:
                self.pass_time(step.argument)
            case Op.ANSWER | Op.NOTICE | Op.EVENT | Op.CLOSE:
                self._wish(step)
            case Op.ASK:
                self._ask(step.argument)
            case Op.HONEST_ANSWER:
                self._answered(_ANSWERS[step.argument % len(_ANSWERS)])
            case Op.STATUS:
                self.agent.send_failed(self._peer, self.now)
            case Op.HONEST_MESSAGE:
                self.agent.connected(self._peer)
        self._drain()

    def end(self) -> None:
        """Hang up, unregister, wait: then nothing may be left of anything."""
        for leg in self._legs:
            self.agent.hangup(leg, self.now)
        self.agent.unregister(_AOR, self.now)
        self._drain()
        for _ in range(8):
            self.pass_time(255)
        check(self.agent.leg_count == 0, f"{self.agent.leg_count} legs are left")
        left = len(self.agent._core.transactions)
        check(left == 0, f"{left} transactions are left")
        check(self.agent.get_timer() is None, "a timer is left")

    def pass_time(self, seconds: int) -> None:
        """Let time pass, timer by timer."""
        end = self.now + seconds
        for _ in range(2000):
            due = self.agent.get_timer()
            if due is None or due > end:
                self.now = end
                return
            self.now = max(self.now, due)
            self.agent.handle_timer(self.now)
            self._drain()
        raise PropertyBrokenError(f"a timer that is due for ever: {self.agent.get_timer()} at {self.now}")

    def _wish(self, step: Step) -> None:
        """Something that the program does with a leg; a wish at the wrong time is refused as its own mistake."""
        leg = self._legs[step.argument // 8 % len(self._legs)] if self._legs else Leg("none")
        agent, now = self.agent, self.now
        wishes: dict[Op, tuple[Callable[[], object], ...]] = {
            Op.ANSWER: (
                lambda: agent.accept(leg, SDP, now),
                lambda: agent.ring(leg, now),
                lambda: agent.ring(leg, now, SDP, 183),
                lambda: agent.refuse(leg, 486, "Busy", now),
                lambda: agent.accept_offer(leg, SDP, now),
                lambda: agent.refuse_offer(leg, 488, now),
            ),
            Op.NOTICE: (
                lambda: agent.reinvite(leg, SDP, now),
                lambda: agent.reinvite(leg, b"", now),
                lambda: agent.update(leg, SDP, now),
            ),
            Op.EVENT: (
                lambda: agent.transfer(leg, SipUri("c", "192.0.2.3"), now),
                lambda: agent.info(leg, "application/dtmf-relay", b"Signal=1", now),
                self._respond,
            ),
            Op.CLOSE: (lambda: agent.hangup(leg, now),),
        }
        chosen = wishes[step.op]
        try:
            chosen[step.argument % len(chosen)]()
        except SipStateError:
            return

    def _respond(self) -> None:
        if self._requests:
            self.agent.respond(self._requests.pop().key, 200, "OK", [], b"", self.now)

    def _ask(self, which: int) -> None:
        match which % 4:
            case 0:
                self._legs.append(self._call(SDP, SipUri("c", "192.0.2.1")))
            case 1:
                self._legs.append(self._call(b"", SipUri("c", "192.0.2.1", params=(("transport", "tcp"),))))
            case 2:
                self.agent.register(Registration(_AOR, self._peer, expires=60), self.now)
            case _:
                self._legs.append(self._call(SDP + b"a=x:" + b"y" * 1300 + b"\r\n", SipUri("c", "192.0.2.1")))

    def _call(self, sdp: bytes, target: SipUri) -> Leg:
        return self.agent.invite(target=target, sdp=sdp, from_user="b", now=self.now)

    def _answered(self, status: int) -> None:
        if not self._asked:
            return
        asked = self._asked[-1] if status < 200 else self._asked.pop()
        response = make_response(asked.request, status, tag="far")
        response.headers.add("Contact", f"<sip:c@192.0.2.1:{asked.destination.port}>;expires=60")
        response.headers.add("Session-Expires", "90;refresher=uac")
        response.headers.add("WWW-Authenticate", 'Digest realm="a", nonce="b"')
        response.headers.add("Min-SE", "120")
        if status in {180, 183}:
            response.headers.add("Require", "100rel")
            response.headers.add("RSeq", "1")
        if status in {183, 200} and asked.request.method in {"INVITE", "UPDATE"}:
            response.headers.add("Content-Type", "application/sdp")
            response.body = SDP
        self.agent.receive(serialise(response), asked.destination, self.now)

    def _drain(self) -> None:
        for question in self.agent.questions():
            self.agent.answered(question, (), 60.0, self.now)
        for outgoing in self.agent.outgoing():
            try:
                message = parse_message(outgoing.data)
            except SipSyntaxError as error:
                raise PropertyBrokenError(f"we sent what nobody can read: {error.reason}") from error
            if isinstance(message, Request) and message.method not in {"ACK", "CANCEL"}:
                self._asked = [*self._asked, _Asked(message, outgoing.destination)][-8:]
        while (event := self.agent.next_event()) is not None:
            self._told(event)

    def _told(self, event: UaEvent) -> None:
        match event:
            case InviteReceived(leg=leg):
                self._legs.append(leg)
            case OfferReceived(leg=leg):
                self._offers.append(leg)
            case RequestReceived():
                self._requests.append(event)
            case Ended(leg=leg) | Refused(leg=leg):
                check(leg not in self._ended, f"leg {leg} ended twice")
                self._ended.add(leg)
            case _:
                pass


_AOR: Final = SipUri("b", "192.0.2.1")


def mutate_agents(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Another script: steps come and go, messages change."""

    def changed(step: Step) -> Step:
        if step.op is Op.BYTES:
            return Step(step.op, data=mutate_message(step.data, random, []))
        return Step(step.op, random.randrange(256))

    return mutate_steps(data, random, others, changed)
