"""The switch's state in one place, and the announcing of events to the devices that see them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from csta.messages import CallEvent, Event
from csta.states import AgentState
from lab.switch.call import Call, Party
from lab.switch.plan import NumberPlan
from lab.switch.wishes import HangUp, Notify, Wish


@dataclass(slots=True)
class Seat:
    """An extension's agent: who may log on there, and the declared state (``NULL`` while logged off)."""

    device: str
    agent: str
    state: AgentState = AgentState.NULL


@dataclass(slots=True)
class Exchange:
    """All that the switch knows. ``epoch`` (any whole number) tells call identifiers of one start from another's."""

    plan: NumberPlan
    epoch: int
    calls: dict[str, Call] = field(default_factory=dict)
    legs: dict[str, Call] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)
    attended: frozenset[str] = frozenset()
    seats: dict[str, Seat] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    _numbered: int = 0

    def __post_init__(self) -> None:
        """Give each extension with an agent its seat."""
        for extension in self.plan.extensions.values():
            if extension.agent is not None:
                self.seats[extension.number] = Seat(extension.number, extension.agent)

    def wish(self, wish: Wish) -> None:
        """Ask something of the world."""
        self.wishes.append(wish)

    def new_call_id(self) -> str:
        """32 hexadecimal digits as OpenScape Voice makes them, never repeated."""
        self._numbered += 1
        return f"FF0001{self.epoch & 0xFFFFFFFF:08X}{self._numbered:018X}"

    def new_leg(self) -> str:
        """The name of an outgoing leg."""
        self._numbered += 1
        return f"out-{self._numbered}"

    def add_leg(self, leg: str, call: Call) -> None:
        """From now on what happens on ``leg`` happens to ``call``."""
        self.legs[leg] = call

    def drop_leg(self, party: Party, *, hang_up: bool = True) -> None:
        """Forget a party's leg, and end it unless the far end did."""
        if party.leg is None:
            return
        self.legs.pop(party.leg, None)
        if hang_up:
            self.wish(HangUp(party.leg))
        party.leg = None

    def calls_at(self, device: str) -> list[Call]:
        """The calls that ``device`` takes part in, oldest first."""
        return [call for call in self.calls.values() if call.party(device) is not None]

    def is_free(self, device: str) -> bool:
        """Whether an extension can take part in one more call."""
        return len(self.calls_at(device)) < self.plan.extensions[device].calls

    def announce(self, devices: Iterable[str], event: Callable[[str], Event]) -> None:
        """Tell the monitors of each of the switch's ``devices`` once; ``event`` makes it for one of them."""
        known = self.plan.devices()
        for device in dict.fromkeys(devices):
            if device in known:
                self.wish(Notify(device, event(device)))

    def announce_call(self, call: Call, event: CallEvent, *beside: str) -> None:
        """Tell the devices in ``call``, and those ``beside``, with each one's own local connection state."""

        def local(device: str) -> Event:
            party = call.party(device)
            return replace(event, local_connection_info=None if party is None else party.state)

        self.announce([*(party.device for party in call.parties()), *beside], local)
