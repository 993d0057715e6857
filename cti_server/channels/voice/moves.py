"""Where is the call now, and which request brings it where it is wanted? A pure function of the mirror."""

from dataclasses import dataclass

from csta.calls import Call
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import (
    AnswerCall,
    ClearConnection,
    ConsultationCall,
    DeflectCall,
    RetrieveCall,
    SingleStepTransferCall,
)
from csta.states import ConnectionState
from cti_server.channels.voice.view import Devices, alive, number_of
from cti_server.vocabulary.values import Handover

WAITING = (ConnectionState.QUEUED, ConnectionState.ALERTING)
AGENTS_OWN = frozenset(
    {
        "invalidDestination",
        "invalidDestinationDeviceID",
        "invalidDestinationDeviceObject",
        "invalidCalledDeviceID",
        "invalidDeviceID",
        "privilegeViolationDestinationDevice",
        "requestIncompatibleWithDestinationDevice",
        "invalidDestinationDeviceState",
        "deviceOutOfService",
        "calledDeviceOutOfService",
        "destinationDeviceOutOfService",
    }
)
"""Values of CSTAErrorCode (ECMA-269 12.2) that speak of the device that a call was to be moved to."""
_ANSWERED = (ConnectionState.CONNECTED, ConnectionState.HOLD)
_THERE = (ConnectionState.ALERTING, ConnectionState.CONNECTED, ConnectionState.QUEUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms a call is moved: the queue's choice, and what the PBX allows.

    ``diverted`` says that the call left its pilot by a deflect already: where the PBX takes no ``second_deflect``,
    it cannot be deflected again.
    """

    handover: Handover = Handover.SINGLE_STEP
    second_deflect: bool = True
    diverted: bool = False


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The call is at the wanted device."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """The call is between two places; its next event will tell where it is."""


@dataclass(frozen=True, slots=True)
class ViaPort:
    """The call has to be answered at a media port first."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """The call cannot be moved from where it is, with the reason in words."""

    reason: str


Move = (
    DeflectCall
    | SingleStepTransferCall
    | ConsultationCall
    | RetrieveCall
    | AnswerCall
    | ViaPort
    | AlreadyThere
    | NotNow
    | Impossible
)
_ANYHOW = Terms()


def plan_move(call: Call | None, target: str, devices: Devices, terms: Terms = _ANYHOW) -> Move:
    """The request that brings the call to ``target``.

    What waits or rings is deflected; what a port answered is transferred, or consulted about; what a port holds is
    taken from hold first.
    """
    if call is None or not alive(call):
        return Impossible("the PBX has no such call")
    if state_at(call, target) in _THERE:
        return AlreadyThere()
    for device, state in _ours(call, devices):
        here = ConnectionID(call.call_id, device)
        if state in WAITING:
            return _divert(here, target, devices, terms)
        if device in devices.ports and state in _ANSWERED:
            return _hand_over(here, state, target, devices, terms)
        if device in devices.phones and state in _ANSWERED:
            return Impossible(f"the call was answered at {device}")
    return NotNow()


def _divert(here: ConnectionID, target: str, devices: Devices, terms: Terms) -> Move:
    deflect = DeflectCall(call_to_be_diverted=here, new_destination=DeviceID(target))
    if terms.second_deflect:
        return deflect
    if here.device_id in devices.pilots:
        # Nothing could take the call back from a phone that does not answer; from a port it can go to the next one.
        return deflect if target in devices.ports or not devices.ports else ViaPort()
    if not terms.diverted:
        return deflect
    if here.device_id in devices.ports:
        return NotNow()
    return Impossible("the PBX does not let a call of a hunt group be deflected a second time")


def _hand_over(here: ConnectionID, state: ConnectionState, target: str, devices: Devices, terms: Terms) -> Move:
    if state is ConnectionState.HOLD:
        return RetrieveCall(call_to_be_retrieved=here)
    if terms.handover is Handover.CONSULTATION and target not in devices.ports:
        return ConsultationCall(existing_call=here, consulted_device=DeviceID(target))
    return SingleStepTransferCall(active_call=here, transferred_to=DeviceID(target))


def plan_take_back(call: Call | None, port: str) -> RetrieveCall | AnswerCall | None:
    """The request by which the port talks with the caller again; None where it does, or the call is gone.

    A PBX may ring the port again where a call was on hold for long (recall); then the port answers.
    """
    if call is None:
        return None
    here = ConnectionID(call.call_id, port)
    match state_at(call, port):
        case ConnectionState.HOLD:
            return RetrieveCall(call_to_be_retrieved=here)
        case ConnectionState.ALERTING:
            return AnswerCall(call_to_be_answered=here)
        case _:
            return None


def plan_release(call: Call | None, devices: Devices) -> ClearConnection | Impossible:
    """The request that ends the call: our own side lets go, so that the PBX says who did."""
    if call is None or not alive(call):
        return Impossible("the PBX has no such call")
    ours = [device for device, state in _ours(call, devices) if state is not ConnectionState.NULL]
    caller = number_of(call.calling)
    device = ours[0] if ours else caller
    if device is None:
        return Impossible("no device of the call is known")
    return ClearConnection(connection_to_be_cleared=ConnectionID(call.call_id, device))


def state_at(call: Call | None, device: str) -> ConnectionState:
    """The device's state in the call; null where it has none."""
    connection = None if call is None else call.connections.get(device)
    return ConnectionState.NULL if connection is None else connection.state


def _ours(call: Call, devices: Devices) -> list[tuple[str, ConnectionState]]:
    """Our devices in the call: ports before pilots before phones; the caller's own phone is not among them."""
    caller = number_of(call.calling)
    known = [(device, one.state) for device, one in call.connections.items() if device != caller]
    ranks = (devices.ports, devices.pilots, devices.phones)
    return [(device, state) for rank in ranks for device, state in known if device in rank]
