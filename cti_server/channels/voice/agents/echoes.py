"""Echoes: events of agent states that we asked the PBX for, told from what agents do at their phones."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from csta.messages import AgentEvent, AgentLoggedOff, AgentLoggedOn, AgentNotReady, AgentReady
from csta.states import RequestedAgentState

PATIENCE: Final = 30.0
"""Seconds after which a wish without an answer counts no more."""
GRACE: Final = 2.0
"""Seconds after the response in which the wish's event may still come; some PBXs send none where nothing changed."""

_EVENTS: Final[Mapping[RequestedAgentState, type[AgentEvent]]] = MappingProxyType(
    {
        RequestedAgentState.LOGGED_ON: AgentLoggedOn,
        RequestedAgentState.LOGGED_OFF: AgentLoggedOff,
        RequestedAgentState.READY: AgentReady,
        RequestedAgentState.NOT_READY: AgentNotReady,
    }
)


@dataclass(slots=True, eq=False)
class Wish:
    """An agent state that was asked for at a phone; counts until ``until`` (Unix seconds)."""

    kind: type[AgentEvent]
    until: float


class Echoes:
    """The wishes of each phone whose events may still come, oldest first.

    Only the last wish says what holds: an event that an older one brought about is overtaken, and must not undo the
    newer one. The event of the last wish agrees with what we know already, so it needs no special care.
    """

    def __init__(self) -> None:
        self._wishes: dict[str, list[Wish]] = {}

    def asked(self, device: str, state: RequestedAgentState, now: float) -> Wish | None:
        """A state is being asked for; hand the wish to `answered` or `refused`. None for states without an event."""
        kind = _EVENTS.get(state)
        if kind is None:
            return None
        wish = Wish(kind, now + PATIENCE)
        self._wishes.setdefault(device, []).append(wish)
        return wish

    def answered(self, wish: Wish, now: float) -> None:
        """The PBX has granted it."""
        wish.until = now + GRACE

    def refused(self, device: str, wish: Wish) -> None:
        """No event will come of it."""
        self._keep(device, [one for one in self._wishes.get(device, []) if one is not wish])

    def overtaken(self, device: str, event: AgentEvent, now: float) -> bool:
        """Whether the event echoes a wish that a newer one has overtaken; to be called once for each event."""
        wishes = [one for one in self._wishes.get(device, []) if one.until >= now]
        place = next((index for index, one in enumerate(wishes) if isinstance(event, one.kind)), None)
        rest = wishes if place is None else wishes[place + 1 :]
        self._keep(device, rest)
        return place is not None and bool(rest)

    def _keep(self, device: str, wishes: list[Wish]) -> None:
        if wishes:
            self._wishes[device] = wishes
        else:
            self._wishes.pop(device, None)
