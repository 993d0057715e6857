"""Messages of every other chapter, as a message and as its XML without declaration and namespace."""

from typing import Final

from csta import ConnectionState, DeviceID, EventCause
from csta import messages as m
from csta.codec.xml import ED4
from csta.failures import Failure
from csta.messages import application_session as a
from tests.unit.csta.samples import AGENT, AT_AGENT, AT_PILOT, AT_PORT, CALLER, PILOT, PORT

GOLDEN_SERVICES: Final[list[tuple[m.Message, str]]] = [
    # Capability exchange (chapter 13)
    (
        m.GetSwitchingFunctionDevices(requested_device_id=DeviceID("7000")),
        "<GetSwitchingFunctionDevices><requestedDeviceID>7000</requestedDeviceID></GetSwitchingFunctionDevices>",
    ),
    (
        m.SwitchingFunctionDevices(
            service_cross_ref_id="A1", segment_id=2, last_segment=True, device_list=(m.ListedDevice(device_id=AGENT),)
        ),
        (
            "<SwitchingFunctionDevices><serviceCrossRefID>A1</serviceCrossRefID><segmentID>2</segmentID>"
            "<lastSegment>true</lastSegment><deviceList><device><deviceID>7101</deviceID></device></deviceList>"
            "</SwitchingFunctionDevices>"
        ),
    ),
    (m.GetCSTAFeatures(), "<GetCSTAFeatures/>"),
    # System services (chapter 14)
    (
        m.SystemRegister(
            request_types=frozenset({m.RequestType.SYSTEM_STATUS}),
            requested_status_filter=frozenset({m.StatusFilter.NORMAL}),
        ),
        (
            "<SystemRegister><requestTypes><systemStatus>true</systemStatus></requestTypes><requestedStatusFilter>"
            "<normal>true</normal></requestedStatusFilter></SystemRegister>"
        ),
    ),
    # Monitoring (chapter 15)
    (
        m.MonitorStart(
            monitor_object=PILOT,
            requested_monitor_filter=m.MonitorFilter(
                call_control=frozenset({m.CallControlEvent.BRIDGED}),
                call_associated=frozenset(),
                voice=frozenset({m.VoiceEventName.PLAY}),
            ),
            requested_monitor_media_class=frozenset({m.MediaClass.VOICE}),
        ),
        (
            "<MonitorStart><monitorObject><deviceObject>7000</deviceObject></monitorObject><requestedMonitorFilter>"
            "<callcontrol><bridged>true</bridged></callcontrol><callAssociated/><voice><play>true</play></voice>"
            "</requestedMonitorFilter><monitorType>device</monitorType><requestedMonitorMediaClass>"
            "<voice>true</voice></requestedMonitorMediaClass></MonitorStart>"
        ),
    ),
    (
        m.ChangeMonitorFilter(
            monitor_cross_ref_id="42", requested_filter_list=m.MonitorFilter(private=frozenset({m.VendorEvent.PRIVATE}))
        ),
        (
            "<ChangeMonitorFilter><monitorCrossRefID>42</monitorCrossRefID><requestedFilterList><private>"
            "<private>true</private></private></requestedFilterList></ChangeMonitorFilter>"
        ),
    ),
    # Snapshots (chapter 16)
    (
        m.SnapshotDeviceResponse(service_cross_ref_id="0A"),
        (
            "<SnapshotDeviceResponse><crossRefIDorSnapshotData><serviceCrossRefID>0A</serviceCrossRefID>"
            "</crossRefIDorSnapshotData></SnapshotDeviceResponse>"
        ),
    ),
    (
        m.SnapshotDeviceData(
            service_cross_ref_id="0A",
            segment_id=1,
            last_segment=False,
            snapshot_data=(
                m.SnapshotDeviceItem(
                    connection=AT_PILOT, local_call_state=(ConnectionState.QUEUED, ConnectionState.CONNECTED)
                ),
            ),
        ),
        (
            "<SnapshotDeviceData><serviceCrossRefID>0A</serviceCrossRefID><segmentID>1</segmentID>"
            "<lastSegment>false</lastSegment><snapshotData><snapshotDeviceResponseInfo><connectionIdentifier>"
            "<callID>FF000100000000002D65C85C1C750000</callID><deviceID>7000</deviceID></connectionIdentifier>"
            "<localCallState><compoundCallState><localConnectionState>queued</localConnectionState>"
            "<localConnectionState>connected</localConnectionState></compoundCallState></localCallState>"
            "</snapshotDeviceResponseInfo></snapshotData></SnapshotDeviceData>"
        ),
    ),
    (
        m.SnapshotCallData(
            service_cross_ref_id="0B",
            segment_id=1,
            last_segment=True,
            snapshot_data=(
                m.SnapshotCallItem(
                    device_on_call=AGENT, call_identifier=AT_AGENT, local_connection_info=ConnectionState.HOLD
                ),
            ),
        ),
        (
            "<SnapshotCallData><serviceCrossRefID>0B</serviceCrossRefID><segmentID>1</segmentID>"
            "<lastSegment>true</lastSegment><snapshotData><snapshotCallResponseInfo><deviceOnCall>"
            "<deviceIdentifier>7101</deviceIdentifier></deviceOnCall><callIdentifier><callID>FE</callID>"
            "<deviceID>7101</deviceID></callIdentifier><localConnectionInfo>hold</localConnectionInfo>"
            "</snapshotCallResponseInfo></snapshotData></SnapshotCallData>"
        ),
    ),
    # Call control services (chapter 17.1)
    (
        m.MakePredictiveCall(
            calling_device=PILOT,
            called_directory_number=CALLER,
            auto_originate=m.AutoOriginate.PROMPT,
            alert_time=20000,
            call_characteristics=frozenset({m.CallCharacteristic.ACD_CALL}),
        ),
        (
            "<MakePredictiveCall><callingDevice>7000</callingDevice>"
            "<calledDirectoryNumber>+4989123456</calledDirectoryNumber><autoOriginate>prompt</autoOriginate>"
            "<alertTime>20000</alertTime><callCharacteristics><acdCall>true</acdCall></callCharacteristics>"
            "</MakePredictiveCall>"
        ),
    ),
    (
        m.ConferenceCall(held_call=AT_PORT, active_call=AT_AGENT),
        (
            "<ConferenceCall><heldCall><callID>FF000100000000002D65C85C1C750000</callID><deviceID>7001</deviceID>"
            "</heldCall><activeCall><callID>FE</callID><deviceID>7101</deviceID></activeCall></ConferenceCall>"
        ),
    ),
    (
        m.SingleStepConferenceCall(
            active_call=AT_AGENT, device_to_join=PORT, participation_type=m.ParticipationType.SILENT
        ),
        (
            "<SingleStepConferenceCall><activeCall><callID>FE</callID><deviceID>7101</deviceID></activeCall>"
            "<deviceToJoin>7001</deviceToJoin><participationType>silent</participationType>"
            "</SingleStepConferenceCall>"
        ),
    ),
    (
        m.ParkCall(parking=AT_AGENT, park_to=PORT),
        ("<ParkCall><parking><callID>FE</callID><deviceID>7101</deviceID></parking><parkTo>7001</parkTo></ParkCall>"),
    ),
    (
        m.DirectedPickupCall(call_to_be_picked_up=AT_AGENT, requesting_device=PORT),
        (
            "<DirectedPickupCall><callToBePickedUp><callID>FE</callID><deviceID>7101</deviceID></callToBePickedUp>"
            "<requestingDevice>7001</requestingDevice></DirectedPickupCall>"
        ),
    ),
    (
        m.CamponCall(campon_connection=AT_AGENT),
        ("<CamponCall><camponConnection><callID>FE</callID><deviceID>7101</deviceID></camponConnection></CamponCall>"),
    ),
    # Call associated services and events (chapter 18)
    (
        m.AssociateData(existing_call=AT_AGENT, account_code=b"\x12", correlator_data=b"\x01\xff", device_info=AGENT),
        (
            "<AssociateData><existingCall><callID>FE</callID><deviceID>7101</deviceID></existingCall>"
            "<accountCode>12</accountCode><correlatorData><string>01FF</string></correlatorData>"
            "<deviceInfo>7101</deviceInfo></AssociateData>"
        ),
    ),
    (
        m.GenerateDigits(
            connection_to_send_digits=AT_AGENT, digit_mode=m.DigitMode.DTMF, characters_to_send="1#", tone_duration=80
        ),
        (
            "<GenerateDigits><connectionToSendDigits><callID>FE</callID><deviceID>7101</deviceID>"
            "</connectionToSendDigits><digitMode>dTMF</digitMode><charactersToSend>1#</charactersToSend>"
            "<toneDuration>80</toneDuration></GenerateDigits>"
        ),
    ),
    (
        m.CallInformation(monitor_cross_ref_id="42", connection=AT_AGENT, device=AGENT, correlator_data=b"\x07"),
        (
            "<CallInformationEvent><monitorCrossRefID>42</monitorCrossRefID><connection><callID>FE</callID>"
            "<deviceID>7101</deviceID></connection><device><deviceIdentifier>7101</deviceIdentifier></device>"
            "<correlatorData><string>07</string></correlatorData></CallInformationEvent>"
        ),
    ),
    (
        m.ServiceCompletionFailure(
            monitor_cross_ref_id="42",
            primary_call=m.PrimaryOrSecondaryCall(
                device_id=AGENT, connection_id=AT_AGENT, local_connection_state=ConnectionState.HOLD
            ),
            cause=EventCause.BUSY,
        ),
        (
            "<ServiceCompletionFailureEvent><monitorCrossRefID>42</monitorCrossRefID><primaryCall>"
            "<deviceID>7101</deviceID><connectionID><callID>FE</callID><deviceID>7101</deviceID></connectionID>"
            "<localConnectionState>hold</localConnectionState></primaryCall><cause>busy</cause>"
            "</ServiceCompletionFailureEvent>"
        ),
    ),
    # Media attachment (chapter 19)
    (
        m.AttachMediaService(
            connection=AT_AGENT,
            media_service_type=m.MediaServiceType.CSTA_VOICE_UNIT,
            connection_mode=m.ConnectionMode.DIRECT,
        ),
        (
            "<AttachMediaService><connection><callID>FE</callID><deviceID>7101</deviceID></connection>"
            "<mediaServiceType>cstaVoiceUnit</mediaServiceType><connectionMode>direct</connectionMode>"
            "</AttachMediaService>"
        ),
    ),
    (
        m.MediaAttached(
            monitor_cross_ref_id="42", media_connection=AT_AGENT, media_service_type=m.MediaServiceType.CSTA_VOICE_UNIT
        ),
        (
            "<MediaAttachedEvent><monitorCrossRefID>42</monitorCrossRefID><mediaConnection><callID>FE</callID>"
            "<deviceID>7101</deviceID></mediaConnection><mediaDevice><notKnown/></mediaDevice>"
            "<mediaServiceType>cstaVoiceUnit</mediaServiceType></MediaAttachedEvent>"
        ),
    ),
    # Routing (chapter 20)
    (
        m.RouteRegister(routeing_device=PILOT, requested_routeing_media_class=frozenset({m.MediaClass.VOICE})),
        (
            "<RouteRegister><routeingDevice>7000</routeingDevice><requestedRouteingMediaClass><voice>true</voice>"
            "</requestedRouteingMediaClass></RouteRegister>"
        ),
    ),
    (
        m.RouteRegisterResponse(route_register_req_id="07"),
        "<RouteRegisterResponse><routeRegisterReqID>07</routeRegisterReqID></RouteRegisterResponse>",
    ),
    (
        m.RouteRequest(
            cross_ref_identifier="1A",
            route_register_req_id="07",
            current_route=PILOT,
            calling_device=CALLER,
            routeing_device=PILOT,
            routed_call=AT_PILOT,
            route_sel_algorithm=m.RouteSelectAlgorithm.ACD,
            priority=False,
            reply_timeout=5000,
            correlator_data=b"\x01",
        ),
        (
            "<RouteRequest><crossRefIdentifier>1A</crossRefIdentifier><routeRegisterReqID>07</routeRegisterReqID>"
            "<currentRoute><deviceIdentifier>7000</deviceIdentifier></currentRoute><callingDevice>"
            "<deviceIdentifier>+4989123456</deviceIdentifier></callingDevice><routeingDevice>"
            "<deviceIdentifier>7000</deviceIdentifier></routeingDevice><routedCall>"
            "<callID>FF000100000000002D65C85C1C750000</callID><deviceID>7000</deviceID></routedCall>"
            "<routeSelAlgorithm>aCD</routeSelAlgorithm><priority>false</priority><replyTimeout>5000</replyTimeout>"
            "<correlatorData><string>01</string></correlatorData></RouteRequest>"
        ),
    ),
    (
        m.RouteSelect(
            cross_ref_identifier="1A",
            route_register_req_id="07",
            route_selected=AGENT,
            alternate_routes=(PORT, PILOT),
            remain_retries=m.RemainingRetries(retry_count=2),
            route_used_req=True,
        ),
        (
            "<RouteSelect><crossRefIdentifier>1A</crossRefIdentifier><routeRegisterReqID>07</routeRegisterReqID>"
            "<routeSelected>7101</routeSelected><alternateRoutes><deviceID>7001</deviceID><deviceID>7000</deviceID>"
            "</alternateRoutes><remainRetries><retryCount>2</retryCount></remainRetries>"
            "<routeUsedReq>true</routeUsedReq></RouteSelect>"
        ),
    ),
    (
        m.ReRoute(cross_ref_identifier="1A", reply_timeout=5000),
        "<ReRoute><crossRefIdentifier>1A</crossRefIdentifier><replyTimeout>5000</replyTimeout></ReRoute>",
    ),
    (
        m.RouteUsed(cross_ref_identifier="1A", route_used=AGENT, calling_device=CALLER, domain=False),
        (
            "<RouteUsed><crossRefIdentifier>1A</crossRefIdentifier><routeUsed>"
            "<deviceIdentifier>7101</deviceIdentifier></routeUsed><callingDevice>"
            "<deviceIdentifier>+4989123456</deviceIdentifier></callingDevice><domain>false</domain></RouteUsed>"
        ),
    ),
    (
        m.RouteReject(cross_ref_identifier="1A", reject_cause=m.RejectCause.QUEUE_TIME_OVERFLOW),
        (
            "<RouteReject><crossRefIdentifier>1A</crossRefIdentifier><rejectCause>queueTimeOverflow</rejectCause>"
            "</RouteReject>"
        ),
    ),
    (
        m.RouteEnd(cross_ref_identifier="1A", error_value=Failure("operation", "routeingTimerExpired")),
        (
            "<RouteEnd><crossRefIdentifier>1A</crossRefIdentifier><errorValue>"
            "<operation>routeingTimerExpired</operation></errorValue></RouteEnd>"
        ),
    ),
    (
        m.RouteRegisterAbort(route_register_req_id="07"),
        "<RouteRegisterAbort><routeRegisterReqID>07</routeRegisterReqID></RouteRegisterAbort>",
    ),
    # Physical devices (chapter 21)
    (m.ButtonPress(device=AGENT, button="05"), "<ButtonPress><device>7101</device><button>05</button></ButtonPress>"),
    (
        m.SetDisplay(device=AGENT, contents_of_display="Queue: 3 <waiting>"),
        (
            "<SetDisplay><device>7101</device><contentsOfDisplay>Queue: 3 &lt;waiting&gt;</contentsOfDisplay>"
            "</SetDisplay>"
        ),
    ),
    (
        m.SetMessageWaitingIndicator(device=AGENT, message_waiting_on=True, device_for_message=PILOT),
        (
            "<SetMessageWaitingIndicator><device>7101</device><messageWaitingOn>true</messageWaitingOn>"
            "<deviceForMessage>7000</deviceForMessage></SetMessageWaitingIndicator>"
        ),
    ),
    (
        m.SetMicrophoneMute(device=AGENT, auditory_apparatus="01", microphone_mute_on=True),
        (
            "<SetMicrophoneMute><device>7101</device><auditoryApparatus>01</auditoryApparatus>"
            "<microphoneMuteOn>true</microphoneMuteOn></SetMicrophoneMute>"
        ),
    ),
    (
        m.Hookswitch(monitor_cross_ref_id="42", device=AGENT, hookswitch="01", hookswitch_on_hook=False),
        (
            "<HookswitchEvent><monitorCrossRefID>42</monitorCrossRefID><device>"
            "<deviceIdentifier>7101</deviceIdentifier></device><hookswitch>01</hookswitch>"
            "<hookswitchOnHook>false</hookswitchOnHook></HookswitchEvent>"
        ),
    ),
    (
        m.LampMode(monitor_cross_ref_id="42", device=AGENT, lamp="03", lamp_mode=2),
        (
            "<LampModeEvent><monitorCrossRefID>42</monitorCrossRefID><device>"
            "<deviceIdentifier>7101</deviceIdentifier></device><lamp>03</lamp><lampMode>2</lampMode></LampModeEvent>"
        ),
    ),
    # Logical devices (chapter 22)
    (
        m.SetForwarding(
            device=AGENT, forwarding_type=m.ForwardingType.FORWARD_BUSY, activate_forward=True, forward_dn=PILOT
        ),
        (
            "<SetForwarding><device>7101</device><forwardingType>forwardBusy</forwardingType>"
            "<activateForward>true</activateForward><forwardDN>7000</forwardDN></SetForwarding>"
        ),
    ),
    (
        m.GetForwardingResponse(
            forwarding_list=(
                m.ForwardListItem(
                    forwarding_type=m.ForwardingType.FORWARD_IMMEDIATE, forward_status=True, forward_dn=PILOT
                ),
            )
        ),
        (
            "<GetForwardingResponse><forwardingList><forwardListItem>"
            "<forwardingType>forwardImmediate</forwardingType><forwardStatus>true</forwardStatus>"
            "<forwardDN>7000</forwardDN></forwardListItem></forwardingList></GetForwardingResponse>"
        ),
    ),
    (
        m.DoNotDisturb(monitor_cross_ref_id="42", device=AGENT, do_not_disturb_on=True),
        (
            "<DoNotDisturbEvent><monitorCrossRefID>42</monitorCrossRefID><device>"
            "<deviceIdentifier>7101</deviceIdentifier></device><doNotDisturbOn>true</doNotDisturbOn>"
            "</DoNotDisturbEvent>"
        ),
    ),
    (
        m.AgentReady(
            monitor_cross_ref_id="42",
            agent_device=AGENT,
            agent_id="anna",
            acd_group=PILOT,
            cause=EventCause.FORCED_TRANSITION,
        ),
        (
            "<AgentReadyEvent><monitorCrossRefID>42</monitorCrossRefID><agentDevice>"
            "<deviceIdentifier>7101</deviceIdentifier></agentDevice><agentID>anna</agentID><acdGroup>7000</acdGroup>"
            "<cause>forcedTransition</cause></AgentReadyEvent>"
        ),
    ),
    # Device maintenance (chapter 23)
    (
        m.PartiallyInService(monitor_cross_ref_id="42", device=AGENT, cause=EventCause.MAINTENANCE),
        (
            "<PartiallyInServiceEvent><monitorCrossRefID>42</monitorCrossRefID><device>"
            "<deviceIdentifier>7101</deviceIdentifier></device><cause>maintenance</cause></PartiallyInServiceEvent>"
        ),
    ),
    # Voice units (chapter 26)
    (
        m.PlayMessage(message_to_be_played="0C", over_connection=AT_PORT, duration=10000),
        (
            "<PlayMessage><messageToBePlayed>0C</messageToBePlayed><overConnection>"
            "<callID>FF000100000000002D65C85C1C750000</callID><deviceID>7001</deviceID></overConnection>"
            "<duration>10000</duration></PlayMessage>"
        ),
    ),
    (
        m.DtmfDetected(monitor_cross_ref_id="42", over_connection=AT_PORT, dtmf_char="5"),
        (
            "<DtmfDetectedEvent><monitorCrossRefID>42</monitorCrossRefID><overConnection>"
            "<callID>FF000100000000002D65C85C1C750000</callID><deviceID>7001</deviceID></overConnection>"
            "<dtmfChar>5</dtmfChar></DtmfDetectedEvent>"
        ),
    ),
    # Vendor's own services (chapter 29)
    (
        m.Escape(escape_register_id="01", security=m.Security(sequence=1), private_data=b"\xca\xfe"),
        (
            "<Escape><escapeRegisterID>01</escapeRegisterID><security>"
            "<messageSequenceNumber>1</messageSequenceNumber></security><privateData><string>CAFE</string>"
            "</privateData></Escape>"
        ),
    ),
    (
        m.PrivateEvent(
            monitor_cross_ref_id="42", private_data=m.ForeignElement("{http://www.siemens.com/schema/csta}x", "1")
        ),
        (
            "<PrivateEvent><monitorCrossRefID>42</monitorCrossRefID><privateData><private>"
            '<x xmlns="http://www.siemens.com/schema/csta">1</x></private></privateData></PrivateEvent>'
        ),
    ),
    # Application sessions (ECMA-354)
    (
        a.StartApplicationSession(
            application_info=a.ApplicationInfo(
                application_id="callwright",
                application_specific_info=a.ApplicationSpecificInfo(user="anna", password="secret"),
            ),
            requested_protocol_versions=(ED4,),
            requested_session_duration=60,
        ),
        (
            "<StartApplicationSession><applicationInfo><applicationID>callwright</applicationID>"
            "<applicationSpecificInfo><user>anna</user><password>secret</password></applicationSpecificInfo>"
            "</applicationInfo><requestedProtocolVersions>"
            "<protocolVersion>http://www.ecma-international.org/standards/ecma-323/csta/ed4</protocolVersion>"
            "</requestedProtocolVersions><requestedSessionDuration>60</requestedSessionDuration>"
            "</StartApplicationSession>"
        ),
    ),
    (
        a.StartApplicationSessionPosResponse(session_id="S1", actual_protocol_version=ED4, actual_session_duration=60),
        (
            "<StartApplicationSessionPosResponse><sessionID>S1</sessionID>"
            "<actualProtocolVersion>http://www.ecma-international.org/standards/ecma-323/csta/ed4</actualProtocolVersion>"
            "<actualSessionDuration>60</actualSessionDuration></StartApplicationSessionPosResponse>"
        ),
    ),
    (
        a.StartApplicationSessionNegResponse(
            error_code=a.SessionFailure(defined_error=a.DefinedSessionError.INVALID_APPLICATION_INFO)
        ),
        (
            "<StartApplicationSessionNegResponse><errorCode><definedError>invalidApplicationInfo</definedError>"
            "</errorCode></StartApplicationSessionNegResponse>"
        ),
    ),
    (
        a.ResetApplicationSessionTimer(session_id="S1", requested_session_duration=60),
        (
            "<ResetApplicationSessionTimer><sessionID>S1</sessionID>"
            "<requestedSessionDuration>60</requestedSessionDuration></ResetApplicationSessionTimer>"
        ),
    ),
    (
        a.StopApplicationSession(
            session_id="S1", session_end_reason=a.SessionEnd(defined_end_reason=a.SessionEndReason.NORMAL)
        ),
        (
            "<StopApplicationSession><sessionID>S1</sessionID><sessionEndReason>"
            "<definedEndReason>normal</definedEndReason></sessionEndReason></StopApplicationSession>"
        ),
    ),
    (
        a.ApplicationSessionTerminated(
            session_id="S1",
            session_term_reason=a.SessionTermination(
                defined_term_reason=a.SessionTerminationReason.SESSION_TIMER_EXPIRED
            ),
        ),
        (
            "<ApplicationSessionTerminated><sessionID>S1</sessionID><sessionTermReason>"
            "<definedTermReason>sessionTimerExpired</definedTermReason></sessionTermReason>"
            "</ApplicationSessionTerminated>"
        ),
    ),
]
