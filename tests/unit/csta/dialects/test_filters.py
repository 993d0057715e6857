"""Monitor filters for switches that know fewer events."""

from csta import DeviceID
from csta import messages as m
from csta.dialects.openscape_business import DIALECT
from csta.dialects.rewrites import HIPATH_FILTER_BITS
from csta.messages.enumerations import LogicalDeviceEvent, MaintenanceEventName
from csta.messages.structures import MonitorFilter

EVERYTHING = MonitorFilter(
    logical_device_feature=frozenset(LogicalDeviceEvent), maintenance=frozenset(MaintenanceEventName)
)


def test_bits_beyond_the_switchs_edition_are_left_out() -> None:
    rewritten = DIALECT.outbound(m.MonitorStart(monitor_object=DeviceID("101"), requested_monitor_filter=EVERYTHING))
    assert isinstance(rewritten, m.MonitorStart)
    asked = rewritten.requested_monitor_filter
    assert asked is not None
    assert asked.logical_device_feature is not None
    assert asked.maintenance is not None
    assert {word.number for word in asked.logical_device_feature} == set(range(14))
    assert {word.number for word in asked.maintenance} == set(range(3))
    assert asked.call_control is None


def test_a_changed_filter_is_narrowed_as_well() -> None:
    rewritten = DIALECT.outbound(m.ChangeMonitorFilter(monitor_cross_ref_id="55", requested_filter_list=EVERYTHING))
    assert isinstance(rewritten, m.ChangeMonitorFilter)
    assert rewritten.requested_filter_list.logical_device_feature != EVERYTHING.logical_device_feature


def test_without_a_filter_nothing_is_added() -> None:
    plain = m.MonitorStart(monitor_object=DeviceID("101"))
    assert DIALECT.outbound(plain) == plain


def test_the_counts_name_members_of_the_filter() -> None:
    assert set(HIPATH_FILTER_BITS) <= set(MonitorFilter.__dataclass_fields__)
