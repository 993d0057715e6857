"""Services that take calls elsewhere at once: pick-up, group pick-up, park, predictive calls (ECMA-269 17.1)."""

from csta import messages
from csta.causes import EventCause
from csta.identifiers import ConnectionID
from csta.states import ConnectionState
from lab.switch import reports
from lab.switch.board import Board
from lab.switch.call import Call, Party
from lab.switch.services.answers import (
    NO_SUCH_CALLED,
    NO_SUCH_CALLER,
    NO_SUCH_CONNECTION,
    NO_SUCH_DESTINATION,
    NO_SUCH_DEVICE,
    OUT_OF_SERVICE,
    WRONG_STATE,
    Outcome,
    Table,
    refused,
)
from lab.switch.services.calls import find
from lab.switch.wishes import CallerID

_S = ConnectionState


class PickupServices:
    """Picks up, parks, and calls ahead of who shall talk."""

    def __init__(self, board: Board) -> None:
        self._exchange = board.exchange
        self._delivery = board.delivery
        self._pickup = board.pickup

    def table(self) -> Table:
        """Who performs which request."""
        return {
            messages.DirectedPickupCall: self._directed,
            messages.GroupPickupCall: self._group,
            messages.ParkCall: self._park,
            messages.MakePredictiveCall: self._predict,
        }

    def _directed(self, request: messages.DirectedPickupCall) -> Outcome:
        found = find(self._exchange, request.call_to_be_picked_up)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, party = found
        device = request.requesting_device.number
        if party is not call.target or not self._pickup.can_pick(call, device):
            return refused(WRONG_STATE)
        answer = messages.DirectedPickupCallResponse(picked_call=ConnectionID(call.call_id, device))
        return self._pick(call, device, answer)

    def _group(self, request: messages.GroupPickupCall) -> Outcome:
        device = request.new_destination.number
        call = self._pickup.ringing_in_group(device)
        if device not in self._exchange.plan.extensions:
            return refused(NO_SUCH_DEVICE)
        if call is None:
            return refused(WRONG_STATE)
        answer = messages.GroupPickupCallResponse(picked_call=ConnectionID(call.call_id, device))
        return self._pick(call, device, answer)

    def _pick(self, call: Call, device: str, answer: messages.Response) -> Outcome:
        if device not in self._exchange.plan.extensions:
            return refused(NO_SUCH_DEVICE)
        if device not in self._exchange.registered:
            return refused(OUT_OF_SERVICE)
        if not self._exchange.is_free(device):
            return refused(WRONG_STATE)
        return answer, lambda: self._pickup.pick(call, device, None)

    def _park(self, request: messages.ParkCall) -> Outcome:
        found = find(self._exchange, request.parking)
        device = request.park_to.number
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, party = found
        others = call.others(party)
        parks = party.device in self._exchange.plan.extensions and party.state in {_S.CONNECTED, _S.HOLD}
        if not parks or call.target is not None or len(others) != 1:
            return refused(WRONG_STATE)
        if device not in self._exchange.plan.extensions or others[0].device == device:
            return refused(NO_SUCH_DESTINATION)
        answer = messages.ParkCallResponse(parked_to=ConnectionID(call.call_id, device))
        return answer, lambda: self._pickup.park(call, party, device, self._exchange.now)

    def _predict(self, request: messages.MakePredictiveCall) -> Outcome:
        exchange = self._exchange
        calling, called = request.calling_device.number, request.called_directory_number.number
        if calling not in exchange.plan.extensions and calling not in exchange.plan.pilots:
            return refused(NO_SUCH_CALLER)
        if not exchange.plan.reaches(called) or called in exchange.plan.pilots or called == calling:
            return refused(NO_SUCH_CALLED)
        device = exchange.plan.pilots.get(calling) or exchange.plan.extensions[calling]
        origin = Party(calling, _S.INITIATED, name=device.name)
        call = Call(exchange.new_call_id(), CallerID(calling, device.name), called, [origin], predicted_for=calling)
        call.correlator, call.user_data = request.correlator_data, request.user_data

        def deed() -> None:
            exchange.open(call)
            reports.initiated(exchange, call, origin, EventCause.MAKE_PREDICTIVE_CALL)
            self._delivery.deliver(call, called, EventCause.MAKE_PREDICTIVE_CALL, exchange.now)

        return messages.MakePredictiveCallResponse(initiated_call=call.connection(origin)), deed
