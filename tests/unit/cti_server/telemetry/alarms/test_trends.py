"""Trends of a queue: what became of its contacts within the window, and nothing of what came before it."""

from cti_server.queues.counters import QueueCounters
from cti_server.telemetry.alarms.trends import LEAST, WINDOW, QueueTrend


def counts(answered: int, abandoned: int = 0) -> QueueCounters:
    found = QueueCounters()
    found.answered, found.answered_within, found.abandoned = answered, answered, abandoned
    return found


def test_what_ended_since_the_last_count_before_the_window_counts() -> None:
    trend = QueueTrend()
    trend.note(counts(100, 900), 0, 0.0)
    assert trend.abandons is None
    trend.note(counts(100 + LEAST, 900), 0, WINDOW + 1)
    assert trend.abandons == 0.0
    assert trend.service_level == 100.0


def test_what_is_older_than_the_window_is_forgotten() -> None:
    trend = QueueTrend()
    trend.note(counts(0), 0, 0.0)
    trend.note(counts(0, LEAST), 0, 10.0)
    assert trend.abandons == 100.0
    trend.note(counts(LEAST, LEAST), 0, 10.0 + WINDOW)
    assert trend.abandons == 0.0


def test_counts_that_begin_anew_are_held_against_nothing_of_before() -> None:
    trend = QueueTrend()
    trend.note(counts(500), 0, 0.0)
    trend.note(counts(3), 0, 10.0)
    assert (trend.abandons, trend.service_level) == (None, None)


def test_contacts_that_wait_too_long_already_lower_the_service_level() -> None:
    trend = QueueTrend()
    trend.note(counts(0), 0, 0.0)
    trend.note(counts(LEAST), LEAST, 10.0)
    assert trend.service_level == 50.0
