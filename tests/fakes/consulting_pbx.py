"""A PBX on paper that also knows hold, consultation and transfer, as ECMA-269 has them."""

from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from csta import messages as m
from csta.causes import EventCause
from csta.errors import LinkLost, ServiceRefused
from csta.identifiers import ConnectionID, DeviceID
from csta.states import ConnectionState
from tests.fakes.pbx_on_paper import PaperLink

S = ConnectionState
WRONG = ServiceRefused("stateIncompatibility", "invalidConnectionState")


class ConsultingLink(PaperLink):
    """Adds the services of consultation; ``consults`` names each consultation call's held one.

    ``lose`` names services that are carried out while their answer is lost with the link.
    """

    def __init__(self) -> None:
        super().__init__()
        self.consults: dict[str, str] = {}
        self.lose: set[type[m.Request]] = set()

    def request(self, request: m.Request) -> Deferred[Any]:
        does = {
            m.ConsultationCall: self._consult,
            m.TransferCall: self._join,
            m.RetrieveCall: self._retrieve,
            m.AnswerCall: self._answer,
            m.ClearConnection: self._clear_one,
        }.get(type(request))
        if does is None or not self.up or type(request) in self.refuse:
            return super().request(request)
        self.asked.append(request)
        if type(request) in self.lose:
            self.observer.link_down(self, "cut")
            self.up = False
            monitors, self.monitors = self.monitors, {}
            does(request)
            del monitors
            return fail(LinkLost("cut"))
        try:
            return succeed(does(request))
        except ServiceRefused as refused:
            return fail(refused)

    def _consult(self, request: m.ConsultationCall) -> m.ConsultationCallResponse:
        at, target = request.existing_call, request.consulted_device.number
        if self.calls.get(at.call_id, {}).get(at.device_id) is not S.CONNECTED:
            raise WRONG
        self.calls[at.call_id][at.device_id] = S.HOLD
        self.tell(at.device_id, m.Held, held_connection=at, holding_device=DeviceID(at.device_id))
        new = self._new_call(at.device_id)
        self.consults[new] = at.call_id
        here = ConnectionID(new, at.device_id)
        self.tell(at.device_id, m.Originated, originated_connection=here, calling_device=DeviceID(at.device_id))
        if target in self.busy:
            self.fail(new, target, EventCause.BUSY)
        else:
            self.calls[new][target] = S.ALERTING
            self.tell_all(
                new,
                m.Delivered,
                connection=ConnectionID(new, target),
                alerting_device=DeviceID(target),
                calling_device=DeviceID(at.device_id),
                called_device=DeviceID(target),
                cause=EventCause.CONSULTATION,
            )
        return m.ConsultationCallResponse(initiated_call=here)

    def fail(self, call: str, target: str, cause: EventCause) -> None:
        """The agent's phone does not take the call."""
        self.calls[call][target] = S.FAIL
        self.tell_all(
            call,
            m.Failed,
            failed_connection=ConnectionID(call, target),
            failing_device=DeviceID(target),
            called_device=DeviceID(target),
            cause=cause,
        )

    def _join(self, request: m.TransferCall) -> m.TransferCallResponse:
        held, active = request.held_call, request.active_call
        old, consult = self.calls.get(held.call_id, {}), self.calls.get(active.call_id, {})
        port = held.device_id
        if old.get(port) is not S.HOLD or consult.get(port) is not S.CONNECTED:
            raise WRONG
        caller = self.callers.pop(held.call_id)
        agent = next(device for device in consult if device != port)
        self.callers.pop(active.call_id)
        del self.calls[held.call_id], self.calls[active.call_id]
        new = self._new_call(caller)
        self.calls[new][agent] = consult[agent]
        facts = {
            "primary_old_call": held,
            "secondary_old_call": active,
            "transferring_device": DeviceID(port),
            "transferred_to_device": DeviceID(agent),
            "transferred_connections": (
                m.ConnectionListItem(
                    old_connection=ConnectionID(held.call_id, caller), new_connection=_at(new, caller)
                ),
                m.ConnectionListItem(
                    old_connection=ConnectionID(active.call_id, agent), new_connection=_at(new, agent)
                ),
            ),
            "cause": EventCause.TRANSFER,
        }
        for device in (port, agent):
            self.tell(device, m.Transferred, **facts)
        if self.media is not None:
            self.media.end_at(port)
        return m.TransferCallResponse(transferred_call=_at(new, agent))

    def _retrieve(self, request: m.RetrieveCall) -> m.RetrieveCallResponse:
        at = request.call_to_be_retrieved
        if self.calls.get(at.call_id, {}).get(at.device_id) is not S.HOLD:
            raise WRONG
        self.calls[at.call_id][at.device_id] = S.CONNECTED
        self.tell(at.device_id, m.Retrieved, retrieved_connection=at, retrieving_device=DeviceID(at.device_id))
        return m.RetrieveCallResponse()

    def _answer(self, request: m.AnswerCall) -> m.AnswerCallResponse:
        at = request.call_to_be_answered
        if self.calls.get(at.call_id, {}).get(at.device_id) is not S.ALERTING:
            raise ServiceRefused("stateIncompatibility", "noCallToAnswer")
        self.answer(at.call_id, at.device_id)
        return m.AnswerCallResponse()

    def _clear_one(self, request: m.ClearConnection) -> m.ClearConnectionResponse:
        at = request.connection_to_be_cleared
        if at.call_id not in self.calls:
            raise ServiceRefused("operation", "invalidConnectionID")
        if at.call_id not in self.consults:
            return self._clear(request)
        parts = self.calls.pop(at.call_id)
        self.callers.pop(at.call_id)
        for dropped in [at.device_id, *(one for one in parts if one != at.device_id)]:
            for watching in parts:
                self.tell(
                    watching,
                    m.ConnectionCleared,
                    dropped_connection=ConnectionID(at.call_id, dropped),
                    releasing_device=DeviceID(at.device_id),
                    cause=EventCause.NORMAL_CLEARING,
                )
        return m.ClearConnectionResponse()

    def pick_up(self, device: str, *, times: int = 1) -> None:
        """The agent answers the consultation; told ``times`` times."""
        call = next(one for one in self.consults if device in self.calls.get(one, {}))
        self.calls[call].update(dict.fromkeys(self.calls[call], S.CONNECTED))
        facts = {"calling_device": DeviceID(self.callers[call]), "called_device": DeviceID(device)}
        for one in list(self.calls[call]) * times:
            self.tell(
                one,
                m.Established,
                established_connection=ConnectionID(call, device),
                answering_device=DeviceID(device),
                cause=EventCause.NORMAL,
                **facts,
            )

    def consulting(self) -> str:
        """The consultation call that there is."""
        return next(one for one in self.consults if one in self.calls)

    def tell_all(self, call: str, event: type[m.Event], **facts: Any) -> None:
        """Tell the event at every device of the call."""
        for device in list(self.calls.get(call, {})):
            self.tell(device, event, **facts)


def _at(call: str, device: str) -> ConnectionID:
    return ConnectionID(call, device)
