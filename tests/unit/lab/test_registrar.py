"""The registrar: challenges, bindings, refreshes and their end."""

from lab.registrar import Registrar, Reply
from sip.digest import Challenge, Credentials, authorization
from sip.events import Endpoint
from sip.headers import Headers
from sip.message import Request

DOMAIN = "lab.example"
PHONE = Endpoint("127.0.0.1", 5066)


class Desk:
    """A registrar with two extensions, and the changes it told."""

    def __init__(self, open_to: tuple[str, ...] = ()) -> None:
        self.changes: list[tuple[str, bool]] = []
        self.registrar = Registrar(
            DOMAIN,
            {"7101": "right", "7102": "other"},
            b"secret",
            lambda number, bound: self.changes.append((number, bound)),
            max_expires=600,
            open_to=open_to,
        )
        self.uses = 0

    def ask(self, *, number: str = "7101", now: float = 1000.0, **headers: str) -> Reply:
        fields = Headers([("To", f"<sip:{number}@{DOMAIN}>"), *((name, value) for name, value in headers.items())])
        return self.registrar.register(Request("REGISTER", f"sip:{DOMAIN}", fields), PHONE, now)

    def register(
        self, *, number: str = "7101", user: str = "", password: str = "right", now: float = 1000.0, **headers: str
    ) -> Reply:
        challenge = Challenge.parse(dict(self.ask(number=number, now=now).headers)["WWW-Authenticate"])
        answer = authorization(
            challenge, Credentials(user or number, password), method="REGISTER", uri=f"sip:{DOMAIN}", cnonce="abc"
        )
        headers.setdefault("Contact", f"<sip:{number}@127.0.0.1:5066>")
        return self.ask(number=number, now=now, Authorization=answer, **headers)


def test_a_stranger_is_challenged_and_the_right_password_binds() -> None:
    desk = Desk()
    assert desk.ask().status == 401

    reply = desk.register(Expires="120")

    assert (reply.status, dict(reply.headers)["Expires"]) == (200, "120")
    assert desk.changes == [("7101", True)]
    binding = desk.registrar.binding("7101")
    assert binding is not None
    assert (binding.source, binding.until) == (PHONE, 1120.0)
    assert desk.registrar.is_at("7101", PHONE)
    assert not desk.registrar.is_at("7101", Endpoint("127.0.0.1", 9999))
    assert not desk.registrar.is_at("7102", PHONE)


def test_a_wrong_password_and_an_unknown_number_get_the_same_answer() -> None:
    desk = Desk()
    assert desk.register(password="wrong").status == 401
    assert desk.register(number="9999").status == 401
    assert desk.changes == []


def test_nobody_registers_another_number() -> None:
    assert Desk().register(number="7102", user="7101").status == 403


def test_a_refresh_is_no_change_and_an_end_is_one() -> None:
    desk = Desk()
    desk.register(Expires="120")
    desk.register(Expires="5000", now=1060.0)
    assert desk.registrar.get_timer() == 1660.0

    desk.registrar.handle_timer(1659.0)
    assert desk.changes == [("7101", True)]
    desk.registrar.handle_timer(1660.0)
    assert desk.changes == [("7101", True), ("7101", False)]
    assert desk.registrar.get_timer() is None


def test_unregistering_by_contact_or_by_star() -> None:
    desk = Desk()
    desk.register()
    assert desk.register(Contact="<sip:7101@127.0.0.1:1>;expires=0", now=1001.0).status == 200
    assert desk.registrar.binding("7101") is not None
    desk.register(Contact="<sip:7101@127.0.0.1:5066>;expires=0", now=1002.0)
    assert desk.registrar.binding("7101") is None
    desk.register(now=1003.0)
    desk.register(Contact="*", Expires="0", now=1004.0)
    assert desk.changes == [("7101", True), ("7101", False)] * 2


def test_a_query_binds_nothing_and_odd_requests_are_refused() -> None:
    desk = Desk()
    assert desk.register(Contact="").status in {200, 400}
    assert desk.register(Expires="5", now=1001.0).status == 423
    assert desk.register(Expires="soon", now=1002.0).status == 400
    assert desk.changes == []


def test_a_phone_at_an_open_address_needs_no_password_but_an_extension() -> None:
    desk = Desk(open_to=("127.0.0.1",))
    contact = "<sip:7101@127.0.0.1:6000>"

    assert desk.ask(Contact=contact).status == 200
    assert desk.ask(number="9999", Contact=contact).status == 404
    binding = desk.registrar.binding("7101")
    assert binding is not None
    assert binding.reached_at == Endpoint("127.0.0.1", 6000)


def test_a_phone_behind_nat_is_reached_where_it_registered_from() -> None:
    desk = Desk()
    desk.register(Contact="<sip:7101@10.0.0.7:6000>")
    binding = desk.registrar.binding("7101")
    assert binding is not None
    assert binding.reached_at == PHONE
