"""uaCSTA dialogs over a network that loses and repeats datagrams: nothing is lost, doubled or out of order."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.task import Clock

from csta import messages as m
from csta.identifiers import DeviceID
from csta.session_events import EventReceived, LinkDown, LinkUp, RequestReceived, ResponseReceived, SessionEvent
from csta.session_settings import Role
from csta.uacsta import CONTENT_TYPE, Responding, UaSession, UaSettings
from lab.uacsta.dialog import CstaDialog
from sip.events import InviteReceived, UaEvent
from sip.ua import UserAgent
from tests.unit.sip.wire import ALICE, BOB, Wire, numbered_tokens

EVENTS = 12
TICK = 0.1


class Port:
    """What a dialog uses of a SIP endpoint, on the test's clock."""

    def __init__(self, ua: UserAgent, clock: Clock) -> None:
        self.ua = ua
        self._clock = clock

    def call(self, action: Callable[[float], Any]) -> Any:
        return action(self._clock.seconds())


class Line:
    """An application and a phone with a lossy wire between them."""

    def __init__(self, responding: Responding = Responding.IN_ANSWER) -> None:
        self.wire = Wire()
        for side, end, letter in ((self.wire.alice, ALICE, "a"), (self.wire.bob, BOB, "b")):
            side.agent = UserAgent(end, numbered_tokens(letter), accepts=(CONTENT_TYPE,))
        self.clock = Clock()
        self.clock.rightNow = self.wire.now
        self.told: list[tuple[str, SessionEvent]] = []
        session = UaSession(Role.COMPUTING_FUNCTION, UaSettings(request_timeout=40.0))
        self.application = CstaDialog(self.clock, Port(self.wire.alice.agent, self.clock), session, self._hears)
        self.phone: CstaDialog | None = None
        self._responding = responding
        self._taken = [0, 0]

    def _hears(self, dialog: CstaDialog, event: SessionEvent) -> None:
        self.told.append(("application" if dialog is self.application else "phone", event))
        if isinstance(event, RequestReceived):
            answer = m.MonitorStartResponse(monitor_cross_ref_id="0001")
            dialog.session.send_response(event.invoke_id, answer, self.clock.seconds())

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            self.clock.advance(TICK)
            self.wire.run()
            self.wire.advance(TICK)
            self.wire.now = self.clock.seconds()
            self._route()
            self.wire.run()
            self._route()

    def _route(self) -> None:
        for index, side in enumerate(self.wire.sides):
            while self._taken[index] < len(side.events):
                event = side.events[self._taken[index]]
                self._taken[index] += 1
                (self._at_application, self._at_phone)[index](event)

    def _at_application(self, event: UaEvent) -> None:
        self.application.take(event)

    def _at_phone(self, event: UaEvent) -> None:
        if isinstance(event, InviteReceived):
            session = UaSession(Role.SWITCHING_FUNCTION, UaSettings(responding=self._responding))
            self.phone = CstaDialog(self.clock, Port(self.wire.bob.agent, self.clock), session, self._hears, event.leg)
        assert self.phone is not None
        self.phone.take(event)

    def up(self) -> CstaDialog:
        self.application.open(self.wire.bob_uri(), "application")
        self.run(12)
        assert [event for _, event in self.told] == [LinkUp("")] * 2
        assert self.phone is not None
        return self.phone

    def of(self, who: str, kind: type[SessionEvent]) -> list[Any]:
        return [event for name, event in self.told if name == who and type(event) is kind]


@pytest.mark.parametrize("responding", Responding)
@pytest.mark.parametrize("seed", range(12))
def test_events_and_answers_survive_loss_and_repetition(seed: int, responding: Responding) -> None:
    chance = random.Random(seed)
    line = Line(responding)
    line.wire.lose = (chance.random() < 0.25 for _ in iter(int, 1))
    line.wire.repeat = (chance.random() < 0.2 for _ in iter(int, 1))
    phone = line.up()
    for number in range(EVENTS):
        event = m.MicrophoneMute(
            monitor_cross_ref_id=f"{number:04d}", auditory_apparatus="1", microphone_mute_on=bool(number % 2)
        )
        phone.call(lambda now, event=event: phone.session.send_event(event, now))
    ask = m.MonitorStart(monitor_object=DeviceID("bob"))
    number = line.application.call(lambda now: line.application.session.send_request(ask, now))
    line.run(130)
    assert [each.invoke_id for each in line.of("application", ResponseReceived)] == [number]
    received = [each.event.monitor_cross_ref_id for each in line.of("application", EventReceived)]
    assert received == [f"{each:04d}" for each in range(EVENTS)]
    assert line.of("application", LinkDown) == []


def test_a_wire_that_is_cut_ends_both_sides() -> None:
    line = Line()
    phone = line.up()
    line.wire.cut = True
    event = m.MicrophoneMute(monitor_cross_ref_id="1", auditory_apparatus="1", microphone_mute_on=True)
    phone.call(lambda now: phone.session.send_event(event, now))
    line.run(300)
    [at_phone] = line.of("phone", LinkDown)
    [at_application] = line.of("application", LinkDown)
    assert at_phone.reason == "no answer"
    assert at_application.reason in {"no answer", "the phone answers no more (3 times asked)"}
    line.run(40)
    assert line.wire.alice.agent.leg_count == line.wire.bob.agent.leg_count == 0
    assert line.clock.getDelayedCalls() == []


def test_bye_ends_both_sides_in_good_order() -> None:
    line = Line()
    line.up()
    line.application.close()
    line.run(1)
    [at_phone] = line.of("phone", LinkDown)
    assert (at_phone.reason, at_phone.ending.name) == ("BYE", "CLOSED")
    assert line.clock.getDelayedCalls() == []
