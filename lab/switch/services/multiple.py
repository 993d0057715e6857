"""Call control services on a held call, and on two: hold, consult, transfer and their like (ECMA-269 17.1)."""

from collections.abc import Callable

from csta import messages
from csta.causes import EventCause
from csta.identifiers import ConnectionID
from csta.states import ConnectionState
from lab.switch.board import Board
from lab.switch.call import Call
from lab.switch.joining import Place
from lab.switch.services.answers import (
    NO_SUCH_CALLED,
    NO_SUCH_CONNECTION,
    NO_SUCH_DESTINATION,
    WRONG_STATE,
    Outcome,
    Table,
    refused,
)
from lab.switch.services.calls import find

_S = ConnectionState


class MultipleCallServices:
    """Holds calls and joins them."""

    def __init__(self, board: Board) -> None:
        self._exchange = board.exchange
        self._holding = board.holding
        self._joining = board.joining

    def table(self) -> Table:
        """Who performs which request."""
        return {
            messages.HoldCall: self._hold,
            messages.RetrieveCall: self._retrieve,
            messages.ConsultationCall: self._consult,
            messages.TransferCall: self._transfer,
            messages.SingleStepTransferCall: self._single_step_transfer,
        }

    def _hold(self, request: messages.HoldCall) -> Outcome:
        found = find(self._exchange, request.call_to_be_held)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        if not self._holding.can_hold(*found):
            return refused(WRONG_STATE)
        return messages.HoldCallResponse(), lambda: self._holding.hold(*found, EventCause.NORMAL)

    def _retrieve(self, request: messages.RetrieveCall) -> Outcome:
        found = find(self._exchange, request.call_to_be_retrieved)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        if not self._holding.can_retrieve(found[1]):
            return refused(WRONG_STATE)
        return messages.RetrieveCallResponse(), lambda: self._holding.retrieve(*found, EventCause.NORMAL)

    def _consult(self, request: messages.ConsultationCall) -> Outcome:
        exchange, number = self._exchange, str(request.consulted_device)
        found = find(exchange, request.existing_call)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, party = found
        if not self._holding.can_hold(call, party) or party.held_at_phone:
            return refused(WRONG_STATE)
        if not exchange.plan.reaches(number) or call.party(number) is not None:
            return refused(NO_SUCH_CALLED)
        new = Call(exchange.new_call_id(), party.caller_id, number, user_data=request.user_data)
        new.correlator = request.correlator_data
        response = messages.ConsultationCallResponse(initiated_call=ConnectionID(new.call_id, party.device))
        return response, lambda: self._holding.consult(call, party, new, exchange.now)

    def _transfer(self, request: messages.TransferCall) -> Outcome:
        def done(held: Place, active: Place) -> Outcome:
            call_id = self._exchange.new_call_id()
            to = active[0].others(active[1])[0].device
            response = messages.TransferCallResponse(transferred_call=ConnectionID(call_id, to))
            return response, lambda: self._joining.transfer(held, active, call_id)

        return self._of_two(request.held_call, request.active_call, done)

    def _of_two(
        self,
        held: ConnectionID,
        active: ConnectionID,
        done: Callable[[Place, Place], Outcome],
        *,
        talking: bool = False,
    ) -> Outcome:
        one, other = find(self._exchange, held), find(self._exchange, active)
        if one is None or other is None:
            return refused(NO_SUCH_CONNECTION)
        if not self._joining.can_join(one, other) or (talking and other[0].target is not None):
            return refused(WRONG_STATE)
        return done(one, other)

    def _single_step_transfer(self, request: messages.SingleStepTransferCall) -> Outcome:
        exchange, number = self._exchange, str(request.transferred_to)
        found = find(exchange, request.active_call)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, leaving = found
        if not self._is_talk_of_two(call):
            return refused(WRONG_STATE)
        if not exchange.plan.reaches(number) or call.party(number) is not None:
            return refused(NO_SUCH_DESTINATION)
        new = ConnectionID(exchange.new_call_id(), number)
        response = messages.SingleStepTransferCallResponse(transferred_call=new)
        return response, lambda: self._joining.move((call, leaving), new, exchange.now)

    @staticmethod
    def _is_talk_of_two(call: Call) -> bool:
        return len(call.parties) == 2 and call.target is None and all(party.answered for party in call.parties)
