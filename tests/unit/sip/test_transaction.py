"""Every timer of the four transactions, on both kinds of transport, by moving ``now``."""

import pytest

from sip.events import Endpoint
from sip.headers import Headers
from sip.message import Request, Response, parse_message
from sip.timers import Timers
from sip.transaction import ClientTransaction, ServerTransaction, State, Transactions, make_response

FAR = {"udp": Endpoint("192.0.2.2", 5060), "tcp": Endpoint("192.0.2.2", 5060, "tcp")}


def request(method: str) -> Request:
    return Request(
        method,
        "sip:b@192.0.2.2",
        Headers(
            [
                ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"),
                ("Route", "<sip:192.0.2.3;lr>"),
                ("From", "<sip:a@b>;tag=1"),
                ("To", "<sip:b@192.0.2.2>"),
                ("Call-ID", "c@d"),
                ("CSeq", f"7 {method}"),
            ]
        ),
    )


class Bench:
    """One layer, its time, and who listens."""

    def __init__(self, transport: str = "udp") -> None:
        self.timers = Timers()
        self.layer = Transactions(self.timers)
        self.far = FAR[transport]
        self.now = 0.0
        self.told: list[int] = []
        self.unacknowledged = 0

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        self.told.append(response.status)

    def no_response(self, transaction: ClientTransaction, status: int, now: float) -> None:
        self.told.append(-status)

    def ack_missing(self, transaction: ServerTransaction, now: float) -> None:
        self.unacknowledged += 1

    def client(self, method: str) -> ClientTransaction:
        return self.layer.start_client(request(method), self.far, self, 0.0)

    def server(self, method: str) -> ServerTransaction:
        transaction = self.layer.start_server(request(method), self.far)
        transaction.user = self
        return transaction

    def answer(self, method: str, status: int) -> bool:
        return self.layer.response(make_response(request(method), status, tag="t"), self.now)

    def at(self, when: float) -> list[str]:
        """Move to a time; return what was sent meanwhile."""
        while (deadline := self.timers.next_deadline()) is not None and deadline <= when:
            self.now = deadline
            self.timers.run(deadline)
        self.now = when
        return self.sent()

    def sent(self) -> list[str]:
        messages = [parse_message(outgoing.data) for outgoing in self.layer.out]
        self.layer.out.clear()
        return [m.method if isinstance(m, Request) else str(m.status) for m in messages]


def test_invite_client_timers_a_and_b() -> None:
    bench = Bench()
    transaction = bench.client("INVITE")
    times = []
    for tick in range(320):
        times += [tick / 10] * len(bench.at(tick / 10))
    assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert bench.told == []
    bench.at(32.0)
    assert bench.told == [-408]
    assert transaction.state is State.TERMINATED
    assert len(bench.layer) == 0


def test_invite_client_stops_repeating_at_a_provisional_response_and_waits_for_ever() -> None:
    bench = Bench()
    bench.client("INVITE")
    bench.answer("INVITE", 180)
    bench.answer("INVITE", 180)
    assert bench.at(1000.0) == ["INVITE"]
    assert bench.told == [180, 180]


@pytest.mark.parametrize(("transport", "linger"), [("udp", 32.0), ("tcp", 0.0)])
def test_invite_client_timer_d(transport: str, linger: float) -> None:
    bench = Bench(transport)
    bench.client("INVITE")
    assert bench.answer("INVITE", 486)
    assert bench.sent() == ["INVITE", "ACK"]
    assert bench.answer("INVITE", 486) is (linger > 0)
    assert bench.sent() == (["ACK"] if linger else [])
    bench.at(linger - 0.1)
    assert bench.answer("INVITE", 486) is (linger > 0)
    bench.at(linger)
    assert not bench.answer("INVITE", 486)
    assert bench.told == [486]


def test_the_ack_of_a_refusal_keeps_to_its_hop() -> None:
    bench = Bench()
    bench.client("INVITE")
    bench.answer("INVITE", 486)
    ack = parse_message(bench.layer.out[1].data)
    assert isinstance(ack, Request)
    assert ack.via.branch == "z9hG4bK1"
    assert ack.uri == "sip:b@192.0.2.2"
    assert ack.headers.all("Route") == ["<sip:192.0.2.3;lr>"]
    assert ack.to.tag == "t"
    assert str(ack.cseq) == "7 ACK"


def test_invite_client_timer_m_lets_every_success_through() -> None:
    bench = Bench()
    bench.client("INVITE")
    for when in (1.0, 5.0, 32.9):
        bench.at(when)
        assert bench.answer("INVITE", 200)
    bench.at(33.0)
    assert not bench.answer("INVITE", 200)
    assert bench.told == [200, 200, 200]


def test_other_client_timers_e_and_f() -> None:
    bench = Bench()
    bench.client("OPTIONS")
    times = []
    for tick in range(320):
        times += [tick / 10] * len(bench.at(tick / 10))
    assert times == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    bench.at(32.0)
    assert bench.told == [-408]


def test_other_client_goes_on_slowly_after_a_provisional_response() -> None:
    bench = Bench()
    bench.client("OPTIONS")
    bench.answer("OPTIONS", 100)
    assert bench.at(0.5) == ["OPTIONS"] * 2
    assert bench.at(4.4) == []
    assert bench.at(4.5) == ["OPTIONS"]
    bench.at(32.0)
    assert bench.told == [100, -408]


@pytest.mark.parametrize(("transport", "linger"), [("udp", 5.0), ("tcp", 0.0)])
def test_other_client_timer_k(transport: str, linger: float) -> None:
    bench = Bench(transport)
    bench.client("OPTIONS")
    bench.answer("OPTIONS", 200)
    assert bench.answer("OPTIONS", 200) is (linger > 0)
    assert bench.at(linger + 1) == ["OPTIONS"]
    assert not bench.answer("OPTIONS", 200)
    assert bench.told == [200]
    assert bench.timers.next_deadline() is None


def test_a_response_to_another_method_or_branch_matches_nothing() -> None:
    bench = Bench()
    bench.client("INVITE")
    assert not bench.answer("CANCEL", 200)
    assert bench.told == []


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_invite_server_timers_g_and_h(transport: str) -> None:
    bench = Bench(transport)
    transaction = bench.server("INVITE")
    transaction.respond(make_response(transaction.request, 486), 0.0)
    assert bench.at(31.9) == ["100"] + ["486"] * (11 if transport == "udp" else 1)
    assert bench.unacknowledged == 0
    bench.at(32.0)
    assert bench.unacknowledged == 1
    assert len(bench.layer) == 0


@pytest.mark.parametrize(("transport", "linger"), [("udp", 5.0), ("tcp", 0.0)])
def test_invite_server_timer_i(transport: str, linger: float) -> None:
    bench = Bench(transport)
    transaction = bench.server("INVITE")
    transaction.respond(make_response(transaction.request, 486), 0.0)
    transaction.acknowledge(0.0)
    transaction.acknowledge(0.0)
    bench.sent()
    assert len(bench.layer) == (1 if linger else 0)
    assert bench.at(4.9) == []
    bench.at(5.0)
    assert len(bench.layer) == 0
    assert bench.unacknowledged == 0


def test_invite_server_repeats_the_newest_provisional_response() -> None:
    bench = Bench()
    transaction = bench.server("INVITE")
    transaction.respond(make_response(transaction.request, 180), 0.0)
    transaction.receive_again()
    assert bench.sent() == ["100", "180", "180"]


def test_invite_server_timer_l_soaks_up_the_invite_after_a_success() -> None:
    bench = Bench()
    transaction = bench.server("INVITE")
    transaction.respond(make_response(transaction.request, 200), 0.0)
    transaction.respond(make_response(transaction.request, 486), 0.0)
    transaction.receive_again()
    assert bench.sent() == ["100", "200"]
    assert bench.at(31.9) == []
    assert bench.layer.find_server(request("ACK")) is transaction
    bench.at(32.0)
    assert bench.layer.find_server(request("INVITE")) is None


@pytest.mark.parametrize(("transport", "linger"), [("udp", 32.0), ("tcp", 0.0)])
def test_other_server_timer_j(transport: str, linger: float) -> None:
    bench = Bench(transport)
    transaction = bench.server("OPTIONS")
    transaction.receive_again()
    assert bench.sent() == []
    transaction.respond(make_response(transaction.request, 200), 0.0)
    transaction.receive_again()
    assert bench.sent() == ["200"] * (2 if linger else 1)
    bench.at(32.0)
    assert len(bench.layer) == 0


def test_a_failed_connection_fails_only_what_waits_for_it() -> None:
    bench = Bench("tcp")
    bench.client("INVITE")
    bench.layer.send_failed(Endpoint("192.0.2.99", 5060, "tcp"), 0.0)
    assert bench.told == []
    bench.layer.send_failed(FAR["tcp"], 0.0)
    bench.layer.send_failed(FAR["tcp"], 0.0)
    assert bench.told == [-503]
    assert bench.timers.next_deadline() is None


def test_100_repeats_the_timestamp() -> None:
    asked = request("INVITE")
    asked.headers.add("Timestamp", "54")
    assert make_response(asked, 100).headers.get("Timestamp") == "54"
    assert "Timestamp" not in make_response(asked, 200).headers
