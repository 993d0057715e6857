"""A customer with all that depends on chance, and their call as the PBX knows it."""

from dataclasses import dataclass

from cti_server.vocabulary.ids import DeviceNumber, OfferId, PartyId
from cti_server.vocabulary.values import CallRef, SessionRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One customer and all that depends on chance; seconds. ``misses`` are how many offers nobody answers first.

    Who calls from a ``phone`` of the centre is an agent who asks a queue.
    """

    number: int
    pilot: DeviceNumber
    key: str
    patience: float
    talk: float
    ring: float = 4.0
    misses: int = 0
    phone: DeviceNumber | None = None


@dataclass(slots=True, kw_only=True)
class Call:
    """A call of the PBX: where it is by device, the session it is in, the offer that rings, who talks."""

    ref: CallRef
    caller: Caller
    places: dict[DeviceNumber, str]
    session: SessionRef | None = None
    ringing: tuple[DeviceNumber, OfferId] | None = None
    talking: DeviceNumber | None = None
    rung: int = 0
    seen: bool = False
    """Whether a server was told of it."""
    turn: int = 0
    """Counts its waits and talks, so that what was meant for one of them is not done in another."""
    consulted: tuple[CallRef, DeviceNumber] | None = None
    """Whom its agent asks or has in a conference, and by which call."""
    known: bool = False
    """Whether a server was told of that."""
    away: bool = False
    """Whether it was given on to somebody outside."""
    lost: bool = False
    """Whether it is with a phone where no agent is logged on, and so nobody's."""

    @property
    def party(self) -> PartyId | None:
        """Who calls; nobody where the call is one that we make."""
        return PartyId(self.caller.number) if self.caller.number > 0 else None
