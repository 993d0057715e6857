"""Monitors of one application: who hears of what."""

from itertools import count

from csta.causes import EventCause
from csta.dialects.openscape_voice import DIALECT
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import ConnectionCleared, MonitorStart, MonitorStartResponse
from csta.states import MonitorType
from lab.csta.monitors import Monitors

EVENT = ConnectionCleared(
    monitor_cross_ref_id="",
    dropped_connection=ConnectionID("C1", "2001"),
    releasing_device=DeviceID("2001"),
    cause=EventCause.NORMAL_CLEARING,
)


class Bench:
    """Monitors on devices 2001 and 2002, and call C1."""

    def __init__(self) -> None:
        numbers = count(1)
        self.monitors = Monitors(
            DIALECT, frozenset({"2001", "2002"}), lambda: frozenset({"C1"}), lambda: f"M{next(numbers)}"
        )

    def start(self, device: str, kind: MonitorType = MonitorType.DEVICE) -> str:
        """Begin a monitor; gives its reference."""
        begun = self.monitors.start(MonitorStart(monitor_object=DeviceID(device), monitor_type=kind))
        assert isinstance(begun, MonitorStartResponse)
        return begun.monitor_cross_ref_id

    def told(self, device: str = "2001") -> list[str]:
        """Which monitors report that the device has left its call."""
        return [each.monitor_cross_ref_id for each in self.monitors.reports(device, EVENT)]


def test_every_monitor_on_the_device_reports_and_no_other() -> None:
    bench = Bench()
    first, _other = bench.start("2001"), bench.start("2002")
    assert bench.told() == [first]
    second = bench.start("2001")
    assert bench.told() == [first, second]


def test_a_monitor_that_ended_reports_no_more() -> None:
    bench = Bench()
    first, second = bench.start("2001"), bench.start("2001")
    assert bench.told() == [first, second]
    bench.monitors.stop(first)
    assert bench.told() == [second]
    bench.monitors.clear()
    assert bench.told() == []


def test_a_monitor_on_calls_hears_of_every_device_in_them() -> None:
    bench = Bench()
    assert bench.told("2002") == []
    reference = bench.start("2001", MonitorType.CALL)
    assert bench.told("2001") == [reference]
    assert bench.told("2002") == []  # the same thing once more, by another device
    bench.monitors.clear()
    following = bench.start("2002", MonitorType.CALL)
    assert bench.told("2001") == []
    assert bench.told("2002") == [following]
