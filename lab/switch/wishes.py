"""What the switching model asks of the world: steps on SIP legs and events for CSTA monitors.

A leg is named by a text: incoming ones as the caller of the model named them, outgoing ones by the model (``out-7``).
"""

from dataclasses import dataclass
from enum import StrEnum

from csta.messages import Event


@dataclass(frozen=True, slots=True)
class CallerID:
    """Who calls, for the display of the called phone. ``name`` may be empty."""

    number: str
    name: str = ""


class Tone(StrEnum):
    """What a party hears from the switch itself; ``SILENCE`` is a port of the switch that plays nothing."""

    RINGBACK = "ringback"
    CONFIRMATION = "confirmation"
    HOLD = "hold"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Room:
    """A conference: every leg that hears it hears all others that do."""

    name: str

    def __str__(self) -> str:
        return f"room {self.name}"


Sound = Tone | Room
"""What a leg hears from a port of the switch, instead of from another leg."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Ring the phone registered at ``number``, showing ``caller``; by ``trunk`` it is a number outside.

    The offer is what the phone of leg ``offer_of`` last said, or the tone port's where that is ``None``. ``prompt``
    asks the phone to answer at once by itself (make call from a desktop).
    """

    leg: str
    number: str
    caller: CallerID
    offer_of: str | None
    prompt: bool = False
    trunk: str | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """Tell the caller on ``leg`` that it rings (180)."""

    leg: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse the incoming call on ``leg`` with a final SIP status."""

    leg: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End ``leg`` in whichever way its state asks for. Nothing more is wished for it, and nothing more told of it."""

    leg: str


@dataclass(frozen=True, slots=True)
class Hear:
    """Let the party on ``leg`` hear ``source``: another leg (media flows directly), a tone or a conference.

    An incoming leg that is not answered yet is answered by this.
    """

    leg: str
    source: str | Sound


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Send digits on ``leg`` as SIP INFO (``application/dtmf-relay``)."""

    leg: str
    digits: str


@dataclass(frozen=True, slots=True)
class Notify:
    """``event`` happened as seen by the monitors on ``device``; its cross reference is empty, to be filled for each."""

    device: str
    event: Event


Wish = Invite | Ring | Refuse | HangUp | Hear | SendDigits | Notify
