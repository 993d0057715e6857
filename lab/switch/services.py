"""CSTA services asked of the switch: each is done and answered, or refused with category and value (ECMA-269)."""

from collections.abc import Callable

from csta import messages
from csta.causes import EventCause
from csta.identifiers import ConnectionID, DeviceID
from csta.messages import ErrorResponse, Request, Response
from csta.states import AgentState, ConnectionState, RequestedAgentState
from lab.switch.call import Call, Party
from lab.switch.delivery import Delivery
from lab.switch.exchange import Exchange, Seat
from lab.switch.seats import Seats
from lab.switch.wishes import CallerID, Invite

Answer = Response | ErrorResponse
Deed = Callable[[], None]
"""What follows a positive response: its events come after the response on the wire."""

NOT_SUPPORTED = ErrorResponse(category="operation", value="serviceNotSupported")
NO_SUCH_DEVICE = ErrorResponse(category="operation", value="invalidDeviceID")
NO_SUCH_CONNECTION = ErrorResponse(category="operation", value="invalidConnectionID")
NO_SUCH_DESTINATION = ErrorResponse(category="operation", value="invalidDestination")
WRONG_STATE = ErrorResponse(category="stateIncompatibility", value="invalidConnectionState")
WRONG_AGENT_STATE = ErrorResponse(category="operation", value="invalidAgentState")
DECLARED = {
    RequestedAgentState.LOGGED_OFF: AgentState.NULL,
    RequestedAgentState.READY: AgentState.READY,
    RequestedAgentState.NOT_READY: AgentState.NOT_READY,
}
"""The states that SetAgentState may ask for here, beside loggedOn."""

WRONG_AGENT = ErrorResponse(category="operation", value="invalidAgentIdentifier")


def _nothing() -> None:
    """No events follow."""


class Services:
    """The switching function's side of the services that this PBX knows."""

    def __init__(self, exchange: Exchange, delivery: Delivery, seats: Seats) -> None:
        self._exchange = exchange
        self._delivery = delivery
        self._seats = seats

    def perform(self, request: Request, now: float) -> tuple[Answer, Deed]:
        """Answer ``request``; the deed that comes with the answer is to be done once the answer is on its way."""
        outcome: tuple[Answer, Deed]
        match request:
            case messages.SnapshotDevice():
                outcome = self._snapshot_device(request.snapshot_object), _nothing
            case messages.SnapshotCall():
                outcome = self._snapshot_call(request.snapshot_object), _nothing
            case messages.DeflectCall():
                outcome = self._deflect(request.call_to_be_diverted, str(request.new_destination), now)
            case messages.SingleStepTransferCall():
                outcome = self._transfer(request.active_call, str(request.transferred_to), now)
            case messages.ClearConnection():
                outcome = self._clear(request.connection_to_be_cleared)
            case messages.MakeCall():
                outcome = self._make_call(str(request.calling_device), str(request.called_directory_number), now)
            case messages.GetAgentState():
                outcome = self._get_agent_state(str(request.device)), _nothing
            case messages.SetAgentState():
                outcome = self._set_agent_state(request)
            case _:
                outcome = NOT_SUPPORTED, _nothing
        return outcome

    def _find(self, connection: ConnectionID) -> tuple[Call, Party] | None:
        call = self._exchange.calls.get(connection.call_id)
        party = None if call is None else call.party(connection.device_id)
        return None if call is None or party is None else (call, party)

    def _snapshot_device(self, device: DeviceID) -> Answer:
        if device.number not in self._exchange.plan.devices():
            return NO_SUCH_DEVICE
        items = []
        for call in self._exchange.calls_at(device.number):
            party = call.party(device.number)
            if party is not None:
                # The device's own connection first, then that of the other party (ECMA-269 SnapshotDevice).
                states = [party.state, *(other.state for other in call.parties() if other is not party)]
                items.append(
                    messages.SnapshotDeviceItem(connection=call.connection(party), local_call_state=tuple(states))
                )
        return messages.SnapshotDeviceResponse(snapshot_data=tuple(items))

    def _snapshot_call(self, connection: ConnectionID) -> Answer:
        call = self._exchange.calls.get(connection.call_id)
        if call is None:
            return NO_SUCH_CONNECTION
        items = tuple(
            messages.SnapshotCallItem(
                device_on_call=DeviceID(party.device),
                call_identifier=call.connection(party),
                local_connection_info=party.state,
            )
            for party in call.parties()
        )
        return messages.SnapshotCallResponse(
            snapshot_data=items, calling_device=DeviceID(call.caller.device), called_device=DeviceID(call.called)
        )

    def _deflect(self, connection: ConnectionID, number: str, now: float) -> tuple[Answer, Deed]:
        found = self._find(connection)
        if found is None:
            return NO_SUCH_CONNECTION, _nothing
        call, party = found
        if party is not call.target or party.state not in {ConnectionState.QUEUED, ConnectionState.ALERTING}:
            return WRONG_STATE, _nothing
        if number not in self._exchange.plan.devices() or number == party.device:
            return NO_SUCH_DESTINATION, _nothing

        def deed() -> None:
            call.hunting = False
            self._delivery.divert(call, number, EventCause.REDIRECTED, now)

        return messages.DeflectCallResponse(), deed

    def _transfer(self, connection: ConnectionID, number: str, now: float) -> tuple[Answer, Deed]:
        found = self._find(connection)
        if found is None:
            return NO_SUCH_CONNECTION, _nothing
        call, leaving = found
        staying = call.other(leaving)
        if staying is None or not (leaving.answered and staying.answered):
            return WRONG_STATE, _nothing
        if number not in self._exchange.plan.devices() or number in {leaving.device, staying.device}:
            return NO_SUCH_DESTINATION, _nothing
        new = ConnectionID(self._exchange.new_call_id(), number)
        response = messages.SingleStepTransferCallResponse(transferred_call=new)
        return response, lambda: self._move(call, leaving, new, now)

    def _move(self, old: Call, leaving: Party, new: ConnectionID, now: float) -> None:
        exchange = self._exchange
        call_id, number = new.call_id, new.device_id
        staying = old.other(leaving)
        if staying is None:
            return
        called = old.called if staying is old.caller else number
        call = Call(call_id, staying, called, pilot=old.pilot, last_redirection=leaving.device)
        joined = [
            messages.ConnectionListItem(
                old_connection=old.connection(staying), new_connection=ConnectionID(call_id, staying.device)
            ),
            messages.ConnectionListItem(old_connection=None, new_connection=new),
        ]
        exchange.calls.pop(old.call_id, None)
        exchange.calls[call_id] = call
        if staying.leg is not None:
            exchange.add_leg(staying.leg, call)
        leaving.move(ConnectionState.NULL)
        event = messages.Transferred(
            monitor_cross_ref_id="",
            primary_old_call=old.connection(leaving),
            transferring_device=DeviceID(leaving.device),
            transferred_to_device=DeviceID(number),
            transferred_connections=tuple(joined),
            cause=EventCause.SINGLE_STEP_TRANSFER,
        )
        exchange.announce_call(call, event, leaving.device)
        exchange.drop_leg(leaving)
        self._delivery.deliver(call, number, EventCause.SINGLE_STEP_TRANSFER, now)

    def _clear(self, connection: ConnectionID) -> tuple[Answer, Deed]:
        found = self._find(connection)
        if found is None:
            return NO_SUCH_CONNECTION, _nothing
        call, party = found
        return messages.ClearConnectionResponse(), lambda: self._delivery.clear(call, party, EventCause.NORMAL_CLEARING)

    def _make_call(self, calling: str, called: str, now: float) -> tuple[Answer, Deed]:
        exchange = self._exchange
        extension = exchange.plan.extensions.get(calling)
        if extension is None:
            return ErrorResponse(category="operation", value="invalidCallingDeviceID"), _nothing
        if called not in exchange.plan.devices() or called == calling:
            return ErrorResponse(category="operation", value="invalidCalledDeviceID"), _nothing
        if calling not in exchange.registered:
            return ErrorResponse(category="systemResourceAvailability", value="deviceOutOfService"), _nothing
        if not exchange.is_free(calling):
            return WRONG_STATE, _nothing
        leg = exchange.new_leg()
        caller = Party(calling, ConnectionState.INITIATED, name=extension.name, leg=leg)
        call = Call(exchange.new_call_id(), caller, called, deadline=now + exchange.plan.timers.no_answer)

        def deed() -> None:
            exchange.calls[call.call_id] = call
            exchange.add_leg(leg, call)
            exchange.wish(Invite(leg, calling, CallerID(called), None, prompt=True))
            initiate(exchange, call, EventCause.MAKE_CALL)

        return messages.MakeCallResponse(calling_device=call.connection(caller)), deed

    def _get_agent_state(self, device: str) -> Answer:
        seat = self._seats.at(device)
        if seat is None:
            return NO_SUCH_DEVICE
        entry = messages.AgentStateEntry(
            agent_id=seat.agent,
            logged_on_state=seat.state is not AgentState.NULL,
            agent_info=(messages.AgentInfo(agent_state=seat.state),),
        )
        return messages.GetAgentStateResponse(agent_state_list=(entry,))

    def _set_agent_state(self, request: messages.SetAgentState) -> tuple[Answer, Deed]:
        seat = self._seats.at(str(request.device))
        if seat is None:
            return NO_SUCH_DEVICE, _nothing
        if request.agent_id is not None and request.agent_id != seat.agent:
            return WRONG_AGENT, _nothing
        deed = self._agent_deed(seat, request.requested_agent_state)
        if deed is None:
            return WRONG_AGENT_STATE, _nothing
        return messages.SetAgentStateResponse(), deed

    def _agent_deed(self, seat: Seat, wanted: RequestedAgentState) -> Deed | None:
        if wanted is RequestedAgentState.LOGGED_ON:
            return lambda: self._seats.log_on(seat)
        state = DECLARED.get(wanted)
        if state is None or (seat.state is AgentState.NULL and state is not AgentState.NULL):
            return None

        def deed() -> None:
            self._seats.set_state(seat, state)

        return deed


def initiate(exchange: Exchange, call: Call, cause: EventCause) -> None:
    """Report that a device began a call (ServiceInitiated)."""
    event = messages.ServiceInitiated(
        monitor_cross_ref_id="",
        initiated_connection=call.connection(call.caller),
        initiating_device=DeviceID(call.caller.device),
        cause=cause,
    )
    exchange.announce_call(call, event)


def originate(exchange: Exchange, call: Call, cause: EventCause) -> None:
    """Report that a device has said whom to call (Originated); its connection is connected from now on."""
    call.caller.move(ConnectionState.CONNECTED)
    event = messages.Originated(
        monitor_cross_ref_id="",
        originated_connection=call.connection(call.caller),
        calling_device=DeviceID(call.caller.device),
        called_device=DeviceID(call.called),
        cause=cause,
    )
    exchange.announce_call(call, event)
