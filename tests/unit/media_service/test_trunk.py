import pytest

from media_service.trunk import TrunkLines
from sip.trunks.trunk import Trunk


def lines(count: int = 2) -> TrunkLines:
    return TrunkLines(Trunk("t", ("192.0.2.0/24", "2001:db8::1"), ("ivr", "4930*"), count))


@pytest.mark.parametrize(
    ("host", "number", "status"),
    [
        ("192.0.2.77", "ivr", 0),
        ("192.0.2.77", "493012345", 0),
        ("2001:db8::1", "4930", 0),
        ("198.51.100.1", "ivr", 403),
        ("pbx.example", "ivr", 403),
        ("192.0.2.77", "ivr2", 404),
        ("192.0.2.77", "", 404),
    ],
)
def test_who_may_call_what(host: str, number: str, status: int) -> None:
    refusal = lines().objection(host, number)
    assert (refusal.status if refusal is not None else 0) == status


def test_lines_are_taken_and_given_back() -> None:
    trunk = lines()
    assert [trunk.take(), trunk.take()] == ["trunk-1", "trunk-2"]
    refusal = trunk.objection("192.0.2.1", "ivr")
    assert refusal is not None
    assert refusal.status == 503
    assert trunk.free == 0
    trunk.give_back("trunk-1")
    trunk.give_back("7001")
    trunk.give_back("trunk-x")
    assert trunk.free == 1
    assert trunk.take() == "trunk-1"
