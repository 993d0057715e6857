"""Agents at their extensions: feature codes and SetAgentState change one state, with the same events."""

from csta import messages
from csta.identifiers import DeviceID
from csta.states import AgentState
from lab.switch.exchange import Exchange, Seat
from lab.switch.plan import Feature

WANTED = {
    Feature.LOG_ON: AgentState.NOT_READY,
    Feature.READY: AgentState.READY,
    Feature.NOT_READY: AgentState.NOT_READY,
    Feature.LOG_OFF: AgentState.NULL,
}
"""The state that each feature code leads to; who logs on is not ready until saying otherwise."""


class Seats:
    """The agents of one exchange."""

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
            seat.state = AgentState.NOT_READY
            self._announce(seat, messages.AgentLoggedOn)

    def set_state(self, seat: Seat, state: AgentState) -> bool:
        """Declare ready, not ready, or ``NULL`` for logged off; false where nobody is logged on. A repeat: no event."""
        if seat.state is state:
            return True
        if seat.state is AgentState.NULL:
            return False
        seat.state = state
        match state:
            case AgentState.READY:
                self._announce(seat, messages.AgentReady)
            case AgentState.NOT_READY:
                self._announce(seat, messages.AgentNotReady)
            case _:
                self._announce(seat, messages.AgentLoggedOff)
        return True

    def _announce(self, seat: Seat, kind: type[messages.AgentEvent]) -> None:
        event = kind(monitor_cross_ref_id="", agent_device=DeviceID(seat.device), agent_id=seat.agent)
        self._exchange.announce([seat.device], lambda _device: event)
