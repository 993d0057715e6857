"""Several registrars, many registrations at once, restarts of registrars, and connections that are lost."""

from dataclasses import dataclass, field

import pytest

from sip.digest import Challenger, Credentials, Verdict
from sip.events import Endpoint, PeerReachable, PeerUnreachable, Registered, RegistrationFailed, UaEvent
from sip.headers import Headers
from sip.message import Request, parse_message, serialise
from sip.registration import Registration
from sip.transaction import make_response
from sip.trunks.keepalive import Watch
from sip.trunks.pace import BURST, Pace
from sip.ua import UserAgent
from sip.uri import SipUri
from tests.unit.sip.wire import ALICE, START, numbered_tokens

FIRST, SECOND, THIRD = (Endpoint(f"192.0.2.{number}", 5060) for number in (11, 12, 13))
AOR = SipUri.parse("sip:7001@lab.example")


@dataclass
class Registrars:
    """Registrars at any number of addresses, each up or down, and one user agent that registers."""

    transport: str = "udp"
    now: float = START
    down: set[str] = field(default_factory=set)
    refuse: dict[str, tuple[int, list[tuple[str, str]]]] = field(default_factory=dict)
    bindings: dict[tuple[str, str], float] = field(default_factory=dict)  # registrar and user: until when
    asked: list[tuple[float, str, str]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    events: list[UaEvent] = field(default_factory=list)
    granted: int = 300
    more: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.agent = UserAgent(ALICE, numbered_tokens("a"))

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            self.move()
            deadline = self.agent.get_timer()
            if deadline is None or deadline > end:
                break
            self.now = max(self.now, deadline)
            self.agent.handle_timer(self.now)
        self.now = end

    def move(self) -> None:
        while out := self.agent.outgoing():
            for outgoing in out:
                request = parse_message(outgoing.data)
                assert isinstance(request, Request)
                self.answer(request, outgoing.destination)
        while (event := self.agent.next_event()) is not None:
            self.events.append(event)

    def answer(self, request: Request, place: Endpoint) -> None:
        self.requests.append(request)
        self.asked.append((self.now, place.host, request.method))
        if place.host in self.down:
            return
        response = make_response(request, *(self.refuse.get(place.host, (200, []))[:1]), "", "tag")
        if request.method == "REGISTER" and response.status == 200:
            expires = min(int(request.contacts[0].param("expires") or 0), self.granted)
            self.bindings[place.host, request.from_.uri.user] = self.now + expires
            response.headers.add("Expires", str(expires))
            for name, value in self.more:
                response.headers.add(name, value)
        for name, value in self.refuse.get(place.host, (200, []))[1]:
            response.headers.add(name, value)
        self.agent.receive(serialise(response), place, self.now)

    def register(self, **more: object) -> None:
        backups = tuple(Endpoint(end.host, end.port, self.transport) for end in (SECOND, THIRD))
        first = Endpoint(FIRST.host, FIRST.port, self.transport)
        self.agent.register(Registration(AOR, first, backups=backups, **more), self.now)  # type: ignore[arg-type]  # tests pass what fits

    def places(self) -> list[str]:
        """The registrars asked, one after the other, repetitions left out."""
        hosts = [host[-2:] for _, host, method in self.asked if method == "REGISTER"]
        return [host for host, before in zip(hosts, ["", *hosts], strict=False) if host != before]


def test_the_next_registrar_is_asked_when_one_does_not_answer() -> None:
    world = Registrars(down={FIRST.host})
    world.register()
    world.run(30)
    assert world.places() == ["11", "12"]
    assert world.events == [
        RegistrationFailed("sip:7001@lab.example", 408, "Request Timeout", START + 8),
        Registered("sip:7001@lab.example", 300),
    ]
    assert [event.registrar for event in world.events] == [FIRST, SECOND]


def test_a_registrar_out_of_order_is_left_at_once_and_returned_to_when_it_is_back() -> None:
    world = Registrars(refuse={FIRST.host: (503, [])})
    world.register(fail_back=60)
    world.run(50)
    assert world.places() == ["11", "12"]
    world.run(200)
    assert world.places()[:6] == ["11", "12", "11", "12", "11", "12"] or set(world.places()) == {"11", "12"}
    failures = [event for event in world.events if isinstance(event, RegistrationFailed)]
    assert len(failures) == 1  # while the backup serves, the tries of the better one disturb nobody
    del world.refuse[FIRST.host]
    world.run(90)
    assert world.events[-1].registrar == FIRST
    before = len(world.asked)
    world.run(600)
    assert {host for _, host, _ in world.asked[before:]} == {FIRST.host}


def test_a_better_backup_is_taken_where_the_best_is_still_away() -> None:
    world = Registrars(refuse={FIRST.host: (503, []), SECOND.host: (500, [])})
    world.register()
    world.run(10)
    assert world.events[-1].registrar == THIRD
    del world.refuse[SECOND.host]
    world.run(90)
    assert world.events[-1].registrar == SECOND


def test_when_all_are_away_they_are_tried_again_ever_more_slowly() -> None:
    world = Registrars(down={FIRST.host, SECOND.host, THIRD.host})
    world.register()
    world.run(120)
    assert world.places()[:6] == ["11", "12", "13", "11", "12", "13"]
    world.down.clear()
    world.run(130)
    assert world.events[-1] == Registered("sip:7001@lab.example", 300)
    assert world.events[-1].registrar == FIRST


@pytest.mark.parametrize("status", [403, 404, 401, 606])
def test_an_answer_about_us_is_not_asked_for_elsewhere(status: int) -> None:
    world = Registrars(refuse={FIRST.host: (status, [])})
    world.register()
    world.run(1)
    assert world.places() == ["11"]
    [failed] = world.events
    assert isinstance(failed, RegistrationFailed)
    assert failed.retry_at is not None
    assert 2 <= failed.retry_at - START <= 4


def test_a_refresh_that_fails_goes_to_the_next_registrar() -> None:
    world = Registrars()
    world.register()
    world.run(1)
    world.down.add(FIRST.host)
    world.run(400)
    assert world.bindings[SECOND.host, "7001"] > world.now
    assert world.places()[:3] == ["11", "12", "11"]  # and the first is tried again


def test_leaving_goes_to_where_we_are() -> None:
    world = Registrars(refuse={FIRST.host: (503, [])})
    world.register()
    world.run(1)
    world.agent.unregister(AOR, world.now)
    world.run(1)
    assert world.asked[-1][1] == SECOND.host
    assert world.requests[-1].contacts[0].param("expires") == "0"
    assert world.bindings[SECOND.host, "7001"] <= world.now
    assert world.events[-1] == Registered("sip:7001@lab.example", 0)
    world.run(400)
    assert world.agent.get_timer() is None


def test_a_registrar_that_does_not_answer_a_leave_holds_nobody_up_for_ever() -> None:
    world = Registrars()
    world.register()
    world.run(1)
    world.down.add(FIRST.host)
    world.agent.unregister(AOR, world.now)
    world.run(40)
    assert world.events[-1] == Registered("sip:7001@lab.example", 0)


def test_two_hundred_extensions_register_without_a_burst_and_spread_their_refreshes() -> None:
    world = Registrars()
    for number in range(7000, 7200):
        world.agent.register(Registration(SipUri(user=str(number), host="lab.example"), FIRST), world.now)
    world.run(10)
    assert len(world.bindings) == 200
    times = sorted(when for when, _, _ in world.asked)
    busiest = max(sum(1 for when in times if begin <= when < begin + 1) for begin in times)
    assert busiest <= 50 + BURST
    assert times[-1] - START < 5
    world.run(300)
    assert all(until > world.now for until in world.bindings.values())
    refreshes = sorted(when for when, _, _ in world.asked)[200:]
    assert max(sum(1 for when in refreshes if begin <= when < begin + 1) for begin in refreshes) <= 50 + BURST
    for number in range(7000, 7200):
        world.agent.unregister(SipUri(user=str(number), host="lab.example"), world.now)
    world.run(5)
    assert all(until <= world.now for until in world.bindings.values())


def test_a_registrar_that_was_restarted_learns_all_anew() -> None:
    world = Registrars()
    watch = Watch(FIRST, interval=10, patience=2, retry=2, misses=2)
    for number in range(7000, 7020):
        world.agent.register(Registration(SipUri(user=str(number), host="lab.example"), FIRST), world.now)
    world.agent.watch(watch, world.now)
    assert world.agent.reachable(FIRST) is None
    world.run(5)
    assert world.agent.reachable(FIRST) is True
    assert len([method for _, _, method in world.asked if method == "REGISTER"]) == 20  # its first answer is no return
    world.down.add(FIRST.host)
    world.bindings.clear()
    world.run(30)
    assert world.agent.reachable(FIRST) is False
    assert any(isinstance(event, PeerUnreachable) for event in world.events)
    world.down.clear()
    world.run(10)
    assert [event for event in world.events if isinstance(event, PeerReachable)][1:]
    assert len(world.bindings) == 20
    assert world.agent.reachable(SECOND) is None


def test_a_registrar_known_to_be_away_is_left_before_the_refresh() -> None:
    world = Registrars()
    world.register()
    world.agent.watch(Watch(FIRST, interval=10, patience=2, retry=2, misses=2), world.now)
    world.run(5)
    world.down.add(FIRST.host)
    world.run(20)
    assert world.bindings[SECOND.host, "7001"] > world.now


def test_a_lost_connection_is_a_reason_to_register_anew() -> None:
    world = Registrars(transport="tcp")
    world.agent.register(Registration(AOR, Endpoint(FIRST.host, 5060, "tcp")), world.now)
    world.run(5)
    world.bindings.clear()
    world.agent.send_failed(Endpoint(FIRST.host, 5060, "tcp"), world.now)
    world.run(3)
    assert world.bindings[FIRST.host, "7001"] > world.now
    world.agent.send_failed(Endpoint(SECOND.host, 5060, "tcp"), world.now)
    asked = len(world.asked)
    world.run(10)
    assert len(world.asked) == asked  # another peer's connection is nothing to us


def test_the_service_route_is_told_and_begins_the_route_of_calls() -> None:
    world = Registrars(more=[("Service-Route", "<sip:edge.example;lr>"), ("Path", "<sip:p1.example;lr>")])
    world.register()
    world.run(1)
    [registered] = world.events
    assert isinstance(registered, Registered)
    assert registered.service_route == ("<sip:edge.example;lr>",)
    route = ("<sip:192.0.2.30;lr>", "<sip:192.0.2.31;lr>")
    world.agent.invite(target=AOR, sdp=b"", from_user="7001", now=world.now, routes=route)
    [out] = world.agent.outgoing()
    invite = parse_message(out.data)
    assert isinstance(invite, Request)
    assert (out.destination.host, invite.uri) == ("192.0.2.30", "sip:7001@lab.example")
    assert invite.headers.values("Route") == list(route)
    world.agent.invite(target=AOR, sdp=b"", from_user="7001", now=world.now, routes=("<sip:192.0.2.30>",))
    [out] = world.agent.outgoing()
    strict = parse_message(out.data)
    assert isinstance(strict, Request)
    assert (strict.uri, strict.headers.values("Route")) == ("sip:192.0.2.30", ["<sip:7001@lab.example>"])


def test_a_broken_service_route_is_none() -> None:
    world = Registrars(more=[("Service-Route", "<sip:broken")])
    world.register()
    world.run(1)
    assert world.events == [Registered("sip:7001@lab.example", 300)]


def test_a_registrar_that_raises_its_minimum_again_and_again_is_not_followed_for_ever() -> None:
    world = Registrars()
    minimum = 60

    def raise_more(request: Request, place: Endpoint) -> None:
        nonlocal minimum
        minimum += 1000
        world.requests.append(request)
        response = make_response(request, 423, "", "tag")
        response.headers.add("Min-Expires", str(minimum))
        world.agent.receive(serialise(response), place, world.now)

    world.answer = raise_more  # type: ignore[method-assign]  # another kind of registrar
    world.agent.register(Registration(AOR, FIRST), world.now)
    world.run(1)
    assert len(world.requests) == 4
    assert isinstance(world.events[-1], RegistrationFailed)


def test_credentials_are_used_at_every_registrar() -> None:
    world = Registrars(refuse={FIRST.host: (503, [])})
    challenger = Challenger("lab", b"key")
    plain = world.answer
    seen: list[Verdict] = []

    def ask(request: Request, place: Endpoint) -> None:
        values = request.headers.all("Authorization")
        verdict = challenger.verify(values, method="REGISTER", password_of=lambda _u: "pw", now=world.now).verdict
        seen.append(verdict)
        if place == SECOND and verdict is not Verdict.ACCEPTED:
            response = make_response(request, 401, "", "tag")
            for name, value in challenger.challenge(world.now):
                response.headers.add(name, value)
            world.agent.receive(serialise(response), place, world.now)
        else:
            plain(request, place)

    world.answer = ask  # type: ignore[method-assign]  # a registrar that asks who we are
    world.register(credentials=Credentials("7001", "pw"))
    world.run(1)
    assert seen == [Verdict.ABSENT, Verdict.ABSENT, Verdict.ACCEPTED]
    assert world.events[-1] == Registered("sip:7001@lab.example", 300)


def test_a_pace_gives_everybody_a_turn() -> None:
    pace = Pace(10)
    assert [round(pace.moment(0.0), 6) for _ in range(BURST + 3)] == [0.0] * BURST + [0.1, 0.2, 0.3]
    assert pace.moment(100.0) == 100.0
    with pytest.raises(ValueError, match="above 0"):
        Pace(0)


def test_headers_say_times_or_nothing() -> None:
    headers = Headers([("Expires", "60;x=y"), ("Retry-After", "minutes"), ("Min-Expires", "9" * 12)])
    assert [headers.seconds(name) for name in ("Expires", "Retry-After", "Min-Expires", "Min-SE")] == [
        60,
        None,
        None,
        None,
    ]
