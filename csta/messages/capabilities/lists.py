"""What a device or a switch supports, put together out of the lists of the chapters."""

from csta.messages.base import Part
from csta.messages.capabilities.call_events import CallAssociatedEvtsList, CallControlEvtsList, MediaEvtsList
from csta.messages.capabilities.call_services import CallAssociatedServList, CallControlServList, MediaServList
from csta.messages.capabilities.device_events import DeviceMaintEvtsList, LogicalEvtsList, PhysDevEvtsList
from csta.messages.capabilities.device_services import LOGICAL_SERV_LIST, LogicalServList, PhysDevServList
from csta.messages.capabilities.other import (
    CDRServList,
    DataCollectionServList,
    IOServicesServList,
    LocationServicesServList,
)
from csta.messages.capabilities.switch import (
    CapExchangeServList,
    MonitoringServList,
    RouteingServList,
    SnapshotServList,
    StatusReportingServList,
    SystemStatusServList,
    VendorSpecificEvtsList,
    VendorSpecificServList,
)
from csta.messages.capabilities.voice import VOICE_EVTS_LIST, VoiceEvtsList, VoiceServList
from csta.messages.enumerations import ConnectionMode, MediaServiceType
from csta.messages.structures import MonitorFilter
from csta.schema.elements import element, structure, structured
from csta.schema.kinds import Boolean, Enumerated, Flags, Identifier, Integer


@structure
class MediaServiceCaps(Part):
    """A media service that a device can have."""

    media_service_type: MediaServiceType = element(Enumerated(MediaServiceType))
    media_service_version: int | None = element(Integer(), default=None)
    media_service_instance: str | None = element(Identifier(), default=None)
    connection_mode: frozenset[ConnectionMode] | None = element(Flags(ConnectionMode), default=None)
    media_stream_id_supported: bool = element(Boolean())


@structure
class LogDevServList(Part):
    """The services that a logical device supports."""

    call_control_serv_list: CallControlServList | None = element(structured(CallControlServList), tag=0, default=None)
    call_associated_serv_list: CallAssociatedServList | None = element(
        structured(CallAssociatedServList), tag=1, default=None
    )
    logical_serv_list: LogicalServList | None = element(LOGICAL_SERV_LIST, tag=2, default=None)
    media_serv_list: MediaServList | None = element(structured(MediaServList), tag=3, default=None)
    io_services_serv_list: IOServicesServList | None = element(
        structured(IOServicesServList), tag=4, name="iOServicesServList", default=None
    )
    data_collection_serv_list: DataCollectionServList | None = element(
        structured(DataCollectionServList), tag=5, default=None
    )
    voice_serv_list: VoiceServList | None = element(structured(VoiceServList), tag=6, default=None)
    location_services_serv_list: LocationServicesServList | None = element(
        structured(LocationServicesServList), tag=7, default=None
    )


@structure
class LogDevEvtsList(Part):
    """The events that a logical device supports."""

    call_control_evts_list: CallControlEvtsList | None = element(structured(CallControlEvtsList), tag=0, default=None)
    call_associated_evts_list: CallAssociatedEvtsList | None = element(
        structured(CallAssociatedEvtsList), tag=1, default=None
    )
    logical_evts_list: LogicalEvtsList | None = element(structured(LogicalEvtsList), tag=2, default=None)
    media_evts_list: MediaEvtsList | None = element(structured(MediaEvtsList), tag=3, default=None)
    voice_evts_list: VoiceEvtsList | None = element(VOICE_EVTS_LIST, tag=4, default=None)


@structure
class MonitorFilterItems(Part):
    """The events that each kind of monitor can never report: the object's kind first, then the type of monitoring."""

    device_on_device_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=0, default=None)
    device_on_connection_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=1, default=None)
    call_on_device_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=2, default=None)
    call_on_connection_monitor_filter: MonitorFilter | None = element(structured(MonitorFilter), tag=3, default=None)


@structure
class ServEvtsList(Part):
    """The services and events that a switch supports."""

    cap_exchange_serv_list: CapExchangeServList | None = element(structured(CapExchangeServList), tag=0, default=None)
    system_serv_list: SystemStatusServList | None = element(structured(SystemStatusServList), tag=1, default=None)
    monitoring_serv_list: MonitoringServList | None = element(structured(MonitoringServList), tag=2, default=None)
    snapshot_serv_list: SnapshotServList | None = element(structured(SnapshotServList), tag=3, default=None)
    call_control_serv_list: CallControlServList | None = element(structured(CallControlServList), tag=4, default=None)
    call_control_evts_list: CallControlEvtsList | None = element(structured(CallControlEvtsList), tag=5, default=None)
    call_associated_serv_list: CallAssociatedServList | None = element(
        structured(CallAssociatedServList), tag=6, default=None
    )
    call_associated_evts_list: CallAssociatedEvtsList | None = element(
        structured(CallAssociatedEvtsList), tag=7, default=None
    )
    media_serv_list: MediaServList | None = element(structured(MediaServList), tag=8, default=None)
    media_evts_list: MediaEvtsList | None = element(structured(MediaEvtsList), tag=9, default=None)
    routeing_serv_list: RouteingServList | None = element(structured(RouteingServList), tag=10, default=None)
    phys_dev_serv_list: PhysDevServList | None = element(structured(PhysDevServList), tag=11, default=None)
    phys_dev_evts_list: PhysDevEvtsList | None = element(structured(PhysDevEvtsList), tag=12, default=None)
    logical_serv_list: LogicalServList | None = element(LOGICAL_SERV_LIST, tag=13, default=None)
    logical_evts_list: LogicalEvtsList | None = element(structured(LogicalEvtsList), tag=14, default=None)
    device_maint_evts_list: DeviceMaintEvtsList | None = element(structured(DeviceMaintEvtsList), tag=15, default=None)
    io_services_serv_list: IOServicesServList | None = element(
        structured(IOServicesServList), tag=16, name="iOServicesServList", default=None
    )
    data_collection_serv_list: DataCollectionServList | None = element(
        structured(DataCollectionServList), tag=17, default=None
    )
    voice_serv_list: VoiceServList | None = element(structured(VoiceServList), tag=18, default=None)
    voice_evts_list: VoiceEvtsList | None = element(VOICE_EVTS_LIST, tag=19, default=None)
    cdr_serv_list: CDRServList | None = element(structured(CDRServList), tag=20, default=None)
    vendor_specific_serv_list: VendorSpecificServList | None = element(
        structured(VendorSpecificServList), tag=21, default=None
    )
    vendor_specific_evts_list: VendorSpecificEvtsList | None = element(
        structured(VendorSpecificEvtsList), tag=22, default=None
    )
    status_reporting_serv_list: StatusReportingServList | None = element(
        structured(StatusReportingServList), tag=23, default=None
    )
    location_services_serv_list: LocationServicesServList | None = element(
        structured(LocationServicesServList), tag=24, default=None
    )


@structure
class SupportedServices(Part):
    """The services that a switch supports."""

    cap_exchange_serv_list: CapExchangeServList | None = element(
        structured(CapExchangeServList), tag=0, explicit=True, default=None
    )
    system_stat_serv_list: SystemStatusServList | None = element(
        structured(SystemStatusServList), tag=1, explicit=True, default=None
    )
    monitoring_serv_list: MonitoringServList | None = element(
        structured(MonitoringServList), tag=2, explicit=True, default=None
    )
    snapshot_serv_list: SnapshotServList | None = element(
        structured(SnapshotServList), tag=3, explicit=True, default=None
    )
    call_control_serv_list: CallControlServList | None = element(
        structured(CallControlServList), tag=4, explicit=True, default=None
    )
    call_associated_serv_list: CallAssociatedServList | None = element(
        structured(CallAssociatedServList), tag=5, explicit=True, default=None
    )
    media_serv_list: MediaServList | None = element(structured(MediaServList), tag=6, explicit=True, default=None)
    routeing_serv_list: RouteingServList | None = element(
        structured(RouteingServList), tag=7, explicit=True, default=None
    )
    phys_dev_serv_list: PhysDevServList | None = element(
        structured(PhysDevServList), tag=8, explicit=True, default=None
    )
    logical_serv_list: LogicalServList | None = element(LOGICAL_SERV_LIST, tag=9, explicit=True, default=None)
    io_services_serv_list: IOServicesServList | None = element(
        structured(IOServicesServList), tag=10, explicit=True, name="iOServicesServList", default=None
    )
    data_collection_serv_list: DataCollectionServList | None = element(
        structured(DataCollectionServList), tag=11, explicit=True, default=None
    )
    voice_serv_list: VoiceServList | None = element(structured(VoiceServList), tag=12, explicit=True, default=None)
    cdr_serv_list: CDRServList | None = element(
        structured(CDRServList), tag=13, explicit=True, name="cDRServList", default=None
    )
    vendor_specific_serv_list: VendorSpecificServList | None = element(
        structured(VendorSpecificServList), tag=14, explicit=True, default=None
    )
    location_services_serv_list: LocationServicesServList | None = element(
        structured(LocationServicesServList), tag=15, explicit=True, default=None
    )


@structure
class SupportedEvents(Part):
    """The events that a switch supports."""

    call_control_evts_list: CallControlEvtsList | None = element(
        structured(CallControlEvtsList), tag=0, explicit=True, default=None
    )
    call_associated_evts_list: CallAssociatedEvtsList | None = element(
        structured(CallAssociatedEvtsList), tag=1, explicit=True, default=None
    )
    media_evts_list: MediaEvtsList | None = element(structured(MediaEvtsList), tag=2, explicit=True, default=None)
    phys_dev_evts_list: PhysDevEvtsList | None = element(
        structured(PhysDevEvtsList), tag=3, explicit=True, default=None
    )
    logical_evts_list: LogicalEvtsList | None = element(structured(LogicalEvtsList), tag=4, explicit=True, default=None)
    device_maint_evts_list: DeviceMaintEvtsList | None = element(
        structured(DeviceMaintEvtsList), tag=5, explicit=True, default=None
    )
    voice_evts_list: VoiceEvtsList | None = element(VOICE_EVTS_LIST, tag=6, explicit=True, default=None)
    vendor_specific_evts_list: VendorSpecificEvtsList | None = element(
        structured(VendorSpecificEvtsList), tag=7, explicit=True, default=None
    )
