"""A queue's counters: outcomes sum to what was received, and the service level has one definition."""

import pytest

from cti_server.queues.counters import LADDER, QueueCounters, outcome_of
from cti_server.vocabulary.values import Disposition, QueueOutcome


def test_every_outcome_is_booked_and_they_sum_up() -> None:
    counters = QueueCounters()
    for outcome in QueueOutcome:
        counters.book(outcome)
    assert all(getattr(counters, outcome.value.replace("-", "_")) == 1 for outcome in QueueOutcome)
    assert counters.ended == len(QueueOutcome)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (Disposition.ABANDONED, "abandoned"),
        (Disposition.DISCONNECTED, "disconnected"),
        (Disposition.TRANSFERRED, "transferred"),
        (Disposition.CALLED_BACK, "callback"),
        (Disposition.LOST, "lost"),
    ],
)
def test_the_end_of_a_contact_is_an_outcome_of_its_queue(disposition: Disposition, name: str) -> None:
    counters = QueueCounters()
    counters.book(outcome_of(disposition), 1.0)
    assert (getattr(counters, name), counters.ended) == (1, 1)


def test_the_service_level_in_the_three_ways_of_counting_abandons() -> None:
    """The worked example of Cisco: A = 70, B = 10, N = 100."""
    counters = QueueCounters()
    for _ in range(70):
        counters.book(QueueOutcome.ANSWERED, 5.0)
    for _ in range(10):
        counters.book(QueueOutcome.ABANDONED, 20.0)
    for _ in range(15):
        counters.book(QueueOutcome.ANSWERED, 20.5)
    found = {way: counters.service_level(5, abandons=way) for way in ("ignored", "negative", "positive")}
    assert {way: round(share or 0.0, 3) for way, share in found.items()} == {
        "ignored": 0.778,
        "negative": 0.7,
        "positive": 0.8,
    }


def test_without_a_basis_there_is_no_service_level() -> None:
    counters = QueueCounters()
    counters.book(QueueOutcome.LOST, 3.0)  # failed within the time: it does not count
    counters.book(QueueOutcome.CLOSED)
    assert counters.service_level(0) is None
    counters.book(QueueOutcome.ABANDONED, 1.0)
    assert counters.service_level(0, abandons="ignored") is None


def test_the_ladder_counts_who_was_removed_within_each_time() -> None:
    counters = QueueCounters()
    counters.book(QueueOutcome.ANSWERED, 15.0)
    counters.book(QueueOutcome.CALLBACK, 44.0)
    counters.book(QueueOutcome.REQUEUED, 1.0)
    within = dict(zip(LADDER, counters.removed, strict=True))
    assert (within[15.0], within[30.0], within[45.0], within[600.0]) == (1, 1, 2, 2)


def test_short_calls_are_neither_offered_nor_abandoned() -> None:
    counters = QueueCounters(received=2)
    counters.book(QueueOutcome.ABANDONED, 2.9, shortest=3.0)
    counters.book(QueueOutcome.ABANDONED, 3.0, shortest=3.0)
    assert (counters.received, counters.offered, counters.short, counters.abandoned) == (2, 1, 1, 1)
    assert (counters.ended, counters.basis(0), counters.removed[0]) == (2, 1, 1)
