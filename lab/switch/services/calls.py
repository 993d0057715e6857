"""Call control services on one call: make, answer, deflect, clear (ECMA-269 17.1)."""

from csta import messages
from csta.causes import EventCause
from csta.identifiers import ConnectionID
from csta.states import ConnectionState
from lab.switch import reports
from lab.switch.board import Board
from lab.switch.call import Call, Party
from lab.switch.exchange import Exchange
from lab.switch.services.answers import (
    NO_CALL_TO_ANSWER,
    NO_SUCH_CALLED,
    NO_SUCH_CALLER,
    NO_SUCH_CONNECTION,
    NO_SUCH_DESTINATION,
    OUT_OF_SERVICE,
    WRONG_STATE,
    Outcome,
    Table,
    refused,
)
from lab.switch.wishes import CallerID, Invite

_S = ConnectionState


def find(exchange: Exchange, connection: ConnectionID) -> tuple[Call, Party] | None:
    """The call and party that a connection identifier names."""
    call = exchange.calls.get(connection.call_id)
    party = None if call is None else call.party(connection.device_id)
    return None if call is None or party is None else (call, party)


class CallServices:
    """Moves single calls."""

    def __init__(self, board: Board) -> None:
        self._exchange = board.exchange
        self._delivery = board.delivery

    def table(self) -> Table:
        """Who performs which request."""
        return {
            messages.MakeCall: self._make,
            messages.AnswerCall: self._answer,
            messages.DeflectCall: self._deflect,
            messages.ClearConnection: self._clear_connection,
            messages.ClearCall: self._clear_call,
        }

    def _make(self, request: messages.MakeCall) -> Outcome:
        exchange = self._exchange
        calling, called = str(request.calling_device), str(request.called_directory_number)
        extension = exchange.plan.extensions.get(calling)
        if extension is None:
            return refused(NO_SUCH_CALLER)
        if not exchange.plan.reaches(called) or called == calling:
            return refused(NO_SUCH_CALLED)
        if calling not in exchange.registered:
            return refused(OUT_OF_SERVICE)
        if not exchange.is_free(calling):
            return refused(WRONG_STATE)
        caller = Party(calling, _S.INITIATED, name=extension.name, leg=exchange.new_leg())
        call = Call(exchange.new_call_id(), caller.caller_id, called, [caller])
        call.correlator, call.user_data = request.correlator_data, request.user_data
        call.deadline = exchange.now + exchange.plan.timers.no_answer

        def deed() -> None:
            exchange.open(call)
            if caller.leg is not None:
                exchange.wish(Invite(caller.leg, calling, CallerID(called), None, prompt=True))
            reports.initiated(exchange, call, caller, EventCause.MAKE_CALL)

        return messages.MakeCallResponse(calling_device=call.connection(caller)), deed

    def _answer(self, request: messages.AnswerCall) -> Outcome:
        exchange = self._exchange
        found = find(exchange, request.call_to_be_answered)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, party = found
        if party is not call.target or party.state is not _S.ALERTING or party.trunk is not None:
            return refused(NO_CALL_TO_ANSWER)
        beside = [other for _, other in exchange.parties_at(party.device) if other is not party]
        if any(other.state is _S.CONNECTED for other in beside):
            return refused(WRONG_STATE)  # what the phone talks in must be held or cleared first

        def deed() -> None:
            ringing, party.leg = party.leg, None
            if ringing is not None:
                exchange.end_leg(ringing)
            if exchange.take_leg(call, party):  # the phone talks already, in a call that it holds
                self._delivery.answered(call)
            else:
                self._delivery.invite(call, party, call.redirected_by, prompt=True)

        return messages.AnswerCallResponse(), deed

    def _deflect(self, request: messages.DeflectCall) -> Outcome:
        found = find(self._exchange, request.call_to_be_diverted)
        number = str(request.new_destination)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, party = found
        if party is not call.target or party.state not in {_S.QUEUED, _S.ALERTING}:
            return refused(WRONG_STATE)
        exchange = self._exchange
        if not exchange.plan.reaches(number) or call.party(exchange.plan.device_for(number)) is not None:
            return refused(NO_SUCH_DESTINATION)

        def deed() -> None:
            call.hunting = False
            call.correlator = request.correlator_data or call.correlator
            call.user_data = request.user_data or call.user_data
            self._delivery.divert(call, number, EventCause.REDIRECTED, self._exchange.now)

        return messages.DeflectCallResponse(), deed

    def _clear_connection(self, request: messages.ClearConnection) -> Outcome:
        found = find(self._exchange, request.connection_to_be_cleared)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, party = found
        return messages.ClearConnectionResponse(), lambda: self._delivery.clear(call, party, EventCause.NORMAL_CLEARING)

    def _clear_call(self, request: messages.ClearCall) -> Outcome:
        call = self._exchange.calls.get(request.call_to_be_cleared.call_id)
        if call is None:
            return refused(NO_SUCH_CONNECTION)

        def deed() -> None:
            while call.call_id in self._exchange.calls:
                self._delivery.clear(call, call.parties[0], EventCause.NORMAL_CLEARING)

        return messages.ClearCallResponse(), deed
