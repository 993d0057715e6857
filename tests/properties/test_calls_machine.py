"""All calls of a media service while SIP, engine and clients do anything: no port, line, timer or session stays."""

from collections import Counter, deque
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import structlog
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from media_service.call import Call
from media_service.calls import Calls
from media_service.control.messages import (
    Action,
    Answer,
    AskDigit,
    Bridge,
    Conference,
    Hangup,
    HoldMusic,
    LeaveConference,
    Message,
    Place,
    Play,
    Progress,
    Record,
    SendDigits,
    SessionArrived,
    SessionEnded,
    StopRecording,
    Transfer,
    Unbridge,
    Utterance,
    Verb,
    VerbEnded,
)
from media_service.engine.errors import EngineError
from media_service.engine.interface import Address
from media_service.line import Line
from media_service.ports import PortTable
from media_service.settings import MediaSettings
from media_service.sound.recordings import Recordings
from media_service.surroundings import Surroundings
from media_service.trunk import TrunkLines
from sip.errors import SipSyntaxError
from sip.events import Endpoint, InviteReceived, Leg
from sip.message import Request, parse_message
from sip.sdp import audio_offer
from sip.trunks.trunk import Trunk
from tests.fakes.media_engine import FakeEngine

structlog.configure(processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.ReturnLoggerFactory())

NUMBERS = ("7001", "7002")
LINES = 2
OFFER = audio_offer("127.0.0.1", 40_000, 1).serialise()
SAID = (Utterance(prompt="welcome"),)
ACTIONS: list[Action] = [
    *(Answer(), Answer(), Play(SAID), Play((), barge_in=True), Progress(SAID), HoldMusic("hold_music")),
    *(AskDigit(SAID, 3.0), Message(SAID, "m"), SendDigits("12"), Unbridge(), Conference("r"), LeaveConference()),
    *(Transfer("7201"), Transfer("no number!"), Record("call"), StopRecording(), Hangup(), Hangup(486)),
]


def request(number: str, leg: Leg) -> Request:
    """An INVITE for a number."""
    head = (
        f"INVITE sip:{number}@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
        f"From: <sip:7201@192.0.2.2>;tag=1\r\nTo: <sip:{number}@192.0.2.1>\r\nCall-ID: {leg}\r\nCSeq: 1 INVITE\r\n"
        "Contact: <sip:7201@192.0.2.2>\r\nContent-Length: 0\r\n\r\n"
    )
    return cast("Request", parse_message(head.encode()))


class SlowEngine(FakeEngine):
    """Opens ports when the test says so, or not at all."""

    def __init__(self, later: Callable[[Callable[[], None]], object]) -> None:
        super().__init__(later)
        self.opening: deque[tuple[str, Deferred[Address]]] = deque()

    def open(self, port: str, *, beside: str | None = None) -> Deferred[Address]:
        opened: Deferred[Address] = Deferred()
        self.opening.append((port, opened))
        return opened

    def go_on(self, *, well: bool) -> None:
        port, opened = self.opening.popleft()
        if well:
            super().open(port).chainDeferred(opened)
        else:
            opened.errback(Failure(EngineError("no UDP port is free")))


class FakeLine:
    """The SIP side: remembers which legs there are."""

    def __init__(self) -> None:
        self.legs: set[Leg] = set()
        self._numbers = count(1)

    def new_leg(self) -> Leg:
        leg = Leg(f"leg{next(self._numbers)}")
        self.legs.add(leg)
        return leg

    def ring(self, leg: Leg) -> None:
        assert leg in self.legs

    def follow(self, session: str, leg: Leg) -> None:
        assert session
        assert leg in self.legs

    def early(self, leg: Leg, sdp: bytes) -> None:
        assert leg in self.legs
        assert sdp

    accept = accept_offer = early

    def refuse(self, leg: Leg, status: int, reason: str, headers: object = ()) -> None:
        assert leg, (status, reason, headers)
        self.legs.discard(leg)

    def hangup(self, leg: Leg) -> None:
        assert leg
        self.legs.discard(leg)

    def refuse_offer(self, leg: Leg, status: int) -> None:
        assert leg in self.legs, status

    def transfer(self, leg: Leg, target: str, host: str) -> None:
        assert leg in self.legs, host
        if " " in target:
            raise SipSyntaxError(target)

    def connect(self, leg: Leg, consultation: Leg) -> None:
        assert leg in self.legs, consultation

    def objection(self, target: str) -> str:
        return "no number" if " " in target else ""

    def invite(self, port: str, target: str, sdp: bytes, caller: str, display: str, *, headers: object = ()) -> Leg:
        if target == "nowhere":
            raise SipSyntaxError(f"{target} from {port} as {caller} {display} with {len(sdp)} octets, {headers}")
        return self.new_leg()


class CallsMachine(RuleBasedStateMachine):
    """Keeps what was wished and what was told."""

    @initialize(after=st.sampled_from([1, 30]))
    def start(self, after: int) -> None:
        self.reactor = Clock()
        self.folder = TemporaryDirectory()
        self.engine = SlowEngine(lambda tell: self.reactor.callLater(0, tell))
        self.engine.start(self.heard)
        self.line = FakeLine()
        self.told: list[Any] = []
        self.wishes: list[str] = []
        self.places: list[Place] = []
        self.ids = count(1)
        model = {"name": "m", "ports": [{"number": n, "password_env": "X"} for n in NUMBERS], "prompts": {}}
        model |= {"trunk": {"peers": ["192.0.2.2"], "numbers": ["ivr"], "lines": LINES}}
        model["prompts"] = {"directory": "."}
        model["registrar"] = {"host": "192.0.2.9"}
        model["unattended"] = {"after": after, "music": None, "announcement": None}
        checked = MediaSettings.model_validate(model)
        self.ports = PortTable(NUMBERS, lambda _: None)
        for number in NUMBERS:
            self.ports.registered(number, registered=True)
        self.trunk = TrunkLines(Trunk("trunk", ("192.0.2.2",), ("ivr",), LINES))
        around = Surroundings(
            cast("Any", self.reactor),
            self.reactor.seconds,
            self.engine,
            cast("Line", self.line),
            lambda utterances, _: succeed(tuple(Path(f"{each.prompt}.wav") for each in utterances)),
            self.told.append,
            lambda session: self.calls.find(session),  # noqa: PLW0108 - made below
            Recordings(Path(self.folder.name)),
        )
        self.calls = Calls(
            around,
            checked,
            cast("Line", self.line),
            self.ports,
            self.trunk,
            tokens=lambda: f"{next(self.ids):032d}"[::-1],
            changed=lambda: None,
        )

    def heard(self, event: Any) -> None:
        call = self.calls.find(event.port)
        if call is not None:
            call.engine_event(event)

    # --- calls begin ------------------------------------------------------------------------------------------------

    @rule(
        number=st.sampled_from(["7001", "7001", "7002", "ivr", "ivr", "7999"]),
        sdp=st.sampled_from([OFFER, OFFER, b"", b"v=0\r\n"]),
        refusing=st.sampled_from(["", "", "", "it drains"]),
        attended=st.booleans(),
        opens=st.booleans(),
    )
    def invited(self, number: str, sdp: bytes, refusing: str, attended: bool, opens: bool) -> None:
        leg = self.line.new_leg()
        event = InviteReceived(leg, request(number, leg), sdp, Endpoint("192.0.2.2", 5060))
        self.calls.invited(event, refusing=refusing, by_anybody=attended)
        if opens and self.engine.opening:
            self.engine.go_on(well=True)

    @rule(
        session=st.sampled_from(["a", "b", "c", "no name!"]),
        number=st.sampled_from(["7201", "7201", "nowhere", "no number"]),
        port=st.sampled_from(["", "", "7001", "7999"]),
        refusing=st.sampled_from(["", "", "it drains"]),
    )
    def placed(self, session: str, number: str, port: str, refusing: str) -> None:
        name = session if session == "no name!" else f"{session}{next(self.ids)}"
        wish = Place(f"w{next(self.ids)}", name, number, port, timeout=20.0)
        self.wishes.append(wish.id)
        self.places.append(wish)
        self.calls.place(wish, refusing=refusing)

    @precondition(lambda self: self.places)
    @rule(data=st.data(), same=st.booleans())
    def placed_again(self, data: st.DataObject, same: bool) -> None:
        wish = data.draw(st.sampled_from(self.places))
        if not same:
            wish = replace(wish, id=f"w{next(self.ids)}")
            self.wishes.append(wish.id)
        told = [message for message in self.told if isinstance(message, VerbEnded) and message.id == wish.id]
        before = len(self.told)
        self.calls.place(wish, refusing="")
        if same:
            assert self.told[before:] == told
            del self.told[before:]

    @precondition(lambda self: self.engine.opening)
    @rule(well=st.sampled_from([True, True, False]))
    def port_opened(self, well: bool) -> None:
        self.engine.go_on(well=well)

    # --- calls go on ------------------------------------------------------------------------------------------------

    def live(self) -> list[Call]:
        return [call for session in self.calls.sessions if (call := self.calls.find(session.arrival.session))]

    @precondition(lambda self: self.live())
    @rule(data=st.data(), action=st.sampled_from([*ACTIONS, None, None]))
    def verb(self, data: st.DataObject, action: Action | None) -> None:
        call = data.draw(st.sampled_from(self.live()))
        other = data.draw(st.sampled_from(self.live()))
        wish = Verb(f"v{next(self.ids)}", call.port, Bridge(other.port) if action is None else action)
        self.wishes.append(wish.id)
        call.verb(wish)

    @precondition(lambda self: self.live())
    @rule(data=st.data(), deed=st.sampled_from(["confirmed", "confirmed", "digit", "finish", "speech", "info"]))
    def something_happens(self, data: st.DataObject, deed: str) -> None:
        call = data.draw(st.sampled_from(self.live()))
        match deed:
            case "confirmed":
                call.confirmed(data.draw(st.sampled_from([b"", OFFER, b"v=0\r\n"])))
            case "digit":
                self.engine.digit(call.port, "1")
            case "finish":
                self.engine.finish(call.port)
            case "speech":
                self.engine.speech(call.port, speaking=data.draw(st.booleans()))
            case _:
                call.info_digit("1")

    @rule(seconds=st.sampled_from([0.0, 0.0, 0.6, 5.0, 40.0]))
    def time(self, seconds: float) -> None:
        self.reactor.advance(seconds)

    @rule(by_anybody=st.booleans())
    def attended(self, by_anybody: bool) -> None:
        self.calls.attended(by_anybody=by_anybody)

    # --- calls end --------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.line.legs)
    @rule(data=st.data(), refused=st.booleans())
    def leg_ends(self, data: st.DataObject, refused: bool) -> None:
        self.end(data.draw(st.sampled_from(sorted(self.line.legs))), refused=refused)

    def end(self, leg: Leg, *, refused: bool = False) -> None:
        self.line.legs.discard(leg)
        call = self.calls.at(leg)
        if call is not None:
            call.gone("refused" if refused else "remote", "", 486 if refused else 0)

    @rule(engine_fails=st.booleans())
    def all_end(self, engine_fails: bool) -> None:
        if engine_fails:
            self.engine.streams.clear()
            self.calls.fail_all("the engine failed")
        else:
            self.calls.release_all("the service stops")

    # --- what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def ports_are_those_of_calls(self) -> None:
        sessions = {session.arrival.session: session.arrival.port for session in self.calls.sessions}
        taken = {port.session: port.number for port in self.ports.all() if port.session is not None}
        opening = {port for port, _ in self.engine.opening}
        assert set(taken) <= set(sessions) | opening
        lines = sum(port.startswith("trunk-") for port in [*sessions.values(), *(name[:7] for name in opening)])
        assert LINES - self.trunk.free <= lines + len(opening)

    @invariant()
    def nothing_is_told_twice(self) -> None:
        ends = Counter(message.id for message in self.told if isinstance(message, VerbEnded))
        assert all(ended == 1 for ended in ends.values()), ends
        over = Counter(message.session for message in self.told if isinstance(message, SessionEnded))
        assert all(ended == 1 for ended in over.values()), over

    def teardown(self) -> None:
        if not hasattr(self, "calls"):
            return
        while self.engine.opening:
            self.engine.go_on(well=True)
        for leg in sorted(self.line.legs):
            self.end(leg)
        self.reactor.advance(5.0)
        try:
            self.nothing_stays()
        finally:
            self.folder.cleanup()

    def nothing_stays(self) -> None:
        assert len(self.calls.sessions) == 0
        assert self.engine.streams == {}
        assert all(port.session is None for port in self.ports.all())
        assert self.trunk.free == LINES
        assert self.calls.free == LINES + len(NUMBERS)
        assert self.reactor.getDelayedCalls() == []
        for kept in ("_calls", "_by_leg", "_coming"):
            assert not getattr(self.calls, kept), kept
        told = {message.id for message in self.told if isinstance(message, VerbEnded)}
        assert set(self.wishes) == told
        begun = {message.session.id for message in self.told if isinstance(message, SessionArrived)}
        assert begun <= {message.session for message in self.told if isinstance(message, SessionEnded)}


CallsMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestCalls = CallsMachine.TestCase
