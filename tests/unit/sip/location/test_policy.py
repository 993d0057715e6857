"""RFC 3263: which questions are asked, in which order targets stand, and how RFC 2782 draws by weight."""

from collections import Counter
from random import Random

import pytest

from sip.events import Endpoint
from sip.location.policy import MAX_TARGETS, by_weight, targets_of
from sip.location.records import Address, Kind, Naptr, Question, Record, Srv

ALL = ("udp", "tcp", "tls")
A, SRV, NAPTR = Kind.ADDRESS, Kind.SRV, Kind.NAPTR
ZONE: dict[Question, tuple[Record, ...]] = {
    Question(NAPTR, "example.com"): (
        Naptr(50, 50, "s", "SIPS+D2T", "_sips._tcp.example.com"),
        Naptr(90, 50, "s", "SIP+D2T", "_sip._tcp.example.com"),
        Naptr(100, 50, "s", "SIP+D2U", "_sip._udp.example.com"),
        Naptr(10, 10, "u", "E2U+sip", "ignored.example.com"),
        Naptr(10, 10, "s", "SIP+D2S", "_sip._sctp.example.com"),
    ),
    Question(SRV, "_sips._tcp.example.com"): (Srv(0, 1, 5061, "one.example.com"),),
    Question(SRV, "_sip._tcp.example.com"): (
        Srv(1, 0, 5070, "two.example.com"),
        Srv(0, 2, 5060, "one.example.com"),
    ),
    Question(SRV, "_sip._udp.example.com"): (),
    Question(A, "example.com"): (Address("192.0.2.9"),),
    Question(A, "one.example.com"): (Address("192.0.2.1"), Address("2001:db8::1")),
    Question(A, "two.example.com"): (Address("192.0.2.2"),),
    Question(NAPTR, "small.example"): (),
    Question(SRV, "_sip._udp.small.example"): (),
    Question(SRV, "_sip._tcp.small.example"): (),
    Question(SRV, "_sips._tcp.small.example"): (),
    Question(A, "small.example"): (Address("192.0.2.7"),),
    Question(SRV, "_sip._udp.closed.example"): (Srv(0, 0, 0, "."),),
}


def found(
    host: str, port: int = 0, transport: str = "", transports: tuple[str, ...] = ALL
) -> list[Endpoint] | set[Question]:
    return targets_of(Endpoint(host, port, transport), ZONE, transports, lambda: 0.5)


def test_naptr_orders_the_transports_and_srv_the_servers() -> None:
    assert found("example.com") == [
        Endpoint("192.0.2.1", 5061, "tls"),
        Endpoint("2001:db8::1", 5061, "tls"),
        Endpoint("192.0.2.1", 5060, "tcp"),
        Endpoint("2001:db8::1", 5060, "tcp"),
        Endpoint("192.0.2.2", 5070, "tcp"),
    ]


def test_only_transports_that_we_speak_are_taken() -> None:
    first = found("example.com", transports=("udp", "tcp"))
    assert isinstance(first, list)
    assert first[0] == Endpoint("192.0.2.1", 5060, "tcp")


@pytest.mark.parametrize(
    ("port", "transport", "expected"),
    [
        (5070, "", [Endpoint("192.0.2.9", 5070, "udp")]),
        (5070, "tls", [Endpoint("192.0.2.9", 5070, "tls")]),
        (0, "udp", [Endpoint("192.0.2.9", 5060, "udp")]),
        (0, "tls", [Endpoint("192.0.2.1", 5061, "tls"), Endpoint("2001:db8::1", 5061, "tls")]),
    ],
)
def test_a_port_or_transport_that_is_given_shortens_the_way(
    port: int, transport: str, expected: list[Endpoint]
) -> None:
    assert found("example.com", port, transport) == expected


def test_without_any_record_the_address_is_taken_by_udp() -> None:
    assert found("small.example") == [Endpoint("192.0.2.7", 5060, "udp")]


def test_a_service_that_is_not_offered_leads_nowhere() -> None:
    assert found("closed.example", transport="udp") == []


def test_what_is_missing_is_asked_step_by_step() -> None:
    known: dict[Question, tuple[Record, ...]] = {}
    asked: list[str] = []
    wanted = Endpoint("example.com", 0, "")
    for _ in range(5):
        answer = targets_of(wanted, known, ALL, lambda: 0.0)
        if isinstance(answer, list):
            break
        asked.append("+".join(sorted(question.kind.value for question in answer)))
        known |= {question: ZONE[question] for question in answer}
    assert asked == ["NAPTR", "SRV+SRV+SRV", "address+address"]


def test_targets_are_limited() -> None:
    zone: dict[Question, tuple[Record, ...]] = {
        Question(SRV, "_sip._udp.many.example"): tuple(Srv(0, 0, 5060, f"h{n}.example") for n in range(100))
    }
    answer = targets_of(Endpoint("many.example", 0, "udp"), zone, ALL, lambda: 0.0)
    assert len(answer) == MAX_TARGETS  # questions here: no more are asked either


def test_weights_are_followed_and_priorities_kept() -> None:
    random = Random(7)
    records = [Srv(1, 10, 1, "last"), Srv(0, 75, 1, "often"), Srv(0, 25, 1, "seldom"), Srv(0, 0, 1, "hardly")]
    drawn = Counter(by_weight(records, random.random)[0].target for _ in range(4000))
    assert 2800 < drawn["often"] < 3200
    assert 800 < drawn["seldom"] < 1200
    assert drawn["last"] == 0
    assert {record.target for record in by_weight(records, random.random)[:3]} == {"often", "seldom", "hardly"}
