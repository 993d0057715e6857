"""Call control services on a held call, and on two: hold, consult, transfer and their like (ECMA-269 17.1)."""

from collections.abc import Callable

from csta import messages
from csta.causes import EventCause
from csta.identifiers import ConnectionID
from csta.messages.enumerations import ParticipationType
from csta.states import ConnectionState
from lab.switch.board import Board
from lab.switch.call import Call
from lab.switch.joining import Place
from lab.switch.services.answers import (
    NO_SUCH_CALLED,
    NO_SUCH_CONNECTION,
    NO_SUCH_DESTINATION,
    WRONG_PARAMETER,
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
            messages.AlternateCall: self._alternate,
            messages.ReconnectCall: self._reconnect,
            messages.ConsultationCall: self._consult,
            messages.TransferCall: self._transfer,
            messages.ConferenceCall: self._confer,
            messages.SingleStepTransferCall: self._single_step_transfer,
            messages.SingleStepConferenceCall: self._single_step_conference,
            messages.JoinCall: self._join,
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
        if not exchange.plan.reaches(number) or call.party(exchange.plan.device_for(number)) is not None:
            return refused(NO_SUCH_CALLED)
        new = Call(exchange.new_call_id(), party.caller_id, number, user_data=request.user_data)
        new.correlator = request.correlator_data
        response = messages.ConsultationCallResponse(initiated_call=ConnectionID(new.call_id, party.device))
        return response, lambda: self._holding.consult(call, party, new, exchange.now)

    def _alternate(self, request: messages.AlternateCall) -> Outcome:
        def done(held: Place, active: Place) -> Outcome:
            return messages.AlternateCallResponse(), lambda: self._holding.alternate(held, active)

        return self._changing(request.held_call, request.active_call, done, answered=True)

    def _reconnect(self, request: messages.ReconnectCall) -> Outcome:
        def done(held: Place, active: Place) -> Outcome:
            return messages.ReconnectCallResponse(), lambda: self._holding.reconnect(held, active)

        return self._changing(request.held_call, request.active_call, done, answered=False)

    def _changing(
        self, held: ConnectionID, active: ConnectionID, done: Callable[[Place, Place], Outcome], *, answered: bool
    ) -> Outcome:
        """What needs a held and an active connection of one device; the phone must not hold the first by itself."""
        one, other = find(self._exchange, held), find(self._exchange, active)
        if one is None or other is None:
            return refused(NO_SUCH_CONNECTION)
        (_, mine), (call, also_mine) = one, other
        fitting = mine.device == also_mine.device and mine is not also_mine
        if not fitting or mine.state is not _S.HOLD or also_mine.state is not _S.CONNECTED:
            return refused(WRONG_STATE)
        if (answered and not self._holding.can_hold(call, also_mine)) or not also_mine.leg:
            return refused(WRONG_STATE)
        if mine.held_at_phone and not answered:
            return refused(WRONG_STATE)  # the phone's other leg ends with its call, and this one it holds itself
        return done(one, other)

    def _confer(self, request: messages.ConferenceCall) -> Outcome:
        def done(held: Place, active: Place) -> Outcome:
            call_id = self._exchange.new_call_id()
            response = messages.ConferenceCallResponse(conference_call=ConnectionID(call_id, held[1].device))
            return response, lambda: self._joining.confer(held, active, call_id)

        return self._of_two(request.held_call, request.active_call, done, talking=True)

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
        if not self._joining.can_join(one, other):
            return refused(WRONG_STATE)
        if talking and (other[0].target is not None or other[1].state is not _S.CONNECTED):
            return refused(WRONG_STATE)
        return done(one, other)

    def _single_step_transfer(self, request: messages.SingleStepTransferCall) -> Outcome:
        exchange, number = self._exchange, str(request.transferred_to)
        found = find(exchange, request.active_call)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, leaving = found
        if leaving.device not in exchange.plan.extensions or not self._is_talk_of_two(call):
            return refused(WRONG_STATE)
        if not exchange.plan.reaches(number) or call.party(exchange.plan.device_for(number)) is not None:
            return refused(NO_SUCH_DESTINATION)
        new = ConnectionID(exchange.new_call_id(), exchange.plan.device_for(number))
        response = messages.SingleStepTransferCallResponse(transferred_call=new)
        return response, lambda: self._joining.move((call, leaving), new, number, exchange.now)

    def _single_step_conference(self, request: messages.SingleStepConferenceCall) -> Outcome:
        def done(new: ConnectionID) -> messages.Response:
            return messages.SingleStepConferenceCallResponse(conferenced_call=new)

        if request.participation_type not in {None, ParticipationType.ACTIVE}:
            return refused(WRONG_PARAMETER)  # nobody listens in silently here
        return self._add(request.active_call, request.device_to_join.number, done)

    def _join(self, request: messages.JoinCall) -> Outcome:
        def done(new: ConnectionID) -> messages.Response:
            return messages.JoinCallResponse(conferenced_call=new)

        if request.participation_type not in {None, ParticipationType.ACTIVE}:
            return refused(WRONG_PARAMETER)
        return self._add(request.active_call, request.joining_device.number, done)

    def _add(self, active: ConnectionID, number: str, done: Callable[[ConnectionID], messages.Response]) -> Outcome:
        exchange = self._exchange
        found = find(exchange, active)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, asking = found
        talking = sum(party.answered for party in call.parties)
        if asking.state is not _S.CONNECTED or call.target is not None or talking < len(call.parties) or talking < 2:
            return refused(WRONG_STATE)
        if (
            not exchange.plan.reaches(number)
            or number in exchange.plan.pilots
            or call.party(exchange.plan.device_for(number)) is not None
        ):
            return refused(NO_SUCH_DESTINATION)
        new = ConnectionID(exchange.new_call_id(), exchange.plan.device_for(number))
        return done(new), lambda: self._joining.add((call, asking), new, number, exchange.now)

    @staticmethod
    def _is_talk_of_two(call: Call) -> bool:
        return len(call.parties) == 2 and call.target is None and all(party.answered for party in call.parties)
