"""Agent services: an agent's state asked for and set (ECMA-269 22.1)."""

from csta import messages
from csta.identifiers import DeviceID
from csta.states import AgentState, RequestedAgentState
from lab.switch.exchange import Seat
from lab.switch.seats import Seats
from lab.switch.services.answers import (
    NO_SUCH_DEVICE,
    WRONG_AGENT,
    WRONG_AGENT_STATE,
    Outcome,
    Table,
    nothing,
    refused,
)

DECLARED = {
    RequestedAgentState.LOGGED_OFF: AgentState.NULL,
    RequestedAgentState.READY: AgentState.READY,
    RequestedAgentState.NOT_READY: AgentState.NOT_READY,
    RequestedAgentState.WORKING_AFTER_CALL: AgentState.WORKING_AFTER_CALL,
}
"""The states that SetAgentState may ask for here, beside loggedOn."""


class AgentServices:
    """Changes and tells the state of agents."""

    def __init__(self, seats: Seats) -> None:
        self._seats = seats

    def table(self) -> Table:
        """Who performs which request."""
        return {messages.GetAgentState: self._get, messages.SetAgentState: self._set}

    def _get(self, request: messages.GetAgentState) -> Outcome:
        seat = self._seats.at(str(request.device))
        if seat is None:
            return refused(NO_SUCH_DEVICE)
        info = messages.AgentInfo(
            acd_group=None if seat.group is None else DeviceID(seat.group),
            agent_state=seat.state,
            pending_agent_state=self._seats.pending(seat),
        )
        entry = messages.AgentStateEntry(
            agent_id=seat.agent, logged_on_state=seat.state is not AgentState.NULL, agent_info=(info,)
        )
        return messages.GetAgentStateResponse(agent_state_list=(entry,)), nothing

    def _set(self, request: messages.SetAgentState) -> Outcome:
        seat = self._seats.at(str(request.device))
        if seat is None:
            return refused(NO_SUCH_DEVICE)
        if request.agent_id is not None and request.agent_id != seat.agent:
            return refused(WRONG_AGENT)
        if request.requested_agent_state is RequestedAgentState.LOGGED_ON:
            return messages.SetAgentStateResponse(), lambda: self._seats.log_on(seat)
        state = DECLARED.get(request.requested_agent_state)
        if state is None or (seat.state is AgentState.NULL and state is not AgentState.NULL):
            return refused(WRONG_AGENT_STATE)
        return self._declare(seat, state)

    def _declare(self, seat: Seat, state: AgentState) -> Outcome:
        if seat.state is AgentState.BUSY:
            seat.pending = state
            return messages.SetAgentStateResponse(pending_agent_state=self._seats.pending(seat)), nothing

        def deed() -> None:
            self._seats.set_state(seat, state)

        return messages.SetAgentStateResponse(), deed
