"""One way in: the dialect and profile of a listener, with the spelling and decoration that belong to them."""

from dataclasses import dataclass, field
from typing import TypeVar

from csta.dialects import Dialect, Profile
from csta.messages import Event, Message
from lab.csta.decoration import Decoration
from lab.csta.spelling import Spelling

_M = TypeVar("_M", bound=Message)


@dataclass(slots=True)
class Way:
    """How the applications of one listener are spoken with."""

    dialect: Dialect
    profile: Profile
    _spelling: Spelling = field(init=False)
    _decoration: Decoration = field(init=False)

    def __post_init__(self) -> None:
        """Make what belongs to the dialect."""
        self._spelling = Spelling(self.dialect, self.profile)
        self._decoration = Decoration(self.dialect, self.profile)

    def event(self, event: Event, now: float) -> Event:
        """An event of the switch as this PBX sends it."""
        return self._spelling.outgoing(self._decoration.event(event, now))

    def outgoing(self, message: _M) -> _M:
        """A response, request or notice of the switch as this PBX sends it."""
        return self._spelling.outgoing(message)

    def incoming(self, message: _M) -> _M:
        """What an application says, in the switch's own names."""
        return self._spelling.incoming(message)
