"""The services that PBXs have in common, in sets: a dialect's capabilities are made of them."""

from typing import Final

from csta import messages as m

BASIC: Final = frozenset(
    {
        m.AnswerCall,
        m.ClearConnection,
        m.DeflectCall,
        m.GetAgentState,
        m.HoldCall,
        m.MakeCall,
        m.MonitorStart,
        m.MonitorStop,
        m.RetrieveCall,
        m.SetAgentState,
        m.SnapshotCall,
        m.SnapshotDevice,
        m.SystemStatus,
    }
)
"""Without these a contact centre cannot work on the PBX: monitors, snapshots, basic calls, the deflect from a queue."""

PORT_MOVES: Final = frozenset({m.ConsultationCall, m.SingleStepTransferCall, m.TransferCall})
"""What gives a call that a media port has answered to an agent."""

SUPPLEMENTARY: Final = frozenset(
    {
        m.AlternateCall,
        m.ClearCall,
        m.ConferenceCall,
        m.DirectedPickupCall,
        m.GenerateDigits,
        m.GetDoNotDisturb,
        m.GetForwarding,
        m.ReconnectCall,
        m.RequestSystemStatus,
        m.SetDoNotDisturb,
        m.SetForwarding,
        m.SystemRegister,
    }
)
"""What most have beside; nothing that a contact centre does depends on it."""

DISPLAYS: Final = frozenset({m.ChangeMonitorFilter, m.GetMessageWaitingIndicator, m.SetDisplay})
"""Services at the phone that HiPath 3000 and OpenScape Business are known to take."""
