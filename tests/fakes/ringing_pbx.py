"""A PBX on paper that lets ports call phones, and takes a second call at a port."""

from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from csta import messages as m
from csta.causes import EventCause
from csta.errors import ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.states import ConnectionState
from tests.fakes.consulting_pbx import WRONG, ConsultingLink

S = ConnectionState


class RingingLink(ConsultingLink):
    """Adds make call, hold, and the single-step transfer to a port that holds another call.

    ``rung`` names the device that each call of a port rings. With ``second`` False a port takes no second call.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rung: dict[str, str] = {}
        self.second = True

    def request(self, request: m.Request) -> Deferred[Any]:
        own = isinstance(request, m.SingleStepTransferCall) and request.active_call.call_id in self.rung
        does = {m.MakeCall: self._make, m.HoldCall: self._hold, m.SingleStepTransferCall: self._bring}.get(
            type(request)
        )
        if does is None or not self.up or type(request) in self.refuse:
            return super().request(request)
        if isinstance(request, m.SingleStepTransferCall) and not own:
            return super().request(request)
        self.asked.append(request)
        try:
            return succeed(does(request))
        except ServiceRefused as refused:
            return fail(refused)

    def _make(self, request: m.MakeCall) -> m.MakeCallResponse:
        port, target = request.calling_device.number, request.called_directory_number.number
        new = self._new_call(port)
        self.rung[new] = target
        self.consults[new] = ""  # cleared as a whole, as consultations are
        here = ConnectionID(new, port)
        self.tell(port, m.Originated, originated_connection=here, calling_device=DeviceID(port))
        if target in self.busy:
            self.fail(new, target, EventCause.BUSY)
        else:
            self.calls[new][target] = S.ALERTING
            self.tell_all(
                new,
                m.Delivered,
                connection=ConnectionID(new, target),
                alerting_device=DeviceID(target),
                calling_device=DeviceID(port),
                called_device=DeviceID(target),
                cause=EventCause.NEW_CALL,
            )
        return m.MakeCallResponse(calling_device=here)

    def _hold(self, request: m.HoldCall) -> m.HoldCallResponse:
        at = request.call_to_be_held
        if self.calls.get(at.call_id, {}).get(at.device_id) is not S.CONNECTED:
            raise WRONG
        self.calls[at.call_id][at.device_id] = S.HOLD
        self.tell(at.device_id, m.Held, held_connection=at, holding_device=DeviceID(at.device_id))
        return m.HoldCallResponse()

    def _bring(self, request: m.SingleStepTransferCall) -> m.SingleStepTransferCallResponse:
        """An agent's call comes to the caller's port, which answers by itself."""
        at, target = request.active_call, request.transferred_to.number
        parts = self.calls.get(at.call_id, {})
        agent = self.rung[at.call_id]
        if parts.get(at.device_id) is not S.CONNECTED or parts.get(agent) is not S.CONNECTED or not self.second:
            raise WRONG
        del self.calls[at.call_id]
        self.callers.pop(at.call_id)
        new = self._new_call(agent)
        self.calls[new][target] = S.CONNECTED
        self.consults[new] = ""
        facts = {
            "primary_old_call": at,
            "transferring_device": DeviceID(at.device_id),
            "transferred_to_device": DeviceID(target),
            "transferred_connections": (
                m.ConnectionListItem(
                    old_connection=ConnectionID(at.call_id, agent), new_connection=ConnectionID(new, agent)
                ),
                m.ConnectionListItem(new_connection=ConnectionID(new, target)),
            ),
            "cause": EventCause.SINGLE_STEP_TRANSFER,
        }
        for device in (at.device_id, agent):
            self.tell(device, m.Transferred, **facts)
        self.tell_all(
            new,
            m.Established,
            established_connection=ConnectionID(new, target),
            answering_device=DeviceID(target),
            calling_device=DeviceID(agent),
            called_device=DeviceID(target),
            cause=EventCause.NORMAL,
        )
        return m.SingleStepTransferCallResponse(transferred_call=ConnectionID(new, target))

    def ringing(self) -> list[str]:
        """The phones that ring by a call of a port."""
        return sorted(
            device for call, device in self.rung.items() if self.calls.get(call, {}).get(device) is S.ALERTING
        )

    def lift(self, *devices: str) -> None:
        """Agents lift their handsets; where several do, all have before the first event is told."""
        calls = [
            next(call for call, one in self.rung.items() if one == device and call in self.calls) for device in devices
        ]
        for call, device in zip(calls, devices, strict=True):
            self.calls[call][device] = S.CONNECTED
            port = self.callers[call]
            self.calls[call][port] = S.CONNECTED
        for call, device in zip(calls, devices, strict=True):
            self.tell_all(
                call,
                m.Established,
                established_connection=ConnectionID(call, device),
                answering_device=DeviceID(device),
                calling_device=DeviceID(self.callers.get(call, "")),
                called_device=DeviceID(device),
                cause=EventCause.NORMAL,
            )
