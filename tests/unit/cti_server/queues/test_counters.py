"""Each end of a waiting contact is booked once, in its own class."""

import pytest

from cti_server.queues.counters import QueueCounters
from cti_server.vocabulary.values import Disposition


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        (Disposition.ABANDONED, QueueCounters(abandoned=1)),
        (Disposition.DISCONNECTED, QueueCounters(disconnected=1)),
        (Disposition.LOST, QueueCounters(lost=1)),
    ],
)
def test_book_end(disposition: Disposition, expected: QueueCounters) -> None:
    counters = QueueCounters()
    counters.book_end(disposition)
    assert counters == expected
