"""The one schema table: each message's XML root, elements in order, kinds, needs, and its numbers in BER.

Facts from ECMA-323 (names, order) and ECMA-285 (operation numbers, event tags). A codec asks `shape_of` for a class
to send and `shape_for_root` for a root element received; nothing about single messages stands anywhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from csta import messages as m
from csta.causes import EventCause
from csta.schema.kinds import (
    ENDPOINT,
    EXTENDED,
    REDIRECTION,
    Boolean,
    CallState,
    Connection,
    Device,
    DeviceSequence,
    Element,
    Enumerated,
    Integer,
    Kind,
    Need,
    ObjectChoice,
    Octets,
    Sequence,
    Structure,
    Text,
    UserOctets,
    Wrapped,
)
from csta.states import (
    AgentState,
    ConnectionState,
    MonitorType,
    PendingAgentState,
    RequestedAgentState,
    StateAfterWork,
    SystemStatusValue,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How one class of messages looks on the wire.

    ``operation`` is the ROSE operation of a request and its response; ``event`` the outer and inner tag of an event.
    """

    type: type[m.Message]
    root: str
    elements: tuple[Element, ...]
    operation: int | None = None
    event: tuple[int, int] | None = None
    by_name: Mapping[str, Element] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({element.name: element for element in self.elements}))


def _must(name: str, field: str, kind: Kind) -> Element:
    return Element(name, field, kind, Need.ALWAYS)


def _should(name: str, field: str, kind: Kind) -> Element:
    return Element(name, field, kind, Need.TO_SEND)


_CROSS_REF = _must("monitorCrossRefID", "monitor_cross_ref_id", Text(64))
_CALLING = _should("callingDevice", "calling_device", EXTENDED)
_CALLED = _should("calledDevice", "called_device", EXTENDED)
_MAY_CALLING = Element("callingDevice", "calling_device", EXTENDED)
_MAY_CALLED = Element("calledDevice", "called_device", EXTENDED)
_REDIRECTION = _should("lastRedirectionDevice", "last_redirection_device", REDIRECTION)
_LOCAL = Element("localConnectionInfo", "local_connection_info", Enumerated(ConnectionState))
_CORRELATOR = Element("correlatorData", "correlator_data", UserOctets(32))
_USER_DATA = Element("userData", "user_data", UserOctets())
_CAUSE = _should("cause", "cause", Enumerated(EventCause))
_MAY_CAUSE = Element("cause", "cause", Enumerated(EventCause))
_REASON = Element("reason", "reason", Enumerated(EventCause))
_REGISTER_ID = Element("sysStatRegisterID", "sys_stat_register_id", Text(64))
_STATUS = _must("systemStatus", "system_status", Enumerated(SystemStatusValue))
_PENDING = Element("pendingAgentState", "pending_agent_state", Enumerated(PendingAgentState))
_GROUP = Element("acdGroup", "acd_group", Device())
_AGENT_ID = Element("agentID", "agent_id", Text(64))

_LAST = (_LOCAL, _CORRELATOR, _USER_DATA, _CAUSE)
_LAST_NO_USER_DATA = (_LOCAL, _CORRELATOR, _CAUSE)

_CONNECTION_LIST = Sequence(
    "connectionListItem",
    Structure(
        m.ConnectionListItem,
        (
            Element("newConnection", "new_connection", Connection()),
            Element("oldConnection", "old_connection", Connection()),
            Element("endpoint", "endpoint", ENDPOINT),
        ),
    ),
)
_CONNECTIONS = Element("connections", "connections", _CONNECTION_LIST)


def _call_event(type_: type[m.Message], root: str, tag: int, *elements: Element) -> Shape:
    return Shape(type_, root, (_CROSS_REF, *elements), event=(0, tag))


def _agent_event(type_: type[m.Message], root: str, tag: int, *before_cause: Element) -> Shape:
    device = _should("agentDevice", "agent_device", EXTENDED)
    return Shape(type_, root, (_CROSS_REF, device, _AGENT_ID, _GROUP, *before_cause, _MAY_CAUSE), event=(4, tag))


def _maintenance_event(type_: type[m.Message], root: str, tag: int) -> Shape:
    device = _should("device", "device", EXTENDED)
    return Shape(type_, root, (_CROSS_REF, device, _MAY_CAUSE), event=(5, tag))


def _service(
    request: type[m.Request], operation: int, asks: tuple[Element, ...], answers: tuple[Element, ...] = ()
) -> tuple[Shape, Shape]:
    """A request and its response, whose roots are the names of their classes."""
    return (
        Shape(request, request.__name__, asks, operation=operation),
        Shape(request.response, request.response.__name__, answers, operation=operation),
    )


_SYSTEM = (
    *_service(m.SystemStatus, 211, (_REGISTER_ID, _STATUS)),
    *_service(
        m.SystemRegister,
        207,
        (
            _must(
                "requestTypes",
                "request_types",
                Structure(
                    m.RequestTypes,
                    (
                        Element("systemStatus", "system_status", Boolean()),
                        Element("requestSystemStatus", "request_system_status", Boolean()),
                        Element("switchingFunctionCapsChanged", "switching_function_caps_changed", Boolean()),
                        Element("switchingFunctionDevicesChanged", "switching_function_devices_changed", Boolean()),
                    ),
                ),
            ),
        ),
        (_must("sysStatRegisterID", "sys_stat_register_id", Text(64)),),
    ),
    *_service(m.RequestSystemStatus, 210, (_REGISTER_ID,), (_STATUS,)),
)

_MONITORING = (
    *_service(
        m.MonitorStart,
        71,
        (
            _must("monitorObject", "monitor_object", ObjectChoice()),
            Element("monitorType", "monitor_type", Enumerated(MonitorType)),
        ),
        (_CROSS_REF, Element("monitorExistingCalls", "monitor_existing_calls", Boolean())),
    ),
    *_service(m.MonitorStop, 73, (_CROSS_REF,)),
)

_SNAPSHOT = (
    *_service(
        m.SnapshotDevice,
        74,
        (_must("snapshotObject", "snapshot_object", Device()),),
        (
            _must(
                "crossRefIDorSnapshotData",
                "snapshot_data",
                Wrapped(
                    "snapshotData",
                    Sequence(
                        "snapshotDeviceResponseInfo",
                        Structure(
                            m.SnapshotDeviceItem,
                            (
                                _must("connectionIdentifier", "connection", Connection()),
                                Element("endpointDevice", "endpoint_device", EXTENDED),
                                _should("localCallState", "local_call_state", CallState()),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
    *_service(
        m.SnapshotCall,
        75,
        (_must("snapshotObject", "snapshot_object", Connection()),),
        (
            _must(
                "crossRefIDorSnapshotData",
                "snapshot_data",
                Wrapped(
                    "snapshotData",
                    Sequence(
                        "snapshotCallResponseInfo",
                        Structure(
                            m.SnapshotCallItem,
                            (
                                _should("deviceOnCall", "device_on_call", EXTENDED),
                                _must("callIdentifier", "call_identifier", Connection()),
                                Element("localConnectionInfo", "local_connection_info", Enumerated(ConnectionState)),
                            ),
                        ),
                    ),
                ),
            ),
            _MAY_CALLING,
            _MAY_CALLED,
        ),
    ),
)

_CALL_CONTROL = (
    *_service(
        m.MakeCall,
        10,
        (
            _must("callingDevice", "calling_device", Device()),
            _must("calledDirectoryNumber", "called_directory_number", Device()),
            _CORRELATOR,
            _USER_DATA,
        ),
        (_must("callingDevice", "calling_device", Connection()),),
    ),
    *_service(m.AnswerCall, 2, (_must("callToBeAnswered", "call_to_be_answered", Connection()),)),
    *_service(
        m.ClearConnection, 5, (_must("connectionToBeCleared", "connection_to_be_cleared", Connection()), _REASON)
    ),
    *_service(m.ClearCall, 4, (_must("callToBeCleared", "call_to_be_cleared", Connection()), _REASON)),
    *_service(
        m.DeflectCall,
        218,
        (
            _must("callToBeDiverted", "call_to_be_diverted", Connection()),
            _must("newDestination", "new_destination", DeviceSequence("device")),
            _CORRELATOR,
            _USER_DATA,
            _REASON,
        ),
    ),
    *_service(
        m.SingleStepTransferCall,
        50,
        (
            _must("activeCall", "active_call", Connection()),
            _must("transferredTo", "transferred_to", Device()),
            _CORRELATOR,
            _USER_DATA,
            _REASON,
        ),
        (_must("transferredCall", "transferred_call", Connection()), _CONNECTIONS),
    ),
    *_service(m.HoldCall, 9, (_must("callToBeHeld", "call_to_be_held", Connection()),)),
    *_service(m.RetrieveCall, 14, (_must("callToBeRetrieved", "call_to_be_retrieved", Connection()),)),
    *_service(
        m.ConsultationCall,
        7,
        (
            _must("existingCall", "existing_call", Connection()),
            _must("consultedDevice", "consulted_device", Device()),
            _CORRELATOR,
            _USER_DATA,
        ),
        (_must("initiatedCall", "initiated_call", Connection()),),
    ),
    *_service(
        m.TransferCall,
        16,
        (_must("heldCall", "held_call", Connection()), _must("activeCall", "active_call", Connection())),
        (_must("transferredCall", "transferred_call", Connection()), _CONNECTIONS),
    ),
)

_AGENT_INFO = Structure(
    m.AgentInfo,
    (_GROUP, _must("agentState", "agent_state", Enumerated(AgentState)), _PENDING),
)

_AGENTS = (
    *_service(
        m.SetAgentState,
        312,
        (
            _must("device", "device", Device()),
            _must("requestedAgentState", "requested_agent_state", Enumerated(RequestedAgentState)),
            _AGENT_ID,
            Element("password", "password", Octets(32)),
            Element("group", "group", Device()),
        ),
        (_PENDING,),
    ),
    *_service(
        m.GetAgentState,
        304,
        (_must("device", "device", Device()), _GROUP),
        (
            _should(
                "agentStateList",
                "agent_state_list",
                Sequence(
                    "agentStateEntry",
                    Structure(
                        m.AgentStateEntry,
                        (
                            _AGENT_ID,
                            _should("loggedOnState", "logged_on_state", Boolean()),
                            Element("agentInfo", "agent_info", Sequence("agentInfoItem", _AGENT_INFO)),
                        ),
                    ),
                ),
            ),
        ),
    ),
    _agent_event(m.AgentBusy, "AgentBusyEvent", 0, _PENDING),
    _agent_event(m.AgentLoggedOn, "AgentLoggedOnEvent", 1),
    _agent_event(m.AgentLoggedOff, "AgentLoggedOffEvent", 2),
    _agent_event(m.AgentNotReady, "AgentNotReadyEvent", 3),
    _agent_event(m.AgentReady, "AgentReadyEvent", 4),
    _agent_event(
        m.AgentWorkingAfterCall,
        "AgentWorkingAfterCallEvent",
        5,
        Element("pendingAgentState", "pending_agent_state", Enumerated(StateAfterWork)),
    ),
)

_MAINTENANCE = (
    _maintenance_event(m.BackInService, "BackInServiceEvent", 0),
    _maintenance_event(m.OutOfService, "OutOfServiceEvent", 2),
)

_CALL_EVENTS = (
    _call_event(
        m.CallCleared,
        "CallClearedEvent",
        1,
        _must("clearedCall", "cleared_call", Connection()),
        _CORRELATOR,
        _USER_DATA,
        _CAUSE,
    ),
    _call_event(
        m.Conferenced,
        "ConferencedEvent",
        2,
        _must("primaryOldCall", "primary_old_call", Connection()),
        Element("secondaryOldCall", "secondary_old_call", Connection()),
        _should("conferencingDevice", "conferencing_device", EXTENDED),
        _should("addedParty", "added_party", EXTENDED),
        _should("conferenceConnections", "conference_connections", _CONNECTION_LIST),
        *_LAST,
    ),
    _call_event(
        m.ConnectionCleared,
        "ConnectionClearedEvent",
        3,
        _must("droppedConnection", "dropped_connection", Connection()),
        _should("releasingDevice", "releasing_device", EXTENDED),
        *_LAST,
    ),
    _call_event(
        m.Delivered,
        "DeliveredEvent",
        4,
        _must("connection", "connection", Connection()),
        _should("alertingDevice", "alerting_device", EXTENDED),
        _CALLING,
        _CALLED,
        _REDIRECTION,
        *_LAST,
    ),
    _call_event(
        m.Diverted,
        "DivertedEvent",
        6,
        _must("connection", "connection", Connection()),
        _should("divertingDevice", "diverting_device", EXTENDED),
        _should("newDestination", "new_destination", EXTENDED),
        _MAY_CALLING,
        _MAY_CALLED,
        _REDIRECTION,
        *_LAST,
    ),
    _call_event(
        m.Established,
        "EstablishedEvent",
        7,
        _must("establishedConnection", "established_connection", Connection()),
        _should("answeringDevice", "answering_device", EXTENDED),
        _CALLING,
        _CALLED,
        _REDIRECTION,
        *_LAST,
    ),
    _call_event(
        m.Failed,
        "FailedEvent",
        8,
        _must("failedConnection", "failed_connection", Connection()),
        _should("failingDevice", "failing_device", EXTENDED),
        _MAY_CALLING,
        _CALLED,
        _REDIRECTION,
        *_LAST,
    ),
    _call_event(
        m.Held,
        "HeldEvent",
        9,
        _must("heldConnection", "held_connection", Connection()),
        _should("holdingDevice", "holding_device", EXTENDED),
        *_LAST_NO_USER_DATA,
    ),
    _call_event(
        m.Originated,
        "OriginatedEvent",
        13,
        _must("originatedConnection", "originated_connection", Connection()),
        _CALLING,
        _CALLED,
        Element("originatingDevice", "originating_device", Device()),
        *_LAST_NO_USER_DATA,
    ),
    _call_event(
        m.Queued,
        "QueuedEvent",
        14,
        _must("queuedConnection", "queued_connection", Connection()),
        _should("queue", "queue", EXTENDED),
        _CALLING,
        _CALLED,
        _REDIRECTION,
        Element("numberQueued", "number_queued", Integer()),
        Element("callsInFront", "calls_in_front", Integer()),
        *_LAST,
    ),
    _call_event(
        m.Retrieved,
        "RetrievedEvent",
        15,
        _must("retrievedConnection", "retrieved_connection", Connection()),
        _should("retrievingDevice", "retrieving_device", EXTENDED),
        *_LAST_NO_USER_DATA,
    ),
    _call_event(
        m.ServiceInitiated,
        "ServiceInitiatedEvent",
        16,
        _must("initiatedConnection", "initiated_connection", Connection()),
        _should("initiatingDevice", "initiating_device", EXTENDED),
        _MAY_CALLED,
        *_LAST_NO_USER_DATA,
    ),
    _call_event(
        m.Transferred,
        "TransferedEvent",  # the standard's spelling
        17,
        _must("primaryOldCall", "primary_old_call", Connection()),
        Element("secondaryOldCall", "secondary_old_call", Connection()),
        _should("transferringDevice", "transferring_device", EXTENDED),
        _should("transferredToDevice", "transferred_to_device", EXTENDED),
        _should("transferredConnections", "transferred_connections", _CONNECTION_LIST),
        *_LAST,
    ),
)

SHAPES: Final = (*_SYSTEM, *_MONITORING, *_SNAPSHOT, *_CALL_CONTROL, *_CALL_EVENTS, *_AGENTS, *_MAINTENANCE)
"""Every message that has elements of its own; `csta.messages.ErrorResponse` is `ERROR_ROOT`."""

ERROR_ROOT: Final = "CSTAErrorCode"

ERROR_ELEMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {"systemResourceAvailability": "systemResourceAvailibility"}
)
"""Error categories whose XML element is spelt otherwise (ECMA-323, UniversalFailure)."""

_BY_TYPE: Final = {shape.type: shape for shape in SHAPES}
_BY_ROOT: Final = {shape.root: shape for shape in SHAPES}


def shape_of(type_: type[m.Message]) -> Shape | None:
    """The shape of a class of messages, or None where it cannot be sent."""
    return _BY_TYPE.get(type_)


def shape_for_root(root: str) -> Shape | None:
    """The shape of a root element by its local name, or None where it is unknown."""
    return _BY_ROOT.get(root)
