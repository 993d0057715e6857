"""The switch's state in one place, the wiring of its legs, and the telling of events to devices that see them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from csta.causes import EventCause
from csta.messages import CallEvent, Event
from csta.states import AgentState, ConnectionState
from lab.switch.call import Call, Party
from lab.switch.plan import NumberPlan
from lab.switch.wishes import HangUp, Hear, Notify, Room, Sound, Tone, Wish


class Forward(StrEnum):
    """When a device's calls go elsewhere."""

    IMMEDIATE = "immediate"
    BUSY = "busy"
    NO_ANSWER = "no-answer"

    @property
    def cause(self) -> EventCause:
        """Why such a call is diverted."""
        return _FORWARD_CAUSES[self]


_FORWARD_CAUSES = {
    Forward.IMMEDIATE: EventCause.CALL_FORWARD_IMMEDIATE,
    Forward.BUSY: EventCause.CALL_FORWARD_BUSY,
    Forward.NO_ANSWER: EventCause.CALL_FORWARD_NO_ANSWER,
}


@dataclass(slots=True)
class Seat:
    """An extension's agent: who may log on there, and the state (``NULL`` while logged off).

    ``declared`` is what the agent said last and returns to after a call; ``busy_with`` is the distributed call at hand.
    ``until`` ends the work after a call, in Unix seconds.
    """

    device: str
    agent: str
    state: AgentState = AgentState.NULL
    declared: AgentState = AgentState.NULL
    pending: AgentState | None = None
    busy_with: str | None = None
    group: str | None = None
    work: float = 0.0
    until: float | None = None


@dataclass(slots=True)
class Line:
    """What an extension has set for its calls: ``forwards`` by when, and whether it is not to be disturbed.

    ``answers`` asks its phone to answer by itself. ``used`` orders extensions by their last call: the higher, the
    later. ``dialled`` is the number that it called last, ``call_backs`` are devices to be called once they are free.
    """

    forwards: dict[Forward, str] = field(default_factory=dict)
    undisturbed: bool = False
    answers: bool = False
    used: int = 0
    dialled: str | None = None
    call_backs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Exchange:
    """All that the switch knows. ``epoch`` (any whole number) tells call identifiers of one start from another's."""

    plan: NumberPlan
    epoch: int
    calls: dict[str, Call] = field(default_factory=dict)
    legs: dict[str, Call] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)
    out_of_service: set[str] = field(default_factory=set)
    """Extensions whose phone was registered once, and is not now."""
    attended: frozenset[str] = frozenset()
    seats: dict[str, Seat] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    rung_last: dict[str, str] = field(default_factory=dict)
    now: float = 0.0
    wishes: list[Wish] = field(default_factory=list)
    _hears: dict[str, str | Sound] = field(default_factory=dict)
    _numbered: int = 0

    def __post_init__(self) -> None:
        """Give each extension its line, and each with an agent its seat."""
        for extension in self.plan.extensions.values():
            self.lines[extension.number] = Line()
            if extension.agent is not None:
                self.seats[extension.number] = Seat(extension.number, extension.agent)

    def wish(self, wish: Wish) -> None:
        """Ask something of the world."""
        self.wishes.append(wish)

    def number(self) -> int:
        """A number never given before."""
        self._numbered += 1
        return self._numbered

    def new_call_id(self) -> str:
        """32 hexadecimal digits as OpenScape Voice makes them, never repeated."""
        return f"FF0001{self.epoch & 0xFFFFFFFF:08X}{self.number():018X}"

    def new_leg(self) -> str:
        """The name of an outgoing leg."""
        return f"out-{self.number()}"

    # ---- calls

    def open(self, call: Call) -> None:
        """From now on there is ``call``, and what happens on its parties' legs happens to it."""
        self.calls[call.call_id] = call
        for party in call.parties:
            if party.leg is not None:
                self.legs[party.leg] = call

    def close(self, call: Call) -> None:
        """There is no such call any more."""
        self.calls.pop(call.call_id, None)

    def calls_at(self, device: str) -> list[Call]:
        """The calls that ``device`` takes part in, oldest first."""
        return [call for call in self.calls.values() if call.party(device) is not None]

    def parties_at(self, device: str) -> list[tuple[Call, Party]]:
        """The connections of ``device``, oldest call first."""
        return [(call, party) for call in self.calls.values() if (party := call.party(device)) is not None]

    def is_free(self, device: str) -> bool:
        """Whether an extension can take part in one more call."""
        return len(self.calls_at(device)) < self.plan.extensions[device].calls

    def stir(self) -> None:
        """A device or agent may have become free: calls waiting where the switch distributes look again at once."""
        for call in self.calls.values():
            pilot = None if call.target is None else self.plan.pilots.get(call.target.device)
            if pilot is not None and pilot.distributes and not call.tried:
                call.deadline = self.now

    # ---- legs

    def add_leg(self, leg: str, call: Call) -> None:
        """From now on what happens on ``leg`` happens to ``call``."""
        self.legs[leg] = call

    def drop_leg(self, party: Party, *, hang_up: bool = True) -> None:
        """Take a party's leg away. Unless the far end ended it, it goes back to a held call of the same phone, or ends.

        A phone whose second call was made by an application has one leg for both: who consulted hears the held call's
        silence afterwards instead of being hung up.
        """
        leg, party.leg = party.leg, None
        if leg is None:
            return
        self.legs.pop(leg, None)
        held = self._held_without_leg(party.device) if hang_up and party.answered else None
        if held is not None:
            call, waiting = held
            waiting.leg, waiting.held_at_phone = leg, party.held_at_phone
            self.legs[leg] = call
            self.rewire(call)
            return
        if hang_up:
            self.end_leg(leg)
        else:
            self._hears.pop(leg, None)

    def _held_without_leg(self, device: str) -> tuple[Call, Party] | None:
        held = (
            (call, party)
            for call, party in self.parties_at(device)
            if party.state is ConnectionState.HOLD and party.leg is None
        )
        return next(held, None)

    def take_leg(self, call: Call, party: Party) -> bool:
        """Give ``party`` the leg over which its phone talks; false where the phone talks nowhere.

        The phone may have it in a held call of the same device. Where the phone holds the party's own leg itself, the
        two connections change legs.
        """
        if party.leg is not None and not party.held_at_phone:
            return True
        for other, held in self.parties_at(party.device):
            if held is party or held.leg is None or held.held_at_phone or held.state is not ConnectionState.HOLD:
                continue
            talking, resting = held.leg, party.leg
            held.leg, held.held_at_phone = resting, party.held_at_phone
            party.leg, party.held_at_phone, party.answered = talking, False, True
            self.legs[talking] = call
            if resting is not None:
                self.legs[resting] = other
            return True
        return False

    def end_leg(self, leg: str) -> None:
        """Hang up a leg that no party has any more."""
        self.legs.pop(leg, None)
        self._hears.pop(leg, None)
        self.wish(HangUp(leg))

    def hear(self, leg: str, source: str | Sound) -> None:
        """Let ``leg`` hear ``source``, unless it does already."""
        if self._hears.get(leg) != source:
            self._hears[leg] = source
            self.wish(Hear(leg, source))

    def forget_heard(self, leg: str) -> None:
        """The phone asks anew what ``leg`` hears: the next wish for it is told even where it repeats the last."""
        self._hears.pop(leg, None)

    def rewire(self, call: Call) -> None:
        """Let every phone in ``call`` hear what its state asks for; a caller is answered by it."""
        for party in list(call.parties):
            if party.leg is None or party.held_at_phone:
                continue
            source = _source(call, party)
            if source is not None:
                self.hear(party.leg, source)
                party.answered = True

    # ---- events

    def announce(self, devices: Iterable[str], event: Callable[[str], Event]) -> None:
        """Tell the monitors of each of the switch's ``devices`` once; ``event`` makes it for one of them."""
        known = self.plan.devices()
        for device in dict.fromkeys(devices):
            if device in known:
                self.wish(Notify(device, event(device)))

    def announce_call(self, call: Call, event: CallEvent, *first: str) -> None:
        """Tell those ``first`` and the other devices in ``call``, with each one's own local connection state.

        A device that the call is on its way to, and that has not rung yet, is told nothing.
        """
        if call.correlator is not None:
            event = replace(event, correlator_data=call.correlator)

        def local(device: str) -> Event:
            party = call.party(device)
            return replace(event, local_connection_info=ConnectionState.NULL if party is None else party.state)

        unknown = {party.device for party in call.parties if not call.knows(party)}
        devices = (*first, *(party.device for party in call.parties))
        self.announce([device for device in devices if device not in unknown], local)


def _source(call: Call, party: Party) -> str | Sound | None:
    """What a party should hear, ``None`` where that is not the switch's affair yet."""
    if party.state is ConnectionState.HOLD:
        return Tone.SILENCE
    if party is call.target or party.state is not ConnectionState.CONNECTED:
        return None
    joined = [other for other in call.others(party) if other.answered and other is not call.target]
    if len(joined) > 1:
        return Room(call.call_id)
    talker = next((other for other in joined if other.state is ConnectionState.CONNECTED and other.leg), None)
    source: str | Sound | None = None
    if talker is not None:
        source = talker.leg
    elif party.answered and call.target is not None and call.target.state is not ConnectionState.FAIL:
        source = Tone.RINGBACK
    elif party.answered and joined:
        source = Tone.HOLD
    return source
