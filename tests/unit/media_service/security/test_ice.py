"""ICE-lite: which checks are answered and how, what is nominated, and when the far end is gone."""

import pytest

from media_service.engine.interface import Address
from media_service.security import stun
from media_service.security.ice import CONSENT, IceLite, IceParameters, candidate
from media_service.security.stun import Attribute, Kind, StunMessage

OURS = IceParameters("us00", "our-password-of-22-octets", "them", "their-password-of-22-octets")
ONE, OTHER = Address("192.0.2.5", 5000), Address("2001:db8::5", 5002)
TRANSACTION = b"transaction!"
USER = (Attribute.USERNAME, b"us00:them")


class Ends:
    """Our agent, and what it sends."""

    def __init__(self, parameters: IceParameters = OURS) -> None:
        self.sent: list[tuple[StunMessage, Address]] = []
        self.ice = IceLite(parameters, lambda data, target: self.sent.append((stun.read(data), target)))

    def check(self, source: Address = ONE, *, now: float = 0.0, nominate: bool = True, priority: int = 100) -> None:
        attributes = [USER, (Attribute.PRIORITY, priority.to_bytes(4)), (Attribute.ICE_CONTROLLING, bytes(8))]
        if nominate:
            attributes.append((Attribute.USE_CANDIDATE, b""))
        self.ice.receive(stun.write(Kind.REQUEST, TRANSACTION, attributes, OURS.local_password), source, now)

    def selected(self) -> Address | None:
        return self.ice.selected

    def until(self) -> float | None:
        return self.ice.consent_until

    def refused(self) -> int:
        message, _ = self.sent.pop()
        code = message.value(Attribute.ERROR_CODE)
        assert message.kind is Kind.ERROR
        assert code is not None
        return code[2] * 100 + code[3]


@pytest.mark.parametrize("source", [ONE, OTHER])
def test_a_check_is_answered_with_the_address_it_came_from(source: Address) -> None:
    ends = Ends()
    ends.check(source, nominate=False)
    message, target = ends.sent.pop()
    assert (message.kind, message.transaction, target) == (Kind.SUCCESS, TRANSACTION, source)
    assert message.is_by(OURS.local_password)
    assert message.fingerprinted
    assert message.value(Attribute.XOR_MAPPED_ADDRESS) == stun.xor_address(source, TRANSACTION)
    assert ends.ice.selected is None
    assert ends.ice.known == {source}


def test_the_nominated_address_is_where_media_goes() -> None:
    ends = Ends()
    ends.check(OTHER, nominate=False)
    ends.check(ONE)
    assert ends.ice.selected == ONE


def test_who_nominates_all_means_the_best_and_who_moves_is_followed() -> None:
    ends = Ends()
    ends.check(ONE, priority=200)
    ends.check(OTHER, priority=100, now=1)
    assert ends.selected() == ONE
    ends.check(OTHER, priority=300, now=2)
    assert ends.selected() == OTHER
    ends.check(ONE, priority=1, now=3)
    assert ends.selected() == OTHER
    ends.check(ONE, priority=1, now=8)  # the other has not been heard of for long: the phone has left that network
    assert ends.selected() == ONE


def test_consent_lasts_while_checks_come() -> None:
    ends = Ends()
    assert ends.until() is None
    ends.check(now=10)
    assert ends.until() == 10 + CONSENT
    ends.check(nominate=False, now=15)
    assert ends.until() == 15 + CONSENT
    ends.check(OTHER, nominate=False, now=16)  # another path says nothing of this one
    assert ends.until() == 15 + CONSENT


def test_two_lite_agents_take_what_is_described() -> None:
    ends = Ends(IceParameters("us00", "x" * 22, "them", "y" * 22, remote_lite=True))
    ends.ice.select(ONE)
    assert ends.ice.selected == ONE
    assert ends.ice.consent_until is None


@pytest.mark.parametrize(
    ("attributes", "password", "status"),
    [
        ([], None, 400),
        ([USER], None, 400),
        ([], OURS.local_password, 400),
        ([USER], "wrong password, quite long", 401),
        ([(Attribute.USERNAME, b"other:them")], OURS.local_password, 401),
        ([USER, (0x7777, b"what")], OURS.local_password, 420),
        ([USER, (Attribute.ICE_CONTROLLED, bytes(8))], OURS.local_password, 487),
    ],
)
def test_checks_that_cannot_count_are_refused(
    attributes: list[tuple[int, bytes]], password: str | None, status: int
) -> None:
    ends = Ends()
    attributes = [*attributes, (Attribute.USE_CANDIDATE, b"")]
    ends.ice.receive(stun.write(Kind.REQUEST, TRANSACTION, attributes, password), ONE, 0)
    assert ends.refused() == status
    assert ends.ice.selected is None
    assert ends.ice.known == set()


def test_a_check_without_fingerprint_is_refused() -> None:
    ends = Ends()
    whole = stun.write(Kind.REQUEST, TRANSACTION, [USER], OURS.local_password)
    ends.ice.receive(whole[:2] + (len(whole) - 28).to_bytes(2) + whole[4:-8], ONE, 0)
    assert ends.refused() == 400


@pytest.mark.parametrize("kind", [Kind.INDICATION, Kind.SUCCESS, Kind.ERROR])
def test_what_asks_nothing_gets_nothing(kind: Kind) -> None:
    ends = Ends()
    ends.ice.receive(stun.write(kind, TRANSACTION, [USER], OURS.local_password), ONE, 0)
    ends.ice.receive(b"\0" * 30, ONE, 0)
    assert ends.sent == []


def test_a_restart_changes_the_password_and_not_the_path() -> None:
    ends = Ends()
    ends.check(ONE)
    ends.ice.restart(IceParameters("us01", "another-password-of-22-oct", "them", "their-password-of-22-octets"))
    assert ends.ice.selected == ONE
    ends.sent.clear()
    ends.check(ONE)
    assert ends.refused() == 401


def test_only_so_many_sources_are_remembered() -> None:
    ends = Ends()
    for port in range(1, 60):
        ends.check(Address("192.0.2.9", port), nominate=False)
    assert len(ends.ice.known) == len(ends.sent) == 16


def test_our_one_candidate() -> None:
    assert candidate(Address("192.0.2.1", 4000)) == "1 1 udp 2130706431 192.0.2.1 4000 typ host"
