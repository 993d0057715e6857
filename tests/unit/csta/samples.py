"""One filled-in message of every class, for the tests that go over all of them."""

from typing import Final

from csta import (
    AgentState,
    ConnectionID,
    ConnectionState,
    DeviceID,
    EventCause,
    MonitorType,
    PendingAgentState,
    Presentation,
    RequestedAgentState,
    StateAfterWork,
    SystemStatusValue,
)
from csta import messages as m

CALL: Final = "FF000100000000002D65C85C1C750000"
PILOT: Final = DeviceID("7000")
PORT: Final = DeviceID("7001")
AGENT: Final = DeviceID("7101")
CALLER: Final = DeviceID("+4989123456")
AT_PILOT: Final = ConnectionID(CALL, "7000")
AT_PORT: Final = ConnectionID(CALL, "7001")
AT_AGENT: Final = ConnectionID("FE", "7101")
LIST: Final = (
    m.ConnectionListItem(
        new_connection=ConnectionID("FE", "+4989123456"), old_connection=ConnectionID(CALL, "+4989123456")
    ),
    m.ConnectionListItem(new_connection=AT_AGENT, endpoint=AGENT),
)

SAMPLES: Final[tuple[m.Message, ...]] = (
    m.SystemStatus(system_status=SystemStatusValue.ENABLED),
    m.SystemStatus(system_status=SystemStatusValue.MESSAGES_LOST, sys_stat_register_id="1"),
    m.SystemStatusResponse(),
    m.SystemRegister(request_types=frozenset({m.RequestType.SYSTEM_STATUS})),
    m.SystemRegisterResponse(sys_stat_register_id="1"),
    m.RequestSystemStatus(sys_stat_register_id="1"),
    m.RequestSystemStatusResponse(system_status=SystemStatusValue.NORMAL),
    m.MonitorStart(monitor_object=PILOT),
    m.MonitorStart(monitor_object=AT_PILOT, monitor_type=MonitorType.CALL),
    m.MonitorStartResponse(monitor_cross_ref_id="42", monitor_existing_calls=True),
    m.MonitorStop(monitor_cross_ref_id="42"),
    m.MonitorStopResponse(),
    m.SnapshotDevice(snapshot_object=PILOT),
    m.SnapshotDeviceResponse(),
    m.SnapshotDeviceResponse(
        snapshot_data=(
            m.SnapshotDeviceItem(
                connection=AT_PILOT,
                endpoint_device=PILOT,
                local_call_state=(ConnectionState.QUEUED, ConnectionState.CONNECTED),
            ),
        )
    ),
    m.SnapshotCall(snapshot_object=AT_PILOT),
    m.SnapshotCallResponse(
        snapshot_data=(
            m.SnapshotCallItem(
                device_on_call=PILOT, call_identifier=AT_PILOT, local_connection_info=ConnectionState.QUEUED
            ),
            m.SnapshotCallItem(device_on_call=Presentation.RESTRICTED, call_identifier=ConnectionID(CALL)),
        ),
        calling_device=Presentation.RESTRICTED,
        called_device=PILOT,
    ),
    m.MakeCall(calling_device=AGENT, called_directory_number=CALLER, correlator_data=b"\x01\xff", user_data=b"hi"),
    m.MakeCallResponse(calling_device=AT_AGENT),
    m.AnswerCall(call_to_be_answered=AT_AGENT),
    m.AnswerCallResponse(),
    m.ClearConnection(connection_to_be_cleared=AT_AGENT, reason=EventCause.NORMAL_CLEARING),
    m.ClearConnectionResponse(),
    m.ClearCall(call_to_be_cleared=AT_AGENT),
    m.ClearCallResponse(),
    m.DeflectCall(call_to_be_diverted=AT_PILOT, new_destination=PORT, correlator_data=b"\x00"),
    m.DeflectCallResponse(),
    m.SingleStepTransferCall(active_call=AT_PORT, transferred_to=AGENT),
    m.SingleStepTransferCallResponse(transferred_call=AT_AGENT, connections=LIST),
    m.HoldCall(call_to_be_held=AT_AGENT),
    m.HoldCallResponse(),
    m.RetrieveCall(call_to_be_retrieved=AT_AGENT),
    m.RetrieveCallResponse(),
    m.ConsultationCall(existing_call=AT_AGENT, consulted_device=PORT),
    m.ConsultationCallResponse(initiated_call=AT_AGENT),
    m.TransferCall(held_call=AT_PORT, active_call=AT_AGENT),
    m.TransferCallResponse(transferred_call=AT_AGENT),
    m.SetAgentState(
        device=AGENT,
        requested_agent_state=RequestedAgentState.LOGGED_ON,
        agent_id="anna",
        password=b"\x12\x34",
        group=PILOT,
    ),
    m.SetAgentStateResponse(pending_agent_state=PendingAgentState.NOT_READY),
    m.GetAgentState(device=AGENT),
    m.GetAgentStateResponse(
        agent_state_list=(
            m.AgentStateEntry(
                agent_id="anna",
                logged_on_state=True,
                agent_info=(m.AgentInfo(acd_group=PILOT, agent_state=AgentState.READY),),
            ),
        )
    ),
    m.ServiceInitiated(
        monitor_cross_ref_id="1",
        initiated_connection=AT_AGENT,
        initiating_device=AGENT,
        local_connection_info=ConnectionState.INITIATED,
        cause=EventCause.MAKE_CALL,
    ),
    m.Originated(
        monitor_cross_ref_id="1",
        originated_connection=AT_AGENT,
        calling_device=AGENT,
        called_device=CALLER,
        local_connection_info=ConnectionState.CONNECTED,
        cause=EventCause.NEW_CALL,
    ),
    m.Delivered(
        monitor_cross_ref_id="1",
        connection=AT_PORT,
        alerting_device=PORT,
        calling_device=CALLER,
        called_device=PILOT,
        last_redirection_device=PILOT,
        local_connection_info=ConnectionState.ALERTING,
        cause=EventCause.REDIRECTED,
    ),
    m.Queued(
        monitor_cross_ref_id="1",
        queued_connection=AT_PILOT,
        queue=PILOT,
        calling_device=CALLER,
        called_device=PILOT,
        number_queued=3,
        calls_in_front=2,
        local_connection_info=ConnectionState.QUEUED,
        cause=EventCause.ENTERING_DISTRIBUTION,
    ),
    m.Diverted(
        monitor_cross_ref_id="1",
        connection=AT_PILOT,
        diverting_device=PILOT,
        new_destination=PORT,
        calling_device=CALLER,
        cause=EventCause.REDIRECTED,
    ),
    m.Established(
        monitor_cross_ref_id="1",
        established_connection=AT_PORT,
        answering_device=PORT,
        calling_device=CALLER,
        called_device=PILOT,
        last_redirection_device=Presentation.NOT_SPECIFIED,
        user_data=b"\xca\xfe",
        cause=EventCause.NEW_CALL,
    ),
    m.Failed(
        monitor_cross_ref_id="1",
        failed_connection=AT_AGENT,
        failing_device=AGENT,
        called_device=PILOT,
        cause=EventCause.BUSY,
    ),
    m.ConnectionCleared(
        monitor_cross_ref_id="1",
        dropped_connection=AT_AGENT,
        releasing_device=CALLER,
        local_connection_info=ConnectionState.NULL,
        cause=EventCause.NORMAL_CLEARING,
    ),
    m.CallCleared(monitor_cross_ref_id="1", cleared_call=AT_AGENT, cause=EventCause.NORMAL_CLEARING),
    m.Held(monitor_cross_ref_id="1", held_connection=AT_AGENT, holding_device=AGENT, cause=EventCause.NORMAL),
    m.Retrieved(
        monitor_cross_ref_id="1", retrieved_connection=AT_AGENT, retrieving_device=AGENT, cause=EventCause.NORMAL
    ),
    m.Transferred(
        monitor_cross_ref_id="1",
        primary_old_call=AT_PORT,
        transferring_device=PORT,
        transferred_to_device=AGENT,
        transferred_connections=LIST,
        cause=EventCause.SINGLE_STEP_TRANSFER,
    ),
    m.Conferenced(
        monitor_cross_ref_id="1",
        primary_old_call=AT_PORT,
        secondary_old_call=AT_AGENT,
        conferencing_device=PORT,
        added_party=AGENT,
        conference_connections=LIST,
        cause=EventCause.CONFERENCE,
    ),
    m.AgentLoggedOn(monitor_cross_ref_id="1", agent_device=AGENT, agent_id="anna", acd_group=PILOT),
    m.AgentLoggedOff(monitor_cross_ref_id="1", agent_device=AGENT, agent_id="anna"),
    m.AgentReady(monitor_cross_ref_id="1", agent_device=AGENT, agent_id="anna"),
    m.AgentNotReady(monitor_cross_ref_id="1", agent_device=AGENT, cause=EventCause.FORCED_PAUSE),
    m.AgentBusy(monitor_cross_ref_id="1", agent_device=AGENT, pending_agent_state=PendingAgentState.NOT_READY),
    m.AgentWorkingAfterCall(monitor_cross_ref_id="1", agent_device=AGENT, pending_agent_state=StateAfterWork.READY),
    m.BackInService(monitor_cross_ref_id="1", device=AGENT),
    m.OutOfService(monitor_cross_ref_id="1", device=AGENT, cause=EventCause.MAINTENANCE),
    m.ErrorResponse(category="operation", value="invalidDeviceID"),
    m.ErrorResponse(category="stateIncompatibility", value="noCallToAnswer"),
    m.ErrorResponse(category="systemResourceAvailability", value="resourceBusy"),
    m.ErrorResponse(category="unspecified"),
    m.ErrorResponse(category="privateErrorCode", value="scx-17"),
)
"""Every class of message that is sent, most with every field filled."""
