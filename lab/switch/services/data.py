"""Call-associated services: data, user information and digits for the parties of a call (ECMA-269 18)."""

from csta import messages
from csta.identifiers import DeviceID
from csta.states import ConnectionState
from lab.switch.board import Board
from lab.switch.call import Call, Party
from lab.switch.services.answers import (
    NO_SUCH_CONNECTION,
    WRONG_PARAMETER,
    WRONG_STATE,
    Outcome,
    Table,
    refused,
)
from lab.switch.services.calls import find
from lab.switch.wishes import SendDigits
from sip.dtmf import DIGITS

MAX_DIGITS = 64
"""Digits of one GenerateDigits."""


class DataServices:
    """Attaches data to calls and sends digits into them."""

    def __init__(self, board: Board) -> None:
        self._exchange = board.exchange

    def table(self) -> Table:
        """Who performs which request."""
        return {
            messages.AssociateData: self._associate,
            messages.SendUserInformation: self._inform,
            messages.GenerateDigits: self._digits,
        }

    def _associate(self, request: messages.AssociateData) -> Outcome:
        found = find(self._exchange, request.existing_call)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, party = found

        def deed() -> None:
            call.correlator = request.correlator_data or call.correlator
            event = messages.CallInformation(
                monitor_cross_ref_id="",
                connection=call.connection(party),
                device=DeviceID(party.device),
                account_info=request.account_code,
                correlator_data=request.correlator_data,
                call_qualifying_data=request.call_qualifying_data,
            )
            self._tell(call, event)

        return messages.AssociateDataResponse(), deed

    def _inform(self, request: messages.SendUserInformation) -> Outcome:
        found = find(self._exchange, request.existing_call)
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, party = found
        event = messages.CallInformation(
            monitor_cross_ref_id="",
            connection=call.connection(party),
            device=DeviceID(party.device),
            user_data=request.user_data,
        )
        return messages.SendUserInformationResponse(), lambda: self._tell(call, event)

    def _digits(self, request: messages.GenerateDigits) -> Outcome:
        found = find(self._exchange, request.connection_to_send_digits)
        digits = request.characters_to_send.upper()
        if found is None:
            return refused(NO_SUCH_CONNECTION)
        call, party = found
        listeners = _listeners(call, party)
        if party.state is not ConnectionState.CONNECTED or not listeners:
            return refused(WRONG_STATE)
        if not digits or len(digits) > MAX_DIGITS or any(digit not in DIGITS for digit in digits):
            return refused(WRONG_PARAMETER)

        def deed() -> None:
            for leg in listeners:
                self._exchange.wish(SendDigits(leg, digits))
            event = messages.DigitsGenerated(
                monitor_cross_ref_id="", connection=call.connection(party), digit_generated_list=digits
            )
            self._tell(call, event)

        return messages.GenerateDigitsResponse(), deed

    def _tell(self, call: Call, event: messages.Event) -> None:
        self._exchange.announce((party.device for party in call.parties), lambda _device: event)


def _listeners(call: Call, party: Party) -> list[str]:
    """The legs of the others who are in the talk."""
    others = (other for other in call.others(party) if other.answered and other.state is ConnectionState.CONNECTED)
    return [other.leg for other in others if other.leg is not None]
