"""Agents at their extensions: feature codes and SetAgentState change one state, with the same events."""

from csta import messages
from csta.identifiers import DeviceID
from csta.states import AgentState, PendingAgentState, StateAfterWork
from lab.switch.exchange import Exchange, Seat
from lab.switch.plan import Feature, Pilot

WANTED = {
    Feature.READY: AgentState.READY,
    Feature.NOT_READY: AgentState.NOT_READY,
    Feature.LOG_OFF: AgentState.NULL,
    Feature.WORK: AgentState.WORKING_AFTER_CALL,
}
"""The state that each feature code leads to; who logs on is not ready until saying otherwise."""

PENDING = {
    AgentState.NULL: PendingAgentState.NULL,
    AgentState.NOT_READY: PendingAgentState.NOT_READY,
    AgentState.READY: PendingAgentState.READY,
    AgentState.WORKING_AFTER_CALL: PendingAgentState.WORKING_AFTER_CALL,
}
AFTER_WORK = {
    AgentState.NULL: StateAfterWork.NULL,
    AgentState.NOT_READY: StateAfterWork.NOT_READY,
    AgentState.READY: StateAfterWork.READY,
}


class Seats:
    """The agents of one exchange (agent states of ECMA-269 22).

    An agent is busy while at a call that the switch distributed; what is declared meanwhile is pending until it ends.
    Calls that an application distributes leave the state alone: they are the application's affair.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def at(self, device: str) -> Seat | None:
        """The seat at an extension, ``None`` where nobody may log on."""
        return self._exchange.seats.get(device)

    def feature(self, device: str, feature: Feature) -> bool:
        """Obey a feature code dialled at ``device``; false where it cannot be obeyed (no seat, or nobody logged on)."""
        seat = self.at(device)
        if seat is None:
            return False
        if feature is Feature.LOG_ON:
            self.log_on(seat)
            return True
        return self.set_state(seat, WANTED[feature])

    def log_on(self, seat: Seat) -> None:
        """Log the seat's agent on; not ready at first. Without effect on one who is logged on."""
        if seat.state is AgentState.NULL:
            seat.state = seat.declared = AgentState.NOT_READY
            self._announce(seat, messages.AgentLoggedOn)

    def set_state(self, seat: Seat, state: AgentState) -> bool:
        """Declare ready, not ready, working, or ``NULL`` for logged off; false where nobody is logged on.

        During a distributed call the state is pending: no event until the call ends. A repeat: no event.
        """
        if seat.state is AgentState.NULL:
            return state is AgentState.NULL
        if seat.state is AgentState.BUSY:
            seat.pending = state
            return True
        if seat.state is not state:
            self._enter(seat, state)
        return True

    def pending(self, seat: Seat) -> PendingAgentState | None:
        """The state that the agent will have after the call or work at hand, where there is any."""
        if seat.state is AgentState.BUSY:
            return PENDING.get(seat.pending or seat.declared)
        return PENDING.get(seat.declared) if seat.state is AgentState.WORKING_AFTER_CALL else None

    def engage(self, device: str, call_id: str, pilot: Pilot) -> None:
        """The agent at ``device`` answered a call that the switch distributed for ``pilot``."""
        seat = self.at(device)
        if seat is None or seat.state is AgentState.NULL:
            return
        seat.state, seat.busy_with = AgentState.BUSY, call_id
        seat.group, seat.work = pilot.number, pilot.work_after_call
        self._announce(seat, messages.AgentBusy)

    def release(self, device: str, call_id: str) -> None:
        """A connection of ``device`` ended: where it was the agent's distributed call, the work after it begins."""
        seat = self.at(device)
        if seat is None or seat.busy_with != call_id:
            return
        seat.busy_with = None
        after, seat.pending = seat.pending or seat.declared, None
        if after is AgentState.WORKING_AFTER_CALL or (seat.work > 0 and after is AgentState.READY):
            self._enter(seat, AgentState.WORKING_AFTER_CALL)
            seat.until = self._exchange.now + seat.work if seat.work > 0 else None
        else:
            self._enter(seat, after)

    def follow(self, device: str, old: str, new: str) -> None:
        """The call ``old`` of the agent at ``device`` goes on as ``new``."""
        seat = self.at(device)
        if seat is not None and seat.busy_with == old:
            seat.busy_with = new

    def get_timer(self) -> float | None:
        """When the next work after a call ends."""
        return min((seat.until for seat in self._exchange.seats.values() if seat.until is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """End the work after a call where its time is over."""
        for seat in self._exchange.seats.values():
            if seat.until is not None and seat.until <= now:
                self._enter(seat, seat.declared)

    def _enter(self, seat: Seat, state: AgentState) -> None:
        seat.state, seat.until = state, None
        if state is not AgentState.WORKING_AFTER_CALL:
            seat.declared = state
        match state:
            case AgentState.READY:
                self._announce(seat, messages.AgentReady)
                self._exchange.stir()
            case AgentState.NOT_READY:
                self._announce(seat, messages.AgentNotReady)
            case AgentState.WORKING_AFTER_CALL:
                self._announce_work(seat)
            case _:
                self._announce(seat, messages.AgentLoggedOff)
        if state is not AgentState.WORKING_AFTER_CALL:
            seat.group = None

    def _announce_work(self, seat: Seat) -> None:
        event = messages.AgentWorkingAfterCall(
            monitor_cross_ref_id="",
            agent_device=DeviceID(seat.device),
            agent_id=seat.agent,
            acd_group=None if seat.group is None else DeviceID(seat.group),
            pending_agent_state=AFTER_WORK.get(seat.declared),
        )
        self._exchange.announce([seat.device], lambda _device: event)

    def _announce(self, seat: Seat, kind: type[messages.AgentEvent]) -> None:
        group = None if seat.group is None else DeviceID(seat.group)
        event = kind(monitor_cross_ref_id="", agent_device=DeviceID(seat.device), agent_id=seat.agent, acd_group=group)
        self._exchange.announce([seat.device], lambda _device: event)
