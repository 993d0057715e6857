"""What is kept, for how long, and who is tried first."""

from sip.events import Endpoint
from sip.location.locator import ANSWER_OVERDUE, AVOIDED, MAX_KEPT, Locator
from sip.location.records import Address, Kind, Question

NAME = Endpoint("pbx.example", 5060, "udp")
QUESTION = Question(Kind.ADDRESS, "pbx.example")
ONE, TWO = Endpoint("192.0.2.1", 5060), Endpoint("192.0.2.2", 5060)


def both(locator: Locator, now: float, ttl: float = 60.0) -> None:
    locator.answered(QUESTION, (Address(ONE.host), Address(TWO.host)), ttl, now)


def find(locator: Locator, now: float) -> list[list[Endpoint]]:
    found: list[list[Endpoint]] = []
    locator.find(NAME, lambda targets, _now: found.append(targets), now)
    return found


def test_an_answer_is_kept_for_its_time() -> None:
    locator = Locator(lambda: 0.0)
    found = find(locator, 0.0)
    assert (found, locator.questions()) == ([], [QUESTION])
    both(locator, 0.1, ttl=10.0)
    assert found == [[ONE, TWO]]
    assert find(locator, 10.0) == [[ONE, TWO]]
    assert find(locator, 10.2) == []
    assert locator.questions() == [QUESTION]


def test_an_answer_of_no_time_serves_those_who_asked() -> None:
    locator = Locator(lambda: 0.0)
    found = find(locator, 0.0)
    both(locator, 0.1, ttl=0.0)
    assert found == [[ONE, TWO]]


def test_a_question_is_asked_once_and_again_when_the_answer_is_overdue() -> None:
    locator = Locator(lambda: 0.0)
    first, second = find(locator, 0.0), find(locator, 0.1)
    assert locator.questions() == [QUESTION]
    find(locator, ANSWER_OVERDUE + 0.1)
    assert locator.questions() == [QUESTION]
    both(locator, 20.0)
    assert first == second == [[ONE, TWO]]


def test_the_target_in_use_stays_first_until_it_fails() -> None:
    locator = Locator(lambda: 0.0)
    both(locator, 0.0, ttl=600.0)
    locator.settled(NAME, TWO)
    assert find(locator, 1.0) == [[TWO, ONE]]
    locator.failed(TWO, 1.0)
    assert find(locator, 2.0) == [[ONE, TWO]]
    assert find(locator, 1.0 + AVOIDED) == [[TWO, ONE]]


def test_memory_is_bounded() -> None:
    locator = Locator(lambda: 0.0)
    for number in range(3 * MAX_KEPT):
        locator.answered(Question(Kind.ADDRESS, f"h{number}"), (), 3600.0, 0.0)
        locator.failed(Endpoint("192.0.2.1", number), 0.0)
        locator.settled(Endpoint(f"h{number}", 5060), ONE)
    assert max(len(locator._answers), len(locator._avoided), len(locator.homes)) <= MAX_KEPT
