"""Registrations: challenge, refresh, back-off, Min-Expires, leaving."""

from sip.digest import Challenger, Credentials, Verdict
from sip.events import Endpoint, Registered, RegistrationFailed, RequestReceived
from sip.message import Response, parse_message, serialise
from sip.registration import Registration
from sip.uri import SipUri
from tests.unit.sip.wire import BOB, Wire, methods

AOR = SipUri.parse("sip:7001@lab.example")


def registration(expires: int = 300, transport: str = "udp") -> Registration:
    return Registration(AOR, Endpoint(BOB.host, BOB.port, transport), Credentials("7001", "pw"), expires)


class Registrar:
    """Bob answers REGISTER requests, each by the next of ``answers``."""

    def __init__(self, wire: Wire, *answers: tuple[int, list[tuple[str, str]]]) -> None:
        self.wire, self.answers, self.seen = wire, list(answers), 0

    def __call__(self) -> None:
        events = self.wire.bob.events
        while self.seen < len(events):
            event = events[self.seen]
            self.seen += 1
            assert isinstance(event, RequestReceived)
            status, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            self.wire.bob.agent.respond(event.key, status, "", headers, b"", self.wire.now)
            self.wire.run()


def register(wire: Wire, registrar: Registrar, expires: int = 300) -> None:
    wire.alice.agent.register(registration(expires, wire.transport), wire.now)
    wire.run()
    registrar()
    wire.run()


def test_a_registration_with_digest() -> None:
    wire = Wire()
    challenger = Challenger("lab", b"key")
    wire.alice.agent.register(registration(), wire.now)
    wire.run()
    first = wire.bob.events[0]
    assert isinstance(first, RequestReceived)
    assert str(first.request.target) == "sip:lab.example"
    assert str(first.request.to.uri) == "sip:7001@lab.example"
    assert first.request.contacts[0].param("expires") == "300"
    wire.bob.agent.respond(first.key, 401, "", challenger.challenge(wire.now), b"", wire.now)
    wire.run()
    second = wire.bob.events[1]
    assert isinstance(second, RequestReceived)
    assert (first.request.cseq.number, second.request.cseq.number) == (1, 2)
    assert first.request.call_id == second.request.call_id
    values = second.request.headers.all("Authorization")
    assert "SHA-256" in values[0]
    verdict = challenger.verify(values, method="REGISTER", password_of=lambda _u: "pw", now=wire.now).verdict
    assert verdict is Verdict.ACCEPTED
    wire.bob.agent.respond(second.key, 200, "OK", [("Contact", str(second.request.contacts[0]))], b"", wire.now)
    wire.run()
    assert wire.alice.events == [Registered("sip:7001@lab.example", 300)]


def test_the_registration_is_refreshed_before_it_expires() -> None:
    wire = Wire()
    registrar = Registrar(wire, (200, [("Contact", "<sip:7001@192.0.2.1:5060>;expires=60")]))
    register(wire, registrar)
    wire.advance(47, registrar)
    assert wire.alice.events == [Registered("sip:7001@lab.example", 60)]
    wire.advance(2, registrar)
    assert len(wire.alice.events) == 2
    numbers = [sent.cseq.number for sent in wire.alice.sent]
    assert numbers == [1, 2]
    assert len({sent.call_id for sent in wire.alice.sent}) == 1


def test_other_contacts_of_the_same_address_do_not_count() -> None:
    wire = Wire()
    contacts = "<sip:7001@192.0.2.77:5060>;expires=5, <sip:7001@192.0.2.1:5060>;expires=90"
    register(wire, Registrar(wire, (200, [("Contact", contacts)])))
    assert wire.alice.events == [Registered("sip:7001@lab.example", 90)]


def test_a_longer_time_is_taken_where_the_registrar_wants_it() -> None:
    wire = Wire()
    registrar = Registrar(wire, (423, [("Min-Expires", "600")]), (200, [("Expires", "600")]))
    register(wire, registrar, 60)
    registrar()
    assert wire.alice.events == [Registered("sip:7001@lab.example", 600)]


def test_a_registrar_that_plays_with_min_expires_is_a_failure() -> None:
    wire = Wire()
    register(wire, Registrar(wire, (423, [("Min-Expires", "10")])), 60)
    assert isinstance(wire.alice.events[0], RegistrationFailed)


def test_failures_are_tried_again_ever_more_slowly() -> None:
    wire = Wire()
    registrar = Registrar(wire, (403, []))
    begin = wire.now
    register(wire, registrar)
    wire.advance(700, registrar)
    waits = [event.retry_at for event in wire.alice.events if isinstance(event, RegistrationFailed)]
    gaps = [later - earlier for earlier, later in zip([begin, *waits], waits, strict=False) if later and earlier]
    for gap, least in zip(gaps, [2, 4, 8, 16, 32, 60, 60, 60], strict=False):
        assert least <= gap <= least * 2
    registrar.answers = [(200, [("Expires", "100")])]
    wire.advance(200, registrar)
    assert Registered("sip:7001@lab.example", 100) in wire.alice.events


def test_retry_after_is_obeyed() -> None:
    wire = Wire()
    register(wire, Registrar(wire, (503, [("Retry-After", "60 (busy)")])))
    [failed] = wire.alice.events
    assert isinstance(failed, RegistrationFailed)
    assert failed.retry_at == wire.now + 60


def test_a_registrar_that_does_not_answer() -> None:
    wire = Wire()
    wire.cut = True
    wire.alice.agent.register(registration(), wire.now)
    wire.advance(32)
    [failed] = wire.alice.events
    assert isinstance(failed, RegistrationFailed)
    assert failed.status == 408
    # Timer E: 0, 0.5, 1.5, 3.5, then every 4 s until timer F (17.1.2.2).
    assert len(wire.alice.sent) == 11


def test_a_wrong_password_is_asked_once_per_attempt() -> None:
    wire = Wire()
    challenges = Challenger("lab", b"key").challenge(wire.now)
    registrar = Registrar(wire, (401, challenges))
    register(wire, registrar)
    registrar()
    wire.run()
    assert wire.alice.kinds() == ["RegistrationFailed"]
    assert methods(wire.alice.sent) == ["REGISTER", "REGISTER"]


def test_leaving() -> None:
    wire = Wire()
    registrar = Registrar(wire, (200, [("Expires", "100")]))
    register(wire, registrar)
    wire.alice.agent.unregister(AOR, wire.now)
    wire.run()
    registrar()
    assert wire.alice.events[-1] == Registered("sip:7001@lab.example", 0)
    assert wire.alice.sent[-1].contacts[0].param("expires") == "0"
    wire.advance(300, registrar)
    assert wire.alice.agent.get_timer() is None


def test_registering_again_replaces_the_former_registration() -> None:
    wire = Wire()
    registrar = Registrar(wire, (200, [("Expires", "100")]))
    register(wire, registrar)
    register(wire, registrar)
    sent = len(wire.alice.sent)
    wire.advance(90, registrar)
    assert len(wire.alice.sent) == sent + 1


def test_a_stray_answer_changes_nothing() -> None:
    wire = Wire()
    register(wire, Registrar(wire, (200, [("Expires", "100")])))
    stray = Response(403, "No", wire.alice.sent[0].headers.copy())
    wire.alice.agent.receive(serialise(stray), BOB, wire.now)
    assert wire.alice.agent.next_event() is None
    assert parse_message(serialise(stray)).cseq.method == "REGISTER"
