"""Calls and their connections, with the connection states of ECMA-269 that the switch moves them through."""

from dataclasses import dataclass, field

from csta.causes import EventCause
from csta.identifiers import ConnectionID
from csta.states import ConnectionState
from lab.switch.wishes import CallerID

LAWFUL: frozenset[tuple[ConnectionState, ConnectionState]] = frozenset(
    {
        (ConnectionState.INITIATED, ConnectionState.CONNECTED),
        (ConnectionState.INITIATED, ConnectionState.NULL),
        (ConnectionState.ALERTING, ConnectionState.CONNECTED),
        (ConnectionState.ALERTING, ConnectionState.FAIL),
        (ConnectionState.ALERTING, ConnectionState.NULL),
        (ConnectionState.QUEUED, ConnectionState.NULL),
        (ConnectionState.CONNECTED, ConnectionState.NULL),
        (ConnectionState.FAIL, ConnectionState.NULL),
    }
)
"""Transitions of a connection in this switch (a part of ECMA-269's connection state table); any other is a defect."""


class UnlawfulTransitionError(Exception):
    """A defect of the switch: a connection was moved to a state that cannot follow its present one."""


@dataclass(slots=True)
class Party:
    """One connection: a device's part in a call.

    ``leg`` is the SIP leg, ``None`` for a place in a pilot's queue. ``answered`` tells that the leg has its 2xx: a
    caller may be connected in CSTA's sense long before. ``announced`` tells that Delivered was reported.
    """

    device: str
    state: ConnectionState
    name: str = ""
    leg: str | None = None
    answered: bool = False
    announced: bool = False

    def move(self, state: ConnectionState) -> None:
        """Change the state; raises `UnlawfulTransitionError` on what the table does not know."""
        if (self.state, state) not in LAWFUL:
            raise UnlawfulTransitionError(f"{self.device}: {self.state} to {state}")
        self.state = state

    @property
    def caller_id(self) -> CallerID:
        """What a phone rung by this party shows."""
        return CallerID(self.device, self.name)


@dataclass(slots=True)
class Call:
    """A call of at most two parties.

    ``called`` is the number first dialled; ``pilot`` the pilot whose queue takes the call back when a delivery fails;
    ``deadline`` ends ringing, or opens the hunt of a queued call. ``tried`` are the members rung in this round of it.
    """

    call_id: str
    caller: Party
    called: str
    target: Party | None = None
    pilot: str | None = None
    last_redirection: str | None = None
    queued_at: float | None = None
    deadline: float | None = None
    redirected_by: EventCause = EventCause.NEW_CALL
    hunting: bool = False
    tried: list[str] = field(default_factory=list)

    def parties(self) -> tuple[Party, ...]:
        """The parties now in the call, the caller first."""
        return (self.caller,) if self.target is None else (self.caller, self.target)

    def party(self, device: str) -> Party | None:
        """The party at ``device``."""
        return next((party for party in self.parties() if party.device == device), None)

    def on_leg(self, leg: str) -> Party | None:
        """The party on ``leg``."""
        return next((party for party in self.parties() if party.leg == leg), None)

    def other(self, party: Party) -> Party | None:
        """The party that ``party`` is in the call with."""
        return self.target if party is self.caller else self.caller

    def connection(self, party: Party) -> ConnectionID:
        """The CSTA identifier of a party's connection."""
        return ConnectionID(self.call_id, party.device)
