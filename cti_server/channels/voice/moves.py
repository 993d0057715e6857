"""Where is the call now, and which request brings it where it is wanted? A pure function of the mirror."""

from dataclasses import dataclass

from csta.calls import Call
from csta.identifiers import ConnectionID, DeviceID
from csta.messages.call_control import ClearConnection, DeflectCall, SingleStepTransferCall
from csta.states import ConnectionState
from cti_server.channels.voice.view import Devices, alive, number_of

_WAITING = (ConnectionState.QUEUED, ConnectionState.ALERTING)
_THERE = (ConnectionState.ALERTING, ConnectionState.CONNECTED, ConnectionState.QUEUED)


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The call is at the wanted device."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """The call is between two places; its next event will tell where it is."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """The call cannot be moved from where it is, with the reason in words."""

    reason: str


Move = DeflectCall | SingleStepTransferCall | AlreadyThere | NotNow | Impossible


def plan_move(call: Call | None, target: str, devices: Devices) -> Move:
    """The request that brings the call to ``target``: deflect what waits or rings, transfer what a port answered."""
    if call is None or not alive(call):
        return Impossible("the PBX has no such call")
    if _state(call, target) in _THERE:
        return AlreadyThere()
    for device, state in _ours(call, devices):
        here = ConnectionID(call.call_id, device)
        if state in _WAITING:
            return DeflectCall(call_to_be_diverted=here, new_destination=DeviceID(target))
        if state is ConnectionState.CONNECTED and device in devices.ports:
            return SingleStepTransferCall(active_call=here, transferred_to=DeviceID(target))
        if state in {ConnectionState.CONNECTED, ConnectionState.HOLD} and device in devices.phones:
            return Impossible(f"the call was answered at {device}")
    return NotNow()


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


def _ours(call: Call, devices: Devices) -> list[tuple[str, ConnectionState]]:
    """Our devices in the call: ports before pilots before phones; the caller's own phone is not among them."""
    caller = number_of(call.calling)
    known = [(device, one.state) for device, one in call.connections.items() if device != caller]
    ranks = (devices.ports, devices.pilots, devices.phones)
    return [(device, state) for rank in ranks for device, state in known if device in rank]


def _state(call: Call, device: str) -> ConnectionState:
    connection = call.connections.get(device)
    return ConnectionState.NULL if connection is None else connection.state
