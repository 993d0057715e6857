"""Calls and their connections, with the connection states of ECMA-269 that the switch moves them through."""

from dataclasses import dataclass, field

from csta.causes import EventCause
from csta.identifiers import ConnectionID
from csta.states import ConnectionState
from lab.switch.wishes import CallerID

_S = ConnectionState

LAWFUL: frozenset[tuple[ConnectionState, ConnectionState]] = frozenset(
    {
        (_S.INITIATED, _S.CONNECTED),
        (_S.INITIATED, _S.NULL),
        (_S.ALERTING, _S.CONNECTED),
        (_S.ALERTING, _S.FAIL),
        (_S.ALERTING, _S.NULL),
        (_S.QUEUED, _S.FAIL),
        (_S.QUEUED, _S.CONNECTED),
        (_S.QUEUED, _S.NULL),
        (_S.CONNECTED, _S.HOLD),
        (_S.CONNECTED, _S.ALERTING),
        (_S.CONNECTED, _S.FAIL),
        (_S.CONNECTED, _S.NULL),
        (_S.HOLD, _S.CONNECTED),
        (_S.HOLD, _S.NULL),
        (_S.FAIL, _S.ALERTING),
        (_S.FAIL, _S.NULL),
    }
)
"""Transitions of a connection in this switch (a part of ECMA-269's connection state table); any other is a defect."""


class UnlawfulTransitionError(Exception):
    """A defect of the switch: a connection was moved to a state that cannot follow its present one."""


@dataclass(slots=True)
class Party:
    """One connection: a device's part in a call.

    ``leg`` is the SIP leg: ``None`` for a place in a queue, and for a held connection whose phone talks in another
    call over the same leg. ``answered`` tells that the leg has its 2xx: a caller may be connected in CSTA's sense long
    before. ``announced`` tells that Delivered (or NetworkReached) was reported. ``held_at_phone`` tells that the phone
    itself put the leg on hold by re-INVITE. ``trunk`` is the trunk that the party is reached by.
    """

    device: str
    state: ConnectionState
    name: str = ""
    leg: str | None = None
    answered: bool = False
    announced: bool = False
    held_at_phone: bool = False
    trunk: str | None = None

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
    """A call of any number of parties.

    ``target`` is the party that the call is being brought to: ringing, waiting in a queue or just failed; ``None`` once
    it has answered. ``calling`` is shown as the calling device, ``called`` is the number first dialled. ``pilot`` is
    the pilot whose queue takes the call back when a delivery fails, ``redirected_by`` why the target rings.
    ``deadline`` ends ringing, or opens the hunt of a queued call; ``tried`` are the members rung in this round of it.
    ``hops`` are the devices that forwarded the call; ``parked_by`` is who parked it; ``feature`` marks a call with the
    switch itself; ``predicted_for`` is the device that gets a predictive call once it is answered.
    """

    call_id: str
    calling: CallerID
    called: str
    parties: list[Party] = field(default_factory=list)
    target: Party | None = None
    pilot: str | None = None
    last_redirection: str | None = None
    queued_at: float | None = None
    deadline: float | None = None
    redirected_by: EventCause = EventCause.NEW_CALL
    hunting: bool = False
    tried: list[str] = field(default_factory=list)
    hops: list[str] = field(default_factory=list)
    parked_by: str | None = None
    feature: bool = False
    predicted_for: str | None = None
    correlator: bytes | None = None
    user_data: bytes | None = None

    def party(self, device: str) -> Party | None:
        """The party at ``device``."""
        return next((party for party in self.parties if party.device == device), None)

    def on_leg(self, leg: str) -> Party | None:
        """The party on ``leg``."""
        return next((party for party in self.parties if party.leg == leg), None)

    def knows(self, party: Party) -> bool:
        """Whether events have told of the party: not while it is rung and its phone has said nothing yet."""
        return party is not self.target or party.announced or party.state is not ConnectionState.ALERTING

    def others(self, party: Party) -> list[Party]:
        """The parties beside ``party``."""
        return [other for other in self.parties if other is not party]

    def aim(self, target: Party) -> None:
        """From now on the call is being brought to ``target``."""
        self.target = target
        self.parties.append(target)

    def leave(self, party: Party) -> None:
        """Take ``party`` out of the call; its connection is null from now on."""
        party.move(ConnectionState.NULL)
        self.parties.remove(party)
        if self.target is party:
            self.target = None

    def connection(self, party: Party) -> ConnectionID:
        """The CSTA identifier of a party's connection."""
        return ConnectionID(self.call_id, party.device)
