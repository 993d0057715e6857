"""What the switch says that it can do: capability exchange (ECMA-269 chapter 13), from the model and the dialect."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from csta import messages
from csta.dialects import Dialect
from csta.identifiers import DeviceID
from csta.messages import Event, Notice, Request, Response
from csta.messages.base import Part
from csta.messages.capabilities import call_events, call_services, device_events, device_services, lists, switch
from csta.messages.capabilities import enumerations as words
from csta.messages.capabilities.limits import MaxLengthParameters
from csta.messages.capabilities.services import ListedDevice
from csta.messages.enumerations import MediaClass
from lab.csta.model import Model, Rules
from lab.switch.services import Answer
from lab.switch.services.answers import NO_SUCH_DEVICE

PRODUCT: Final = "Callwright lab PBX"
STATUS_TIMER: Final = 30
"""Seconds between signs of life that the switch advises."""

OWN: Final[frozenset[type[Request] | type[Notice]]] = frozenset(
    {
        messages.MonitorStart,
        messages.MonitorStop,
        messages.ChangeMonitorFilter,
        messages.GetMonitors,
        messages.SystemStatus,
        messages.RequestSystemStatus,
        messages.SystemRegister,
        messages.SystemRegisterCancel,
        messages.ChangeSysStatFilter,
        messages.GetRegistrations,
        messages.GetSwitchingFunctionCaps,
        messages.GetSwitchingFunctionDevices,
        messages.GetCSTAFeatures,
        messages.GetLogicalDeviceInformation,
        messages.GetPhysicalDeviceInformation,
    }
)
"""What the face performs by itself."""
SEGMENTS: Final[frozenset[type[Notice]]] = frozenset(
    {messages.SnapshotCallData, messages.SnapshotDeviceData, messages.SwitchingFunctionDevices}
)
"""What the switch sends after answers that come in parts."""
EXCHANGE: Final[frozenset[type[Request]]] = frozenset(
    {
        messages.GetSwitchingFunctionCaps,
        messages.GetSwitchingFunctionDevices,
        messages.GetCSTAFeatures,
        messages.GetLogicalDeviceInformation,
        messages.GetPhysicalDeviceInformation,
    }
)
"""The services of this module."""
ROUTING: Final[frozenset[type[Request] | type[Notice]]] = frozenset(
    {
        messages.RouteRegister,
        messages.RouteRegisterCancel,
        messages.RouteRegisterAbort,
        messages.RouteRequest,
        messages.ReRoute,
        messages.RouteSelect,
        messages.RouteUsed,
        messages.RouteEnd,
        messages.RouteReject,
    }
)
"""What the face performs where the dialect has routing services."""
EVENTS: Final[tuple[type[Event], ...]] = (
    messages.AgentBusy,
    messages.AgentLoggedOff,
    messages.AgentLoggedOn,
    messages.AgentNotReady,
    messages.AgentReady,
    messages.AgentWorkingAfterCall,
    messages.BackInService,
    messages.CallCleared,
    messages.CallInformation,
    messages.Conferenced,
    messages.ConnectionCleared,
    messages.Delivered,
    messages.DigitsGenerated,
    messages.Diverted,
    messages.Established,
    messages.Failed,
    messages.Held,
    messages.NetworkReached,
    messages.Originated,
    messages.OutOfService,
    messages.Queued,
    messages.Retrieved,
    messages.ServiceInitiated,
    messages.Transferred,
)
"""The events that the switch reports, beside those of lines (forwarding, do not disturb)."""

_NAMES: Final = {
    "callbackmessage": "callbackmessagecallrelated",
    "callback": "callbackcallrelated",
    "changesystemstatusfilter": "changesysstatfilter",
    "getcstafeatures": "getcstafeatures",
    "getswitchingfunctioncapabilities": "getswitchingfunctioncaps",
    "netwreached": "networkreached",
    "singlestepconference": "singlestepconferencecall",
    "singlesteptransfer": "singlesteptransfercall",
    "systemstatusregistercancel": "systemregistercancel",
}
"""Names in the lists that are not those of the messages."""

_P = TypeVar("_P", bound=Part)


def offered(model: Model, rules: Rules, dialect: Dialect) -> frozenset[type[Request] | type[Notice]]:
    """The services that applications of this dialect may ask for."""
    found = model.supported | OWN
    if not rules.extra_services:
        found &= dialect.capabilities.services | {messages.MonitorStart, messages.MonitorStop}
    return found | ROUTING if dialect.capabilities.routing_services and rules.routes else found


class Capabilities:
    """Answers for one dialect."""

    def __init__(self, model: Model, rules: Rules, dialect: Dialect) -> None:
        self._model = model
        self._rules = rules
        self._dialect = dialect
        self.offered = offered(model, rules, dialect)
        self._named = frozenset(service.__name__.lower() for service in self.offered | SEGMENTS)
        self._events = frozenset(event.__name__.lower() for event in EVENTS) | {"forwarding", "donotdisturb"}

    def answer(self, request: Request) -> Answer:
        """Answer a service of capability exchange that has no list of devices to follow."""
        match request:
            case messages.GetSwitchingFunctionCaps():
                return self._switch()
            case messages.GetCSTAFeatures():
                return messages.GetCSTAFeaturesResponse(
                    supported_services=self._services(), supported_events=self._told()
                )
            case messages.GetLogicalDeviceInformation():
                return self._logical(request.device.number)
            case messages.GetPhysicalDeviceInformation():
                return self._physical(request.device.number)
            case _:
                raise TypeError(f"{type(request).__name__} is no service of capability exchange")

    def devices(self, request: messages.GetSwitchingFunctionDevices) -> list[ListedDevice] | None:
        """The devices that are asked for; None where one is asked for that there is not."""
        asked, category = request.requested_device_id, request.requested_device_category
        if asked is not None and asked.number not in self._model.plan.devices():
            return None
        return [
            one
            for one in self._listed()
            if (asked is None or one.device_id == asked) and (category is None or category in _categories(one))
        ]

    def _listed(self) -> Iterator[ListedDevice]:
        for number in sorted(self._model.plan.devices()):
            attributes = self._group(number)
            yield ListedDevice(
                device_id=DeviceID(number),
                device_category=self._category(number),
                device_attributes=attributes or None,
                device_model_name=PRODUCT,
            )

    def _category(self, number: str) -> words.DeviceCategory:
        plan = self._model.plan
        if number in self._rules.routes:
            return words.DeviceCategory.ROUTEING_DEVICE
        if number in plan.pilots:
            return words.DeviceCategory.ACD if plan.pilots[number].distributes else words.DeviceCategory.GROUP
        return words.DeviceCategory.NETWORK_INTERFACE if number in plan.trunks else words.DeviceCategory.STATION

    def _group(self, number: str) -> frozenset[words.DeviceAttribute]:
        pilot = self._model.plan.pilots.get(number)
        if pilot is None:
            return frozenset()
        kind = words.DeviceAttribute.GROUP_ACD if pilot.distributes else words.DeviceAttribute.GROUP_HUNT
        return frozenset({kind, words.DeviceAttribute.ROUTEING_DEVICE} if number in self._rules.routes else {kind})

    # ---- the switch

    def _switch(self) -> Response:
        return messages.GetSwitchingFunctionCapsResponse(
            switching_sub_domain_name="lab",
            manufacturer_name=f"{PRODUCT} as {self._dialect.title}",
            profiles=frozenset(self._profiles()),
            device_id_format=frozenset(),
            sw_domain_features=frozenset(),
            sw_appearance_addressability=frozenset(),
            sw_appearance_types=frozenset(),
            ignore_unsupported_parameters=words.IgnoreUnsupportedParameters.IGNORE_PARAMETERS,
            media_class_support=frozenset({MediaClass.VOICE}),
            current_time=datetime.fromtimestamp(int(self._model.now()), UTC),
            trans_and_conf_setup=frozenset({words.TransAndConfSetup.CONSULTATION_CALL}),
            correlator_data_supported=True,
            connection_view=words.ConnectionView.FIXED,
            max_length_parameters=MaxLengthParameters(
                account_info=32,
                auth_code=0,
                agent_id=32,
                agent_password=0,
                call_id_in_connection_id=8,
                correlator_data=32,
                private_data=0,
                device_identifiers=64,
                user_data=256,
                button_label=0,
                lamp_label=0,
                characters_to_send=64,
            ),
            serv_evts_list=self._both(),
            system_status_timer=STATUS_TIMER,
        )

    def _profiles(self) -> Iterator[words.StandardProfile]:
        yield words.StandardProfile.BASIC_TELEPHONY_PROFILE
        if messages.RouteRegister in self.offered:
            yield words.StandardProfile.ROUTEING_PROFILE

    def _services(self) -> lists.SupportedServices:
        return lists.SupportedServices(
            cap_exchange_serv_list=self._list(switch.CapExchangeServList),
            system_stat_serv_list=self._list(switch.SystemStatusServList),
            monitoring_serv_list=self._list(switch.MonitoringServList),
            snapshot_serv_list=self._list(switch.SnapshotServList),
            call_control_serv_list=self._list(call_services.CallControlServList),
            call_associated_serv_list=self._list(call_services.CallAssociatedServList),
            routeing_serv_list=self._list(switch.RouteingServList),
            phys_dev_serv_list=self._list(device_services.PhysDevServList),
            logical_serv_list=self._list(device_services.LogicalServList),
        )

    def _told(self) -> lists.SupportedEvents:
        return lists.SupportedEvents(
            call_control_evts_list=self._list(call_events.CallControlEvtsList),
            call_associated_evts_list=self._list(call_events.CallAssociatedEvtsList),
            logical_evts_list=self._list(device_events.LogicalEvtsList),
        )

    def _both(self) -> lists.ServEvtsList:
        services, events = self._services(), self._told()
        return lists.ServEvtsList(
            cap_exchange_serv_list=services.cap_exchange_serv_list,
            system_serv_list=services.system_stat_serv_list,
            monitoring_serv_list=services.monitoring_serv_list,
            snapshot_serv_list=services.snapshot_serv_list,
            call_control_serv_list=services.call_control_serv_list,
            call_control_evts_list=events.call_control_evts_list,
            call_associated_serv_list=services.call_associated_serv_list,
            call_associated_evts_list=events.call_associated_evts_list,
            routeing_serv_list=services.routeing_serv_list,
            phys_dev_serv_list=services.phys_dev_serv_list,
            logical_serv_list=services.logical_serv_list,
            logical_evts_list=events.logical_evts_list,
        )

    def _list(self, kind: type[_P]) -> _P | None:
        """A list with what is supported, each without optional parameters; None where nothing of it is."""
        known = self._events if kind.__name__.endswith("EvtsList") else self._named
        found: dict[str, Any] = {
            each.name: frozenset() for each in fields(kind) if each.name != "extra" and _plain(each.name) in known
        }
        return kind(**found) if found else None

    # ---- one device

    def _logical(self, number: str) -> Answer:
        plan = self._model.plan
        if number not in plan.devices():
            return NO_SUCH_DEVICE
        extension = plan.extensions.get(number)
        kinds = {words.DeviceAttribute.GROUP_ACD: words.GroupDeviceAttribute.ACD}
        group = frozenset(
            kinds.get(one, words.GroupDeviceAttribute.HUNT)
            for one in self._group(number)
            if one is not words.DeviceAttribute.ROUTEING_DEVICE
        )
        return messages.GetLogicalDeviceInformationResponse(
            device_category=self._category(number),
            group_device_attributes=group or None,
            has_physical_element=extension is not None,
            acd_models=frozenset(),
            appearance_addressable=False,
            appearance_type=words.AppearanceType.SELECTED_STANDARD,
            associated_group_list=tuple(
                DeviceID(pilot.number) for pilot in plan.pilots.values() if number in pilot.members
            ),
            max_active_calls=None if extension is None else extension.calls,
            media_class_support=frozenset({MediaClass.VOICE}),
            log_dev_serv_list=lists.LogDevServList(
                call_control_serv_list=self._list(call_services.CallControlServList),
                call_associated_serv_list=self._list(call_services.CallAssociatedServList),
                logical_serv_list=self._list(device_services.LogicalServList),
            ),
        )

    def _physical(self, number: str) -> Answer:
        if number not in self._model.plan.devices():
            return NO_SUCH_DEVICE
        return messages.GetPhysicalDeviceInformationResponse(
            device_category=self._category(number),
            has_logical_element=True,
            device_model_name=PRODUCT,
            phys_dev_serv_list=self._list(device_services.PhysDevServList),
        )


def _plain(name: str) -> str:
    plain = name.replace("_", "")
    return _NAMES.get(plain, plain)


def _categories(device: ListedDevice) -> frozenset[words.RequestedDeviceCategory]:
    """By which categories a device can be asked for."""
    known = {str(one): one for one in words.RequestedDeviceCategory}
    said = {str(device.device_category), *(str(one) for one in device.device_attributes or ())}
    return frozenset(known[one] for one in said if one in known)
